"""What is held, as officers work through it: a row with every hold, pages both ways, counts, and who was first."""

from __future__ import annotations

import base64
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
from gateway.model.inspection import MOST_NAMES
from gateway.model.lifecycle import DELIVERY_MOVES, DeliveryState, may_move
from gateway.model.record import Entry, Event
from gateway.model.tier import Tier
from gateway.model.transfer import Origin, Question, Release, Transfer
from gateway.model.verdict import Obligation
from gateway.store import held_counts
from gateway.store.console_tables import COUNTED
from gateway.store.embedded import Store, create_keys, open_store
from gateway.store.held_rows import LONGEST_NAMES
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
FIELDS = ("why", "tier", "route", "assigned_to", "escalated_to")


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
    sets = ((query.why, one.why), (query.tier, one.tier), (query.route, one.route))
    return (
        all(not wanted or value in wanted for wanted, value in sets)
        and (not query.states or bool(query.states & one.states))
        and query.assigned_to in (None, one.assigned_to)
        and query.escalated_to in (None, one.escalated_to)
        and all(any(word.casefold() in text for text in (one.sender, one.recipient, one.name)) for word in query.words)
        and (query.held_before is None or one.held_at < query.held_before)
    )


def sets_of(values: Any) -> some.SearchStrategy[frozenset[Any]]:  # noqa: ANN401 - of any enum
    return some.frozensets(some.sampled_from(list(values)), max_size=2)


