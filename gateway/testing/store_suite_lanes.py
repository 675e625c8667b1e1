"""Contract suite: the lanes that wakes wait in. See `store_suite`."""
# ruff: noqa: D102, S101 - a test's name is its sentence, and asserts are what it is

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise

import pytest

from gateway.model.lane import HOUSE, INSPECT, SLOW, SMALL, lane_to
from gateway.model.record import Act
from gateway.store import Claim, Store
from gateway.testing.store_values import MINUTE, NOW, accept, make_instruction, make_transfer

NHS, POLICE = lane_to("nhs"), lane_to("direct", "police.example")
SECOND = timedelta(seconds=1)


def of_size(size: int, *, urgent: bool = False) -> Callable[[Store, datetime], str]:
    """Return what accepts a transfer of that size, due at a time, and returns its id."""

    def admit(store: Store, at: datetime) -> str:
        transfer = make_transfer()
        part = replace(transfer.parts[0], size=size)
        return accept(store, replace(transfer, parts=(part,), urgent=urgent), wake=at).id

    return admit


large, small = of_size(SMALL), of_size(SMALL - 1)
pressing, pressing_large = of_size(1, urgent=True), of_size(SMALL, urgent=True)


def waiting_in(store: Store, lane: str, at: datetime = NOW) -> str:
    """Return the id of a transfer that waits in a lane, due now."""
    transfer = accept(store, wake=at)
    claim = next(each for each in store.wakes.claim(at, MINUTE, 100, INSPECT) if each.transfer_id == transfer.id)
    store.wakes.pass_on(claim, at, lane)
    return transfer.id


def ids(store: Store, now: datetime, limit: int = 100, lane: str = "") -> list[str]:
    """Return whose wakes are claimed, in order."""
    return [claim.transfer_id for claim in store.wakes.claim(now, MINUTE, limit, lane)]


