"""What is handed to officers is told to those who are to look, by whom, once for each act, and to nobody else."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from gateway.daemon.handed import READ
from gateway.errors import Undeliverable
from gateway.model.held import Held
from gateway.model.lifecycle import DeliveryState, NoticeState
from gateway.model.officer_notice import Topic
from gateway.model.person import PersonState, Role
from gateway.model.record import Event, Officer
from gateway.model.transfer import Release, Transfer
from gateway.record.entries import entries_between
from tests.unit.daemon.test_officers_told import CONSOLE, DESK, HOUR, World
from tests.unit.decide.test_decide_release import A_GUARDIAN, KNOWN, NEVER, SECOND_PERSON, small

D = DeliveryState
GUARDIAN = "caldicott-guardian"


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path)
    made.policy = small(SECOND_PERSON)
    yield made
    made.store.close()


def seen(world: World, transfer: Transfer) -> Held:
    (held,) = world.store.held.of(transfer.id)
    return held


def escalate(world: World, transfer: Transfer, to: str, by: str = "p-ann") -> None:
    world.store.held.escalate(seen(world, transfer), to=to, by=by, now=world.clock.now())


def assign(world: World, transfer: Transfer, to: str, by: str) -> None:
    world.store.held.assign(seen(world, transfer), to=to, by=by, now=world.clock.now())


def move(world: World, before: Transfer, **changed: object) -> Transfer:
    (delivery,) = before.deliveries
    after = before.with_delivery(replace(delivery, **changed))  # type: ignore[arg-type]  # each by its name
    return world.store.transfers.commit(before, after, entries=entries_between(before, after, world.clock.now()))


def released(world: World, transfer: Transfer, name: str) -> Transfer:
    """Let somebody release it, and the rules hold it again."""
    now = world.store.transfers.get(transfer.id)
    release = Release(officer=name, reason="seen", at=world.clock.now(), address=f"{name}@council.example")
    once = move(world, now, state=D.UNDECIDED, releases=(*now.deliveries[0].releases, release))
    return move(world, once, state=D.HELD, circumstances=KNOWN)


def test_those_who_hold_the_role_are_told_what_was_escalated_to_it(world: World) -> None:
    world.person("ann", Role.REVIEWER, holds=(GUARDIAN,))
    world.person("bo", Role.REVIEWER, holds=(GUARDIAN,))
    world.person("cy", Role.APPROVER)
    world.person("gone", Role.REVIEWER, holds=(GUARDIAN,), state=PersonState.SUSPENDED)
    held = world.hold()
    assert world.look() == []
    escalate(world, held, GUARDIAN)
    subject = f"Escalated to {GUARDIAN}: 1 delivery"
    assert world.look() == [("bo@council.example", subject)]
    assert world.look(HOUR) == [], "once"
    text = world.told[0][2]
    assert f"ann asks those who hold the role {GUARDIAN} to look at 1 delivery that is held." in text
    assert f"{CONSOLE}/quarantine/{held.id}/{held.deliveries[0].id}\n" in text
    assert "decides nothing" in text
    assert "note.txt" not in text, "names of files may say as much as content"
    assert world.entries(Event.NOTICE_SENT) == ["handed"]


def test_approvers_are_a_role_too_and_an_officer_of_the_settings_acts_by_address(world: World) -> None:
    world.person("ann", Role.REVIEWER)
    world.person("cy", Role.APPROVER)
    escalate(world, world.hold(), "approver", by=DESK.address)
    assert world.look() == [("cy@council.example", "Escalated to approver: 1 delivery")]
    assert "Desk asks those" in world.told[0][2]


def test_a_role_that_is_held_in_the_console_counts_for_who_is_of_the_settings_too(world: World) -> None:
    world.person("desk", Role.REVIEWER, holds=(GUARDIAN,))
    escalate(world, world.hold(), GUARDIAN)
    assert [to for to, _ in world.look()] == [DESK.address]


def test_who_is_party_to_it_is_not_asked_to_look(world: World) -> None:
    for name in ("bo", "cy", "di"):
        world.person(name, Role.APPROVER)
    held = world.hold(sender="Bo+home@council.example")
    wrote = replace(held, authors=frozenset({"cy@council.example"}))
    held = world.store.transfers.commit(held, wrote, entries=[])
    escalate(world, held, "approver")
    assert sorted(to for to, _ in world.look()) == [DESK.address, "di@council.example"]


def test_several_that_one_escalated_at_once_are_one_notice(world: World) -> None:
    held = [world.hold() for _ in range(3)]
    for each in held:
        escalate(world, each, "approver")
    assert world.look() == [(DESK.address, "Escalated to approver: 3 deliveries")]
    assert all(each.id in world.told[0][2] for each in held)
    assert f"{CONSOLE}/quarantine?role=approver\n" in world.told[0][2]


def test_what_was_taken_back_or_decided_meanwhile_is_told_nobody(world: World) -> None:
    back, over = world.hold(), world.hold()
    escalate(world, back, "approver")
    escalate(world, back, "")
    escalate(world, over, "approver")
    move(world, world.store.transfers.get(over.id), state=D.REFUSED)
    assert world.look() == []


def test_who_gets_it_from_somebody_else_is_told_and_who_takes_it_is_not(world: World) -> None:
    ann, bo = world.person("ann", Role.REVIEWER), world.person("bo", Role.REVIEWER)
    held = world.hold()
    assign(world, held, bo.id, by=ann.id)
    assert world.look() == [(bo.address, "Assigned to you: 1 delivery")]
    assert "ann assigned 1 delivery to you that is held." in world.told[0][2]
    assign(world, held, ann.id, by=ann.id)
    assert world.look() == []
    assign(world, held, "", by=bo.id)
    assert world.look() == []
    assign(world, held, ann.id, by="bo@council.example")
    assert world.look() == [(ann.address, "Assigned to you: 1 delivery")], "from a terminal, and again"


def test_who_may_be_the_second_person_is_told_and_not_who_was_the_first(world: World) -> None:
    world.person("ann", Role.APPROVER)
    world.person("bo", Role.APPROVER)
    world.person("cy", Role.REVIEWER)
    held = world.hold()
    assert world.look() == [], "nobody released it"
    released(world, held, "ann")
    subject = "For a second person: 1 delivery"
    assert sorted(world.look()) == [("bo@council.example", subject), (DESK.address, subject)]
    assert f"{CONSOLE}/quarantine/{held.id}/" in world.told[0][2]
    now = world.store.transfers.get(held.id)
    again = move(world, now, state=D.UNDECIDED)
    move(world, again, state=D.HELD)
    assert world.look() == [], "nobody did anything"


def test_of_the_role_that_the_rules_want_and_nobody_where_no_second_person_helps(world: World) -> None:
    world.policy = small(A_GUARDIAN)
    world.person("ann", Role.APPROVER)
    world.person("bo", Role.APPROVER, holds=(GUARDIAN,))
    released(world, world.hold(), "ann")
    assert [to for to, _ in world.look()] == ["bo@council.example"]
    world.policy = small(NEVER)
    released(world, world.hold(), "ann")
    assert world.look() == []


def test_one_person_is_not_the_second_by_another_name_or_address(world: World) -> None:
    world.officers.append(Officer(name="ANN", address="other@council.example"))
    world.person("ann", Role.APPROVER)
    released(world, world.hold(), "ann")
    assert [to for to, _ in world.look()] == [DESK.address]


def test_after_a_restart_nothing_is_told_twice_and_nothing_is_forgotten(world: World) -> None:
    escalate(world, world.hold(), "approver")
    world.part = world.started()
    assert len(world.look()) == 1
    world.part = world.started()
    assert world.look() == []
    escalate(world, world.hold(), "approver")
    world.part = world.started()
    assert len(world.look()) == 1


def test_what_was_escalated_before_the_first_look_is_not_told(world: World) -> None:
    escalate(world, world.hold(), "approver")
    world.store.boards.take_down(READ)
    world.part = world.started()
    assert world.look() == []


def test_very_many_are_told_in_turns(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gateway.daemon.handed.MOST", 2)
    for _ in range(3):
        escalate(world, world.hold(), "approver")
    told = [world.look(timedelta(0)) for _ in range(4)]
    assert sum("1 delivery" in subject or 2 * ("2 deliveries" in subject) for look in told for _, subject in look) == 3


def test_one_that_could_not_be_told_is_resent_by_hand(world: World) -> None:
    world.trouble = Undeliverable("no such mailbox")
    escalate(world, world.hold(), "approver")
    assert world.look() == []
    (notice,) = world.store.officer_notices.standing(NoticeState.FAILED)
    assert notice.topic is Topic.HANDED
    world.trouble = None
    world.store.officer_notices.again(notice.id, world.clock.now())
    assert world.look() == [(DESK.address, "Escalated to approver: 1 delivery")]
