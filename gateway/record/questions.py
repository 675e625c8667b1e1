"""What a sender is told when an officer asks them something, and an officer when they answered.

The officer's words go to the sender as they are, on one line. What the sender answers is shown to officers where they
review, and is in no notice.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Final

from gateway.model.record import Act
from gateway.model.transfer import Origin, Question, Transfer
from gateway.record.letter import Desk, Told, Words, letter, listed, points, what
from gateway.record.roles import RoleTold
from gateway.record.sentences import Sentences

QUESTION: Final = "question"
ANSWERED: Final = "tell:answer"


def questions_due(desk: Desk, until: datetime | None, console: str) -> Iterator[Told]:
    """Yield the question that the sender was not told yet.

    `until` is how long an answer by mail is read, if at all, `console` the console's address, if there is one.
    """
    question = desk.transfer.open_question
    if question is not None and not question.told:
        yield _asked(desk, question, until if desk.transfer.origin is Origin.MAIL else None, console)


def _asked(desk: Desk, question: Question, until: datetime | None, console: str) -> Told:
    transfer = desk.transfer
    deliveries = [each for each in transfer.deliveries if each.id == question.delivery_id]

    def how(say: Sentences) -> Iterator[str]:
        if until is not None:
            yield say.question.by_reply.format(when=say.at(until))
            return
        if console:
            yield say.question.by_page.format(page=f"{console}/mine/{transfer.id}")
        if transfer.origin is Origin.MAIL:
            yield say.question.by_telephone
        else:
            yield say.question.by_command.format(command=f'gateway transfers reply {transfer.id} --answer "..."')

    def write(say: Sentences) -> Words:
        happened = say.question.happened.format(what=what(transfer, say), recipients=listed(deliveries))
        return say.question.subject, [
            f"{say.happened} {happened}.",
            say.question.asks.format(question=" ".join(question.text.split())),
            points([say.can_do, *how(say), say.question.recorded]),
            f"{say.by_when} {say.question.then}",
        ]

    return desk.told(QUESTION, deliveries, write, reply=Act.REPLY if until else "")


def answers_due(transfer: Transfer, *, help_contact: str, console: str) -> Iterator[RoleTold]:
    """Yield what officers must be told whose question was answered; `console` is its address, if there is one."""
    for question in transfer.questions:
        if question.answered_at is None or question.passed_on:
            continue
        page = f"{console}/quarantine/{transfer.id}/{question.delivery_id}"
        where = f"on its page, {page}" if console else f"with 'gateway held show {transfer.id}'"
        paragraphs = [
            f"What happened: the sender of {transfer.id} answered what you asked on {question.at:%d %B at %H:%M} UTC.",
            f"What you can do: read the answer {where}.",
            "By when: soon. It stays held until an officer has decided.",
        ]
        yield RoleTold(
            about=ANSWERED,
            to=question.address,
            deliveries=(question.delivery_id,),
            mark=question.id,
            subject=f"Your question was answered ({transfer.id})",
            text=letter(paragraphs, transfer, help_contact),
        )
