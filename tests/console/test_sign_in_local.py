"""Signing in with a password and a code: what is owed, what is refused, and that a refusal tells nothing."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import timedelta

import pyotp
import pytest

from gateway.console.sign_in import accounts
from gateway.model.person import Role
from tests.console.house import House, opened
from tests.console.signing_in import PASSWORD, Browser

pytestmark = pytest.mark.network
MINUTE = timedelta(minutes=1)


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with opened(tmp_path_factory.mktemp("console")) as made:
        yield made


def events(house: House, event: str) -> list[dict[str, object]]:
    return [entry for entry in map(json.loads, house.store.ledger.entries()) if entry["event"] == event]


def test_a_first_sign_in_owes_a_password_and_a_second_factor_and_then_is_one(house: House) -> None:
    added = accounts.add(
        house.store,
        name="Gwen",
        address="Gwen@Council.Example",
        roles=[Role.REVIEWER],
        by="host",
        now=house.clock.now(),
    )
    browser = Browser(house)
    assert browser.get("/step-up").headers["location"] == "/sign-in?next=/step-up"
    browser.get("/sign-in")
    at = browser.post("/sign-in", name="gwen@council.example", password=added.password, next="/account")
    assert at.headers["location"] == "/sign-in/password"
    assert browser.get("/step-up").headers["location"].startswith("/sign-in"), "nobody is signed in yet"
    weak = browser.post("/sign-in/password", password="Password2026!", again="Password2026!")
    assert weak.status_code == 422
    at = browser.post("/sign-in/password", password=PASSWORD, again=PASSWORD)
    assert at.headers["location"] == "/sign-in/second"
    page = browser.post("/sign-in/second/app")
    letters = re.search(r'gw-mono gw-wrap">([A-Z2-7 ]+)<', page.text)
    assert letters
    assert 'src="data:image/svg+xml' in page.text
    secret = letters[1].replace(" ", "")
    assert browser.post("/sign-in/second/app/proved", code="000000").status_code == 422
    done = browser.post("/sign-in/second/app/proved", code=pyotp.TOTP(secret).at(house.clock.now()))
    codes = re.findall(r"<li>([0-9a-z]{4}(?:-[0-9a-z]{4}){3})</li>", done.text)
    assert len(codes) == 10
    assert browser.get("/step-up").status_code == 200, "signed in"
    (entry,) = [each for each in events(house, "person:signed_in") if each["facts"]["person_id"] == added.person.id]  # type: ignore[index]
    told = {"person": "gwen@council.example", "person_id": added.person.id}
    assert entry["facts"] == {**told, "ways": ["password", "code"], "from": "127.0.0.1"}
    house.clock.move(MINUTE)
    again = Browser(house)
    again.get("/sign-in")
    assert again.post("/sign-in", name="gwen@council.example", password=added.password).status_code == 422
    again.post("/sign-in", name="gwen@council.example", password=PASSWORD)
    assert again.post("/sign-in/code", code=codes[0]).headers["location"] == "/"
    third = Browser(house)
    third.get("/sign-in")
    third.post("/sign-in", name="gwen@council.example", password=PASSWORD)
    assert third.post("/sign-in/code", code=codes[0]).status_code == 422, "a recovery code is good for once"
