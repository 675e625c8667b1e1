"""An officer asks a sender something by mail, and their answer comes back: by the address it bore, and once."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from gateway.intake.clerk import NOT_ANY_MORE
from gateway.model.lifecycle import DeliveryState
from gateway.model.record import Act, Event, Instruction, Officer
from gateway.model.transfer import Transfer
from tests.unit.daemon import test_answering
from tests.unit.daemon.test_answering import CROWD, FRIEND, STAFF, World, mail

D = DeliveryState
OFFICER: Final = Officer(name="Officer", address="officer@exampleshire.example", accounts=("@owner",))


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    for made in test_answering.world.__wrapped__(tmp_path):  # type: ignore[attr-defined]
        object.__setattr__(made.house, "officers", (OFFICER,))
        yield made


def asked(world: World, held: Transfer, words: str, number: int = 1) -> tuple[Transfer, str]:
    """Ask the sender something; return the transfer and the address to which they may answer."""
    world.store.transfers.instruct(
        Instruction(
            id=f"i-{number}", transfer_id=held.id, delivery_id=held.deliveries[0].id, act=Act.ASK, officer="Officer",
            officer_address=OFFICER.address, reason=words, at=world.clock.now(),
        )
    )  # fmt: skip
    transfer = world.walked(f"250 {held.id}")
    notice, text, enclosed = world.told[-1]
    assert (notice.about, notice.reply, notice.to) == ("question", "reply", STAFF)
    assert f"They ask: {words}" in text
    assert "reply to this message" in text
    return transfer, enclosed.reply_to


def held(world: World) -> Transfer:
    transfer = world.walked(world.send(mail(CROWD), FRIEND))
    assert transfer.deliveries[0].state is D.HELD
    return transfer


def test_question_and_answer_by_mail(world: World) -> None:
    before = held(world)
    _, address = asked(world, before, "Who asked for it?")
    assert address.startswith("reply+")
    assert len(address.partition("@")[0]) <= 64
    reply = world.send(mail((address,), "The trust did.\r\n\r\n> They ask"), address)
    assert reply == f"250 2.0.0 Ok: reply to {before.id} filed"
    after = world.walked(reply)
    (question,) = after.questions
    assert (question.text, question.answer) == ("Who asked for it?", "The trust did.")
    assert (after.deliveries, after.reason) == (before.deliveries, ""), "it decides nothing"
    assert world.entries(Event.QUESTION_ASKED) == [
        {
            "officer": "Officer",
            "address": "officer@exampleshire.example",
            "sender": STAFF,
            "question": "Who asked for it?",
        }
    ]
    assert world.entries(Event.QUESTION_ANSWERED) == [{"sender": STAFF, "answer": "The trust did."}]
    notice, text, _ = world.told[-1]
    assert (notice.about, notice.to) == ("tell:answer", OFFICER.address)
    assert "The trust did" not in text, "whoever reads a mailbox need not be cleared"


def test_an_old_address_answers_no_other_question(world: World) -> None:
    before = held(world)
    transfer, first = asked(world, before, "Who asked for it?")
    world.walked(world.send(mail((first,), "The trust did."), first))
    _, second = asked(world, transfer, "And when?", 2)
    assert first != second
    assert world.send(mail((first,), "Yesterday."), first) == f"550 5.7.1 {NOT_ANY_MORE}"
    after = world.walked(world.send(mail((second,), "Yesterday."), second))
    assert [each.answer for each in after.questions] == ["The trust did.", "Yesterday."]


def test_the_same_answer_again_changes_nothing_and_another_is_too_late(world: World) -> None:
    before = held(world)
    _, address = asked(world, before, "Who asked for it?")
    first = world.send(mail((address,), "The trust did."), address)
    assert world.send(mail((address,), "The trust did."), address) == first, "it is filed, and not carried out yet"
    assert world.send(mail((address,), "No, we did."), address).startswith("550 5.7.1 what was asked")
    world.walked(first)
    assert len(world.entries(Event.QUESTION_ANSWERED)) == 1


@pytest.mark.parametrize("sender", ["boss@exampleshire.example", FRIEND, "", "officer@exampleshire.example"])
def test_nobody_else_answers(world: World, sender: str) -> None:
    before = held(world)
    _, address = asked(world, before, "Who asked for it?")
    assert world.send(mail((address,), "I did."), address, sender=sender).startswith("550 5.7.1 ")
    assert world.store.transfers.instructions(before.id) == ()


def test_an_empty_answer_is_refused(world: World) -> None:
    _, address = asked(world, held(world), "Who asked for it?")
    assert "there is no answer in it" in world.send(mail((address,), "> They ask: Who?"), address)
