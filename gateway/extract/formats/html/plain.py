"""Plain pages, read off their source in one pass: those of which it can be shown that a parser would change nothing.

Such a page has elements of the commonest kinds only, blocks that close in the order in which they opened, no text in a
table but in its cells, no `<` or `>` that is not a tag's, nothing hidden, and no comment, script or style in its body.
Then no parser moves, drops or joins anything (HTML Living Standard 13.2.6), and what its tags do to the text around
them can be read off the tags. What stands before the body is parsed: it is short. Any doubt at all: `None`, and the
whole page is parsed.

Each tag is replaced by one byte that stands in no text. Those of the blocks alone are the skeleton of the page: what
closes in order is taken out of it, from the inside, until nothing is left.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from html import unescape
from typing import Final

from selectolax.lexbor import LexborHTMLParser

from gateway.extract.formats.html.cells import widths
from gateway.extract.formats.html.dropped import dropped
from gateway.extract.formats.html.page import RAW, Page
from gateway.extract.formats.html.plain_tags import (
    BLANKS,
    CELL,
    CODES,
    EDGE,
    HEADING,
    HELD,
    IN_TABLE,
    LOOSE,
    MARKS,
    NESTED,
    NO_TAGS,
    ONLY_CODES,
    SHOWN,
    TABLE,
    TABLE_END,
)

DEEPEST: Final = 40
LONGEST_TOP: Final = 1_000_000
LONGEST_END: Final = 100
_SAID: Final = r"(?:\s++[A-Za-z][A-Za-z0-9:-]*+(?:\s*+=\s*+(?:\"[^\"<>]*+\"|'[^'<>]*+'|[^\s\"'=`<>]++))?+)*+"
START: Final = re.compile(rb"\s*(?:<!doctype html>\s*)?(?:<html([^<>]*)>\s*)?(?:<body([^<>]*)>)?", re.IGNORECASE)
BODY_START: Final = re.compile(rb"\s*(?:<body([^<>]*)>)?()", re.IGNORECASE)
END: Final = re.compile(rb"(?:</body>\s*)?(?:</html>\s*)?\Z", re.IGNORECASE)
HEAD_END: Final = re.compile(rb"</head>", re.IGNORECASE)
IN_TOP: Final = re.compile(
    rf"<!doctype html>|<(?:html|head|meta|link|base){_SAID}\s*+/?>|<title>[^<>]*</title>|</head>|\s",
    re.IGNORECASE | re.ASCII,
)
TOLD: Final = re.compile(_SAID, re.ASCII)
_NAMED: Final = r"[a-z][a-z0-9:]*+(?: [a-z][a-z0-9:-]*+=\"[^\"\n]*+\")++"
NAMED: Final = re.compile(rf"{_NAMED}(?:\n{_NAMED})*+")
TAG: Final = re.compile(rf"([A-Za-z][A-Za-z0-9:]*+)({_SAID})\s*+", re.ASCII)
SAID: Final = re.compile(
    r"([A-Za-z][A-Za-z0-9:-]*+)(?:\s*+=\s*+(?:\"([^\"]*+)\"|'([^']*+)'|([^\s\"'=`<>]++)))?+", re.ASCII
)
WRITTEN: Final = re.compile(  # a character by its name or number, the same for all who read it; or a plain ampersand
    rb"&(?:[A-Za-z][A-Za-z0-9]{1,30};|#(?:3[2-9]|[4-9]\d|1[01]\d|12[0-6]|1[6-9]\d|[2-9]\d\d|[1-9]\d{3});"
    rb"|#[xX](?:[2-6A-Fa-f][0-9A-Fa-f]|[1-9A-Fa-f][0-9A-Fa-f]{2}|[12][0-9A-Fa-f]{3});|[A-Za-z0-9_]{1,30}=|(?=\s))"
)
IN_VALUE: Final = re.compile(r"&(?:(?:amp|lt|gt|quot|nbsp);|[A-Za-z0-9_]{1,30}=)")


def plain_page(source: bytes) -> Page | None:
    """Read a page, in UTF-8; None where it is not plain. One with a control character never is."""
    top, body = _halves(source)
    marks = body.translate(None, NO_TAGS)
    if marks != b"<>" * (len(marks) // 2) or top.translate(None, NO_TAGS).strip(b"<>"):
        return None
    if b"&" in body and body.count(b"&") != len(WRITTEN.findall(body)):
        return None
    page = Page()
    if top and not _read_top(page, top):
        return None
    start = (BODY_START if top else START).match(body)
    end = END.search(body, max(0, len(body) - LONGEST_END))
    outer = [b"x" + said for said in start.groups() if said] if start else []
    inside = body[start.end() if start else 0 : end.start() if end else len(body)]
    return page if _read_body(page, outer, inside) else None


def _halves(source: bytes) -> tuple[bytes, bytes]:
    """Return what stands before the body, with the tag that ends it, and the rest."""
    match = HEAD_END.search(source, 0, LONGEST_TOP)
    return (source[: match.end()], source[match.end() :]) if match else (b"", source)


def _read_top(page: Page, top: bytes) -> bool:
    """Take in what stands before the body; say no where anything there may begin the body, or reach into it."""
    text = top.decode("utf-8", "replace")
    if IN_TOP.sub("", RAW.sub(_kept_whole, text)):
        return False
    written = LexborHTMLParser(top).html or ""
    page.read(written)
    page.found += dropped(text, written)
    return True


def _kept_whole(match: re.Match[str]) -> str:
    """Return nothing for a script, a style or a comment that ends where every reader ends it; else something."""
    tag, said, inside, comment = match.groups()
    if comment is not None:
        return "x" if comment.startswith((">", "->")) or "--" in comment or "<!" in comment else ""
    is_whole = tag in {"script", "style"} and TOLD.fullmatch(said) and "</" not in inside and "<!" not in inside
    return "" if is_whole else "x"


def _read_body(page: Page, told: list[bytes], body: bytes) -> bool:
    """Take in the body; say no where it is not plain."""
    pieces = body.replace(b">", b"<").split(b"<")
    heads = pieces[1::2]
    codes = CODES
    others = set(heads).difference(CODES)
    if others or told:
        found = _others(page, others, told)
        if found is None:
            return False
        codes = {**CODES, **found}
    pieces[1::2] = _marks(heads, codes, others)
    joined = b"".join(pieces)
    skeleton = joined.translate(None, ONLY_CODES)
    if skeleton and not (_is_in_order(skeleton) and (TABLE not in skeleton or _is_in_cells(joined))):
        return False
    shown = _in_rows(joined).translate(SHOWN, CELL) if skeleton else joined
    text = shown.decode("utf-8", "replace")
    page.seen.append(unescape(text) if "&" in text else text)
    return True


def _marks(heads: list[bytes], codes: Mapping[bytes, bytes], others: Iterable[bytes]) -> list[bytes]:
    """Return the bytes for all tags as they come."""
    marks = list(map(codes.__getitem__, heads))
    if wide := widths(head.decode("latin-1") for head in others if head.startswith((b"t", b"T"))):
        MARKS.widen(marks, heads, {head.encode("latin-1"): columns for head, columns in wide.items()})
    return marks


def _in_rows(joined: bytes) -> bytes:
    """Return a page with each row of its tables on one line."""
    begin, end = joined.find(CELL), joined.rfind(TABLE_END)
    if begin < 0:
        return joined
    tables = joined[begin:end]
    bare = tables.translate(EDGE)
    if any(edge in bare for edge in LOOSE):
        tables = MARKS.on_rows(tables)
    return joined[:begin] + MARKS.without_empty_ends(tables) + joined[end:]


def _is_in_order(skeleton: bytes) -> bool:
    """Say whether all blocks close in the order in which they opened, each where it may stand."""
    left = skeleton.replace(HEADING, HELD)  # a heading in a heading would end it
    for _ in range(DEEPEST):
        before, left = len(left), NESTED.sub(HELD, left)
        if len(left) == before:
            break
    return not left.strip(HELD)


def _is_in_cells(joined: bytes) -> bool:
    """Say whether no text stands in a table but outside its cells."""
    return b"sx" not in joined[joined.find(TABLE) :].translate(IN_TABLE, BLANKS)


def _others(page: Page, heads: Iterable[bytes], outer: Iterable[bytes]) -> dict[bytes, bytes] | None:
    """Return what the tags do that are not the plainest, and take in what they say; None for one that is not plain.

    Those with quoted attributes, as most are written, are looked at all at once; `outer` are tags around the body.
    """
    known = {head for head in heads if head.endswith(b'"') and b"'" not in head}
    named = b"\n".join(known).decode("utf-8", "replace").split("\n") if known else []
    if not NAMED.fullmatch("\n".join(named)):
        known, named = set(), []
    odd = {head: _plain(head) for head in heads if head not in known}
    around = [_plain(head) for head in outer]
    if not all(around):
        return None
    try:
        found = {head: CODES[head.partition(b" ")[0]] for head in known}
        found |= {head: CODES[plain.partition(" ")[0].encode()] for head, plain in odd.items()}
    except KeyError:
        return None
    written = [*named, *odd.values(), *around]
    return found if _takes_in(page, [head for head in written if "=" in head]) else None


def _plain(tag: bytes) -> str:
    """Return what stands in a tag as a parser writes it; nothing for what not all read alike."""
    if (name := tag.rstrip().lower()) in CODES:
        return name.decode()
    head = tag.decode("utf-8", "replace")
    if head.endswith("/") and ("=" not in head or head[-2] in " \t\r\n\"'"):
        head = head[:-1]
    match = TAG.fullmatch(head)
    if match is None:
        return ""
    said = [f'{name.lower()}="{"".join(values)}"' for name, *values in SAID.findall(match[2])]
    return "" if any(each.count('"') > 2 for each in said) else " ".join([match[1].lower(), *said])  # noqa: PLR2004 - the two around it


def _takes_in(page: Page, heads: list[str]) -> bool:
    """Take in what tags say; say no where that hides something, or is not read by all alike."""
    said = "\n".join(heads)
    if " hidden=" in said or ("&" in said and said.count("&") != len(IN_VALUE.findall(said))):
        return False
    if heads:
        page.attributes(heads)
    return not page.hiding_styles
