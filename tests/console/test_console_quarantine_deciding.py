"""One decision: what it will do is shown first, the second one is told who was first, and two persons are two."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from html import unescape
from pathlib import Path

import httpx2
import pytest

from gateway.model.inspection import GapKind, MarkingStatus
from gateway.model.lifecycle import DeliveryState, NoticeState
from gateway.model.person import Role
from gateway.model.record import Act, Instruction
from gateway.model.tier import Tier
from gateway.model.transfer import Transfer
from gateway.record.entries import entries_between
from gateway.testing.store_values import make_notice
from tests.console.carrying import carried_out, delivered
from tests.console.house import House, Visitor, opened
from tests.console.seeds import Seed, marked, plant

pytestmark = pytest.mark.network

CASEWORK = Seed(
    files=[("casework.xlsx", 412_000)],
    found={"NINO": 14},
    marking=marked(Tier.OFFICIAL_SENSITIVE),
    status=MarkingStatus.MARKED,
    people=23,
)
CHILDREN = Seed(files=[("children.docx", 9_000)], found={"CHILD_SAFEGUARDING": 2, "PERSON_NAME": 2}, people=2)
SECRET = Seed(files=[("secret.docx", 9_000)], marking=marked(Tier.SECRET), status=MarkingStatus.MARKED)
UNREAD = Seed(files=[("scan.pdf", 9_000)], gaps=[GapKind.ENCRYPTED], people=None)
TABLE = replace(CASEWORK, files=[("table.csv", 900)], places=False)
WHY = "Agreed with the data owner, IG-114"


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


def planted(house: House, seed: Seed) -> Transfer:
    return plant(house.store, seed, house.clock.now())


def path_of(transfer: Transfer) -> str:
    return f"/quarantine/{transfer.id}/{transfer.deliveries[0].id}"


def words(answer: httpx2.Response) -> str:
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", answer.text)).split())


def version(answer: httpx2.Response) -> str:
    found = re.search(r'name="version" value="([0-9]+)"', answer.text)
    assert found, answer.text[-3000:]
    return found[1]


def checked(visitor: Visitor, path: str, choice: str = "release", reason: str = WHY) -> httpx2.Response:
    """Look at a delivery, and check a decision."""
    seen = version(visitor.get(path))
    return visitor.post(f"{path}/check", version=seen, choice=choice, reason=reason)


def decided(visitor: Visitor, path: str, choice: str = "release", reason: str = WHY) -> httpx2.Response:
    """Check a decision, and confirm it."""
    seen = version(checked(visitor, path, choice, reason))
    return visitor.post(f"{path}/decide", version=seen, choice=choice, reason=reason)


def filed(house: House, transfer: Transfer) -> list[Instruction]:
    return list(house.store.transfers.instructions(transfer.id))


def test_the_page_says_why_it_is_held_and_that_nothing_has_left(house: House, officer: Visitor) -> None:
    page = words(officer.get(path_of(planted(house, CASEWORK))))
    assert "Held: many people at once" in page
    assert "Records of twenty people or more wait for an officer" in page
    assert "Found: National Insurance number (11)." in page
    assert "Nothing has left the organisation." in page
    assert "OFFICIAL-SENSITIVE found in the header of a page" in page
    assert "internet: the public internet" in page
    assert "412 kB · SHA-256 0a0a0a…0a0a" in page
    assert re.search(r"Decided people/aggregated .* policies/rules/people.yaml, line [0-9]+", page)
    assert "Received from amira.khan@council.example" in page


def test_a_decision_without_a_choice_or_a_reason_is_sent_back_with_what_was_written(
    house: House, officer: Visitor
) -> None:
    transfer = planted(house, CASEWORK)
    answer = checked(officer, path_of(transfer), "", "")
    assert answer.status_code == 422
    assert "<title>Error:" in answer.text
    assert "Choose what should happen" in words(answer)
    assert "Write a reason" in words(answer)
    kept = checked(officer, path_of(transfer), "refuse", "<b>" + "x" * 1_000)
    assert kept.status_code == 422
    assert "1,000 characters or fewer" in words(kept)
    assert "&lt;b&gt;xxx" in kept.text
    assert filed(house, transfer) == []


def test_nothing_is_filed_before_it_was_confirmed(house: House, officer: Visitor) -> None:
    transfer = planted(house, CASEWORK)
    page = words(checked(officer, path_of(transfer)))
    assert "It will be delivered to jo.bright@examplemail.example" in page
    assert "It is sealed with a passphrase (ZIP)." in page
    assert "with a neutral subject and neutral file names" in page
    assert "You have 60 seconds to stop it." in page
    assert filed(house, transfer) == []


def test_a_release_waits_can_be_stopped_and_then_is_decided_again(house: House, officer: Visitor) -> None:
    transfer = planted(house, CASEWORK)
    path = path_of(transfer)
    answer = decided(officer, path)
    assert (answer.status_code, answer.headers["location"]) == (303, f"{path}/decision")
    (waiting,) = filed(house, transfer)
    assert waiting.act is Act.RELEASE
    assert waiting.officer_account == f"console:{officer.me.id}"
    assert waiting.not_before == house.clock.now() + timedelta(seconds=60)
    assert carried_out(house.desk, transfer.id).deliveries[0].state is DeliveryState.HELD
    assert "Released by A. Okafor" in words(officer.get(f"{path}/decision"))
    assert officer.post(f"{path}/stop", instruction=waiting.id).headers["location"] == f"{path}?done=stopped"
    assert filed(house, transfer) == []
    page = words(officer.get(f"{path}?done=stopped"))
    assert "It was stopped in time. It stays held." in page
    assert "stopped what A. Okafor had asked for" in page


def test_after_a_minute_it_goes_and_counts_as_delivered_when_the_next_hop_took_it(
    house: House, officer: Visitor
) -> None:
    transfer = planted(house, CASEWORK)
    path = path_of(transfer)
    decided(officer, path)
    (waiting,) = filed(house, transfer)
    house.clock.move(timedelta(seconds=61))
    after = carried_out(house.desk, transfer.id)
    assert "On its way" in words(officer.get(f"{path}/decision"))
    late = officer.post(f"{path}/stop", instruction=waiting.id)
    assert late.status_code == 409
    assert "Somebody was quicker" in words(late)
    delivered(house.desk, after, "250 2.0.0 <queued> as 4F2")
    page = words(officer.get(f"{path}/decision"))
    assert "Delivered The next hop took it and answered: 250 2.0.0 <queued> as 4F2" in page
    assert "It is not held any more" in words(officer.get(path))


def test_it_becomes_the_officers_when_they_check_and_others_see_that(
    house: House, officer: Visitor, approver: Visitor
) -> None:
    path = path_of(planted(house, CASEWORK))
    assert "Nobody has it yet" in words(officer.get(path))
    checked(officer, path)
    assert "You have it" in words(officer.get(path))
    assert "A. Okafor has it." in words(approver.get(path))
    assert "A. Okafor" in words(approver.get("/quarantine"))


def test_of_two_who_decide_at_once_one_is_told_who_was_first(house: House, officer: Visitor, approver: Visitor) -> None:
    transfer = planted(house, CASEWORK)
    path = path_of(transfer)
    mine = version(checked(officer, path))
    theirs = version(checked(approver, path, "refuse", "wrong recipient"))
    assert approver.post(f"{path}/decide", version=theirs, choice="refuse", reason="wrong recipient").status_code == 303
    answer = officer.post(f"{path}/decide", version=mine, choice="release", reason=WHY)
    assert answer.status_code == 409
    assert "Somebody was quicker" in words(answer)
    assert "Refused by R. Patel" in words(answer)
    assert [each.officer for each in filed(house, transfer)] == ["R. Patel"]


def test_what_changed_since_it_was_seen_is_not_decided_on(house: House, officer: Visitor, approver: Visitor) -> None:
    path = path_of(planted(house, CASEWORK))
    seen = version(officer.get(path))
    approver.post(f"{path}/assign", version=seen, to=approver.me.id)
    answer = officer.post(f"{path}/check", version=seen, choice="release", reason=WHY)
    assert answer.status_code == 409
    assert "R. Patel has it." in words(answer)
    for forged in ("", "-1", "x", "9" * 40):
        assert officer.post(f"{path}/decide", version=forged, choice="release", reason=WHY).status_code == 409


def test_two_persons_are_needed_and_one_is_not_two(house: House, officer: Visitor, approver: Visitor) -> None:
    transfer = planted(house, CHILDREN)
    path = path_of(transfer)
    page = words(checked(officer, path))
    assert "It will wait for a second person" in page
    assert "Who may: R. Patel." in page
    decided(officer, path)
    house.clock.move(timedelta(seconds=61))
    carried_out(house.desk, transfer.id)
    assert "It waits for a second person" in words(officer.get(f"{path}/decision"))
    assert "Waiting for a second person 1" in words(officer.get("/quarantine"))
    mine = words(officer.get(path))
    assert "You released it already. A second person is needed" in mine
    assert "Release as it is" not in mine
    assert checked(officer, path).status_code == 422
    other = house.visitor(Role.REVIEWER, name="No Approver")
    assert "The second person must be an approver." in words(other.get(path))
    theirs = words(approver.get(path))
    assert f"A. Okafor released it: “{WHY}”. A second person is needed." in theirs
    decided(approver, path)
    house.clock.move(timedelta(seconds=61))
    assert carried_out(house.desk, transfer.id).deliveries[0].state is DeliveryState.CLEARED


def test_the_same_person_under_another_account_is_one_person(house: House, officer: Visitor) -> None:
    transfer = planted(house, CHILDREN)
    decided(officer, path_of(transfer))
    house.clock.move(timedelta(seconds=61))
    carried_out(house.desk, transfer.id)
    tagged = officer.me.address.replace("@", "+two@")
    again = house.visitor(Role.APPROVER, name="Somebody Else", address=tagged)
    assert "You released it already" in words(again.get(path_of(transfer)))


@pytest.mark.parametrize("party", ["sender", "recipient"])
def test_nobody_decides_on_their_own(house: House, party: str) -> None:
    address = "me@council.example"
    tagged = address.replace("@", "+tag@")
    seed = replace(UNREAD, sender=tagged) if party == "sender" else replace(UNREAD, to=(tagged,))
    transfer = planted(house, seed)
    visitor = house.visitor(Role.APPROVER, address=address)
    path = path_of(transfer)
    page = visitor.get(path)
    assert page.status_code == 200
    assert "Nobody decides on their own" in words(page)
    assert 'name="choice"' not in page.text
    assert "/reveal/" not in page.text
    held = house.store.held.get(transfer.id, transfer.deliveries[0].id)
    for act in ("check", "decide", "assign", "escalate"):
        answer = visitor.post(f"{path}/{act}", version=str(held.version), choice="release", reason=WHY)
        assert answer.status_code == 403, act
    assert filed(house, transfer) == []


def test_who_may_only_look_sees_all_and_decides_nothing(house: House) -> None:
    path = path_of(planted(house, CASEWORK))
    auditor = house.visitor(Role.AUDITOR)
    page = auditor.get(path)
    assert "Reviewers and approvers decide." in words(page)
    assert "••••" in page.text
    assert 'name="choice"' not in page.text
    for act in ("check", "decide", "stop", "assign", "escalate", "resend", "reveal/0"):
        assert auditor.post(f"{path}/{act}", choice="release", reason=WHY).status_code == 403, act


def test_what_the_rules_hold_all_the_same_cannot_be_released(house: House, officer: Visitor) -> None:
    transfer = planted(house, SECRET)
    page = words(officer.get(path_of(transfer)))
    assert "You cannot release it: the rules hold it all the same." in page
    assert "Release as it is" not in page
    assert "CONFIDENTIAL, SECRET and TOP SECRET go by no route" in page
    assert checked(officer, path_of(transfer)).status_code == 422
    assert filed(house, transfer) == []


def test_a_stronger_seal_and_masking_are_offered_where_they_are_possible(house: House, officer: Visitor) -> None:
    unsealed = planted(house, replace(UNREAD, to=("jo@council.example",), can=frozenset({"pgp", "zip"})))
    first = words(officer.get(path_of(unsealed))).partition("What should happen?")[2].strip()
    assert first.startswith("Release, sealed for a key of the recipient (PGP) Only they can open it. Recommended.")
    assert "It is sealed for a key of the recipient (PGP)." in words(checked(officer, path_of(unsealed), "sealed"))
    decided(officer, path_of(unsealed), "sealed")
    assert [(each.method, each.redact) for each in filed(house, unsealed)] == [("pgp", False)]
    table = planted(house, TABLE)
    first = words(officer.get(path_of(table))).partition("What should happen?")[2].strip()
    assert first.startswith("Release with what was found masked They get dots")
    assert "with what was found masked" in words(checked(officer, path_of(table), "redacted"))
    decided(officer, path_of(table), "redacted")
    assert [(each.method, each.redact) for each in filed(house, table)] == [("", True)]


def test_what_cannot_be_masked_is_not_offered_masked_and_says_why(house: House, officer: Visitor) -> None:
    path = path_of(planted(house, CASEWORK))
    assert "Release with what was found masked" not in words(officer.get(path))
    assert "It cannot be released with values masked: what was found is not in plain text" in words(officer.get(path))
    assert checked(officer, path, "redacted").status_code == 422


def test_a_sender_is_asked_once_and_their_answer_stands_in_the_history(house: House, officer: Visitor) -> None:
    transfer = planted(house, CASEWORK)
    path = path_of(transfer)
    answer = decided(officer, path, "ask", "Which family is this about?")
    assert answer.headers["location"] == f"{path}?done=asked"
    carried_out(house.desk, transfer.id)
    page = words(officer.get(path))
    assert "A. Okafor asked amira.khan@council.example: Which family is this about?" in page
    assert "Ask the sender" not in page
    assert "Sender asked (1)" in words(officer.get("/quarantine"))


def test_it_is_assigned_and_escalated(house: House, officer: Visitor, approver: Visitor) -> None:
    transfer = planted(house, CASEWORK)
    path = path_of(transfer)
    seen = version(officer.get(path))
    assert officer.post(f"{path}/assign", version=seen, to=approver.me.id).status_code == 303
    assert "You have it" in words(approver.get(path))
    seen = version(officer.get(path))
    assert officer.post(f"{path}/escalate", version=seen, role="approver").status_code == 303
    assert "Escalated (1)" in words(officer.get("/quarantine"))
    assert "Take it over" in words(officer.get(path))
    assert "Give it back" in words(approver.get(path))
    assert officer.post(f"{path}/assign", version=seen, to=approver.me.id).status_code == 409  # it changed
    assert officer.post(f"{path}/assign", version=version(officer.get(path)), to="p-nobody").status_code == 422
    assert officer.post(f"{path}/escalate", version=version(officer.get(path)), role="king").status_code == 422


@pytest.mark.parametrize(
    "path", ["/quarantine/t-00000000-0000000000/d-1", "/quarantine/{id}/d-none", "/quarantine/{id}/{id}"]
)
def test_what_is_not_there_is_not_found(house: House, officer: Visitor, path: str) -> None:
    transfer = planted(house, CASEWORK)
    assert officer.get(path.replace("{id}", transfer.id)).status_code == 404


def test_what_came_before_with_the_same_content_is_named(house: House, officer: Visitor) -> None:
    before, again = planted(house, CASEWORK), planted(house, CASEWORK)
    while house.store.search.catch_up():
        pass
    page = officer.get(path_of(again))
    assert "The same content came in these as well:" in words(page)
    assert f'href="/transfers/{before.id}"' in page.text
    assert f'href="/transfers/{again.id}"' not in page.text


def test_what_another_recipient_has_is_said(house: House, officer: Visitor) -> None:
    transfer = planted(house, replace(CASEWORK, to=("jo@examplemail.example", "al@examplemail.example")))
    one, other = (f"/quarantine/{transfer.id}/{each.id}" for each in transfer.deliveries)
    decided(officer, one)
    house.clock.move(timedelta(seconds=61))
    delivered(house.desk, carried_out(house.desk, transfer.id), "250 ok")
    page = words(officer.get(other))
    assert "Nothing has left for this recipient. 1 other recipient has it." in page
    assert "Other recipients Delivered jo@examplemail.example" in page


def test_a_notice_that_failed_is_sent_again(house: House, officer: Visitor) -> None:
    transfer = planted(house, CASEWORK)
    path, failed = path_of(transfer), make_notice()
    failed = replace(failed, deliveries=(transfer.deliveries[0].id,))
    waiting = house.store.transfers.commit(transfer, replace(transfer, notices=(failed,)), entries=[])
    told = waiting.with_notice(replace(failed, state=NoticeState.FAILED))
    entries = entries_between(waiting, told, house.clock.now())
    house.store.transfers.commit(waiting, told, entries=entries)
    assert "Could not be sent" in words(officer.get(path))
    assert officer.post(f"{path}/resend", notice="n-other").status_code == 404
    assert officer.post(f"{path}/resend", notice=failed.id).headers["location"] == f"{path}?done=resent"
    assert [(each.act, each.notice) for each in filed(house, transfer)] == [(Act.RESEND, failed.id)]
