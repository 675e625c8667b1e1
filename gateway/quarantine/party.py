"""Who is who: whose transfer it is, and what every instruction must have."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from gateway.errors import NotFound, NotPermitted
from gateway.model.lifecycle import DeliveryState
from gateway.model.one_person import is_party, mailbox
from gateway.model.record import Instruction, Officer
from gateway.model.transfer import Delivery, Transfer

LONGEST_REASON: Final = 1_000  # characters: it goes into the ledger, whose entries are bounded


def held_delivery(transfer: Transfer, instruction: Instruction) -> Delivery:
    """Return the held delivery that an instruction is about; `NotFound` when it is not held."""
    delivery = next((each for each in transfer.deliveries if each.id == instruction.delivery_id), None)
    if delivery is None or delivery.state is not DeliveryState.HELD:
        raise NotFound(
            f"delivery {instruction.delivery_id} of {transfer.id} is not held",
            hint="see 'gateway held list' for what is waiting",
        )
    return delivery


def refuse_party(transfer: Transfer, delivery: Delivery, *, address: str, account: str) -> None:
    """Refuse an officer who is the sender or the recipient, or whose account brought the transfer in; `NotPermitted`.

    Whoever stands in From or Sender is a sender: mail goes out for a shared mailbox as well. `account` is empty where
    it does not tell whose act it is.
    """
    hint = "nobody decides on their own transfer: ask another officer"
    if is_party(address, transfer.sender, *transfer.authors, delivery.recipient):
        raise NotPermitted(f"{address} is party to {transfer.id}", hint=hint)
    if account and account == transfer.account:
        raise NotPermitted(f"the account {account} brought {transfer.id} in", hint=hint)


def refuse_own_accounts(transfer: Transfer, address: str, officers: Iterable[Officer]) -> None:
    """Refuse who has, by the settings, the account that brought the transfer in, however they come; `NotPermitted`."""
    for officer in officers:
        if transfer.account and transfer.account in officer.accounts and mailbox(officer.address) == mailbox(address):
            raise NotPermitted(
                f"the account {transfer.account} brought {transfer.id} in, and is {officer.name}'s",
                hint="nobody decides on their own transfer: ask another officer",
            )


def is_the_senders(transfer: Transfer, instruction: Instruction) -> bool:
    """Say whether an instruction is the sender's own: by their address, or the account that brought it in."""
    is_address = bool(transfer.sender) and instruction.officer_address.casefold() == transfer.sender.casefold()
    return is_address or (bool(transfer.account) and instruction.officer_account == transfer.account)


def check_reason(instruction: Instruction) -> None:
    """Raise `NotPermitted` where the reason is missing or too long."""
    if not instruction.reason.strip():
        raise NotPermitted("a decision needs a reason", hint="say why with --reason")
    if len(instruction.reason) > LONGEST_REASON:
        raise NotPermitted(f"the reason is longer than {LONGEST_REASON} characters", hint="say it shorter")
