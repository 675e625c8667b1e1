"""An officer asks the sender of a held delivery something, and the sender answers.

What they answer is there for officers to read. It decides nothing: that is what a reason (`Act.ANSWER`) is for.
"""

from __future__ import annotations

from dataclasses import replace

from gateway.errors import NotFound, NotPermitted
from gateway.model.record import Instruction
from gateway.model.transfer import Delivery, Question, Transfer
from gateway.quarantine.party import check_reason, held_delivery, is_the_senders, refuse_party


def check_ask(transfer: Transfer, instruction: Instruction) -> Delivery:
    """Return the held delivery that is asked about.

    Raises `NotFound` when it is not held, `NotPermitted` when the officer is party to it, when nobody reads what is
    sent back to its sender, when they were asked something already and have not answered, or when the words are missing
    or too many.
    """
    delivery = held_delivery(transfer, instruction)
    refuse_party(transfer, delivery, address=instruction.officer_address, account=instruction.officer_account)
    if not transfer.sender or transfer.automatic:
        raise NotPermitted(f"a machine sent {transfer.id}: nobody would read a question", hint="ask who runs it")
    if transfer.open_question:
        raise NotPermitted(
            f"the sender of {transfer.id} was asked something and has not answered", hint="wait, or decide without it"
        )
    check_reason(instruction)
    return delivery


def asked(transfer: Transfer, instruction: Instruction) -> Transfer:
    """Return the transfer with a question to its sender; raises as `check_ask`."""
    delivery = check_ask(transfer, instruction)
    question = Question(
        id=instruction.id,
        delivery_id=delivery.id,
        officer=instruction.officer,
        address=instruction.officer_address,
        account=instruction.officer_account,
        text=instruction.reason,
        at=instruction.at,
    )
    return replace(transfer, questions=(*transfer.questions, question))


def check_reply(transfer: Transfer, instruction: Instruction) -> Question:
    """Return the question that the sender answers.

    Raises `NotFound` when nobody asks any more, `NotPermitted` when it is not the sender who answers, or when the words
    are missing or too many.
    """
    if not is_the_senders(transfer, instruction):
        raise NotPermitted(f"{transfer.id} is not yours", hint="only who sent it can answer")
    question = transfer.open_question
    if question is None:
        raise NotFound(f"nobody asks about {transfer.id} any more", hint="it was answered before, or it is decided")
    check_reason(instruction)
    return question


def replied(transfer: Transfer, instruction: Instruction) -> Transfer:
    """Return the transfer with its sender's answer beside the question; raises as `check_reply`."""
    question = check_reply(transfer, instruction)
    answered = replace(question, answer=instruction.reason, answered_at=instruction.at)
    return replace(
        transfer, questions=tuple(answered if each.id == question.id else each for each in transfer.questions)
    )
