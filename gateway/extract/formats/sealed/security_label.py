"""Security labels among the attributes of CMS messages: RFC 2634 3.2 (a label) and 3.4 (others that mean the same).

An attribute is `SEQUENCE { type OBJECT IDENTIFIER, values SET }` (RFC 5652 5.3). Its type is looked for as octets: it
stands in signed, authenticated and unprotected attributes alike, and nothing else contains it by chance.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator
from typing import Final

from gateway.extract.cms_kinds import SMIME_ARC
from gateway.model.der import SET, Malformed, children, node
from gateway.model.inspection import Gap, GapKind, Segment, Where

NAME: Final = "ESSSecurityLabel"
"""What the segment is called; its text is the label in base64."""
TYPES: Final = (SMIME_ARC[:-1] + b"\x02\x02", SMIME_ARC[:-1] + b"\x02\x09")
MOST: Final = 100
LONGEST: Final = 100_000
"""Octets of an attribute; what is beyond them is not looked through again for each."""
_TOO_MANY: Final = Gap(part="", kind=GapKind.TOO_MANY, detail="security labels")


def security_labels(data: bytes) -> Iterator[Segment | Gap]:
    """Yield the labels in what stands around a content; a gap where one cannot be taken out."""
    for kind in TYPES:
        at = data.find(kind)
        for _ in range(MOST):
            if at < 0:
                break
            at += len(kind)
            yield from _values(data[at : at + LONGEST])
            at = data.find(kind, at)
        if at >= 0:
            yield _TOO_MANY


def _values(data: bytes) -> Iterator[Segment | Gap]:
    """Yield the values of one attribute, whose set begins `data`."""
    count, is_whole = 0, False
    try:
        values = node(data, 0)
        start = values.start
        for child in children(data, values) if values.tag == SET else ():
            if count == MOST:
                yield _TOO_MANY
                return
            if not child.is_whole:
                break
            said = base64.b64encode(data[start : child.after]).decode("ascii")
            yield Segment(where=Where.LABEL, text=said, name=NAME)
            start, count = child.after, count + 1
        else:
            is_whole = values.is_whole and count > 0
    except Malformed:
        is_whole = False
    if not is_whole:
        yield Gap(part="", kind=GapKind.CORRUPT, detail="security label")
