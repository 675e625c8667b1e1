"""Cells of a workbook, row by row, as a person sees them: shared strings, dates and patterned numbers.

A label and its value stay on one line. Sources: ECMA-376 part 1, 18.3 (sheets), 18.4 (strings), 18.8.30 (formats).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, timedelta
from xml.parsers import expat

from gateway.extract.formats.markup import CELL, LINE, EntityDeclared, Kind, Markup
from gateway.model.inspection import Segment, Where

EPOCH = date(1899, 12, 30)  # day 0, as every workbook since Excel 95 counts, but for those of 1904
LAST_DAY = 2_958_465  # 9999-12-31
DATES = frozenset({14, 15, 16, 17, 22, 27, 30, 36, 50, 57})  # built-in formats that show a date
LITERAL = re.compile(r'"([^"]*)"|\\(.)|\[[^\]]*\]|[_*].')
ZEROS = re.compile(r"[0 \-/().]*0[0 \-/().]*")
DATE_LETTERS = re.compile(r"y", re.IGNORECASE)
EXACT = 10**15  # more digits than that a workbook does not keep


class Formats:
    """Number formats by cell style."""

    def __init__(self) -> None:
        self.codes: dict[int, str] = {}
        self.styles: list[int] = []
        self.in_cells = False

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """Note the formats and which style uses which."""
        local = name.rpartition(":")[2]
        number = attributes.get("numFmtId", "")
        if local == "numFmt" and number.isdecimal():
            self.codes[int(number)] = attributes.get("formatCode", "")
        elif local == "cellXfs":
            self.in_cells = True
        elif local == "xf" and self.in_cells:
            self.styles.append(int(number) if number.isdecimal() else 0)

    def end(self, name: str) -> None:
        """Leave the list of styles."""
        if name.rpartition(":")[2] == "cellXfs":
            self.in_cells = False

    def show(self, value: str, style: str) -> str:
        """Return a number as its style shows it, if that matters: dates, patterns of zeros, large whole numbers."""
        try:
            number = float(value)
        except ValueError:
            return value
        index = int(style) if style.isdecimal() else -1
        identifier = self.styles[index] if 0 <= index < len(self.styles) else 0
        code = self.codes.get(identifier, "")
        bare = LITERAL.sub("", code)
        if 0 < number <= LAST_DAY and (identifier in DATES or DATE_LETTERS.search(bare)):
            return (EPOCH + timedelta(days=int(number))).strftime("%d/%m/%Y")
        if not number.is_integer() or not 0 <= number < EXACT:
            return value
        return _fill(code, str(int(number))) if ZEROS.fullmatch(bare) else str(int(number))


def _fill(code: str, digits: str) -> str:
    """Write digits into a pattern such as `00-00-00`, from the right; the first place takes what is left over."""
    pattern = LITERAL.sub(lambda match: match[1] or match[2] or "", code)
    left, shown = digits.zfill(pattern.count("0")), []
    for number, char in enumerate(reversed(pattern)):
        if char != "0":
            shown.append(char)
        elif "0" in pattern[: len(pattern) - number - 1]:
            shown.append(left[-1])
            left = left[:-1]
        else:
            shown.append(left[::-1])
    return "".join(shown)[::-1]


def formats_of(xml: bytes) -> Formats:
    """Read `xl/styles.xml`."""
    formats = Formats()
    _parse(xml, formats)
    return formats


class Strings:
    """The workbook's strings by number, and which of them a cell used."""

    def __init__(self) -> None:
        self.texts: list[str] = []
        self.used: set[int] = set()
        self.parts: list[str] = []
        self.phonetic = 0

    def start(self, name: str, _attributes: dict[str, str]) -> None:
        """Begin a string; pronunciation is no part of it."""
        local = name.rpartition(":")[2]
        if local == "si":
            self.parts = []
        self.phonetic += local == "rPh"

    def end(self, name: str) -> None:
        """End a string."""
        local = name.rpartition(":")[2]
        self.phonetic -= local == "rPh"
        if local == "si":
            self.texts.append("".join(self.parts))

    def text(self, data: str) -> None:
        """Gather text, coloured runs and all."""
        self.parts.append(f" ({data}) " if self.phonetic else data)

    def take(self, number: str) -> str:
        """Return the string with this number."""
        index = int(number) if number.isdecimal() else -1
        if not 0 <= index < len(self.texts):
            return number
        self.used.add(index)
        return self.texts[index]

    def unused(self) -> Iterator[Segment]:
        """Yield the strings that no cell shows."""
        left = "\n".join(text for index, text in enumerate(self.texts) if index not in self.used)
        if left.strip():
            yield Segment(where=Where.HIDDEN, text=left, name="unused strings")


def strings_of(xml: bytes) -> Strings:
    """Read `xl/sharedStrings.xml`."""
    strings = Strings()
    _parse(xml, strings)
    return strings


def _parse(xml: bytes, reader: Formats | Strings) -> None:
    """Run expat; `expat.ExpatError`, `EntityDeclared`."""

    def refuse(*_: object) -> None:
        raise EntityDeclared

    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartElementHandler, parser.EndElementHandler = reader.start, reader.end
    parser.EntityDeclHandler = refuse
    if isinstance(reader, Strings):
        parser.CharacterDataHandler = reader.text
    parser.Parse(xml, True)  # noqa: FBT003 - expat's own signature


class Sheet(Markup):
    """One worksheet: its cells in rows, and all else as in any other part."""

    def __init__(self, name: str, strings: Strings, formats: Formats) -> None:
        super().__init__(Where.BODY, name)
        self.strings, self.formats = strings, formats
        self.cell: list[str] | None = None
        self.kind = self.style = ""
        self.cells = self.sink

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """Meet an opening tag."""
        local = name.rpartition(":")[2]
        if local == "c":
            self.kind, self.style = attributes.get("t", "n"), attributes.get("s", "")
            self.cell = []
            self.stack.append((self.inside, self.sink, Kind.CELL))
            self.inside = True
            self.turn_to(self.cell)
        elif local not in {"v", "row"}:
            super().start(name, attributes)

    def end(self, name: str) -> None:
        """Meet a closing tag."""
        local = name.rpartition(":")[2]
        if local == "c":
            self.inside, _, _ = self.stack.pop()
            shown = "".join(self.cell or ()).strip("\n")
            if self.kind == "s":
                shown = self.strings.take(shown.strip())
            elif self.kind == "n":
                shown = self.formats.show(shown.strip(), self.style)
            self.turn_to(self.cells)
            self.cells.extend((shown, CELL))
            self.cell = None
        elif local == "row":
            self.cells.append(LINE)
        elif local != "v":
            super().end(name)
