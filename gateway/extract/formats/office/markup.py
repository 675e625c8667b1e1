"""Words of one XML part of an Office, OpenDocument or EPUB package, each where it stood.

The separator rules: inside a paragraph mark-up separates nothing, outside it everything does; attributes, field codes
and deleted text go to segments of their own, so that they neither join nor split what stands around them. A paragraph
with tracked changes is read once more as it was before them, and one with hidden runs with these shown.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Final, NamedTuple
from xml.parsers import expat

from gateway.extract.formats.leaves import EntityDeclared
from gateway.extract.formats.office.attributes import Attributes
from gateway.extract.formats.office.breaks import CELL, LINE, Break, end_cell, end_row, separate
from gateway.extract.formats.office.revisions import Change, reading
from gateway.extract.formats.office.sheet_codes import sheet_text
from gateway.extract.formats.office.symbols import symbol
from gateway.extract.formats.office.vocabulary import ANY, LAYOUT, Kind, Meaning, Vocabulary
from gateway.model.inspection import Segment, Where

OFF = frozenset({"0", "false", "off", "none"})
MOST_DIGITS = 8
NOT_WORDS = re.compile(
    r"-?[0-9][0-9.,%;/-]*|true|false|left|right|center|centre|top|bottom|inside|outside|General|[a-z]+[._][a-z._]+",
    re.IGNORECASE,
)


class _Frame(NamedTuple):
    """What was, when an element began."""

    meaning: Meaning
    inside: bool
    sink: list[str]
    begin: int
    changes: list[Change]
    concealed: list[Change]
    places: dict[tuple[Where, str], int]
    at: int = 0  # how much text there was
    columns: int = 1  # that a cell takes


class Markup:
    """Reads one XML part. `where` is where its running text stands; `boxes` where its text boxes do."""

    def __init__(
        self,
        where: Where,
        name: str = "",
        *,
        boxes: Where = Where.TEXTBOX,
        attributes: bool = True,
        vocabulary: Vocabulary = ANY,
    ) -> None:
        self.where, self.name = where, name
        self.boxes = boxes if where is Where.BODY else where
        self.vocabulary = vocabulary
        self.reads_attributes = attributes
        self.sinks: dict[tuple[Where, str], list[str]] = {}
        self.attributes = Attributes(where, name, self.boxes, vocabulary)
        self.stack: list[_Frame] = []
        self.sink = self.main = self.sink_of(where, name)
        self.touched: dict[int, list[str]] = {}
        self.inside = self.is_joined = self.is_dragged = False
        self.in_fallback = self.in_insertion = self.begin = 0
        self.ended: _Frame
        self.carried = ""
        self.changes: list[Change] = []
        self.concealed: list[Change] = []

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
        self.parser.SkippedEntityHandler = self._skipped
        self.turn_to(self.sink)
        self.parser.Parse(xml, True)  # noqa: FBT003 - expat's own signature

    def _skipped(self, *_: object) -> None:
        """Stand a space for an entity of a document type that is not here, such as `&nbsp;`."""
        self.sink.append(" ")

    def turn_to(self, sink: list[str]) -> None:
        """Let the text that follows go to `sink`."""
        self.sink = sink
        self.parser.CharacterDataHandler = sink.append

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """Meet an opening tag."""
        meaning = self.vocabulary[name]
        if (
            attributes
            and self.reads_attributes
            and (not attributes.keys() <= self.vocabulary.plain or (meaning is not None and meaning.values))
        ):
            self.attributes.take(name, meaning, attributes)
        if meaning is not None and (begin := BEGIN.get(meaning.kind)):
            begin(self, meaning, attributes)

    def end(self, name: str) -> None:
        """Meet a closing tag."""
        meaning = self.vocabulary[name]
        if meaning is None or meaning.kind not in FRAMED:
            if not self.inside and (meaning is None or meaning.kind is Kind.NOTHING):
                self.separate(LINE)
            return
        self.close(meaning)

    def close(self, meaning: Meaning) -> None:
        """End what an element began."""
        frame = self.stack.pop()
        if end := END.get(meaning.kind):
            end(self, frame)
        self.inside = frame.inside
        if frame.sink is not self.sink:
            self.turn_to(frame.sink)
        if meaning.kind in PARAGRAPHS:
            self.begin, self.changes, self.concealed = frame.begin, frame.changes, frame.concealed
        if after := AFTER.get(meaning.kind):
            self.ended = frame
            after(self)

    def push(self, meaning: Meaning) -> None:
        """Remember what is, until an element ends."""
        places = {key: len(sink) for key, sink in self.sinks.items()} if meaning.kind is Kind.CHOICE else {}
        outer = (self.inside, self.sink, self.begin, self.changes, self.concealed)
        self.stack.append(_Frame(meaning, *outer, places, len(self.sink)))

    def separate(self, separator: Break) -> None:
        """Separate what follows, once."""
        separate(self.sink, separator)

    def begin_paragraph(self, meaning: Meaning, _attributes: dict[str, str]) -> None:
        """Begin a paragraph or a cell."""
        self.push(meaning)
        if meaning.kind is Kind.PARAGRAPH and not self.is_joined:
            self.separate(LINE)
        self.inside = True
        self.begin, self.changes, self.concealed = len(self.sink), [], []

    def end_paragraph(self, _frame: _Frame) -> None:
        """End a paragraph: write down its other readings, and end the lines of what was taken out of it."""
        if self.changes or self.concealed or self.carried or self.is_dragged:
            self._read_otherwise()
        elif self.is_joined:
            self.is_joined = False
        if self.touched:
            for sink in self.touched.values():
                if sink is not self.sink and sink and type(sink[-1]) is not Break:
                    sink.append(LINE)
            self.touched.clear()

    def after_paragraph(self) -> None:
        """Separate a paragraph from what follows it, unless its mark was deleted."""
        if not self.is_joined:
            self.separate(LINE)

    def _read_otherwise(self) -> None:
        """Gather the paragraph as it was before tracked changes, and with hidden runs shown."""
        now = reading(self.sink, self.begin, ()).strip()
        was_dragged, is_inserted = self.is_dragged, any(change.start < 0 for change in self.changes)
        self.is_joined = self.is_dragged = any(change.end < 0 for change in self.changes)
        changes = [change for change in self.changes if change.start >= 0 <= change.end]
        was = self.carried + reading(self.sink, self.begin, changes)
        is_whole = was_dragged or self.is_joined or was.strip() not in {now, "".join(each.text for each in changes)}
        self.carried = was if is_inserted else ""
        if is_whole and not is_inserted and was.strip():
            self.sink_of(Where.TRACKED, "before").extend((was, LINE))
        if self.concealed and now:
            self.sink_of(Where.HIDDEN, "shown").extend((reading(self.sink, self.begin, self.concealed), LINE))

    def end_cell(self) -> None:
        """Put a tab after a cell."""
        end_cell(self.sink, self.ended.at, self.ended.columns)

    def end_row(self) -> None:
        """Put a line end after a row."""
        end_row(self.sink)

    def widen(self, _meaning: Meaning, attributes: dict[str, str]) -> None:
        """Note how many columns a cell of a Word document takes."""
        said = next(iter(attributes.values()), "")
        if self.stack and said.isdecimal() and len(said) < MOST_DIGITS:
            self.stack[-1] = self.stack[-1]._replace(columns=int(said))

    def begin_run(self, meaning: Meaning, _attributes: dict[str, str]) -> None:
        """Begin a run, a row: nothing changes yet."""
        self.push(meaning)

    def end_run(self, frame: _Frame) -> None:
        """End a run; if it was hidden, keep what it hides for the reading that shows it."""
        if self.sink is not frame.sink and self.inside and self.where is not Where.HIDDEN:
            self._keep(self.concealed, frame.sink, (Where.HIDDEN, "vanish"))

    def after_run(self) -> None:
        """Separate what follows outside a paragraph."""
        if not self.inside:
            self.separate(LINE)

    def _keep(self, kept: list[Change], sink: list[str], key: tuple[Where, str]) -> None:
        """Remember what went from the paragraph's text to another place since the last separator there."""
        taken: list[str] = []
        for piece in reversed(self.sinks.get(key, [])):
            if type(piece) is Break:
                break
            taken.append(piece)
        text = "".join(reversed(taken))
        at = len(sink)
        if kept and kept[-1].start == at and kept[-1].end == at:
            kept.pop()
        kept.append(Change(at, at, text))

    def begin_elsewhere(self, meaning: Meaning, attributes: dict[str, str]) -> None:
        """Send the text of an element to a segment of its own."""
        self.begin_inline_elsewhere(meaning, attributes)
        self.inside = False
        self.separate(LINE)

    def begin_inline_elsewhere(self, meaning: Meaning, _attributes: dict[str, str]) -> None:
        """Send the text of an element to a segment of its own, without separating anything. A fallback stays whole."""
        self.push(meaning)
        if self.in_fallback and meaning.name != LAYOUT:
            return
        where, name = meaning.where, meaning.name
        if where is Where.TEXTBOX:
            if self.boxes is Where.BODY or self.sink is not self.main:
                return  # all text of a slide stands in boxes; a box within a note belongs to the note
            where, name = self.boxes, "textbox"
        self.turn_to(self.sink_of(where, name))
        if meaning.kind is Kind.INLINE_ELSEWHERE:
            self.touched[id(self.sink)] = self.sink

    def end_elsewhere(self, _frame: _Frame) -> None:
        """End a segment of its own with a line."""
        self.separate(LINE)

    def begin_deleted(self, meaning: Meaning, attributes: dict[str, str]) -> None:
        """Send deleted text to its place; where kept text stands between two deletions, they are two."""
        begin, apart = len(self.sink), self.changes[-1].start if self.changes else -1
        self.begin_inline_elsewhere(meaning, attributes)
        if apart != begin:
            self.separate(LINE)

    def end_deleted(self, frame: _Frame) -> None:
        """Keep deleted text for the reading that has it. An empty deletion is that of the paragraph's mark."""
        if self.in_fallback:
            return
        if self.sink and type(self.sink[-1]) is not Break:
            if self.inside and not self.in_insertion:
                self._keep(self.changes, frame.sink, (Where.TRACKED, ""))
        elif self.inside and self.begin == len(frame.sink):
            self.changes.append(Change(0, -1, ""))

    def begin_inserted(self, meaning: Meaning, _attributes: dict[str, str]) -> None:
        """Note where an insertion begins."""
        self.stack.append(_Frame(meaning, self.inside, self.sink, len(self.sink), self.changes, self.concealed, {}))
        self.in_insertion += 1

    def end_inserted(self, frame: _Frame) -> None:
        """Keep an insertion for the reading that lacks it. An empty one is that of the paragraph's mark."""
        self.in_insertion -= 1
        if self.inside:
            is_mark = frame.begin == len(self.sink) == self.begin
            self.changes.append(Change(-1, 0, "") if is_mark else Change(frame.begin, len(self.sink), ""))

    def begin_fallback(self, meaning: Meaning, _attributes: dict[str, str]) -> None:
        """Keep the form for older programs apart, in one piece."""
        self.push(meaning)
        self.in_fallback += 1
        self.inside = False
        self.turn_to([])

    def end_fallback(self, frame: _Frame) -> None:
        """Drop a form for older programs that says what the other form says."""
        self.in_fallback -= 1
        text = "".join(self.sink)
        outer = self.stack[-1].places if self.stack and self.stack[-1].meaning.kind is Kind.CHOICE else {}
        said = "".join(
            piece for key, sink in self.sinks.items() if key[1] != LAYOUT for piece in sink[outer.get(key, 0) :]
        )
        if "".join(text.split()) != "".join(said.split()) and text.strip():
            (frame.sink if self.in_fallback else self.sink_of(Where.HIDDEN, "fallback")).extend((text, LINE))

    def write(self, meaning: Meaning, attributes: dict[str, str]) -> None:
        """Write the character that an element stands for. A tab with a position is where one would stop."""
        if meaning.text != "\t" or not any(key.endswith(("pos", "position")) for key in attributes):
            self.sink.append(meaning.text)

    def write_spaces(self, _meaning: Meaning, attributes: dict[str, str]) -> None:
        """Write several spaces (OpenDocument 6.1.3)."""
        said = attributes.get("text:c", "1")
        self.sink.append(" " * (min(int(said), 1000) if said.isdecimal() and len(said) < MOST_DIGITS else 1))

    def write_symbol(self, _meaning: Meaning, attributes: dict[str, str]) -> None:
        """Write the character of a symbol font."""
        self.sink.append(symbol(attributes))

    def mark_field(self, _meaning: Meaning, _attributes: dict[str, str]) -> None:
        """Tell the codes of two fields apart."""
        codes = self.sinks.get((Where.FIELD, "code"))
        if codes and type(codes[-1]) is not Break:
            codes.append(LINE)

    def record(self, _meaning: Meaning, attributes: dict[str, str]) -> None:
        """Write the value of a cell that a pivot table keeps."""
        if value := attributes.get("v"):
            self.sink.extend((value.removesuffix(".0"), CELL))

    def conceal(self, _meaning: Meaning, attributes: dict[str, str]) -> None:
        """Send the rest of a run to the hidden text."""
        if self._in_run() and next(iter(attributes.values()), "1") not in OFF:
            hidden, begin = self.sink_of(Where.HIDDEN, "vanish"), len(self.sink)
            if hidden and not (self.concealed and self.concealed[-1].start == begin) and type(hidden[-1]) is not Break:
                hidden.append(LINE)
            self.turn_to(hidden)
            self.touched[id(hidden)] = hidden

    def place(self, _meaning: Meaning, attributes: dict[str, str]) -> None:
        """Send the rest of a shape to the slide's header or footer, if it is that."""
        if self._in_run() and attributes.get("type") in {"ftr", "hdr"} and self.where is not Where.HIDDEN:
            self.turn_to(self.sink_of(Where.FOOTER if attributes["type"] == "ftr" else Where.HEADER, "slide"))

    def _in_run(self) -> bool:
        return bool(self.stack) and self.stack[-1].meaning.kind is Kind.RUN and not self.in_fallback

    def segments(self) -> Iterator[Segment]:
        """Yield what was gathered, running text first."""
        for (where, name), sink in self.sinks.items():
            text = "".join(sink)
            if not text or text.isspace():
                continue
            if name == "sheet":
                text = sheet_text(text)
            elif name == LAYOUT:
                text = "\n".join(word for word in text.split() if not NOT_WORDS.fullmatch(word))
            if text.strip():
                yield Segment(where=where, text=text, name=name)
        yield from self.attributes.segments()


