"""Samples by which content is known again: from its beginning, middle and end, each where its bytes differ most.

A row of dashes, or padding, could stand in any file and is no sample.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from gateway.model.content import Content, chunks

SAMPLE: Final = 64  # bytes
SHORTEST: Final = 32  # shorter samples could stand in any file by chance
STEP: Final = 16
PLACE: Final = 4096  # bytes at each place, of which the most telling make a sample
TELLING: Final = 10  # different bytes: fewer could stand in any file as a rule or padding


def samples(content: Content, start: int = 0) -> set[bytes]:
    """Return bytes by which content would be known again; none of what is short or always the same."""
    end = max(start, content.size - PLACE)
    places = dict.fromkeys((start, (start + end) // 2, end), b"")
    at = 0
    for piece in chunks(content):
        for place, found in places.items():
            if len(found) < PLACE:
                places[place] += piece[max(0, place - at) : max(0, place + PLACE - at)]
        at += len(piece)
    best = {_most_telling(found) for found in places.values()}
    return {sample for sample in best if len(sample) >= SHORTEST and len(set(sample)) >= TELLING}


def _most_telling(found: bytes) -> bytes:
    starts = range(0, max(1, len(found) - SHORTEST + 1), STEP)
    return max((found[start : start + SAMPLE] for start in starts), key=lambda sample: len(set(sample)))


def stand_in(content: Content, wanted: Iterable[bytes]) -> bool:
    """Say whether any of the wanted bytes stand in the content, across the borders of its pieces too."""
    wanted = tuple(wanted)
    longest = max(map(len, wanted), default=0)
    before = b""
    for piece in chunks(content) if wanted else ():
        window = before + piece
        if any(each in window for each in wanted):
            return True
        before = window[-(longest - 1) :] if longest > 1 else b""
    return False
