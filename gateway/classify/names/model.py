"""Names that no rule announces, as a model tags them. Off unless the operator switches it on.

Why, what it costs and what it finds: gateway/docs/decisions/0018-names.md. The model itself is no part of this room:
who prepares the room hands in a `Tagger`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple, Protocol

from gateway.classify import Detection, Pattern
from gateway.classify.names.reading import canonical
from gateway.classify.names.windows import choose

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from gateway.classify import Sight

GIVEN: Final = "GIVEN_NAME"
SURNAME: Final = "SURNAME"
_SURE: Final = 0.8
_BETWEEN: Final = frozenset(" \t.'-\n")
_FULL, _PIECE = 0.6, 0.45
_SHORTEST: Final = 2
_FARTHEST: Final = 3


class Tag(NamedTuple):
    """A word or a few that the model tags: where, as what, and how sure it is (0 to 1)."""

    start: int
    end: int
    label: str
    score: float


class Tagger(Protocol):
    """Tags the words of a short text. Deterministic; opens no file and starts no thread once it is made."""

    def tag(self, text: str) -> Sequence[Tag]:
        """Return the tags in order of place."""


class ModelNames:
    """Examiner of PERSON_NAME: what the model sees in windows of a part, where rules saw none.

    A name of two words or more counts; one word alone is shown and does not: it identifies nobody.
    """

    name = "model_names"
    patterns: tuple[Pattern, ...] = ()

    def __init__(self, tagger: Tagger) -> None:
        self._tagger = tagger
        self._cut_short: set[str] = set()

    def examine(self, sight: Sight) -> Iterable[tuple[int, Detection]]:
        """Yield the names in the windows of a part."""
        chosen, complete = choose(sight)
        if not complete:
            self._cut_short.add(sight.part)
        for number, start, end in chosen:
            known = [(each.start, each.end) for each in sight.detections.get(number, ())]
            text = sight.segments[number].text
            for each in _names(text[start:end], self._tagger.tag(text[start:end])):
                begin, stop = start + each.start, start + each.end
                if not any(begin < other_end and other_start < stop for other_start, other_end in known):
                    yield (
                        number,
                        Detection(
                            entity="PERSON_NAME",
                            start=begin,
                            end=stop,
                            confidence=each.score,
                            why=("model",),
                            value=canonical(tuple(text[begin:stop].split())),
                        ),
                    )

    def take_cut_short(self) -> Sequence[str]:
        """Return the parts that had more windows than were looked at since this was last asked, and forget them."""
        parts = sorted(self._cut_short)
        self._cut_short.clear()
        return parts


def _names(text: str, tags: Sequence[Tag]) -> Iterator[Tag]:
    """Put given names and the surnames behind them together; the score becomes a confidence."""
    group: list[Tag] = []
    for tag in tags:
        if tag.label not in {GIVEN, SURNAME}:
            continue
        if group and not _goes_on(text, group, tag):
            yield from _name(text, group)
            group = []
        group.append(tag)
    yield from _name(text, group)


def _goes_on(text: str, group: Sequence[Tag], tag: Tag) -> bool:
    """Say whether a word belongs to the name before it: close by, and no given name behind a surname."""
    between = text[group[-1].end : tag.start]
    close = len(between) <= _FARTHEST and _BETWEEN.issuperset(between)
    return close and (tag.label == SURNAME or group[-1].label == GIVEN)


def _name(text: str, group: Sequence[Tag]) -> Iterator[Tag]:
    if not group or max(each.score for each in group) < _SURE:
        return
    start, end = group[0].start, group[-1].end
    if end - start >= _SHORTEST and text[start:end][:1].isalpha():
        yield Tag(start, end, "NAME", _FULL if len(group) > 1 else _PIECE)
