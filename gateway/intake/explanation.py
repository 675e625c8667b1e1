"""Why something is sent, in its sender's own words, and what the person concerned said to it: S1 8.2, 8.3 and 13.

    mail       X-Transfer-Reason: …                      taken out of the message, as X-Transfer-Consent is
    a folder   NAME.reason beside NAME, or any *.reason within a dropped folder: UTF-8 text
    a command  --reason, --consent

One line, for the ledger, whose entries are bounded. Nothing, or nothing but blanks, is no reason. Another word than one
of `Consent` is refused: nobody may be taken to have consented because a word was not understood.
"""

from __future__ import annotations

import codecs
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from gateway.errors import NotAccepted
from gateway.intake.fields import taken_out
from gateway.model.facts import Consent

REASON: Final = b"X-Transfer-Reason"
CONSENT: Final = b"X-Transfer-Consent"
LONGEST: Final = 1_000  # characters
MOST_BYTES: Final = 10_000  # of a file that holds a reason
HOW: Final = f"write a sentence as UTF-8 text, {LONGEST} characters at most"


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """What came with a message. Both are empty where nothing was said."""

    reason: str = ""
    consent: str = ""


def read_reason(raw: bytes) -> str:
    """Return the reason in a file; `NotAccepted` when it is no such file."""
    if len(raw) > MOST_BYTES:
        raise NotAccepted("the file with the reason is too large", hint=HOW)
    encoding = "utf-16" if raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) else "utf-8-sig"
    try:
        return checked_reason([raw.decode(encoding)])
    except UnicodeDecodeError:
        raise NotAccepted("the file with the reason is not UTF-8 text", hint=HOW) from None


def checked_reason(untrusted: Iterable[str]) -> str:
    """Return what was said as one line, each thing once; `NotAccepted` when it is too long."""
    lines = (" ".join("".join(map(_visible, each)).split()) for each in untrusted)
    reason = " ".join(dict.fromkeys(line for line in lines if any(map(str.isalnum, line))))
    if len(reason) > LONGEST:
        raise NotAccepted(f"the reason is longer than {LONGEST} characters", hint=HOW)
    return reason


def checked_consent(untrusted: Iterable[str]) -> str:
    """Return the one word of `Consent` that was said, empty for none; `NotAccepted` for any other, or two."""
    words = {word.strip().lower() for word in untrusted} - {""}
    if not words:
        return ""
    if len(words) > 1 or not words <= set(Consent):
        known = ", ".join(Consent)
        raise NotAccepted("what the person concerned said is not understood", hint=f"write one of: {known}")
    return words.pop()


def take_out(message: bytes) -> tuple[bytes, Explanation]:
    """Return a message without these fields, otherwise byte for byte, and what they say; `NotAccepted`."""
    message, reasons = taken_out(message, REASON)
    message, consents = taken_out(message, CONSENT)
    return message, Explanation(reason=checked_reason(reasons), consent=checked_consent(consents))


def _visible(character: str) -> str:
    """Return a character, a blank for what ends a line or moves, nothing for what shows nothing or turns text round."""
    kind = unicodedata.category(character)
    return " " if kind in {"Cc", "Zl", "Zp", "Zs"} else "" if kind.startswith("C") else character
