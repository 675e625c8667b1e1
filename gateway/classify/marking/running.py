"""Reads markings off the lines of running text, tables of data and source code."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from gateway.classify.context import column_header
from gateway.classify.marking.lines import Line, line_after, line_before, undecorated, without_rules
from gateway.classify.marking.places import ABOUT, LABEL_ALONE, LABEL_AND_VALUE, LABELLED, is_label, is_list, read_whole
from gateway.classify.marking.sightings import Place, Sighting

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gateway.classify.marking.grammar import Grammar, Reading
    from gateway.classify.marking.layout import Edges
    from gateway.model.inspection import Where

_HEAD: Final = 60
_TAIL: Final = 120
_COMMENT: Final = re.compile(r"^[ \t]*(?:#+!?|\*+|%+|REM\b|')[ \t]+")
_AT_END: Final = re.compile(r"(?:[ \t]-{1,2}[ \t]|[|:]|[ \t]//?[ \t])[ \t]*([\[(]?[A-Z][^|]{2,90})$")
_STATED: Final = re.compile(
    r"(?i)this[ \t](?:\w+[ \t]){0,2}?"
    r"(?:e-?mail|message|document|report|file|letter|communication|paper|page)"
    r"[ \t](?:\w+[ \t]){0,4}?(?:is|has been|are)(?:[ \t](?:protectively[ \t])?(marked|classified)(?:[ \t]as)?)?"
    r"[ \t:]{1,4}(.{3,100})$"
)
_SMALL: Final = frozenset({"of", "and", "for", "the", "by", "to", "in", "on", "v", "no", "page", "plc", "ltd"})
_MOST_WORDS: Final = 10
_SEPARATORS: Final = " \t-:|/,;_*[](){}<>."


@dataclass(frozen=True, slots=True, kw_only=True)
class Manner:
    """How a text is written: `separators` of its cells, whether it is a table of data, whether it is source code."""

    separators: str = ""
    table: bool = False
    source: bool = False


def read_line(
    line: Line, where: Where, grammar: Grammar, *, edges: Edges | None, text: str, manner: Manner
) -> Iterator[Sighting]:
    """Yield the markings of a line of running text; `edges` is None where they mean nothing."""
    cells = line.cells("" if "\t" in line.text else manner.separators)
    labelled = _labelled(line, cells, grammar, text)
    if labelled and not is_list(grammar.read_all(line.text), grammar):
        reading, place = labelled
        yield Sighting(reading=reading, place=place, where=where, example=_is_example(line, manner))
        return
    if not any(_seen(cell, grammar) for cell in cells):
        slipped = [mended for cell in cells if (mended := _mended(cell, grammar))]
        place = _place(line, edges) if slipped else Place.ELSEWHERE
        if place is not Place.ELSEWHERE:
            yield from (Sighting(reading=each, place=place, where=where, doubtful=True) for each in slipped)
        return
    if is_list(grammar.read_all(line.text), grammar):
        return
    below = line_after(text, line)
    for before, cell in pairwise([line_before(text, line), *cells]):
        if sighting := _in_cell(cell, (before, below), where, grammar, line, edges):
            placed = _in_table(sighting, cell, line, text, manner) if len(cells) > 1 else sighting
            yield replace(placed, centred=line.is_centred, example=placed.example or _is_example(line, manner))


def _seen(cell: str, grammar: Grammar) -> Reading | None:
    """Return what the cell begins with, is behind the name of an organisation, or may end with."""
    reading = grammar.read(cell)
    if reading and (reading.is_whole or _opens_line(reading) or _heads_names(reading)):
        return reading
    return read_whole(cell, grammar) or (None if reading else _stated(cell, grammar)) or _ending(cell, grammar)


def _in_cell(
    cell: str, around: tuple[str, str], where: Where, grammar: Grammar, line: Line, edges: Edges | None
) -> Sighting | None:
    whole = read_whole(cell, grammar, before=around[0], below=around[1])
    if whole:
        return Sighting(reading=whole, place=_place(line, edges), where=where)
    if edges is None or not (edges.is_first(line) or edges.is_last(line)):
        return None
    if mended := _mended(cell, grammar):
        return Sighting(reading=mended, place=_place(line, edges), where=where, doubtful=True)
    if stated := _stated(cell, grammar):
        return Sighting(reading=stated, place=Place.FIELD_BEGINS, where=where)
    begins = grammar.read(cell)
    if begins and (_opens_line(begins) or _heads_names(begins)):
        highest = _highest(begins, cell, grammar)
        return Sighting(reading=highest, place=Place.LINE_BEGINS, where=where, doubtful=not _opens_line(begins))
    ends = _ending(cell, grammar)
    return Sighting(reading=ends, place=Place.LINE_ENDS, where=where) if ends else None


def _place(line: Line, edges: Edges | None) -> Place:
    if edges is None:
        return Place.ELSEWHERE
    if edges.is_repeated(line):
        return Place.PAGE_EDGE
    return Place.FIRST_LINE if edges.is_first(line) else Place.LAST_LINE if edges.is_last(line) else Place.ELSEWHERE


def _in_table(sighting: Sighting, cell: str, line: Line, text: str, manner: Manner) -> Sighting:
    """Return the sighting of a cell among others: a value below its label, a value of data, or a table's example."""
    if not manner.table:
        is_word = not (sighting.reading.is_in_capitals or sighting.reading.multipart)  # Unrestricted  Restricted  Total
        return replace(sighting, example=sighting.example or is_word or sighting.place is Place.ELSEWHERE)
    if sighting.place is Place.PAGE_EDGE:
        return sighting
    at = text.find(cell, line.start, line.end)
    below_its_label = at >= 0 and is_label(column_header(text, at))
    return replace(sighting, place=Place.LABELLED_FIELD if below_its_label else Place.CELL)


