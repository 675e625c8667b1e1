"""Ledger entries for what officers do beside deciding: they ask a sender something, see a value, stop a release."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime

from gateway.model.lifecycle import DeliveryState
from gateway.model.record import Act, Entry, Event, Instruction
from gateway.model.transfer import Release, Transfer


def about_questions(before: Transfer, after: Transfer) -> Iterator[tuple[Event, str, Mapping[str, object]]]:
    """Yield what was asked and what was answered since, as `entries_between` does."""
    known = {each.id: each for each in before.questions}
    for question in after.questions:
        was = known.get(question.id)
        if was is None:
            yield (
                Event.QUESTION_ASKED,
                question.delivery_id,
                {
                    "officer": question.officer,
                    "address": question.address,
                    "sender": after.sender,
                    "question": question.text,
                },
            )
        if question.answered_at and (was is None or was.answered_at is None):
            yield Event.QUESTION_ANSWERED, question.delivery_id, {"sender": after.sender, "answer": question.answer}


def demanded(release: Release) -> Mapping[str, object]:
    """Return what a release demands of how it goes, nothing where it demands nothing."""
    method = {"method": release.method} if release.method else {}
    return method | ({"redact": True} if release.redact else {})


def shown(transfer: Transfer, instruction: Instruction, now: datetime) -> Entry:
    """Return the ledger's word of what an officer is about to see: which finding and why, or the words around all.

    Never what it is.
    """
    found = instruction.found
    facts: dict[str, object] = {
        "officer": instruction.officer,
        "address": instruction.officer_address,
        "account": instruction.officer_account,
    }
    if instruction.reason:
        facts["reason"] = instruction.reason
    if found is not None:
        facts |= {"entity": found.entity, "segment": found.segment, "start": found.start, "end": found.end}
        facts["part"] = number_of(transfer, found.part)
    return Entry(
        event=Event.PASSAGES_READ if instruction.act is Act.READ else Event.VALUE_REVEALED,
        at=now,
        transfer_id=transfer.id,
        delivery_id=instruction.delivery_id,
        facts=facts,
    )


def number_of(transfer: Transfer, path: str) -> str:
    """Return a part by its number, because names of files may say as much as content: of `letter.eml/2/plan.docx` 1/2.

    `?` stands for one that is not known by its name.
    """
    name, *inner = path.split("/")
    names = [each.name.replace("\\", "/").rpartition("/")[2] for each in transfer.parts]
    return "/".join([str(names.index(name) + 1) if name in names else "?", *inner[::2]])


def stopped(instruction: Instruction, *, officer: str, address: str, reason: str, now: datetime) -> Entry:
    """Return the ledger's word of an instruction that was taken back before it was carried out, and by whom."""
    return Entry(
        event=Event.INSTRUCTION_STOPPED,
        at=now,
        transfer_id=instruction.transfer_id,
        delivery_id=instruction.delivery_id,
        facts={
            "act": str(instruction.act),
            "filed_by": instruction.officer,
            "officer": officer,
            "address": address,
            "reason": reason,
        },
    )


def why_untold(transfer: Transfer) -> Mapping[str, str]:
    """Return, by delivery, why nobody will be told that it is held: of those that this was not recorded of yet."""
    if transfer.preview or (transfer.sender and not transfer.automatic):
        return {}
    why = "a machine wrote it" if transfer.sender else "it has no sender to tell"
    held = (each for each in transfer.deliveries if each.state is DeliveryState.HELD)
    return {each.id: why for each in held if each.told is not DeliveryState.HELD}


def omitted(transfer: Transfer, delivery_id: str, why: str, now: datetime) -> Entry:
    """Return the ledger's word of a notice that nobody gets."""
    facts = {"about": "held", "why": why}
    return Entry(event=Event.NOTICE_OMITTED, at=now, transfer_id=transfer.id, delivery_id=delivery_id, facts=facts)
