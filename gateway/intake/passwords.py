"""Passwords that a sender gives, so that the gateway can look inside what they locked: not for sealing, never sent.

    mail       X-Gateway-Password: …                     one field for each; all are taken out of the message
    a folder   NAME.passwords beside NAME, or any *.passwords within a dropped folder: one password a line, UTF-8
    a command  --password-file FILE                      the same

They are kept as content is, encrypted in the vault, and destroyed when the transfer was inspected.
"""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Iterable
from email.errors import HeaderParseError
from email.header import decode_header, make_header
from typing import Final

from gateway.errors import NotAccepted
from gateway.intake.trace import head

ENDING: Final = ".passwords"
MOST: Final = 10  # each is tried on everything locked, which by design of the formats takes time
LONGEST: Final = 1_000  # characters
MOST_BYTES: Final = 50_000  # of a file of passwords
FIELD: Final = re.compile(rb"^X-Gateway-Password[ \t]*:((?:[^\r]|\r\n[ \t])*)(?:\r\n|\Z)", re.IGNORECASE | re.MULTILINE)
HOW: Final = f"write one a line, as UTF-8 text, {MOST} at most"


def is_password_file(name: str) -> bool:
    """Say whether a file of this name holds passwords, and so is never sent."""
    return name.lower().endswith(ENDING)


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
    top = head(message)
    end = min(len(message), len(top) + 2)  # with the line ending of its last line
    kept, count = FIELD.subn(b"", message[:end])
    if not count:
        return message, ()
    words = (_decoded(found) for found in FIELD.findall(message[:end]))
    return kept + message[end:], checked(word for word in words if word)


def pack(passwords: Iterable[str]) -> bytes:
    """Write passwords down as they are kept in the vault."""
    return json.dumps(list(passwords)).encode()


def unpack(kept: bytes) -> tuple[str, ...]:
    """Read what `pack` wrote."""
    return tuple(str(each) for each in json.loads(kept))


def _decoded(raw: bytes) -> str:
    unfolded = raw.decode("utf-8", "replace").replace("\r\n", "").strip(" \t")
    try:
        return str(make_header(decode_header(unfolded)))
    except (HeaderParseError, LookupError, ValueError):
        return unfolded