def _mended(cell: str, grammar: Grammar) -> Reading | None:
    """Return the marking that a cell is when slips of OCR are mended."""
    reading = grammar.read_mended(cell)
    return reading if reading and reading.is_whole else None


def _is_example(line: Line, manner: Manner) -> bool:
    if manner.table:
        return False
    return replace(line, text=_COMMENT.sub("", line.text)).is_example if manner.source else line.is_example


def read_long_line(line: Line, where: Where, grammar: Grammar) -> Iterator[Sighting]:
    """Yield the level in capitals with which a line too long for a marking begins or ends."""
    bare = without_rules(line.text)
    head, tail = bare[:_HEAD], bare[-_TAIL:]
    begins = grammar.read(undecorated(head))
    ends = [reading for start, reading in grammar.read_all(undecorated(tail)) if start and reading.is_whole]
    for piece, reading in [(head, begins), *((tail, reading) for reading in ends)]:
        if reading and reading.is_in_capitals:
            example = Line(start=0, end=0, text=piece).is_example
            yield Sighting(reading=reading, place=Place.LONG_LINE_EDGE, where=where, example=example)


def _opens_line(reading: Reading) -> bool:
    """Say whether a marking in capitals that no prose has stands before what it is about."""
    return (reading.multipart or reading.weight > 0) and _is_apart(reading) and reading.is_in_capitals


def _heads_names(reading: Reading) -> bool:
    """Say whether a marking in capitals stands before a title: `RESTRICTED - Op Falcon`. It is suspected at most."""
    may_head = reading.is_in_capitals and (reading.multipart or _is_apart(reading))
    return may_head and _is_made_of_names(reading.rest.lstrip(_SEPARATORS))


def _is_apart(reading: Reading) -> bool:
    return reading.is_set_off or reading.rest.lstrip().startswith(("(", "["))


def _stated(cell: str, grammar: Grammar) -> Reading | None:
    """Return the marking in capitals that a sentence states of the document: `This e-mail is classified OFFICIAL.`."""
    found = _STATED.match(cell)
    reading = grammar.read(found.group(2)) if found else None
    if not found or reading is None or not (reading.is_whole and reading.is_in_capitals):
        return None
    return reading if found.group(1) or reading.multipart else None  # "this e-mail is CONFIDENTIAL" says anybody


def _ending(cell: str, grammar: Grammar) -> Reading | None:
    """Return the marking in capitals that ends a line of names: `Acme Confidential | TLP:AMBER`."""
    found = _AT_END.search(cell)
    if not found or not _is_made_of_names(cell[: found.start()]):
        return None
    reading = grammar.read(found.group(1))
    if reading is None or not (reading.is_whole and reading.is_in_capitals):
        return None
    return _highest(reading, cell, grammar)


def _highest(reading: Reading, cell: str, grammar: Grammar) -> Reading:
    """Return the reading, or a higher one in capitals beside it: `RESTRICTED WITHOUT ANNEX - SECRET`."""
    others = [each for _, each in grammar.read_all(cell) if each.is_in_capitals]
    return max([reading, *others], key=lambda each: each.tier)


def _is_made_of_names(text: str) -> bool:
    """Say whether `text` is a title, company or date rather than a sentence, and not one about markings."""
    words = text.split()
    if not words or len(words) > _MOST_WORDS or ABOUT.search(text):
        return False
    return all(not word[0].islower() or word.lower() in _SMALL for word in words)


def _labelled(line: Line, cells: list[str], grammar: Grammar, text: str) -> tuple[Reading, Place] | None:
    """Return the value of a labelled field: `Classification: X`, a cell after its label, a line below its label."""
    values = [found.group(1) for cell in (line.text.strip(), *cells) if (found := LABELLED.match(cell))]
    values += [cell for label, cell in pairwise(cells) if LABEL_ALONE.match(label)]
    above = line_before(text, line)
    if not values and above.endswith(":") and LABEL_ALONE.match(above):
        values = [line.text.strip()]
    readings = [reading for value in values for reading in _values(value, grammar)]
    if not readings and (found := LABEL_AND_VALUE.match(line.text.strip())):
        reading = grammar.read(undecorated(found.group(1)))
        is_marked = reading and reading.is_whole and (reading.is_in_capitals or reading.multipart)
        readings = [reading] if reading and is_marked else []
    whole = [reading for reading in readings if reading.is_whole]
    begun = [
        reading
        for reading in readings
        if (reading.is_set_off and reading.rest[:1] != "_") or reading.rest.lstrip()[:1] in {".", "(", "["}
    ]
    if whole or begun:
        best = max(whole + begun, key=lambda reading: reading.tier)
        return best, Place.LABELLED_FIELD if best.is_whole else Place.FIELD_BEGINS
    return None


def _values(value: str, grammar: Grammar) -> Iterator[Reading]:
    """Yield the marking with which a value begins and, of a choice of two, the other: none is read as the lower."""
    bare = undecorated(value)
    first = grammar.read(bare)
    if first:
        yield first
        yield from (reading for start, reading in grammar.read_all(bare) if start and reading.level_text[0].isupper())
