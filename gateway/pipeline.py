"""The walk: from a received transfer to its end, one durable move at a time.

    received ─► inspect ─► decide ─► protect ─► deliver ─► tell ─► finished
                             │          │          │
                             └──────────┴──────────┴─► held ─► an officer's instruction ─► decide again, or refuse

`advance` makes the first move that is due and commits it together with its ledger entries and notices. It may be
called any number of times, by anybody, at any moment: a move that somebody else made first is a `Conflict`, and then
nothing happened.
"""

from __future__ import annotations

from datetime import datetime
from typing import Final

from gateway.model.lifecycle import DeliveryState, NoticeState
from gateway.moves.delivering import deliver
from gateway.moves.house import House, commit
from gateway.moves.inside import decide_undecided, inspect, instruct, protect
from gateway.moves.outside import (
    finish,
    forget,
    give_up,
    tell_sender,
    write_notices,
    write_passphrases,
    write_to_roles,
)

__all__ = ["House", "advance", "hold_all"]

WALK: Final = (
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


def advance(transfer_id: str, house: House) -> datetime | None:
    """Make the next move of a transfer; return when to call again (now, if more is due), None to wait for a wake.

    Raises `Conflict` when another runner was faster, and whatever goes wrong in our own house (see `hold_all`).
    """
    now = house.clock.now()
    transfer = house.transfers.get(transfer_id)
    for move in WALK:
        step = move(transfer, house, now)
        if step is not None:
            forget(step.before, commit(step, house), house)
            return now
    waits = [each.due for each in transfer.deliveries if each.state is DeliveryState.SEALED and each.due]
    waits += [each.due for each in transfer.notices if each.state is NoticeState.WAITING and each.due]
    return min(waits, default=None)


def hold_all(transfer_id: str, house: House) -> None:
    """Hold what can still move, if anything can, of a transfer that failed, or killed who carried it, too often."""
    step = give_up(house.transfers.get(transfer_id))
    if step.after != step.before:
        forget(step.before, commit(step, house), house)
