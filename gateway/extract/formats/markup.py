"""Words of one XML part of an Office, OpenDocument or EPUB package, each where it stood.

The separator rules: inside a paragraph mark-up separates nothing, outside it everything does; attributes, field codes
and deleted text go to segments of their own, so that they neither join nor split what stands around them. Names are
compared without their namespace prefix, but for the few that have one here. Elements: ECMA-376 parts 1 and 4,
OpenDocument 1.3 part 3.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from enum import Enum, auto
from typing import Final
from xml.parsers import expat

from gateway.model.inspection import Segment, Where


class EntityDeclared(ValueError):
    """The XML declares an entity: no Office program writes that, and it can grow without end or reach outside."""


class _Break(str):
    """A separator that we put in, to be told from one that was written."""

    __slots__ = ()


LINE: Final = _Break("\n")
CELL: Final = _Break("\t")


class Kind(Enum):
    """What an element does to the text around it."""

    PARAGRAPH = auto()  # inside, mark-up separates nothing
    CELL = auto()  # the same; a tab follows
    ROW = auto()  # a line ends
    RUN = auto()  # text that may turn out to be hidden, or a footer
    ELSEWHERE = auto()  # its text goes to another segment, where mark-up separates again
    INLINE_ELSEWHERE = auto()  # its text goes to another segment and nothing else changes


KINDS: dict[str, Kind] = {
    **dict.fromkeys(["p", "h", "h1", "h2", "h3", "h4", "h5", "h6", "li", "div"], Kind.PARAGRAPH),
    **dict.fromkeys(["si", "is", "text", "title", "desc"], Kind.PARAGRAPH),
    **dict.fromkeys(["tc", "td", "th", "table-cell", "covered-table-cell"], Kind.CELL),
    **dict.fromkeys(["tr", "table-row", "row"], Kind.ROW),
    **dict.fromkeys(("r", "sp"), Kind.RUN),
}
_LAYOUT = "posOffset pctPosHOffset pctPosVOffset align from to pos ext Anchor sizeRelH sizeRelV"  # numbers, not words
PLACES: dict[str, tuple[Kind, Where, str]] = {
    **dict.fromkeys(["drawing", "pict", "object", "frame", "custom-shape"], (Kind.ELSEWHERE, Where.TEXTBOX, "")),
    "annotation": (Kind.ELSEWHERE, Where.COMMENT, ""),
    "note": (Kind.ELSEWHERE, Where.NOTE, ""),
    "presentation:notes": (Kind.ELSEWHERE, Where.NOTE, ""),
    "Fallback": (Kind.ELSEWHERE, Where.HIDDEN, "fallback"),
    **dict.fromkeys(_LAYOUT.split(), (Kind.ELSEWHERE, Where.HIDDEN, "layout")),
    "rPh": (Kind.INLINE_ELSEWHERE, Where.HIDDEN, "phonetic"),
    **dict.fromkeys(["del", "moveFrom", "tracked-changes"], (Kind.INLINE_ELSEWHERE, Where.TRACKED, "")),
    **dict.fromkeys(["instrText", "delInstrText"], (Kind.INLINE_ELSEWHERE, Where.FIELD, "code")),
    **dict.fromkeys(["f", "formula1", "formula2", "definedName"], (Kind.ELSEWHERE, Where.FORMULA, "")),
    **dict.fromkeys(["oddHeader", "evenHeader", "firstHeader"], (Kind.ELSEWHERE, Where.HEADER, "sheet")),
    **dict.fromkeys(["oddFooter", "evenFooter", "firstFooter"], (Kind.ELSEWHERE, Where.FOOTER, "sheet")),
    **dict.fromkeys(["style:header", "style:header-left", "style:header-first"], (Kind.ELSEWHERE, Where.HEADER, "")),
    **dict.fromkeys(["style:footer", "style:footer-left", "style:footer-first"], (Kind.ELSEWHERE, Where.FOOTER, "")),
}
WRITTEN = {"tab": "\t", "ptab": "\t", "br": "\n", "cr": "\n", "noBreakHyphen": "-", "line-break": "\n", "text:s": " "}
_TELLING = """
    alt author base-cell-address cell-range-address codeName condition content creator descr description displayText
    error errorTitle expression formula formatCode href initials location prompt promptTitle shapeName siteId src
    string-value tooltip target-frame-name title userId
