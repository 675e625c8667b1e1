"""The lifecycle tables by brute force: every path, not some of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from enum import StrEnum
from itertools import pairwise
from typing import TypeVar

import pytest

from gateway.model.lifecycle import (
    DELIVERY_MOVES,
    ENDED,
    NOTICE_MOVES,
    TRANSFER_MOVES,
    DeliveryState,
    NoticeState,
    TransferState,
    may_move,
)

S = TypeVar("S", bound=StrEnum)
D = DeliveryState


def walks(moves: Mapping[S, Mapping[str, S]], path: tuple[S, ...]) -> Iterator[tuple[S, ...]]:
    """Yield every walk that goes on from `path`, each taking the same step at most twice."""
    yield path
    for after in set(moves[path[-1]].values()):
        if list(pairwise(path)).count((path[-1], after)) < 2:
            yield from walks(moves, (*path, after))


def reachable(moves: Mapping[S, Mapping[str, S]], start: S, *, without: S | None = None) -> set[S]:
    """Return every state that can be reached from `start`, never entering `without`."""
    seen = {start}
    waiting = [start]
    while waiting:
        for after in moves[waiting.pop()].values():
            if after not in seen and after != without:
                seen.add(after)
                waiting.append(after)
    return seen


DELIVERY_WALKS = sorted(walks(DELIVERY_MOVES, (D.UNDECIDED,)))


def test_tables_know_every_state() -> None:
    assert set(TRANSFER_MOVES) == set(TransferState)
    assert set(DELIVERY_MOVES) == set(DeliveryState)
    assert set(NOTICE_MOVES) == set(NoticeState)


def test_every_state_can_be_reached() -> None:
    assert reachable(TRANSFER_MOVES, TransferState.RECEIVED) == set(TransferState)
    assert reachable(DELIVERY_MOVES, D.UNDECIDED) == set(DeliveryState)
    assert reachable(NOTICE_MOVES, NoticeState.WAITING) == set(NoticeState)


def test_there_are_walks_to_look_at() -> None:
    assert len(DELIVERY_WALKS) > 100
    assert {walk[-1] for walk in DELIVERY_WALKS} == set(DeliveryState)


def test_every_path_to_delivered_passes_cleared_and_then_sealed() -> None:
    delivered = [walk for walk in DELIVERY_WALKS if walk[-1] is D.DELIVERED]
    assert delivered
    assert {walk[-3:] for walk in delivered} == {(D.CLEARED, D.SEALED, D.DELIVERED)}
    assert D.DELIVERED not in reachable(DELIVERY_MOVES, D.UNDECIDED, without=D.CLEARED)
    assert D.DELIVERED not in reachable(DELIVERY_MOVES, D.UNDECIDED, without=D.SEALED)


def test_from_held_nothing_is_delivered_without_a_fresh_decision() -> None:
    assert D.DELIVERED in reachable(DELIVERY_MOVES, D.HELD)
    assert not {D.CLEARED, D.SEALED, D.DELIVERED} & reachable(DELIVERY_MOVES, D.HELD, without=D.UNDECIDED)
    for walk in DELIVERY_WALKS:
        for before, after in pairwise(walk):
            if before is D.HELD:
                assert after in {D.UNDECIDED, D.REFUSED}


@pytest.mark.parametrize("state", sorted(set(DeliveryState) - ENDED))
def test_every_working_state_can_be_held_or_ended(state: DeliveryState) -> None:
    assert state is D.HELD or D.HELD in DELIVERY_MOVES[state].values()
    assert ENDED & reachable(DELIVERY_MOVES, state)


def test_what_has_ended_moves_no_more() -> None:
    assert {D.DELIVERED, D.REFUSED, D.UNDELIVERABLE} == ENDED
    for before in ENDED:
        assert [after for after in DeliveryState if may_move(DELIVERY_MOVES, before, after)] == [before]


def test_a_transfer_goes_one_way_to_destruction() -> None:
    assert [walk for walk in walks(TRANSFER_MOVES, (TransferState.RECEIVED,)) if len(walk) == len(TransferState)] == [
        tuple(TransferState)
    ]


@pytest.mark.parametrize("before", DeliveryState)
@pytest.mark.parametrize("after", DeliveryState)
def test_may_move_is_the_table(before: DeliveryState, after: DeliveryState) -> None:
    assert may_move(DELIVERY_MOVES, before, after) == (before is after or after in DELIVERY_MOVES[before].values())


def test_a_failed_delivery_is_not_taken_for_a_delivered_one() -> None:
    assert not may_move(DELIVERY_MOVES, D.UNDELIVERABLE, D.DELIVERED)
    assert not may_move(DELIVERY_MOVES, D.UNDECIDED, D.SEALED)
    assert not may_move(DELIVERY_MOVES, D.CLEARED, D.DELIVERED)
