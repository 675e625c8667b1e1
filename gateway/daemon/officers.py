"""Tells officers unasked what waits: each day while something does, at once what is high or theirs, and what ages.

A thread looks every few seconds, writes what is due into the queue of notices to officers, and hands over what waits
there. How far it has looked is on a board, so that a restart tells nothing twice and forgets nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from gateway.daemon.duty import MOST, Duty, each_once, notice_of
from gateway.daemon.handed import HandedOver
from gateway.daemon.rounds import Rounds
from gateway.model.held import Held, HeldQuery, Order
from gateway.model.lifecycle import NoticeState
from gateway.model.officer_notice import OfficerNotice, Topic
from gateway.model.one_person import is_party
from gateway.model.record import Entry, Event, Officer
from gateway.model.tier import Tier
from gateway.model.transfer import Notice
from gateway.quarantine.people import deciding
from gateway.record.officers import ageing, digest, high
from gateway.record.telling import tell
from gateway.store.embedded import Store
from gateway.system.clock import Clock

LOOK_EVERY: Final = 5.0  # seconds
SETTLED: Final = timedelta(seconds=5)  # after which what was held is durable
BOARD: Final = "officers-told"
DAY_BOARD: Final = "officers-day"  # the last day whose digest was seen to
TO_OFFICERS: Final = "tell:officers"
DIGEST_HOUR: Final = 8  # of the console's time zone
KEPT: Final = timedelta(days=90)
HIGHEST: Final = frozenset(tier for tier in Tier if tier >= Tier.RESTRICTED)


class OfficersTold(Rounds):
    """The thread. `look` does its work once."""

    def __init__(self, store: Store, duty: Duty, clock: Clock) -> None:
        super().__init__("officers", every=LOOK_EVERY, failed="officers:failed")
        self._store, self._duty, self._clock = store, duty, clock
        self._handed = HandedOver(store, duty)

    def look(self) -> None:
        """Write what officers are to be told now, and hand over what waits to be told."""
        now = self._clock.now()
        self._write(now)
        for notice in self._store.officer_notices.due(now):
            if self._stopping.is_set():
                return
            self._hand_over(notice, now)

    def _write(self, now: datetime) -> None:
        """Queue what is due; what was held a moment ago may not be durable yet, and is looked at next time."""
        since, until = self._looked_until(now), now - SETTLED
        to, day = list(self._officers()), self._new_day(now)
        found = [*self._high(to, since, until), *self._aged(to, since, until)]
        found += self._handed.found(now)
        found += self._digest(to, now, day) if day else ()
        if self._store.officer_notices.add([replace(each, at=now, due=now) for each in found]):
            self._store.officer_notices.forget(now - KEPT)
        if day:
            self._store.boards.put_up(DAY_BOARD, day, now)
        is_long = bool(found) or until - since >= timedelta(minutes=1)
        self._handed.keep(now, durably=is_long)
        if is_long:  # else a look goes a little further back, and does no harm
            self._store.boards.put_up(BOARD, until.isoformat(), now)

    def _looked_until(self, now: datetime) -> datetime:
        """Return how far it was looked; at the very first look nothing is new, and the digest tells of all there is."""
        board = self._store.boards.read(BOARD)
        if board is not None:
            return datetime.fromisoformat(board.value)
        self._store.boards.put_up(BOARD, (now - SETTLED).isoformat(), now)
        return now - SETTLED

    def _officers(self) -> Iterator[Officer]:
        """Return who decides: of the settings, and of the console."""
        return each_once(deciding(self._store.people.all(), self._duty.officers))

    def _high(self, to: Sequence[Officer], since: datetime, until: datetime) -> Iterator[OfficerNotice]:
        """Yield who is told of what was held meanwhile and is marked high."""
        found = self._held(HeldQuery(tier=HIGHEST), since, until)
        for officer in to:
            if own := _without_own(found, officer):
                words = high(
                    own,
                    console=self._duty.console,
                    help_contact=self._duty.help_contact,
                    tier=Tier.RESTRICTED.label,
                )
                yield notice_of(Topic.HIGH, _of(own), officer.address, words)

    def _aged(self, to: Sequence[Officer], since: datetime, until: datetime) -> Iterator[OfficerNotice]:
        """Yield who is told of what passed its time meanwhile."""
        within = self._duty.decide_within
        found = self._held(HeldQuery(held_before=until - within), since - within, until - within)
        for officer in to:
            if own := _without_own(found, officer):
                words = ageing(own, console=self._duty.console, help_contact=self._duty.help_contact, within=within)
                yield notice_of(Topic.AGEING, _of(own), officer.address, words)

    def _held(self, query: HeldQuery, after: datetime, until: datetime) -> list[Held]:
        """Return what fits a query and was held between two times, the newest first."""
        found, place = list[Held](), ""
        while len(found) < MOST:
            page = self._store.held.list(query, order=Order.NEWEST, place=place, limit=100)
            new = [each for each in page.rows if each.held_at > after]
            found += [each for each in new if each.held_at <= until]
            place = page.next
            if not place or len(new) < len(page.rows):
                break
        return found

    def _new_day(self, now: datetime) -> str:
        """Return the day whose digest is due; empty before its hour, and once it was seen to, told or not."""
        here, board = now.astimezone(self._duty.zone), self._store.boards.read(DAY_BOARD)
        day = f"{here:%Y-%m-%d}"
        return day if here.hour >= DIGEST_HOUR and (board is None or board.value != day) else ""

    def _digest(self, to: Sequence[Officer], now: datetime, day: str) -> Iterator[OfficerNotice]:
        """Yield the day's notice to each, where anything waits."""
        figures, zone = self._store.held.figures(now, self._duty.decide_within), self._duty.zone
        if not figures.waiting:
            return
        words = digest(
            waiting=figures.waiting, past=figures.past, second=figures.second,
            oldest=figures.oldest and figures.oldest.astimezone(zone),
            console=self._duty.console, help_contact=self._duty.help_contact,
        )  # fmt: skip
        for officer in to:
            yield notice_of(Topic.DIGEST, day, officer.address, words)

    def _hand_over(self, notice: OfficerNotice, now: datetime) -> None:
        """Tell one officer, and write what became of it; a failure is tried again for as long as any is."""
        plain = Notice(
            id=notice.id, about=TO_OFFICERS, to=notice.to, subject=notice.subject, object_id="",
            attempts=notice.attempts, begun=notice.at,
        )  # fmt: skip
        tried = tell(
            plain, lambda: self._duty.tell(plain, notice.text, notice.at),
            since=notice.at, now=now, schedule=self._duty.schedule,
        )  # fmt: skip
        after = replace(notice, state=tried.state, attempts=tried.attempts, due=tried.due or notice.due)
        self._store.officer_notices.told(after, _entries(after, now))


def _without_own(found: Sequence[Held], officer: Officer) -> list[Held]:
    """Return what an officer is not party to."""
    return [each for each in found if not is_party(officer.address, each.sender, each.recipient)]


def _of(found: Sequence[Held]) -> str:
    """Return what tells one look's notice from another's: the newest of what it is about."""
    newest = max(found, key=lambda each: (each.held_at, each.transfer_id, each.delivery_id))
    return f"{newest.held_at:%Y%m%dT%H%M%S%f}:{newest.transfer_id}:{newest.delivery_id}:{len(found)}"


def _entries(notice: OfficerNotice, now: datetime) -> Sequence[Entry]:
    events = {NoticeState.SENT: Event.NOTICE_SENT, NoticeState.FAILED: Event.NOTICE_FAILED}
    if notice.state not in events:
        return ()
    facts = {"about": str(notice.topic), "to": notice.to, "notice": notice.id}
    return (Entry(event=events[notice.state], at=now, transfer_id="", facts=facts),)
