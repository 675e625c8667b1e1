"""Where in the source of a page its text stands, and where a first block can go.

Comments, tags, scripts and styles are no text (HTML Living Standard 13.2.5). Only what is needed to put a line into a
page, or to find plain text in it; a page that this cannot follow raises `NotSealed`.
"""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from gateway.errors import NotSealed
from gateway.model.normal_form import beyond_ascii, nfkc

_TAG: Final = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9:-]*+)(?:[^>\"']++|\"[^\"]*+\"|'[^']*+')*+>")
_UNSEEN: Final = {
    name: re.compile(rf"</{name}\b[^>]*+>", re.IGNORECASE)
    for name in ("iframe", "noscript", "script", "select", "style", "template", "textarea", "title", "xmp")
}
_WITHIN_A_WORD: Final = frozenset(
    {"a", "abbr", "b", "bdi", "bdo", "code", "em", "font", "i", "ins", "mark", "s", "small", "span", "strong", "sub"}
    | {"sup", "u", "wbr"}
)
_REFERENCE: Final = re.compile(r"&(?:#[0-9]++|#[xX][0-9a-fA-F]++|[a-zA-Z0-9]{1,32}+);?")
NO_END: Final = "a page in the message does not end as it should"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Piece:
    """Something that is no text. `name` is that of a tag, in lower case; `!doctype` and the like; empty for others."""

    start: int
    end: int
    name: str = ""
    is_closing: bool = False


def place_for_block(source: str) -> int:
    """Return where a first block of a page can stand: after `<body>`, or what comes before where there is none."""
    pieces = list(_pieces(source))
    for name, is_closing in (("body", False), ("head", True), ("html", False), ("!doctype", False)):
        for piece in pieces:
            if (piece.name, piece.is_closing) == (name, is_closing):
                return piece.end
    return 0


def as_shown(source: str) -> Iterator[tuple[str, int, int]]:
    """Yield what a page shows bit by bit, each with where it stands in the source; a blank of no width between words.

    Character references are undone, also those without their semicolon (HTML Living Standard 13.2.5.73).
    """
    at = 0
    for piece in _pieces(source):
        yield from _undone(source, at, piece.start)
        if _parts_words(piece):
            yield " ", piece.start, piece.start
        at = piece.end
    yield from _undone(source, at, len(source))


def _undone(source: str, start: int, end: int) -> Iterator[tuple[str, int, int]]:
    at = start
    for found in _REFERENCE.finditer(source, start, end):
        written, read = found[0], html.unescape(found[0])
        if read == written:
            continue
        rest = 0 if written.endswith(";") else _same_end(written, read)
        yield source[at : found.start()], at, found.start()
        at = found.end() - rest
        yield read[: len(read) - rest], found.start(), at
    yield source[at:end], at, end


def _same_end(one: str, other: str) -> int:
    """Return how many characters at their ends are the same in two texts."""
    return next((at for at in range(min(len(one), len(other))) if one[-1 - at] != other[-1 - at]), 0)


def shown(source: str) -> str:
    """Return the text that a page shows, on one line; tags that do not part words leave no trace."""
    found, at = [], 0
    for piece in _pieces(source):
        found.append(source[at : piece.start])
        if _parts_words(piece):
            found.append(" ")
        at = piece.end
    return plain(html.unescape("".join([*found, source[at:]])))


def plain(text: str) -> str:
    """Return text in compatibility form (NFKC), without characters that show nothing, with single blanks."""
    folded = nfkc(text)
    for unseen in filter(_is_unseen, beyond_ascii(folded)):
        folded = folded.replace(unseen, "")
    return " ".join(folded.split())


def _is_unseen(char: str) -> bool:
    return unicodedata.category(char) == "Cf"


def _parts_words(piece: _Piece) -> bool:
    return bool(piece.name) and piece.name not in _WITHIN_A_WORD


def _pieces(source: str) -> Iterator[_Piece]:
    """Yield what is no text. Each step goes on from the last, so the time is that of one reading."""
    at = source.find("<")
    while at >= 0:
        after = source[at + 1 : at + 3]
        if source.startswith("<!--", at):
            piece = _Piece(start=at, end=_end(source, "-->", at + 4))
        elif after[:1] in {"!", "?"}:
            name = "!doctype" if source[at + 1 : at + 9].lower() == "!doctype" else ""
            piece = _Piece(start=at, end=_end(source, ">", at), name=name)
        elif after.isascii() and after.lstrip("/")[:1].isalpha():
            piece = _tag(source, at)
        else:
            at = source.find("<", at + 1)
            continue
        yield piece
        at = source.find("<", piece.end)


def _tag(source: str, at: int) -> _Piece:
    found = _TAG.match(source, at)
    if not found:
        raise NotSealed(NO_END)
    name, is_closing, end = found[2].lower(), bool(found[1]), found.end()
    if name in _UNSEEN and not is_closing:
        closing = _UNSEEN[name].search(source, end)
        if not closing:
            raise NotSealed(NO_END)
        end = closing.end()
    return _Piece(start=at, end=end, name=name, is_closing=is_closing)


def _end(source: str, sign: str, start: int) -> int:
    end = source.find(sign, start)
    if end < 0:
        raise NotSealed(NO_END)
    return end + len(sign)
