"""Tables as text: CSV (RFC 4180) and its kin with tabs, semicolons or bars.

Cells are separated by tabs, and a cell with line ends in it stays on its row, so that a label and its value are on one
line, and a row of headings is one row.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable
from typing import Final

from gateway.extract import Inner, Limits, media
from gateway.extract.decoding import decode
from gateway.extract.formats.text.extractor import read_text, second_reading
from gateway.extract.formats.text.pasted import pasted
from gateway.extract.kinds_of_text import separator_of
from gateway.model.inspection import Gap, Segment, Where

LINE_END: Final = re.compile(r"[\r\n]+")
LONGEST_CELL: Final = 32_767  # what a sheet holds; a longer one is a quotation mark that nobody closed
csv.field_size_limit(1 << 30)


class TableExtractor:
    """Reads CSV and TSV."""

    name = "table"
    media_types = frozenset({media.CSV, media.TSV})

    def open(self, data: bytes, limits: Limits) -> Iterable[Segment | Inner | Gap]:
        """Return the rows, one a line; what is no table after all is read as it stands."""
        del limits  # text does not grow
        text = decode(data)
        separator = separator_of(text)
        rows = _rows(text, separator) if separator else None
        if rows is None:
            yield from read_text(data)
        else:
            yield Segment(where=Where.BODY, text=rows)
            yield from pasted(text)
        yield from second_reading(data)


def _rows(text: str, separator: str) -> str | None:
    """Return all rows; None where the quotation marks do not add up."""
    target: list[str] = []
    try:
        for row in csv.reader(io.StringIO(text, newline=""), delimiter=separator):
            line = "\t".join(row)
            if "\n" in line or "\r" in line:
                if max(map(len, row)) > LONGEST_CELL:
                    return None
                line = LINE_END.sub(" ", line)
            target.append(line)
    except csv.Error:
        return None
    target.append("")
    return "\n".join(target)
