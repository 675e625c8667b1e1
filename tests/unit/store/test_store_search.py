"""One box that finds transfers, lists of them, and the index beside the walk that both need."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as some

from gateway.errors import NotFound
from gateway.model.inspection import Gap, GapKind, Inspection, MarkingStatus
from gateway.model.lifecycle import DeliveryState
from gateway.model.record import Event
from gateway.model.search import TransferQuery
from gateway.model.transfer import Origin, Part, Transfer
from gateway.store import search
from gateway.store.embedded import Store, create_keys, open_store
from gateway.store.index import BATCH
from gateway.system.clock import MachineClock
from gateway.testing.held_values import hold
from gateway.testing.store_values import MINUTE, NOW, D, T, accept, make_entry, make_transfer, move, step

LATER: Final = NOW + timedelta(hours=1)
OLD: Final = NOW - timedelta(days=90)


def opened(folder: Path) -> Store:
    create_keys(folder / "state")
    return open_store(state=folder / "state", vault=folder / "vault", clock=MachineClock())


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    found = opened(tmp_path)
    yield found
    found.close()


@pytest.fixture(scope="module")
def full(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """A store with a few transfers of every door and state."""
    found = opened(tmp_path_factory.mktemp("search"))
    for number in range(20):
        transfer = received(
            found, NOW + (number - 19) * MINUTE, name=f"plan-{number % 4}.docx", door=tuple(Origin)[number % 3]
        )
        if number % 2:
            move(found, transfer, D.CLEARED, *((D.SEALED, D.DELIVERED) if number % 3 else ()))
    take_in(found)
    yield found
    found.close()


def received(
    store: Store,
    at: datetime = NOW,
    *,
    sender: str = "Clerk@council.example",
    name: str = "letter.docx",
    content: bytes = b"",
    door: Origin = Origin.MAIL,
) -> Transfer:
    """Accept a transfer."""
    part = Part(name=name, object_id="o-1", size=1, sha256=hashlib.sha256(content).hexdigest())
    return accept(store, replace(make_transfer(received_at=at), sender=sender, parts=(part,), origin=door))


def take_in(store: Store) -> None:
    while store.search.catch_up():
        pass


def found(store: Store, text: str, **more: object) -> list[str]:
    """Return the ids that a search finds."""
    query = replace(TransferQuery(text=text), **more)  # type: ignore[arg-type]  # the query's own fields
    return [line.id for line in store.search.find(query, now=LATER).rows]


@pytest.mark.parametrize(
    "text",
    [
        "siân",
        "SIAN.o'brien",
        "sian.o'brien@council.example",
        "o'brien@council",
        "council.example",
        "r0@nhs.example",
        "nhs.ex",
        "réferral",
        "referral-PLAN",
        "referral plan_v2",
        "v2.docx",
        "docx sian",
        hashlib.sha256(b"this").hexdigest(),
        hashlib.sha256(b"this").hexdigest()[:10],
        hashlib.sha256(b"this").hexdigest().upper(),
        "2026-11-22",
        "22/11/2026 sian",
        "sian 22 november 2026",
    ],
)
def test_one_box_finds_by_address_name_hash_and_day_in_any_case_and_by_beginnings(store: Store, text: str) -> None:
    received(store, sender="other@council.sample", name="minutes.pdf", at=NOW - timedelta(days=1))
    wanted = received(store, sender="Siân.O'Brien@council.example", name="Referral-plan_v2.docx", content=b"this")
    move(store, wanted, D.HELD)
    take_in(store)
    assert wanted.id in found(store, text)
    if text not in ("r0@nhs.example", "nhs.ex"):
        assert found(store, text) == [wanted.id]


def test_a_reference_a_hash_and_a_message_id_are_found_however_old(store: Store) -> None:
    digest = hashlib.sha256(b"abc@host.example").hexdigest()
    content = hashlib.sha256(b"").hexdigest()
    old = accept(store, replace(make_transfer(received_at=OLD), message_id=digest, sent_sha256=content))
    take_in(store)
    for text in (old.id, old.id[:11], f"  {old.id.upper()} ", "<ABC@host.example>", content):
        assert found(store, text) == [old.id], text
    assert found(store, "clerk") == []
    assert found(store, "clerk", since=OLD) == [old.id]
    assert found(store, "") == []


def test_up_to_a_day_means_however_far_back(store: Store) -> None:
    old, new = (received(store, at) for at in (OLD, NOW))
    take_in(store)
    for text in ("", "clerk"):
        assert found(store, text, until=OLD + MINUTE) == [old.id], text
        assert found(store, text, until=NOW + MINUTE) == [new.id, old.id], text


@pytest.mark.parametrize("forged", ["\ud800", 1 << 64, -1])
def test_a_forged_place_is_refused(store: Store, forged: object) -> None:
    place = base64.urlsafe_b64encode(json.dumps([0, forged]).encode()).decode().rstrip("=")
    with pytest.raises(NotFound):
        store.search.find(now=NOW, place=place)


def test_nothing_is_found_by_what_is_content_or_by_part_of_a_word(store: Store) -> None:
    received(store, sender="clerk@council.example", name="letter.docx")
    take_in(store)
    for text in ("lerk", "etter", "checked by telephone", "@", '"', "*", "-", "NEAR(clerk)", "sender:clerk", "."):
        assert found(store, text) == ([] if text not in (".", "@", '"', "*", "-") else found(store, "")), text


@given(
    text=some.text(max_size=60)
    | some.lists(
        some.sampled_from(
            ['"', "*", "(", "AND", "NOT", "^", ":", "t-", "<@>", "99/99/2026", "a", "\x00", "\ud800", "0" * 64]
        ),
        max_size=10,
    ).map(" ".join)
)
def test_whatever_is_typed_is_a_search_and_no_error(full: Store, text: str) -> None:
    assert len(found(full, text)) <= 50


QUERIES = some.builds(
    TransferQuery,
    text=some.sampled_from(["", "", "plan", "plan-1", "clerk", "nobody"]),
    since=some.sampled_from([None, NOW - 12 * MINUTE]),
    until=some.sampled_from([None, NOW - 3 * MINUTE]),
    delivery=some.sampled_from([None, None, D.UNDECIDED, D.DELIVERED, D.HELD]),
    door=some.sampled_from([None, None, *Origin]),
    route=some.sampled_from(["", "", "public"]),
)


def fits(query: TransferQuery, transfer: Transfer) -> bool:
    """Say without any SQL whether a transfer is asked for."""
    said = f"{transfer.sender} {transfer.parts[0].name}".lower()
    return (
        query.text in said
        and (query.since is None or transfer.received_at.replace(microsecond=0) >= query.since.replace(microsecond=0))
        and (query.until is None or transfer.received_at.replace(microsecond=0) < query.until.replace(microsecond=0))
        and query.delivery in (None, *(each.state for each in transfer.deliveries))
        and query.door in (None, transfer.origin)
        and query.route in ("", transfer.route)
    )


@given(query=QUERIES, limit=some.integers(1, 9))
def test_pages_follow_one_another_newest_first_and_lead_back(full: Store, query: TransferQuery, limit: int) -> None:
    wanted = [each.id for each in full.transfers.find() if fits(query, each)]
    pages = [full.search.find(query, now=LATER, limit=limit)]
    while pages[-1].next:
        pages.append(full.search.find(query, now=LATER, limit=limit, place=pages[-1].next))
    assert [line.id for page in pages for line in page.rows] == wanted
    for number, page in enumerate(pages[1:]):
        if page.rows:
            back = full.search.find(query, now=LATER, limit=limit, place=page.previous)
            assert [line.id for line in back.rows] == [line.id for line in pages[number].rows]


def test_a_page_looks_at_so_many_and_says_where_to_go_on(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(search, "CHUNK", 3)
    monkeypatch.setattr(search, "MOST_LOOKED_AT", 3)
    wanted = received(store, NOW - 10 * MINUTE, door=Origin.FOLDER)
    for number in range(7):
        received(store, NOW - number * MINUTE)
    pages = [store.search.find(TransferQuery(door=Origin.FOLDER), now=LATER)]
    while pages[-1].next:
        pages.append(store.search.find(TransferQuery(door=Origin.FOLDER), now=LATER, place=pages[-1].next))
    assert [len(page.rows) for page in pages] == [0, 0, 1]
    assert pages[-1].rows[0].id == wanted.id


@pytest.mark.parametrize("place", ["x", "WzBd", "WzAsMV0", "W10", "e30"])
def test_a_place_that_no_page_gave_is_refused(store: Store, place: str) -> None:
    with pytest.raises(NotFound):
        store.search.find(now=LATER, place=place)


def test_a_line_shows_what_a_list_needs(store: Store) -> None:
    transfer = hold(store, recipients=3, size=7)
    (first, *others) = transfer.deliveries
    step(store, transfer, deliveries=(replace(first, state=D.REFUSED), *others))
    (line,) = store.search.find(now=LATER).rows
    assert (line.id, line.sender, line.recipient, line.name) == (
        transfer.id, "clerk@council.example", "r0@nhs.example", "letter.eml",
    )  # fmt: skip
    assert (line.files, line.size, line.door, line.route, line.received_at) == (1, 7, Origin.MAIL, "nhsmail", NOW)
    assert line.deliveries == {DeliveryState.REFUSED: 1, DeliveryState.HELD: 2}


def inspected(store: Store, before: Transfer, parts: Sequence[str], names: Sequence[str] = ()) -> Transfer:
    """Commit what was seen within a transfer: parts that could not be read, and names of those that were opened."""
    gaps = tuple(Gap(part=part, kind=GapKind.ENCRYPTED) for part in parts)
    inspection = Inspection(
        media_type="message/rfc822",
        marking=None,
        marking_status=MarkingStatus.NONE,
        findings=(),
        people=0,
        gaps=gaps,
        elapsed_ms=1.0,
        names=tuple(names),
    )
    after = replace(before, state=T.INSPECTED, inspection=inspection)
    return store.transfers.commit(before, after, entries=[make_entry(before, Event.TRANSFER_INSPECTED)])


def test_files_within_are_found_once_it_was_inspected_whether_or_not_it_was_taken_in_before(store: Store) -> None:
    early, late = received(store), received(store)
    take_in(store)
    for transfer in (early, late):
        inspected(store, transfer, ["letter.eml/2/Budget.xlsx"])
    assert found(store, "budget") == []
    take_in(store)
    assert set(found(store, "budget.xlsx")) == set(found(store, "letter")) == {early.id, late.id}


@pytest.mark.parametrize(
    "text", ["plan.docx", "PLAN", "budget.xlsx", "letter.eml/1/plan.docx", "plan budget", "caf\u00e9", "cafe menu"]
)
def test_an_attachment_is_found_in_which_nothing_was(store: Store, text: str) -> None:
    mail, other = received(store), received(store)
    opened_parts = ["letter.eml/1/plan.docx", "letter.eml/2/set.zip/1/Budget.xlsx", "letter.eml/3/Caf\u00e9 menu.pdf"]
    inspected(store, mail, ["letter.eml/4/locked.zip"], opened_parts)
    inspected(store, other, [], ["letter.eml/1/minutes.docx"])
    take_in(store)
    assert found(store, text) == [mail.id]
    assert found(store, "locked") == [mail.id]


def test_an_inspection_of_an_older_gateway_without_names_is_taken_in(store: Store) -> None:
    transfer = received(store)
    inspected(store, transfer, ["letter.eml/2/Budget.xlsx"], ["letter.eml/2/Budget.xlsx"])
    store.database.write(
        lambda connection: (
            connection.exec_driver_sql(
                "UPDATE transfers SET inspection = json_remove(inspection, '$.names') WHERE id = ?", (transfer.id,)
            ).rowcount
        )
    )
    seen = store.transfers.get(transfer.id).inspection
    assert seen is not None
    assert seen.names == ()
    take_in(store)
    assert found(store, "budget") == [transfer.id]


def test_a_long_name_of_a_gap_is_cut_and_found_by_its_end(store: Store) -> None:
    transfer = received(store)
    inspected(store, transfer, [f"{'word ' * 20_000}/1/Budget.xlsx"])
    take_in(store)
    assert found(store, "budget") == [transfer.id]
    with store.database.read() as connection:
        kept = connection.exec_driver_sql("SELECT sum(length(block)) FROM search_data").scalar_one()
    assert kept < 10_000


def test_the_index_goes_on_where_it_was_and_is_done_in_short_transactions(store: Store) -> None:
    for number in range(3):
        received(store, NOW - number * MINUTE)
    store.ledger.append([make_entry(make_transfer()) for _ in range(BATCH)])
    assert store.search.catch_up() == BATCH
    received(store, NOW - 5 * MINUTE)
    assert [store.search.catch_up(), store.search.catch_up()] == [4, 0]
    assert len(found(store, "clerk")) == 4


def test_an_entry_that_cannot_be_read_stops_nothing(store: Store) -> None:
    store.database.write(lambda connection: connection.exec_driver_sql("INSERT INTO ledger VALUES (0, x'00')").rowcount)
    for text in (b"[1]", b'{"event": 1}', b"{}"):
        row = (text,)
        store.database.write(
            lambda connection, row=row: (
                connection.exec_driver_sql(  # type: ignore[misc]  # bound now
                    "INSERT INTO ledger SELECT max(seq) + 1, ? FROM ledger", row
                ).rowcount
            )
        )
    received(store)
    assert [store.search.catch_up(), store.search.catch_up()] == [5, 0]
    assert len(found(store, "clerk")) == 1


def test_a_history_is_whole_whether_or_not_the_index_has_come_so_far(store: Store) -> None:
    mine, other = received(store), received(store)
    store.ledger.append([make_entry(mine, Event.DELIVERY_HELD, said=f'"transfer":"{other.id}"')])
    before = store.ledger.about(mine.id)
    assert [number for number, _ in before] == [0, 2]
    assert len(store.ledger.about(other.id)) == 1
    store.search.catch_up()
    store.ledger.append([make_entry(mine, Event.DELIVERY_REFUSED)])
    after = store.ledger.about(mine.id)
    assert after[:2] == before
    assert [number for number, _ in after] == [0, 2, 3]
    assert store.ledger.about(mine.id, 1) == after[2:]
    assert store.ledger.about("t-none") == []


def test_a_window_is_of_whole_seconds_in_utc(store: Store) -> None:
    midnight = datetime(2026, 11, 22, tzinfo=UTC)
    before, after = (received(store, midnight + timedelta(seconds=each)) for each in (-1, 0))
    take_in(store)
    assert found(store, "2026-11-22") == [after.id]
    assert found(store, "2026-11-21") == [before.id]
    assert found(store, "clerk", since=midnight, until=midnight + timedelta(seconds=1)) == [after.id]
