"""Texts that go, as they are read and as they are written: what is found in the one is hidden in the other.

A table (CSV) is read with tabs between its cells and without their quotation marks, a page without its tags and with
its character references undone.
"""

from __future__ import annotations

import html
import re
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple, TypeAlias

from gateway.protect.html_text import as_shown

SEPARATORS: Final = ",;\t|"
IN_QUOTES: Final = re.compile(r'""|[\r\n]+|[^"\r\n]+')
BETWEEN_CELLS: Final = "\t\n"
IN_A_CELL: Final = str.maketrans({'"': "'", "\r": " ", "\n": " "} | dict.fromkeys(SEPARATORS, " "))

Part: TypeAlias = tuple[str, int, int]
"""What is read, and from where to where it is written: of no width where nothing is."""


class _Piece(NamedTuple):
    """Where something begins in what is read, and where it is written."""

    at: int
    start: int
    end: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A text as it is `written`, and as it is read (`text`).

    `apart` are the signs at which what was found is hidden in parts, and which stay; `safe` makes what is written
    instead fit in.
    """

    written: str
    text: str
    pieces: Sequence[_Piece]
    apart: str = ""
    safe: Callable[[str], str] = str

    def places(self, start: int, end: int) -> Sequence[tuple[int, int]]:
        """Return where `text[start:end]` is written, in order: several places where a tag stands within."""
        found: list[tuple[int, int]] = []
        for number in range(bisect_right(self.pieces, start, key=_at) - 1, len(self.pieces)):
            at, begin, finish = self.pieces[number]
            if at >= end:
                break
            following = self.pieces[number + 1].at if number + 1 < len(self.pieces) else len(self.text)
            if begin == finish:
                continue  # nothing is written for it
            if following - at == finish - begin:
                begin, finish = begin + max(0, start - at), min(finish, begin + end - at)
            if found and found[-1][1] == begin:
                found[-1] = (found[-1][0], finish)
            else:
                found.append((begin, finish))
        return found


def as_text(written: str) -> Source:
    """Read a text as it is written."""
    return _read(written, [(written, 0, len(written))])


def as_page(written: str) -> Source:
    """Read what a page shows; `NotSealed` where that cannot be followed."""
    return _read(written, as_shown(written), safe=lambda text: html.escape(text, quote=False))


def as_table(written: str, separator: str) -> Source | None:
    """Read a table (RFC 4180) as it is extracted; None where it is none."""
    parts: list[Part] = []
    row = re.compile(r'[^"\r\n]*+(?=[\r\n]|\Z)')
    quoted = re.compile(r'"((?:[^"]++|"")*+)"')
    bare = re.compile(rf"[^\r\n{re.escape(separator)}]*+")
    after = re.compile(rf"\r\n|[\r\n{re.escape(separator)}]|\Z")
    at, begins = 0, True
    while at < len(written):
        found = row.match(written, at) if begins else None
        if found is None:
            found = quoted.match(written, at) if written.startswith('"', at) else bare.match(written, at)
        end = after.match(written, found.end()) if found else None
        if not found or not end:
            return None
        if found.re is quoted:
            parts += _in_quotes(written, *found.span(1))
        else:
            parts.append((found[0].replace(separator, "\t"), *found.span()))
        begins = end[0] != separator
        parts.append(("\n" if begins else "\t", *end.span()))
        at = end.end()
    return _read(written, parts, apart=BETWEEN_CELLS, safe=lambda text: text.translate(IN_A_CELL))


def _in_quotes(written: str, start: int, end: int) -> Iterator[Part]:
    """Yield what is read of a cell in quotation marks."""
    for found in IN_QUOTES.finditer(written, start, end):
        yield {'"': '"', "\r": " ", "\n": " "}.get(found[0][0], found[0]), *found.span()


def _read(written: str, parts: Iterable[Part], *, apart: str = "", safe: Callable[[str], str] = str) -> Source:
    texts, pieces, at, is_even = list[str](), list[_Piece](), 0, False
    for text, start, end in parts:
        if not text:
            continue
        was_even, is_even = is_even, len(text) == end - start
        if was_even and is_even and pieces[-1].end == start:
            pieces[-1] = _Piece(pieces[-1].at, pieces[-1].start, end)
        else:
            pieces.append(_Piece(at, start, end))
        texts.append(text)
        at += len(text)
    return Source(written=written, text="".join(texts), pieces=pieces, apart=apart, safe=safe)


def _at(piece: _Piece) -> int:
    return piece.at
