"""Who sent something may stop it before it goes; nobody else, and not after."""

from __future__ import annotations

from dataclasses import replace

import pytest

from gateway.errors import NotFound, NotPermitted
from gateway.model.lifecycle import DELIVERY_MOVES, DeliveryState, may_move
from gateway.model.record import RECALLED, Act, Instruction
from gateway.model.transfer import Transfer
from gateway.quarantine import review
from gateway.testing.values import NOON, a_sealed, a_transfer

D = DeliveryState
RECALL = Instruction(
    id="i-1",
    transfer_id="t-1",
    delivery_id="d-1",
    act=Act.RECALL,
    officer="jsmith",
    officer_address="",
    officer_account="jsmith",
    reason="wrong attachment",
    at=NOON,
)


def carry_out(transfer: Transfer, instruction: Instruction) -> Transfer:
    return review.carry_out(transfer, instruction, officers=())  # a sender need not be an officer


def waiting() -> Transfer:
    transfer = replace(a_transfer(D.SEALED, D.SEALED), account="jsmith")
    return transfer.with_delivery(replace(transfer.deliveries[0], sealed=a_sealed(secret="o-7"), due=NOON))


def test_what_waits_is_stopped_for_that_recipient_only() -> None:
    after = carry_out(waiting(), RECALL)
    stopped, other = after.deliveries
    assert (stopped.state, stopped.trouble, stopped.sealed, stopped.due) == (D.REFUSED, RECALLED, None, None)
    assert stopped.refusal is not None
    assert (stopped.refusal.officer, stopped.refusal.reason) == ("jsmith", "wrong attachment")
    assert other.state is D.SEALED
    assert may_move(DELIVERY_MOVES, D.SEALED, D.REFUSED)


def test_the_senders_own_address_will_do() -> None:
    mine = replace(RECALL, officer_address="STAFF@council.example", officer_account="")
    assert carry_out(replace(waiting(), account=""), mine).deliveries[0].state is D.REFUSED


@pytest.mark.parametrize(
    ("address", "account"),
    [("", ""), ("", "another"), ("officer@council.example", "another"), ("friend1@partner.example", "")],
)
def test_nobody_else_may(address: str, account: str) -> None:
    other = replace(RECALL, officer_address=address, officer_account=account)
    with pytest.raises(NotPermitted, match="not yours"):
        carry_out(waiting(), other)
    with pytest.raises(NotPermitted, match="not yours"):
        carry_out(replace(waiting(), account="", sender=""), other)


@pytest.mark.parametrize("state", [state for state in DeliveryState if state is not D.SEALED])
def test_only_what_waits_can_be_stopped(state: DeliveryState) -> None:
    with pytest.raises(NotFound, match="not waiting to go"):
        carry_out(replace(a_transfer(state), account="jsmith"), RECALL)


def test_what_was_tried_may_have_arrived() -> None:
    transfer = waiting()
    for change in ({"attempts": 1}, {"attempts": 1, "attempt_open": True}):
        tried = transfer.with_delivery(replace(transfer.deliveries[0], **change))  # type: ignore[arg-type]
        with pytest.raises(NotFound, match="not waiting to go"):
            carry_out(tried, RECALL)


@pytest.mark.parametrize(("reason", "said"), [("  ", "needs a reason"), ("x" * 1001, "longer than")])
def test_it_needs_a_reason_that_fits_the_ledger(reason: str, said: str) -> None:
    with pytest.raises(NotPermitted, match=said):
        carry_out(waiting(), replace(RECALL, reason=reason))
