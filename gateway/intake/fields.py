"""Header fields of mail that speak to the gateway and are not sent on: RFC 5322 3.6.8."""

from __future__ import annotations

import re
from functools import cache
from itertools import accumulate

from gateway.intake.header import VALUE, Header, head
from gateway.model.header_text import LONGEST, decoded


def taken_out(message: bytes, name: bytes) -> tuple[bytes, list[str]]:
    """Return a message without the fields of a name, otherwise byte for byte, and what they say.

    White space around that does not count, unless it is written as an encoded word (RFC 2047). Beyond `LONGEST`
    characters in all of them nothing is decoded.
    """
    header = head(message)
    if name.lower() not in header.places:
        return message, []
    end = min(len(message), len(header) + 2)  # with the line ending of its last line
    form = _form(name)
    kept, count = form.subn(b"", message[:end])
    if not count:
        return message, []
    said = [found.decode("utf-8", "replace").replace("\r\n", "").strip(" \t") for found in form.findall(message[:end])]
    ends = accumulate(map(len, said))
    rest = Header(kept) if end == len(message) else kept + message[end:]
    return rest, [decoded(each) if at <= LONGEST else each for each, at in zip(said, ends, strict=True)]


@cache
def _form(name: bytes) -> re.Pattern[bytes]:
    form = rb"^" + re.escape(name) + rb"[ \t]*:(" + VALUE + rb")(?:\r\n|\Z)"
    return re.compile(form, re.IGNORECASE | re.MULTILINE)
