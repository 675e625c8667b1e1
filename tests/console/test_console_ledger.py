"""The ledger's words, as things are really recorded: whose account, who did what themselves, and who is looked for."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Final

import pytest

from gateway.console.ledger.words import INSTEAD, NOTHING, WORDS, Told, read_entry
from gateway.console.sign_in import accounts, tokens
from gateway.console.words.tongue import Tongue
from gateway.model.officer_notice import Topic
from gateway.model.person import PersonState, Role
from gateway.model.record import Entry, Event
from gateway.model.transfer import Transfer
from gateway.store.ledger import entry_bytes
from tests.console import fates
from tests.console.house import House, opened
from tests.console.signing_in import Browser, code_of, settled
from tests.console.test_console_pages_house import words

pytestmark = pytest.mark.network

ABOUT_PEOPLE: Final = frozenset(
    {
        Event.PERSON_ADDED,
        Event.PERSON_CHANGED,
        Event.PERSON_RECOVERED,
        Event.PERSON_REFUSED,
        Event.PERSON_SIGNED_IN,
        Event.SESSION_REVOKED,
        Event.TOKEN_ISSUED,
        Event.TOKEN_REVOKED,
    }
)
PLACE: Final = re.compile(r"%\((\w+)\)s")


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with opened(tmp_path_factory.mktemp("ledger")) as made:
        yield made


@pytest.fixture(scope="module")
def sent(house: House) -> dict[str, Transfer]:
    return fates.fates(house.store, house.clock.now())


@pytest.fixture(scope="module")
def lived(house: House) -> str:
    """Let somebody be given an account, sign in, be turned away, and lose it all; return their address."""
    store, now, by = house.store, house.clock.now(), "admin@council.example"
    person, secret = settled(house, Role.REVIEWER, name="Wendy Vaughan")
    browser = Browser(house)
    browser.sign_in(person, "not their password")
    browser.sign_in(person, code=code_of(secret, house))
    tokens.issue(store, person, name="a program", scopes=["list"], lasts=tokens.LONGEST, now=now)
    tokens.revoke(store, person, store.tokens.of(person.id)[0].id, now)
    house.visitor(Role.USER_ADMIN, address=by).post(f"/people/{person.id}/sessions/end")
    accounts.change(store, store.people.get(person.id), by=by, now=now, state=PersonState.SUSPENDED)
    accounts.recover(store, by="root", now=now)
    return person.address


def told(house: House) -> list[Told]:
    return [read_entry(number, raw) for number, raw in enumerate(house.store.ledger.entries())]


@pytest.mark.parametrize("language", ["en", "cy"])
def test_what_is_recorded_of_people_says_whose_account_it_is(house: House, lived: str, language: str) -> None:
    tongue: Tongue = house.desk.render.tongue(language)
    entries = [each for each in told(house) if each.event in ABOUT_PEOPLE]
    assert {each.event for each in entries} == ABOUT_PEOPLE
    for each in entries:
        if each.event != Event.PERSON_RECOVERED:  # there is only one such account
            assert str(each.facts["person"]) in each.words(tongue)
    assert sum(lived in each.words(tongue) for each in entries) >= len(ABOUT_PEOPLE) - 1


@pytest.mark.usefixtures("sent", "lived")
def test_every_entry_has_what_its_sentence_asks_for(house: House) -> None:
    for entry in told(house):
        if entry.event == Event.TRANSFER_RECEIVED:  # of the seeds, and of no door
            continue
        asked = PLACE.findall(next(each for event, each in WORDS.items() if event == entry.event))
        if entry.event == Event.DELIVERY_ASSIGNED:  # to nobody, too
            asked.remove("to")
        assert [name for name in asked if name not in entry.facts and INSTEAD.get(name) not in entry.facts] == []


@pytest.mark.parametrize("topic", Topic)
def test_what_officers_were_told_about_is_said_in_words(house: House, topic: Topic) -> None:
    facts = {"notice": "n-1", "to": "ola@council.example", "about": str(topic)}
    raw = entry_bytes(Entry(event=Event.NOTICE_SENT, at=house.clock.now(), transfer_id="", facts=facts))
    said = read_entry(1, raw).words(house.desk.render.tongue("en"))
    assert f"({topic})" not in said
    assert said.startswith("ola@council.example was told (")


def test_a_sign_in_is_told_with_a_name(house: House, lived: str) -> None:
    page = words(house.visitor(Role.AUDITOR).get("/ledger", event="person:signed_in").text)
    assert f"{lived} signed in from 127.0.0.1" in page
    assert f"{NOTHING} signed in" not in page


def test_what_others_did_to_an_account_is_not_what_its_owner_did(house: House) -> None:
    me = house.visitor(Role.REVIEWER, name="Vera Owen")
    now, store = house.clock.now(), house.store
    accounts.change(store, me.me, by="admin@council.example", now=now, holds=["caldicott-guardian"])
    changed = house.visitor(Role.REVIEWER, address=me.me.address)
    tokens.issue(store, store.people.get(me.me.id), name="mine", scopes=["list"], lasts=tokens.LONGEST, now=now)
    Browser(house).sign_in(me.me, "somebody guesses")
    rows = changed.get("/ledger/mine/export", kind="json").json()["rows"]
    assert [each["event"] for each in rows] == ["list:exported", "token:issued"]
    assert "changed the account" not in words(changed.get("/ledger/mine").text)


def test_two_people_of_one_name_see_each_their_own(house: House, sent: dict[str, Transfer]) -> None:
    one, other = (house.visitor(Role.REVIEWER, name="Ann Lee") for _ in range(2))
    held = house.store.held.get(sent["held"].id, sent["held"].deliveries[0].id)
    house.store.held.assign(held, to=other.me.id, by=one.me.id, now=house.clock.now())
    assert one.get("/ledger/mine/export", kind="csv").status_code == 200
    assert "assigned it to Ann Lee" in words(one.get("/ledger/mine").text)
    page = words(other.get("/ledger/mine").text)
    assert "assigned it to" not in page
    assert "took the list" not in page


def test_who_is_recorded_by_an_id_is_found_by_name_and_address(house: House, sent: dict[str, Transfer]) -> None:
    me, auditor = house.visitor(Role.APPROVER, name="Zuleika Dobson"), house.visitor(Role.AUDITOR)
    held = house.store.held.get(sent["held"].id, sent["held"].deliveries[0].id)
    house.store.held.escalate(held, to="approver", by=me.me.id, now=house.clock.now())
    for sought in ("zuleika", me.me.address, me.me.id):
        rows = auditor.get("/ledger/export", kind="json", person=sought).json()["rows"]
        assert [each["facts"]["by"] for each in rows if each["event"] == "delivery:escalated"] == [me.me.id]
        assert "Zuleika Dobson escalated it to approver" in words(auditor.get("/ledger", person=sought).text)
    last = json.loads(list(house.store.ledger.entries())[-1])
    assert last["facts"] == {"by": auditor.me.address, "list": "ledger", "kind": "json"}
