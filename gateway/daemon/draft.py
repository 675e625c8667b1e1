"""A mail that nobody sent, as the mail door would take it: what is inspected of it, and what its header says."""

from __future__ import annotations

import re
from dataclasses import dataclass
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


def draft_of(raw: bytes) -> Draft:
    """Return a mail as it would be taken in; `NotAccepted` as from the door."""
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
