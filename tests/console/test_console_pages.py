"""The dashboard, transfers, and what a sender sees of their own: right, private, and inert whatever was sent."""

from __future__ import annotations

import csv
import io
import json
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from html import unescape

import pytest

from gateway.console.frame.exports import FORMULAS, MOST, _as_csv, _as_json, inert
from gateway.console.ledger import tally
from gateway.console.ledger.reading import first_at
from gateway.console.pages.dashboard import tally_of
from gateway.console.roles import Permission, permissions
from gateway.model.lifecycle import DeliveryState
from gateway.model.person import Role
from gateway.model.record import Act, Entry, Event
from gateway.model.tier import Tier
from gateway.model.transfer import Question, Transfer
from gateway.model.verdict import Obligation, Outcome
from gateway.quarantine.people import people_of
from gateway.quarantine.review import carry_out
from gateway.testing.values import a_verdict
from tests.console import fates
from tests.console.house import PATIENCE, House, opened

pytestmark = pytest.mark.network

FORMULA = "=HYPERLINK(A1).xlsx"


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with opened(tmp_path_factory.mktemp("pages")) as found:
        yield found


@pytest.fixture(scope="module")
def sent(house: House) -> dict[str, Transfer]:
    now = house.clock.now()
    found = fates.fates(house.store, now)
    fates.received(house.store, now - timedelta(minutes=1), name=FORMULA, sender="+cmd@council.example")
    while house.store.search.catch_up():
        pass
    return found


@pytest.fixture(autouse=True)
def _long_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let all of a ledger be counted at once, however slow the machine is."""
    monkeypatch.setattr(tally, "AT_ONCE", PATIENCE)


@pytest.fixture(scope="module")
def busy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A house in which tests send something; the other stays as it is."""
    with opened(tmp_path_factory.mktemp("busy")) as found:
        yield found


def words(html: str) -> str:
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", html)).split())


# ——— the dashboard ———


def test_figures_say_what_the_store_holds(house: House, sent: dict[str, Transfer]) -> None:
    page = words(house.visitor(Role.APPROVER).get("/dashboard").text)
    held = sum(each.state is DeliveryState.HELD for one in sent.values() for each in one.deliveries)
    assert f"Waiting {held} Past decision time 2 Waiting for a second person 0 Oldest 2 days" in page
    assert "Many people at once 1" in page
    assert "Could not be read in full 1 (20%)" in page
    assert "Notices that could not be told, last 7 days 2" in page


@pytest.mark.parametrize("role", [each for each in Role if Permission.COUNTS in permissions([each])])
def test_a_dashboard_names_nobody(house: House, sent: dict[str, Transfer], role: Role) -> None:
    page = house.visitor(role).get("/dashboard").text
    for each in sent.values():
        assert each.id not in page
        assert each.sender not in page
        assert each.parts[0].name not in unescape(page)
        assert all(delivery.recipient not in page for delivery in each.deliveries)


@pytest.mark.parametrize(("role", "place"), [(Role.SENDER, "/mine"), (Role.USER_ADMIN, "/mine")])
def test_who_may_not_see_figures_is_led_to_their_own(house: House, role: Role, place: str) -> None:
    visitor = house.visitor(role)
    answer = visitor.get("/")
    assert (answer.status_code, answer.headers["location"]) == (303, place)
    assert visitor.get("/dashboard").status_code == 403


def test_a_tally_counts_every_entry_once_however_often_it_is_asked(house: House, sent: dict[str, Transfer]) -> None:
    assert sent
    counted = tally_of(house.store, "Europe/London")
    first = counted.until(house.clock.now())
    again = counted.until(house.clock.now())
    told = Counter(json.loads(each)["event"] for each in house.store.ledger.entries())
    assert first == again
    assert again.is_complete
    assert {event: again.total(event) for event in tally.OF_INTEREST if told[event]} == {
        event: told[event] for event in tally.OF_INTEREST if told[event]
    }


