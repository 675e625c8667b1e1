"""A sender who is asked why says so: a fact for decide, once, and no way round the officers."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.errors import GatewayError, NotFound, NotPermitted
from gateway.model.lifecycle import DeliveryState
from gateway.model.record import Act, Instruction, Officer
from gateway.model.transfer import Release, Transfer
from gateway.model.verdict import Obligation, Outcome
from gateway.quarantine.review import carry_out
from gateway.testing.values import NOON, a_transfer, a_verdict

D = DeliveryState
ASKED: Final = a_verdict(Outcome.QUARANTINE, Obligation.ASK_REASON)
ANSWER: Final = Instruction(
    id="i-1",
    transfer_id="t-1",
    delivery_id="d-1",
    act=Act.ANSWER,
    officer="staff@council.example",
    officer_address="staff@council.example",
    reason="the court asks for it",
    at=NOON,
)
RELEASE: Final = Release(officer="First Officer", reason="fine", at=NOON)


def asked(*states: DeliveryState) -> Transfer:
    return a_transfer(*(states or (D.HELD,)), verdict=ASKED)


def test_what_waits_for_a_reason_is_decided_again_with_it_and_nothing_else_moves() -> None:
    before = asked(D.HELD, D.DELIVERED, D.HELD, D.HELD)
    before = before.with_delivery(replace(before.deliveries[2], trouble="it could not be sealed"))
    before = before.with_delivery(replace(before.deliveries[3], verdict=a_verdict(Outcome.QUARANTINE)))
    after = carry_out(before, ANSWER, officers=())
    assert after.reason == "the court asks for it"
    assert [each.state for each in after.deliveries] == [D.UNDECIDED, D.DELIVERED, D.HELD, D.HELD]
    assert after.deliveries[1:] == before.deliveries[1:]


def test_it_releases_nothing_and_takes_no_release_away() -> None:
    before = asked()
    assert carry_out(before, ANSWER, officers=()).deliveries[0].releases == ()
    released = before.with_delivery(replace(before.deliveries[0], releases=(RELEASE,)))
    assert carry_out(released, ANSWER, officers=()).deliveries[0].releases == (RELEASE,)


def test_capitals_in_the_address_do_not_matter() -> None:
    after = carry_out(asked(), replace(ANSWER, officer_address="STAFF@Council.Example"), officers=())
    assert after.deliveries[0].state is D.UNDECIDED


@pytest.mark.parametrize(
    "address", ["", "officer@council.example", "friend1@partner.example", "staff+x@council.example"]
)
def test_nobody_else_answers(address: str) -> None:
    officers = [Officer(name="O", address="officer@council.example", accounts=("@owner",))]
    with pytest.raises(NotPermitted, match="not yours"):
        carry_out(asked(), replace(ANSWER, officer_address=address), officers)


def test_a_null_sender_answers_nothing() -> None:
    with pytest.raises(NotPermitted, match="not yours"):
        carry_out(replace(asked(), sender=""), replace(ANSWER, officer_address=""), officers=())


def test_it_is_said_once() -> None:
    after = carry_out(asked(), ANSWER, officers=())
    held = after.with_delivery(replace(after.deliveries[0], state=D.HELD))
    with pytest.raises(NotFound, match="waits for a reason"):
        carry_out(held, replace(ANSWER, reason="another one"), officers=())


@pytest.mark.parametrize("state", [each for each in D if each is not D.HELD])
def test_what_does_not_wait_is_not_moved(state: DeliveryState) -> None:
    with pytest.raises(NotFound, match="waits for a reason"):
        carry_out(asked(state), ANSWER, officers=())


@pytest.mark.parametrize("reason", ["", "  ", "x" * 1_001])
def test_a_reason_is_a_sentence(reason: str) -> None:
    with pytest.raises(NotPermitted):
        carry_out(asked(), replace(ANSWER, reason=reason), officers=())


@given(
    st.lists(st.sampled_from(D), min_size=1, max_size=4),
    st.sampled_from(["staff@council.example", "friend1@partner.example", ""]),
    st.sampled_from(["because", "", "x" * 2_000]),
)
def test_an_answer_only_ever_has_something_held_decided_again(
    states: list[DeliveryState], address: str, reason: str
) -> None:
    before = asked(*states)
    try:
        after = carry_out(before, replace(ANSWER, officer_address=address, reason=reason), officers=())
    except GatewayError:
        return
    for was, is_now in zip(before.deliveries, after.deliveries, strict=True):
        assert is_now == was or (was.state, is_now.state) == (D.HELD, D.UNDECIDED)
        assert is_now.releases == was.releases
