"""Sign-in in a browser, under the policy that lets nothing run that is not ours: passkeys, and pages for everybody."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from urllib.parse import parse_qs

import pyotp
import pytest
from playwright.sync_api import Browser as Chromium
from playwright.sync_api import CDPSession, Page, expect

from gateway.console.sign_in import accounts
from gateway.model.person import Credential, Kind, Person, Role
from tests.console.eyes import NARROW, WIDE, Window, started, window
from tests.console.house import House, opened
from tests.console.signing_in import PASSWORD, Browser, code_of, settled

pytestmark = [pytest.mark.network, pytest.mark.needs("chromium")]
MINUTE = timedelta(minutes=1)
COUNTING = {"protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True}


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with opened(tmp_path_factory.mktemp("console")) as made:
        yield made


@pytest.fixture(scope="module")
def chromium() -> Iterator[Chromium]:
    with started() as one:
        yield one


@contextmanager
def with_authenticator(chromium: Chromium, house: House) -> Iterator[tuple[Window, CDPSession, str]]:
    """Lend a window whose device can hold passkeys (CDP, WebAuthn.addVirtualAuthenticator)."""
    with window(chromium, house.url) as seen:
        devices = seen.page.context.new_cdp_session(seen.page)
        devices.send("WebAuthn.enable")
        options = {**COUNTING, "isUserVerified": True, "automaticPresenceSimulation": True}
        made = devices.send("WebAuthn.addVirtualAuthenticator", {"options": options})
        yield seen, devices, made["authenticatorId"]


def newcomer(house: House, *roles: Role) -> tuple[Person, str]:
    address, now = f"gwen{len(house.store.people.all())}@council.example", house.clock.now()
    added = accounts.add(house.store, name="Gwen Parry", address=address, roles=roles, by="host", now=now)
    return added.person, added.password


def sign_in(page: Page, url: str, person: Person, password: str) -> None:
    page.goto(f"{url}/sign-in?next=/account")
    page.get_by_label("Mail address").fill(person.address)
    page.get_by_label("Password", exact=True).fill(password)
    page.get_by_role("button", name="Sign in", exact=True).click()


def make_passkey(seen: Window, person: Person, password: str) -> None:
    """Go through a first sign-in, and make a passkey as the second factor."""
    page = seen.page
    sign_in(page, seen.url, person, password)
    page.get_by_label("New password", exact=True).fill(PASSWORD)
    page.get_by_label("New password again").fill(PASSWORD)
    page.get_by_role("button", name="Continue").click()
    page.get_by_label("Name of the device").fill("work <b>laptop</b>")
    page.get_by_role("button", name="Make a passkey").click()
    expect(page.get_by_role("heading", name="Make a passkey")).to_be_visible()
    page.get_by_role("button", name="Make a passkey").click()
    expect(page.get_by_role("heading", name="My account")).to_be_visible()


def by_passkey(page: Page) -> None:
    page.get_by_role("button", name="Sign in with a passkey").click()
    page.get_by_role("button", name="Use a passkey").click()


def test_a_passkey_is_made_signs_in_without_a_name_and_proves_it_again(chromium: Chromium, house: House) -> None:
    person, password = newcomer(house, Role.REVIEWER)
    with with_authenticator(chromium, house) as (seen, devices, device):
        page = seen.page
        make_passkey(seen, person, password)
        expect(page.get_by_text("work <b>laptop</b>").first).to_be_visible()
        (kept,) = devices.send("WebAuthn.getCredentials", {"authenticatorId": device})["credentials"]
        assert kept["isResidentCredential"]
        assert kept["rpId"] == "localhost"
        page.get_by_role("button", name="Sign out").click()
        by_passkey(page)
        expect(page.get_by_role("button", name="Sign out")).to_be_visible()
        (session,) = house.store.sessions.of(person.id)
        assert session.ways == ("passkey",)
        house.clock.move(timedelta(minutes=6))
        seen.go("/step-up?next=/account")
        page.get_by_role("button", name="Use a passkey").click()
        expect(page.get_by_role("heading", name="Use a passkey")).to_be_visible()
        page.get_by_role("button", name="Use a passkey").click()
        expect(page.get_by_role("heading", name="My account")).to_be_visible()
        (again,) = house.store.sessions.of(person.id)
        assert again.stepped_up_at == house.clock.now()
    (key,) = [each for each in house.store.people.credentials(person.id) if each.kind is Kind.PASSKEY]
    assert key.used >= 2, "its counter is kept"


def test_what_a_passkey_signed_once_is_worth_nothing_again(chromium: Chromium, house: House) -> None:
    person, password = newcomer(house, Role.REVIEWER)
    sent: list[str] = []
    with with_authenticator(chromium, house) as (seen, _, _):
        make_passkey(seen, person, password)
        seen.page.get_by_role("button", name="Sign out").click()
        seen.page.on(
            "request", lambda asked: sent.append(asked.post_data or "") if "passkey/answer" in asked.url else None
        )
        by_passkey(seen.page)
        expect(seen.page.get_by_role("button", name="Sign out")).to_be_visible()
    answer = parse_qs(sent[0])["answer"][0]
    thief = Browser(house)
    thief.get("/sign-in")
    assert thief.post("/sign-in/passkey/answer", answer=answer).status_code == 422, "no challenge was given"
    assert thief.post("/sign-in/passkey").status_code == 200
    assert thief.post("/sign-in/passkey/answer", answer=answer).status_code == 422, "another challenge was given"
    bent, other = json.loads(answer), json.loads(answer)
    bent["response"]["signature"] = "AAAA"
    other["response"]["userHandle"] = "cC1zb21lYm9keS1lbHNl"
    for wrong in (
        json.dumps(bent),
        json.dumps(other),
        "",
        "{}",
        "[]",
        "null",
        '{"rawId": 7}',
        '{"rawId": "' + "A" * 5000 + '"}',
        "[" * 20_000,
    ):
        assert thief.post("/sign-in/passkey").status_code == 200
        assert thief.post("/sign-in/passkey/answer", answer=wrong).status_code == 422
    assert thief.get("/account").status_code == 303


def test_the_button_waits_for_its_script_and_trouble_is_told_when_there_is_some(
    chromium: Chromium, house: House
) -> None:
    """A press before the script listened was lost, and the words of a failure stood there before there was one."""
    with window(chromium, house.url) as seen:
        page, button = seen.page, seen.page.get_by_role("button", name="Use a passkey")
        trouble = page.get_by_text("That did not work.")
        page.route("**/passkey*.mjs", lambda _route: None)  # a line so slow that nothing comes
        seen.go("/sign-in")
        page.get_by_role("button", name="Sign in with a passkey").click()
        expect(button).to_be_disabled()
        expect(trouble).to_be_hidden()
        page.unroute("**/passkey*.mjs")
        seen.go("/sign-in")
        page.get_by_role("button", name="Sign in with a passkey").click()
        expect(button).to_be_enabled()
        expect(trouble).to_be_hidden()
        page.evaluate("() => { navigator.credentials.get = () => Promise.reject(new Error()); }")
        button.click()
        expect(trouble).to_be_visible()


def test_a_device_that_does_not_verify_its_owner_is_not_let_in(chromium: Chromium, house: House) -> None:
    person, password = newcomer(house, Role.REVIEWER)
    with with_authenticator(chromium, house) as (seen, devices, device):
        make_passkey(seen, person, password)
        seen.page.get_by_role("button", name="Sign out").click()
        devices.send("WebAuthn.setUserVerified", {"authenticatorId": device, "isUserVerified": False})
        by_passkey(seen.page)
        expect(seen.page.get_by_text("That did not work.")).to_be_visible()
        assert house.store.sessions.of(person.id) == []


def test_the_passkey_of_somebody_else_proves_nothing_about_me(chromium: Chromium, house: House) -> None:
    theirs, password = newcomer(house, Role.REVIEWER)
    mine, secret = settled(house, Role.REVIEWER)
    elsewhere = Credential(id="on-another-device", person_id=mine.id, kind=Kind.PASSKEY, since=house.clock.now())
    house.store.people.put([elsewhere], [])
    with with_authenticator(chromium, house) as (seen, _, _):
        page = seen.page
        make_passkey(seen, theirs, password)
        page.get_by_role("button", name="Sign out").click()
        house.clock.move(MINUTE)
        sign_in(page, seen.url, mine, PASSWORD)
        page.get_by_label("Code").fill(code_of(secret, house))
        page.get_by_role("button", name="Continue").click()
        house.clock.move(timedelta(minutes=6))
        seen.go("/step-up?next=/account")
        page.get_by_role("button", name="Use a passkey").click()
        expect(page.get_by_role("heading", name="Use a passkey")).to_be_visible()
        page.get_by_role("button", name="Use a passkey").click()
        expect(page.get_by_role("heading", name="Show again that it is you")).to_be_visible()
    (session,) = house.store.sessions.of(mine.id)
    assert not session.is_stepped_up(house.clock.now())


@pytest.mark.parametrize(("scheme", "width"), [("light", WIDE), ("dark", NARROW)])
def test_nothing_is_wrong_with_the_pages_of_a_first_sign_in(
    chromium: Chromium, house: House, scheme: str, width: int
) -> None:
    person, password = newcomer(house, Role.REVIEWER, Role.USER_ADMIN)
    with window(chromium, house.url, width=width, color_scheme=scheme) as seen:
        page = seen.page
        seen.go("/sign-in")
        heading = page.get_by_role("heading", level=1)
        assert seen.faults() == []
        sign_in(page, seen.url, person, password)
        expect(heading).to_have_text("Choose a password")
        assert seen.faults() == []
        page.get_by_label("New password", exact=True).fill(PASSWORD)
        page.get_by_label("New password again").fill(PASSWORD)
        page.get_by_role("button", name="Continue").click()
        expect(heading).to_have_text("Set up a second factor")
        assert seen.faults() == []
        page.get_by_role("button", name="Set up a code app").click()
        expect(heading).to_have_text("Set up a code app")
        assert seen.faults() == []
        secret = page.locator("p.gw-mono").inner_text().replace(" ", "")
        page.get_by_label("Code that the app shows now").fill(pyotp.TOTP(secret).at(house.clock.now()))
        page.get_by_role("button", name="Continue").click()
        expect(heading).to_have_text("Your recovery codes")
        assert seen.faults() == []
        page.get_by_role("button", name="I have kept them").click()
        expect(heading).not_to_have_text("Your recovery codes")
        for path in ("/account", "/people", "/people/new", "/step-up", f"/people/{person.id}"):
            seen.go(path)
            assert seen.faults() == [], path
        other, _ = settled(house, Role.REVIEWER, Role.APPROVER)
        seen.go(f"/people/{other.id}")
        assert seen.faults() == []


def test_signing_in_needs_no_javascript(chromium: Chromium, house: House) -> None:
    house.clock.move(MINUTE)
    person, secret = settled(house, Role.REVIEWER)
    with window(chromium, house.url, java_script_enabled=False) as seen:
        sign_in(seen.page, seen.url, person, PASSWORD)
        seen.page.get_by_label("Code").fill(code_of(secret, house))
        seen.page.get_by_role("button", name="Continue").click()
        expect(seen.page.get_by_role("heading", name="My account")).to_be_visible()


def test_signing_in_by_the_keyboard_alone(chromium: Chromium, house: House) -> None:
    house.clock.move(MINUTE)
    person, secret = settled(house, Role.REVIEWER)
    with window(chromium, house.url) as seen:
        page = seen.page
        seen.go("/sign-in?next=/account")
        reach(page, "name")
        page.keyboard.type(person.address)
        reach(page, "password")
        page.keyboard.type(PASSWORD)
        page.keyboard.press("Enter")
        expect(page.get_by_role("heading", name="Show that it is you")).to_be_visible()
        reach(page, "code")
        page.keyboard.type(code_of(secret, house))
        page.keyboard.press("Enter")
        expect(page.get_by_role("heading", name="My account")).to_be_visible()


def reach(page: Page, field: str) -> None:
    """Press Tab until a field has the focus."""
    for _ in range(15):
        if page.evaluate("document.activeElement.id") == field:
            return
        page.keyboard.press("Tab")
    raise AssertionError(field)
