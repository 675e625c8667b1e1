"""What officers are told unasked: the day's digest, what is marked high, what ages; each once."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from gateway.daemon.duty import Duty
from gateway.daemon.officers import SETTLED, OfficersTold
from gateway.errors import Conflict, NotFound, TryLater, Undeliverable
from gateway.model.lifecycle import DeliveryState, NoticeState, TransferState
from gateway.model.person import Person, PersonState, Role
from gateway.model.record import Event, Officer
from gateway.model.schedule import Schedule
from gateway.model.tier import Tier
from gateway.model.transfer import Notice, Transfer
from gateway.record.entries import entries_between
from gateway.store.embedded import Store, create_keys, open_store
from gateway.testing.values import SteppingClock, a_verdict
from tests.unit.daemon.carrying import POLICY, admit

D, T = DeliveryState, TransferState
NIGHT = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
DESK = Officer(name="Desk", address="desk@council.example")
CONSOLE = "https://gateway.council.example"


class World:
    """A store, a clock that is moved by hand, and what officers were told."""

    def __init__(self, folder: Path) -> None:
        self.clock = SteppingClock(NIGHT)
        create_keys(folder / "state")
        self.store: Store = open_store(state=folder / "state", vault=folder / "vault", clock=self.clock)
        self.told: list[tuple[str, str, str]] = []
        self.trouble: Exception | None = None
        self.policy, self.officers = POLICY, [DESK]
        self.part = self.started()
        self.part.look()

    def started(self) -> OfficersTold:
        duty = Duty(
            tell=self._tell, schedule=Schedule(first=HOUR, longest=HOUR, give_up_after=3 * HOUR), console=CONSOLE,
            help_contact="it@council.example", decide_within=4 * HOUR, zone=ZoneInfo("Europe/London"),
            policy=lambda: self.policy, officers=self.officers,
        )  # fmt: skip
        return OfficersTold(self.store, duty, self.clock)

    def _tell(self, notice: Notice, text: str, _at: datetime) -> None:
        if self.trouble is not None:
            raise self.trouble
        self.told.append((notice.to, notice.subject, text))

    def look(self, after: timedelta = SETTLED) -> list[tuple[str, str]]:
        """Let time pass and look; return whom was told what since."""
        before = len(self.told)
        self.clock.move(after)
        self.part.look()
        return [(to, subject) for to, subject, _ in self.told[before:]]

    def hold(self, tier: Tier = Tier.PROTECT, *, sender: str = "staff@council.example") -> Transfer:
        new = admit(self.store, "friend@partner.example")
        self.store.transfers.commit(new, inspected := replace(new, state=T.INSPECTED, sender=sender), entries=[])
        verdict = replace(a_verdict(), tier=tier)
        delivery = replace(inspected.deliveries[0], state=D.HELD, verdict=verdict)
        before = self.store.transfers.get(new.id)
        after = replace(before, state=T.DECIDED, deliveries=(delivery,))
        entries = entries_between(before, after, self.clock.now())
        return self.store.transfers.commit(before, after, entries=entries)

    def person(
        self, name: str, *roles: Role, state: PersonState = PersonState.ACTIVE, holds: tuple[str, ...] = ()
    ) -> Person:
        added = Person(
            id=f"p-{name}", name=name, address=f"{name}@council.example", roles=frozenset(roles), since=NIGHT,
            state=state, officer_roles=holds,
        )  # fmt: skip
        self.store.people.add(added, [], [])
        return added

    def entries(self, event: Event) -> list[str]:
        self.store.ledger.integrate()
        return [each["facts"]["about"] for line in self.store.ledger.entries()
                if (each := json.loads(line))["event"] == event]  # fmt: skip


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path)
    yield made
    made.store.close()


def test_what_is_marked_high_is_told_at_once_and_once(world: World) -> None:
    assert world.look() == []
    held = world.hold(Tier.RESTRICTED)
    assert world.look() == [("desk@council.example", "Held: 1 delivery marked RESTRICTED or higher")]
    assert world.look(HOUR) == []
    text = world.told[0][2]
    assert held.id in text
    assert f"{CONSOLE}/quarantine?sort=newest" in text
    assert "decides nothing" in text
    assert "note.txt" not in text, "names of files may say as much as content"
    assert world.entries(Event.NOTICE_SENT) == ["high"]


def test_what_is_not_marked_high_waits_for_the_digest(world: World) -> None:
    world.hold(Tier.PROTECT)
    assert world.look() == []


def test_what_ages_is_told_when_its_time_is_over_together_and_once(world: World) -> None:
    first, second = world.hold(), world.hold()
    assert world.look(4 * HOUR - SETTLED) == []
    assert world.look(SETTLED * 3) == [("desk@council.example", "Past decision time: 2 deliveries")]
    assert all(each.id in world.told[-1][2] for each in (first, second))
    assert "waited 4 hours" in world.told[-1][2]
    assert [subject for _, subject in world.look(timedelta(minutes=10))] == []


def test_the_digest_comes_each_morning_that_something_waits(world: World) -> None:
    world.hold()
    assert world.look(5 * HOUR + 2 * SETTLED)[-1] == ("desk@council.example", "Today: 1 delivery waits for a decision")
    assert world.look(HOUR) == []
    assert world.look(24 * HOUR) == [("desk@council.example", "Today: 1 delivery waits for a decision")]
    assert "past decision time: 1" in world.told[-1][2]


def test_a_morning_without_anything_is_quiet(world: World) -> None:
    assert world.look(30 * HOUR) == []
    assert world.store.officer_notices.newest() == []


def test_what_is_held_after_a_quiet_morning_is_told_the_next_one(world: World) -> None:
    assert world.look(6 * HOUR) == []
    world.hold()
    world.part = world.started()
    assert world.look() == []
    assert world.look(HOUR) == []
    assert "Today: 1 delivery waits for a decision" in [subject for _, subject in world.look(24 * HOUR)]


def test_a_daemon_that_was_away_at_eight_tells_the_digest_when_it_is_back(world: World) -> None:
    world.hold()
    assert ("desk@council.example", "Today: 1 delivery waits for a decision") in world.look(11 * HOUR)


def test_the_digest_says_times_as_pages_show_them(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.clock.move(datetime(2027, 6, 1, 2, 30, tzinfo=UTC) - world.clock.now())
    world.hold()
    world.look(5 * HOUR)
    assert "the oldest since 01 June 2027 at 03:30 BST" in world.told[-1][2]
    world.store.close()


def test_who_decides_is_told_and_nobody_else_and_none_of_their_own(world: World) -> None:
    world.person("reviewer", Role.REVIEWER)
    world.person("auditor", Role.AUDITOR)
    world.person("gone", Role.APPROVER, state=PersonState.SUSPENDED)
    world.person("desk", Role.APPROVER)
    world.hold(Tier.SECRET, sender="Reviewer+home@council.example")
    assert [to for to, _ in world.look()] == ["desk@council.example"], "the same mailbox once, and none of one's own"
    world.hold(Tier.SECRET)
    assert sorted(to for to, _ in world.look()) == ["desk@council.example", "reviewer@council.example"]


def test_what_cannot_be_told_now_is_tried_again_and_what_never_can_is_resent_by_hand(world: World) -> None:
    world.trouble = TryLater("the mail server is away")
    world.hold(Tier.RESTRICTED)
    assert world.look() == []
    (notice,) = world.store.officer_notices.newest()
    assert (notice.state, notice.attempts) == (NoticeState.WAITING, 1)
    world.trouble = Undeliverable("no such mailbox")
    world.look(HOUR)
    (notice,) = world.store.officer_notices.newest()
    assert notice.state is NoticeState.FAILED
    assert world.entries(Event.NOTICE_FAILED) == ["high"]
    world.trouble = None
    assert world.look(HOUR) == []
    world.store.officer_notices.again(notice.id, world.clock.now())
    assert world.look() == [("desk@council.example", "Held: 1 delivery marked RESTRICTED or higher")]
    with pytest.raises(Conflict, match="did not fail"):
        world.store.officer_notices.again(notice.id, world.clock.now())
    with pytest.raises(NotFound):
        world.store.officer_notices.again("n-none", world.clock.now())


def test_after_a_restart_nothing_is_told_twice_and_nothing_is_forgotten(world: World) -> None:
    world.hold(Tier.RESTRICTED)
    assert len(world.look()) == 1
    world.hold(Tier.RESTRICTED)
    world.part = world.started()
    assert world.look() == [("desk@council.example", "Held: 1 delivery marked RESTRICTED or higher")]


def test_what_was_there_before_the_first_start_is_left_to_the_digest(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.store.boards.take_down("officers-told")
    world.hold(Tier.RESTRICTED)
    world.clock.move(HOUR)
    world.part = world.started()
    assert world.look() == []
    world.store.close()
