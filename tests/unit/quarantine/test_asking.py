"""An officer asks the sender something; the answer stands beside the question and moves nothing."""

from __future__ import annotations

from dataclasses import replace

import pytest

from gateway.errors import NotFound, NotPermitted
from gateway.model.lifecycle import DeliveryState
from gateway.model.record import Act, Instruction, Officer
from gateway.model.transfer import Transfer
from gateway.quarantine import review
from gateway.testing.values import NOON, a_transfer

D = DeliveryState
OFFICER = Officer(name="Officer", address="officer@council.example", accounts=("@owner",))
ASK = Instruction(
    id="i-1", transfer_id="t-1", delivery_id="d-1", act=Act.ASK, officer="Officer",
    officer_address="officer@council.example", reason="who asked for the list?", at=NOON,
)  # fmt: skip
REPLY = replace(ASK, id="i-2", act=Act.REPLY, officer_address="STAFF@council.example", reason="the trust did")


def carry_out(transfer: Transfer, instruction: Instruction) -> Transfer:
    return review.carry_out(transfer, instruction, [OFFICER])


def test_question_and_answer_stand_side_by_side_and_move_no_delivery() -> None:
    held = a_transfer(D.HELD, D.HELD)
    asked = carry_out(held, ASK)
    assert asked.open_question is not None
    assert asked.open_question.text == "who asked for the list?"
    answered = carry_out(asked, REPLY)
    assert answered.open_question is None
    assert [(each.officer, each.text, each.answer) for each in answered.questions] == [
        ("Officer", "who asked for the list?", "the trust did")
    ]
    assert asked.deliveries == answered.deliveries == held.deliveries, "it is no reason, and no release"
    assert (answered.reason, held.reason) == ("", "")


def test_one_question_at_a_time() -> None:
    asked = carry_out(a_transfer(D.HELD), ASK)
    with pytest.raises(NotPermitted, match="has not answered"):
        carry_out(asked, replace(ASK, id="i-3"))
    again = carry_out(carry_out(asked, REPLY), replace(ASK, id="i-3", reason="and for what?"))
    assert again.open_question is not None
    assert again.open_question.id == "i-3"


def test_a_question_about_what_is_decided_is_open_no_more_and_stands_in_nobodys_way() -> None:
    asked = carry_out(a_transfer(D.HELD, D.HELD), ASK)
    refused = carry_out(asked, replace(ASK, id="i-3", act=Act.REFUSE))
    assert refused.open_question is None
    again = carry_out(refused, replace(ASK, id="i-4", delivery_id="d-2", reason="and this one?"))
    assert again.open_question is not None
    assert again.open_question.id == "i-4"
    answered = carry_out(again, replace(REPLY, delivery_id="d-2"))
    assert [(each.text, each.answer) for each in answered.questions] == [
        ("who asked for the list?", ""),
        ("and this one?", "the trust did"),
    ]


@pytest.mark.parametrize("change", [{"sender": ""}, {"automatic": True}])
def test_a_machine_is_asked_nothing(change: dict[str, object]) -> None:
    with pytest.raises(NotPermitted, match="a machine sent"):
        carry_out(replace(a_transfer(D.HELD), **change), ASK)  # type: ignore[arg-type]


@pytest.mark.parametrize("words", ["", "  ", "x" * 1001])
def test_a_question_has_words_and_not_too_many(words: str) -> None:
    with pytest.raises(NotPermitted):
        carry_out(a_transfer(D.HELD), replace(ASK, reason=words))


def test_only_its_sender_answers_by_address_or_by_the_account_that_brought_it_in() -> None:
    asked = carry_out(replace(a_transfer(D.HELD), account="jsmith"), ASK)
    with pytest.raises(NotPermitted, match="not yours"):
        carry_out(asked, replace(REPLY, officer_address="mallory@council.example"))
    by_account = replace(REPLY, officer_address="", officer_account="jsmith")
    assert carry_out(asked, by_account).questions[0].answer == "the trust did"


def test_what_nobody_asks_any_more_is_not_answered() -> None:
    held = a_transfer(D.HELD)
    asked = carry_out(held, ASK)
    refused = carry_out(asked, replace(ASK, id="i-4", act=Act.REFUSE))
    for late in (held, refused, carry_out(asked, REPLY)):
        with pytest.raises(NotFound, match="nobody asks"):
            carry_out(late, REPLY)


def test_what_is_not_held_is_not_asked_about() -> None:
    with pytest.raises(NotFound, match="is not held"):
        carry_out(a_transfer(D.SEALED), ASK)
