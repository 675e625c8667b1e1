"""What was ended stays ended: by no sign-in, fresh proof or ceremony under way, no token, and no emergency account."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from gateway.config.sections import SecretSettings
from gateway.config.sign_in import ProviderSettings, SignInSettings
from gateway.console.sign_in import accounts, limits, passkeys, passwords, tokens
from gateway.errors import NotPermitted
from gateway.model.officer_notice import OfficerNotice
from gateway.model.person import EMERGENCY, Credential, Kind, PersonState, Role
from gateway.model.record import Officer
from tests.console.house import House, opened
from tests.console.signing_in import PASSWORD, Browser, code_of, settled

pytestmark = pytest.mark.network
MINUTE = timedelta(minutes=1)
OWN = "quartz lemon harbour"
MANY = 20


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    folder = tmp_path_factory.mktemp("console")
    chosen = ProviderSettings(
        name="Exampleshire ID",
        issuer="http://localhost:9",  # nobody answers there, and nobody is asked
        client_id="gateway",
        client_secret=SecretSettings(file=folder / "secret"),
    )
    with opened(folder, sign_in=SignInSettings(provider=chosen)) as made:
        settled(made, Role.USER_ADMIN)
        yield made


@pytest.fixture(autouse=True)
def _a_minute_later(house: House) -> None:
    house.clock.move(MINUTE)


def after(monkeypatch: pytest.MonkeyPatch, name: str, act: Callable[[], object]) -> None:
    """Let something happen once, as soon as a function of `passwords` has done its work."""
    does: Callable[..., Any] = getattr(passwords, name)
    left = [act]

    def done(*given: object) -> object:
        result = does(*given)
        while left:
            left.pop()()
        return result

    monkeypatch.setattr(passwords, name, done)


def opened_for_emergencies(house: House) -> Browser:
    added = accounts.recover(house.store, by="account root", now=house.clock.now())
    browser = Browser(house)
    assert browser.sign_in(added.person, added.password).headers["location"] == "/"
    return browser


def signed_in(house: House, *roles: Role) -> tuple[Browser, Any]:
    person, secret = settled(house, *roles)
    browser = Browser(house)
    assert browser.sign_in(person, code=code_of(secret, house)).headers["location"] == "/"
    return browser, person


def is_in(browser: Browser) -> bool:
    return browser.get("/account").status_code == 200


# ——— a reset ———


def test_a_reset_ends_the_sign_in_of_whoever_knew_the_old_password(house: House) -> None:
    victim, _ = settled(house, Role.REVIEWER)
    thief = Browser(house)
    assert thief.sign_in(victim).headers["location"] == "/sign-in/code"
    given = accounts.reset(house.store, victim, by="admin@council.example", now=house.clock.now())
    assert thief.post("/sign-in/password", password=OWN, again=OWN).headers["location"] == "/sign-in"
    for path in ("/sign-in/code", "/sign-in/password", "/sign-in/second"):
        assert thief.get(path).headers["location"] == "/sign-in"
    assert Browser(house).sign_in(victim, given).headers["location"] == "/sign-in/password"


def test_a_reset_while_a_password_is_looked_at_counts(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    victim, _ = settled(house, Role.REVIEWER)
    now = house.clock.now()
    after(monkeypatch, "is_right", lambda: accounts.reset(house.store, victim, by="admin", now=now))
    thief = Browser(house)
    assert thief.sign_in(victim).status_code == 409
    assert thief.get("/sign-in/password").headers["location"] == "/sign-in"


def test_a_reset_while_a_password_is_chosen_counts(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    victim, _ = settled(house, Role.REVIEWER)
    now = house.clock.now()
    first = accounts.reset(house.store, victim, by="admin", now=now)
    thief = Browser(house)
    assert thief.sign_in(victim, first).headers["location"] == "/sign-in/password"
    given: list[str] = []
    after(monkeypatch, "require_good", lambda: given.append(accounts.reset(house.store, victim, by="admin", now=now)))
    assert thief.post("/sign-in/password", password=OWN, again=OWN).status_code == 409
    assert Browser(house).sign_in(victim, OWN).status_code == 422
    assert Browser(house).sign_in(victim, given[0]).headers["location"] == "/sign-in/password"


def test_of_two_who_have_the_given_password_the_first_to_choose_ends_the_others_sign_in(house: House) -> None:
    person, _ = settled(house, Role.REVIEWER)
    given = accounts.reset(house.store, person, by="admin", now=house.clock.now())
    owner, other = Browser(house), Browser(house)
    for browser in (owner, other):
        assert browser.sign_in(person, given).headers["location"] == "/sign-in/password"
    assert owner.post("/sign-in/password", password=OWN, again=OWN).headers["location"] == "/sign-in/second"
    for path in ("/sign-in/second", "/sign-in/password"):
        assert other.get(path).headers["location"] == "/sign-in"


def test_other_sessions_are_no_place_where_a_sign_in_is_under_way(house: House) -> None:
    mine, person = signed_in(house, Role.REVIEWER)
    thief = Browser(house)
    assert thief.sign_in(person).headers["location"] == "/sign-in/code"
    assert len(house.store.sessions.of(person.id)) == 1
    mine.post("/account/sessions/end")
    assert thief.get("/sign-in/code").headers["location"] == "/sign-in", "it ended with the others"
    assert is_in(mine)


# ——— a fresh proof, a ceremony ———


@pytest.mark.parametrize("how", ["reset", "revoked"])
def test_a_session_that_was_ended_does_not_come_back_by_a_fresh_proof(
    house: House, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    person, _ = settled(house, Role.SENDER, app=False)
    browser, now = Browser(house), house.clock.now()
    assert browser.sign_in(person).headers["location"] == "/"
    ends = {
        "reset": lambda: accounts.reset(house.store, person, by="admin", now=now),
        "revoked": lambda: house.store.sessions.revoke(person.id, []),
    }
    after(monkeypatch, "is_right", ends[how])
    assert browser.post("/step-up", code=PASSWORD).status_code == 409
    assert house.store.sessions.of(person.id) == []
    assert not is_in(browser)


def test_a_password_that_is_changed_in_a_session_that_was_ended_is_not_kept(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    person, _ = settled(house, Role.SENDER, app=False)
    thief = Browser(house)
    thief.sign_in(person)
    after(monkeypatch, "is_right", lambda: house.store.sessions.revoke(person.id, []))
    assert thief.post("/account/password", present=PASSWORD, password=OWN, again=OWN).status_code == 409
    assert Browser(house).sign_in(person).headers["location"] == "/"


def test_a_challenge_is_over_after_ten_minutes(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    monkeypatch.setattr(passkeys, "used", lambda *given: asked.append(given[2]))
    for waits, looked_at in ((timedelta(minutes=9), 1), (timedelta(minutes=10), 1)):
        browser = Browser(house)
        browser.get("/sign-in")
        browser.post("/sign-in/passkey")
        house.clock.move(waits)
        assert browser.post("/sign-in/passkey/answer", answer="{}").status_code == 422
        assert len(asked) == looked_at


def test_a_link_to_begin_signs_nobody_out(house: House) -> None:
    browser, _ = signed_in(house, Role.REVIEWER)
    assert browser.get("/sign-in/provider", next="/account").headers["location"] == "/account"
    assert browser.post("/sign-in/passkey", next="/account").headers["location"] == "/account"
    assert is_in(browser)


def test_answers_to_nothing_are_limited_and_only_the_limit_is_recorded(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "PER_PROXY", MANY)
    stranger, before = Browser(house), house.store.ledger.count()
    stranger.hold("A" * 43)
    statuses = [stranger.post("/sign-in/passkey/answer", answer="{}").status_code for _ in range(MANY // 2)]
    statuses += [stranger.get("/sign-in/provider/back", state="x", code="y").status_code for _ in range(MANY // 2)]
    assert statuses == [422] * (MANY // 2) + [403] * (MANY // 2)
    assert house.store.ledger.count() == before
    for _ in range(3):
        assert stranger.post("/sign-in/passkey/answer", answer="{}").status_code == 429
    (entry,) = map(json.loads, house.store.ledger.entries(before))
    assert (entry["event"], entry["facts"]["why"], entry["facts"]["person"]) == ("person:refused", "limit", "")


# ——— tokens ———


def drawn(browser: Browser) -> str:
    page = browser.post("/account/tokens", token_name="SIEM", scopes=["list"], days="366").text
    (secret,) = re.findall(r"gwt_[\w-]{43}", page)
    return str(secret)


def test_another_password_ends_tokens(house: House) -> None:
    browser, _ = signed_in(house, Role.REVIEWER)
    secret = drawn(browser)
    assert "and your tokens" in browser.get("/account").text
    assert browser.post("/account/password", present=PASSWORD, password=OWN, again=OWN).status_code == 303
    assert house.store.tokens.find(secret) is None
    assert is_in(browser)


def test_a_suspension_ends_tokens_for_good(house: House) -> None:
    browser, person = signed_in(house, Role.REVIEWER)
    secret, now = drawn(browser), house.clock.now()
    closed = accounts.change(house.store, person, by="host", now=now, state=PersonState.SUSPENDED)
    accounts.change(house.store, closed, by="host", now=now, state=PersonState.ACTIVE)
    assert house.store.tokens.find(secret) is None


# ——— the emergency account ———


def test_the_emergency_account_gets_nothing_that_opens_it_later(house: House) -> None:
    browser = opened_for_emergencies(house)
    page = browser.get("/account")
    assert page.status_code == 200
    assert 'action="/account/passkey"' not in page.text
    for path in ("/account/passkey", "/account/passkey/made", "/account/app", "/account/app/proved"):
        assert browser.post(path, answer="{}", code="000000").status_code == 403
    assert browser.post("/account/recovery").status_code == 403
    assert browser.post("/account/password", present="x", password=OWN, again=OWN).status_code == 403
    token = browser.post("/account/tokens", token_name="X", scopes=["people_read"], days="30")
    assert token.status_code == 403
    person = house.store.people.by_address(EMERGENCY)
    assert person
    with pytest.raises(NotPermitted):
        tokens.issue(house.store, person, name="X", scopes=["own"], lasts=MINUTE, now=house.clock.now())
    assert house.store.people.credentials(person.id) == []


def test_a_passkey_never_opens_the_emergency_account(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    opened_for_emergencies(house)
    person, now = house.store.people.by_address(EMERGENCY), house.clock.now()
    assert person
    key, link = (
        Credential(id=f"of-emergency-{kind}", person_id=person.id, kind=kind, since=now)
        for kind in (Kind.PASSKEY, Kind.PROVIDER)
    )
    house.store.people.put([key, link], [])
    monkeypatch.setattr(passkeys, "used", lambda *_: key)
    browser = Browser(house)
    browser.get("/sign-in")
    browser.post("/sign-in/passkey")
    assert browser.post("/sign-in/passkey/answer", answer="{}").status_code == 422
    accounts.recover(house.store, by="account root", now=now)
    assert {each.kind for each in house.store.people.credentials(person.id)} == {Kind.PASSWORD}


def test_nobody_keeps_the_emergency_account_shut(house: House) -> None:
    opened_for_emergencies(house)
    person = house.store.people.by_address(EMERGENCY)
    assert person
    admin, _ = signed_in(house, Role.USER_ADMIN)
    assert admin.post(f"/people/{person.id}/suspend", version=person.version).status_code == 403
    assert f'action="/people/{person.id}/suspend"' not in admin.get(f"/people/{person.id}").text
    shut = replace(person, state=PersonState.SUSPENDED)
    house.store.people.change(shut, [], ends_sessions=True)
    assert is_in(opened_for_emergencies(house)), "however it came to be suspended"


def test_wrong_tries_do_not_keep_the_emergency_account_out(house: House) -> None:
    added = accounts.recover(house.store, by="account root", now=house.clock.now())
    stranger = Browser(house)
    stranger.get("/sign-in")
    statuses = [stranger.post("/sign-in", name=EMERGENCY, password="x").status_code for _ in range(6)]
    assert statuses == [422] * 6
    assert Browser(house).sign_in(added.person, added.password).headers["location"] == "/"


def test_strangers_behind_the_same_web_server_do_not_keep_whoever_proved_something_out(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "PER_PROXY", 2)
    person, secret = settled(house, Role.REVIEWER)
    browser = Browser(house)
    browser.sign_in(person)
    stranger = Browser(house)
    stranger.get("/sign-in")
    assert [stranger.post("/sign-in", name=f"x{n}", password="x").status_code for n in range(2)] == [422, 429]
    assert browser.post("/sign-in/code", code=code_of(secret, house)).headers["location"] == "/"
    house.clock.move(timedelta(seconds=30))
    assert browser.post("/step-up", code=code_of(secret, house)).headers["location"] == "/"


# ——— who is told ———


def told(house: House, act: Callable[[], object]) -> list[OfficerNotice]:
    before = {each.id for each in house.store.officer_notices.newest(10_000)}
    act()
    return [each for each in house.store.officer_notices.newest(10_000) if each.id not in before]


def test_of_a_reset_everybody_who_decides_and_the_person_are_told(house: House) -> None:
    admin, user_admin = signed_in(house, Role.USER_ADMIN)
    approver, _ = settled(house, Role.APPROVER)
    person, _ = settled(house, Role.SENDER)
    sent = told(house, lambda: admin.post(f"/people/{person.id}/reset"))
    to = [each.to for each in sent]
    assert {person.address, approver.address} <= set(to)
    assert user_admin.address not in to
    assert len(to) == len(set(to))
    (given,) = [each for each in house.store.people.credentials(person.id) if each.kind is Kind.PASSWORD]
    assert all(user_admin.address in each.text and given.secret not in each.text for each in sent)
    assert {each.due for each in sent} == {house.clock.now()}, "at once"
    listed = house.visitor(Role.REVIEWER).get("/notices").text
    assert "Who may decide, and whose account was reset" in listed


def test_of_whoever_may_decide_from_now_on_all_are_told_and_of_nobody_else(house: House) -> None:
    store, now = house.store, house.clock.now()
    officer = Officer(name="Desk", address="desk@council.example")

    def add(number: int, *roles: Role) -> Any:  # noqa: ANN401 - who was added
        address = f"told{number}@council.example"
        return accounts.add(
            store, name="Rhys", address=address, roles=roles, by="admin", now=now, local=False, officers=[officer]
        )

    assert told(house, lambda: add(1, Role.SENDER, Role.AUDITOR)) == []
    sent = told(house, lambda: add(2, Role.REVIEWER))
    assert {officer.address, "told2@council.example"} <= {each.to for each in sent}
    assert all("Given by admin" in each.text for each in sent)

    def change(number: int, **changes: Any) -> Any:  # noqa: ANN401 - of `accounts.change`
        person = store.people.by_address(f"told{number}@council.example")
        assert person
        return accounts.change(store, person, by="admin", now=now, officers=[officer], **changes)

    assert told(house, lambda: change(1, roles=[Role.AUDITOR])) == []
    assert told(house, lambda: change(1, roles=[Role.APPROVER]))
    assert told(house, lambda: change(2, holds=["caldicott-guardian"]))
    assert told(house, lambda: change(2, roles=[Role.APPROVER]))
    assert told(house, lambda: change(2, roles=[Role.REVIEWER])) == [], "that is less"
    assert told(house, lambda: change(2, state=PersonState.SUSPENDED)) == []