class LanesContract:
    """Each wake waits in one lane, and goes there by its turn."""

    def test_a_new_transfer_waits_to_be_inspected(self, store: Store) -> None:
        accept(store, wake=NOW)
        assert store.wakes.lanes(NOW) == (INSPECT,)
        assert store.wakes.lanes(NOW - SECOND) == ()
        (claim,) = store.wakes.claim(NOW, MINUTE, 1, INSPECT)
        assert claim.lane == INSPECT
        assert store.wakes.lanes(NOW) == ()
        assert store.wakes.lanes(NOW + MINUTE) == (INSPECT,), "its lease is over"

    def test_a_claim_takes_of_its_lane_alone(self, store: Store) -> None:
        to_nhs, to_police, house = (waiting_in(store, lane) for lane in (NHS, POLICE, HOUSE))
        assert set(store.wakes.lanes(NOW)) == {NHS, POLICE, HOUSE}
        assert ids(store, NOW, lane=SLOW) == []
        assert ids(store, NOW, lane=POLICE) == [to_police]
        assert set(store.wakes.lanes(NOW)) == {NHS, HOUSE}
        assert set(ids(store, NOW)) == {to_nhs, house}

    def test_urgent_and_small_go_first(self, store: Store) -> None:
        admitted = [admit(store, NOW) for admit in (large, pressing_large, small, pressing)]
        assert ids(store, NOW) == [admitted[3], admitted[1], admitted[2], admitted[0]]

    def test_nothing_is_overtaken_by_what_came_a_minute_later(self, store: Store) -> None:
        first = large(store, NOW)
        later = [pressing(store, NOW + MINUTE + n * SECOND) for n in (1, 2, 3)]
        sooner = pressing(store, NOW + MINUTE - SECOND)
        assert ids(store, NOW + 2 * MINUTE) == [sooner, first, *later]

    @pytest.mark.parametrize("many", [3, 40])
    def test_a_turn_is_kept_from_lane_to_lane(self, store: Store, many: int) -> None:
        admitted = [large(store, NOW + n * SECOND) for n in range(many)]
        claims = store.wakes.claim(NOW + MINUTE, MINUTE, many)
        for claim in reversed(claims):
            store.wakes.pass_on(claim, NOW + MINUTE, NHS)
        assert ids(store, NOW + MINUTE, lane=NHS) == admitted
        turns = [claim.turn for claim in claims]
        assert all(one < other for one, other in pairwise(turns))

    def test_what_is_passed_on_is_due_there_and_was_no_failure(self, store: Store) -> None:
        accept(store, wake=NOW)
        for lane in (SLOW, HOUSE, NHS):
            (claim,) = store.wakes.claim(NOW, MINUTE, 1)
            assert claim.tries == 1
            store.wakes.pass_on(claim, NOW, lane)
            assert store.wakes.lanes(NOW) == (lane,)

    def test_later_may_be_in_another_lane_and_is_by_default_in_its_own(self, store: Store) -> None:
        accept(store, wake=NOW)
        (claim,) = store.wakes.claim(NOW, MINUTE, 1)
        store.wakes.later(claim, NOW + MINUTE, lane=NHS)
        assert store.wakes.lanes(NOW) == ()
        (claim,) = store.wakes.claim(NOW + MINUTE, MINUTE, 1, NHS)
        store.wakes.later(claim, NOW + 2 * MINUTE)
        assert store.wakes.lanes(NOW + 2 * MINUTE) == (NHS,)

    def test_who_was_woken_meanwhile_is_looked_at_anew(self, store: Store) -> None:
        transfer = accept(store, wake=NOW)
        store.wakes.pass_on(self._only(store), NOW, NHS)
        claim = self._only(store)
        store.transfers.instruct(make_instruction(transfer))
        store.wakes.later(claim, NOW + 60 * MINUTE, lane=NHS)
        assert store.wakes.lanes(NOW) == (HOUSE,)
        store.wakes.later(self._only(store), NOW + 60 * MINUTE, lane=NHS)
        store.transfers.instruct(replace(make_instruction(transfer), id="i-another", act=Act.ASK))
        assert store.wakes.lanes(NOW) == (HOUSE,), "an officer's act waits for no destination"

    def test_a_frozen_runner_passes_nothing_on(self, store: Store) -> None:
        accept(store, wake=NOW)
        frozen = self._only(store)
        (taken_over,) = store.wakes.claim(NOW + MINUTE, MINUTE, 1)
        store.wakes.pass_on(frozen, NOW, NHS)
        assert store.wakes.lanes(NOW + MINUTE) == ()
        store.wakes.pass_on(taken_over, NOW + MINUTE, POLICE)
        assert store.wakes.lanes(NOW + MINUTE) == (POLICE,)

    def test_a_round_looks_after_what_waits_for_a_destination_for_long(self, store: Store) -> None:
        long, lately = waiting_in(store, NHS, NOW - 60 * MINUTE), waiting_in(store, POLICE)
        slow = waiting_in(store, SLOW, NOW - 90 * MINUTE)
        store.wakes.round(NOW - 60 * MINUTE)
        assert ids(store, NOW, lane=HOUSE) == [long]
        assert ids(store, NOW, lane=POLICE) == [lately]
        assert ids(store, NOW, lane=SLOW) == [slow]

    def test_who_died_with_a_runner_again_and_again_lets_others_go_first(self, store: Store) -> None:
        poison, now, waits = accept(store, wake=NOW), NOW, []
        for _ in range(4):
            assert poison.id in ids(store, now)
            store.wakes.forget_claims(now)
            due = store.wakes.next_due()
            assert due is not None
            waits.append((due - now).total_seconds())
            now = max(now, due)
        assert waits[0] <= 0, "once may be a power cut"
        assert waits[1:] == sorted(set(waits[1:])) and waits[1] > 0  # noqa: PT018 - they grow

    @staticmethod
    def _only(store: Store) -> Claim:
        (claim,) = store.wakes.claim(NOW, MINUTE, 1)
        return claim
