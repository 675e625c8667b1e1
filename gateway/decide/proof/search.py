"""Looks for an input for which some speakers speak and others are silent: exactly, over all input classes.

A box is a set of pieces on every axis. To silence a speaker, one of its conditions must fail or a whole exception must
hold; each way is a smaller box. The speaker with the fewest ways goes first, so a contradiction is met early. What is
found is one class of inputs; what is not found is not there.

In a smaller box only those who look at an axis that became smaller are counted again.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final, TypeAlias

from gateway.decide.policy import Conditions
from gateway.decide.proof.axes import Axes
from gateway.decide.table import Speaker, exceptions_of

Limits: TypeAlias = tuple[tuple[int, int], ...]
"""Axes with the pieces that a conjunction of conditions leaves of them."""
Box: TypeAlias = list[int]
MOST_STEPS: Final = 50_000


class TooHard(Exception):
    """The search took more steps than it may; nothing is known."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Clause:
    """A speaker over the axes: it speaks in `when`, but in none of `unless`. `axes` are those it looks at, as bits."""

    when: Limits
    unless: tuple[Limits, ...] = ()
    axes: int = field(init=False)

    def __post_init__(self) -> None:
        """Gather the axes."""
        numbers = {number for each in (self.when, *self.unless) for number, _ in each}
        object.__setattr__(self, "axes", _bits(numbers))


Avoided: TypeAlias = "list[tuple[Clause, int]]"
"""Clauses that may still speak in a box, each with the number of ways to silence it."""


def _bits(numbers: Iterable[int]) -> int:
    found = 0
    for number in numbers:
        found |= 1 << number
    return found


def limits(axes: Axes, conditions: Conditions) -> Limits:
    """Return conditions as limits, one for each axis that they are about."""
    found: dict[int, int] = {}
    for condition in conditions:
        number, bits = axes.mask(condition)
        found[number] = found.get(number, axes.axes[number].whole) & bits
    return tuple(found.items())


def clause(axes: Axes, speaker: Speaker) -> Clause:
    """Return a speaker as a clause."""
    unless = tuple(limits(axes, exception) for exception in exceptions_of(speaker))
    return Clause(when=limits(axes, speaker.when), unless=unless)


class Search:
    """The axes of one policy, with what every input obeys: `always` is silent, and one of `cases` holds."""

    def __init__(self, axes: Axes, always: Sequence[Clause], cases: Sequence[Limits]) -> None:
        self._always = tuple(always)
        self._cases = tuple(cases)
        self._whole = [axis.whole for axis in axes.axes]
        self.steps = 0

    def find(
        self, speaking: Iterable[Clause], silent: Iterable[Clause], within: Limits = (), *, any_will_do: bool = False
    ) -> Box | None:
        """Return a box in which all of `speaking` speak and none of `silent` does; None where there is no input.

        Where `any_will_do` it stops at the first class that it meets, which is quicker and may be an odder one. Raises
        `TooHard` after `MOST_STEPS` in one case.
        """
        box, avoid = list(self._whole), [*self._always, *silent]
        for each in speaking:
            if not _narrow(box, each.when):
                return None
            avoid.extend(Clause(when=exception) for exception in each.unless)
        if not _narrow(box, within):
            return None
        left, hardest = _hardest(box, [(each, 0) for each in avoid], 0)
        if hardest is not None and not left:
            return None
        for case in self._cases:
            smaller = list(box)
            if _narrow(smaller, case):
                found = self._inside(smaller, left, _bits(number for number, _ in case), any_will_do=any_will_do)
                if found is not None:
                    return found
        return None

    def _inside(self, box: Box, avoid: Avoided, changed: int, *, any_will_do: bool) -> Box | None:
        """Return a box within a box in which none of `avoid` speaks; `changed` are the axes that became smaller."""
        steps = MOST_STEPS
        waiting = [(box, avoid, changed)]
        while waiting:
            steps -= 1
            self.steps += 1
            if steps < 0:
                raise TooHard
            box, avoid, changed = waiting.pop()
            left, hardest = _hardest(box, avoid, changed)
            if hardest is None:
                return box
            if any_will_do and left and _is_silent(plainest := [bits & -bits for bits in box], left):
                return plainest
            if left:
                ways = list(_ways(box, hardest))
                waiting.extend((smaller, left, changed) for smaller, changed in reversed(ways))
        return None

    def point(self, box: Box) -> list[int]:
        """Return the plainest class in a box: the first piece of every axis."""
        return [(bits & -bits).bit_length() - 1 for bits in box]


def _narrow(box: Box, wanted: Limits) -> bool:
    """Narrow a box to limits; False when nothing is left of it."""
    for number, bits in wanted:
        box[number] &= bits
        if not box[number]:
            return False
    return True


def _is_silent(box: Box, avoid: Avoided) -> bool:
    """Say whether none of these speaks anywhere in a box."""
    return all(_ways_left(box, each) < 0 for each, _ in avoid)


def _hardest(box: Box, avoid: Avoided, changed: int) -> tuple[Avoided, Clause | None]:
    """Return the clauses that still may speak in a box, and the one that has the fewest ways to be silenced.

    None where no clause may speak any more; no clauses at all where one cannot be silenced.
    """
    left: Avoided = []
    hardest: Clause | None = None
    fewest = 1 << 30
    for each, known in avoid:
        count = known
        if not count or each.axes & changed:
            count = _ways_left(box, each)
            if count < 0:
                continue
            if not count:
                return [], each
        left.append((each, count))
        if count < fewest:
            fewest, hardest = count, each
    return left, hardest


def _ways_left(box: Box, each: Clause) -> int:
    """Return how many ways there are to silence a clause in a box; -1 when it is silent already."""
    count = 0
    for number, bits in each.when:
        inside = box[number] & bits
        if not inside:
            return -1
        count += inside != box[number]
    for exception in each.unless:
        met, meets = True, True
        for number, bits in exception:
            inside = box[number] & bits
            met, meets = met and bool(inside), meets and inside == box[number]
        if meets:
            return -1
        count += met
    return count


def _ways(box: Box, each: Clause) -> Iterator[tuple[Box, int]]:
    """Yield the boxes within a box in which a clause is silent, each with the axes that became smaller, as bits.

    Together they are all of it; exceptions may overlap.
    """
    inside, changed = list(box), 0
    for number, bits in each.when:
        outside = inside[number] & ~bits
        if outside:
            smaller = list(inside)
            smaller[number] = outside
            yield smaller, changed | 1 << number
            changed |= 1 << number
        inside[number] &= bits
    if all(inside):
        for exception in each.unless:
            excepted = list(inside)
            if _narrow(excepted, exception):
                yield excepted, changed | _bits(number for number, _ in exception)
