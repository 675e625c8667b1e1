"""What is done to a transfer beside its walk: its waits are called off, or all of it is held."""

from __future__ import annotations

from dataclasses import replace

from gateway.model.lifecycle import DeliveryState, NoticeState
from gateway.moves.house import House, Step, commit
from gateway.moves.outside import forget, give_up


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
