"""Large pages: read off their tags as they stand in the source, slice by slice, without a parser and without a tree.

A parser takes twenty times the size of a page in memory. Read so, every word comes out all the same: what stands
between tags, as text; what tags, comments and scripts say, beside it; files in addresses, opened. As nobody mends the
page, a tag that a parser would pass over may separate: so all text is given once more with nothing between. What
cannot be told this way is a gap: text that is cut by hidden words, a page in an unusual charset, and more text than
there is `ROOM` for beside the page.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from typing import Final

from gateway.extract import Inner
from gateway.extract.charsets import codec_of
from gateway.extract.data_address import data_address, unquoted
from gateway.extract.decoding import encoding_of, has_binary, in_slices
from gateway.extract.formats.html.page import UNSEEN, separator
from gateway.extract.formats.text.pasted import armoured
from gateway.extract.undeclared import cannot_tell, undeclared_codecs
from gateway.extract.unescape import plain, plain_style
from gateway.model.inspection import Gap, GapKind, Segment, Where

LARGE: Final = 8_000_000
ROOM: Final = 330_000_000
LONGEST: Final = 20_000_000
TAG: Final = re.compile(r"<([^<>]*)>")
FILE: Final = re.compile(r"data:[^,\"'<>]{0,200},[^\"'<>)\s]+", re.IGNORECASE)
HIDDEN: Final = re.compile(r"\shidden(?![\w-])", re.IGNORECASE)
UTF_8: Final = frozenset({"", "ascii", "utf-8"})


def large_page(data: bytes, charset: str) -> Iterator[Segment | Inner | Gap]:
    """Read a large page; `charset` is the one that it declares."""
    encoding = encoding_of(data)
    is_odd = not data.isascii() and (codec_of(charset) not in UTF_8 or any(undeclared_codecs(data)))
    if is_odd or cannot_tell(data):
        yield Gap(part="", kind=GapKind.UNSUPPORTED, detail="charset of a large page")
    left, kinds = max(ROOM - len(data), 0), set[tuple[GapKind, str]]()
    for text in _whole_tags(in_slices(data, encoding)):
        for found in _slice(text):
            if isinstance(found, Segment):
                left -= len(found.text)
            if left < 0:
                yield Gap(part="", kind=GapKind.TOO_LARGE, detail="html text")
                return
            if not isinstance(found, Gap):
                yield found
            elif (found.kind, found.detail) not in kinds:
                kinds.add((found.kind, found.detail))
                yield found


def _whole_tags(slices: Iterator[str]) -> Iterator[str]:
    """Cut the slices of a source anew, each behind a tag; a tag without an end is cut somewhere."""
    waiting: list[str] = []
    for text in slices:
        at = text.rfind(">") + 1
        if at or sum(map(len, waiting)) > LONGEST:
            yield "".join([*waiting, text[:at]])
            waiting = [text[at:]]
        else:
            waiting.append(text)
    yield "".join(waiting)


def _slice(text: str) -> Iterator[Segment | Inner | Gap]:
    """Read one slice."""
    if has_binary(text.encode("utf-8", "replace")):
        yield Gap(part="", kind=GapKind.CORRUPT, detail="binary in text")
    yield from armoured(text)
    pieces = TAG.split(text)
    heads = pieces[1::2]
    kinds = dict.fromkeys(heads)
    separators = {head: separator(head.split(None, 1)[0].lower() if head.strip() else "") for head in kinds}
    pieces[1::2] = map(separators.__getitem__, heads)
    yield from _seen("".join(pieces), "")
    yield from _seen("".join(pieces[::2]), "without separators")
    yield from _told([head for head in kinds if not head.removeprefix("/").isalnum()])


def _seen(words: str, name: str) -> Iterator[Segment]:
    """Yield text; that of scripts and styles once more with its escapes undone."""
    shown = unescape(words) if "&" in words else words
    where = Where.HIDDEN if name else Where.BODY
    if shown.strip():
        yield Segment(where=where, text=shown, name=name)
    if "\\" in shown and (escaped := plain_style(plain(shown))) != shown and not name:
        yield Segment(where=Where.HIDDEN, text=escaped, name="unescaped")


def _told(heads: list[str]) -> Iterator[Segment | Inner | Gap]:
    """Yield what tags say, and the files in them."""
    said = "\n".join(heads)
    if not said:
        return
    if "&" in said:
        said = unescape(said)
    for address in FILE.findall(said) if "data:" in said.lower() else ():
        yield from data_address(address)
    if HIDDEN.search(said) or UNSEEN.search(plain_style(said)):
        yield Gap(part="", kind=GapKind.TOO_LARGE, detail="hidden in a large page")
    said = FILE.sub("data:", said)
    yield Segment(where=Where.HIDDEN, text=said, name="tags")
    if "%" in said:
        yield Segment(where=Where.HIDDEN, text=unquoted(said).decode("utf-8", "replace"), name="tags unquoted")
