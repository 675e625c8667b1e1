"""What the sheets of a workbook share: strings, number formats, and which sheets are hidden.

ECMA-376 part 1, 18.2 (workbook), 18.4 (strings).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final
from xml.parsers import expat

from gateway.extract.formats.leaves import EntityDeclared
from gateway.extract.formats.number_formats import Formats
from gateway.model.inspection import Segment, Where

ITEM: Final = re.compile(r"<si><t(?: xml:space=\"preserve\")?>([^<]*)</t></si>")
REFERENCE: Final = re.compile(r"&(?:#x([0-9A-Fa-f]{1,6})|#([0-9]{1,7})|(lt|gt|amp|quot|apos));")
NAMED: Final = {"lt": "<", "gt": ">", "amp": "&", "quot": '"', "apos": "'"}
ESCAPED: Final = re.compile(r"_x([0-9A-Fa-f]{4})_")  # ECMA-376 1, 22.9.2.19: ST_Xstring
LAST: Final = 0x10FFFF
MOST: Final = 16_000_000  # bytes that are read in pieces, which take memory
HIDDEN_STATES: Final = frozenset({"hidden", "veryHidden"})


def unescaped(text: str) -> str:
    """Return text of XML with its character references resolved."""
    return REFERENCE.sub(_character, text) if "&" in text else text


def _character(match: re.Match[str]) -> str:
    if match[3]:
        return NAMED[match[3]]
    code = int(match[1], 16) if match[1] else int(match[2])
    return chr(code) if 0 < code <= LAST else "\ufffd"


def without_escapes(text: str) -> str:
    """Return text of a cell with the escapes of characters that XML cannot hold resolved."""
    return ESCAPED.sub(lambda match: chr(int(match[1], 16)), text) if "_x" in text else text


class _Numbered(dict[str, str]):
    """Strings by their number; a number without a string stands for itself."""

    def __missing__(self, number: str) -> str:
        """Return the number."""
        return number


class Strings:
    """The workbook's strings by number, and which of them a cell used."""

    def __init__(self, texts: Iterable[str] = ()) -> None:
        listed = list(texts)
        self.texts = _Numbered(zip(map(str, range(len(listed))), listed, strict=True))
        self.used: set[str] = set()
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
            self.texts[str(len(self.texts))] = "".join(self.parts)

    def text(self, data: str) -> None:
        """Gather text, coloured runs and all."""
        self.parts.append(f" ({data}) " if self.phonetic else data)

    def take(self, number: str) -> str:
        """Return the string with this number."""
        self.used.add(number)
        return self.texts[number]

    def unused(self) -> Iterator[Segment]:
        """Yield the strings that no cell shows."""
        left = "\n".join(text for number, text in self.texts.items() if number not in self.used)
        if left.strip():
            yield Segment(where=Where.HIDDEN, text=without_escapes(left), name="unused strings")


def strings_of(xml: bytes) -> Strings:
    """Read the part of the shared strings."""
    begin = xml.find(b"<si>")
    if begin > 0 and len(xml) < MOST and b"<!" not in xml and is_utf_8(xml):
        try:
            pieces = ITEM.split(xml[begin:].decode())
        except UnicodeDecodeError:
            pieces = [""]
        if pieces[-1].strip() == "</sst>" and not any(pieces[:-1:2]):
            expat.ParserCreate().Parse(xml[:begin] + b"</sst>", True)  # noqa: FBT003 - expat's own signature
            return Strings(map(unescaped, pieces[1::2]) if b"&" in xml else pieces[1::2])
    strings = Strings()
    _parse(xml, strings)
    return strings


def _declared(xml: bytes) -> bytes:
    """Return the XML declaration, if it names an encoding other than UTF-8."""
    said = xml[: max(0, xml.find(b"?>"))]
    return b"" if re.search(rb"encoding=[\"'](?i:utf-?8|us-ascii)[\"']", said) else said


def is_utf_8(xml: bytes) -> bool:
    """Say whether a part declares no encoding but UTF-8."""
    return b"encoding" not in _declared(xml)


def formats_of(xml: bytes) -> Formats:
    """Read the part of the styles."""
    formats = Formats()
    _parse(xml, formats)
    return formats


def _parse(xml: bytes, reader: Formats | Strings | _Sheets) -> None:
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


class _Sheets:
    """Names of the sheets, which of them are hidden, and how days are counted."""

    def __init__(self) -> None:
        self.names: list[str] = []
        self.hidden: list[str] = []
        self.is_1904 = False

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """Note a sheet."""
        local = name.rpartition(":")[2]
        if local == "sheet":
            self.names.append(attributes.get("name", ""))
            if attributes.get("state") in HIDDEN_STATES:
                self.hidden += [value for key, value in attributes.items() if key.rpartition(":")[2] == "id"]
        elif local == "workbookPr":
            self.is_1904 = attributes.get("date1904") in {"1", "true", "on"}

    def end(self, _name: str) -> None:
        """Nothing ends here."""


@dataclass(slots=True)
class Workbook:
    """What the sheets of a workbook share."""

    strings: Strings = field(default_factory=Strings)
    formats: Formats = field(default_factory=Formats)
    links: dict[str, str] = field(default_factory=dict)
    hidden: set[str] = field(default_factory=set)
    is_1904: bool = False

    def take_formats(self, formats: Formats) -> None:
        """Take the number formats, for this workbook's way to count days."""
        self.formats = formats
        formats.is_1904 = self.is_1904

    def take_sheets(self, xml: bytes) -> Iterator[Segment]:
        """Read the workbook part for its sheets, and yield their names: tabs are read as titles are."""
        sheets = _Sheets()
        _parse(xml, sheets)
        self.is_1904 = self.formats.is_1904 = sheets.is_1904
        self.hide(sheets.hidden)
        for name in sheets.names:
            if name:
                yield Segment(where=Where.PROPERTY, text=name, name="sheet")

    def hide(self, identifiers: list[str]) -> None:
        """Note by the last step of its path each part of a hidden sheet."""
        self.hidden |= {self.links[each].rpartition("/")[2].lower() for each in identifiers if each in self.links}
