"""Parts of a binary workbook ([MS-XLSB]): records of a number, a size and a body, the same things as in XML.

Cells are read by their structure. Of all other records every string is taken: names, comments, links, prompts, text in
formulas, whatever holds words holds them as a count and that many characters of UTF-16 (2.5.168, XLWideString).
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator
from typing import Final

from gateway.extract.formats.columns import as_line
from gateway.extract.formats.number_formats import Formats
from gateway.extract.formats.office.sheet_codes import sheet_text
from gateway.extract.formats.office.workbook import Strings, Workbook
from gateway.model.inspection import Segment, Where

ROW, BLANK, RK, ERROR, BOOL, REAL, TEXT, SHARED = range(8)
FORMULA_TEXT, FORMULA_NUMBER, FORMULA_BOOL, FORMULA_ERROR, RICH = 8, 9, 10, 11, 62
ITEM, FORMAT, STYLE, COLUMNS, BOOK, SHEET = 19, 44, 47, 60, 153, 156
BEGIN_STYLES, END_STYLES, EDGES = 617, 618, 479
CELLS: Final = frozenset(
    {BLANK, RK, ERROR, BOOL, REAL, TEXT, SHARED, FORMULA_TEXT, FORMULA_NUMBER, FORMULA_BOOL, FORMULA_ERROR, RICH}
)
ERRORS: Final = {0: "#NULL!", 7: "#DIV/0!", 15: "#VALUE!", 23: "#REF!", 29: "#NAME?", 36: "#NUM!", 42: "#N/A"}
CANDIDATE: Final = re.compile(rb"(?s:[\x01-\xff][\0-\x7f]|\0[\x01-\x7f])\0\0(?!\0\0)")  # a count of at most 32,767
SPACES: Final = {ord(each): None for each in "\t\r\n"}
NOTHING: Final = 0xFFFFFFFF
HIDDEN_ROW: Final = 0x10
RUNS: Final = re.compile(rb"(?:[\x20-\x7e\xa0-\xff]\0){2,}")
HEAD: Final = 8  # column and style of a cell
BUDGET: Final = 1_000_000


def records(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield number and body of each record (2.1.4); `ValueError` where there is none."""
    at = 0
    while at < len(data):
        number, at = _varied(data, at, 2)
        size, at = _varied(data, at, 4)
        if at + size > len(data):
            raise ValueError("a record ends behind the part")
        yield number, data[at : at + size]
        at += size


def _varied(data: bytes, at: int, most: int) -> tuple[int, int]:
    """Return a number of seven bits a byte. The number of a record keeps the mark of its first byte out."""
    number = 0
    for step in range(most):
        if at >= len(data):
            raise ValueError("a record ends behind the part")
        byte = data[at]
        at += 1
        number |= (byte & 0x7F) << (7 * step)
        if byte < 0x80:  # noqa: PLR2004 - the mark that another byte follows
            break
    return number, at


def wide(body: bytes, at: int) -> tuple[str, int]:
    """Return the string at a place, and where it ends; a string that is not there is empty."""
    count = int.from_bytes(body[at : at + 4], "little")
    if count == NOTHING:
        return "", at + 4
    end = at + 4 + 2 * count
    if end > len(body):
        raise ValueError("a string ends behind its record")
    return body[at + 4 : end].decode("utf-16-le", "replace"), end


def strings_in(body: bytes) -> Iterator[str]:
    """Yield what looks like a string in a record of whatever structure, and text of formulas."""
    at, spent, begin, rest = 0, 0, 0, []
    while spent < BUDGET and (found := CANDIDATE.search(body, at)):
        at = found.start()
        end = at + 4 + 2 * int.from_bytes(body[at : at + 2], "little")
        spent += min(end, len(body)) - at
        text = body[at + 4 : end].decode("utf-16-le", "replace") if end <= len(body) else ""
        if text and text.translate(SPACES).isprintable() and "\ufffd" not in text:
            rest.append(body[begin:at])
            at = begin = end
            yield text
        else:
            at += 1
    rest.append(body[begin:])
    for piece in rest:
        for run in RUNS.findall(piece):
            yield run.decode("utf-16-le")


def take_sheets(data: bytes, book: Workbook) -> Iterator[Segment]:
    """Read the workbook part: names of sheets, which are hidden, how days are counted, defined names."""
    hidden: list[str] = []
    said: list[str] = []
    for number, body in records(data):
        if number == SHEET:
            identifier, at = wide(body, 8)
            if int.from_bytes(body[:4], "little"):
                hidden.append(identifier)
            yield Segment(where=Where.PROPERTY, text=wide(body, at)[0], name="sheet")
        else:
            if number == BOOK:
                book.is_1904 = bool(body and body[0] & 1)
            said += strings_in(body)
    book.hide(hidden)
    if said:
        yield Segment(where=Where.FORMULA, text="\n".join(dict.fromkeys(said)), name="names")


