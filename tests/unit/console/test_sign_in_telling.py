"""What user admins do to accounts of officers reaches the officers by the daemon: the console sends nothing."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from gateway.console.sign_in import accounts
from gateway.daemon.duty import Duty
from gateway.daemon.officers import OfficersTold
from gateway.errors import Conflict
from gateway.model.person import Role
from gateway.model.record import Officer
from gateway.model.schedule import Schedule
from gateway.store.embedded import Store, create_keys, open_store
from gateway.testing.values import SteppingClock
from tests.unit.daemon.carrying import POLICY

NIGHT = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
DESK = Officer(name="Desk", address="Desk@council.example")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    create_keys(tmp_path / "state")
    opened = open_store(state=tmp_path / "state", vault=tmp_path / "vault", clock=SteppingClock(NIGHT))
    yield opened
    opened.close()


def test_a_reset_is_told_to_everybody_who_decides_and_to_the_person_once(store: Store) -> None:
    told: list[tuple[str, str, str]] = []
    duty = Duty(
        tell=lambda notice, text, _: told.append((notice.to, notice.subject, text)),
        schedule=Schedule(first=HOUR, longest=HOUR, give_up_after=3 * HOUR),
        console="https://gateway.council.example",
        help_contact="it@council.example",
        decide_within=4 * HOUR,
        zone=ZoneInfo("Europe/London"),
        policy=lambda: POLICY,
        officers=[DESK],
    )
    part = OfficersTold(store, duty, SteppingClock(NIGHT))
    part.look()
    for address, role in (("desk@council.example", Role.APPROVER), ("gwen@council.example", Role.REVIEWER)):
        accounts.add(store, name="Somebody", address=address, roles=[role], by="first", now=NIGHT, local=False)
    part.look()
    told.clear()
    person = store.people.by_address("gwen@council.example")
    assert person
    password = accounts.reset(store, person, by="admin@council.example", now=NIGHT, officers=[DESK])
    part.look()
    part.look()
    assert {to.casefold() for to, _, _ in told} == {"desk@council.example", "gwen@council.example"}
    assert len(told) == 2, "nobody twice, however their address is written"
    assert {subject for _, subject, _ in told} == {"The account of gwen@council.example was reset"}
    assert all("by admin@council.example" in text and password not in text for _, _, text in told)
    last = json.loads(list(store.ledger.entries())[-1])
    assert (last["event"], last["facts"]["about"]) == ("notice:sent", "accounts")


def test_what_did_not_come_to_be_is_told_to_nobody(store: Store) -> None:
    accounts.add(
        store, name="Gwen", address="gwen@council.example", roles=[Role.AUDITOR], by="first", now=NIGHT, local=False
    )
    with pytest.raises(Conflict):
        accounts.add(
            store, name="Gwen", address="gwen@council.example", roles=[Role.REVIEWER], by="x", now=NIGHT, local=False
        )
    assert store.officer_notices.newest() == []
