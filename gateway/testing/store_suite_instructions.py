"""Contract suite: officers' instructions. See `store_suite`."""
# ruff: noqa: D102, S101 - a test's name is its sentence, and asserts are what it is

from __future__ import annotations

from dataclasses import replace

import pytest

from gateway.errors import Conflict, NotFound
from gateway.model.record import Act, Entry, Event
from gateway.store import Store
from gateway.testing.store_values import MINUTE, NOW, D, accept, make_instruction, move


class InstructionsContract:
    """What a store does with instructions."""

    def test_an_instruction_waits_until_it_is_carried_out(self, store: Store) -> None:
        held = move(store, accept(store), D.HELD)
        first = make_instruction(held)
        second = replace(make_instruction(held, NOW + MINUTE), act=Act.ASK)
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

    def test_of_two_decisions_on_one_delivery_the_second_is_refused(self, store: Store) -> None:
        held = move(store, accept(store), D.HELD)
        first = make_instruction(held)
        store.transfers.instruct(first)
        with pytest.raises(Conflict, match="filed a release for it already"):
            store.transfers.instruct(replace(make_instruction(held), act=Act.REFUSE))
        store.transfers.commit(held, held, entries=[], instruction_done=first.id)
        store.transfers.instruct(replace(make_instruction(held), act=Act.REFUSE))

    def test_what_may_still_be_stopped_wakes_nobody_before_its_time_and_is_taken_back_once(self, store: Store) -> None:
        held = move(store, accept(store), D.HELD)
        waits = replace(make_instruction(held), not_before=NOW + MINUTE)
        store.transfers.instruct(waits)
        assert store.wakes.next_due() == NOW + MINUTE
        entry = Entry(event=Event.INSTRUCTION_STOPPED, at=NOW, transfer_id=held.id, facts={})
        with pytest.raises(NotFound):
            store.transfers.withdraw("i-unknown", entry)
        with pytest.raises(NotFound):
            store.transfers.withdraw(waits.id, replace(entry, transfer_id="t-other"))
        store.transfers.withdraw(waits.id, entry)
        assert list(store.transfers.instructions(held.id)) == []
        with pytest.raises(Conflict):
            store.transfers.withdraw(waits.id, entry)
        assert [b"instruction:stopped" in each for each in store.ledger.entries()][-1], "and the ledger says so once"
        with pytest.raises(Conflict):
            store.transfers.commit(held, held, entries=[], instruction_done=waits.id)

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
