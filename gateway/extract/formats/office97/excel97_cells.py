"""Cells of one sheet of a binary workbook, row by row as they stand, and what is hidden apart."""

from __future__ import annotations

import struct
from typing import Final

from gateway.extract.formats.columns import as_line, missing
from gateway.extract.formats.number_formats import Formats, Show, show_number

HUNDREDTH, WHOLE = 1, 2
DOUBLE: Final = struct.Struct("<d")
ERRORS: Final = {0: "#NULL!", 7: "#DIV/0!", 15: "#VALUE!", 23: "#REF!", 29: "#NAME?", 36: "#NUM!", 42: "#N/A"}


def packed_number(packed: int) -> float:
    """Return a number in four bytes ([MS-XLS] 2.5.217)."""
    if packed & WHOLE:
        number: float = (packed >> 2) - (1 << 30 if packed & 0x80000000 else 0)
    else:
        (number,) = DOUBLE.unpack(b"\0\0\0\0" + (packed & 0xFFFFFFFC).to_bytes(4, "little"))
    return number / 100 if packed & HUNDREDTH else number


class Look:
    """How cells show their numbers, by style."""

    def __init__(self) -> None:
        self.formats = Formats()
        self.shows: dict[int, Show] = {}

    def show(self, number: float, style: int) -> str:
        """Return a number as its cell shows it."""
        show = self.shows.get(style)
        if show is None:
            show = self.shows[style] = self.formats.shower(str(style))
        if number == number // 1:  # what most numbers are, and the quickest
            whole = str(int(number))
            return whole if show is show_number else show(whole)
        return show(repr(number))


class Grid:
    """The cells of one sheet, as they come in."""

    def __init__(self, look: Look) -> None:
        self.look = look
        self.rows: list[str] = []
        self.hidden: list[str] = []
        self.hidden_rows: set[int] = set()
        self.hidden_columns: set[int] = set()
        self.row = -1
        self.line: list[str] = []
        self.following = 0
        self.apart: list[tuple[int, str]] = []

    def turn_to(self, row: int) -> None:
        """Go on to a row."""
        self.end_row()
        self.row = row

    def add(self, row: int, column: int, text: str) -> None:
        """Take in a cell."""
        if row != self.row:
            self.turn_to(row)
        self.put(column, text)

    def put(self, column: int, text: str) -> None:
        """Take in a cell of the row at hand, with a tab for each that is missing before it."""
        if column in self.hidden_columns:
            self.apart.append((column, text))
        else:
            self.line.append(f"{missing(column - self.following)}{text}")
            self.following = column + 1

    def end_row(self) -> None:
        """End a row: its cells make a line."""
        if self.line:
            line = "\t".join(self.line).rstrip("\t")
            (self.hidden if self.row in self.hidden_rows else self.rows).append(line)
            self.line = []
        self.following = 0
        if self.apart:
            self.hidden.append(as_line(self.apart, 0))
            self.apart = []

    def text(self) -> tuple[str, str]:
        """Return all rows, and those that are hidden."""
        self.end_row()
        return "\n".join(self.rows), "\n".join(self.hidden)
