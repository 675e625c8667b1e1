"""What officers are told on their way: who was first, what they typed, what is theirs, and in which words."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from html import unescape
from pathlib import Path

import httpx2
import pytest

from gateway.console.held.offers import OWN
from gateway.console.pages import deciding
from gateway.console.words import translations
from gateway.model.inspection import MarkingStatus
from gateway.model.person import Role
from gateway.model.record import Act
from gateway.model.tier import Tier
from gateway.model.transfer import Transfer
from gateway.record.entries import entries_between
from tests.console.carrying import carried_out
from tests.console.house import House, Visitor, opened
from tests.console.seeds import USUAL, Seed, garden, marked, plant

pytestmark = pytest.mark.network

WHY = "Agreed with the data owner, IG-114"
PLAIN = USUAL[3]
RESTRICTED = Seed(
    files=[("estates.docx", 9_000)],
    found={"NINO": 30},
    people=30,
    marking=replace(marked(Tier.RESTRICTED), shown="OFFICIAL-SENSITIVE"),
    status=MarkingStatus.MARKED,
)
CHILDREN = Seed(files=[("children.docx", 9_000)], found={"CHILD_SAFEGUARDING": 2, "PERSON_NAME": 2}, people=2)
LATER = timedelta(minutes=6)
"""Longer than a proof of who somebody is counts as fresh."""


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    with opened(tmp_path) as found:
        yield found


@pytest.fixture
def officer(house: House) -> Visitor:
    return house.visitor(Role.REVIEWER, name="A. Okafor")


@pytest.fixture
def approver(house: House) -> Visitor:
    return house.visitor(Role.APPROVER, name="R. Patel")


@pytest.fixture
def weighty(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let every release ask for a fresh proof, as one of what is RESTRICTED does; the rules that ship release none."""
    monkeypatch.setattr(deciding, "needs_step_up", lambda _case, act: act is Act.RELEASE)


def planted(house: House, seed: Seed) -> Transfer:
    return plant(house.store, seed, house.clock.now())


def path_of(transfer: Transfer) -> str:
    return f"/quarantine/{transfer.id}/{transfer.deliveries[0].id}"


def words(answer: httpx2.Response) -> str:
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", answer.text)).split())


def version(answer: httpx2.Response) -> str:
    return str(re.findall(r'name="version" value="([0-9]+)"', answer.text)[0])


def items(page: httpx2.Response) -> list[str]:
    return re.findall(r'name="item" value="([^"]+)"', page.text)


def shown(answer: httpx2.Response) -> dict[str, str]:
    """Return what a preview says that it showed, as its form sends it."""
    return dict(re.findall(r'name="((?:count|seen)-[a-z_]+)" value="([^"]*)"', answer.text))


def prove_again(house: House, visitor: Visitor) -> None:
    """Give the visitor a fresh proof of who they are."""
    session = house.store.sessions.find(visitor.cookie)
    assert session is not None
    fresh = replace(session, stepped_up_at=house.clock.now())
    house.store.sessions.begin(visitor.cookie, fresh, instead_of=visitor.cookie)


@pytest.mark.parametrize("choice", ["refuse", "release"])
@pytest.mark.parametrize("act", ["check", "decide"])
def test_whoever_comes_when_it_is_over_is_told_who_was_first(
    house: House, officer: Visitor, approver: Visitor, act: str, choice: str
) -> None:
    transfer = planted(house, PLAIN)
    path = path_of(transfer)
    seen = version(officer.get(path))
    theirs = version(approver.post(f"{path}/check", version=seen, choice=choice, reason="no"))
    assert approver.post(f"{path}/decide", version=theirs, choice=choice, reason="no").status_code == 303
    house.clock.move(timedelta(seconds=61))
    carried_out(house.desk, transfer.id)
    answer = officer.post(f"{path}/{act}", version=seen, choice="refuse", reason=WHY)
    assert answer.status_code == 409
    assert "Somebody was quicker" in words(answer)
    assert f"{'Refused' if choice == 'refuse' else 'Released'} by R. Patel" in words(answer)


