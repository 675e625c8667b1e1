"""The walk: from a received transfer to its end, move by durable move.

    received ─► inspect ─► decide ─► protect ─► deliver ─► tell ─► finished
                             │          │          │
                             └──────────┴──────────┴─► held ─► an officer's instruction ─► decide again, or refuse

`advance` makes the first move that is due, with those that can share its commit, and commits it together with its
ledger entries and notices. It may be called any number of times, by anybody, at any moment: a move that somebody else
made first is a `Conflict`, and then nothing happened.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

from gateway.model.lifecycle import TransferState
from gateway.model.transfer import Transfer
from gateway.moves.beside import hold_all, hurry
from gateway.moves.delivering import deliver
from gateway.moves.house import House, Step
from gateway.moves.inside import decide_undecided, inspect, instruct, protect
from gateway.moves.lanes import Place, next_wait, without_room
from gateway.moves.outside import finish, forget, tell_sender, write_notices, write_passphrases, write_to_roles
from gateway.moves.together import Move, commit_together, make, make_those_that_follow

__all__ = ["House", "Place", "advance", "hold_all", "hurry"]

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
    if steps := _next_steps(transfer, house, now, place):
        place.known = commit_together(steps, house)
        forget(steps[0].before, place.known, house)
        place.wanted = ""
        return None if place.known.state is TransferState.FINISHED else now
    if place.wanted:
        return without_room(transfer, house, place, now)
    due, place.wanted = next_wait(transfer, house) or (None, "")
    return due


def _next_steps(transfer: Transfer, house: House, now: datetime, place: Place) -> list[Step]:
    for move in WALK:
        if step := make(move, transfer, house, now, place):
            then = make_those_that_follow(FOLLOWS.get(move, ()), LAST, step.after, house, now, place)
            return [step, *then]
    return []
