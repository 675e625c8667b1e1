"""Passwords that a sender gives, so that the gateway can look inside what they locked: not for sealing, never sent.

    mail       X-Gateway-Password: …                     one field for each; all are taken out of the message
    a folder   NAME.passwords beside NAME, or any *.passwords within a dropped folder: one password a line, UTF-8
    a command  --password-file FILE                      the same

They are kept as content is, encrypted in the vault, and destroyed when the transfer was inspected.
"""

from __future__ import annotations

import codecs
import json
from collections.abc import Iterable
from typing import Final

from gateway.errors import NotAccepted
from gateway.intake.fields import taken_out

MOST: Final = 10  # each is tried on everything locked, which by design of the formats takes time
LONGEST: Final = 1_000  # characters
MOST_BYTES: Final = 50_000  # of a file of passwords
FIELD: Final = b"X-Gateway-Password"
HOW: Final = f"write one a line, as UTF-8 text, {MOST} at most"


def read_lines(raw: bytes) -> tuple[str, ...]:
    """Return the passwords in a file: each line that is not empty, as it is; `NotAccepted` when it is no such file."""
    if len(raw) > MOST_BYTES:
        raise NotAccepted("the file of passwords is too large", hint=HOW)
    encoding = "utf-16" if raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) else "utf-8-sig"
    try:
        lines = raw.decode(encoding).splitlines()
    except UnicodeDecodeError:
        raise NotAccepted("the file of passwords is not UTF-8 text", hint=HOW) from None
    return checked(line for line in lines if line)


def checked(passwords: Iterable[str]) -> tuple[str, ...]:
    """Return every password once, in order; `NotAccepted` for too many or too long a one."""
    found = tuple(dict.fromkeys(passwords))
    if len(found) > MOST:
        raise NotAccepted(f"there are more than {MOST} passwords", hint=HOW)
    if any(len(each) > LONGEST for each in found):
        raise NotAccepted(f"a password is longer than {LONGEST} characters", hint=HOW)
    return found


def take_out(message: bytes) -> tuple[bytes, tuple[str, ...]]:
    """Return a message without its password fields (RFC 5322), otherwise byte for byte, and the passwords.

    `NotAccepted` for too many or too long a one. White space around a password does not count, unless it is written as
    an encoded word (RFC 2047).
    """
    kept, words = taken_out(message, FIELD)
    return kept, checked(word for word in words if word)


def pack(passwords: Iterable[str]) -> bytes:
    """Write passwords down as they are kept in the vault."""
    return json.dumps(list(passwords)).encode()


def unpack(kept: bytes) -> tuple[str, ...]:
    """Read what `pack` wrote."""
    return tuple(str(each) for each in json.loads(kept))
