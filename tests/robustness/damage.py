"""Mails damaged on purpose, number by number: the same number and seed give the same mail, whoever asks."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final, TypeAlias

from tests.robustness import headers, lines, structures
from tests.robustness.seeds import LARGEST, Seed, seeds

SEED: Final = 20261129
RARE: Final = 400  # one mail in so many is of a size that takes its time
OWN_ID: Final = re.compile(rb"(?im)^(message-id:[ \t]*<)")
MOST: Final = 3  # kinds of damage to one mail

Damage: TypeAlias = Callable[[bytes, random.Random], bytes]
USUAL: Final[tuple[Damage, ...]] = (*lines.ALL, *headers.ALL, *structures.ALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Mutant:
    """A damaged mail, by its number; `hows` names the damage in its order."""

    number: int
    seed: Seed
    hows: tuple[str, ...]
    data: bytes


def mutant(number: int, *, seed: int = SEED) -> Mutant:
    """Return one. The seeds take turns, and ours come as often as all the others."""
    chance = random.Random(f"{seed}/{number}")  # noqa: S311 - damage, not secrets
    source = _source(number, chance)
    hows = [chance.choice(USUAL) for _ in range(chance.randint(1, MOST))]
    if number % RARE == RARE - 1:
        hows = [chance.choice(structures.LARGE)]
    data = OWN_ID.sub(rb"\g<1>%d." % number, source.data)  # or each would be taken for one that came before
    for how in hows:
        data = how(data, chance)
    return Mutant(number=number, seed=source, hows=tuple(how.__name__ for how in hows), data=data)


def _source(number: int, chance: random.Random) -> Seed:
    ours, theirs = _small()
    return ours[number // 2 % len(ours)] if number % 2 or not theirs else chance.choice(theirs)


@cache
def _small() -> tuple[Sequence[Seed], Sequence[Seed]]:
    small = [each for each in seeds() if len(each.data) <= LARGEST]
    return [each for each in small if "." not in each.name], [each for each in small if "." in each.name]
