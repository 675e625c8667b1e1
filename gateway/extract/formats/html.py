"""HTML: the text as a reader sees it, and apart from it what is hidden, commented out or written in attributes.

Inline elements separate nothing, all others do (HTML Living Standard 15.3); cells of a row are separated by tabs.
Parsing time grows with the depth of nesting, so the depth is estimated before the parser sees a byte.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from selectolax.lexbor import LexborHTMLParser, LexborNode

from gateway.extract import Inner, Limits, media
from gateway.extract.decoding import MARKS, decode, has_binary
from gateway.extract.formats.text import armoured, second_reading
from gateway.model.inspection import Gap, GapKind, Segment, Where

DEEPEST = 400
_INLINE = """
    a abbr acronym b bdi bdo big cite code data del dfn em font i ins kbd label mark nobr q ruby s samp small span
    strike strong sub sup time tt u var wbr o:p st1:place st1:city
"""
INLINE = frozenset(_INLINE.split())
SILENT = frozenset({"script", "style", "title", "template", "head", "meta", "link"})
_CLOSED_BY_OTHERS = """
    p li td th tr dt dd option optgroup tbody thead tfoot colgroup rt rp
"""
CLOSED_BY_OTHERS = frozenset(_CLOSED_BY_OTHERS.split())
_VOID = """
    area base br col embed hr img input link meta param source track wbr
"""
VOID = frozenset(_VOID.split())
TAG = re.compile(rb"<(/?)([A-Za-z][A-Za-z0-9:-]*)")
ANY_TAG = re.compile(r"<[^>]{0,4096}>")
UNSEEN = re.compile(
    r"display\s*:\s*none|visibility\s*:\s*hidden|font-size\s*:\s*0(?![.\d])|opacity\s*:\s*0(?![.\d])", re.IGNORECASE
)
_LAYOUT = """
    align background bgcolor border cellpadding cellspacing class color colspan dir face height hspace id lang
    language media rel role rowspan size style target type valign vspace width xmlns charset