PARAGRAPHS: Final = frozenset({Kind.PARAGRAPH, Kind.CELL})
BEGIN: Final[dict[Kind, Callable[[Markup, Meaning, dict[str, str]], None]]] = {
    Kind.PARAGRAPH: Markup.begin_paragraph,
    Kind.CELL: Markup.begin_paragraph,
    Kind.ROW: Markup.begin_run,
    Kind.RUN: Markup.begin_run,
    Kind.CHOICE: Markup.begin_run,
    Kind.ELSEWHERE: Markup.begin_elsewhere,
    Kind.INLINE_ELSEWHERE: Markup.begin_inline_elsewhere,
    Kind.DELETED: Markup.begin_deleted,
    Kind.INSERTED: Markup.begin_inserted,
    Kind.FALLBACK: Markup.begin_fallback,
    Kind.WRITTEN: Markup.write,
    Kind.SPACES: Markup.write_spaces,
    Kind.SYMBOL: Markup.write_symbol,
    Kind.FIELD_MARK: Markup.mark_field,
    Kind.RECORD: Markup.record,
    Kind.CONCEALS: Markup.conceal,
    Kind.PLACEHOLDER: Markup.place,
    Kind.SPANS: Markup.widen,
}
END: Final[dict[Kind, Callable[[Markup, _Frame], None]]] = {
    Kind.PARAGRAPH: Markup.end_paragraph,
    Kind.RUN: Markup.end_run,
    Kind.ELSEWHERE: Markup.end_elsewhere,
    Kind.DELETED: Markup.end_deleted,
    Kind.INSERTED: Markup.end_inserted,
    Kind.FALLBACK: Markup.end_fallback,
}
AFTER: Final[dict[Kind, Callable[[Markup], None]]] = {
    Kind.PARAGRAPH: Markup.after_paragraph,
    Kind.CELL: Markup.end_cell,
    Kind.ROW: Markup.end_row,
    Kind.RUN: Markup.after_run,
}
FRAMED: Final = frozenset(
    {*PARAGRAPHS, Kind.ROW, Kind.RUN, Kind.CHOICE, Kind.ELSEWHERE, Kind.INLINE_ELSEWHERE, Kind.DELETED, Kind.INSERTED,
     Kind.FALLBACK}
)  # fmt: skip


def _refuse(*_: object) -> None:
    """Refuse an entity declaration: billion laughs, external entities."""
    raise EntityDeclared
