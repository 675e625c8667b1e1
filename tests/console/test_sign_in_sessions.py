"""Sessions and accounts: how long they last, what ends them, what demands a fresh proof, and who may change whom."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import timedelta

import httpx2
import pytest

from gateway.console.sign_in import accounts, tokens
from gateway.errors import Conflict, NotAccepted, NotPermitted
from gateway.model.person import Kind, Person, PersonState, Role
from tests.console.house import PATIENCE, House, opened
from tests.console.signing_in import PASSWORD, Browser, code_of, settled

pytestmark = pytest.mark.network
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with opened(tmp_path_factory.mktemp("console")) as made:
        admin, _ = settled(made, Role.USER_ADMIN)
        assert admin.may_sign_in, "somebody always looks after people"
        yield made


def signed_in(house: House, *roles: Role) -> tuple[Browser, Person, str]:
    """Return the browser of somebody new, signed in by the forms."""
    house.clock.move(MINUTE)
    person, secret = settled(house, *roles)
    browser = Browser(house)
    assert browser.sign_in(person, code=code_of(secret, house)).headers["location"] == "/"
    return browser, person, secret


def is_in(browser: Browser) -> bool:
    return browser.get("/account").status_code == 200


def events(house: House, event: str) -> list[dict[str, object]]:
    entries = map(json.loads, house.store.ledger.entries())
    return [entry["facts"] for entry in entries if entry["event"] == event]


# ——— how long ———


def test_a_session_ends_when_it_is_not_used(house: House) -> None:
    browser, _, _ = signed_in(house, Role.REVIEWER)
    for _ in range(4):
        house.clock.move(timedelta(minutes=29))
        assert is_in(browser)
    house.clock.move(timedelta(minutes=30))
    assert not is_in(browser)


def test_a_session_ends_after_ten_hours_however_much_it_is_used(house: House) -> None:
    browser, _, secret = signed_in(house, Role.REVIEWER)
    for _ in range(20):
        house.clock.move(timedelta(minutes=29))
        assert is_in(browser)
    browser.post("/step-up", code=code_of(secret, house))
    assert is_in(browser)
    house.clock.move(timedelta(minutes=20))
    assert not is_in(browser), "a fresh proof does not make it longer"


def test_signing_out_ends_it_on_the_host_too(house: House) -> None:
    browser, _, _ = signed_in(house, Role.REVIEWER)
    cookie = browser.cookie
    assert browser.post("/sign-out").headers["location"] == "/sign-in"
    assert browser.cookie not in {"", cookie}
    stolen = Browser(house)
    stolen.hold(cookie)
    assert not is_in(stolen)


# ——— what ends them ———


def test_i_see_where_i_am_signed_in_and_end_the_others(house: House) -> None:
    browser, person, secret = signed_in(house, Role.REVIEWER)
    house.clock.move(MINUTE)
    other = Browser(house, **{"User-Agent": "Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0"})
    other.sign_in(person, code=code_of(secret, house))
    page = browser.get("/account").text
    assert "Firefox, Linux" in page
    assert "127.0.0.1" in page
    (path,) = set(re.findall(r'action="(/account/sessions/s-[^"]+/end)"', page))
    assert browser.post(path).headers["location"] == "/account"
    assert (is_in(browser), is_in(other)) == (True, False)
    assert events(house, "session:revoked")[-1]["person"] == person.address
    house.clock.move(MINUTE)
    third = Browser(house)
    third.sign_in(person, code=code_of(secret, house))
    browser.post("/account/sessions/end")
    assert (is_in(browser), is_in(third)) == (True, False)


def test_nobody_ends_the_session_of_somebody_else(house: House) -> None:
    mine, _, _ = signed_in(house, Role.USER_ADMIN)
    theirs, person, _ = signed_in(house, Role.REVIEWER)
    (session,) = house.store.sessions.of(person.id)
    mine.post(f"/account/sessions/{session.id}/end")
    assert is_in(theirs)


def test_a_suspension_ends_every_session_at_once(house: House) -> None:
    admin, _, _ = signed_in(house, Role.USER_ADMIN)
    browser, person, secret = signed_in(house, Role.REVIEWER)
    at = admin.post(f"/people/{person.id}/suspend", version=person.version)
    assert at.headers["location"] == f"/people/{person.id}"
    assert not is_in(browser)
    again = Browser(house)
    assert again.sign_in(person).status_code == 422
    house.clock.move(MINUTE)
    assert admin.post(f"/people/{person.id}/resume", version=person.version + 1).status_code == 303
    assert Browser(house).sign_in(person, code=code_of(secret, house)).headers["location"] == "/"


def test_other_roles_end_every_session_at_once(house: House) -> None:
    admin, by, _ = signed_in(house, Role.USER_ADMIN)
    browser, person, _ = signed_in(house, Role.USER_ADMIN)
    admin.post(f"/people/{person.id}/roles", version=person.version, roles=["auditor", "reviewer"])
    assert not is_in(browser)
    assert house.store.people.get(person.id).roles == {Role.AUDITOR, Role.REVIEWER}
    told = events(house, "person:changed")[-1]
    assert told["by"] == by.address
    assert (told["before"], told["roles"]) == (["user-admin"], ["auditor", "reviewer"])


def test_a_reset_takes_everything_and_gives_one_sign_in(house: House) -> None:
    admin, _, _ = signed_in(house, Role.USER_ADMIN)
    browser, person, secret = signed_in(house, Role.REVIEWER)
    browser.post("/account/tokens", token_name="SIEM", scopes=["list"], days="30")
    assert len(house.store.tokens.of(person.id)) == 1
    page = admin.post(f"/people/{person.id}/reset").text
    (password,) = re.findall(r"[0-9a-z]{5}(?:-[0-9a-z]{5}){3}", page)
    assert not is_in(browser)
    assert {each.kind for each in house.store.people.credentials(person.id)} == {Kind.PASSWORD}
    assert house.store.tokens.of(person.id) == []
    house.clock.move(MINUTE)
    assert Browser(house).sign_in(person).status_code == 422
    again = Browser(house)
    assert again.sign_in(person, password).headers["location"] == "/sign-in/password"
    house.clock.move(timedelta(days=3))
    assert Browser(house).sign_in(person, password).status_code == 422, "it was for three days"
    assert secret not in page


def test_another_password_ends_the_other_sessions(house: House) -> None:
    browser, person, secret = signed_in(house, Role.REVIEWER)
    house.clock.move(MINUTE)
    other = Browser(house)
    other.sign_in(person, code=code_of(secret, house))
    new = "kettle trombone estuary"
    assert browser.post("/account/password", present="wrong", password=new, again=new).status_code == 422
    assert browser.post("/account/password", present=PASSWORD, password=new, again="x").status_code == 422
    assert browser.post("/account/password", present=PASSWORD, password=new, again=new).status_code == 303
    assert (is_in(browser), is_in(other)) == (True, False)
    house.clock.move(MINUTE)
    assert Browser(house).sign_in(person).status_code == 422
    assert Browser(house).sign_in(person, new).headers["location"] == "/sign-in/code"


# ——— a fresh proof ———


def test_a_weighty_act_demands_a_fresh_proof_and_gives_another_cookie_for_it(house: House) -> None:
    admin, _, secret = signed_in(house, Role.USER_ADMIN)
    _, person, _ = signed_in(house, Role.REVIEWER)
    house.clock.move(timedelta(minutes=5))
    at = admin.post(f"/people/{person.id}/suspend", version=person.version, back=f"/people/{person.id}")
    assert at.headers["location"] == f"/step-up?next=/people/{person.id}"
    assert house.store.people.get(person.id).state is PersonState.ACTIVE
    before = admin.cookie
    assert admin.post("/step-up", code="000000", next="/people").status_code == 422
    assert admin.post("/step-up", code=code_of(secret, house), next="/people").headers["location"] == "/people"
    stale = Browser(house)
    stale.hold(before)
    assert not is_in(stale), "the cookie before is worth nothing"
    assert admin.post(f"/people/{person.id}/suspend", version=person.version).status_code == 303
    assert house.store.people.get(person.id).state is PersonState.SUSPENDED


def test_who_may_do_weighty_things_cannot_step_up_with_a_password(house: House) -> None:
    house.clock.move(MINUTE)
    browser, _, _ = signed_in(house, Role.REVIEWER)
    house.clock.move(timedelta(minutes=6))
    assert browser.post("/step-up", code=PASSWORD).status_code == 422


def test_who_may_do_little_steps_up_with_the_password(house: House) -> None:
    house.clock.move(MINUTE)
    person, _ = settled(house, Role.SENDER, app=False)
    browser = Browser(house)
    assert browser.sign_in(person).headers["location"] == "/", "one factor is enough to see one's own"
    house.clock.move(timedelta(minutes=6))
    assert browser.post("/account/app").headers["location"].startswith("/step-up")
    assert browser.post("/step-up", code=PASSWORD, next="/account").headers["location"] == "/account"
    assert browser.post("/account/app").status_code == 200


def test_the_only_second_factor_of_an_officer_cannot_be_removed(house: House) -> None:
    browser, person, _ = signed_in(house, Role.REVIEWER)
    (app,) = [each for each in house.store.people.credentials(person.id) if each.kind is Kind.CODE_APP]
    assert browser.post(f"/account/factors/{app.id}/remove").status_code == 409
    (password,) = [each for each in house.store.people.credentials(person.id) if each.kind is Kind.PASSWORD]
    assert browser.post(f"/account/factors/{password.id}/remove").status_code == 404
    page = browser.post("/account/recovery").text
    assert len(re.findall(r"<li>[0-9a-z]{4}(?:-[0-9a-z]{4}){3}</li>", page)) == 10


# ——— who may change whom ———


def test_nobody_changes_their_own_roles(house: House) -> None:
    admin, person, _ = signed_in(house, Role.USER_ADMIN)
    answer = admin.post(f"/people/{person.id}/roles", version=person.version, roles=["approver", "user-admin"])
    assert answer.status_code == 403
    assert admin.post(f"/people/{person.id}/reset").status_code == 403
    assert house.store.people.get(person.id).roles == {Role.USER_ADMIN}


def test_what_somebody_else_changed_meanwhile_is_not_written_over(house: House) -> None:
    admin, _, _ = signed_in(house, Role.USER_ADMIN)
    _, person, _ = signed_in(house, Role.REVIEWER)
    admin.post(f"/people/{person.id}/roles", version=person.version, roles=["auditor"])
    assert admin.post(f"/people/{person.id}/roles", version=person.version, roles=["approver"]).status_code == 409
    assert house.store.people.get(person.id).roles == {Role.AUDITOR}


def test_people_are_added_by_the_page_and_sign_in_with_what_it_shows_once(house: House) -> None:
    admin, _, _ = signed_in(house, Role.USER_ADMIN)
    page = admin.post(
        "/people/new",
        name="  Rhys   Ellis ",
        address="Rhys@Council.Example",
        roles=["sender"],
        holds=" caldicott-guardian ,",
    )
    (password,) = re.findall(r"[0-9a-z]{5}(?:-[0-9a-z]{5}){3}", page.text)
    person = house.store.people.by_address("rhys@council.example")
    assert person
    assert person.name == "Rhys Ellis"
    assert person.roles == {Role.SENDER}
    assert person.officer_roles == ("caldicott-guardian",)
    browser = Browser(house)
    assert browser.sign_in(person, password).headers["location"] == "/sign-in/password"
    assert browser.post("/sign-in/password", password=PASSWORD, again=PASSWORD).headers["location"] == "/"
    assert is_in(browser)
    bad = ({"name": "", "address": "x@council.example"}, {"name": "X", "address": "%(x)s no address"})
    for wrong in (*bad, {"name": "X", "address": "x@council.example", "holds": "Guardian!"}):
        assert admin.post("/people/new", roles=["sender"], **wrong).status_code == 422
    twice = admin.post("/people/new", name="Rhys", address="rhys@council.example", roles=["sender"])
    assert twice.status_code == 422
    assert "already" in twice.text


def test_a_hostile_name_is_text(house: House) -> None:
    admin, _, _ = signed_in(house, Role.USER_ADMIN)
    person, _ = settled(house, Role.SENDER, name="<img src=x onerror=alert(1)> %(x)s {{ 7*7 }}")
    for path in ("/people", f"/people/{person.id}"):
        page = admin.get(path)
        assert page.status_code == 200
        assert "<img src=x" not in page.text
        assert "&lt;img src=x onerror=alert(1)&gt; %(x)s {{ 7*7 }}" in page.text


def test_somebody_is_left_who_looks_after_people(house: House) -> None:
    everybody = [each for each in house.store.people.all() if Role.USER_ADMIN in each.roles and not each.emergency]
    now = house.clock.now()
    for each in everybody[1:]:
        accounts.change(house.store, each, by="host", now=now, roles=[Role.SENDER])
    with pytest.raises(Conflict):
        accounts.change(house.store, everybody[0], by="host", now=now, state=PersonState.SUSPENDED)
    with pytest.raises(Conflict):
        accounts.change(house.store, everybody[0], by="host", now=now, roles=[Role.SENDER])


# ——— the emergency account ———


def test_the_emergency_account_opens_once_from_the_host_and_looks_after_people_only(house: House) -> None:
    house.clock.move(MINUTE)
    added = accounts.recover(house.store, by="account root", now=house.clock.now())
    assert events(house, "person:recovered")[-1]["by"] == "account root"
    browser = Browser(house)
    assert browser.sign_in(added.person, added.password).headers["location"] == "/"
    assert is_in(browser)
    assert browser.get("/people").status_code == 200
    assert added.person.roles == {Role.USER_ADMIN}
    house.clock.move(MINUTE)
    assert Browser(house).sign_in(added.person, added.password).status_code == 422, "once"
    _, person, _ = signed_in(house, Role.REVIEWER)
    house.clock.move(timedelta(minutes=6))
    assert browser.post(f"/people/{person.id}/reset").status_code == 200, "it is its own fresh proof while it lasts"
    house.clock.move(timedelta(minutes=8))
    assert not is_in(browser), "a quarter of an hour"


def test_the_emergency_account_is_shut_again_after_a_quarter_of_an_hour(house: House) -> None:
    added = accounts.recover(house.store, by="account root", now=house.clock.now())
    house.clock.move(timedelta(minutes=15))
    assert Browser(house).sign_in(added.person, added.password).status_code == 422
    with pytest.raises(NotPermitted):
        accounts.reset(house.store, added.person, by="x", now=house.clock.now())
    with pytest.raises(NotPermitted):
        accounts.change(house.store, added.person, by="x", now=house.clock.now(), roles=Role)


def test_the_first_account_is_made_once(house: House) -> None:
    now = house.clock.now()
    assert accounts.first_account(house.store, name="First", address="first@council.example", now=now) is None


# ——— tokens for programs ———


def test_a_token_may_no_more_than_its_scopes_and_its_person(house: House) -> None:
    browser, person, _ = signed_in(house, Role.REVIEWER)
    page = browser.post("/account/tokens", token_name="SIEM", scopes=["list", "masked"], days="30")
    (secret,) = re.findall(r"gwt_[\w-]{43}", page.text)
    (token,) = house.store.tokens.of(person.id)
    assert token.name == "SIEM"
    assert token.scopes == {"list", "masked"}
    assert secret not in browser.get("/account").text
    assert events(house, "token:issued")[-1]["token"] == token.id
    assert secret not in json.dumps(events(house, "token:issued"))
    for wrong in (
        {"scopes": ["people"], "days": "30"},
        {"scopes": [], "days": "30"},
        {"scopes": ["list"], "days": "0"},
    ):
        assert browser.post("/account/tokens", token_name="X", **wrong).status_code == 422
    for days in ("367", "99999999999999999999", "-1", "x", ""):
        assert browser.post("/account/tokens", token_name="X", scopes=["list"], days=days).status_code == 422
    browser.post(f"/account/tokens/{token.id}/end")
    assert house.store.tokens.find(secret) is None
    assert events(house, "token:revoked")[-1]["token"] == token.id


def test_a_token_is_never_for_what_demands_that_a_person_proves_it(house: House) -> None:
    _, person, _ = signed_in(house, *Role)
    assert not {"reveal", "people", "keys", "policy_publish", "public"} & set(tokens.scopes_of(person))
    with pytest.raises(NotAccepted):
        tokens.issue(house.store, person, name="X", scopes=["reveal"], lasts=timedelta(days=1), now=house.clock.now())


def test_a_token_is_no_cookie_and_a_cookie_no_token(house: House) -> None:
    browser, _, _ = signed_in(house, Role.REVIEWER)
    page = browser.post("/account/tokens", token_name="SIEM", scopes=["list"], days="30")
    (secret,) = re.findall(r"gwt_[\w-]{43}", page.text)
    thief = Browser(house)
    thief.hold(secret)
    assert not is_in(thief)
    with httpx2.Client(base_url=house.url, headers={"Authorization": f"Bearer {secret}"}, timeout=PATIENCE) as client:
        assert client.get("/account").status_code == 303
