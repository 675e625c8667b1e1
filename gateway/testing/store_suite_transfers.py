"""Contract suite: transfers. See `store_suite`."""
# ruff: noqa: D102, PLR2004, S101 - a test's name is its sentence, its figures are literal, and asserts are what it is

from __future__ import annotations

import io
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from gateway.errors import Conflict, NotFound
from gateway.model.inspection import Inspection, MarkingStatus
from gateway.model.lifecycle import DeliveryState, IllegalMove, TransferState
from gateway.model.transfer import Delivery
from gateway.store import Store
from gateway.testing.store_values import (
    MINUTE,
    NOW,
    D,
    N,
    T,
    accept,
    make_entry,
    make_instruction,
    make_notice,
    make_transfer,
    make_verdict,
    move,
    step,
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
        changed = replace(
            before,
            state=T.INSPECTED,
            inspection=inspection,
            deliveries=(replace(first, verdict=make_verdict(first.recipient), state=D.CLEARED, due=NOW), second),
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

    def test_an_instruction_waits_until_it_is_carried_out(self, store: Store) -> None:
        held = move(store, accept(store), D.HELD)
        first, second = make_instruction(held), make_instruction(held, NOW + MINUTE)
        for instruction in (first, second):
            store.transfers.instruct(instruction)
        assert list(store.transfers.instructions(held.id)) == [first, second]
        assert store.wakes.next_due() == NOW
        released = (replace(held.deliveries[0], state=D.UNDECIDED),)
        after = store.transfers.commit(held, replace(held, deliveries=released), entries=[], instruction_done=first.id)
        assert list(store.transfers.instructions(held.id)) == [second]
        with pytest.raises(Conflict):
            store.transfers.commit(after, after, entries=[], instruction_done=first.id)
        with pytest.raises(NotFound):
            store.transfers.commit(after, after, entries=[], instruction_done="i-unknown")
        assert store.transfers.get(held.id) == after

    def test_an_instruction_is_about_something_that_is_there_and_filed_once(self, store: Store) -> None:
        held = move(store, accept(store), D.HELD)
        instruction = make_instruction(held)
        for wrong in (replace(instruction, transfer_id="t-none"), replace(instruction, delivery_id="d-none")):
            with pytest.raises(NotFound):
                store.transfers.instruct(wrong)
        store.transfers.instruct(instruction)
        with pytest.raises(Conflict):
            store.transfers.instruct(instruction)
        assert list(store.transfers.instructions(held.id)) == [instruction]
