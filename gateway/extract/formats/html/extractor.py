"""HTML: the text as a reader sees it, and apart from it what is hidden, commented out or written in attributes.

A plain page is read in one pass (`html_plain`), one above `LARGE` slice by slice and without a tree (`html_large`), any
other as the parser mends it. Inline elements separate nothing, all others do (HTML Living Standard 15.3); cells of a
row are separated by tabs. The parser writes the page out again (13.3): so written, a `<` or `>` is a tag's, and the
page is read off the tags (`html_page`). Parsing time grows with the square of the depth of nesting, so where a page has
many tags, the depth is estimated before the parser sees a byte.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator

from selectolax.lexbor import LexborHTMLParser

from gateway.extract import Inner, Limits, media
from gateway.extract.decoding import MARKS, decode, has_binary
from gateway.extract.formats.html.dropped import dropped
from gateway.extract.formats.html.large import LARGE, large_page
from gateway.extract.formats.html.page import Page, without_tags
from gateway.extract.formats.html.plain import plain_page
from gateway.extract.formats.html.tags import NEVER_DEEP
from gateway.extract.formats.text.extractor import second_reading
from gateway.extract.formats.text.pasted import armoured
from gateway.model.inspection import Gap, GapKind, Segment, Where

FEW_TAGS, MANY_TAGS = 2_000, 10_000
DEEPEST = 400
PLACES = 8
OFTEN_VOID = (b"<br", b"<img", b"<input")
TAG = re.compile(rb"<(/?)([A-Za-z][A-Za-z0-9:-]*+)(?:[^>=]++|=\s*+(?:\"[^\"]*+\"|'[^']*+')|=)*+")
CHARSET = re.compile(
    rb"<(?:meta[^>]{0,200}charset|\?xml[^>]{0,100}encoding)\s*=\s*[\"']?([A-Za-z0-9_:.-]{1,40})", re.IGNORECASE
)


def is_too_deep(source: bytes) -> bool:
    """Say whether the elements of a page nest too deep for the parser.

    A page of few tags cannot be; one of not so many, of which at no place too many are open, needs no closer look: even
    if its tags lie, the parser is done in half a second.
    """
    tags = source.count(b"<")
    if tags <= FEW_TAGS or (tags <= MANY_TAGS and _most_open(source) <= DEEPEST):
        return False
    return depth_of(source) > DEEPEST


def _most_open(source: bytes) -> int:
    """Return how many tags more are opened than closed, at the place where they are most."""
    step, opened, most = len(source) // PLACES + 1, 0, 0
    for at in range(0, len(source), step):
        opened += source.count(b"<", at, at + step) - 2 * source.count(b"</", at, at + step)
        most = max(most, opened)
    return most - sum(source.count(tag) for tag in OFTEN_VOID) if most > DEEPEST else most


def depth_of(source: bytes) -> int:
    """Return how deep the elements nest, if each that is not closed holds the next. Never less than the truth."""
    depth = deepest = 0
    opened: Counter[bytes] = Counter()
    for closes, tag in TAG.findall(source):
        name = tag.lower()
        if name in NEVER_DEEP:
            continue
        if not closes:
            opened[name] += 1
            depth += 1
            deepest = max(deepest, depth)
        elif opened[name]:  # a closing tag for what is not open closes nothing
            opened[name] -= 1
            depth -= 1
    return deepest


class HtmlExtractor:
    """Reads HTML pages and the HTML bodies of mail."""

    name = "html"
    media_types = frozenset({media.HTML})

    def open(self, data: bytes, limits: Limits) -> Iterable[Segment | Inner | Gap]:
        """Return text, hidden text, telling attributes, and files in `data:` addresses."""
        del limits  # the walk over all parts counts what comes out
        declared = CHARSET.search(data[:2048])
        charset = declared[1].decode("ascii").lower() if declared else ""
        if data.startswith(tuple(mark for mark, _ in MARKS)):
            charset = ""  # a byte order mark comes before any declaration (HTML Living Standard 13.2.3.2)
        if len(data) > LARGE:
            yield from large_page(data, charset)
            return
        text = decode(data, charset)
        yield from armoured(text)
        yield from second_reading(data, charset)
        source = text.encode("utf-8", "replace")
        page = plain_page(source)
        if (page is None or not data.isascii()) and has_binary(data):
            yield Gap(part="", kind=GapKind.CORRUPT, detail="binary in text")
        yield from _told(page) if page else _parsed(text, source)


def _parsed(text: str, source: bytes) -> Iterator[Segment | Inner | Gap]:
    """Read a page as a parser mends it. `source` is its text in UTF-8."""
    if is_too_deep(source):
        yield Segment(where=Where.BODY, text=without_tags(text))
        yield Gap(part="", kind=GapKind.TOO_DEEP, detail="html elements")
        return
    page = Page()
    written = LexborHTMLParser(source).html or ""
    page.read(written)
    yield from _told(page)
    yield from dropped(text, written)


def _told(page: Page) -> Iterator[Segment | Inner | Gap]:
    """Yield what was read off a page."""
    for where, words, name in (
        (Where.BODY, page.seen, ""),
        (Where.HIDDEN, page.unseen, ""),
        (Where.HIDDEN, page.apart, "elements apart"),
        (Where.HIDDEN, page.comments, "comments"),
        (Where.HIDDEN, page.scripts, "scripts"),
    ):
        joined = "".join(words)
        if joined.strip():
            yield Segment(where=where, text=joined, name=name)
    if page.layout:
        yield Segment(where=Where.HIDDEN, text="\n".join(page.layout), name="layout")
    if page.values:
        yield Segment(where=Where.HIDDEN, text="\n".join(page.values), name="attributes")
    yield from page.found
