"""Cells of a worksheet, row by row, as a person sees them. A label and its value stay on one line.

Rows as programs write them are read by one pattern, when it accounts for every byte of them; all else by the parser,
cell by cell. A cell that is missing keeps its place, so that a value stands under the header of its column.
Source: ECMA-376 part 1, 18.3.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import compress, repeat
from operator import ne
from typing import Final

from gateway.extract.formats.columns import COLUMN_AFTER, as_line, column_number, missing, without_empty_ends
from gateway.extract.formats.office.breaks import CELL, LINE
from gateway.extract.formats.office.markup import Markup
from gateway.extract.formats.office.vocabulary import SHEETS
from gateway.extract.formats.office.workbook import Workbook, is_utf_8, unescaped, without_escapes
from gateway.model.inspection import Segment, Where

_VALUE: Final = r"<(?:v|is><t(?: xml:space=\"preserve\")?)>([^<]*)</(?:v|t></is)>"
_FORMULA: Final = r"<f(?: [^<>]*)?(?<!/)>([^<]*)</f>"
CELLS: Final = re.compile(rf'<c r="([A-Z]{{1,3}})[0-9]{{1,7}}"([^<>/]*)(?:/>|>(?:{_FORMULA})?(?:{_VALUE})?</c>)')
ROWS: Final = re.compile(r"(?:\s*</row>)?\s*(?:<row(?: [^<>]*)?>\s*)*+")
DATA, ROW_END, AT_A_TIME = b"<sheetData>", b"</row>", 4_000_000  # bytes: the pieces take memory
KIND: Final = re.compile(r'\bt="(\w+)"')
STYLE: Final = re.compile(r'\bs="(\d+)"')
SHARED: Final = re.compile(r'\bt="s"')
HIDES: Final = ('den="1"', 'den="true"', 'den="on"', "den='", 'zeroHeight="1', 'zeroHeight="t', ' ht="0', ' width="0')
BOOLEANS: Final = {"0": "FALSE", "1": "TRUE"}
ON: Final = frozenset({"1", "true", "on"})

Show = Callable[[str], str]


class Sheet(Markup):
    """One worksheet: its cells in rows, and all else as in any other part."""

    def __init__(self, name: str, book: Workbook, *, hidden: bool = False) -> None:
        super().__init__(Where.HIDDEN if hidden else Where.BODY, name, vocabulary=SHEETS)
        self.book = book
        self.cell: list[str] | None = None
        self.kind = self.style = ""
        self.cells = self.sink
        self.around = (False, self.sink)
        self.row: list[tuple[int, str, bool]] = []
        self.hides_rows = self.is_hidden_row = False
        self.hidden_columns: list[tuple[int, int]] = []
        self.column = 0

    def read(self, xml: bytes) -> None:
        """Take in a whole sheet: its rows by the pattern if they are plain, all else by the parser."""
        begin, end = xml.find(DATA), xml.rfind(b"</sheetData>")
        if 0 < begin < end and b"<!" not in xml and is_utf_8(xml) and not _hides(xml[:begin].decode("latin-1")):
            rows = list(self._all_plain_rows(xml, begin + len(DATA), end))
            if None not in rows:
                xml = xml[: begin + len(DATA)] + xml[end:]
                self.cells += filter(None, rows)
        super().read(xml)

    def _all_plain_rows(self, xml: bytes, begin: int, end: int) -> Iterator[str | None]:
        """Yield the rows of a sheet as lines, so many at a time; None where the pattern does not account for all."""
        while begin < end:
            cut = xml.find(ROW_END, begin + AT_A_TIME, end)
            cut = end if cut < 0 else cut + len(ROW_END)
            rows = self._plain_rows(xml[begin:cut])
            yield rows
            begin = end if rows is None else cut

    def _plain_rows(self, xml: bytes) -> str | None:
        """Return the rows of a sheet as lines, or None when the pattern does not account for all of them."""
        try:
            pieces = CELLS.split(xml.decode())
        except UnicodeDecodeError:
            return None
        between, letters, looks = pieces[::5], pieces[1::5], pieces[2::5]
        formulas, values = pieces[3::5], pieces[4::5]
        separators = {piece: LINE if "row" in piece else CELL for piece in set(between)}
        if not all(map(ROWS.fullmatch, separators)) or _hides("".join(separators)):
            return None
        shows = {look: self._show(look) for look in set(looks)}
        if None in shows.values():
            return None
        values = [value or "" for value in values]
        shown = [show(value) for show, value in zip(map(shows.__getitem__, looks), values, strict=True)]  # type: ignore[misc]  # None is not among them
        strings = {look for look in shows if SHARED.search(look)}
        self.book.strings.used.update(compress(values, map(strings.__contains__, looks)))
        if said := [unescaped(each) for each in formulas if each]:
            self.sink_of(Where.FORMULA, "").extend(("\n".join(said), LINE))
        pieces[:] = [""] * (2 * len(shown) + 1)
        pieces[1::2], pieces[::2] = shown, _between(list(map(separators.__getitem__, between)), letters)
        return without_empty_ends("".join(pieces))

    def _show(self, look: str) -> Show | None:
        """Return what shows the values of cells with these attributes; None where the parser must look."""
        kind, style = KIND.search(look), STYLE.search(look)
        said = kind[1] if kind else "n"
        if said == "s":
            return self.book.strings.texts.__getitem__
        if said == "n":
            return self.book.formats.shower(style[1] if style else "")
        if said in {"str", "inlineStr", "e", "d"}:
            return unescaped
        return (lambda value: BOOLEANS.get(value, value)) if said == "b" else None

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """Meet an opening tag."""
        local = name.rpartition(":")[2]
        if local == "c":
            self._begin_cell(attributes)
        elif local == "row":
            said = attributes.get("hidden")
            self.is_hidden_row = said in ON or (said is None and self.hides_rows) or _is_zero(attributes.get("ht"))
        elif local == "col":
            if attributes.get("hidden") in ON or _is_zero(attributes.get("width")):
                first, last = attributes.get("min", ""), attributes.get("max", "")
                if first.isdecimal() and last.isdecimal():
                    self.hidden_columns.append((int(first), int(last)))
        elif local == "sheetFormatPr":
            self.hides_rows = attributes.get("zeroHeight") in ON
        elif local != "v":
            super().start(name, attributes)

    def _begin_cell(self, attributes: dict[str, str]) -> None:
        """Begin a cell; one that does not say where it stands follows the one before."""
        self.kind, self.style = attributes.get("t", "n"), attributes.get("s", "")
        self.column = column_number(attributes.get("r", "")) or self.column + 1
        self.cell = []
        self.around = (self.inside, self.sink)
        self.inside = True
        self.turn_to(self.cell)

    def end(self, name: str) -> None:
        """Meet a closing tag."""
        local = name.rpartition(":")[2]
        if local == "c" and self.cell is not None:
            self.inside, sink = self.around
            self.turn_to(sink)
            is_hidden = any(first <= self.column <= last for first, last in self.hidden_columns)
            self.row.append((self.column, self._shown("".join(self.cell).strip("\n")), is_hidden))
            self.cell = None
        elif local == "row":
            self._end_of_row()
        elif local not in {"v", "col", "sheetFormatPr"}:
            super().end(name)

    def _shown(self, value: str) -> str:
        """Return the value of a cell as it is shown."""
        if self.kind == "s":
            return self.book.strings.take(value.strip())
        if self.kind == "n":
            return self.book.formats.show(value.strip(), self.style)
        return BOOLEANS.get(value, value) if self.kind == "b" else value

    def _end_of_row(self) -> None:
        """Write a row down: what is shown of it, and all of it where a part is hidden."""
        line = as_line((column, text) for column, text, _ in self.row)
        if self.is_hidden_row or any(is_hidden and text for _, text, is_hidden in self.row):
            self.sink_of(Where.HIDDEN, "hidden cells").extend((line, LINE))
            shown = ((column, text) for column, text, is_hidden in self.row if not is_hidden)
            line = "" if self.is_hidden_row else as_line(shown)
        if line:
            self.cells.extend((line, LINE))
        self.row, self.column = [], 0

    def segments(self) -> Iterator[Segment]:
        """Yield what was gathered; characters that XML cannot hold are written as escapes."""
        for segment in super().segments():
            yield replace(segment, text=without_escapes(segment.text)) if "_x" in segment.text else segment


def _hides(xml: str) -> bool:
    """Say whether a row or a column may be hidden."""
    return any(mark in xml for mark in HIDES)


def _is_zero(size: str | None) -> bool:
    return bool(size) and size is not None and not size.strip("0.")


def _between(separators: list[str], letters: list[str]) -> list[str]:
    """Return what stands around cells, with a tab for each that is missing before one."""
    separators[0] = LINE if letters else ""
    rows, odd = separators[:-1].count(LINE), [0] if letters else []
    odd += compress(range(1, len(letters)), map(ne, map(COLUMN_AFTER.get, letters, repeat("")), letters[1:]))
    if sum(separators[at] is LINE for at in odd) < rows:  # a row that begins one column after the end of the one above
        odd += set(range(len(letters))).difference(odd)
    for at in odd:
        is_first = separators[at] is LINE
        if is_first and letters[at] == "A":
            continue
        before = 0 if is_first else column_number(letters[at - 1])
        separators[at] += missing(column_number(letters[at]) - before - 1)
    separators[0] = separators[0].lstrip("\n")
    return separators
