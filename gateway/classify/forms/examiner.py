"""Knows forms again: filled in, edited a little, in another order, or in part.

Measured on made-up forms (the curve is a test): filled-in and edited copies contain well over half of their form's
shingles, other forms of the same house less than a quarter. So `ENOUGH` is 0.4. Of a long report a passage counts too:
`PASSAGE` shingles in common are about a page.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from gateway.classify import Detection
from gateway.classify.forms.shingles import NOT_WRITING
from gateway.classify.forms.sketch import Hashes

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from gateway.classify import Pattern, Sight
    from gateway.classify.forms.sketch import Sketch

ENTITY: Final = "LEARNED_FORM"
ENOUGH: Final = 0.4
PASSAGE: Final = 150
_SURE: Final = 0.7
_BLOCK: Final = 1 << 16
_MOST_BLOCKS: Final = 32
"""Blocks of a part that are compared in full: two million characters, the likeliest first."""
_FEW, _SOME = 6, 12


@dataclass(slots=True)
class _Seen:
    """What a part has of one form."""

    shingles: set[int] = field(default_factory=set)
    places: dict[int, list[int]] = field(default_factory=dict)
    """By segment: how many shingles, where the first begins and the last ends."""

    def note(self, hashed: int, number: int, start: int, end: int) -> None:
        """Note a shingle."""
        self.shingles.add(hashed)
        place = self.places.setdefault(number, [0, start, end])
        place[0] += 1
        place[1], place[2] = min(place[1], start), max(place[2], end)


class FormExaminer:
    """Examiner of LEARNED_FORM. `sketches` by the names of their forms, all under one key."""

    name = "form"
    patterns: tuple[Pattern, ...] = ()

    def __init__(self, sketches: Mapping[str, Sketch], key: bytes) -> None:
        self._sketches = dict(sketches)
        self._hashes = Hashes.of(key)
        self._anchors = _owners({name: sketch.anchors for name, sketch in sketches.items()})
        self._shingles = _owners({name: sketch.shingles for name, sketch in sketches.items()})

    def examine(self, sight: Sight) -> Iterable[tuple[int, Detection]]:
        """Yield each form that the part contains enough of."""
        likely, blocks = self._likely(sight)
        if not likely:
            return
        seen = {name: _Seen() for name in likely}
        for number, begin in blocks:
            for hashed, start, end in self._hashes.shingles(sight.segments[number].text[begin : begin + _BLOCK]):
                for name in self._shingles.get(hashed, ()):
                    if name in seen:
                        seen[name].note(hashed, number, begin + start, begin + end)
        for name in sorted(seen):
            yield from self._judge(name, seen[name])

    def _likely(self, sight: Sight) -> tuple[set[str], list[tuple[int, int]]]:
        """Return the forms whose anchors the part has, and the blocks they stand in: segment and offset."""
        found: dict[str, set[int]] = {}
        blocks: dict[tuple[int, int], int] = {}
        for number, begin, block in _blocks(sight):
            anchors = [anchor for anchor in self._hashes.anchors(block) if anchor in self._anchors]
            for anchor in anchors:
                for name in self._anchors[anchor]:
                    found.setdefault(name, set()).add(anchor)
            if anchors:
                blocks[number, begin] = len(anchors)
        likely = {name for name, anchors in found.items() if len(anchors) >= _needed(len(self._sketches[name].anchors))}
        return likely, sorted(sorted(blocks, key=lambda each: -blocks[each])[:_MOST_BLOCKS])

    def _judge(self, name: str, seen: _Seen) -> Iterator[tuple[int, Detection]]:
        sketch = self._sketches[name]
        share = len(seen.shingles) / len(sketch.shingles)
        if share >= ENOUGH:
            sure = 0.95 if share >= _SURE else 0.8
        elif len(seen.shingles) * sketch.every >= PASSAGE:
            sure = 0.6
        else:
            return
        number = max(seen.places, key=lambda each: seen.places[each][0])
        _, start, end = seen.places[number]
        why = ("form", name, f"{int(10 * share)} of 10")
        yield number, Detection(entity=ENTITY, start=start, end=end, confidence=sure, why=why, value=name)


def _blocks(sight: Sight) -> Iterator[tuple[int, int, str]]:
    for number, segment in enumerate(sight.segments):
        if segment.where in NOT_WRITING:
            continue
        text = segment.text
        if len(text) <= _BLOCK:
            yield number, 0, text
            continue
        for begin in range(0, len(text), _BLOCK):
            yield number, begin, text[begin : begin + _BLOCK]


def _needed(anchors: int) -> int:
    """Return how many anchors of a form a part must have before it is compared in full."""
    return 1 if anchors < _FEW else 2 if anchors < _SOME else 3


def _owners(hashes: Mapping[str, Iterable[int]]) -> dict[int, tuple[str, ...]]:
    owners: dict[int, tuple[str, ...]] = {}
    alone = {name: (name,) for name in hashes}
    for name, each in hashes.items():
        for hashed in each:
            known = owners.get(hashed)
            owners[hashed] = (*known, name) if known else alone[name]
    return owners
