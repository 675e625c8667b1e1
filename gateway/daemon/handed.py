"""Finds what was handed to officers, for telling them: escalated, assigned by somebody else, or released only once.

The ledger has every act, by whichever door it came. Told is what stands so still when it is looked at: what was taken
back meanwhile, or decided, is nobody's to look at any more.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, TypeAlias

from gateway.daemon.duty import MOST, Duty, each_once, notice_of
from gateway.decide.consequence import Fate, consequence
from gateway.errors import NotFound
from gateway.model.held import Held
from gateway.model.officer_notice import OfficerNotice, Topic
from gateway.model.one_person import is_party
from gateway.model.person import Person, Role
from gateway.model.record import CONSOLE, Event, Officer
from gateway.model.transfer import Delivery, Release
from gateway.quarantine.people import deciding
from gateway.record.officers import assigned, escalated, second
from gateway.store.embedded import Store

READ: Final = "officers-read"
"""The board with the number of the ledger's entry that is looked at next."""
ACTS: Final = frozenset({Event.DELIVERY_ASSIGNED, Event.DELIVERY_ESCALATED, Event.DELIVERY_HELD})
MARKS: Final = tuple(f'"event":"{event}"'.encode() for event in ACTS)  # an entry is canonical JSON

Act: TypeAlias = tuple[Event, str, str]
"""What was done, who did it and to whom; of what is held again nobody and to nobody by name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Handed:
    """A held delivery that was handed over. `key` tells the act from all others, `is_for` says whose it is to look."""

    key: str
    held: Held
    parties: tuple[str, ...]
    is_for: Callable[[Officer], bool]

    def is_told(self, officer: Officer) -> bool:
        """Say whether an officer is to look at it, and may."""
        return self.is_for(officer) and not is_party(officer.address, *self.parties)


class HandedOver:
    """Goes through the ledger behind those who write it: `found`, then `keep`. What was not kept is found again."""

    def __init__(self, store: Store, duty: Duty) -> None:
        self._store, self._duty = store, duty
        self._next: int | None = None
        self._until = 0

    def found(self, now: datetime) -> Sequence[OfficerNotice]:
        """Return who is to be told of what was handed over since the last look."""
        acts = self._acts(self._from(now), now)
        return [notice for act, handed in acts.items() for notice in self._told(act, [*handed.values()])]

    def keep(self, now: datetime, *, durably: bool) -> None:
        """Go on from here the next time, and with `durably` after a restart as well."""
        self._next = self._until
        if durably:
            self._store.boards.put_up(READ, self._next, now)

    def _from(self, now: datetime) -> int:
        """Return the first entry to look at; at the very first look nothing was handed over yet."""
        if self._next is not None:
            return self._next
        if (board := self._store.boards.read(READ)) is not None:
            return int(board.value)
        start = self._store.ledger.count()
        self._store.boards.put_up(READ, start, now)
        return start

    def _acts(self, start: int, now: datetime) -> Mapping[Act, dict[tuple[str, str], Handed]]:
        """Return what still stands as an entry says, together what one did at once; of very much the rest next time."""
        acts: dict[Act, dict[tuple[str, str], Handed]] = {}
        self._until, left = start, MOST
        for number, line in enumerate(self._store.ledger.entries(start), start):
            self._until = number + 1
            if not any(mark in line for mark in MARKS):
                continue
            entry = json.loads(line)
            if (handed := self._handed(number, entry, now)) is not None:
                act = Event(entry["event"]), str(entry["facts"].get("by", "")), str(entry["facts"].get("to", ""))
                acts.setdefault(act, {})[entry["transfer"], entry["delivery"]] = handed
            left -= 1
            if not left:
                break
        return acts

    def _handed(self, number: int, entry: Mapping[str, Any], now: datetime) -> Handed | None:
        """Return what an entry handed over; None where it did not, or where that is over."""
        try:
            held = self._store.held.get(entry["transfer"], entry["delivery"])
        except NotFound:
            return None
        event, to = Event(entry["event"]), str(entry["facts"].get("to", ""))
        stands = {
            Event.DELIVERY_ASSIGNED: bool(to) and to == held.assigned_to,
            Event.DELIVERY_ESCALATED: bool(to) and to == held.escalated_to,
            Event.DELIVERY_HELD: held.second,
        }
        if not stands[event]:
            return None
        transfer = self._store.transfers.get(held.transfer_id)
        delivery = next(each for each in transfer.deliveries if each.id == held.delivery_id)
        parties = (transfer.sender, *transfer.authors, delivery.recipient)
        if event is not Event.DELIVERY_HELD:
            is_for = _is(to) if event is Event.DELIVERY_ASSIGNED else _holds(to)
            return Handed(key=str(number), held=held, parties=parties, is_for=is_for)
        if (release := delivery.release) is None:  # decided between two looks
            return None
        key = f"{transfer.id}:{delivery.id}:{release.at:%Y%m%dT%H%M%S%f}"  # not once more that the rules hold it
        return Handed(key=key, held=held, parties=parties, is_for=self._may_be_second(delivery, now))

    def _may_be_second(self, delivery: Delivery, now: datetime) -> Callable[[Officer], bool]:
        """Return who would let it go together with those who released it: nobody where no second person would."""
        people, officers = self._store.people.all(), self._duty.officers
        roles = frozenset(role for each in deciding(people, officers) for role in each.roles)
        would = consequence(self._duty.policy(), delivery, at=now, roles=roles)
        if would is None or would.fate is not Fate.SECOND_PERSON:
            return lambda _officer: False
        wanted = frozenset(would.second)
        return lambda officer: (
            officer.approves
            and (not wanted or not wanted.isdisjoint(officer.roles))
            and not any(_released(release, officer) for release in delivery.releases)
        )

    def _told(self, act: Act, handed: Sequence[Handed]) -> Iterator[OfficerNotice]:
        """Yield who is told of what one did at once; not whoever did it."""
        event, by, to = act
        people = self._store.people.all()
        officers = deciding(people, self._duty.officers)
        name, address = _who(by, people, officers)
        for officer in each_once(each for each in officers if any(one.is_told(each) for one in handed)):
            if is_party(officer.address, address):
                continue
            own = [one for one in handed if one.is_told(officer)]
            words = _words(event, name, to, [one.held for one in own], self._duty)
            yield notice_of(Topic.HANDED, f"{own[-1].key}:{len(own)}", officer.address, words)


def _words(event: Event, by: str, to: str, items: Sequence[Held], duty: Duty) -> tuple[str, str]:
    console, help_contact = duty.console, duty.help_contact
    if event is Event.DELIVERY_ASSIGNED:
        return assigned(items, by=by, console=console, help_contact=help_contact)
    if event is Event.DELIVERY_ESCALATED:
        return escalated(items, by=by, role=to, console=console, help_contact=help_contact)
    return second(items, console=console, help_contact=help_contact)


def _is(person: str) -> Callable[[Officer], bool]:
    return lambda officer: f"{CONSOLE}{person}" in officer.accounts


def _holds(role: str) -> Callable[[Officer], bool]:
    return lambda officer: role in officer.roles or (role == Role.APPROVER and officer.approves)


def _released(release: Release, officer: Officer) -> bool:
    return (
        is_party(officer.address, release.address)
        or officer.name.casefold() == release.officer.casefold()
        or release.account in officer.accounts
    )


def _who(by: str, people: Sequence[Person], officers: Sequence[Officer]) -> tuple[str, str]:
    """Return name and address of who did it: the ledger has the id of a person, or from a terminal an address."""
    for person in people:
        if by == person.id:
            return person.name, person.address
    return next(((each.name, each.address) for each in officers if is_party(by, each.address)), (by, by))
