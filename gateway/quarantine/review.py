"""An officer's instruction, carried out by the daemon.

The rules here are checked again when an instruction is carried out, not only when it is filed: whoever can write to
the database still cannot release their own transfer.
"""

from __future__ import annotations

from dataclasses import replace

from gateway.errors import NotFound, NotPermitted
from gateway.model.lifecycle import DeliveryState
from gateway.model.record import Act, Instruction
from gateway.model.transfer import Delivery, Release, Transfer

LONGEST_REASON = 1_000  # characters: it goes into the ledger, whose entries are bounded


def check(transfer: Transfer, instruction: Instruction) -> Delivery:
    """Return the held delivery that the instruction is about.

    Raises `NotFound` when it is not held, `NotPermitted` when the officer is the sender or the recipient, when their
    account brought the transfer in, or when the reason is missing or too long.
    """
    delivery = next((each for each in transfer.deliveries if each.id == instruction.delivery_id), None)
    if delivery is None or delivery.state is not DeliveryState.HELD:
        raise NotFound(
            f"delivery {instruction.delivery_id} of {transfer.id} is not held",
            hint="see 'gateway held list' for what is waiting",
        )
    own = instruction.officer_address.casefold()
    if own in {transfer.sender.casefold(), delivery.recipient.casefold()}:
        raise NotPermitted(
            f"{instruction.officer_address} is party to {transfer.id}",
            hint="nobody decides on their own transfer: ask another officer",
        )
    if instruction.officer_account and instruction.officer_account == transfer.account:
        raise NotPermitted(
            f"the account {transfer.account} brought {transfer.id} in",
            hint="nobody decides on their own transfer: ask another officer",
        )
    if not instruction.reason.strip():
        raise NotPermitted("a decision needs a reason", hint="say why with --reason")
    if len(instruction.reason) > LONGEST_REASON:
        raise NotPermitted(f"the reason is longer than {LONGEST_REASON} characters", hint="say it shorter")
    return delivery


def carry_out(transfer: Transfer, instruction: Instruction) -> Transfer:
    """Return the transfer with the delivery released (to be decided again) or refused; raises as `check` does."""
    delivery = check(transfer, instruction)
    act = Release(officer=instruction.officer, reason=instruction.reason, at=instruction.at)
    if instruction.act is Act.RELEASE:
        after = replace(
            delivery, state=DeliveryState.UNDECIDED, release=act, sealed=None, trouble="", due=None, told=None
        )
    else:
        trouble = f"a security officer refused it: {instruction.reason}"
        after = replace(delivery, state=DeliveryState.REFUSED, refusal=act, trouble=trouble)
    return transfer.with_delivery(after)
