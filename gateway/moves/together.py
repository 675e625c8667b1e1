"""How moves are made: each where its lane has room, and those that may share a commit with the one that was made."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from datetime import datetime
from typing import TypeAlias

from gateway.errors import Conflict
from gateway.model.lane import SLOW
from gateway.model.transfer import Transfer
from gateway.moves.delivering import deliver
from gateway.moves.house import House, Step, TooSlow, commit
from gateway.moves.inside import decide_undecided, inspect, must_read_again, protect
from gateway.moves.lanes import Place, lane_of_reading, lane_of_sealing, lane_of_telling
from gateway.moves.outside import tell_sender
from gateway.system.log import get_log

Move: TypeAlias = Callable[..., Step | None]


def make(move: Move, transfer: Transfer, house: House, now: datetime, place: Place) -> Step | None:
    """Make a move if it is due and has room in its lane."""
    if move is inspect:
        return _inspect(transfer, house, now, place)
    if move is deliver:
        return deliver(transfer, house, now, place)
    if move is decide_undecided and must_read_again(transfer, house):
        return move(transfer, house, now) if place.enter(SLOW) else None
    lane = lane_of_sealing(transfer, place) if move is protect else ""
    lane = lane_of_telling(transfer, now) if move is tell_sender else lane
    return None if lane and not place.enter(lane) else move(transfer, house, now)


def make_those_that_follow(
    moves: Sequence[Move], last: Collection[Move], transfer: Transfer, house: House, now: datetime, place: Place
) -> list[Step]:
    """Make moves that may share the commit of one just made, up to one that is `last`.

    One that fails is left for the next call.
    """
    steps: list[Step] = []
    for move in moves:
        try:
            step = make(move, transfer, house, now, place)
        except Exception:  # noqa: BLE001 - what was done before must be committed; it fails again when it stands alone
            return steps
        if step is not None:
            steps.append(step)
            transfer = step.after
            if move in last:
                return steps
    return steps


def commit_together(steps: Sequence[Step], house: House) -> Transfer:
    """Commit steps together; where that fails, the first alone: what was handed over must not be handed over again."""
    first, *then = steps
    try:
        return commit(first, house, *then)
    except Conflict:
        raise
    except Exception as error:
        if not then:
            raise
        get_log().error("step:failed", transfer=first.after.id, error=error)
        return commit(first, house)


def _inspect(transfer: Transfer, house: House, now: datetime, place: Place) -> Step | None:
    """Inspect in the quick lane first, where there is one; what takes too long for it begins anew in the slow one."""
    lane = lane_of_reading(transfer, place)
    if not lane or not place.enter(lane):
        return None
    if lane == SLOW or house.inspect_quickly is None:
        return inspect(transfer, house, now)
    try:
        return inspect(transfer, replace(house, inspect=house.inspect_quickly), now)
    except TooSlow:
        return inspect(transfer, house, now) if place.enter(SLOW) else None
