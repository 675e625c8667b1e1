"""Which pieces of a text the model looks at: it is ten thousand times slower than the patterns.

In this order: around what tells people apart, around names that rules found (greetings, labels, signatures), and the
beginning of the part. Tables are left out: their columns are read by rules.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from gateway.model.inspection import COUNTS_FROM, Where

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gateway.classify import Detection, Sight

MOST_WINDOWS: Final = 24
"""Windows of one part: about 11,000 characters, and as many milliseconds of one core by 16."""
WIDEST: Final = 460
"""Characters of one window. The model has 512 tokens, and finds most in pieces of this size."""
FIRST: Final = 3_000
_AROUND: Final = 180
_NAME: Final = "PERSON_NAME"
_IN_TABLE: Final = "column"
_PROSE: Final = frozenset(
    {Where.BODY, Where.COMMENT, Where.HEADER, Where.NOTE, Where.OCR, Where.SUBJECT, Where.TEXTBOX, Where.TRACKED}
)


class Window(NamedTuple):
    """A piece of a segment's text."""

    segment: int
    start: int
    end: int


def choose(sight: Sight) -> tuple[list[Window], bool]:
    """Return the windows in order of place, and whether they are all that were wanted."""
    wanted = {number: _merged(_around(sight, number)) for number in sorted(sight.detections)}
    pieces = [piece for number, spans in wanted.items() for span in spans for piece in _cut(sight, number, *span)]
    left = FIRST
    for number, segment in enumerate(sight.segments):
        if left > 0 and segment.where in _PROSE and not _is_table(sight, number):
            spans = _without((0, min(left, len(segment.text))), wanted.get(number, []))
            pieces += [piece for span in spans for piece in _cut(sight, number, *span)]
            left -= len(segment.text)
    return sorted(pieces[:MOST_WINDOWS]), len(pieces) <= MOST_WINDOWS


def _around(sight: Sight, number: int) -> Iterator[tuple[int, int]]:
    if sight.segments[number].where not in _PROSE:
        return
    for each in sight.detections[number]:
        if _is_telling(each):
            yield max(0, each.start - _AROUND), min(len(sight.segments[number].text), each.end + _AROUND)


def _is_telling(each: Detection) -> bool:
    return _IN_TABLE not in each.why and (each.confidence >= COUNTS_FROM or each.entity == _NAME)


def _is_table(sight: Sight, number: int) -> bool:
    return any(_IN_TABLE in each.why for each in sight.detections.get(number, ())[:1])


def _merged(spans: Iterator[tuple[int, int]]) -> list[tuple[int, int]]:
    merged: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if merged and start <= merged[-1][1]:
            merged[-1] = merged[-1][0], max(end, merged[-1][1])
        else:
            merged.append((start, end))
    return merged


def _without(span: tuple[int, int], taken: list[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """Yield what is left of a span."""
    at, end = span
    for start, stop in taken:
        if start >= end:
            break
        if start > at:
            yield at, start
        at = max(at, stop)
    if at < end:
        yield at, end


def _cut(sight: Sight, number: int, start: int, end: int) -> Iterator[Window]:
    """Cut a span into windows, between words where there are any."""
    text = sight.segments[number].text
    while start < end:
        stop = min(end, start + WIDEST)
        if stop < end:
            blank = max(text.rfind(each, start + WIDEST // 2, stop) for each in " \n\t")
            stop = blank if blank > start else stop
        if text[start:stop].strip():
            yield Window(number, start, stop)
        start = stop