def strings_of(data: bytes) -> Strings:
    """Read the part of the shared strings."""
    return Strings(wide(body, 1)[0] for number, body in records(data) if number == ITEM)


def formats_of(data: bytes) -> Formats:
    """Read the part of the styles."""
    formats, in_cells = Formats(), False
    for number, body in records(data):
        if number == FORMAT:
            formats.codes[int.from_bytes(body[:2], "little")] = wide(body, 2)[0]
        elif number in {BEGIN_STYLES, END_STYLES}:
            in_cells = number == BEGIN_STYLES
        elif number == STYLE and in_cells:
            formats.styles.append(int.from_bytes(body[2:4], "little"))
    return formats


def others(data: bytes, where: Where, name: str) -> Iterator[Segment]:
    """Yield every string of a part."""
    said = [text for _, body in records(data) for text in strings_in(body)]
    if said:
        yield Segment(where=where, text="\n".join(dict.fromkeys(said)), name=name)


class BinarySheet:
    """Reads one worksheet: its cells in rows, and the strings of all else."""

    def __init__(self, name: str, book: Workbook, *, hidden: bool) -> None:
        self.name, self.book = name, book
        self.where = Where.HIDDEN if hidden else Where.BODY
        self.lines: list[str] = []
        self.hidden_lines: list[str] = []
        self.row: list[tuple[int, str, bool]] = []
        self.is_hidden_row = False
        self.hidden_columns: list[tuple[int, int]] = []
        self.said: dict[str, None] = {}

    def segments(self, data: bytes) -> Iterator[Segment]:
        """Yield the sheet's text."""
        for number, body in records(data):
            if number in CELLS:
                column = int.from_bytes(body[:4], "little")
                is_hidden = any(first <= column <= last for first, last in self.hidden_columns)
                self.row.append((column, self._cell(number, body), is_hidden))
            elif number == ROW:
                self._end_row()
                self.is_hidden_row = len(body) > 11 and bool(body[11] & HIDDEN_ROW)  # noqa: PLR2004 - 2.4.712
            elif number == COLUMNS and len(body) >= 18 and body[16] & 1:  # noqa: PLR2004 - 2.4.323
                self.hidden_columns.append(struct.unpack_from("<II", body))
            elif number == EDGES:
                yield from _edges(body)
            else:
                self.said |= dict.fromkeys(strings_in(body))
        self._end_row()
        for where, name, lines in (
            (self.where, self.name, self.lines),
            (Where.HIDDEN, "hidden cells", self.hidden_lines),
            (Where.FORMULA, "strings", list(self.said)),
        ):
            if lines:
                yield Segment(where=where, text="\n".join(lines), name=name)

    def _end_row(self) -> None:
        """Write a row down: what is shown of it, and all of it where a part is hidden."""
        line = as_line(((column, text) for column, text, _ in self.row), 0)
        if line and (self.is_hidden_row or any(is_hidden for *_, is_hidden in self.row)):
            self.hidden_lines.append(line)
            shown = ((column, text) for column, text, is_hidden in self.row if not is_hidden)
            line = "" if self.is_hidden_row else as_line(shown, 0)
        if line.strip():
            self.lines.append(line)
        self.row = []

    def _cell(self, number: int, body: bytes) -> str:
        """Return what a cell shows (2.4.310 and following)."""
        style = str(int.from_bytes(body[4:7], "little"))
        value = body[HEAD:]
        if number == SHARED:
            return self.book.strings.take(str(int.from_bytes(value[:4], "little")))
        if number in {TEXT, RICH, FORMULA_TEXT}:
            text, end = wide(value, number == RICH)
            self.said |= dict.fromkeys(strings_in(value[end:]))
            return text
        if number in {REAL, FORMULA_NUMBER}:
            self.said |= dict.fromkeys(strings_in(value[8:]))
            return self.book.formats.show(repr(struct.unpack_from("<d", value)[0]).removesuffix(".0"), style)
        if number == RK:
            return self.book.formats.show(_rk(int.from_bytes(value[:4], "little")), style)
        if number in {BOOL, FORMULA_BOOL}:
            return "TRUE" if value[:1] == b"\1" else "FALSE"
        return ERRORS.get(value[0], "") if value and number != BLANK else ""


def _rk(packed: int) -> str:
    """Return a number packed in thirty bits (2.5.122)."""
    if packed & 2:
        number: float = (packed >> 2) - (1 << 30) * (packed >> 31)
    else:
        number = struct.unpack("<d", struct.pack("<Q", (packed & 0xFFFFFFFC) << 32))[0]
    number = number / 100 if packed & 1 else number
    return repr(number).removesuffix(".0")


def _edges(body: bytes) -> Iterator[Segment]:
    """Yield headers and footers in turn (2.4.36)."""
    at = 2
    for turn in range(6):
        text, at = wide(body, at)
        if text:
            yield Segment(where=Where.FOOTER if turn % 2 else Where.HEADER, text=sheet_text(text), name="sheet")
