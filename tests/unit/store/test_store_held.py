"""What is held, as officers work through it: a row with every hold, pages both ways, counts, and who was first."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise, product
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from gateway.errors import Conflict, NotFound
from gateway.model.held import Held, HeldQuery, HeldState, Order, Why, why_held
from gateway.model.lifecycle import DELIVERY_MOVES, DeliveryState, may_move
from gateway.model.record import Event
from gateway.model.tier import Tier
from gateway.model.transfer import Origin, Question, Release
from gateway.model.verdict import Obligation
from gateway.store.console_tables import COUNTED
from gateway.store.embedded import Store, create_keys, open_store
from gateway.system.clock import MachineClock
from gateway.testing.held_values import held_again, hold
from gateway.testing.store_values import MINUTE, NOW, D, accept, make_transfer, move, step

RELEASE = Release(officer="First", reason="seen", at=NOW, address="first@council.example")
KEYS = {
    Order.OLDEST: lambda one: (one.held_at, one.transfer_id, one.delivery_id),
    Order.NEWEST: lambda one: (one.held_at, one.transfer_id, one.delivery_id),
    Order.HIGHEST: lambda one: (-one.tier, one.held_at, one.transfer_id, one.delivery_id),
    Order.LARGEST: lambda one: (one.size, one.transfer_id, one.delivery_id),
}
FIELDS = ("why", "tier", "route", "door", "assigned_to", "escalated_to")


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
    """A store with something held of every sort, some of it taken on."""
    found = opened(tmp_path_factory.mktemp("held"))
    for number, (about, tier) in enumerate(
        product(("gaps", "people", "entities", "hours"), (Tier(0), Tier(3), Tier(5)))
    ):
        for more in range(3):
            at = NOW + (number * 7 % 5) * MINUTE  # many at the very same time
            sender = f"Person.{more}@council.example"
            hold(found, at=at, about=about, tier=tier, size=100 * more, sender=sender, recipients=1 + more % 2)
    for number, one in enumerate(found.held.list(limit=500).rows):
        if number % 3 == 0:
            one = found.held.claim(one, by=f"p-{number % 2}", now=NOW)  # noqa: PLW2901 - as it is now
        if number % 5 == 0:
            found.held.escalate(one, to="approver", by="p-0", now=NOW)
    yield found
    found.close()


@pytest.fixture(scope="module")
def walked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """A store for many walks."""
    found = opened(tmp_path_factory.mktemp("walked"))
    yield found
    found.close()


def everything(store: Store) -> tuple[Held, ...]:
    return store.held.list(limit=500).rows


def fits(query: HeldQuery, one: Held) -> bool:
    """Say without any SQL whether a held delivery is asked for."""
    sets = ((query.why, one.why), (query.tier, one.tier), (query.route, one.route), (query.door, one.door))
    return (
        all(not wanted or value in wanted for wanted, value in sets)
        and (not query.states or bool(query.states & one.states))
        and query.assigned_to in (None, one.assigned_to)
        and query.escalated_to in (None, one.escalated_to)
        and query.sender.casefold() in one.sender
        and query.recipient.casefold() in one.recipient
        and all(any(word in text for text in (one.sender, one.recipient, one.name)) for word in query.words)
        and (query.held_before is None or one.held_at < query.held_before)
    )


def sets_of(values: Any) -> some.SearchStrategy[frozenset[Any]]:  # noqa: ANN401 - of any enum
    return some.frozensets(some.sampled_from(list(values)), max_size=2)


QUERIES = some.builds(
    HeldQuery,
    why=sets_of((Why.UNREAD, Why.BULK, Why.PERSONAL_DATA, Why.MARKING)),
    tier=sets_of((Tier(0), Tier(3), Tier(5))),
    route=sets_of(("nhsmail", "none")),
    door=sets_of(Origin),
    states=sets_of(HeldState),
    assigned_to=some.sampled_from([None, None, None, "", "p-0", "p-9"]),
    escalated_to=some.sampled_from([None, None, "", "approver"]),
    sender=some.sampled_from(["", "", "PERSON.1@", "council", "%", "nobody"]),
    recipient=some.sampled_from(["", "", "r1@", "_"]),
    words=some.sampled_from([(), (), ("letter",), ("person.2", "r0"), ("letter", "zz%")]),
    held_before=some.sampled_from([None, None, NOW + 2 * MINUTE, NOW]),
)


@given(query=QUERIES, order=some.sampled_from(Order), limit=some.integers(1, 30))
def test_every_page_follows_the_one_before_and_leads_back_to_it(
    full: Store, query: HeldQuery, order: Order, limit: int
) -> None:
    wanted = sorted(filter(lambda one: fits(query, one), everything(full)), key=KEYS[order])
    if order in (Order.NEWEST, Order.LARGEST):
        wanted.reverse()
    pages = [full.held.list(query, order=order, limit=limit)]
    assert not pages[0].previous
    while pages[-1].next:
        pages.append(full.held.list(query, order=order, limit=limit, place=pages[-1].next))
    assert [one for page in pages for one in page.rows] == wanted
    assert all(len(page.rows) == limit for page in pages[:-1])
    for before, after in pairwise(pages):
        assert full.held.list(query, order=order, limit=limit, place=after.previous).rows == before.rows


@given(query=QUERIES)
def test_counts_are_those_of_the_rows(full: Store, query: HeldQuery) -> None:
    rows, counts = everything(full), full.held.counts(query)
    assert counts.total == sum(fits(query, one) for one in rows)
    assert not counts.is_more
    for field in FIELDS:
        nothing: dict[str, Any] = {field: None if field.endswith("_to") else frozenset()}
        without = replace(query, **nothing)
        expected = Counter(getattr(one, field) for one in rows if fits(without, one))
        assert getattr(counts, field) == expected, field
    without = replace(query, states=frozenset())
    assert counts.states == Counter(state for one in rows if fits(without, one) for state in one.states)


@given(
    place=some.text()
    | some.sampled_from(["WzBd", "WzAsMSwiYSIsImIiXQ", "WzIsImEiLCJiIiwiYyJd", "W10", "e30", "A" * 600])
)
def test_a_place_that_no_page_gave_is_refused_and_breaks_nothing(full: Store, place: str) -> None:
    if place:
        with pytest.raises(NotFound):
            full.held.list(place=place)


def test_a_place_of_another_order_is_refused(full: Store) -> None:
    place = full.held.list(order=Order.HIGHEST, limit=1).next
    with pytest.raises(NotFound):
        full.held.list(order=Order.LARGEST, place=place)


def test_a_row_says_what_is_held_and_why(store: Store) -> None:
    transfer = hold(store, about="people", tier=Tier.PROTECT, sender="Ann.Clerk@Council.Example", recipients=2, size=7)
    first, second = store.held.of(transfer.id)
    assert {first.delivery_id, second.delivery_id} == {each.id for each in transfer.deliveries}
    assert (first.why, first.rule, first.says) == (Why.BULK, "hold/people", "It waits for people.")
    assert (first.sender, first.name, first.files, first.size) == ("ann.clerk@council.example", "letter.eml", 1, 7)
    assert (first.tier, first.door, first.route, first.held_at) == (Tier.PROTECT, Origin.MAIL, "nhsmail", NOW)
    assert first.states == {HeldState.NEW}
    assert store.held.get(transfer.id, first.delivery_id) == first


def test_what_is_held_for_a_trouble_says_the_trouble(store: Store) -> None:
    one, other = (accept(store, make_transfer()) for _ in range(2))
    for transfer, trouble in ((one, "it could not be sealed: no key"), (other, "the gateway failed repeatedly")):
        held = transfer.deliveries[0].held(trouble)
        step(store, transfer, deliveries=(held,))
    (seal,), (failed,) = store.held.of(one.id), store.held.of(other.id)
    assert (seal.why, seal.says, seal.rule) == (Why.NO_SEAL, "it could not be sealed: no key", "")
    assert failed.why is Why.FAILED


def test_a_row_is_gone_once_it_is_released_or_refused_and_back_when_it_is_held_again(store: Store) -> None:
    transfer = hold(store)
    (seen,) = store.held.of(transfer.id)
    released = replace(transfer.deliveries[0], state=D.UNDECIDED, releases=(RELEASE,))
    transfer = step(store, transfer, deliveries=(released,))
    assert store.held.of(transfer.id) == ()
    assert store.held.counts().total == 0
    transfer = held_again(store, transfer, at=NOW + MINUTE)
    (again,) = store.held.of(transfer.id)
    assert again.version > seen.version, "what was seen before is no version of it now"
    assert (again.second, again.releases, again.held_at) == (True, 1, NOW + MINUTE)
    move(store, transfer, D.REFUSED)
    assert store.held.counts().total == 0


def test_what_is_held_again_within_one_step_is_another_hold(store: Store) -> None:
    before = hold(store)
    (seen,) = store.held.of(before.id)
    store.held.claim(seen, by="p-1", now=NOW)
    between = replace(before, deliveries=(replace(before.deliveries[0], state=D.UNDECIDED, releases=(RELEASE,)),))
    after = replace(between, deliveries=(replace(between.deliveries[0], state=D.HELD),))
    store.transfers.commit(before, after, entries=[], through=[between])
    (again,) = store.held.of(before.id)
    assert (again.assigned_to, again.second) == ("", True)
    assert again.version > seen.version + 1


def test_a_question_to_the_sender_is_seen_until_it_is_answered(store: Store) -> None:
    transfer = hold(store, recipients=2)
    first = transfer.deliveries[0]
    question = Question(
        id="q-1", delivery_id=first.id, officer="First", address="first@council.example", text="Why?", at=NOW
    )
    asked = step(store, transfer, questions=(question,))
    assert {one.delivery_id: one.asked for one in store.held.of(transfer.id)}[first.id]
    assert sum(one.asked for one in store.held.of(transfer.id)) == 1
    step(store, asked, questions=(replace(question, answer="so", answered_at=NOW),))
    assert not any(one.asked for one in store.held.of(transfer.id))
    assert all(
        one.version > transfer.version << 20 for one in store.held.of(transfer.id) if one.delivery_id == first.id
    )


def test_what_waits_for_the_senders_reason_is_asked(store: Store) -> None:
    transfer = accept(store, make_transfer())
    waits = hold(store).deliveries[0]
    assert waits.verdict
    verdict = replace(waits.verdict, obligations=frozenset({Obligation.ASK_REASON}))
    step(store, transfer, deliveries=(replace(waits, id=transfer.deliveries[0].id, verdict=verdict),))
    (held,) = store.held.of(transfer.id)
    assert held.states == {HeldState.ASKED}


def test_the_counts_of_alike_rows_are_kept_whatever_is_written(store: Store) -> None:
    transfers = [hold(store, about=about, recipients=2) for about in ("gaps", "people", "gaps")]
    for one in everything(store)[::2]:
        store.held.claim(one, by="p-1", now=NOW)
    move(store, transfers[0], D.UNDECIDED)
    names = ", ".join(COUNTED)
    with store.database.read() as connection:
        kept = connection.exec_driver_sql(f"SELECT {names}, waiting FROM held_counts").all()  # noqa: S608 - ours
        real = connection.exec_driver_sql(f"SELECT {names}, count(*) FROM held GROUP BY {names}").all()  # noqa: S608 - ours
    assert sorted(map(tuple, kept)) == sorted(map(tuple, real))
    assert len(kept) > 2


def test_the_four_figures(store: Store) -> None:
    assert store.held.figures(NOW, MINUTE).oldest is None
    for minutes in (0, 5, 10):
        hold(store, at=NOW + minutes * MINUTE)
    transfer = hold(store, at=NOW + 10 * MINUTE)
    second = replace(transfer.deliveries[0], releases=(RELEASE,))
    between = step(store, transfer, deliveries=(replace(second, state=D.UNDECIDED),))
    held_again(store, between, at=NOW + 10 * MINUTE)
    figures = store.held.figures(NOW + 10 * MINUTE, timedelta(minutes=5))
    assert (figures.waiting, figures.past, figures.second, figures.oldest) == (4, 1, 1, NOW)


def test_of_many_who_take_on_the_same_at_once_one_has_it_and_the_others_are_told_who(store: Store) -> None:
    transfer = hold(store)
    (seen,) = store.held.of(transfer.id)

    def claim(person: str) -> str:
        try:
            return store.held.claim(seen, by=person, now=NOW).assigned_to
        except Conflict as error:
            return error.message

    with ThreadPoolExecutor(8) as pool:
        said = list(pool.map(claim, [f"p-{number}" for number in range(8)]))
    (now_held,) = store.held.of(transfer.id)
    winner = now_held.assigned_to
    assert said.count(winner) == 1
    assert all(f"{winner} was first" in each for each in said if each != winner)
    assert now_held.version == seen.version + 1
    assigned = [json.loads(each) for each in store.ledger.entries() if b"delivery:assigned" in each]
    assert [each["facts"]["to"] for each in assigned] == [winner]


def test_it_is_passed_on_given_back_and_escalated_and_the_ledger_says_so(store: Store) -> None:
    transfer = hold(store)
    (seen,) = store.held.of(transfer.id)
    mine = store.held.claim(seen, by="p-1", now=NOW)
    with pytest.raises(Conflict, match="p-1 was first"):
        store.held.claim(mine, by="p-2", now=NOW)
    theirs = store.held.assign(mine, to="p-2", by="p-1", now=NOW)
    with pytest.raises(Conflict):
        store.held.assign(mine, to="p-3", by="p-1", now=NOW)
    up = store.held.escalate(theirs, to="approver", by="p-2", now=NOW)
    assert up.states == {HeldState.CLAIMED, HeldState.ESCALATED}
    free = store.held.assign(up, to="", by="p-2", now=NOW)
    assert store.held.get(transfer.id, free.delivery_id) == free
    told = [json.loads(each) for each in store.ledger.entries()][-4:]
    assert [(each["event"], each["facts"]["by"], each["facts"]["to"]) for each in told] == [
        (Event.DELIVERY_ASSIGNED, "p-1", "p-1"),
        (Event.DELIVERY_ASSIGNED, "p-1", "p-2"),
        (Event.DELIVERY_ESCALATED, "p-2", "approver"),
        (Event.DELIVERY_ASSIGNED, "p-2", ""),
    ]
    move(store, transfer, D.REFUSED)
    with pytest.raises(NotFound):
        store.held.assign(free, to="p-1", by="p-1", now=NOW)


@pytest.mark.parametrize(
    ("about", "why"),
    [
        (("gaps", "people"), Why.UNREAD),
        (("entities", "network", "people"), Why.BULK),
        (("domain_status", "tier"), Why.RECIPIENT),
        (("entities", "tier"), Why.PERSONAL_DATA),
        (("tier",), Why.MARKING),
        (("network",), Why.UNREAD),  # nothing says why; what was not read in full does
    ],
)
def test_the_kind_of_reason_is_the_most_telling_fact_of_the_rules(
    store: Store, about: tuple[str, ...], why: Why
) -> None:
    delivery = hold(store).deliveries[0]
    assert delivery.verdict
    reasons = tuple(replace(delivery.verdict.reasons[0], about=(each,)) for each in about)
    assert why_held(replace(delivery, verdict=replace(delivery.verdict, reasons=reasons)))[0] is why


WALKS = some.lists(some.tuples(some.integers(0, 2), some.sampled_from(DeliveryState)), max_size=14)


@settings(max_examples=30)
@given(walk=WALKS, together=some.integers(1, 4))
def test_there_is_a_row_for_exactly_what_is_held_whatever_way_it_went(
    walked: Store, walk: list[tuple[int, DeliveryState]], together: int
) -> None:
    stages = [accept(walked, make_transfer(recipients=3))]
    for place, state in walk:
        now, delivery = stages[-1], stages[-1].deliveries[place]
        if may_move(DELIVERY_MOVES, delivery.state, state):
            stages.append(now.with_delivery(replace(delivery, state=state)))
    before = stages.pop(0)
    for begin in range(0, len(stages), together):
        *through, after = stages[begin : begin + together]
        through, after = (
            [replace(each, version=before.version) for each in through],
            replace(after, version=before.version),
        )
        before = walked.transfers.commit(before, after, entries=[], through=through)
        held = {each.id for each in before.deliveries if each.state is D.HELD}
        assert {one.delivery_id for one in walked.held.of(before.id)} == held