@pytest.mark.usefixtures("weighty")
def test_what_was_typed_is_there_again_after_a_fresh_proof(house: House, officer: Visitor, approver: Visitor) -> None:
    path = path_of(planted(house, PLAIN))
    seen = version(officer.get(path))
    house.clock.move(LATER)
    answer = officer.post(f"{path}/check", version=seen, choice="release", reason=WHY)
    assert answer.headers["location"] == f"/step-up?next={path}"
    prove_again(house, officer)
    page = officer.get(path)
    assert re.search(r'value="release" checked', page.text)
    assert WHY in page.text
    assert WHY not in approver.get(path).text, "it is nobody else's"
    house.clock.move(timedelta(minutes=11))
    assert WHY not in officer.get(path).text


@pytest.mark.usefixtures("weighty")
def test_what_was_sent_is_not_filled_in_again(house: House, officer: Visitor) -> None:
    path = path_of(planted(house, PLAIN))
    house.clock.move(LATER)
    officer.post(f"{path}/check", version=version(officer.get(path)), choice="release", reason=WHY)
    prove_again(house, officer)
    seen = version(officer.post(f"{path}/check", version=version(officer.get(path)), choice="release", reason=WHY))
    assert officer.post(f"{path}/decide", version=seen, choice="release", reason=WHY).status_code == 303
    assert f"{WHY}</textarea>" not in officer.get(path).text


def test_a_decision_on_several_is_there_again_after_a_fresh_proof(house: House, officer: Visitor) -> None:
    garden(house.store, house.clock.now())
    picked = items(officer.get("/quarantine", why="unread"))[:2]
    page = officer.post("/quarantine/bulk", act="release", query="why=unread", item=picked)
    house.clock.move(LATER)
    fields = {"act": "release", "query": "why=unread", "item": picked, "why": ["unread"], "how": "key", "reason": WHY}
    answer = officer.post("/quarantine/bulk/begin", None, **shown(page), **fields)
    assert answer.headers["location"] == "/step-up?next=/quarantine/bulk/check"
    assert house.store.bulks.newest() == ()
    prove_again(house, officer)
    again = officer.get("/quarantine/bulk/check")
    assert items(again) == picked
    assert WHY in again.text
    assert re.search(r'value="key" checked', again.text)
    assert officer.post("/quarantine/bulk/begin", None, **shown(again), **fields).status_code == 303
    assert officer.get("/quarantine/bulk/check").headers["location"] == "/quarantine"


def test_nobody_takes_on_their_own_and_is_told_so(house: House) -> None:
    mine, others = planted(house, replace(PLAIN, sender="me@council.example")), planted(house, PLAIN)
    visitor = house.visitor(Role.REVIEWER, address="me@council.example")
    answer = visitor.post("/quarantine/bulk", act="take", query="", item=items(visitor.get("/quarantine")))
    assert answer.headers["location"] == "/quarantine?whose=me&left=1"
    page = visitor.get(answer.headers["location"])
    assert "1 is not yours now: you are party to it, or somebody else has it." in words(page)
    assert [each.split(".")[0] for each in items(page)] == [others.id]
    assert house.store.held.get(mine.id, mine.deliveries[0].id).assigned_to == ""


def test_everything_at_once_is_nobodys(house: House, officer: Visitor) -> None:
    planted(house, PLAIN)
    answer = officer.post("/quarantine/bulk", act="take", query="", everything="yes")
    assert answer.status_code == 422
    assert "Select what you take on: everything at once is nobody's." in words(answer)


def test_a_marking_is_shown_as_it_stands_and_in_the_words_of_today(house: House, officer: Visitor) -> None:
    transfer = planted(house, RESTRICTED)
    sender = house.visitor(Role.SENDER, address=transfer.sender)
    for page in (officer.get(path_of(transfer)), officer.get(f"/transfers/{transfer.id}")):
        assert "RESTRICTED (here OFFICIAL-SENSITIVE)" in words(page)
    assert "RESTRICTED (here OFFICIAL-SENSITIVE)" in words(sender.get(f"/mine/{transfer.id}"))
    plain = planted(house, replace(RESTRICTED, marking=marked(Tier.OFFICIAL_SENSITIVE)))
    assert "(here" not in words(officer.get(path_of(plain)))


