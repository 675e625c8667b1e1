r"""Words as `re` finds them soonest: it passes over what begins with none of their initials, but not over a `\b`."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


def begun(ways: Iterable[str], *, caseless: bool = False) -> str:
    """Return an expression for any of `ways`, which begin with a letter, where a word begins."""
    rests: defaultdict[str, list[str]] = defaultdict(list)
    for way in ways:
        rests[way[0]].append(way[1:])
    flag, initials = ("i" if caseless else ""), "".join(rests)
    each = "|".join(f"(?<=(?{flag}:{initial}))(?{flag}:{'|'.join(rest)})" for initial, rest in rests.items())
    return rf"[{initials.upper() + initials.lower() if caseless else initials}](?<!\w.)(?:{each})"
