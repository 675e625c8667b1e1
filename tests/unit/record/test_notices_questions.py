"""Where a sender can answer what an officer asks them: by mail, on a page, on this machine, or by talking."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import pytest

from gateway.model.lifecycle import DeliveryState
from gateway.model.transfer import Origin, Question, Transfer
from gateway.record.letter import Told
from gateway.record.notices import Ways, notices_due
from gateway.record.questions import QUESTION
from gateway.record.sentences import Sentences
from gateway.record.words import ENGLISH
from gateway.testing.values import NOON, a_transfer

CONSOLE: Final = "https://gateway.council.example"
PAGE: Final = "sign in and answer there: https://gateway.council.example/mine/"
COMMAND: Final = "answer on this machine: gateway transfers reply "
TALK: Final = "give your answer to whoever can help"
REPLY: Final = "reply to this message before 22 November 2026"


def asked(origin: Origin) -> Transfer:
    transfer = replace(a_transfer(DeliveryState.HELD), origin=origin)
    question = Question(
        id="q-1", delivery_id="d-1", officer="A. Okafor", address="a@council.example", text="Why?", at=NOON
    )
    return replace(transfer, questions=(question,))


def told(
    transfer: Transfer, *, console: str = CONSOLE, ways: Ways | None = None, say: Sentences = ENGLISH
) -> tuple[Told, ...]:
    told = notices_due(
        transfer,
        help_contact="it@council.example",
        secret=str,
        languages=(say,),
        ways=ways or Ways(),
        console=console,
    )
    return tuple(each for each in told if each.about == QUESTION)


@pytest.mark.parametrize(
    ("origin", "console", "says"),
    [
        (Origin.FOLDER, CONSOLE, {PAGE, COMMAND}),
        (Origin.COMMAND, CONSOLE, {PAGE, COMMAND}),
        (Origin.FOLDER, "", {COMMAND}),
        (Origin.MAIL, CONSOLE, {PAGE, TALK}),
        (Origin.MAIL, "", {TALK}),
    ],
)
def test_a_question_says_where_it_is_answered(origin: Origin, console: str, says: set[str]) -> None:
    transfer = asked(origin)
    (notice,) = told(transfer, console=console)
    assert {each for each in (PAGE, COMMAND, TALK, "reply to this message") if each in notice.text} == says
    assert f"  - {PAGE}{transfer.id}\n" in notice.text or not console


def test_who_may_reply_by_mail_is_told_that_alone() -> None:
    (notice,) = told(asked(Origin.MAIL), ways=Ways(answers_until=NOON))
    assert REPLY in notice.text
    assert PAGE not in notice.text
