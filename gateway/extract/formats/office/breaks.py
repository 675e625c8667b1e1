"""Separators that are put between texts, to be told from characters that were written."""

from __future__ import annotations

from typing import Final

from gateway.extract.formats.columns import WIDEST


class Break(str):
    """A separator that we put in."""

    __slots__ = ()


LINE: Final = Break("\n")
CELL: Final = Break("\t")


def separate(sink: list[str], separator: Break) -> None:
    """Separate what follows, once."""
    if sink and type(sink[-1]) is not Break:
        sink.append(separator)


def drop_lines(sink: list[str], begin: int) -> None:
    """Drop the line ends at the end of what a cell holds, which began at `begin`."""
    while len(sink) > begin and sink[-1] is LINE:
        sink.pop()


def end_cell(sink: list[str], begin: int, columns: int = 1) -> None:
    """Put a tab after a cell, in place of the line ends of what it holds; one for each of its columns."""
    drop_lines(sink, begin)
    sink += [CELL] * min(columns, WIDEST)


def end_row(sink: list[str]) -> None:
    """Put a line end after a row, in place of the tabs of empty cells at its end."""
    while sink and type(sink[-1]) is Break:
        sink.pop()
    sink.append(LINE)
