"""A notice that could not be told is written and told again, because an officer says so."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from gateway.errors import NotFound, NotPermitted
from gateway.model.lifecycle import NoticeState, TransferState
from gateway.model.record import Instruction
from gateway.model.transfer import Delivery, Notice, Transfer
from gateway.quarantine.party import check_reason

LATE: Final = "late"
QUESTION: Final = "question"
ANSWERED: Final = "tell:answer"
TO_A_ROLE: Final = "tell:"
PASSPHRASE: Final = "passphrase:"  # noqa: S105 - what a notice is about, no passphrase


def check_resend(transfer: Transfer, instruction: Instruction) -> Notice:
    """Return the notice that is to be told again.

    Raises `NotFound` when there is none that failed, `NotPermitted` when it cannot be told again: a passphrase, which
    an officer takes out instead, or of a transfer that is over; or when the reason is missing or too long.
    """
    notice = next((each for each in transfer.notices if each.id == instruction.notice), None)
    if notice is None or notice.state is not NoticeState.FAILED:
        raise NotFound(f"no notice {instruction.notice} of {transfer.id} failed", hint="see its history")
    if transfer.state in {TransferState.FINISHED, TransferState.DESTROYED}:
        raise NotPermitted(f"{transfer.id} is over: what was written for its notices is destroyed", hint="telephone")
    if notice.about.startswith(PASSPHRASE) or not notice.deliveries:
        raise NotPermitted("a passphrase is told once", hint="an officer takes it out: 'gateway passphrases show'")
    check_reason(instruction)
    return notice


def told_again(transfer: Transfer, instruction: Instruction) -> Transfer:
    """Return the transfer as one whose people do not know yet; so a notice is written anew. Raises as the check."""
    notice = check_resend(transfer, instruction)
    if notice.about == QUESTION:
        asked = tuple(replace(each, told=False) if each.answered_at is None else each for each in transfer.questions)
        return replace(transfer, questions=asked)
    if notice.about == ANSWERED:
        return replace(transfer, questions=tuple(replace(each, passed_on=False) for each in transfer.questions))
    after = transfer
    for delivery in transfer.deliveries:
        if delivery.id in notice.deliveries:
            after = after.with_delivery(_untold(delivery, notice.about))
    return after


def _untold(delivery: Delivery, about: str) -> Delivery:
    if about == LATE:
        return replace(delivery, delay_told=False)
    if about.startswith(TO_A_ROLE):
        mark = f":{about.removeprefix(TO_A_ROLE)}"
        return replace(delivery, roles_told=frozenset(each for each in delivery.roles_told if not each.endswith(mark)))
    return replace(delivery, told=None)
