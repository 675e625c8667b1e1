"""OpenDocument text, sheets and slides: what is hidden, what was changed, and values beside what cells show.

OpenDocument 1.3 part 3: 5.5 (tracked changes), 9.1 (tables), 16 and 20 (styles that hide), 19.385 (cell values).
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable, Iterator
from typing import Final

from gateway.extract.formats.leaves import leaves
from gateway.extract.formats.number_formats import show_number
from gateway.extract.formats.office.breaks import LINE, drop_lines, end_cell
from gateway.extract.formats.office.markup import NOT_WORDS, Markup
from gateway.extract.formats.office.revisions import Change
from gateway.extract.formats.office.vocabulary import OPEN, Kind, Meaning
from gateway.model.inspection import Segment, Where

HIDDEN_BY_STYLE: Final = {
    "style:text-properties": ("text:display", {"none"}),
    "style:table-properties": ("table:display", {"false"}),
    "style:drawing-page-properties": ("presentation:visibility", {"hidden"}),
}
STYLED: Final = {
    "text:p": "text:style-name",
    "text:h": "text:style-name",
    "text:section": "text:style-name",
    "table:table": "table:style-name",
    "draw:page": "draw:style-name",
    "table:table-row": "table:style-name",
    "table:table-header-rows": "",
    "table:table-row-group": "",
}
UNSEEN: Final = frozenset({"collapse", "filter"})
CELLS: Final = frozenset({"table:table-cell", "table:covered-table-cell"})
SPAN: Final = Meaning(kind=Kind.RUN)
MOST_COLUMNS: Final = 16_384
DAY: Final = 10  # characters of a date: 1980-01-31
STRINGS: Final = re.compile(rb"(?:[\x20-\x7e]\0){4,}|[\x20-\x7e]{4,}")
BLOB: Final = re.compile(r"[A-Za-z0-9+/=\s]{80,}")


class OpenMarkup(Markup):
    """One part of an OpenDocument file. `hidden` are the styles that hide, shared by the parts of a file."""

    def __init__(self, where: Where, name: str, hidden: set[str], *, boxes: Where = Where.TEXTBOX) -> None:
        super().__init__(where, name, boxes=boxes, vocabulary=OPEN)
        self.hidden = hidden
        self.style = ""
        self.outer: list[list[str] | None] = []
        self.spans: list[bool] = []
        self.columns: list[bool] = []
        self.column = 0
        self.row_begin = self.hidden_begin = 0
        self.cell_values: list[str] = []
        self.region = ""
        self.said_at = 0
        self.deletions: dict[str, str] = {}
        self.insertions: set[str] = set()
        self.open_insertions: dict[str, int] = {}

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """Meet an opening tag."""
        if name in STYLED:
            self._perhaps_hide(name, attributes)
        elif act := OPENING.get(name):
            act(self, attributes)
        super().start(name, attributes)
        if name in CELLS:
            self._begin_cell(attributes)
        elif self.open_insertions and name in {"text:p", "text:h"}:
            self.open_insertions = dict.fromkeys(self.open_insertions, self.begin)

    def end(self, name: str) -> None:
        """Meet a closing tag."""
        if act := CLOSING.get(name):
            act(self)
        super().end(name)
        if name in STYLED:
            self._leave(name)
        elif name == "text:span" and self.spans and self.spans.pop():
            self.close(SPAN)

    def _perhaps_hide(self, name: str, attributes: dict[str, str]) -> None:
        """Send what an element holds to the hidden text, if a style or it itself says so."""
        if name == "table:table-row":
            self.column, self.row_begin = 0, len(self.sink)
            self.hidden_begin = len(self.sink_of(Where.HIDDEN, "hidden cells"))
        elif name == "table:table":
            self.columns = []
        hides = (
            attributes.get(STYLED[name]) in self.hidden
            or attributes.get("table:visibility") in UNSEEN
            or attributes.get("text:display", "true") != "true"
            or attributes.get("table:display", "true") != "true"
        )
        self.outer.append(self.sink if hides else None)
        if hides and self.where is not Where.HIDDEN and not self.inside:
            self.turn_to(self.sink_of(Where.HIDDEN, "hidden"))

    def _leave(self, name: str) -> None:
        """Come back from what was hidden; of a row with hidden cells keep all on one line."""
        outer = self.outer.pop() if self.outer else None
        if name == "table:table-row" and outer is None:
            hidden = self.sink_of(Where.HIDDEN, "hidden cells")
            if len(hidden) > self.hidden_begin:
                hidden.extend((*map(str, self.sink[self.row_begin :]), LINE))
        if outer is not None and outer is not self.sink:
            self.separate(LINE)
            self.turn_to(outer)

    def _begin_cell(self, attributes: dict[str, str]) -> None:
        """Begin a cell: note its value, and send it away if its column is hidden."""
        is_hidden = self.column < len(self.columns) and self.columns[self.column]
        times = _count(attributes.get("table:number-columns-repeated", "1"))
        self.column += times
        if times > 1:
            self.stack[-1] = self.stack[-1]._replace(columns=times)
        self.cell_values = [
            attributes[key] for key in ("office:value", "office:date-value", "office:string-value") if key in attributes
        ]
        if is_hidden:
            self.turn_to(self.sink_of(Where.HIDDEN, "hidden cells"))
            self.begin = len(self.sink)

    def end_of_cell(self) -> None:
        """Write the value of a cell that shows another: rounded, with an exponent, or a year of two digits."""
        shown = "".join(self.sink[self.begin :])
        digits = "".join(char for char in shown if char.isdigit())
        for value in self.cell_values:
            whole = show_number(value)
            if whole not in digits if whole.isdecimal() else not _is_number(whole) and whole[:DAY] not in shown:
                drop_lines(self.sink, self.begin)
                self.sink.append(f" ({whole})")
        self.cell_values = []
        if self.sink is self.sinks.get((Where.HIDDEN, "hidden cells")) and self.sink:
            end_cell(self.sink, self.begin)

    def column_of(self, attributes: dict[str, str]) -> None:
        """Note whether columns are hidden."""
        times = min(_count(attributes.get("table:number-columns-repeated", "1")), MOST_COLUMNS - len(self.columns))
        self.columns += [attributes.get("table:visibility") in UNSEEN] * max(0, times)

    def style_of(self, attributes: dict[str, str]) -> None:
        """Begin a style; it hides what its parent hides."""
        self.style = attributes.get("style:name", "")
        if attributes.get("style:parent-style-name") in self.hidden:
            self.hidden.add(self.style)

    def span(self, attributes: dict[str, str]) -> None:
        """Begin a run, which may be hidden."""
        hides = attributes.get("text:style-name") in self.hidden and not self.in_fallback
        self.spans.append(hides)
        if hides:
            self.push(SPAN)
            self.conceal(SPAN, {})

    def changed(self, attributes: dict[str, str]) -> None:
        """Begin what is known of one change."""
        self.region = attributes.get("text:id") or attributes.get("xml:id", "")

    def inserted(self, _attributes: dict[str, str]) -> None:
        """Note that a change is an insertion."""
        self.insertions.add(self.region)

    def begin_deletion(self, _attributes: dict[str, str]) -> None:
        """Begin what was deleted."""
        self.said_at = len(self.sink)

    def told_who(self) -> None:
        """Note where deleted text begins: after the name of who deleted it."""
        self.separate(LINE)
        self.said_at = len(self.sink)

    def deleted(self) -> None:
        """Keep what was deleted until its place is met."""
        self.deletions[self.region] = "".join(self.sink[self.said_at :]).strip("\n")
        self.separate(LINE)

    def change_here(self, attributes: dict[str, str]) -> None:
        """Meet the place of a deletion."""
        if text := self.deletions.get(attributes.get("text:change-id", "")):
            at = len(self.sink)
            self.changes.append(Change(at, at, text))

    def change_begins(self, attributes: dict[str, str]) -> None:
        """Meet the place where an insertion begins."""
        if (identifier := attributes.get("text:change-id", "")) in self.insertions:
            self.open_insertions[identifier] = len(self.sink)

    def change_ends(self, attributes: dict[str, str]) -> None:
        """Meet the place where an insertion ends."""
        begin = self.open_insertions.pop(attributes.get("text:change-id", ""), None)
        if begin is not None:
            self.changes.append(Change(begin, len(self.sink), ""))

    def end_of_paragraph(self) -> None:
        """End a paragraph in the middle of an insertion: its mark was inserted too."""
        for begin in self.open_insertions.values():
            self.changes += [Change(begin, len(self.sink), ""), Change(-1, 0, "")]


Open = Callable[[OpenMarkup, dict[str, str]], None]


def _hides(element: str) -> Open:
    key, values = HIDDEN_BY_STYLE[element]

    def note(markup: OpenMarkup, attributes: dict[str, str]) -> None:
        if attributes.get(key) in values:
            markup.hidden.add(markup.style)

    return note


OPENING: Final[dict[str, Open]] = {
    **{element: _hides(element) for element in HIDDEN_BY_STYLE},
    "style:style": OpenMarkup.style_of,
    "text:span": OpenMarkup.span,
    "table:table-column": OpenMarkup.column_of,
    "text:changed-region": OpenMarkup.changed,
    "text:insertion": OpenMarkup.inserted,
    "text:deletion": OpenMarkup.begin_deletion,
    "text:change": OpenMarkup.change_here,
    "text:change-start": OpenMarkup.change_begins,
    "text:change-end": OpenMarkup.change_ends,
}
CLOSING: Final[dict[str, Callable[[OpenMarkup], None]]] = {
    **dict.fromkeys(CELLS, OpenMarkup.end_of_cell),
    "office:change-info": OpenMarkup.told_who,
    "text:deletion": OpenMarkup.deleted,
    "text:p": OpenMarkup.end_of_paragraph,
    "text:h": OpenMarkup.end_of_paragraph,
}


def settings(xml: bytes) -> Iterator[Segment]:
    """Yield the settings that hold words; of a printer's own block its strings."""
    said: dict[str, None] = {}
    for _, value in leaves(xml):
        if BLOB.fullmatch(value):
            try:
                found = STRINGS.findall(base64.b64decode(value, validate=False))
            except (binascii.Error, ValueError):
                said[value] = None
            else:
                said |= {run.replace(b"\0", b"").decode("latin-1"): None for run in found}
        elif not NOT_WORDS.fullmatch(value):
            said[value] = None
    if said:
        yield Segment(where=Where.HIDDEN, text="\n".join(said), name="settings")


def _count(said: str) -> int:
    return int(said) if said.isdecimal() and len(said) < 8 else 1  # noqa: PLR2004 - no sheet has ten million columns


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
