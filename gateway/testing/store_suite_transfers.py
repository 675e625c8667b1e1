"""Contract suite: transfers. See `store_suite`."""
# ruff: noqa: D102, PLR2004, S101 - a test's name is its sentence, its figures are literal, and asserts are what it is

from __future__ import annotations

import io
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest

from gateway.errors import Conflict, NotFound, Repeated
from gateway.model.inspection import Inspection, MarkingStatus
from gateway.model.lifecycle import DeliveryState, IllegalMove, TransferState
from gateway.model.record import Recorded
from gateway.model.transfer import Delivery, Receipt, Release, Transfer
from gateway.store import Store
from gateway.testing.store_values import (
    MINUTE,
    NOW,
    D,
    N,
    T,
    accept,
    make_circumstances,
    make_entry,
    make_notice,
    make_transfer,
    make_verdict,
    move,
    step,
)

SEND = (D.CLEARED, D.SEALED, D.DELIVERED)


def decided(transfer: Transfer, delivery: Delivery) -> Delivery:
    """Return the delivery with what it was decided from, and the verdict."""
    return replace(
        delivery,
        circumstances=make_circumstances(transfer, delivery),
        verdict=make_verdict(delivery.recipient),
    )


def as_recorded(transfer: Transfer, delivery: Delivery) -> Recorded:
    """Return a decided delivery as replay reads it."""
    assert delivery.circumstances is not None
    assert delivery.verdict is not None
    return Recorded(
        transfer_id=transfer.id,
        delivery_id=delivery.id,
        received_at=transfer.received_at,
        circumstances=delivery.circumstances,
        outcome=delivery.verdict.outcome,
        obligations=delivery.verdict.obligations,
        route=delivery.verdict.route,
        policy=delivery.verdict.policy,
        rules=tuple(reason.rule for reason in delivery.verdict.reasons),
    )


