"""Named values in XML: document properties, labels, custom XML, XMP packets.

A value's name is the `name` attribute of the nearest element around it (ECMA-376 part 1, 22.3; OpenDocument part 3,
4.3.2.18), else the element's own. Attributes of a description (XMP, ISO 16684-1 7.4) count as values. Of a schema
(SharePoint writes one into every file) only what a person is shown counts.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Final
from xml.parsers import expat

from gateway.extract.decoding import decode
from gateway.model.inspection import Segment, Where
from gateway.model.label_names import is_label

LONGEST_NAME = 200
CUT: Final = "bjDocumentLabelXML"
"""A value that is cut in pieces of 255 characters: a blank at the edge of one is part of it."""
WHOLE: Final = "label XML"
"""What a label that only its elements together tell is called."""
LONGEST_WHOLE: Final = 1_000_001  # characters; classify reads no longer one, and says so
LABELLED: Final = (  # name spaces of labels: STANAG 4774, Boldon James, Titus, Purview
    b"confidentialitymetadatalabel", b"boldonjames.com", b"titus.com", b"miplabelmetadata",
)  # fmt: skip
SKIPPED: Final = frozenset(
    {"xmlns", "about", "fmtid", "pid", "parseType", "lang", "linkTarget", "type", "size", "baseType", "itemID"}
)
GENERIC: Final = frozenset({"lpwstr", "lpstr", "i4", "bool", "filetime", "li", "Alt", "Seq", "Bag", "bstr"})
SCHEMA: Final = "XMLSchema"
SHOWN: Final = frozenset({"displayName", "description", "default", "fixed", "value", "source"})
COUNTS: Final = re.compile(  # what a program counts, by itself
    r"TotalTime|Pages|Words|Characters(WithSpaces)?|Lines|Paragraphs|Slides|Notes|HiddenSlides|MMClips|DocSecurity"
    r"|ScaleCrop|LinksUpToDate|SharedDoc|HyperlinksChanged|AppVersion|editing-cycles|editing-duration|revision"
    r"|document-statistic .*|document-meta version|schemaRef .*|itemref .*|item (href|id|media-type|properties)"
    r"|spine .*|rootfile .*|package .*|meta (property|refines)"
)
COUNTED: Final = re.compile(r"[\w.:/+-]{0,120}")


STRUCTURED: Final = LABELLED[:2]


class EntityDeclared(ValueError):
    """The XML declares an entity: no Office program writes that, and it can grow without end or reach outside."""


class _Leaves:
    """Gathers (name, value) pairs."""

    def __init__(self, *, in_schema: bool) -> None:
        self.found: list[tuple[str, str]] = []
        self.names: list[str] = []
        self.texts: list[list[str]] = []
        self.in_schema = in_schema

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """Open an element; its description is kept as values."""
        local = name.rpartition(":")[2]
        said = next((value for key, value in attributes.items() if key.rpartition(":")[2] == "name"), "")
        generic = bool(self.names) and local in GENERIC
        self.names.append(said or (self.names[-1] if generic else local))
        self.texts.append([])
        for key, value in attributes.items():
            bare = key.rpartition(":")[2]
            if value and bare not in SKIPPED and bare != "name" and not key.startswith("xmlns"):
                if self.in_schema and bare not in SHOWN:
                    continue
                is_content = said and bare == "content"
                self.found.append(
                    (said if is_content else bare if local == "Description" else f"{local} {bare}", value)
                )

    def end(self, _name: str) -> None:
        """Close an element; its own text is its value."""
        text, name = "".join(self.texts.pop()), self.names.pop()
        if not name.startswith(CUT):
            text = text.strip()
        if text:
            self.found.append((name, text))

    def text(self, data: str) -> None:
        """Gather text."""
        if self.texts:
            self.texts[-1].append(data)


def leaves(xml: bytes) -> list[tuple[str, str]]:
    """Return the named values of an XML part in order; `expat.ExpatError`, `EntityDeclared`."""
    found = _Leaves(in_schema=SCHEMA.encode() in xml and b":schema" in xml)
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartElementHandler, parser.EndElementHandler = found.start, found.end
    parser.CharacterDataHandler = found.text
    parser.EntityDeclHandler = _refuse
    parser.Parse(xml, True)  # noqa: FBT003 - expat's own signature
    return found.found


@lru_cache(maxsize=512)
def _read_name(name: str) -> tuple[bool, bool]:
    """Say whether a name is that of something counted, and whether it is that of a label."""
    return COUNTS.fullmatch(name) is not None, is_label(name)


def properties(xml: bytes) -> Iterator[Segment]:
    """Yield each named value; what is known to be a machine label as one, and not what a program counts."""
    lowered = xml[:1_000_000].lower()
    standard = any(mark in lowered for mark in LABELLED)
    if any(mark in lowered for mark in STRUCTURED):
        yield Segment(where=Where.LABEL, text=decode(xml)[:LONGEST_WHOLE], name=WHOLE)
    for name, value in leaves(xml):
        is_count, labelled = _read_name(name)
        if is_count and COUNTED.fullmatch(value):
            continue
        labelled = labelled or standard
        yield Segment(where=Where.LABEL if labelled else Where.PROPERTY, text=value, name=name[:LONGEST_NAME])


def label_info(xml: bytes) -> Iterator[Segment]:
    """Yield Office's label list ([MS-OFFCRYPTO] 2.6): it holds identifiers and no name, so all attributes together."""
    parser = expat.ParserCreate()
    found: list[str] = []

    def start(name: str, attributes: dict[str, str]) -> None:
        said = {key.rpartition(":")[2]: value for key, value in attributes.items() if not key.startswith("xmlns")}
        if name.rpartition(":")[2] != "labelList" and said:
            found.append("; ".join(f"{key}={value}" for key, value in said.items()))

    parser.StartElementHandler, parser.CharacterDataHandler = start, found.append
    parser.EntityDeclHandler = _refuse
    parser.Parse(xml, True)  # noqa: FBT003 - expat's own signature
    for label in found:
        if label.strip():
            yield Segment(where=Where.LABEL, text=label, name="LabelInfo")


def _refuse(*_: object) -> None:
    """Refuse an entity declaration."""
    raise EntityDeclared