def test_what_goes_as_it_is_is_not_counted_as_sealed(tmp_path_factory: pytest.TempPathFactory) -> None:
    with opened(tmp_path_factory.mktemp("plain")) as plain:
        now = plain.clock.now()
        facts = {"recipient": "a@b.example", "method": "none", "cipher": "none"}
        entry = Entry(event=Event.DELIVERY_SEALED, at=now, transfer_id="t-1", facts=facts)
        plain.store.ledger.append([entry, replace(entry, facts=facts | {"method": "zip"})])
        assert tally_of(plain.store, "Europe/London").until(now).total(Event.DELIVERY_SEALED) == 1
        page = words(plain.visitor(Role.AUDITOR).get("/ledger").text)
        assert "Made ready for a@b.example; it needs no seal and goes as it is" in page


def test_a_long_ledger_is_counted_a_moment_at_a_time(
    house: House, sent: dict[str, Transfer], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert sent
    whole = tally_of(house.store, "Europe/London").until(house.clock.now())
    slow = tally.Tally(house.store.ledger, tally_of(house.store, "Europe/London").zone)
    monkeypatch.setattr(tally, "AT_ONCE", 0.0)
    turns = 0
    while not (now := slow.until(house.clock.now())).is_complete:
        turns += 1
    assert turns >= house.store.ledger.count() - 1
    assert now.days == whole.days


def test_a_day_that_is_over_is_counted_no_more(house: House, sent: dict[str, Transfer]) -> None:
    assert sent
    counted = tally.Tally(house.store.ledger, tally_of(house.store, "Europe/London").zone)
    while not counted.until(house.clock.now()).is_complete:
        pass
    later = counted.until(house.clock.now() + timedelta(days=6))
    assert next(iter(later.days)) == house.clock.now().date()
    assert later.total(Event.TRANSFER_RECEIVED) == 4  # two came on days before
    assert counted.until(house.clock.now() + timedelta(days=7)).total(Event.TRANSFER_RECEIVED) == 0


def test_entries_are_found_by_their_time(tmp_path_factory: pytest.TempPathFactory) -> None:
    with opened(tmp_path_factory.mktemp("times")) as timed:
        gaps = [0, 0, 5, 1, 0, 60, 3, 0, 0, 1, 900, 2]
        times = [timed.clock.now() + timedelta(seconds=sum(gaps[: n + 1])) for n in range(len(gaps))]
        timed.store.ledger.append([Entry(event=Event.NOTICE_SENT, at=at, transfer_id="", facts={}) for at in times])
        for at in {*times, times[0] - timedelta(days=1), times[-1] + timedelta(days=1)}:
            for moment in (at, at - timedelta(microseconds=1), at + timedelta(microseconds=1)):
                wanted = sum(each < moment for each in times)
                assert first_at(timed.store.ledger, moment, len(times)) == wanted


# ——— all transfers ———


def ids_on(page: str) -> list[str]:
    return re.findall(r'href="/(?:transfers|mine)/(t-[0-9a-z-]+)"', page)


@pytest.mark.parametrize(
    ("query", "fate"),
    [
        ({"q": "bo@council.example"}, "unread"),
        ({"q": "jo.bright casework-Q2"}, "held"),
        ({"q": "minutes"}, "waiting"),
        ({"state": "delivered"}, "delivered"),
        ({"q": "review.docx", "route": "internet"}, "delivered"),
    ],
)
def test_a_transfer_is_found(house: House, sent: dict[str, Transfer], query: dict[str, str], fate: str) -> None:
    page = house.visitor(Role.AUDITOR).get("/transfers", **query)
    assert ids_on(page.text) == [sent[fate].id]


def test_a_transfer_is_found_by_its_hash_and_its_reference(house: House, sent: dict[str, Transfer]) -> None:
    visitor, one = house.visitor(Role.AUDITOR), sent["delivered"]
    for text in (one.parts[0].sha256, one.id, one.id[:10]):
        assert ids_on(visitor.get("/transfers", q=text).text) == [one.id]


def test_days_that_do_not_read_are_said_to(house: House) -> None:
    page = house.visitor(Role.AUDITOR).get("/transfers", since="yesterday").text
    assert "Write the day as year-month-day" in page
    assert "<title>Error:" in page


def test_a_place_that_no_page_gave_is_nowhere(house: House) -> None:
    assert house.visitor(Role.AUDITOR).get("/transfers", place="x" * 40).status_code == 404


def test_pages_of_a_list_hold_every_transfer_once(tmp_path_factory: pytest.TempPathFactory) -> None:
    with opened(tmp_path_factory.mktemp("many")) as many:
        now = many.clock.now()
        made = [fates.received(many.store, now - timedelta(minutes=n), name=f"{n}.txt") for n in range(120)]
        visitor, seen, path = many.visitor(Role.AUDITOR), list[str](), "/transfers"
        while path:
            page = visitor.get(path).text
            seen += ids_on(page)
            found = re.search(r'href="([^"]+)" rel="next"', page)
            path = unescape(found[1]) if found else ""
        assert seen == [each.id for each in made]


def test_what_others_sent_is_text(house: House, sent: dict[str, Transfer]) -> None:
    visitor = house.visitor(Role.AUDITOR)
    for path in ("/transfers", f"/transfers/{sent['unread'].id}", "/ledger"):
        page = visitor.get(path).text
        assert fates.HOSTILE not in page
        assert "<img" not in page


def test_one_transfer_says_all_that_is_known_of_it(house: House, sent: dict[str, Transfer]) -> None:
    one = sent["delivered"]
    page = words(house.visitor(Role.AUDITOR).get(f"/transfers/{one.id}").text)
    reason = one.deliveries[0].verdict.reasons[0] if one.deliveries[0].verdict else None
    assert reason is not None
    for said in (
        one.parts[0].sha256,
        reason.says,
        f"{reason.file}, line {reason.line}",
        "zip, AES-256; verified by 7z",
        "The next server answered: 250 2.0.0 Ok: queued as 4X7abc",
        "TLSv1.3 verified",
        "Handed over for friend@mail.example; the next server said: 250 2.0.0 Ok: queued as 4X7abc",
        "Finished: delivered (1)",
    ):
        assert said in page


def test_what_was_disclosed_stands_as_a_record(busy: House) -> None:
    one = fates.delivered(busy.store, busy.clock.now(), tier=Tier.PROTECT)
    page = words(busy.visitor(Role.AUDITOR).get(f"/transfers/{one.id}").text)
    record = page.partition("Record of disclosure")[2].partition("History")[0]
    assert "Effective tier PROTECT" in record
    assert "Sealed as zip Cipher AES-256" in record
    assert "Reason referral 114" in record


def test_what_is_held_leads_to_its_review_and_says_what_would_let_it_pass(
    house: House, sent: dict[str, Transfer]
) -> None:
    one = sent["held"]
    page = house.visitor(Role.REVIEWER).get(f"/transfers/{one.id}").text
    assert f'href="/quarantine/{one.id}/{one.deliveries[0].id}"' in page
    assert "It would pass if" in page
    assert "Could not be sent" in page


@pytest.mark.parametrize("named", ["t-00000000-0000000000", "t-", "nothing"])
def test_a_transfer_that_is_not_there_is_not_found(house: House, sent: dict[str, Transfer], named: str) -> None:
    visitor = house.visitor(Role.AUDITOR)
    assert visitor.get(f"/transfers/{named}").status_code == 404
    assert visitor.get(f"/transfers/{sent['held'].id[:12]}").status_code == 404


# ——— exports ———


def test_an_export_has_a_row_for_each_and_the_same_in_both_forms(house: House, sent: dict[str, Transfer]) -> None:
    visitor = house.visitor(Role.AUDITOR)
    lines = list(csv.DictReader(io.StringIO(visitor.get("/transfers/export", kind="csv").text)))
    whole = visitor.get("/transfers/export", kind="json").json()
    assert {each["id"] for each in lines} >= {each.id for each in sent.values()}
    assert [each["id"] for each in lines] == [each["id"] for each in whole["rows"]]
    assert whole["more"] is False
    one = next(each for each in lines if each["id"] == sent["delivered"].id)
    assert (one["delivered"], one["held"], one["sender"]) == ("1", "0", sent["delivered"].sender)


def test_an_export_is_of_what_is_looked_for(house: House, sent: dict[str, Transfer]) -> None:
    answer = house.visitor(Role.AUDITOR).get("/transfers/export", kind="json", q="minutes")
    assert [each["id"] for each in answer.json()["rows"]] == [sent["waiting"].id]
    assert answer.headers["content-disposition"] == 'attachment; filename="transfers-2026-11-24.json"'


def test_the_ledger_says_who_took_a_list_away_not_what_they_looked_for(house: House, sent: dict[str, Transfer]) -> None:
    assert sent
    visitor = house.visitor(Role.AUDITOR)
    assert visitor.get("/transfers/export", kind="csv", q="minutes").status_code == 200
    *_, last = map(json.loads, house.store.ledger.entries())
    me = visitor.person
    assert me
    facts = {"by": me.address, "list": "transfers", "kind": "csv"}
    assert (last["event"], last["facts"]) == ("list:exported", facts)


def test_a_cell_is_never_a_formula(house: House, sent: dict[str, Transfer]) -> None:
    assert sent
    text = house.visitor(Role.AUDITOR).get("/transfers/export", kind="csv").text
    cells = [cell for row in csv.reader(io.StringIO(text)) for cell in row]
    assert f"'{FORMULA}" in cells
    assert "'+cmd@council.example" in cells
    assert not [cell for cell in cells if cell.lstrip(" ").startswith(FORMULAS)]


@pytest.mark.parametrize("cell", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "  =1", "\uff1d1"])
def test_every_way_to_begin_a_formula_is_known(cell: str) -> None:
    assert inert(cell) == f"'{cell}"


