"""Sign-in with a provider of identities that may lie, be slow, or be somebody else's."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest

from gateway.config.sections import SecretSettings
from gateway.config.sign_in import ProviderSettings, SignInSettings
from gateway.console.sign_in import accounts
from gateway.console.sign_in.provider_id import identity_id
from gateway.model.person import Credential, Kind, PersonState, Role, Way
from gateway.system.atomic import write
from tests.console.house import NOW, PATIENCE, TRUSTED, House, opened
from tests.console.provider import CLIENT, SECRET, Provider, provider
from tests.console.signing_in import Browser, settled

pytestmark = pytest.mark.network
MINUTE = timedelta(minutes=1)
GROUPS = {"officers": (Role.REVIEWER,), "staff": (Role.SENDER,)}


@dataclass(slots=True)
class Clock:
    """The provider's clock: the console's, once there is one."""

    now: Callable[[], datetime] = lambda: NOW


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[House, Provider]]:
    folder: Path = tmp_path_factory.mktemp("console")
    write(folder / "secret", SECRET.encode())
    clock = Clock()
    with provider(lambda: clock.now()) as other:  # noqa: PLW0108 - the clock is another one later
        chosen = ProviderSettings(
            name="Exampleshire ID",
            issuer=other.issuer,
            client_id=CLIENT,
            client_secret=SecretSettings(file=folder / "secret"),
            roles=GROUPS,
            new_people=True,
        )
        with opened(folder, sign_in=SignInSettings(provider=chosen)) as made:
            clock.now = made.clock.now
            settled(made, Role.USER_ADMIN)
            yield made, other


@pytest.fixture
def house(both: tuple[House, Provider]) -> House:
    both[0].clock.move(MINUTE)
    return both[0]


@pytest.fixture(autouse=True)
def other(both: tuple[House, Provider]) -> Provider:
    """The provider, which tells the truth about somebody whom we do not know, whatever it said in the test before."""
    made = both[1]
    number = len(made.asked)
    made.who = {
        "sub": f"subject-{number}",
        "name": "Sam Reid",
        "email": f"sam.{number}@council.example",
        "email_verified": True,
        "groups": ["officers", "choir"],
        "amr": ["pwd", "mfa"],
    }
    made.bend, made.sign = (lambda claims: claims), None
    return made


def come_back(house: House, browser: Browser, start: str = "/sign-in/provider?next=/account") -> httpx2.Response:
    """Go to the provider and come back, as a browser does."""
    return browser.get_address(at_provider(browser.get_address(start)).replace(house.url, ""))


def at_provider(answer: httpx2.Response) -> str:
    """Visit the provider; return where it sends the browser."""
    assert answer.status_code == 303
    with httpx2.Client(verify=TRUSTED, timeout=PATIENCE) as client:
        return client.get(answer.headers["location"]).headers["location"]


def events(house: House, event: str) -> list[dict[str, Any]]:
    entries = map(json.loads, house.store.ledger.entries())
    return [entry["facts"] for entry in entries if entry["event"] == event]


def test_whom_a_group_gives_a_role_gets_an_account_and_is_signed_in(house: House, other: Provider) -> None:
    browser = Browser(house)
    assert "Sign in with Exampleshire ID" in browser.get("/sign-in").text
    assert come_back(house, browser).headers["location"] == "/account"
    page = browser.get("/account").text
    assert "Sam Reid" in page
    person = house.store.people.by_address(other.who["email"])
    assert person
    assert person.roles == {Role.REVIEWER}
    (session,) = house.store.sessions.of(person.id)
    assert session.ways == (Way.PROVIDER_TWICE,)
    asked = other.asked[-1]
    assert asked["code_challenge_method"] == "S256"
    assert asked["response_type"] == "code"
    assert len(asked["state"]) == len(asked["nonce"]) == 43
    assert other.troubles == []


def test_the_same_person_is_known_again_by_issuer_and_subject_whatever_the_address(
    house: House, other: Provider
) -> None:
    come_back(house, Browser(house))
    first = house.store.people.by_address(other.who["email"])
    other.who["email"] = "married.name@council.example"
    assert come_back(house, Browser(house)).headers["location"] == "/account"
    assert first
    assert len(house.store.sessions.of(first.id)) == 2
    assert house.store.people.by_address("married.name@council.example") is None


def test_somebody_with_the_address_of_another_is_somebody_else(house: House, other: Provider) -> None:
    come_back(house, Browser(house))
    other.who["sub"] = "another-subject"
    thief = Browser(house)
    assert come_back(house, thief).status_code == 403
    assert thief.get("/account").status_code == 303


@pytest.mark.parametrize("verified", [False, None, "true", 1])
def test_an_unverified_address_proves_nothing(house: House, other: Provider, verified: object) -> None:
    added = accounts.add(
        house.store, name="Rhys", address=other.who["email"], roles=[Role.APPROVER], by="host", now=house.clock.now(),
        local=False,
    )  # fmt: skip
    other.who["email_verified"] = verified
    browser = Browser(house)
    assert come_back(house, browser).status_code == 403
    assert browser.get("/account").status_code == 303
    assert house.store.people.credentials(added.person.id) == []


def test_a_verified_address_finds_whoever_was_added_for_it_once(house: House, other: Provider) -> None:
    added = accounts.add(
        house.store, name="Rhys", address=other.who["email"], roles=[Role.SENDER], by="host", now=house.clock.now(),
        local=False,
    )  # fmt: skip
    assert come_back(house, Browser(house)).headers["location"] == "/account"
    (link,) = house.store.people.credentials(added.person.id)
    assert link.id == identity_id(other.issuer, other.who["sub"])


def test_an_account_with_a_password_is_not_taken_over_by_an_address(house: House, other: Provider) -> None:
    person, _ = settled(house, Role.APPROVER)
    other.who["email"] = person.address
    assert come_back(house, Browser(house)).status_code == 403
    assert not any(each.kind is Kind.PROVIDER for each in house.store.people.credentials(person.id))


def test_whom_an_officer_added_by_subject_needs_no_address(house: House, other: Provider) -> None:
    other.who |= {"email_verified": False, "sub": "entra-object-id"}
    added = accounts.add(
        house.store, name="Rhys", address="rhys@council.example", roles=[Role.SENDER], by="host", now=house.clock.now(),
        local=False,
    )  # fmt: skip
    link = Credential(
        id=identity_id(other.issuer, "entra-object-id"),
        person_id=added.person.id,
        kind=Kind.PROVIDER,
        since=house.clock.now(),
    )
    house.store.people.put([link], [])
    assert come_back(house, Browser(house)).headers["location"] == "/account"


def test_roles_follow_the_groups_and_nobody_without_one_comes_in(house: House, other: Provider) -> None:
    browser = Browser(house)
    come_back(house, browser)
    person = house.store.people.by_address(other.who["email"])
    assert person
    other.who["groups"] = ["staff"]
    come_back(house, Browser(house))
    assert house.store.people.get(person.id).roles == {Role.SENDER}
    assert browser.get("/account").status_code == 303, "the session with the roles before has ended"
    assert events(house, "person:changed")[-1]["by"] == "provider"
    for groups in (["choir"], [], None, "choir", {"officers": True}, 7):
        other.who["groups"] = groups
        assert come_back(house, Browser(house)).status_code == 403


def test_who_is_suspended_here_stays_out(house: House, other: Provider) -> None:
    come_back(house, Browser(house))
    person = house.store.people.by_address(other.who["email"])
    assert person
    accounts.change(house.store, person, by="host", now=house.clock.now(), state=PersonState.SUSPENDED)
    assert come_back(house, Browser(house)).status_code == 403


def test_an_officer_whom_the_provider_asked_for_one_factor_only_owes_another(house: House, other: Provider) -> None:
    other.who["amr"] = ["pwd"]
    browser = Browser(house)
    assert come_back(house, browser).headers["location"] == "/sign-in/second"
    assert browser.get("/account").status_code == 303
    other.who["groups"] = ["staff"]
    assert come_back(house, Browser(house)).headers["location"] == "/account", "who may do little needs no second"


# ——— lies ———


def changed(**claims: object) -> Callable[[dict[str, Any]], dict[str, Any]]:
    return lambda given: {name: value for name, value in {**given, **claims}.items() if value is not None}


def later(**claims: int) -> Callable[[dict[str, Any]], dict[str, Any]]:
    return lambda given: {**given, **{name: given["iat"] + by for name, by in claims.items()}}


LIES = {
    "another nonce": changed(nonce="another"),
    "no nonce": changed(nonce=None),
    "another audience": changed(aud="another-client"),
    "several audiences, and not for us": changed(aud=[CLIENT, "another"], azp="another"),
    "several audiences, and for nobody": changed(aud=[CLIENT, "another"]),
    "no audience": changed(aud=None),
    "another issuer": changed(iss="https://login.evil.example"),
    "no issuer": changed(iss=None),
    "expired": later(exp=-120),
    "no end": changed(exp=None),
    "not yet": later(nbf=600),
    "from the future": later(iat=600),
    "nobody": changed(sub=None),
    "another access token": changed(at_hash="AAAAAAAAAAAAAAAAAAAAAA"),
}


@pytest.mark.parametrize("lie", LIES)
def test_a_token_that_is_not_what_was_asked_for_signs_nobody_in(house: House, other: Provider, lie: str) -> None:
    other.bend = LIES[lie]
    browser = Browser(house)
    answer = come_back(house, browser)
    assert answer.status_code == 403
    assert browser.get("/account").status_code == 303
    assert events(house, "person:refused")[-1]["why"] == "provider"


def test_a_token_that_nobody_signed_is_worth_nothing(house: House, other: Provider) -> None:
    for sign in (other.unsigned, other.hmac_with_public_key, Provider(other.issuer, other.now).sign_otherwise):
        other.sign = sign
        assert come_back(house, Browser(house)).status_code == 403


def test_a_provider_may_change_its_key(house: House, other: Provider) -> None:
    come_back(house, Browser(house))
    other.change_key()
    assert come_back(house, Browser(house)).headers["location"] == "/account"


def test_a_forged_state_is_refused(house: House, other: Provider) -> None:
    browser = Browser(house)
    back = at_provider(browser.get_address("/sign-in/provider"))
    code = parse_qs(urlsplit(back).query)["code"][0]
    for state in ("forged", "", "\u0661"):
        assert browser.get("/sign-in/provider/back", code=code, state=state).status_code == 403
    assert browser.get_address(back.replace(house.url, "")).status_code == 403, "the first wrong one used it up"
    assert other.codes, "no code was exchanged"


def test_an_answer_counts_once_and_in_the_browser_that_began_only(house: House, other: Provider) -> None:
    mine, victim = Browser(house), Browser(house)
    victim.get("/sign-in")
    back = at_provider(mine.get_address("/sign-in/provider")).replace(house.url, "")
    assert victim.get_address(back).status_code == 403, "sign-in forgery: nobody is signed in as somebody else"
    assert mine.get_address(back).headers["location"] == "/"
    assert mine.get_address(back).status_code == 403, "once"
    assert mine.get("/account").status_code == 200
    assert other.troubles == []


def test_a_cookie_from_before_is_another_after(house: House) -> None:
    browser = Browser(house)
    browser.get("/sign-in")
    planted = browser.cookie
    come_back(house, browser)
    thief = Browser(house)
    thief.hold(planted)
    assert thief.get("/account").status_code == 303


def test_the_answer_of_another_provider_is_refused(house: House) -> None:
    browser = Browser(house)
    back = at_provider(browser.get_address("/sign-in/provider")).replace(house.url, "")
    assert browser.get_address(f"{back}&iss=https%3A%2F%2Fevil.example").status_code == 403


def test_what_the_provider_says_of_a_trouble_is_not_shown(house: House) -> None:
    browser = Browser(house)
    back = at_provider(browser.get_address("/sign-in/provider")).replace(house.url, "")
    state = parse_qs(urlsplit(back).query)["state"][0]
    answer = browser.get(
        "/sign-in/provider/back", state=state, error="access_denied", error_description="<b>QUETZAL</b>"
    )
    assert answer.status_code == 403
    assert "<b>QUETZAL" not in answer.text


def test_nobody_is_sent_elsewhere_after_it(house: House) -> None:
    browser = Browser(house)
    assert come_back(house, browser, "/sign-in/provider?next=//evil.example/").headers["location"] == "/"


# ——— a fresh proof ———


def test_the_provider_is_asked_anew_for_a_fresh_proof(house: House, other: Provider) -> None:
    browser = Browser(house)
    come_back(house, browser)
    house.clock.move(timedelta(minutes=6))
    assert "Sign in with Exampleshire ID again" in browser.get("/step-up").text
    assert browser.post("/account/tokens").headers["location"].startswith("/step-up")
    before = browser.cookie
    assert come_back(house, browser, "/step-up/provider?next=/account").headers["location"] == "/account"
    assert browser.cookie != before
    assert (other.asked[-1]["prompt"], other.asked[-1]["max_age"]) == ("login", "0")
    assert browser.post("/account/recovery").status_code == 200


@pytest.mark.parametrize("lie", ["somebody else", "asked long ago", "does not say when", "one factor"])
def test_what_is_no_fresh_proof_of_the_same_person_is_none(house: House, other: Provider, lie: str) -> None:
    browser = Browser(house)
    come_back(house, browser)
    house.clock.move(timedelta(minutes=6))
    bends: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
        "somebody else": changed(sub="somebody-else"),
        "asked long ago": later(auth_time=-3600),
        "does not say when": changed(auth_time=None),
        "one factor": changed(amr=["pwd"]),
    }
    other.bend = bends[lie]
    assert come_back(house, browser, "/step-up/provider?next=/account").status_code == 403
    assert browser.post("/account/recovery").headers["location"].startswith("/step-up")


def test_a_provider_that_is_not_there_is_said_so_and_others_sign_in(tmp_path: Path) -> None:
    write(tmp_path / "secret", SECRET.encode())
    chosen = ProviderSettings(
        name="Gone",
        issuer="http://127.0.0.1:9",
        client_id=CLIENT,
        client_secret=SecretSettings(file=tmp_path / "secret"),
    )
    with opened(tmp_path, sign_in=SignInSettings(provider=chosen)) as made:
        browser = Browser(made)
        assert browser.get("/sign-in/provider").status_code == 503
        assert browser.get("/sign-in").status_code == 200


def test_where_no_provider_is_set_there_is_no_such_page(tmp_path: Path) -> None:
    with opened(tmp_path) as made:
        for path in ("/sign-in/provider", "/sign-in/provider/back"):
            assert Browser(made).get(path).status_code == 404
