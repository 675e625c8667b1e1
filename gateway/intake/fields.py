"""Header fields of mail that speak to the gateway and are not sent on: RFC 5322 3.6.8."""

from __future__ import annotations

import re
from email.errors import HeaderParseError
from email.header import decode_header, make_header
from functools import cache

from gateway.intake.trace import head


def taken_out(message: bytes, name: bytes) -> tuple[bytes, list[str]]:
    """Return a message without the fields of a name, otherwise byte for byte, and what they say.

    White space around that does not count, unless it is written as an encoded word (RFC 2047).
    """
    end = min(len(message), len(head(message)) + 2)  # with the line ending of its last line
    form = _form(name)
    kept, count = form.subn(b"", message[:end])
    if not count:
        return message, []
    return kept + message[end:], [_decoded(found) for found in form.findall(message[:end])]


@cache
def _form(name: bytes) -> re.Pattern[bytes]:
    return re.compile(
        rb"^" + re.escape(name) + rb"[ \t]*:((?:[^\r]|\r\n[ \t])*)(?:\r\n|\Z)", re.IGNORECASE | re.MULTILINE
    )


def _decoded(raw: bytes) -> str:
    unfolded = raw.decode("utf-8", "replace").replace("\r\n", "").strip(" \t")
    try:
        return str(make_header(decode_header(unfolded)))
    except (HeaderParseError, LookupError, ValueError):
        return unfolded