"""
LAYOUT = frozenset(_LAYOUT.split())
DATA_URI = re.compile(r"\s*data:([^,;]*)((?:;[^,;]*)*),(.*)", re.IGNORECASE | re.DOTALL)
QUOTED = re.compile(rb"%([0-9A-Fa-f]{2})")
CHARSET = re.compile(rb"<meta[^>]{0,200}charset\s*=\s*[\"']?([A-Za-z0-9_:.-]{1,40})", re.IGNORECASE)
LEAST_ATTRIBUTE = 4


@dataclass(slots=True)
class _Page:
    """What the walk gathers."""

    seen: list[str] = field(default_factory=list)
    unseen: list[str] = field(default_factory=list)
    values: dict[str, None] = field(default_factory=dict)
    found: list[Segment | Inner | Gap] = field(default_factory=list)


def depth_of(data: bytes) -> int:
    """Return how deep the elements nest, if each that is not closed holds the next. Never less than the truth."""
    depth = deepest = 0
    opened: Counter[str] = Counter()
    for match in TAG.finditer(data):
        name = match[2].lower().decode()
        if name in VOID or name in CLOSED_BY_OTHERS:
            continue
        if not match[1]:
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
        text = decode(data, charset)
        yield from armoured(text)
        yield from second_reading(data, charset)
        if has_binary(data):
            yield Gap(part="", kind=GapKind.CORRUPT, detail="binary in text")
        source = text.encode("utf-8", "replace")
        if depth_of(source) > DEEPEST:
            yield Segment(where=Where.BODY, text=ANY_TAG.sub("", text))
            yield Gap(part="", kind=GapKind.TOO_DEEP, detail="html elements")
            return
        page = _read(source)
        for where, words in ((Where.BODY, page.seen), (Where.HIDDEN, page.unseen)):
            joined = "".join(words)
            if joined.strip():
                yield Segment(where=where, text=joined)
        if page.values:
            yield Segment(where=Where.HIDDEN, text="\n".join(page.values), name="attributes")
        yield from page.found


def _read(source: bytes) -> _Page:
    """Walk the tree without recursion: children first, then the next, then up."""
    page = _Page()
    parser = LexborHTMLParser(source)
    top = node = parser.root
    hidden = 0  # how many open elements hide their content
    if top is not None and top.parent is not None:
        top = node = top.parent  # the document itself, for comments before <html>
    while node is not None:
        hidden += _enter(node, page, hidden=hidden > 0)
        if node.child is not None:
            node = node.child
            continue
        while node is not None:
            hidden -= _leave(node, page, hidden=hidden > 0)
            if top is not None and node.mem_id == top.mem_id:
                return page
            if node.next is not None:
                node = node.next
                break
            node = node.parent
    return page


def _enter(node: LexborNode, page: _Page, *, hidden: bool) -> int:
    """Take in what starts here; return 1 if it hides what is inside."""
    tag = node.tag or ""
    if node.is_text_node:
        (page.unseen if hidden else page.seen).append(node.text_content or "")
        return 0
    if node.is_comment_node:
        comment = node.comment_content or ""
        if "<" in comment:  # what looks like tags may be words: without them for values that they cut, and as it is
            page.unseen.append(f"\n{ANY_TAG.sub('', comment)}\n")
        page.unseen.append(f"\n{comment}\n")
        return 0
    if not node.is_element_node:
        return 0
    _attributes(node, tag, page)
    if tag == "title":
        page.found.append(Segment(where=Where.PROPERTY, text=node.text(), name="title"))
    if tag == "template" and (inner := node.inner_html or ANY_TAG.sub("", node.html or "")):
        page.found.append(Inner(name="template.html", data=f"<body>{inner}".encode("utf-8", "replace")))
    if tag not in INLINE:
        (page.unseen if hidden or _hides(node, tag) else page.seen).append("\n" if tag not in {"td", "th"} else "")
    return int(_hides(node, tag))


def _leave(node: LexborNode, page: _Page, *, hidden: bool) -> int:
    """Separate what follows; return 1 if hiding ends here."""
    if not node.is_element_node:
        return 0
    tag = node.tag or ""
    if tag not in INLINE and tag not in VOID:
        (page.unseen if hidden else page.seen).append("\t" if tag in {"td", "th"} else "\n")
    return int(_hides(node, tag))


def _hides(node: LexborNode, tag: str) -> bool:
    """Say whether a browser would not show what is inside."""
    if tag in SILENT:
        return True
    attributes = node.attributes
    return bool(attributes) and ("hidden" in attributes or bool(UNSEEN.search(attributes.get("style") or "")))


def _attributes(node: LexborNode, tag: str, page: _Page) -> None:
    """Keep every value that may hold words; only layout is left out."""
    attributes = node.attributes
    if tag == "meta" and attributes.get("content"):
        name = attributes.get("name") or attributes.get("http-equiv") or attributes.get("property") or ""
        page.found.append(Segment(where=Where.PROPERTY, text=attributes["content"] or "", name=name[:100]))
        return
    for name, value in attributes.items():
        if not value:
            continue
        if "data:" in value[:20].lower() and (match := DATA_URI.match(value)):
            page.found.extend(_data_uri(match))
        elif name == "srcdoc":
            page.found.append(Inner(name="srcdoc.html", data=f"<body>{value}".encode("utf-8", "replace")))
        elif name not in LAYOUT and len(value) >= LEAST_ATTRIBUTE:
            page.values[unquoted(value).decode("utf-8", "replace") if "%" in value else value] = None


def unquoted(address: str) -> bytes:
    """Return the bytes that an address stands for (RFC 3986 2.1)."""
    return QUOTED.sub(lambda match: bytes([int(match[1], 16)]), address.encode("utf-8", "replace"))


def _data_uri(match: re.Match[str]) -> Iterator[Inner | Gap]:
    """Open a `data:` address (RFC 2397)."""
    content = unquoted(match[3])
    if "base64" in match[2].lower():
        try:
            content = base64.b64decode(content)
        except (binascii.Error, ValueError):
            yield Gap(part="", kind=GapKind.CORRUPT, detail="data address")
            return
    yield Inner(name="data-address", data=content)