def test_a_file_is_bounded_and_says_so() -> None:
    text = "".join(_as_csv(({"id": n} for n in range(MOST + 5)), ["id"]))
    lines = text.splitlines()
    assert len(lines) == MOST + 2
    assert "there are more" in lines[-1]
    for size in (0, 1, MOST, MOST + 1):
        whole = json.loads("".join(_as_json({"id": n} for n in range(size))))
        assert [each["id"] for each in whole["rows"]] == list(range(min(size, MOST)))
        assert whole["more"] is (size > MOST)


@pytest.mark.parametrize("kind", ["xlsx", "../csv", ""])
def test_there_is_no_other_kind_of_file(house: House, kind: str) -> None:
    assert house.visitor(Role.AUDITOR).get("/transfers/export", kind=kind).status_code == 404


# ——— a sender's own ———


def test_a_sender_sees_their_own_and_no_other(house: House, sent: dict[str, Transfer]) -> None:
    visitor = house.visitor(Role.SENDER, address="bo@council.example")
    assert ids_on(visitor.get("/mine").text) == [sent["unread"].id]
    assert visitor.get(f"/mine/{sent['unread'].id}").status_code == 200
    for fate in ("held", "waiting", "delivered"):
        assert visitor.get(f"/mine/{sent[fate].id}").status_code == 404
        assert visitor.post(f"/mine/{sent[fate].id}", act="recall", reason="mine").status_code == 404
        assert house.store.transfers.instructions(sent[fate].id) == ()