"""
TELLING = frozenset(_TELLING.split())
_VALUED = """
    alias default docVar helpText listEntry listItem lvlText maxLength name statusText tag
"""
VALUED = frozenset(_VALUED.split())
VALUES = frozenset(["val", "name", "value", "displayText"])
NAMED = frozenset(["cNvPr", "docPr", "sheet", "table", "pivotCacheDefinition"])  # their `name` is shown to people
RECORDED = frozenset({"s", "d"})  # pivot caches keep the cells they were made from
SHEET_CODE = re.compile(r'&(?:"[^"]*"|K[0-9A-F]{6}|[0-9]{1,3}|[A-Z])')  # ECMA-376 1, 18.3.1.46: &C&"Arial,Bold"&12
OFF = frozenset({"0", "false", "off", "none"})
LEAST = 3


class Markup:
    """Reads one XML part. `where` is where its running text stands; `boxes` where its text boxes do."""

    def __init__(self, where: Where, name: str = "", *, boxes: Where = Where.TEXTBOX, attributes: bool = True) -> None:
        self.where, self.name = where, name
        self.boxes = boxes if where is Where.BODY else where
        self.sinks: dict[tuple[Where, str], list[str]] = {}
        self.values: dict[str, None] = {}
        self.inside = False
        self.stack: list[tuple[bool, list[str], Kind]] = []
        self.sink = self.sink_of(where, name)
        self.in_fallback = 0
        self.reads_attributes = attributes

    def sink_of(self, where: Where, name: str) -> list[str]:
        """Return the list that gathers the text of one place."""
        return self.sinks.setdefault((where, name), [])

    def read(self, xml: bytes) -> None:
        """Take in a whole part; `expat.ExpatError` if it is not well-formed, `EntityDeclared`."""
        self.parser = expat.ParserCreate()
        self.parser.buffer_text = True
        self.parser.buffer_size = 1 << 16
        self.parser.StartElementHandler = self.start
        self.parser.EndElementHandler = self.end
        self.parser.EntityDeclHandler = _refuse
        self.turn_to(self.sink)
        self.parser.Parse(xml, True)  # noqa: FBT003 - expat's own signature

    def turn_to(self, sink: list[str]) -> None:
        """Let the text that follows go to `sink`."""
        self.sink = sink
        self.parser.CharacterDataHandler = sink.append

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """Meet an opening tag."""
        local = name.rpartition(":")[2]
        if attributes and self.reads_attributes:
            self.tell(local, attributes)
        written = WRITTEN.get(name) or WRITTEN.get(local)
        if written is not None:
            self.sink.append(written * _count(attributes) if name == "text:s" else written)
            return
        place = PLACES.get(name) or PLACES.get(local)
        if place is not None:
            self._turn_aside(*place)
            return
        kind = KINDS.get(local)
        if kind is not None:
            self.stack.append((self.inside, self.sink, kind))
            if kind is Kind.PARAGRAPH:
                self.separate(LINE)
            self.inside = self.inside or kind in {Kind.PARAGRAPH, Kind.CELL}
        elif local in {"vanish", "webHidden", "ph"}:
            self._reconsider(local, attributes)

    def _turn_aside(self, kind: Kind, where: Where, name: str) -> None:
        """Send the text of an element to a segment of its own. A fallback stays in one piece."""
        self.stack.append((self.inside, self.sink, kind))
        if name == "fallback":
            self.in_fallback += 1
        if self.in_fallback:
            where, name = Where.HIDDEN, "fallback"
        elif where is Where.TEXTBOX:
            where, name = self.boxes, self.name if self.boxes is Where.BODY else "textbox"
        elif where is Where.FORMULA and self.where is Where.CHART:
            where, name = Where.CHART, "references"
        self.turn_to(self.sink_of(where, name))
        if kind is Kind.ELSEWHERE:
            self.inside = False
            self.separate(LINE)

    def _reconsider(self, local: str, attributes: dict[str, str]) -> None:
        """Send the rest of a run to where its properties say: hidden, or a slide's header or footer."""
        if not self.stack or self.stack[-1][2] is not Kind.RUN or self.in_fallback:
            return
        said = {key.rpartition(":")[2]: value for key, value in attributes.items()}
        if local != "ph" and said.get("val", "1") not in OFF:
            self.turn_to(self.sink_of(Where.HIDDEN, "vanish"))
        elif local == "ph" and said.get("type") in {"ftr", "hdr"}:
            self.turn_to(self.sink_of(Where.FOOTER if said["type"] == "ftr" else Where.HEADER, "slide"))

    def end(self, name: str) -> None:
        """Meet a closing tag."""
        local = name.rpartition(":")[2]
        if name in WRITTEN or local in WRITTEN:
            return
        if name not in PLACES and local not in PLACES and local not in KINDS:
            if not self.inside:
                self.separate(LINE)
            return
        inside, sink, kind = self.stack.pop()
        if kind is Kind.ELSEWHERE:
            self.separate(LINE)
            self.in_fallback -= self.in_fallback > 0 and local == "Fallback"
        self.inside = inside
        if sink is not self.sink:
            self.turn_to(sink)
        if kind is Kind.PARAGRAPH:
            self.separate(LINE)
            self._end_asides()
        elif kind in {Kind.CELL, Kind.ROW}:
            self._end_cell(CELL if kind is Kind.CELL else LINE)
        elif kind is Kind.RUN and not inside:
            self.separate(LINE)

    def separate(self, separator: _Break) -> None:
        """Separate what follows, once."""
        if self.sink and type(self.sink[-1]) is not _Break:
            self.sink.append(separator)

    def _end_cell(self, separator: _Break) -> None:
        """Put a tab after a cell and a line end after a row, in place of the separators of what they hold."""
        while self.sink and type(self.sink[-1]) is _Break and (separator is LINE or self.sink[-1] is LINE):
            self.sink.pop()
        self.sink.append(separator)

    def _end_asides(self) -> None:
        """End the line in deleted and hidden text where the paragraph ends."""
        for key in ((Where.TRACKED, ""), (Where.HIDDEN, "vanish"), (Where.FIELD, "code")):
            sink = self.sinks.get(key)
            if sink and sink is not self.sink and type(sink[-1]) is not _Break:
                sink.append(LINE)

    def tell(self, local: str, attributes: dict[str, str]) -> None:
        """Keep attributes that hold words."""
        for key, value in attributes.items():
            bare = key.rpartition(":")[2]
            if len(value) < LEAST:
                continue
            if bare == "string" and local == "textpath":
                self.sink_of(Where.WATERMARK, self.name).extend((value, LINE))
            elif bare == "instr":
                self.sink_of(Where.FIELD, "code").extend((value, LINE))
            elif (
                bare in TELLING
                or (local in VALUED and bare in VALUES)
                or (bare == "name" and local in NAMED)
                or (bare == "v" and local in RECORDED)
            ):
                self.values[value] = None

    def segments(self) -> Iterator[Segment]:
        """Yield what was gathered, running text first."""
        texts = {key: "".join(sink) for key, sink in self.sinks.items()}
        fallback = texts.get((Where.HIDDEN, "fallback"), "").split()
        if fallback and fallback == "".join(text for key, text in texts.items() if key[1] in {"", "textbox"}).split():
            del texts[(Where.HIDDEN, "fallback")]
        seen = {tuple(text.split()) for key, text in texts.items() if key != (Where.HIDDEN, "fallback")}
        for (where, name), text in texts.items():
            if name == "fallback" and tuple(text.split()) in seen:
                continue  # the same text box, written once more for old programs
            if text.strip():
                yield Segment(where=where, text=SHEET_CODE.sub("\n", text) if name == "sheet" else text, name=name)
        if self.values:
            yield Segment(where=Where.HIDDEN, text="\n".join(self.values), name="attributes")


def _refuse(*_: object) -> None:
    """Refuse an entity declaration: billion laughs, external entities."""
    raise EntityDeclared


def _count(attributes: dict[str, str]) -> int:
    """Return how many spaces a `text:s` stands for (OpenDocument 6.1.3)."""
    said = attributes.get("text:c", "1")
    return min(int(said), 1000) if said.isdecimal() else 1
