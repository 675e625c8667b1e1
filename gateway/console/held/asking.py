"""What a list of what is held asks for, as it stands in an address: whatever is there, a list comes of it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, TypeVar
from urllib.parse import parse_qsl, urlencode

from gateway.model.held import HeldQuery, HeldState, Order, Why
from gateway.model.tier import Tier

T = TypeVar("T")

MOST_WORDS: Final = 6
LONGEST: Final = 100
NAMES: Final = frozenset({"q", "why", "tier", "route", "state", "whose", "role", "late", "sort"})
"""What of an address makes a view: not the place in the list."""

MINE, NOBODYS = "me", "nobody"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A list that is asked for: the query, its order, and what stood in the address, for filling in the filters."""

    query: HeldQuery
    order: Order
    words: str
    whose: str
    late: bool
    pairs: tuple[tuple[str, str], ...]

    @property
    def text(self) -> str:
        """The same as the query of an address."""
        return urlencode(self.pairs)

    @property
    def tiers(self) -> list[str]:
        """The tiers that are asked for, as they stand in an address."""
        return [str(int(each)) for each in self.query.tier]

    @property
    def is_narrowed(self) -> bool:
        """Whether anything is filtered."""
        return any(name != "sort" for name, _ in self.pairs)


def asked(pairs: Iterable[tuple[str, str]], *, me: str, now: datetime, decide_within: timedelta) -> Asked:
    """Return what an address asks for; what it does not know is left out."""
    known = tuple((name, value[:LONGEST]) for name, value in pairs if name in NAMES and value)
    given: dict[str, list[str]] = {}
    for name, value in known:
        given.setdefault(name, []).append(value)
    words = " ".join(given.get("q", []))
    whose, late = given.get("whose", [""])[-1], given.get("late") == ["yes"]
    query = HeldQuery(
        why=_members(Why, given.get("why", [])),
        tier=frozenset(tier for tier in Tier if str(int(tier)) in given.get("tier", [])),
        route=frozenset(given.get("route", [])),
        states=_members(HeldState, given.get("state", [])),
        assigned_to={MINE: me, NOBODYS: ""}.get(whose),
        escalated_to=given.get("role", [""])[-1] or None,
        words=tuple(words.split()[:MOST_WORDS]),
        held_before=now - decide_within if late else None,
    )
    order = next((each for each in Order if each == given.get("sort", [""])[-1]), Order.OLDEST)
    return Asked(query=query, order=order, words=words, whose=whose, late=late, pairs=known)


def asked_text(text: str, *, me: str, now: datetime, decide_within: timedelta) -> Asked:
    """Return what the query of an address asks for, as `asked` does."""
    pairs = parse_qsl(text, max_num_fields=100)
    return asked(pairs, me=me, now=now, decide_within=decide_within)


def _members(kind: type[T], words: Sequence[str]) -> frozenset[T]:
    return frozenset(each for each in kind if each in words)  # type: ignore[attr-defined]  # an enum of words
