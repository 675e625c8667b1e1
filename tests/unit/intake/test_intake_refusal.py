"""A client that waits hears of a refusal, and of nothing else; once accepted, no answer but yes or refused is true."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace

import pytest

from gateway.errors import Busy
from gateway.intake.message import Message
from gateway.intake.refusal import AT_ONCE, AnsweringRefusals
from gateway.model.lifecycle import DeliveryState
from gateway.model.transfer import Transfer
from gateway.model.verdict import Outcome
from gateway.system.clock import MachineClock
from gateway.testing.store_values import make_transfer, make_verdict

ACCEPTED = "250 2.0.0 Ok: accepted as t-1"
MESSAGE = Message(
    sender="a@b.example", recipients=("c@d.example",), content=b"", client="", helo="", dsn={}, dsn_recipients=()
)


def decided(*outcomes: Outcome) -> Transfer:
    """Return a transfer with a recipient for each outcome, in the state that it leads to."""
    states = {Outcome.REFUSE: DeliveryState.REFUSED, Outcome.QUARANTINE: DeliveryState.HELD}
    transfer = make_transfer(recipients=len(outcomes))
    for delivery, outcome in zip(transfer.deliveries, outcomes, strict=True):
        verdict = replace(make_verdict(delivery.recipient), outcome=outcome)
        state = states.get(outcome, DeliveryState.CLEARED)
        transfer = transfer.with_delivery(replace(delivery, verdict=verdict, state=state))
    return transfer


def answering(get: Callable[[str], Transfer], reply: str = ACCEPTED, *, seconds: float = 30.0) -> AnsweringRefusals:
    closing = threading.Event()
    return AnsweringRefusals(lambda _: reply, get, seconds=seconds, closing=closing, clock=MachineClock())


def test_a_refusal_for_everybody_is_said_with_the_rule_s_sentence() -> None:
    transfer = decided(Outcome.REFUSE, Outcome.REFUSE)
    assert answering(lambda _: transfer)(MESSAGE) == f"550 5.7.1 refused: it may go ({transfer.id})"


@pytest.mark.parametrize("other", [Outcome.DELIVER, Outcome.QUARANTINE])
def test_what_is_not_refused_for_everybody_is_accepted(other: Outcome) -> None:
    assert answering(lambda _: decided(Outcome.REFUSE, other))(MESSAGE) == ACCEPTED


def test_what_its_sender_recalled_was_not_refused() -> None:
    transfer = decided(Outcome.DELIVER)
    recalled = transfer.with_delivery(replace(transfer.deliveries[0], state=DeliveryState.REFUSED))
    assert answering(lambda _: recalled)(MESSAGE) == ACCEPTED


@pytest.mark.parametrize("reply", ["451 4.3.0 later", "250 2.0.0 Ok: recall to t-1 filed", "554 5.4.6 looping"])
def test_every_other_answer_is_passed_on_at_once(reply: str) -> None:
    def never(_: str) -> Transfer:
        raise AssertionError("nobody asked")

    assert answering(never, reply)(MESSAGE) == reply
    assert answering(never)(replace(MESSAGE, preview=True)) == ACCEPTED


def test_a_verdict_that_does_not_come_in_time_is_a_yes() -> None:
    assert answering(lambda _: make_transfer(), seconds=0.1)(MESSAGE) == ACCEPTED


def test_trouble_after_acceptance_takes_nothing_back() -> None:
    def busy(_: str) -> Transfer:
        raise Busy("the database is busy")

    assert answering(busy)(MESSAGE) == ACCEPTED


def test_a_door_that_closes_waits_for_no_verdict() -> None:
    closing = threading.Event()
    closing.set()
    answer = AnsweringRefusals(
        lambda _: ACCEPTED, lambda _: make_transfer(), seconds=3600, closing=closing, clock=MachineClock()
    )
    assert answer(MESSAGE) == ACCEPTED


def test_no_more_than_a_few_wait_and_the_next_one_hears_yes_at_once() -> None:
    closing = threading.Event()
    answer = AnsweringRefusals(
        lambda _: ACCEPTED, lambda _: make_transfer(), seconds=3600, closing=closing, clock=MachineClock()
    )
    waiting = [threading.Thread(target=answer, args=(MESSAGE,)) for _ in range(AT_ONCE)]
    for each in waiting:
        each.start()
    while answer._places._value:
        closing.wait(0.01)
    assert answer(MESSAGE) == ACCEPTED
    closing.set()
    for each in waiting:
        each.join()
