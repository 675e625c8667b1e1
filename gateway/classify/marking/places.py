"""Reads markings off subjects, file names, headers and footers."""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from gateway.classify.marking.lines import Line, line_after, line_before, undecorated
from gateway.classify.marking.sightings import Place, Sighting
from gateway.model.inspection import Where

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from gateway.classify.marking.grammar import Grammar, Reading

_REPLY_MARK: Final = re.compile(r"(?i)^(?:(?:re|fw|fwd|aw|wg|automatic reply)[ \t]*(?:\[\d+\])?:[ \t]*)+")
_WHEN: Final = re.compile(r"(?i)[ \t]{1,3}(?:if|once|unless|until|when|with|without)\b")
_ADORNED: Final = " *_=~-#"
_TAGS: Final = re.compile(r"^(?:\[[^\]\[]{1,30}\][ \t]*){1,5}")
_BRACKETS: Final = re.compile(r"[\[({<]([^\])}>]{3,80}[\])]?)[\])}>]")
_SET_OFF_BEFORE: Final = re.compile(r"[-:|/,;\])}>][ \t]*$")
_GOES_ON: Final = re.compile(
    r"(?i)\b(?:an?|and|as|be|called|for|from|in|is|mark(?:ed|ing)?|not|of|on|or|than|the|to|use|with|word)[ \t\"']*$"
)
"""What stands before a word that one speaks of."""
_STEPS: Final = re.compile(r"[/\\]")
_HEAD: Final = 60
_EXTENSION: Final = re.compile(r"(?:\.[A-Za-z0-9]{1,5}){1,2}$")
_LABEL: Final = (
    r"(?:(?:protective|security|government|doc(?:ument)?|data|information|overall|e-?mail|message|file|report|record"
    r"|meeting|current|highest|gscp?|gpms|hmg)[ \t]+){0,3}"
    r"(?:marking|classification|classified(?:[ \t]+as)?|sensitiv[a-z]{3}(?:[ \t]+label)?)"
    r"(?:[ \t]+(?:level|scheme|status|\((?:gsc|gpms)\)|\(?when[ \t]completed?\)?|of[ \t]th(?:is|e)[ \t][a-z]{3,15}))?"
    r"|gscp?|gpms|security[ \t]level|handling[ \t](?:instructions?|caveats?)"
)
LABELLED: Final = re.compile(
    rf"(?i)^[*_ \t]{{0,4}}(?:{_LABEL})[*_ \t]{{0,4}}(?:[:=|]|[ \t]-[ \t]|\bis\b)[*_ \t]{{0,4}}(.+)$"
)
LABEL_AND_VALUE: Final = re.compile(rf"(?i)^[*_ \t]{{0,4}}(?:{_LABEL})[*_ \t]{{1,4}}(.+)$")
LABEL_ALONE: Final = re.compile(rf"(?i)^[*_ \t]{{0,4}}(?:{_LABEL})[*_ \t]{{0,4}}[:=]?[*_ \t]{{0,4}}$")
_ORGANISATION: Final = re.compile(
    r"(?:(?:[A-Z][A-Za-z'&.]{0,24}|of|and|for|the|&)[ \t-]{1,3}){0,6}?"
    r"(?i:council|police|constabulary|trust|board|authority|ministry|department|agency|service|services|nhs|force"
    r"|partnership|commission|university|hospital|group|ltd|limited|plc|inc|mod|hmrc|hmpps|hmcts|college|school)"
    r"[ \t]{0,3}[-:|,.]{0,2}[ \t]{1,3}(?=[A-Z\[(])"
)
ABOUT: Final = re.compile(
    r"(?i)(?<![a-z])(?:policy|policies|guid(?:e|es|ance|elines?)|handling|classifications?|markings?|levels?|schemes?"
    r"|part|about|what|how|why|when|standards?|definitions?|examples?|glossary|training|e\.g|eg|see|note|section|using)(?![a-z])"
)
"""What stands beside a marking where one writes about markings."""
_LISTED: Final = 3


def read_subject(text: str, grammar: Grammar) -> Iterator[Sighting]:
    """Yield the markings of a subject line: in brackets, at its edge, or all of it."""
    subject = _REPLY_MARK.sub("", " ".join(text.split())).strip(_ADORNED)
    introduced = grammar.read_introduced(subject)
    if introduced:
        yield Sighting(reading=introduced, place=Place.SUBJECT_BRACKET, where=Where.SUBJECT)
    readings = list(grammar.read_all(subject))
    if not readings or is_list(readings, grammar):
        return
    yield from _edges(subject, grammar, Place.SUBJECT_EDGE, Where.SUBJECT)
    for found in _BRACKETS.finditer(subject):
        reading = grammar.read(found.group(1))
        if reading and reading.is_whole:
            yield Sighting(reading=reading, place=Place.SUBJECT_BRACKET, where=Where.SUBJECT)
    if ABOUT.search(subject):
        return
    begins = grammar.read(_TAGS.sub("", subject))
    if begins and not begins.is_set_off and begins.multipart:
        yield Sighting(reading=begins, place=Place.SUBJECT_BEGINS, where=Where.SUBJECT)
    start, ends = readings[-1]
    if start and ends.is_whole and ends.multipart and ends.is_in_capitals and not _GOES_ON.search(subject[:start]):
        yield Sighting(reading=ends, place=Place.SUBJECT_BEGINS, where=Where.SUBJECT, doubtful=True)