QUERIES = some.builds(
    HeldQuery,
    why=sets_of((Why.UNREAD, Why.BULK, Why.PERSONAL_DATA, Why.MARKING)),
    tier=sets_of((Tier(0), Tier(3), Tier(5))),
    route=sets_of(("nhsmail", "none")),
    states=sets_of(HeldState),
    assigned_to=some.sampled_from([None, None, None, "", "p-0", "p-9"]),
    escalated_to=some.sampled_from([None, None, "", "approver"]),
    words=some.sampled_from(
        [(), (), ("letter",), ("PERSON.1@",), ("council", "r1@"), ("person.2", "r0"), ("letter", "zz%"), ("%",), ("_",)]
    ),
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
    assert (counts.is_more, counts.exact) == (False, True)
    for field in FIELDS:
        nothing: dict[str, Any] = {field: None if field.endswith("_to") else frozenset()}
        without = replace(query, **nothing)
        expected = Counter(getattr(one, field) for one in rows if fits(without, one))
        assert getattr(counts, field) == expected, field
    without = replace(query, states=frozenset())
    assert counts.states == Counter(state for one in rows if fits(without, one) for state in one.states)


@given(query=QUERIES, most=some.integers(1, 20))
def test_where_too_many_have_the_words_those_that_fit_are_counted_and_no_filter_loses_a_choice(
    full: Store, query: HeldQuery, most: int
) -> None:
    rows = everything(full)
    with pytest.MonkeyPatch.context() as few:
        few.setattr(held_counts, "MOST_COUNTED", most)
        counts = full.held.counts(query)
    fit = sum(fits(query, one) for one in rows)
    if counts.exact and not counts.is_more:
        assert counts.total == fit
        return
    assert (counts.total, counts.is_more) == (min(fit, most), fit > most)
    assert counts.why == full.held.counts(replace(query, words=(), held_before=None)).why


@given(query=QUERIES)
def test_what_a_decision_over_all_is_about_is_counted_in_full(full: Store, query: HeldQuery) -> None:
    assert full.held.by_reason(query) == Counter(one.why for one in everything(full) if fits(query, one))


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


@pytest.mark.parametrize(
    ("order", "forged"),
    [
        (Order.LARGEST, [0, 1 << 63, "t", "d"]),
        (Order.LARGEST, [0, -(10**19), "t", "d"]),
        (Order.HIGHEST, [1, 10**30, "a", "t", "d"]),
        (Order.OLDEST, [0, "\ud800", "t", "d"]),
    ],
)
def test_a_forged_place_that_no_row_could_have_is_refused(full: Store, order: Order, forged: list[object]) -> None:
    place = base64.urlsafe_b64encode(json.dumps(forged).encode()).decode().rstrip("=")
    with pytest.raises(NotFound):
        full.held.list(order=order, place=place)


@pytest.mark.parametrize("words", [("tŷ",), ("TŶ",), ("ty\u0302",), ("STRASSE", "t-"), ("annex.xlsx",), ("LETTER",)])
def test_it_is_found_by_any_of_its_names_in_whatever_case(store: Store, words: tuple[str, ...]) -> None:
    hold(store, names=("letter.eml", "LLYTHYR TŶ Ŵyn.docx", "Straße.pdf"), within=("letter.eml/1/Annex.xlsx",))
    hold(store, names=("other.txt",))
    (found,) = store.held.list(HeldQuery(words=words)).rows
    assert (found.name, found.files) == ("letter.eml", 3)
    assert store.held.counts(HeldQuery(words=words)).total == 1


@pytest.mark.parametrize(
    "words", [("plan.docx",), ("PLAN",), ("letter.eml/1/plan.docx",), ("set.zip", "one.csv"), ("set.zip/1/one.csv",)]
)
def test_it_is_found_by_an_attachment_in_which_nothing_was(store: Store, words: tuple[str, ...]) -> None:
    opened_parts = ("letter.eml/1/Plan.docx", "letter.eml/2/set.zip", "letter.eml/2/set.zip/1/one.csv")
    mail = hold(store, opened=opened_parts)
    hold(store, opened=("letter.eml/1/minutes.docx", "other.zip/1/one.csv"))
    hold(store)
    assert [each.transfer_id for each in store.held.list(HeldQuery(words=words)).rows] == [mail.id]
    assert store.held.counts(HeldQuery(words=words)).total == 1


def test_names_of_very_many_parts_keep_a_row_short_and_hide_no_file(store: Store) -> None:
    opened_parts = tuple(f"letter.eml/{number}/{number:03}-{'z' * 116}" for number in range(MOST_NAMES))
    hold(store, names=("letter.eml", "Minutes.pdf"), opened=opened_parts)
    with store.database.read() as connection:
        (kept,) = connection.exec_driver_sql("SELECT names FROM held").scalars()
    assert len(kept) <= LONGEST_NAMES
    for word in ("letter", "minutes.pdf", "000-z"):
        assert store.held.counts(HeldQuery(words=(word,))).total == 1, word


def test_short_names_of_as_many_parts_as_are_kept_are_all_found(store: Store) -> None:
    hold(store, opened=tuple(f"letter.eml/2/set.zip/{each}/{each:03}-minutes.txt" for each in range(MOST_NAMES)))
    for number in range(MOST_NAMES):
        assert store.held.counts(HeldQuery(words=(f"{number:03}-minutes.txt",))).total == 1, number


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
    assert again.second
    move(store, transfer, D.REFUSED)
    assert store.held.counts().total == 0


def taken_on(store: Store, transfer: Transfer) -> Held:
    """Return what is held of a transfer, once somebody has it and a role was asked."""
    (seen,) = store.held.of(transfer.id)
    return store.held.escalate(store.held.claim(seen, by="p-1", now=NOW), to="approver", by="p-1", now=NOW)


def waits(store: Store) -> list[tuple[object, ...]]:
    return [(one.held_at, one.assigned_to, one.escalated_to) for one in store.held.list().rows]


def put_aside(store: Store) -> int:
    with store.database.read() as connection:
        return int(connection.exec_driver_sql("SELECT count(*) FROM held_aside").scalar_one())


@pytest.mark.parametrize("in_one_step", [True, False])
@pytest.mark.parametrize("through", [(), (D.CLEARED,)])
def test_what_is_released_and_held_again_has_waited_all_the_time_and_stays_whose_it_was(
    store: Store, through: tuple[DeliveryState, ...], *, in_one_step: bool
) -> None:
    before = hold(store)
    seen = taken_on(store, before)
    between = replace(before, deliveries=(replace(before.deliveries[0], state=D.UNDECIDED, releases=(RELEASE,)),))
    if in_one_step:
        stages = [between.with_delivery(replace(between.deliveries[0], state=each)) for each in through]
        after = replace(between, deliveries=(replace(between.deliveries[0], state=D.HELD),))
        store.transfers.commit(before, after, entries=[], through=[between, *stages])
    else:
        now = step(store, before, deliveries=between.deliveries)
        for each in through:
            now = move(store, now, each)
        step(store, now, deliveries=(replace(now.deliveries[0], state=D.HELD),))
    assert waits(store) == [(NOW, "p-1", "approver")]
    assert store.held.of(before.id)[0].version > seen.version
    assert store.held.counts().assigned_to == {"p-1": 1}
    assert put_aside(store) == 0


def test_what_is_held_again_after_its_senders_reason_has_waited_all_the_time(store: Store) -> None:
    before = hold(store)
    taken_on(store, before)
    answered = step(
        store, before, reason="the trust did", deliveries=(replace(before.deliveries[0], state=D.UNDECIDED),)
    )
    held_again(store, answered, at=NOW + MINUTE)
    assert waits(store) == [(NOW, "p-1", "approver")]


@pytest.mark.parametrize("in_one_step", [True, False])
def test_what_was_sealed_and_is_held_again_waits_anew(store: Store, *, in_one_step: bool) -> None:
    before = hold(store)
    taken_on(store, before)
    states = (D.UNDECIDED, D.CLEARED, D.SEALED, D.HELD)
    stages = [
        replace(before, deliveries=(replace(before.deliveries[0], state=each, releases=(RELEASE,)),)) for each in states
    ]
    entry = Entry(event=Event.DELIVERY_HELD, at=NOW + MINUTE, transfer_id=before.id, facts={})
    if in_one_step:
        store.transfers.commit(before, stages[-1], entries=[entry], through=stages[:-1])
    else:
        for each in stages:
            before = store.transfers.commit(before, replace(each, version=before.version), entries=[entry])
    assert waits(store) == [(NOW + MINUTE, "", "")]
    assert put_aside(store) == 0


def test_nothing_is_kept_aside_of_what_has_gone(store: Store) -> None:
    before = hold(store)
    gone = step(store, before, deliveries=(replace(before.deliveries[0], state=D.UNDECIDED, releases=(RELEASE,)),))
    assert put_aside(store) == 1
    move(store, move(store, gone, D.CLEARED), D.SEALED)
    assert put_aside(store) == 0


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
