"""Syslog messages with structured data: RFC 5424, framed for TCP and TLS by counting octets (RFC 5425, RFC 6587)."""

from __future__ import annotations

import re
from typing import Final

from gateway.record.siem import DETAILS, Family, Line, one_line
from gateway.store.codec import write_time

AUDIT, AUTHORISATION = 13, 10  # facilities: RFC 5424 section 6.2.1
ENTERPRISE: Final = "gateway@32473"  # the number that RFC 5612 keeps for examples: we have none of our own
ESCAPED: Final = re.compile(r'(["\\\]])')
PRINTABLE: Final = re.compile(r"[^!-~]")
LONGEST_VALUE: Final = 1_000  # characters: receivers must take 480 octets of a message and should take 2,048
PARAMETERS: Final = (
    *("recipient", "sender", "officer", "address", "by", "person", "person_id", "from", "reason", "trouble", "rules"),
    *("route", "tier", "outcome", "method", "policy", "channel"),
    *DETAILS,
)


def message(line: Line) -> bytes:
    """Return one message, unframed, in UTF-8."""
    facility = AUTHORISATION if line.sort.family is Family.SIGN_IN else AUDIT
    host = PRINTABLE.sub("-", line.host)[:255] or "-"
    return (
        f"<{facility * 8 + line.sort.severity}>1 {write_time(line.at)} {host} gateway - {line.event.value} "
        f"[{ENTERPRISE} {_parameters(line)}] \ufeff{line.sort.says}"
    ).encode()


def framed(content: bytes) -> bytes:
    """Return a message as it goes over TCP or TLS: its length in octets, a space, itself (RFC 6587 section 3.4.1)."""
    return b"%d %b" % (len(content), content)


def _parameters(line: Line) -> str:
    known = {"number": str(line.number), "transfer": line.transfer, "delivery": line.delivery}
    known |= {name: line.fact(name) for name in PARAMETERS}
    return " ".join(f'{name}="{_escaped(value)}"' for name, value in known.items() if value)


def _escaped(value: str) -> str:
    """Return a value that cannot end itself: RFC 5424 section 6.3.3."""
    return ESCAPED.sub(r"\\\1", one_line(value)[:LONGEST_VALUE])
