"""Attacks on sign-in: enumeration, guessing, fixation, forged forms, replay and open redirects."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from gateway.console.frame.visit import TOKEN, form_token
from gateway.console.sign_in import accounts, limits
from gateway.model.person import EMERGENCY, Person, PersonState, Role
from tests.console.house import House, opened
from tests.console.signing_in import PASSWORD, Browser, code_of, settled

pytestmark = pytest.mark.network
MINUTE = timedelta(minutes=1)


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with opened(tmp_path_factory.mktemp("console")) as made:
        yield made


def plain(text: str) -> str:
    """Return a page without what is drawn anew each time."""
    return re.sub(r'nonce="[^"]+"|value="[0-9a-f]{64}"', "", text)


def refused(house: House) -> list[dict[str, object]]:
    entries = map(json.loads, house.store.ledger.entries())
    return [entry["facts"] for entry in entries if entry["event"] == "person:refused"]


# ——— enumeration ———


def test_a_refusal_is_the_same_whether_or_not_there_is_such_an_account(house: House) -> None:
    known, _ = settled(house, Role.REVIEWER)
    closed, _ = settled(house, Role.REVIEWER)
    now = house.clock.now()
    accounts.change(house.store, closed, by="host", now=now, state=PersonState.SUSPENDED)
    elsewhere = accounts.add(
        house.store, name="Sam", address="sam@council.example", roles=[Role.SENDER], by="host", now=now, local=False
    ).person
    tries = [(known.address, "wrong"), ("nobody@council.example", "wrong"), (closed.address, PASSWORD)]
    tries += [(elsewhere.address, PASSWORD), (EMERGENCY, PASSWORD)]
    answers = []
    for name, password in tries:
        browser = Browser(house)
        browser.get("/sign-in")
        answer = browser.post("/sign-in", name=name, password=password)
        answers.append((answer.status_code, plain(answer.text).replace(name, "NAME"), sorted(answer.headers)))
    assert all(answer == answers[0] for answer in answers)
    assert answers[0][0] == 422


def test_what_was_typed_for_a_name_is_recorded_nowhere(house: House, caplog: pytest.LogCaptureFixture) -> None:
    browser = Browser(house)
    browser.get("/sign-in")
    browser.post("/sign-in", name="hunter2-typed-in-the-wrong-field", password="QUETZAL")
    assert refused(house)[-1] == {"person": "", "person_id": "", "why": "password", "from": "127.0.0.1"}
    state = house.store.database.path.parent
    house.store.database.forget()
    kept = b"".join(path.read_bytes() for path in state.rglob("*") if path.is_file())
    assert b"hunter2" not in kept
    assert b"QUETZAL" not in kept
    assert "hunter2" not in caplog.text


# ——— guessing ———


def test_the_sixth_guess_in_a_minute_is_not_looked_at_and_the_owner_waits_a_minute_at_most(house: House) -> None:
    house.clock.move(timedelta(hours=1))
    person, secret = settled(house, Role.REVIEWER)
    for name in (person.address, "nobody-else@council.example"):
        browser = Browser(house)
        browser.get("/sign-in")
        statuses = [browser.post("/sign-in", name=name, password="wrong").status_code for _ in range(6)]
        assert statuses == [422] * 5 + [429]
    owner = Browser(house)
    assert owner.sign_in(person).status_code == 429, "the right one is not looked at either: it would tell"
    house.clock.move(MINUTE)
    owner = Browser(house)
    assert owner.sign_in(person, code=code_of(secret, house)).headers["location"] == "/"


def test_a_spray_stays_in_the_ledger_and_does_not_flood_it(house: House) -> None:
    house.clock.move(timedelta(hours=1))
    person, _ = settled(house, Role.REVIEWER)
    other = "nobody-at-all@council.example"
    before = len(refused(house))
    browser = Browser(house)
    browser.get("/sign-in")

    def spray(*names: str) -> list[tuple[object, object, object]]:
        """Try each name ten times; return what is recorded of it: whose, why, from where."""
        known = len(refused(house))
        for name in names * 10:
            browser.post("/sign-in", name=name, password="wrong")
        return [(each["person"], each["why"], each["from"]) for each in refused(house)[known:]]

    tried, stopped = [(person.address, "password", "127.0.0.1")], [(person.address, "limit", "127.0.0.1")]
    assert spray(person.address) == tried * 5 + stopped
    assert spray(person.address) == []
    assert spray(other) == [("", "password", "127.0.0.1")] * 5 + [("", "limit", "127.0.0.1")], "another name"
    assert len(refused(house)) - before == 12
    house.clock.move(MINUTE)
    assert spray(person.address) == tried * 5 + stopped, "it goes on"


def test_a_network_over_its_limit_is_recorded_once_a_minute_whatever_names_it_tries(house: House) -> None:
    house.clock.move(timedelta(hours=1))
    (network,) = limits.first(house.store, EMERGENCY, "127.0.0.1")
    while house.store.attempts.take([network], house.clock.now()):
        pass
    browser, known = Browser(house), len(refused(house))
    browser.get("/sign-in")
    statuses = {browser.post("/sign-in", name=f"n{n}@council.example", password="wrong").status_code for n in range(9)}
    assert statuses == {429}
    assert [each["why"] for each in refused(house)[known:]] == ["limit"]


def test_codes_behind_a_right_password_are_limited_by_the_minute_and_the_day(house: House) -> None:
    house.clock.move(timedelta(days=2))
    person, secret = settled(house, Role.REVIEWER)
    statuses = []
    for _ in range(5):
        browser = Browser(house)
        browser.sign_in(person)
        statuses += [browser.post("/sign-in/code", code="000000").status_code for _ in range(6)]
        house.clock.move(MINUTE)
    assert statuses == ([422] * 5 + [429]) * 4 + [429] * 6, "5 a minute, and 20 a day"
    house.clock.move(timedelta(days=1))
    browser = Browser(house)
    assert browser.sign_in(person, code=code_of(secret, house)).headers["location"] == "/"


# ——— fixation ———


def test_a_planted_cookie_never_becomes_a_session(house: House) -> None:
    house.clock.move(MINUTE)
    person, secret = settled(house, Role.REVIEWER)
    victim, planted = Browser(house), "A" * 43
    victim.hold(planted)
    victim.post("/sign-in", name=person.address, password=PASSWORD)
    half = victim.cookie
    assert half != planted
    victim.post("/sign-in/code", code=code_of(secret, house))
    whole = victim.cookie
    assert len({planted, half, whole}) == 3
    assert victim.get("/step-up").status_code == 200
    for known in (planted, half):
        attacker = Browser(house)
        attacker.hold(known)
        assert attacker.get("/step-up").status_code == 303
        assert attacker.post("/sign-in/code", code="000000").headers["location"] == "/sign-in"


def test_a_cookie_between_password_and_code_is_nobodys(house: House) -> None:
    house.clock.move(MINUTE)
    person, _ = settled(house, Role.USER_ADMIN)
    browser = Browser(house)
    assert browser.sign_in(person).headers["location"] == "/sign-in/code"
    for path in ("/account", "/people", "/step-up"):
        assert browser.get(path).headers["location"].startswith("/sign-in")
    for path in ("/sign-in/second/app", "/sign-in/second/passkey", "/sign-in/password", "/sign-in/second/app/proved"):
        at = browser.post(path, password="w" * 20, again="w" * 20, code="1")
        assert at.headers["location"] == "/sign-in", "whoever owes a code may not set up another factor instead"
    house.clock.move(timedelta(minutes=11))
    assert browser.get("/sign-in/code").headers["location"] == "/sign-in", "it is over after ten minutes"


# ——— replay ———


def test_a_code_that_was_seen_is_worth_nothing(house: House) -> None:
    house.clock.move(MINUTE)
    person, secret = settled(house, Role.REVIEWER)
    code = code_of(secret, house)
    assert Browser(house).sign_in(person, code=code).headers["location"] == "/"
    assert Browser(house).sign_in(person, code=code).status_code == 422


def test_the_form_after_a_sign_in_cannot_be_sent_again(house: House) -> None:
    house.clock.move(MINUTE)
    person, secret = settled(house, Role.REVIEWER)
    browser = Browser(house)
    browser.sign_in(person)
    half = browser.cookie
    browser.post("/sign-in/code", code=code_of(secret, house))
    house.clock.move(MINUTE)
    again = Browser(house)
    again.hold(half)
    assert again.post("/sign-in/code", code=code_of(secret, house)).headers["location"] == "/sign-in"


# ——— forged forms ———


def test_a_form_of_another_site_signs_nobody_in_or_out(house: House) -> None:
    house.clock.move(MINUTE)
    person, secret = settled(house, Role.REVIEWER)
    mine = Browser(house)
    mine.sign_in(person, code=code_of(secret, house))
    for headers in ({"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"}, {"Sec-Fetch-Site": "none"}):
        forged = Browser(house, **headers)
        forged.hold(mine.cookie)
        assert forged.post("/sign-out").status_code == 403
        assert forged.post("/account/sessions/end").status_code == 403
        assert forged.post("/sign-in", name="x", password="y").status_code == 403
    for token in ("", "0" * 64, form_token("another cookie"), form_token(mine.cookie)[:-1], "\u0661" * 64):
        assert mine.post("/sign-out", **{TOKEN: token}).status_code == 403
    assert mine.get("/account").status_code == 200


# ——— open redirect ———


@pytest.fixture(scope="module")
def reviewer(house: House) -> tuple[Person, str]:
    return settled(house, Role.REVIEWER)


@pytest.mark.parametrize(
    "bad",
    [
        "https://evil.example/",
        "//evil.example/",
        "/\\evil.example/",
        "\\\\evil.example",
        "/\t/evil.example",
        "javascript:alert(1)",
        "evil.example",
        "http:evil.example",
        " //evil.example",
        "/%0d%0aLocation:%20https://evil.example\r\nX: y",
        "",
    ],
)
def test_nobody_is_sent_elsewhere(house: House, reviewer: tuple[Person, str], bad: str) -> None:
    house.clock.move(MINUTE)
    person, secret = reviewer
    browser = Browser(house)
    assert 'name="next" value="/"' in browser.get("/sign-in", next=bad).text
    browser.post("/sign-in", name=person.address, password=PASSWORD, next=bad)
    at = browser.post("/sign-in/code", code=code_of(secret, house))
    assert (at.status_code, at.headers["location"]) == (303, "/")
    assert browser.get("/sign-in", next=bad).headers["location"] == "/"
    house.clock.move(timedelta(minutes=10))
    again = browser.post("/step-up", code=code_of(secret, house), next=bad)
    assert again.headers["location"] == "/"


def test_an_address_of_ours_is_kept_through_all_steps(house: House) -> None:
    house.clock.move(MINUTE)
    person, secret = settled(house, Role.REVIEWER)
    browser = Browser(house)
    browser.post("/sign-in")
    browser.get("/sign-in")
    browser.post("/sign-in", name=person.address, password=PASSWORD, next="/account?a=b&c=%2F")
    assert browser.post("/sign-in/code", code=code_of(secret, house)).headers["location"] == "/account?a=b&c=%2F"


# ——— cookies ———


def test_cookies_over_tls_bear_the_prefix_and_every_guard(tmp_path: Path) -> None:
    with opened(tmp_path, address="https://gateway.exampleshire.example") as made:
        listening = f"http://{made.desk.settings.listen}"
        given = Browser(made, url=listening).get("/sign-in").headers["set-cookie"]
    name, _, rest = given.partition("=")
    assert name == "__Host-visit"
    assert {each.strip() for each in rest.split(";")[1:]} == {"HttpOnly", "Path=/", "SameSite=lax", "Secure"}
    assert len(rest.split(";")[0]) == 43


def test_cookies_of_a_trial_on_this_machine_are_guarded_as_far_as_it_goes(house: House) -> None:
    given = Browser(house).get("/sign-in").headers["set-cookie"]
    assert given.startswith("visit=")
    assert "HttpOnly" in given
    assert "SameSite=lax" in given


def test_limits_are_about_what_was_typed(house: House) -> None:
    assert limits.about_name(house.store, "a") != limits.about_name(house.store, "b")
