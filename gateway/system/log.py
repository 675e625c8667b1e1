"""The log: structured, and with no way to print content.

Only the fields in `FIELDS` are written; anything else is dropped and named in `dropped`, so a slip shows without
leaking. An exception is logged by its class alone: its text may quote what was being read.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import MutableMapping
from typing import Any

import structlog

FIELDS = frozenset(
    {
        "answer",
        "attempt",
        "channel",
        "client",
        "code",
        "count",
        "delivery",
        "due",
        "error",
        "event",
        "failures",
        "file",
        "lane",
        "level",
        "milliseconds",
        "officer",
        "outcome",
        "policy",
        "port",
        "repeats",
        "route",
        "rules",
        "size",
        "state",
        "timestamp",
        "transfer",
        "until",
        "was",
    }
)


def only_known_fields(_logger: object, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Drop every field that is not in `FIELDS`; reduce exceptions to their class."""
    dropped = sorted(set(event) - FIELDS)
    kept = {key: value for key, value in event.items() if key in FIELDS}
    if isinstance(kept.get("error"), BaseException):
        kept["error"] = type(kept["error"]).__name__
    if dropped:
        kept["dropped"] = ",".join(dropped)
    return kept


class _StandardError:
    """Standard error as it is when something is written, whoever has put another in its place meanwhile."""

    def write(self, text: str) -> int:
        """Write it."""
        return sys.stderr.write(text)

    def flush(self) -> None:
        """Flush it."""
        sys.stderr.flush()


def configure(*, as_json: bool, level: int = logging.INFO) -> None:
    """Send the log from `level` on to standard error, as JSON lines or for a person to read."""
    logging.basicConfig(stream=sys.stderr, level=logging.WARNING)
    logging.getLogger("mail.log").setLevel(logging.WARNING)  # aiosmtpd prints addresses and bodies below that
    logging.getLogger("asyncio").setLevel(logging.ERROR)
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            only_known_fields,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.JSONRenderer() if as_json else structlog.dev.ConsoleRenderer(colors=False),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.WriteLoggerFactory(file=_StandardError()),  # type: ignore[arg-type]  # all it needs
        cache_logger_on_first_use=False,
    )


def get_log() -> Any:  # noqa: ANN401 - structlog's loggers are made at run time
    """Return the log."""
    return structlog.get_logger()
