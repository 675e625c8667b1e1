"""Text of a plain part of a Word document without a parser: paragraphs, tables, tabs and line ends, and nothing else.

Most parts of most documents are that, and most of the parser's time goes into saying so. What the pieces of mark-up
between two texts do is found once for each distinct piece; if one of them does anything else, the part is not plain.
"""

from __future__ import annotations

import re
from typing import Final

from gateway.extract.formats.office.plain import Pieces
from gateway.extract.formats.office.workbook import REFERENCE, unescaped

START: Final = re.compile(
    rb"(?:\xef\xbb\xbf)?(?:<\?xml [^<>]*\?>\s*)?<w:\w+"
    rb"(?:\s+(?:xmlns:\w+|mc:Ignorable)=(?:\"[^\"<&]*\"|'[^'<&]*'))*\s*>(.*)",
    re.DOTALL,
)
ENCODING: Final = re.compile(rb"encoding=[\"'](?!(?i:utf-?8)[\"'])")
STOP: Final = re.compile(rb"(.*)</w:\w+>\s*", re.DOTALL)
TAG: Final = re.compile(rb"<(/?)w:(p|tc|tr|tab|br|cr|noBreakHyphen)(?: w:(?:type|clear)=\"\w*\")?\s*/?>")
WRITTEN: Final = {b"tab": "\t", b"br": "\n", b"cr": "\n", b"noBreakHyphen": "-"}


def flowing(pieces: Pieces) -> str | None:
    """Return the text of a part if it is plain."""
    start, stop = START.fullmatch(pieces.first), STOP.fullmatch(pieces.last)
    if not start or not stop or ENCODING.search(pieces.first):
        return None
    effects: dict[bytes, str] = {}
    for short in {start[1], stop[1], *pieces.short.values()}:
        effect = _effect(short)
        if effect is None:
            return None
        effects[short] = effect
    try:
        texts = b"\0".join(pieces.texts).decode()
    except UnicodeDecodeError:
        return None
    if "&" in texts:
        if texts.count("&") != len(REFERENCE.findall(texts)) or "&#" in texts:
            return None
        texts = unescaped(texts)
    said = texts.split("\0")
    whole = [""] * (2 * len(said) + 1)
    whole[0], whole[-1] = effects[start[1]].lstrip("\n"), effects[stop[1]]
    whole[2:-1:2] = map(effects.__getitem__, map(pieces.short.__getitem__, pieces.between))
    whole[1::2] = said
    return "".join(whole).replace("\r\n", "\n") if len(said) == len(pieces.texts) else None


def _effect(markup: bytes) -> str | None:
    """Return what mark-up between two texts puts between them; None if it does anything else."""
    at, written, breaks = 0, "", ""
    cells: list[int] = []  # where the separators of what stands in each begin
    while at < len(markup):
        tag = TAG.match(markup, at)
        if not tag:
            return None
        at = tag.end()
        if tag[2] in WRITTEN:
            if not tag[1]:
                written, breaks, cells = written + breaks + WRITTEN[tag[2]], "", []
        elif tag[2] == b"p":
            breaks = breaks or "\n"
        elif tag[2] == b"tc":
            if tag[1]:
                begin = cells.pop() if cells else 0
                breaks = breaks[:begin] + breaks[begin:].rstrip("\n") + "\t"
            else:
                cells.append(len(breaks))
        elif tag[1]:
            breaks = "\n"
    return written + breaks
