"""Reads markings off subjects, file names, headers and footers, and lines of running text."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from gateway.classify.marking.lines import Line, line_before, undecorated, without_rules
from gateway.classify.marking.sightings import Place, Sighting
from gateway.model.inspection import Where

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gateway.classify.marking.grammar import Grammar, Reading
    from gateway.classify.marking.lines import Layout

_REPLY_MARK: Final = re.compile(r"(?i)^(?:(?:re|fw|fwd|aw|wg|automatic reply)[ \t]*(?:\[\d+\])?:[ \t]*)+")
_BRACKETS: Final = re.compile(r"[\[({<]([^\])}>]{3,80}[\])]?)[\])}>]")
_SET_OFF_BEFORE: Final = re.compile(r"[-:|/,;][ \t]*$")
_STEPS: Final = re.compile(r"[/\\]")
_HEAD: Final = 60
_TAIL: Final = 120
_EXTENSION: Final = re.compile(r"(?:\.[A-Za-z0-9]{1,5}){1,2}$")
_LABEL: Final = (
    r"(?:(?:protective|security|government|document|data|information|overall)[ \t]+){0,2}"
    r"(?:marking|classification|classified(?:[ \t]+as)?|sensitiv[a-z]{3}(?:[ \t]+label)?)"
    r"(?:[ \t]+(?:level|scheme|status|\((?:gsc|gpms)\)))?|gsc|gpms"
)
_LABELLED: Final = re.compile(
    rf"(?i)^[*_ \t]{{0,4}}(?:{_LABEL})[*_ \t]{{0,4}}(?:[:=|]|[ \t]-[ \t]|\bis\b)[*_ \t]{{0,4}}(.+)$"
)
_LABEL_ALONE: Final = re.compile(rf"(?i)^[*_ \t]{{0,4}}(?:{_LABEL})[*_ \t]{{0,4}}[:=]?[*_ \t]{{0,4}}$")


def read_subject(text: str, grammar: Grammar) -> Iterator[Sighting]:
    """Yield the markings of a subject line: in brackets, at its edge, or all of it."""
    subject = _REPLY_MARK.sub("", " ".join(text.split()))
    yield from _edges(subject, grammar, Place.SUBJECT_EDGE, Where.SUBJECT)
    for found in _BRACKETS.finditer(subject):
        reading = grammar.read(found.group(1))
        if reading and reading.is_whole:
            yield Sighting(reading=reading, place=Place.SUBJECT_BRACKET, where=Where.SUBJECT)
    introduced = grammar.read_introduced(subject)
    if introduced:
        yield Sighting(reading=introduced, place=Place.SUBJECT_BRACKET, where=Where.SUBJECT)
    begins = grammar.read(subject)
    if begins and not begins.is_set_off and begins.multipart:
        yield Sighting(reading=begins, place=Place.SUBJECT_BEGINS, where=Where.SUBJECT)


def read_name(name: str, grammar: Grammar) -> Iterator[Sighting]:
    """Yield the markings among the words of a file name and of the folders before it."""
    *folders, file = _STEPS.split(name)
    for step in (*folders, _EXTENSION.sub("", file)):
        for _, reading in grammar.read_all(step):
            yield Sighting(reading=reading, place=Place.FILE_NAME, where=Where.ATTACHMENT_NAME)


def read_band(line: Line, where: Where, grammar: Grammar) -> Iterator[Sighting]:
    """Yield the markings of one line of a header, footer or watermark."""
    for cell in line.cells():
        labelled = _LABELLED.match(cell)
        reading = grammar.read(undecorated(labelled.group(1) if labelled else cell))
        if reading and reading.is_whole:
            yield Sighting(reading=reading, place=Place.BAND, where=where)
            continue
        seen = list(_edges(cell, grammar, Place.BAND_EDGE, where))
        yield from seen
        if not seen:
            mentions = {reading.level_text: reading for _, reading in grammar.read_all(cell)}
            yield from (
                Sighting(reading=reading, place=Place.BAND_MENTION, where=where)
                for level, reading in mentions.items()
                if level == level.upper()
            )


def read_line(
    line: Line, where: Where, grammar: Grammar, *, layout: Layout | None, number: int, text: str, separators: str
) -> Iterator[Sighting]:
    """Yield the markings of a line of running text; `layout` is None where its edges mean nothing."""
    cells = line.cells(separators)
    example = line.is_example and not separators
    labelled = _labelled(line, cells, grammar, text)
    if labelled:
        reading, place = labelled
        yield Sighting(reading=reading, place=place, where=where, example=example)
        return
    first = layout is not None and layout.is_first(number, line)
    last = layout is not None and layout.is_last(number, line)
    for cell in cells:
        found = grammar.read(cell)
        if not found or not (found.is_whole or ((first or last) and _opens_line(found))):
            continue
        if not found.is_whole:
            place = Place.LINE_BEGINS
        elif layout is not None and layout.is_repeated(line):
            place = Place.PAGE_EDGE
        else:
            place = Place.FIRST_LINE if first else Place.LAST_LINE if last else Place.ELSEWHERE
        in_table = len(cells) > 1 and place is Place.ELSEWHERE
        yield Sighting(reading=found, place=place, where=where, centred=line.is_centred, example=example or in_table)


def read_long_line(line: Line, where: Where, grammar: Grammar) -> Iterator[Sighting]:
    """Yield the level in capitals with which a line too long for a marking begins or ends."""
    bare = without_rules(line.text)
    head, tail = bare[:_HEAD], bare[-_TAIL:]
    begins = grammar.read(undecorated(head))
    ends = [reading for start, reading in grammar.read_all(undecorated(tail)) if start and reading.is_whole]
    for piece, reading in [(head, begins), *((tail, reading) for reading in ends)]:
        if reading and reading.level_text == reading.level_text.upper():
            example = Line(start=0, end=0, text=piece).is_example
            yield Sighting(reading=reading, place=Place.LONG_LINE_EDGE, where=where, example=example)


def is_label(name: str) -> bool:
    """Say whether a field of this name holds a marking."""
    return bool(_LABEL_ALONE.match(name))


def _opens_line(reading: Reading) -> bool:
    return reading.multipart and reading.is_set_off and reading.level_text == reading.level_text.upper()


def _labelled(line: Line, cells: list[str], grammar: Grammar, text: str) -> tuple[Reading, Place] | None:
    """Return the value of a labelled field: `Classification: X`, a cell after its label, a line below its label."""
    values = [found.group(1) for cell in (line.text.strip(), *cells) if (found := _LABELLED.match(cell))]
    values += [cell for label, cell in pairwise(cells) if _LABEL_ALONE.match(label)]
    above = line_before(text, line)
    if not values and above.endswith(":") and _LABEL_ALONE.match(above):
        values = [line.text.strip()]
    readings = [reading for value in values if (reading := grammar.read(undecorated(value)))]
    whole = [reading for reading in readings if reading.is_whole]
    begun = [reading for reading in readings if reading.is_set_off or reading.rest.lstrip()[:1] in {".", "(", "["}]
    if whole or begun:
        best = max(whole or begun, key=lambda reading: reading.tier)
        return best, Place.LABELLED_FIELD if whole else Place.FIELD_BEGINS
    return None


def _edges(text: str, grammar: Grammar, place: Place, where: Where) -> Iterator[Sighting]:
    """Yield the marking that begins `text` or ends it, set off by a separator from the rest."""
    begins = grammar.read(text)
    if begins and begins.is_set_off:
        yield Sighting(reading=begins, place=place, where=where)
    for start, reading in grammar.read_all(text):
        if start and reading.is_whole and _SET_OFF_BEFORE.search(text[max(0, start - _HEAD) : start]):
            yield Sighting(reading=reading, place=place, where=where)
