"""Contract suite: wakes. See `store_suite`."""
# ruff: noqa: D102, S101 - a test's name is its sentence, its figures are literal, and asserts are what it is

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest

from gateway.model.lifecycle import DeliveryState
from gateway.store import Claim, Store
from gateway.testing.store_values import (
    MINUTE,
    NOW,
    D,
    N,
    T,
    accept,
    make_instruction,
    make_notice,
    make_transfer,
    move,
    step,
)


class WakesContract:
    """`advance` is called at or after a time, at least once, and by one runner at a time."""

    def test_a_wake_is_written_with_the_step_and_due_at_its_time(self, store: Store) -> None:
        transfer = accept(store, wake=NOW)
        assert store.wakes.next_due() == NOW
        assert store.wakes.claim(NOW - MINUTE, MINUTE, 10) == ()
        (claim,) = store.wakes.claim(NOW, MINUTE, 10)
        assert claim.transfer_id == transfer.id
        assert claim.until == NOW + MINUTE

    def test_a_claimed_wake_is_nobody_elses_until_its_lease_ends(self, store: Store) -> None:
        accept(store, wake=NOW)
        (first,) = store.wakes.claim(NOW, MINUTE, 10)
        assert store.wakes.claim(NOW + MINUTE / 2, MINUTE, 10) == ()
        (second,) = store.wakes.claim(NOW + MINUTE, MINUTE, 10)
        assert second.ticket != first.ticket

    def test_a_renewed_claim_is_held_on_to_and_a_lost_one_cannot_be_renewed(self, store: Store) -> None:
        accept(store, wake=NOW)
        (first,) = store.wakes.claim(NOW, MINUTE, 10)
        assert store.wakes.renew(first, NOW + 3 * MINUTE)
        assert store.wakes.claim(NOW + 2 * MINUTE, MINUTE, 10) == ()
        (second,) = store.wakes.claim(NOW + 3 * MINUTE, MINUTE, 10)
        assert not store.wakes.renew(first, NOW + 9 * MINUTE)
        assert store.wakes.renew(second, NOW + 9 * MINUTE)

    def test_claims_without_a_word_and_failures_are_counted_until_a_move(self, store: Store) -> None:
        accept(store, wake=NOW)
        tries = []
        for _ in range(2):
            (claim,) = store.wakes.claim(NOW, MINUTE, 1)
            tries.append(claim.tries)
            store.wakes.forget_claims(NOW - 60 * MINUTE)
        (claim,) = store.wakes.claim(NOW, MINUTE, 1)
        store.wakes.later(claim, NOW, failed=True)
        (claim,) = store.wakes.claim(NOW, MINUTE, 1)
        assert [*tries, claim.tries] == [1, 2, 4]
        store.wakes.renew(claim, NOW + MINUTE)
        store.wakes.forget_claims(NOW - 60 * MINUTE)
        (claim,) = store.wakes.claim(NOW, MINUTE, 1)
        assert claim.tries == 1, "a move was made in between"
        store.wakes.later(claim, NOW)
        (claim,) = store.wakes.claim(NOW, MINUTE, 1)
        assert claim.tries == 1, "waiting for a time is no failure"

    def test_the_longest_due_come_first_and_no_more_than_asked(self, store: Store) -> None:
        made = [accept(store, wake=NOW - n * MINUTE) for n in range(4)]
        claims = store.wakes.claim(NOW, MINUTE, 2)
        assert [claim.transfer_id for claim in claims] == [made[3].id, made[2].id]

    def test_many_runners_never_share_a_wake(self, store: Store) -> None:
        made = {accept(store, wake=NOW).id for _ in range(30)}

        def take(_: int) -> Sequence[Claim]:
            return store.wakes.claim(NOW, MINUTE, 3)

        with ThreadPoolExecutor(8) as threads:
            taken = [claim.transfer_id for claims in threads.map(take, range(16)) for claim in claims]
        assert len(taken) == len(set(taken)) == len(made)

    def test_done_ends_it(self, store: Store) -> None:
        accept(store, wake=NOW)
        (claim,) = store.wakes.claim(NOW, MINUTE, 1)
        store.wakes.done(claim)
        assert store.wakes.next_due() is None
        assert store.wakes.claim(NOW + 10 * MINUTE, MINUTE, 1) == ()

    @pytest.mark.parametrize("delay", [timedelta(0), 5 * MINUTE])
    def test_a_wake_during_a_run_is_not_lost_with_it(self, store: Store, delay: timedelta) -> None:
        transfer = accept(store, wake=NOW)
        (claim,) = store.wakes.claim(NOW, MINUTE, 1)
        store.transfers.commit(transfer, transfer, entries=[], wake=NOW + delay)
        store.wakes.done(claim)
        assert store.wakes.next_due() == NOW + delay
        (again,) = store.wakes.claim(NOW + delay, MINUTE, 1)
        store.wakes.done(again)
        assert store.wakes.next_due() is None

    def test_a_wake_ends_with_its_transfer_but_not_one_that_came_meanwhile(self, store: Store) -> None:
        over, woken = accept(store, wake=NOW), accept(store, wake=NOW)
        claims = store.wakes.claim(NOW, MINUTE, 2)
        store.transfers.commit(woken, woken, entries=[], wake=NOW + MINUTE)
        for transfer in (over, store.transfers.get(woken.id)):
            refused = move(store, move(store, transfer, D.HELD), D.REFUSED)
            step(store, step(store, step(store, refused, state=T.INSPECTED), state=T.DECIDED), state=T.FINISHED)
        for claim in claims:
            store.wakes.done(claim)
        assert [each.transfer_id for each in store.wakes.claim(NOW + 60 * MINUTE, MINUTE, 2)] == [woken.id]

    def test_a_later_wake_during_a_run_does_not_put_off_a_run_that_died(self, store: Store) -> None:
        transfer = accept(store, wake=NOW)
        store.wakes.claim(NOW, MINUTE, 1)
        store.transfers.commit(transfer, transfer, entries=[], wake=NOW + 60 * MINUTE)
        (taken_over,) = store.wakes.claim(NOW + MINUTE, MINUTE, 1)
        store.wakes.done(taken_over)
        assert store.wakes.next_due() == NOW + 60 * MINUTE

    def test_the_earlier_of_two_wakes_counts(self, store: Store) -> None:
        transfer = accept(store, wake=NOW + 5 * MINUTE)
        transfer = store.transfers.commit(transfer, transfer, entries=[], wake=NOW + MINUTE)
        assert store.wakes.next_due() == NOW + MINUTE
        store.transfers.commit(transfer, transfer, entries=[], wake=NOW + 9 * MINUTE)
        assert store.wakes.next_due() == NOW + MINUTE

    def test_later_is_the_same_wake_again(self, store: Store) -> None:
        accept(store, wake=NOW)
        (claim,) = store.wakes.claim(NOW, MINUTE, 1)
        store.wakes.later(claim, NOW + 5 * MINUTE)
        assert store.wakes.next_due() == NOW + 5 * MINUTE
        assert store.wakes.claim(NOW + 2 * MINUTE, MINUTE, 1) == ()
        assert len(store.wakes.claim(NOW + 5 * MINUTE, MINUTE, 1)) == 1

    def test_later_does_not_put_off_a_wake_that_came_meanwhile(self, store: Store) -> None:
        transfer = accept(store, wake=NOW)
        (claim,) = store.wakes.claim(NOW, MINUTE, 1)
        store.transfers.commit(transfer, transfer, entries=[], wake=NOW + MINUTE)
        store.wakes.later(claim, NOW + 5 * MINUTE)
        assert store.wakes.next_due() == NOW + MINUTE

    def test_a_runner_that_lost_its_lease_cannot_end_anothers_wake(self, store: Store) -> None:
        accept(store, wake=NOW)
        (frozen,) = store.wakes.claim(NOW, MINUTE, 1)
        (taken_over,) = store.wakes.claim(NOW + 2 * MINUTE, MINUTE, 1)
        store.wakes.done(frozen)
        store.wakes.later(frozen, NOW)
        assert store.wakes.claim(NOW + 2 * MINUTE, MINUTE, 1) == ()
        store.wakes.done(taken_over)
        assert store.wakes.next_due() is None

    def test_a_runner_that_lost_its_lease_cannot_end_a_wake_that_came_after(self, store: Store) -> None:
        transfer = accept(store, wake=NOW)
        (frozen,) = store.wakes.claim(NOW, MINUTE, 1)
        (taken_over,) = store.wakes.claim(NOW + 2 * MINUTE, MINUTE, 1)
        store.wakes.done(taken_over)
        store.transfers.commit(transfer, transfer, entries=[], wake=NOW + 9 * MINUTE)
        store.wakes.done(frozen)
        assert store.wakes.next_due() == NOW + 9 * MINUTE

    def test_claims_that_are_forgotten_are_due_again(self, store: Store) -> None:
        transfer = accept(store, wake=NOW)
        (dead,) = store.wakes.claim(NOW, 60 * MINUTE, 1)
        store.transfers.commit(transfer, transfer, entries=[], wake=NOW + 5 * MINUTE)
        store.wakes.forget_claims(NOW)
        assert store.wakes.next_due() == NOW
        store.wakes.done(dead)
        assert [claim.transfer_id for claim in store.wakes.claim(NOW, MINUTE, 1)] == [transfer.id]

    def test_a_lease_that_ends_at_once_is_a_mistake(self, store: Store) -> None:
        with pytest.raises(ValueError, match="lease"):
            store.wakes.claim(NOW, timedelta(0), 1)

    def test_a_sweep_wakes_what_nothing_covers_and_only_once(self, store: Store) -> None:
        lost, covered = accept(store), accept(store, wake=NOW + 60 * MINUTE)
        assert store.wakes.sweep(NOW) == 1
        assert store.wakes.sweep(NOW) == 0
        assert [claim.transfer_id for claim in store.wakes.claim(NOW, MINUTE, 9)] == [lost.id]
        assert store.wakes.sweep(NOW) == 0
        assert store.wakes.next_due() is not None
        assert covered.id in [claim.transfer_id for claim in store.wakes.claim(NOW + 60 * MINUTE, MINUTE, 9)]

    @pytest.mark.parametrize(
        ("deliveries", "swept"),
        [
            ((D.HELD, D.HELD), 0),
            ((D.HELD, D.REFUSED), 0),
            ((D.HELD, D.UNDECIDED), 1),
            ((D.CLEARED, D.HELD), 1),
            ((D.CLEARED, D.SEALED), 1),
            ((D.REFUSED, D.REFUSED), 1),
        ],
    )
    def test_a_sweep_wakes_what_has_something_to_do(
        self, store: Store, deliveries: tuple[DeliveryState, ...], swept: int
    ) -> None:
        ways: dict[DeliveryState, tuple[DeliveryState, ...]] = {
            D.UNDECIDED: (),
            D.CLEARED: (D.CLEARED,),
            D.SEALED: (D.CLEARED, D.SEALED),
            D.HELD: (D.HELD,),
            D.REFUSED: (D.REFUSED,),
        }
        transfer = accept(store, make_transfer(recipients=2))
        transfer = step(store, step(store, transfer, state=T.INSPECTED), state=T.DECIDED)
        for state in deliveries:
            transfer = move(store, transfer, *ways[state])
            transfer = step(store, transfer, deliveries=tuple(reversed(transfer.deliveries)))
        assert store.wakes.sweep(NOW) == swept

    def test_a_sweep_wakes_for_notices_and_instructions_but_not_when_all_is_over(self, store: Store) -> None:
        held = move(store, accept(store), D.HELD)
        held = step(store, step(store, held, state=T.INSPECTED), state=T.DECIDED)
        assert store.wakes.sweep(NOW) == 0
        noticed = step(store, held, notices=(make_notice(),))
        assert store.wakes.sweep(NOW) == 1
        self._drain(store)
        told = step(store, noticed, notices=(replace(noticed.notices[0], state=N.SENT),))
        assert store.wakes.sweep(NOW) == 0
        store.transfers.instruct(make_instruction(told))
        self._drain(store)
        assert store.wakes.sweep(NOW) == 1
        self._drain(store)
        step(store, move(store, told, D.REFUSED), state=T.FINISHED)
        assert store.wakes.sweep(NOW) == 0

    @staticmethod
    def _drain(store: Store) -> None:
        for claim in store.wakes.claim(NOW, MINUTE, 100):
            store.wakes.done(claim)
