"""Named values in XML: document properties, labels, custom XML, XMP packets.

A value's name is the `name` attribute of the nearest element around it (ECMA-376 part 1, 22.3; OpenDocument part 3,
4.3.2.18), else the element's own. Attributes of a description (XMP, ISO 16684-1 7.4) count as values.
"""

from __future__ import annotations

from collections.abc import Iterator
from xml.parsers import expat

from gateway.extract.formats.markup import EntityDeclared
from gateway.model.inspection import Segment, Where

LONGEST_NAME = 200
LABEL_MARKS = ("msip_label_", "confidentialitylabel", "protectivemarking", "bjdocument", "titus")
STANAG = "confidentialitymetadatalabel"  # STANAG 4774: urn:nato:stanag:4774:confidentialitymetadatalabel:1:0
SKIPPED = frozenset({"xmlns", "about", "fmtid", "pid", "parseType", "lang", "linkTarget", "type", "size", "baseType"})


class _Leaves:
    """Gathers (name, value) pairs."""

    def __init__(self) -> None:
        self.found: list[tuple[str, str]] = []
        self.names: list[str] = []
        self.texts: list[list[str]] = []

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """Open an element; its description is kept as values."""
        local = name.rpartition(":")[2]
        said = next((value for key, value in attributes.items() if key.rpartition(":")[2] == "name"), "")
        generic = bool(self.names) and local in {"lpwstr", "lpstr", "i4", "bool", "filetime", "li", "Alt", "Seq", "Bag"}
        self.names.append(said or (self.names[-1] if generic else local))
        self.texts.append([])
        for key, value in attributes.items():
            bare = key.rpartition(":")[2]
            if value and bare not in SKIPPED and bare != "name" and not key.startswith("xmlns"):
                self.found.append((bare if local == "Description" else f"{local} {bare}", value))

    def end(self, _name: str) -> None:
        """Close an element; its own text is its value."""
        text, name = "".join(self.texts.pop()).strip(), self.names.pop()
        if text:
            self.found.append((name, text))

    def text(self, data: str) -> None:
        """Gather text."""
        if self.texts:
            self.texts[-1].append(data)


def leaves(xml: bytes) -> list[tuple[str, str]]:
    """Return the named values of an XML part in order; `expat.ExpatError`, `EntityDeclared`."""
    found = _Leaves()
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartElementHandler, parser.EndElementHandler = found.start, found.end
    parser.CharacterDataHandler = found.text

    def refuse(*_: object) -> None:
        raise EntityDeclared

    parser.EntityDeclHandler = refuse
    parser.Parse(xml, True)  # noqa: FBT003 - expat's own signature
    return found.found


def properties(xml: bytes) -> Iterator[Segment]:
    """Yield each named value; what is known to be a machine label as one."""
    standard = STANAG.encode() in xml.lower()
    for name, value in leaves(xml):
        is_label = standard or name.lower().startswith(LABEL_MARKS)
        yield Segment(where=Where.LABEL if is_label else Where.PROPERTY, text=value, name=name[:LONGEST_NAME])


def label_info(xml: bytes) -> Iterator[Segment]:
    """Yield Office's label list ([MS-OFFCRYPTO] 2.6): it holds identifiers and no name, so all attributes together."""
    parser = expat.ParserCreate()
    found: list[str] = []

    def start(name: str, attributes: dict[str, str]) -> None:
        if name.rpartition(":")[2] == "label":
            found.append("; ".join(f"{key.rpartition(':')[2]}={value}" for key, value in attributes.items()))

    def refuse(*_: object) -> None:
        raise EntityDeclared

    parser.StartElementHandler, parser.EntityDeclHandler = start, refuse
    parser.Parse(xml, True)  # noqa: FBT003 - expat's own signature
    for label in found:
        yield Segment(where=Where.LABEL, text=label, name="LabelInfo")