def read_name(name: str, grammar: Grammar) -> Iterator[Sighting]:
    """Yield the markings among the words of a file name and of the folders before it."""
    *folders, file = _STEPS.split(name)
    for step in (*folders, _EXTENSION.sub("", file)):
        about = bool(ABOUT.search(step))
        readings = [reading for _, reading in grammar.read_all(step)]
        if about and len({reading.tier for reading in readings}) > 1:
            continue  # it compares them
        for reading in readings:
            if reading.is_in_capitals or not about:
                yield Sighting(reading=reading, place=Place.FILE_NAME, where=Where.ATTACHMENT_NAME, doubtful=about)


def read_band(line: Line, where: Where, grammar: Grammar, text: str) -> Iterator[Sighting]:
    """Yield the markings of one line of a header, footer or watermark; `text` is what the line stands in."""
    listed = is_list(grammar.read_all(line.text), grammar)
    for before, cell in pairwise([line_before(text, line), *line.cells()]):
        labelled = LABELLED.match(cell) or LABEL_AND_VALUE.match(cell)
        bare = undecorated(labelled.group(1) if labelled else cell)
        reading = None if listed else read_whole(bare, grammar, before=before, below=line_after(text, line))
        mended = None if reading else grammar.read_mended(bare)
        if reading:
            yield Sighting(reading=reading, place=Place.BAND, where=where)
        elif mended and mended.is_whole:
            yield Sighting(reading=mended, place=Place.BAND, where=where, doubtful=True)
        else:
            yield from _in_band(cell, where, grammar, listed=listed)


def _in_band(cell: str, where: Where, grammar: Grammar, *, listed: bool) -> Iterator[Sighting]:
    """Yield the markings at the edge of a line of a header, or else what it mentions in capitals."""
    seen = [] if listed else list(_edges(cell, grammar, Place.BAND_EDGE, where))
    yield from seen
    if not seen:
        mentions = {reading.level_text: reading for _, reading in grammar.read_all(cell) if reading.is_in_capitals}
        yield from (Sighting(reading=each, place=Place.BAND_MENTION, where=where) for each in mentions.values())


def read_whole(bare: str, grammar: Grammar, *, before: str = "", below: str = "") -> Reading | None:
    """Return the marking that `bare` is, alone or behind the name of an organisation.

    `before` and `below` are the cell or line before it, which may begin it (`TOP` over `SECRET`), and the line below.
    """
    reading = grammar.read(bare)
    if reading is None and (organisation := _ORGANISATION.match(bare)):
        reading = grammar.read(bare[organisation.end() :])
        if reading and not reading.is_in_capitals:
            return None
    if reading is not None and not reading.is_whole:
        reading = _of_two(reading, grammar)
    if reading is None:
        return None
    begun = grammar.read(f"{undecorated(before)} {bare}") if before else None
    if begun and begun.is_whole and begun.tier > reading.tier:
        return begun
    if below and grammar.stands_below(below):
        joined = grammar.read(f"{reading.text} - {below.strip()}")
        return joined if joined and joined.is_whole else reading
    return reading


def _of_two(reading: Reading, grammar: Grammar) -> Reading | None:
    """Return the higher of a marking and the one behind it: `OFFICIAL (OFFICIAL-SENSITIVE when complete)`."""
    rest = reading.rest.lstrip()
    other = grammar.read(rest.lstrip("/- \t")) if rest.startswith(("(", "[", "/", "-")) else None
    if other is None or not (other.is_whole or _WHEN.match(other.rest)):
        return None
    return replace(max(other, reading, key=lambda each: each.tier), rest="")


def is_list(readings: Iterable[tuple[int, Reading]], grammar: Grammar) -> bool:
    """Say whether a line with these readings names so many levels that it is about them: `TLP:RED, TLP:AMBER`."""
    said = {(reading.scheme, reading.level_text.upper()) for _, reading in readings}
    if len(said) >= _LISTED:
        return True
    return any(sum(each == scheme for each, _ in said) >= grammar.listed[scheme] for scheme, _ in said)


def is_label(name: str) -> bool:
    """Say whether a field of this name holds a marking."""
    return bool(LABEL_ALONE.match(name))


def _edges(text: str, grammar: Grammar, place: Place, where: Where) -> Iterator[Sighting]:
    """Yield the marking that begins `text`, ends it or stands in it, set off by separators from the rest."""
    is_about = bool(ABOUT.search(text))
    begins = grammar.read(text)
    if begins and begins.is_set_off:
        yield Sighting(reading=begins, place=place, where=where)
    for start, reading in grammar.read_all(text):
        before = text[max(0, start - _HEAD) : start]
        if start and _SET_OFF_BEFORE.search(before):
            if reading.is_whole:
                yield Sighting(reading=reading, place=place, where=where)
            elif reading.is_set_off and reading.is_in_capitals and "," not in {before.rstrip()[-1:], reading.rest[:1]}:
                yield Sighting(reading=reading, place=place, where=where, doubtful=is_about)