class TransfersContract:
    """One step is one transaction, fenced by version, along the lifecycle only."""

    def test_a_new_transfer_is_read_back_as_it_was(self, store: Store) -> None:
        new = make_transfer(recipients=3)
        written = accept(store, new)
        assert written == replace(new, version=1)
        assert store.transfers.get(new.id) == written

    def test_every_field_of_every_kind_is_read_back(self, store: Store) -> None:
        before = accept(store, make_transfer(recipients=2))
        inspection = Inspection(
            media_type="text/plain",
            marking=None,
            marking_status=MarkingStatus.NONE,
            findings=(),
            people=3,
            gaps=(),
            elapsed_ms=1.5,
        )
        first, second = before.deliveries
        release = Release(officer="O", reason="looked", at=NOW, roles=("a-role",), address="o@x.example", account="o")
        full = replace(decided(before, first), releases=(release, replace(release, officer="P", at=NOW + MINUTE)))
        changed = replace(
            before,
            state=T.INSPECTED,
            inspection=inspection,
            deliveries=(replace(full, state=D.CLEARED, due=NOW), second),
            notices=(make_notice(),),
            route="2",
        )
        written = store.transfers.commit(before, changed, entries=[])
        assert store.transfers.get(before.id) == written == replace(changed, version=2)

    def test_a_large_value_that_did_not_change_stays(self, store: Store) -> None:
        before = accept(store)
        inspection = Inspection(
            media_type="",
            marking=None,
            marking_status=MarkingStatus.NONE,
            findings=(),
            people=None,
            gaps=(),
            elapsed_ms=0,
        )
        inspected = step(store, before, state=T.INSPECTED, inspection=inspection)
        decided = step(store, inspected, state=T.DECIDED)
        assert store.transfers.get(before.id).inspection == inspection == decided.inspection
        assert step(store, decided, inspection=None) == store.transfers.get(before.id)

    def test_whoever_comes_second_is_refused_and_nothing_of_theirs_is_written(self, store: Store) -> None:
        before = accept(store)
        step(store, before, route="1")
        stored = store.vault.put(io.BytesIO(b"late"))
        with pytest.raises(Conflict):
            store.transfers.commit(
                before, replace(before, route="9"), entries=[make_entry(before)], objects=[stored], wake=NOW
            )
        assert store.transfers.get(before.id).route == "1"
        assert len(list(store.ledger.entries())) == 1
        assert store.wakes.next_due() is None
        with pytest.raises(NotFound):
            store.vault.read(stored.id)

    def test_of_many_at_once_exactly_one_wins(self, store: Store) -> None:
        before = accept(store)

        def attempt(number: int) -> bool:
            try:
                step(store, before, route=str(number))
            except Conflict:
                return False
            return True

        with ThreadPoolExecutor(8) as threads:
            assert sum(threads.map(attempt, range(1, 25))) == 1
        assert store.transfers.get(before.id).version == 2

    def test_a_transfer_is_accepted_once(self, store: Store) -> None:
        new = make_transfer()
        accept(store, new)
        with pytest.raises(Conflict):
            accept(store, new)
        assert len(list(store.ledger.entries())) == 1

    @pytest.mark.parametrize("state", [state for state in T if state is not T.RECEIVED])
    def test_a_new_transfer_is_received(self, store: Store, state: TransferState) -> None:
        with pytest.raises(IllegalMove):
            accept(store, replace(make_transfer(), state=state))

    @pytest.mark.parametrize("state", [state for state in D if state is not D.UNDECIDED])
    def test_a_new_delivery_is_undecided(self, store: Store, state: DeliveryState) -> None:
        new = make_transfer()
        with pytest.raises(IllegalMove):
            accept(store, replace(new, deliveries=(replace(new.deliveries[0], state=state),)))
        with pytest.raises(NotFound):
            store.transfers.get(new.id)

    def test_no_delivery_reaches_the_far_side_unsealed(self, store: Store) -> None:
        before = accept(store)
        for state in (D.SEALED, D.DELIVERED, D.UNDELIVERABLE):
            with pytest.raises(IllegalMove):
                move(store, before, state)
        cleared = move(store, before, D.CLEARED)
        with pytest.raises(IllegalMove):
            move(store, cleared, D.DELIVERED)
        assert store.transfers.get(before.id) == cleared

    def test_a_held_delivery_goes_nowhere_but_back_to_decide_or_out(self, store: Store) -> None:
        held = move(store, accept(store), D.HELD)
        for state in (D.CLEARED, D.SEALED, D.DELIVERED, D.UNDELIVERABLE):
            with pytest.raises(IllegalMove):
                move(store, held, state)
        assert move(store, held, D.UNDECIDED, D.CLEARED).deliveries[0].state is D.CLEARED

    def test_what_is_stored_counts_not_what_the_caller_says_was(self, store: Store) -> None:
        held = move(store, accept(store), D.HELD)
        invented = replace(held, deliveries=(replace(held.deliveries[0], state=D.SEALED),))
        with pytest.raises(IllegalMove):
            move(store, invented, D.DELIVERED)
        assert store.transfers.get(held.id) == held

    def test_a_transfer_moves_along_its_table_only(self, store: Store) -> None:
        before = accept(store)
        with pytest.raises(IllegalMove):
            step(store, before, state=T.FINISHED)
        decided = step(store, step(store, before, state=T.INSPECTED), state=T.DECIDED)
        with pytest.raises(IllegalMove):
            step(store, decided, state=T.RECEIVED)
        assert step(store, decided, state=T.FINISHED).state is T.FINISHED

    def test_deliveries_are_neither_added_nor_removed(self, store: Store) -> None:
        before = accept(store, make_transfer(recipients=2))
        for changed in (before.deliveries[:1], (*before.deliveries, Delivery(id="d-x", recipient="x@x.example"))):
            with pytest.raises(IllegalMove):
                step(store, before, deliveries=changed)

    def test_notices_are_added_waiting_and_never_told_twice(self, store: Store) -> None:
        before = accept(store)
        with pytest.raises(IllegalMove):
            step(store, before, notices=(make_notice(N.SENT),))
        waiting = step(store, before, notices=(make_notice(),))
        sent = step(store, waiting, notices=(replace(waiting.notices[0], state=N.SENT), make_notice()))
        with pytest.raises(IllegalMove):
            step(store, sent, notices=(replace(sent.notices[0], state=N.WAITING), sent.notices[1]))
        with pytest.raises(IllegalMove):
            step(store, sent, notices=sent.notices[:1])
        assert store.transfers.get(before.id) == sent

    def test_the_beginning_of_an_id_will_do_where_only_one_begins_so(self, store: Store) -> None:
        one = accept(store, replace(make_transfer(), id="t-00000001-aaaa"))
        accept(store, replace(make_transfer(), id="t-00000001-abbb"))
        assert store.transfers.get("t-00000001-aa") == one
        for untrusted in ("t-00000001-a", "t-2", "", "%", "t-0000000_-aa"):
            with pytest.raises(NotFound):
                store.transfers.get(untrusted)

    def test_a_whole_id_is_found_though_another_begins_with_it(self, store: Store) -> None:
        short = accept(store, replace(make_transfer(), id="t-1"))
        accept(store, replace(make_transfer(), id="t-11"))
        assert store.transfers.get("t-1") == short

    def test_transfers_are_found_newest_first(self, store: Store) -> None:
        made = [accept(store, make_transfer(received_at=NOW + n * MINUTE)) for n in range(3)]
        held = move(store, made[1], D.HELD)
        finished = made[0]
        for state in (T.INSPECTED, T.DECIDED, T.FINISHED):
            finished = step(store, finished, state=state)
        assert list(store.transfers.find()) == [made[2], held, finished]
        assert list(store.transfers.find(limit=1)) == [made[2]]
        assert list(store.transfers.find(held=True)) == [held]
        assert list(store.transfers.find(unfinished=True)) == [made[2], held]
        assert list(store.transfers.find(held=True, unfinished=True, limit=0)) == []

    def test_who_delivered_to_whom_is_remembered_with_the_delivery(self, store: Store) -> None:
        transfer = accept(store, replace(make_transfer(recipients=2), sender="Clerk@Council.example"))
        assert not store.transfers.has_corresponded("Clerk@Council.example", "r0@nhs.example")
        sealed = move(store, transfer, D.CLEARED, D.SEALED)
        assert not store.transfers.has_corresponded("Clerk@Council.example", "r0@nhs.example")
        receipt = Receipt(channel="internet", at=NOW + MINUTE, answer="250 ok")
        arrived = replace(sealed.deliveries[0], state=D.DELIVERED, receipt=receipt)
        step(store, sealed, deliveries=(arrived, sealed.deliveries[1]))
        assert store.transfers.has_corresponded("Clerk@Council.example", "r0@nhs.example")
        assert store.transfers.has_corresponded("Clerk@COUNCIL.example", "r0@NHS.example")
        for sender, recipient in (
            ("clerk@Council.example", "r0@nhs.example"),  # what stands before the @ is the far side's to compare
            ("Clerk@Council.example", "r1@nhs.example"),
            ("r0@nhs.example", "Clerk@Council.example"),
            ("", ""),
        ):
            assert not store.transfers.has_corresponded(sender, recipient)

    def test_a_message_is_found_by_the_digest_of_its_id(self, store: Store) -> None:
        mail = [
            accept(store, replace(make_transfer(received_at=NOW + n * MINUTE), message_id="ab" * 32)) for n in range(3)
        ]
        accept(store, replace(make_transfer(), message_id="cd" * 32))
        accept(store)
        newest_first = [each.id for each in reversed(mail)]
        assert list(store.transfers.with_message_id("ab" * 32)) == newest_first
        assert list(store.transfers.with_message_id("ab" * 32, since=NOW + MINUTE)) == newest_first[:2]
        assert list(store.transfers.with_message_id("ab" * 32, since=NOW + 3 * MINUTE)) == []
        assert list(store.transfers.with_message_id("AB" * 32)) == []
        assert list(store.transfers.with_message_id("")) == []
        step(store, mail[0], state=T.INSPECTED)
        assert list(store.transfers.with_message_id("ab" * 32)) == newest_first

    def test_of_many_messages_with_one_id_the_newest_are_named(self, store: Store) -> None:
        mail = [
            accept(store, replace(make_transfer(received_at=NOW + n * MINUTE), message_id="ab" * 32)) for n in range(52)
        ]
        assert list(store.transfers.with_message_id("ab" * 32)) == [each.id for each in reversed(mail[2:])]

    def test_of_mail_with_one_id_what_has_the_same_content_is_told_apart(self, store: Store) -> None:
        mail = [
            accept(
                store,
                replace(make_transfer(received_at=NOW + n * MINUTE), message_id="ab" * 32, sent_sha256=f"{n % 2}" * 64),
            )
            for n in range(4)
        ]
        assert list(store.transfers.with_message_id("ab" * 32, sent="1" * 64)) == [mail[3].id, mail[1].id]
        assert list(store.transfers.with_message_id("ab" * 32, since=NOW + 2 * MINUTE, sent="1" * 64)) == [mail[3].id]
        assert list(store.transfers.with_message_id("cd" * 32, sent="1" * 64)) == []

    def test_mail_that_must_be_the_first_with_its_id_writes_nothing_where_it_is_not(self, store: Store) -> None:
        first = accept(store, replace(make_transfer(received_at=NOW), message_id="ab" * 32))
        again = replace(make_transfer(received_at=NOW + MINUTE), message_id="ab" * 32)
        before = list(store.ledger.entries())
        with pytest.raises(Repeated):
            store.transfers.commit(None, again, entries=[make_entry(again)], wake=NOW, alone_since=first.received_at)
        with pytest.raises(NotFound):
            store.transfers.get(again.id)
        assert list(store.ledger.entries()) == before
        later = first.received_at + timedelta(microseconds=1)
        store.transfers.commit(None, again, entries=[make_entry(again)], wake=NOW, alone_since=later)
        assert store.transfers.get(again.id).message_id == "ab" * 32

    def test_a_transfer_that_is_refused_leaves_no_message_behind(self, store: Store) -> None:
        twice = replace(make_transfer(), message_id="ab" * 32)
        accept(store, twice)
        with pytest.raises(Conflict):
            accept(store, replace(twice, message_id="cd" * 32))
        assert list(store.transfers.with_message_id("cd" * 32)) == []

    def test_a_second_delivery_between_two_changes_nothing(self, store: Store) -> None:
        for _ in range(2):
            move(store, accept(store), *SEND)
        assert store.transfers.has_corresponded("clerk@council.example", "r0@nhs.example")

    def test_a_step_that_is_refused_remembers_nobody(self, store: Store) -> None:
        sealed = move(store, accept(store), D.CLEARED, D.SEALED)
        step(store, sealed, route="1")
        with pytest.raises(Conflict):
            move(store, sealed, D.DELIVERED)
        assert not store.transfers.has_corresponded("clerk@council.example", "r0@nhs.example")

    def test_what_was_decided_is_read_back_in_the_order_it_was_received(self, store: Store) -> None:
        late, early = (accept(store, make_transfer(recipients=2, received_at=NOW + n * MINUTE)) for n in (1, 0))
        undecided = accept(store, make_transfer(received_at=NOW + 2 * MINUTE))
        expected = []
        for each in (early, late):
            first, second = each.deliveries
            half = step(store, each, deliveries=(decided(each, first), replace(second, verdict=make_verdict("x"))))
            expected.append(as_recorded(each, half.deliveries[0]))  # the other tells not what it was decided from
        assert list(store.transfers.recorded()) == expected
        assert list(store.transfers.recorded(since=NOW + MINUTE)) == expected[1:]
        assert list(store.transfers.recorded(since=NOW + timedelta(microseconds=1))) == expected[1:]
        assert list(store.transfers.recorded(after=early.id)) == expected[1:]
        assert list(store.transfers.recorded(since=NOW, after=late.id)) == []
        assert list(store.transfers.recorded(after=undecided.id)) == []
        assert list(store.transfers.recorded(limit=1)) == expected[:1]
        assert list(store.transfers.recorded(limit=0)) == []
        assert store.transfers.counted() == (2, 2)
        assert store.transfers.counted(since=NOW) == (2, 2)
        assert store.transfers.counted(since=NOW + MINUTE) == (1, 1)
        with pytest.raises(NotFound):
            list(store.transfers.recorded(after="t-none"))

    def test_many_decided_deliveries_come_each_once(self, store: Store) -> None:
        expected = []
        for number in range(4):
            made = accept(store, make_transfer(recipients=300, received_at=NOW + number * MINUTE))
            made = step(store, made, deliveries=tuple(decided(made, each) for each in made.deliveries))
            expected += [as_recorded(made, each) for each in sorted(made.deliveries, key=lambda each: each.id)]
        found = list(store.transfers.recorded())
        assert found == expected
        assert list(store.transfers.recorded(limit=301)) == expected[:301]

    def test_what_is_decided_again_counts_as_decided_last(self, store: Store) -> None:
        made = accept(store)
        once = step(store, made, deliveries=(replace(decided(made, made.deliveries[0]), state=D.HELD),))
        again = replace(once.deliveries[0], state=D.UNDECIDED)
        before = step(store, once, deliveries=(again,))
        (was,) = store.transfers.recorded()
        circumstances = make_circumstances(made, again)
        after = replace(again, state=D.CLEARED, circumstances=replace(circumstances, approvals=2))
        step(store, before, deliveries=(after,))
        (is_now,) = store.transfers.recorded()
        assert (was.circumstances.approvals, is_now.circumstances.approvals) == (1, 2)