def test_who_only_received_it_does_not_see_it(house: House, sent: dict[str, Transfer]) -> None:
    visitor = house.visitor(Role.SENDER, address="jo.bright@mail.example")
    assert ids_on(visitor.get("/mine").text) == []
    assert visitor.get(f"/mine/{sent['held'].id}").status_code == 404


def test_a_sender_has_back_what_waits_to_go(busy: House) -> None:
    one = fates.waiting(busy.store, busy.clock.now(), sender="cy@council.example")
    visitor = busy.visitor(Role.SENDER, address="cy@council.example")
    path, delivery = f"/mine/{one.id}", one.deliveries[0]
    assert "Have it back" in visitor.get(path).text
    wordless = visitor.post(path, act="recall", delivery=delivery.id)
    assert wordless.status_code == 422
    assert "<title>Error:" in wordless.text
    assert busy.store.transfers.instructions(one.id) == ()
    answer = visitor.post(path, act="recall", delivery=delivery.id, reason="wrong file")
    assert answer.headers["location"] == f"{path}?done=recall"
    (filed,) = busy.store.transfers.instructions(one.id)
    assert (filed.act, filed.reason, filed.officer_address) == (Act.RECALL, "wrong file", "cy@council.example")
    assert carry_out(one, filed, (), people_of(busy.store.people.get)).deliveries[0].state is DeliveryState.REFUSED
    assert "Have it back" not in visitor.get(path).text


def test_what_was_handed_over_cannot_be_had_back(busy: House) -> None:
    one = fates.delivered(busy.store, busy.clock.now(), sender="di@council.example")
    visitor = busy.visitor(Role.SENDER, address="di@council.example")
    assert "Have it back" not in visitor.get(f"/mine/{one.id}").text
    answer = visitor.post(f"/mine/{one.id}", act="recall", delivery=one.deliveries[0].id, reason="please")
    assert answer.status_code == 404
    assert busy.store.transfers.instructions(one.id) == ()