def test_the_history_is_in_words(house: House, officer: Visitor, approver: Visitor) -> None:
    transfer = planted(house, CHILDREN)
    path = path_of(transfer)
    for to in (approver.me.id, ""):
        assert officer.post(f"{path}/assign", version=version(officer.get(path)), to=to).status_code == 303
    for role, said in (("approver", "It is escalated."), ("", "It is not escalated any more.")):
        answer = officer.post(f"{path}/escalate", version=version(officer.get(path)), role=role)
        assert said in words(officer.get(answer.headers["location"]))
    history = words(officer.get(path)).partition("History")[2]
    found = "safeguarding of a child (2), name (2)"
    assert f"Inspected. Marking: none. Found: {found}. Not read: nothing." in history
    assert "A. Okafor assigned it to R. Patel" in history
    assert "A. Okafor gave it to nobody" in history
    assert "A. Okafor ended its escalation" in history
    assert "to -" not in history
    assert not re.search(r"\b[A-Z]+_[A-Z]+\b", history)


def test_what_a_machine_sent_has_no_sender_to_tell(house: House, officer: Visitor) -> None:
    transfer = planted(house, replace(PLAIN, sender=""))
    path = path_of(transfer)
    page = officer.get(path)
    assert "there is no sender to tell" in words(page)
    checked = words(officer.post(f"{path}/check", version=version(page), choice="refuse", reason=WHY))
    assert "Nobody is told: it has no sender." in checked
    assert "From a machine, without an address" in checked
    for said in (words(page), checked):
        assert "The sender sees" not in said
        assert "tell the sender" not in said


def test_the_button_of_several_says_which(house: House, officer: Visitor) -> None:
    garden(house.store, house.clock.now())
    page = officer.post("/quarantine/bulk", act="refuse", query="", everything="yes")
    assert re.search(r"<button[^>]*>Refuse those chosen</button>", page.text)
    one = officer.post("/quarantine/bulk", act="refuse", query="why=unread", everything="yes")
    assert re.search(r"<button[^>]*>Refuse 4</button>", one.text)


@pytest.mark.parametrize(
    ("role", "path", "said"),
    [
        (Role.SENDER, "/mine/none", "There is no such transfer of yours."),
        (Role.REVIEWER, "/quarantine/none/d-1", "No transfer none."),
        (Role.USER_ADMIN, "/people/none", "There is no person none."),
    ],
)
def test_an_error_is_in_english_says_so_and_names_no_command(house: House, role: Role, path: str, said: str) -> None:
    page = house.visitor(role).get(path)
    assert page.status_code == 404
    assert f'<p class="govuk-body" lang="en">{said}</p>' in page.text
    assert not re.search(r"gateway (transfers|people)", words(page))


def test_an_error_whose_words_are_known_is_in_the_visitors_language(house: House) -> None:
    visitor = house.visitor(Role.REVIEWER, address="me@council.example")
    transfer = planted(house, replace(PLAIN, sender="me@council.example"))
    visitor.post("/language", language="cy", back="/")
    page = visitor.post(f"{path_of(transfer)}/assign", version="1", to="")
    assert page.status_code == 403
    assert translations("cy").gettext(OWN) in words(page)
    assert OWN not in words(page)


def test_a_trouble_of_the_far_side_is_not_a_seal(house: House, officer: Visitor) -> None:
    for trouble, why in (
        ("550 5.7.1 mail must be sealed with a stamp", "could not be handed over"),
        ("it could not be sealed: no key", "no way to seal it"),
    ):
        before = planted(house, PLAIN)
        held = before.with_delivery(replace(before.deliveries[0], trouble=trouble))
        house.store.transfers.commit(before, held, entries=entries_between(before, held, house.clock.now()))
        assert f"Held: {why}" in words(officer.get(path_of(before)))
