"""Rules speak Welsh on Welsh pages, each sentence in its own language; English where nobody wrote the Welsh."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from html import unescape
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Browser

from gateway.console.held.rules import words_of_rule
from gateway.console.words.tongue import Tongue
from gateway.decide.evaluate import NO_RULE
from gateway.decide.policy import Policy, Rule
from gateway.errors import NotFound
from gateway.model.person import Role
from gateway.model.transfer import Transfer
from gateway.model.verdict import Said
from tests.console.answering import answering
from tests.console.eyes import NARROW, started, window
from tests.console.house import POLICY, House, Visitor, opened
from tests.console.seeds import Seed, plant

pytestmark = pytest.mark.network

CHILDREN: Final = Seed(files=[("children.docx", 9_000)], found={"CHILD_SAFEGUARDING": 2}, people=2)
RULES: Final = {rule.id: rule for rule in POLICY.rules}
SAID: Final = RULES["people/children"]
TONGUE: Final = Tongue(language="cy", zone=ZoneInfo("Europe/London"))


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    with opened(tmp_path) as found:
        yield found


def reader(house: House, *roles: Role, language: str = "cy", address: str = "") -> Visitor:
    visitor = house.visitor(*roles, address=address)
    visitor.post("/language", language=language, back="/")
    return visitor


def path_of(transfer: Transfer) -> str:
    return f"/quarantine/{transfer.id}/{transfer.deliveries[0].id}"


def spoken(page: str, rule: Rule = SAID) -> tuple[bool, bool]:
    """Return whether a page says what a rule says, in Welsh and in English, each marked as what it is."""
    page = unescape(page)
    assert page.count(rule.welsh) == page.count(f'lang="cy">{rule.welsh}</')
    assert page.count(rule.says) == page.count(f'lang="en">{rule.says}</')
    return rule.welsh in page, rule.says in page


def before(policy: Policy) -> Policy:
    """Return the policy as it was before the rule spoke Welsh, and with other words."""
    old = replace(SAID, says="Children wait.", welsh="")
    return replace(policy, rules=tuple(old if rule is SAID else rule for rule in policy.rules))


def texts(visitor: Visitor, held: Transfer) -> dict[str, str]:
    """Return what officers and staff see of something held, and of the rules."""
    version = visitor.get(path_of(held)).text.partition('name="version" value="')[2].partition('"')[0]
    choice = {"version": version, "choice": "release", "reason": "Agreed with the data owner"}
    asked = {"from": "a@council.example", "to": "b@mail.example", "kind-1": "CHILD_SAFEGUARDING", "number-1": "2"}
    return {
        "list": visitor.get("/quarantine").text,
        "review": visitor.get(path_of(held)).text,
        "check": visitor.post(f"{path_of(held)}/check", None, **choice).text,
        "several": visitor.post("/quarantine/bulk", act="release", query="", everything="yes").text,
        "transfer": visitor.get(f"/transfers/{held.id}").text,
        "rules": visitor.get("/policy/rules").text,
        "what if": visitor.get("/policy/what-if", **asked, can="zip").text,
    }


@pytest.mark.parametrize("language", ["cy", "en"])
def test_rules_speak_the_language_of_the_page(house: House, language: str) -> None:
    held = plant(house.store, CHILDREN, house.clock.now())
    house.visitor(Role.APPROVER, name="R. Patel")
    said = texts(reader(house, *Role, language=language), held)
    assert {name: spoken(page) for name, page in said.items()} == dict.fromkeys(
        said, (True, False) if language == "cy" else (False, True)
    )


def test_staff_read_why_theirs_waits_in_their_language(house: House) -> None:
    own = plant(house.store, CHILDREN, house.clock.now())
    assert spoken(reader(house, Role.SENDER, address=own.sender).get(f"/mine/{own.id}").text) == (True, False)


def test_a_file_that_is_tried_is_answered_in_welsh(house: House, tmp_path: Path) -> None:
    visitor = reader(house, Role.SENDER, address="ida.jones@council.example")
    file = {"file": ("a.txt", b"PROTECT - PERSONAL\nNHS number 943 476 5919\n", "text/plain")}
    with answering(house, tmp_path / "daemon"):
        page = visitor.post("/try", files=file, to="ida.jones@gmail.com").text
    assert spoken(page, RULES["recipient/own-address"]) == (True, False)


def test_what_was_decided_in_other_words_stays_as_it_was_said(house: House) -> None:
    held = plant(house.store, CHILDREN, house.clock.now(), before(POLICY))
    visitor = reader(house, *Role)
    for path in ("/quarantine", path_of(held), f"/transfers/{held.id}"):
        assert 'lang="en">Children wait.</' in visitor.get(path).text
        assert spoken(visitor.get(path).text) == (False, False)


def test_what_is_held_is_listed_where_nobody_can_read_the_policy() -> None:
    def unreadable() -> Policy:
        raise NotFound("its texts are gone", hint="start the daemon")

    words = words_of_rule(unreadable, TONGUE)
    assert words(NO_RULE.rule, NO_RULE.says) == Said(text=NO_RULE.welsh, language="cy")
    assert words(SAID.id, SAID.says) == words("", SAID.says) == Said(text=SAID.says)


def test_laws_and_raises_are_english_and_say_so(house: House) -> None:
    visitor = reader(house, Role.POLICY_OWNER)
    laws, rules = (unescape(visitor.get(path).text) for path in ("/policy/laws", "/policy/rules"))
    assert all(f'lang="en">{law.says}</' in laws for law in POLICY.laws)
    assert all(f'lang="en">{each.says}</' in rules for each in POLICY.raises)
    assert all(f'lang="cy">{rule.welsh}</' in rules for rule in POLICY.rules)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with started() as one:
        yield one


@pytest.mark.needs("chromium")
def test_a_welsh_page_has_no_fault_on_a_phone(house: House, browser: Browser) -> None:
    held = plant(house.store, CHILDREN, house.clock.now())
    visitor = house.visitor(*Role, address=held.sender)
    cookies = {"visit": visitor.cookie, "language": "cy"}
    with window(browser, house.url, width=NARROW) as seen:
        seen.page.context.add_cookies([{"name": n, "value": v, "url": seen.url} for n, v in cookies.items()])
        for path in ("/quarantine", path_of(held), "/policy/rules", f"/mine/{held.id}"):
            seen.go(path)
            assert seen.page.locator(f'[lang="cy"]:text-is("{SAID.welsh}")').count() > 0, path
            assert seen.faults() == [], path