def test_a_sender_answers_an_officer(busy: House) -> None:
    now = busy.clock.now()
    one = fates.held(busy.store, now, sender="ed@council.example")
    question = Question(
        id="q-1", delivery_id=one.deliveries[0].id, officer="A. Okafor", address="a@council.example",
        text="Who <b>asked</b> for it?", at=now,
    )  # fmt: skip
    fates.stepped(busy.store, one, now, questions=(question,))
    while busy.store.search.catch_up():
        pass
    visitor = busy.visitor(Role.SENDER, address="ed@council.example")
    page = visitor.get(f"/mine/{one.id}").text
    assert "Who &lt;b&gt;asked&lt;/b&gt; for it?" in page
    assert "An officer asks" in visitor.get("/mine").text
    assert "An officer asks" not in busy.visitor(Role.AUDITOR).get("/transfers").text, "it asks nobody else"
    assert visitor.post(f"/mine/{one.id}", act="reply", reason="The court did").status_code == 303
    (filed,) = busy.store.transfers.instructions(one.id)
    assert (filed.act, filed.delivery_id) == (Act.REPLY, question.delivery_id)
    after = carry_out(busy.store.transfers.get(one.id), filed, (), people_of(busy.store.people.get))
    assert after.questions[0].answer == "The court did"


def test_a_sender_is_asked_nothing_about_what_was_decided(busy: House) -> None:
    now = busy.clock.now()
    one = fates.held(busy.store, now, sender="hal@council.example")
    share = one.deliveries[0]
    question = Question(
        id="q-1", delivery_id=share.id, officer="A. Okafor", address="a@council.example", text="Who asked?", at=now
    )
    asked = fates.stepped(busy.store, one, now, questions=(question,))
    visitor = busy.visitor(Role.SENDER, address="hal@council.example")
    assert 'value="reply"' in visitor.get(f"/mine/{one.id}").text
    fates.stepped(busy.store, asked, now, deliveries=(replace(share, state=DeliveryState.REFUSED),))
    assert 'value="reply"' not in visitor.get(f"/mine/{one.id}").text
    while busy.store.search.catch_up():
        pass
    assert "An officer asks" not in visitor.get("/mine").text
    assert visitor.post(f"/mine/{one.id}", act="reply", reason="The court did").status_code == 404


@pytest.mark.parametrize("act", ["reply", "answer", "recall"])
def test_what_is_too_long_is_said_to_be_and_not_lost(busy: House, act: str) -> None:
    one = fates.waiting(busy.store, busy.clock.now(), sender="gil@council.example")
    question = Question(
        id="q-1", delivery_id=one.deliveries[0].id, officer="A. Okafor", address="a@council.example",
        text="Who asked for it?", at=busy.clock.now(),
    )  # fmt: skip
    share = one.deliveries[0]
    if act != "recall":
        verdict = a_verdict(Outcome.QUARANTINE, Obligation.ASK_REASON)
        share = replace(share, state=DeliveryState.HELD, verdict=verdict, sealed=None)
    questions = (question,) if act == "reply" else ()
    fates.stepped(busy.store, one, busy.clock.now(), deliveries=(share,), questions=questions, reason="")
    visitor = busy.visitor(Role.SENDER, address="gil@council.example")
    long = "It was asked for. " * 60
    answer = visitor.post(f"/mine/{one.id}", act=act, delivery=share.id, reason=long)
    assert answer.status_code == 422
    assert "Write 1,000 characters at most" in answer.text
    assert long.strip() in answer.text
    assert busy.store.transfers.instructions(one.id) == ()


@pytest.mark.parametrize("act", ["release", "refuse", "reveal", "", "RECALL"])
def test_a_sender_can_do_nothing_else(busy: House, act: str) -> None:
    one = fates.held(busy.store, busy.clock.now(), sender="fi@council.example")
    visitor = busy.visitor(Role.SENDER, address="fi@council.example")
    assert visitor.post(f"/mine/{one.id}", act=act, delivery=one.deliveries[0].id, reason="please").status_code == 404
    assert busy.store.transfers.instructions(one.id) == ()
