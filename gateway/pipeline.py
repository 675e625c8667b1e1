"""The walk: from a received transfer to its end, move by durable move.

    received ─► inspect ─► decide ─► protect ─► deliver ─► tell ─► finished
                             │          │          │
                             └──────────┴──────────┴─► held ─► an officer's instruction ─► decide again, or refuse

`advance` makes the first move that is due, with those that can share its commit, and commits it together with its
ledger entries and notices. It may be called any number of times, by anybody, at any moment: a move that somebody else
made first is a `Conflict`, and then nothing happened.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final, TypeAlias

from gateway.errors import Conflict
from gateway.model.lane import SLOW
from gateway.model.lifecycle import DeliveryState, NoticeState, TransferState
from gateway.model.transfer import Transfer
from gateway.moves.delivering import deliver
from gateway.moves.house import House, Step, TooSlow, commit
from gateway.moves.inside import decide_undecided, inspect, instruct, must_read_again, protect
from gateway.moves.lanes import Place, lane_of_reading, lane_of_sealing, lane_of_telling, next_wait
from gateway.moves.outside import (
    finish,
    forget,
    give_up,
    tell_sender,
    write_notices,
    write_passphrases,
    write_to_roles,
)
from gateway.system.log import get_log

__all__ = ["House", "Place", "advance", "hold_all", "hurry"]

Move: TypeAlias = Callable[..., Step | None]

WALK: Final[tuple[Move, ...]] = (
    instruct,  # an officer's release or refusal comes before anything else
    inspect,  # extract and classify, in the hardened child
    decide_undecided,  # one verdict per recipient
    protect,  # seal and verify, or hold
    deliver,  # hand a sealed form over
    write_passphrases,  # for the second channel to tell recipients, once they have what it opens
    write_notices,  # plain words: what happened, why, what to do
    write_to_roles,  # codes and counts, for officers whom the rules want told
    tell_sender,  # hand them over
    finish,  # every delivery has ended and the sender knows
)
AFTERWARDS: Final = (write_passphrases, write_notices, write_to_roles, finish)
FOLLOWS: Final[Mapping[Move, Sequence[Move]]] = {
    inspect: (decide_undecided, protect, *AFTERWARDS),
    decide_undecided: (protect, *AFTERWARDS),
    deliver: AFTERWARDS,
}
"""What may share the commit of a move: only what can be done again, and reads nothing that is not committed yet."""
LAST: Final = frozenset({protect, *AFTERWARDS})
"""After one of these a commit must come: the next may read what it wrote."""


def advance(transfer_id: str, house: House, place: Place | None = None) -> datetime | None:
    """Make the next moves of a transfer; return when to call again (now, if more is due), None to wait for a wake.

    Moves that are cheap to do again are committed together. A move is made only where `place` has room in its lane;
    `place.wanted` is the lane to wait in, when nothing was done for want of room or nothing is due yet.
    Raises `Conflict` when another runner was faster, and whatever goes wrong in our own house (see `hold_all`).
    """
    now, place = house.clock.now(), place or Place()
    place.wanted = ""
    known, place.known = place.known, None
    transfer = known if known and known.id == transfer_id else house.transfers.get(transfer_id)
    steps = _next_steps(transfer, house, now, place)
    if steps:
        place.known = _committed(steps, house)
        forget(steps[0].before, place.known, house)
        place.wanted = ""
        return None if place.known.state is TransferState.FINISHED else now
    if place.wanted:
        return now
    due, place.wanted = next_wait(transfer, house) or (None, "")
    return due


def _committed(steps: Sequence[Step], house: House) -> Transfer:
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


def _next_steps(transfer: Transfer, house: House, now: datetime, place: Place) -> list[Step]:
    for move in WALK:
        step = _make(move, transfer, house, now, place)
        if step is not None:
            return [step, *_what_follows(move, step.after, house, now, place)]
    return []


def _what_follows(done: Move, transfer: Transfer, house: House, now: datetime, place: Place) -> list[Step]:
    """Return the steps that may share the commit of a move just made. One that fails is left for the next call."""
    steps: list[Step] = []
    for move in FOLLOWS.get(done, ()):
        try:
            step = _make(move, transfer, house, now, place)
        except Exception:  # noqa: BLE001 - what was done before must be committed; it fails again when it stands alone
            return steps
        if step is not None:
            steps.append(step)
            transfer = step.after
            if move in LAST:
                return steps
    return steps


def _make(move: Move, transfer: Transfer, house: House, now: datetime, place: Place) -> Step | None:
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


def hurry(transfer_id: str, house: House) -> None:
    """Call off the waits for the next try of what could not be handed over; a delay that policy wants stays."""
    before = house.transfers.get(transfer_id)
    after = replace(
        before,
        deliveries=tuple(
            replace(each, due=None) if each.state is DeliveryState.SEALED and each.attempts else each
            for each in before.deliveries
        ),
        notices=tuple(
            replace(each, due=None) if each.state is NoticeState.WAITING and each.attempts else each
            for each in before.notices
        ),
    )
    if after != before:
        commit(Step(before=before, after=after), house)


def hold_all(transfer_id: str, house: House) -> None:
    """Hold what can still move, if anything can, of a transfer that failed, or killed who carried it, too often."""
    step = give_up(house.transfers.get(transfer_id))
    if step.after != step.before:
        forget(step.before, commit(step, house), house)
