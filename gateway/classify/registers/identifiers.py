"""Identifiers as they are the same however written, and the patterns that find anything of their form.

The form of an identifier is its runs of letters and digits: `SC/2023-0017` is letters, digits. A register keeps how
long each run may be, never what stands in it.
"""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from gateway.classify import Pattern

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

SHORTEST, LONGEST = 4, 24
"""Letters and digits of an identifier."""
MOST_FORMS: Final = 16
RARE: Final = 1e-3
"""An identifier counts alone when fewer than this share of all values of its form stand in the register."""
_LEAST_ALONE: Final = 6
_LEAST_DIGITS: Final = 3
_RUNS: Final = re.compile(r"[A-Z]+|[0-9]+")
_SEPARATOR: Final = "[ ./_-]?"


def canonical(text: str) -> str:
    """Return the letters and digits, in capitals. Others than ASCII do not count."""
    return re.sub(r"[^0-9A-Z]", "", text.upper())


def is_identifier(plain: str) -> bool:
    """Say whether a canonical value can be looked for: short ones and plain words stand everywhere."""
    return SHORTEST <= len(plain) <= LONGEST and sum(map(str.isdigit, plain)) >= _LEAST_DIGITS


def _form(plain: str) -> tuple[str, tuple[int, ...]]:
    runs = _RUNS.findall(plain)
    return "".join("#" if run[0].isdigit() else "@" for run in runs), tuple(map(len, runs))


def shape(plain: str) -> str:
    """Return `@@####` for `AB1234`."""
    return re.sub("[A-Z]", "@", re.sub("[0-9]", "#", plain))


@dataclass(slots=True)
class Forms:
    """The forms of a register's identifiers, while they are gathered."""

    _lengths: dict[str, list[list[int]]] = field(default_factory=dict)
    _shapes: dict[str, int] = field(default_factory=lambda: defaultdict(int))

    def see(self, identifiers: Iterable[str]) -> bool:
        """Take in the identifiers of a row; False when one is of a form too many."""
        return all([self._see(each) for each in identifiers])  # noqa: C419 - each is seen, also behind one that is not

    def _see(self, plain: str) -> bool:
        kind, lengths = _form(plain)
        known = self._lengths.get(kind)
        if known is None:
            if len(self._lengths) == MOST_FORMS:
                return False
            self._lengths[kind] = [[length, length] for length in lengths]
        else:
            for bounds, length in zip(known, lengths, strict=True):
                bounds[0], bounds[1] = min(bounds[0], length), max(bounds[1], length)
        self._shapes[shape(plain)] += 1
        return True

    def told(self) -> list[list[object]]:
        """Return the forms as a header keeps them."""
        return [[kind, *lengths] for kind, lengths in sorted(self._lengths.items())]

    def alone(self) -> list[str]:
        """Return the shapes of which a value counts alone."""
        return sorted(each for each, count in self._shapes.items() if _is_rare(each, count))


def _is_rare(each: str, count: int) -> bool:
    possible = 10 ** each.count("#") * 26 ** each.count("@")
    return len(each) >= _LEAST_ALONE and count < RARE * possible


def patterns(forms: Iterable[Sequence[object]]) -> list[Pattern]:
    """Return what finds anything of these forms, with one separator or none between any two characters."""
    made: dict[str, Pattern] = {}
    for kind, *lengths in forms:
        text = "".join(
            (_SEPARATOR if place else "") + _run(sign, low, high)
            for place, (sign, (low, high)) in enumerate(zip(str(kind), _bounds(lengths), strict=True))
        )
        made[text] = Pattern(name=f"identifier {kind} {text}", expression=rf"\b{text}\b", caseless=True)
    return list(made.values())


def _run(sign: str, low: int, high: int) -> str:
    one = r"\d" if sign == "#" else "[A-Z]"
    return f"{one}(?:{_SEPARATOR}{one}){{{low - 1},{high - 1}}}"


def _bounds(lengths: Iterable[object]) -> list[tuple[int, int]]:
    bounds = [each for each in lengths if isinstance(each, list)]
    return [(int(low), int(high)) for low, high in bounds]
