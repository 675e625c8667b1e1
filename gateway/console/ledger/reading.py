"""The ledger from its end, without an index: so many entries are looked through at a time, and no more."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from gateway.console.ledger.words import Told, read_entry
from gateway.store.ledger import TileLedger

AT_ONCE: Final = 500
LOOKED_THROUGH: Final = 20_000
"""Entries that one page looks through before it shows what it has."""

PLAIN: Final = re.compile(r"[A-Za-z0-9 @.+_-]+")
"""What stands in an entry as it is typed: JSON escapes none of it."""

REFERENCE: Final = re.compile(r"t-[0-9a-f]{8}-[0-9a-z]{10}")
"""The whole id of a transfer (`system.ids`)."""

DIGEST: Final = re.compile(rb"[A-Za-z0-9+/]{43}=")


@dataclass(frozen=True, slots=True, kw_only=True)
class Sought:
    """Which entries are wanted. `person` is part of a name or address; empty and None mean any.

    `ids` are those of the people who are so called: some entries name people by nothing else.
    """

    event: str = ""
    person: str = ""
    ids: tuple[str, ...] = ()
    transfer: str = ""
    since: datetime | None = None
    until: datetime | None = None
    only: Callable[[Told], bool] | None = None

    def wants(self, entry: Told) -> bool:
        """Say whether this is one of them."""
        return (
            entry.event.startswith(self.event)
            and entry.transfer_id.startswith(self.transfer)
            and (not self.person or entry.names(self.person.casefold(), *self.ids))
            and (self.until is None or entry.at < self.until)
            and (self.only is None or self.only(entry))
        )

    def may_be(self, raw: bytes) -> bool:
        """Say whether it is worth reading at all: cheap, and never wrong where it says no."""
        if self.transfer.encode() not in raw or (self.event and f'"event":"{self.event}'.encode() not in raw):
            return False
        if not PLAIN.fullmatch(self.person):
            return True
        small = raw.lower()
        return any(each.encode() in small for each in (self.person.casefold(), *self.ids))


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A page of entries, newest first, and the number below which the next one begins; None at the end."""

    entries: tuple[Told, ...]
    below: int | None


def newest(ledger: TileLedger, sought: Sought, *, below: int | None = None, most: int = 50) -> Found:
    """Return up to `most` entries below a number, out of so many as may be looked through for one page."""
    first, end = _range(ledger, sought)
    start = end if below is None else min(below, end)
    found: list[Told] = []
    reached = start
    while len(found) < most and reached > max(first, start - LOOKED_THROUGH):
        page = ledger.newest(reached, AT_ONCE)
        if not page:
            break
        for number, raw in page:
            reached = number
            if number < first:
                break
            if sought.may_be(raw) and sought.wants(entry := read_entry(number, raw)):
                found.append(entry)
            if len(found) == most:
                break
    return Found(entries=tuple(found), below=reached if reached > first else None)


def of_transfer(ledger: TileLedger, sought: Sought) -> Found:
    """Return the entries about the one transfer that is named whole, of very many the newest."""
    entries = [read_entry(*each) for each in reversed(ledger.about(sought.transfer))]
    since = sought.since
    found = tuple(each for each in entries if sought.wants(each) and (since is None or each.at >= since))
    return Found(entries=found, below=None)


def every(ledger: TileLedger, sought: Sought) -> Iterator[Told]:
    """Yield all that are wanted, newest first; memory is bounded."""
    below: int | None = ledger.count()
    while below is not None:
        page = newest(ledger, sought, below=below, most=AT_ONCE)
        yield from page.entries
        below = page.below


def _range(ledger: TileLedger, sought: Sought) -> tuple[int, int]:
    """Return the numbers between which the days that are asked for stand: the first, and the one behind the last."""
    count = ledger.count()
    first = first_at(ledger, sought.since, count) if sought.since else 0
    return first, first_at(ledger, sought.until, count) if sought.until else count


def first_at(ledger: TileLedger, moment: datetime, count: int) -> int:
    """Return the number of the first entry at or after a time, `count` where there is none; they are in time's order.

    Two that were committed at once may stand the other way round, which moves it by so many.
    """
    low, high = 0, count
    while low < high:
        middle = (low + high) // 2
        page = ledger.newest(middle + 1, 1)
        if page and read_entry(*page[0]).at < moment:
            low = middle + 1
        else:
            high = middle
    return low


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpoint:
    """What was signed of the ledger last: how many entries, their root hash (hexadecimal), since when; as it is."""

    size: int
    root: str
    at: datetime
    note: str


def checkpoint(ledger: TileLedger) -> Checkpoint | None:
    """Return the last checkpoint; None where there is none that reads (https://c2sp.org/tlog-checkpoint)."""
    signed = ledger.signed()
    if signed is None:
        return None
    note, at = signed
    lines = note.split(b"\n")
    if len(lines) < 3 or not lines[1].isdigit() or not DIGEST.fullmatch(lines[2]):  # noqa: PLR2004 - origin, size, root
        return None
    return Checkpoint(
        size=int(lines[1]), root=base64.b64decode(lines[2]).hex(), at=at, note=note.decode("utf-8", "replace")
    )
