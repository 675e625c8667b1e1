"""What officers and auditors see of the house itself: policy, partners, keys, ledger, doctor, documents, notices."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from html import unescape
from typing import Final

import pytest

from gateway.console.frame import manual
from gateway.console.ledger import words as ledger_words
from gateway.console.ledger.reading import LOOKED_THROUGH, Sought, every, newest
from gateway.console.policy.in_force import PolicyInForce
from gateway.console.policy.owed import owed
from gateway.console.words.tongue import Tongue
from gateway.decide.unproved import decide_delivery
from gateway.model.board import DaemonBoard, DoctorBoard, KeysBoard
from gateway.model.facts import Circumstances, Counted
from gateway.model.inspection import MarkingStatus
from gateway.model.lifecycle import NoticeState, TransferState
from gateway.model.officer_notice import OfficerNotice, Topic
from gateway.model.person import Role
from gateway.model.record import Act, Entry, Event
from gateway.model.tier import Tier
from gateway.model.transfer import Transfer
from gateway.quarantine.review import carry_out
from gateway.store.parcels import Side
from gateway.store.pinned import pin
from gateway.store.tlog import open_checkpoint
from tests.console import fates
from tests.console.house import POLICY, ROOT, House, opened

pytestmark = pytest.mark.network
CASES: Final = sorted((ROOT / "policies" / "cases").glob("*.yaml"))
UNMARKED: Final = {"from": "a@council.example", "kind-1": "NHS_NUMBER", "number-1": "1", "people": "1"}


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with opened(tmp_path_factory.mktemp("pages")) as found:
        yield found


@pytest.fixture(scope="module")
def sent(house: House) -> dict[str, Transfer]:
    fates.boards(house.store, house.clock.now())
    return fates.fates(house.store, house.clock.now())


@pytest.fixture(scope="module")
def hashes(house: House) -> tuple[str, str]:
    return fates.versions(house.store, house.clock.now())


def words(html: str) -> str:
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", html)).split())


# ——— the policy ———


def test_every_rule_stands_with_its_words_its_source_and_its_place(house: House) -> None:
    page = words(house.visitor(Role.REVIEWER).get("/policy/rules").text)
    for rule in POLICY.rules:
        assert f"{rule.id} " in page
        assert " ".join(rule.says.split()) in page
        assert f"{rule.written.file}, line {rule.written.line}" in page
        assert all(condition.words in page for condition in rule.when)


def test_every_law_is_proved(house: House) -> None:
    page = words(house.visitor(Role.REVIEWER).get("/policy/laws").text)
    assert all(f"{law.id} Proved" in page for law in POLICY.laws)
    assert "Broken" not in page


def test_the_overview_says_what_is_in_force_and_what_was_not_taken(
    house: House, sent: dict[str, Transfer], hashes: tuple[str, str]
) -> None:
    assert sent
    page = words(house.visitor(Role.REVIEWER).get("/policy").text)
    assert f"In force {POLICY.hash}" in page
    assert "this rule never matches" in page
    assert f"{sum(each.read_text().count('  - id: ') for each in CASES)} examples, 0 fail" in page
    assert all(each in page for each in hashes)


def test_the_policy_in_force_is_read_from_what_the_daemon_put_up(
    house: House, sent: dict[str, Transfer], hashes: tuple[str, str]
) -> None:
    assert sent
    in_force = PolicyInForce(house.store)
    found = in_force()
    assert found is not None
    assert found.hash == POLICY.hash == hashes[1]
    assert in_force() is found


def test_two_versions_are_compared_in_words(house: House, hashes: tuple[str, str]) -> None:
    before, after = hashes
    page = words(house.visitor(Role.REVIEWER).get("/policy/difference", before=before, after=after).text)
    assert "Changed rule people/aggregated 'people at least 50' becomes 'people at least 20'" in page
    assert "Stricter Example 1" in page
    assert "Stricter twenty-people" in page
    milder = words(house.visitor(Role.REVIEWER).get("/policy/difference", before=after, after=before).text)
    assert "Milder Example 1" in milder


def test_the_same_twice_differs_in_nothing(house: House, hashes: tuple[str, str]) -> None:
    page = words(house.visitor(Role.REVIEWER).get("/policy/difference", before=hashes[0], after=hashes[0]).text)
    assert "They differ in nothing that decides." in page
    assert "No input is decided otherwise." in page


@pytest.mark.parametrize("named", ["", "0" * 64, "../policies"])
def test_a_version_that_is_not_kept_is_not_found(house: House, hashes: tuple[str, str], named: str) -> None:
    assert house.visitor(Role.REVIEWER).get("/policy/difference", before=named, after=hashes[1]).status_code == 404


@pytest.mark.parametrize("people", [1, 19, 20, 1000])
@pytest.mark.parametrize("tier", [Tier.UNMARKED, Tier.PROTECT, Tier.RESTRICTED])
def test_what_if_says_what_the_policy_decides(house: House, people: int, tier: Tier) -> None:
    given = {"from": "a@council.example", "to": "b@mail.example", "kind-1": "NHS_NUMBER", "number-1": str(people)}
    given |= {"people": str(people), "tier": tier.label, "can": "zip"}
    page = words(house.visitor(Role.REVIEWER).get("/policy/what-if", **given).text)
    known = Circumstances(
        at=house.clock.now(),
        sender=given["from"],
        recipient=given["to"],
        marking=tier,
        marking_status=MarkingStatus.MARKED if tier > Tier.UNMARKED else MarkingStatus.NONE,
        entities=(("NHS_NUMBER", people),),
        people=people,
        recipients=((Counted.ALL, 1), (Counted.EXTERNAL, 1)),
        can=frozenset({"zip"}),
    )
    verdict = decide_delivery(POLICY, known)
    assert all(each.says in page for each in verdict.reasons)
    assert all(each in page for each in owed(verdict.obligations))


def test_where_a_marking_stands_is_foretold_only_of_what_nobody_has_to_open(house: House) -> None:
    page = words(house.visitor(Role.REVIEWER).get("/policy/what-if", to="b@mail.example", can="zip", **UNMARKED).text)
    assert "sealed with AES-256" in page
    assert "with a neutral subject" in page
    assert "with the marking" not in page
    page = words(house.visitor(Role.REVIEWER).get("/policy/what-if", to="ward@nhs.net", **UNMARKED).text)
    assert "sealed" not in page.partition("It must go")[2].partition("Because")[0]
    assert "with the marking in the subject" in page


@pytest.mark.parametrize("given", [{"from": "x", "to": "y"}, {"people": "many"}, {"number-1": "-1", "kind-1": "NINO"}])
def test_what_does_not_read_is_said_beside_its_field(house: House, given: dict[str, str]) -> None:
    page = house.visitor(Role.REVIEWER).get("/policy/what-if", **{"from": "a@b.example", "to": "c@d.example", **given})
    assert page.status_code == 422
    assert all(f'id="{name}-error"' in page.text for name in given if not name.startswith("kind"))


# ——— partners and keys ———


def test_partners_stand_with_what_was_signed_and_whether_it_counts(house: House) -> None:
    page = words(house.visitor(Role.REVIEWER).get("/partners").text)
    assert "st-elsewhere-referrals In force" in page
    assert "Nobody checked it" in page
    house.clock.move(timedelta(days=3650))
    try:
        assert "st-elsewhere-referrals Not in force" in words(house.visitor(Role.REVIEWER).get("/partners").text)
    finally:
        house.clock.move(-timedelta(days=3650))


def test_keys_that_want_attention_come_first(house: House, sent: dict[str, Transfer]) -> None:
    assert sent
    page = words(house.visitor(Role.MAIL_ADMIN).get("/keys").text)
    assert page.index("ward@st-elsewhere.example") < page.index("clerk@partner.example")
    assert "Runs out soon until 3 December" in page
    assert "Not approved, not used" in page
    assert "what is known of key 99 cannot be read" in page
    only = words(house.visitor(Role.MAIL_ADMIN).get("/keys", q="AB12").text)
    assert "clerk@partner.example" in only
    assert "ward@st-elsewhere.example" not in only


@pytest.mark.parametrize(
    ("role", "path", "board"),
    [(Role.MAIL_ADMIN, "/keys/refresh", KeysBoard), (Role.AUDITOR, "/doctor/examine", DoctorBoard)],
)
def test_the_daemon_is_asked_to_look_again(
    house: House, role: Role, path: str, board: type[KeysBoard | DoctorBoard]
) -> None:
    assert house.visitor(role).post(path).status_code == 303
    taken = house.store.parcels.take(Side.DAEMON, house.clock.now())
    assert [each.key for each in taken] == [board.name]


# ——— the doctor ———


def test_what_is_wrong_comes_first_with_its_fix(house: House, sent: dict[str, Transfer]) -> None:
    assert sent
    page = words(house.visitor(Role.AUDITOR).get("/doctor").text)
    wrong = page.index("Wrong no channel 'secure-mail' is set set it under 'channels'")
    assert wrong < page.index("officers are told by folder") < page.index("the ledger is signed")
    assert "The daemon runs, version 1.2.3" in page


def test_what_is_old_is_said_to_be_and_that_no_daemon_runs(tmp_path_factory: pytest.TempPathFactory) -> None:
    with opened(tmp_path_factory.mktemp("doctor")) as alone:
        visitor = alone.visitor(Role.AUDITOR)
        assert "The daemon does not run" in visitor.get("/doctor").text
        fates.boards(alone.store, alone.clock.now() - timedelta(hours=1))
        assert "This is old" in visitor.get("/doctor").text
        assert "This is old" in visitor.get("/keys").text
        alone.store.boards.take_down(DaemonBoard.name)
        assert "The daemon does not run" in visitor.get("/doctor").text


def test_a_daemon_that_was_killed_is_missed_wherever_somebody_counts_on_it(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    with opened(tmp_path_factory.mktemp("killed")) as alone:
        officer, sender = alone.visitor(Role.APPROVER, Role.AUDITOR), alone.visitor(Role.SENDER)
        held = fates.fates(alone.store, alone.clock.now())["held"]
        paths = ("/dashboard", "/doctor", f"/quarantine/{held.id}/{held.deliveries[0].id}")
        fates.boards(alone.store, alone.clock.now())
        assert not any("The daemon does not run" in officer.get(path).text for path in paths)
        alone.clock.move(timedelta(minutes=2))
        for path in paths:
            page = officer.get(path).text
            assert page.count("The daemon does not run") == 1
            assert "The daemon runs" not in page
        assert "The daemon does not run" not in sender.get("/mine").text, "they can do nothing about it"


def test_where_doctor_could_not_be_asked_nothing_is_counted(tmp_path_factory: pytest.TempPathFactory) -> None:
    with opened(tmp_path_factory.mktemp("broken")) as alone:
        pin(alone.store.boards, DoctorBoard(trouble="it ended early"), alone.clock.now())
        page = words(alone.visitor(Role.AUDITOR).get("/doctor").text)
        assert "it ended early" in page
        assert "In order 0" not in page


# ——— the ledger ———


def test_every_entry_is_on_some_page_once_and_in_order(house: House, sent: dict[str, Transfer]) -> None:
    assert sent
    book, below, seen = house.store.ledger, None, list[int]()
    while True:
        page = newest(book, Sought(), below=below, most=3)
        seen += [each.number for each in page.entries]
        if page.below is None:
            break
        below = page.below
    assert seen == list(reversed(range(book.count())))


@pytest.mark.parametrize(
    ("query", "holds"),
    [
        ({"event": "delivery:held"}, "delivery:held"),
        ({"event": "notice:"}, "notice:failed"),
        ({"until": "2026-11-22"}, "22 November"),
    ],
)
def test_the_ledger_is_narrowed(house: House, sent: dict[str, Transfer], query: dict[str, str], holds: str) -> None:
    assert sent
    page = house.visitor(Role.AUDITOR).get("/ledger", **query).text
    rows = re.findall(
        r'<tr class="govuk-table__row[^"]*" role="row">(.*?)</tr>', page.partition("<tbody")[2], re.DOTALL
    )
    assert rows
    assert all(holds in words(row) for row in rows)


def test_the_ledger_of_one_person_has_every_entry_that_names_them_and_no_other(
    house: House, sent: dict[str, Transfer]
) -> None:
    assert sent
    page = house.visitor(Role.AUDITOR).get("/ledger", person="BO@COUNCIL").text
    raw = list(house.store.ledger.entries())
    naming = [number for number, each in enumerate(raw) if b"bo@council.example" in each]
    shown = re.findall(r'data-label="Number">([\d,]+)</td>', page)
    assert 0 < len(naming) < len(raw)
    assert [int(each.replace(",", "")) for each in shown] == list(reversed(naming))


def test_the_ledger_of_one_transfer(house: House, sent: dict[str, Transfer]) -> None:
    one = sent["delivered"]
    found = list(every(house.store.ledger, Sought(transfer=one.id)))
    told = [each for each in map(json.loads, house.store.ledger.entries()) if each["transfer"] == one.id]
    assert [each.event for each in reversed(found)] == [each["event"] for each in told]
    page = house.visitor(Role.AUDITOR).get("/ledger", transfer=one.id).text
    assert page.count(f'href="/transfers/{one.id}"') == len(told)


def test_a_page_looks_through_so_many_entries_and_says_where_to_go_on(tmp_path_factory: pytest.TempPathFactory) -> None:
    with opened(tmp_path_factory.mktemp("long")) as long:
        now = long.clock.now()
        first = Entry(event=Event.POLICY_LOADED, at=now, transfer_id="", facts={"policy": "a", "before": ""})
        many = [replace(first, event=Event.NOTICE_SENT, facts={"to": "x"})] * (LOOKED_THROUGH + 10)
        long.store.ledger.append([first, *many])
        page = newest(long.store.ledger, Sought(event="policy:loaded"))
        assert page.entries == ()
        assert page.below is not None
        assert page.below <= 11
        rest = newest(long.store.ledger, Sought(event="policy:loaded"), below=page.below)
        assert [each.number for each in rest.entries] == [0]
        visitor = long.visitor(Role.AUDITOR)
        assert "Look further back" in visitor.get("/ledger", event="policy:loaded").text


def test_an_officer_sees_what_they_did_and_nothing_else(house: House, sent: dict[str, Transfer]) -> None:
    officer = house.visitor(Role.REVIEWER, name="Ola Fisher", address="ola@council.example")
    who = {"officer": "Ola Fisher", "address": "ola@council.example"}
    facts = {"recipient": "x@y.example", "reason": "checked by telephone"} | who
    other = facts | {"address": "else@council.example", "reason": "not mine"}
    own = Entry(
        event=Event.DELIVERY_RELEASED, at=house.clock.now(), transfer_id=sent["held"].id, delivery_id="d", facts=facts
    )
    house.store.ledger.append([own, replace(own, facts=other)])
    assert officer.get("/ledger").status_code == 403
    page = officer.get("/ledger/mine").text
    assert "checked by telephone" in page
    assert "not mine" not in page
    assert sent["unread"].id not in page
    rows = officer.get("/ledger/mine/export", kind="json").json()["rows"]
    assert [each["event"] for each in rows] == ["list:exported", "delivery:released"]
    assert rows[1]["facts"]["reason"] == "checked by telephone"


def test_the_checkpoint_is_given_as_it_was_signed(house: House, sent: dict[str, Transfer]) -> None:
    assert sent
    house.store.ledger.integrate()
    answer = house.visitor(Role.AUDITOR).get("/ledger/checkpoint")
    state = house.store.ledger._folder.parent
    checkpoint = open_checkpoint(answer.content, (state / "keys" / "ledger.vkey").read_text().strip())
    assert checkpoint.size == house.store.ledger.count()
    assert checkpoint.root.hex() in house.visitor(Role.AUDITOR).get("/ledger").text


@pytest.mark.parametrize("event", Event)
@pytest.mark.parametrize("language", ["en", "cy"])
def test_every_event_has_words_whatever_facts_it_has(house: House, event: Event, language: str) -> None:
    tongue: Tongue = house.desk.render.tongue(language)
    at = house.clock.now()
    for facts in ({}, {"officer": "50% %(of)s <b>", "recipient": ["a"] * 50, "gaps": {"x": 1}, "policy": "0" * 64}):
        told = ledger_words.Told(number=1, event=event, at=at, transfer_id="t", delivery_id="d", facts=facts)
        assert told.words(tongue)
        assert str(event) != told.words(tongue)


def test_an_event_of_a_newer_gateway_is_shown_by_its_name(house: House) -> None:
    told = ledger_words.Told(
        number=1, event="star:born", at=house.clock.now(), transfer_id="", delivery_id="", facts={"a": 1}
    )
    assert told.words(house.desk.render.tongue("en")) == "star:born"


# ——— documents ———


def test_every_document_is_there_and_its_links_lead_somewhere(house: House) -> None:
    visitor = house.visitor(Role.SENDER)
    paths = [f"/help/{name}" for name, _ in manual.titles()]
    paths += [f"/help/decisions/{name}" for name, _ in manual.decisions()]
    links = set()
    for path in paths:
        page = visitor.get(path)
        assert page.status_code == 200, path
        assert "<!--" not in unescape(page.text.partition("<main")[2]), path
        links |= {each.partition("#")[0] for each in re.findall(r'href="(/help[^"]*)"', page.text)}
    assert "/help/decisions/0022-whose-key-it-is" in links
    assert [each for each in links if visitor.get(each).status_code != 200] == []


@pytest.mark.parametrize("name", ["nothing", "..%2f..%2fpyproject", "decisions/..%2f..%2fREADME", "decisions/nothing"])
def test_there_are_no_other_documents(house: House, name: str) -> None:
    assert house.visitor(Role.SENDER).get(f"/help/{name}").status_code == 404


@pytest.mark.parametrize(
    "hostile",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "[x](javascript:alert(1))",
        "![x](https://elsewhere.example/x.png)",
        "[x](data:text/html,<b>)",
        '| a |\n|---|\n| <b onclick="x"> |',
    ],
)
def test_a_document_brings_no_html_of_its_own(hostile: str) -> None:
    html = manual.rendered("x", f"# T\n\n{hostile}\n").html
    assert not re.search(
        r"<(script|img|b)\b|javascript:|onerror=[^&]|href=\"data:|style=",
        re.sub(r"&[a-z]+;.*?&[a-z]+;|\[x\].*", "", html),
    )


def test_help_is_for_everybody_and_documents_for_who_signed_in(house: House) -> None:
    stranger = house.visitor()
    page = stranger.get("/help")
    assert page.status_code == 200
    assert "Runbook" not in page.text
    assert stranger.get("/help/runbook").headers["location"].startswith("/sign-in")


# ——— notices ———


def test_a_notice_that_failed_is_told_again(house: House, sent: dict[str, Transfer]) -> None:
    officer, one = house.visitor(Role.REVIEWER), sent["unread"]
    assert "bo@council.example" in officer.get("/notices").text
    answer = officer.post("/notices/again", transfer=one.id, notice=one.notices[0].id)
    assert answer.headers["location"] == "/notices?done=yes"
    (filed,) = house.store.transfers.instructions(one.id)
    assert (filed.act, filed.notice) == (Act.RESEND, one.notices[0].id)
    told = replace(one, deliveries=tuple(replace(each, told=each.state) for each in one.deliveries))
    after = carry_out(told, filed, (), lambda _: officer.me)
    assert [each.told for each in after.deliveries] == [None]


def test_a_notice_whose_transfer_is_over_cannot_be_told_again(house: House) -> None:
    one = fates.held(house.store, house.clock.now() - timedelta(hours=1), sender="gil@council.example")
    refused = tuple(replace(each, state=fates.D.REFUSED) for each in one.deliveries)
    over = fates.stepped(house.store, one, house.clock.now(), deliveries=refused)
    over = fates.stepped(house.store, over, house.clock.now(), state=TransferState.FINISHED)
    officer = house.visitor(Role.REVIEWER)
    assert "Telephone: the transfer is over" in officer.get("/notices").text
    assert officer.post("/notices/again", transfer=over.id, notice=over.notices[0].id).status_code == 403
    assert house.store.transfers.instructions(over.id) == ()


@pytest.mark.parametrize(("transfer", "notice"), [("t-00000000-0000000000", "n"), ("", ""), ("held", "n-other")])
def test_a_notice_that_is_not_there_is_not_found(
    house: House, sent: dict[str, Transfer], transfer: str, notice: str
) -> None:
    named = sent[transfer].id if transfer in sent else transfer
    assert house.visitor(Role.REVIEWER).post("/notices/again", transfer=named, notice=notice).status_code == 404


def test_a_notice_to_an_officer_is_told_again(house: House) -> None:
    now = house.clock.now()
    failed = OfficerNotice(
        id="n-officer", key="digest:2026-11-24", topic=Topic.DIGEST, to="ola@council.example", subject="s", text="t",
        at=now, state=NoticeState.FAILED, attempts=4,
    )  # fmt: skip
    later = [
        replace(failed, id=f"n-{day}", key=f"digest:{day}", at=now + timedelta(days=day), state=NoticeState.SENT)
        for day in range(100)
    ]
    house.store.officer_notices.add([failed, *later])
    officer = house.visitor(Role.APPROVER)
    assert "What waits, each day" in officer.get("/notices").text
    assert officer.post("/notices/officers-again", notice="n-officer").status_code == 303
    (again,) = house.store.officer_notices.standing(NoticeState.WAITING)
    assert again.id == "n-officer"
    assert (again.state, again.attempts) == (NoticeState.WAITING, 0)
    assert officer.post("/notices/officers-again", notice="n-officer").status_code == 409
