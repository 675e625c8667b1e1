"""The text of a header field with its encoded words decoded (RFC 2047): never an exception, and never for long."""

from __future__ import annotations

import re
from email.errors import MessageError
from email.header import decode_header, make_header
from typing import Final

LONGEST: Final = 10_000
"""Characters that are decoded. The library's time grows with the square of what looks like words: 0.1 s for these."""

FOLDER_LINE: Final = re.compile(rb"\AFrom (?![ \t]*:)[^\r\n]*\r?\n(?=[!-9;-~]+[ \t]*:)")
"""The line of a mail folder (RFC 4155 appendix A) on top of a header, as programs of Unix hand it over: no field."""


def decoded(raw: str) -> str:
    """Return unfolded header text decoded, or as it stands where a word is broken or of no known set (section 6.3).

    What comes behind the first `LONGEST` characters stays as it stands.
    """
    if "=?" not in raw:  # as every encoded word begins
        return raw
    try:
        return f"{make_header(decode_header(raw[:LONGEST]))}{raw[LONGEST:]}"
    except (MessageError, LookupError, ValueError):  # the first: CharsetError, of a set whose name is not ASCII
        return raw


def on_one_line(value: bytes) -> str:
    """Return the value of a field, folded or not, decoded and on one line.

    Bytes that are no UTF-8 are read as Windows-1252, which most programs meant that wrote them.
    """
    try:
        raw = value.decode("utf-8")
    except UnicodeDecodeError:
        raw = value.decode("cp1252", "replace")
    return " ".join(decoded(" ".join(raw.split())).split())
