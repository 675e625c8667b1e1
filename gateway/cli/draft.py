"""A mail in a file, as the mail door would take it: what is inspected of it, and what its header says."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from gateway.intake import explanation, passwords
from gateway.intake.thread import references
from gateway.intake.trace import shown, subject

LINE_END: Final = re.compile(rb"\r\n|\r|\n")


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """The content with the line endings of mail and without fields that are for the gateway, and what it says."""

    content: bytes
    subject: str
    shown: frozenset[str]
    refers_to: tuple[str, ...]
    passwords: tuple[str, ...]
    reason: str
    consent: str


def read_draft(paths: Sequence[Path]) -> Draft | None:
    """Return the mail if the only file is one (`.eml`) and can be read; `NotAccepted` as from the door."""
    if len(paths) != 1 or paths[0].suffix.lower() != ".eml":
        return None
    try:
        raw = paths[0].read_bytes()
    except OSError:
        return None
    content, words = passwords.take_out(LINE_END.sub(b"\r\n", raw))
    content, said = explanation.take_out(content)
    return Draft(
        content=content,
        subject=subject(content),
        shown=shown(content),
        refers_to=references(content),
        passwords=words,
        reason=said.reason,
        consent=said.consent,
    )
