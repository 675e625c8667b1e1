"""Addresses for answers: known again, and never taken for another's."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.intake.address import normalised
from gateway.intake.tokens import Given, Tokens
from gateway.model.lifecycle import DeliveryState
from gateway.model.record import Act
from gateway.system.ids import ALPHABET, transfer_id
from gateway.testing.values import NOON, a_transfer

TOKENS: Final = Tokens(b"k" * 32)
TRANSFER: Final = a_transfer(DeliveryState.HELD)
WEEK: Final = timedelta(days=7)
ADDRESS: Final = TOKENS.give(Act.ANSWER, TRANSFER, NOON + WEEK)


def test_an_address_is_known_again_in_capitals_too() -> None:
    for said in (ADDRESS, ADDRESS.upper()):
        given_back = Given(said)
        assert TOKENS.is_ours(given_back, TRANSFER)
        assert (given_back.act, given_back.transfer_id, given_back.until) == (Act.ANSWER, TRANSFER.id, NOON + WEEK)


@pytest.mark.parametrize("act", [Act.ANSWER, Act.RECALL])
def test_it_fits_into_an_address_that_every_server_takes(act: Act) -> None:
    transfer = replace(TRANSFER, id=transfer_id(NOON))
    local = TOKENS.give(act, transfer, NOON + WEEK)
    assert len(local) <= 64, "RFC 5321 section 4.5.3.1.1"
    assert normalised(f"{local}@gateway.council.example").startswith(local)
    assert TOKENS.is_ours(Given(local), transfer)


def test_time_is_rounded_up_to_the_hour() -> None:
    until = NOON + timedelta(minutes=1)
    assert Given(TOKENS.give(Act.ANSWER, TRANSFER, until)).until == NOON + timedelta(hours=1)


@pytest.mark.parametrize(
    "other",
    [
        replace(TRANSFER, sender="another@council.example"),
        replace(TRANSFER, deliveries=(replace(TRANSFER.deliveries[0], id="d-9"),)),
        replace(TRANSFER, deliveries=TRANSFER.deliveries * 2),
        replace(TRANSFER, id="t-6740a1b2-7kq4m9xx2q"),
    ],
)
def test_it_is_good_for_that_transfer_and_sender_alone(other: object) -> None:
    assert not TOKENS.is_ours(Given(ADDRESS), other)  # type: ignore[arg-type]  # every one is a transfer


def test_another_key_knows_it_not() -> None:
    assert not Tokens(b"j" * 32).is_ours(Given(ADDRESS), TRANSFER)


@given(st.integers(0, len(ADDRESS) - 1), st.sampled_from(ALPHABET))
def test_whatever_is_changed_in_it_it_is_ours_no_more(at: int, letter: str) -> None:
    changed = ADDRESS[:at] + letter + ADDRESS[at + 1 :]
    try:
        read = Given(changed)
    except ValueError:
        return
    assert changed == ADDRESS or not TOKENS.is_ours(read, replace(TRANSFER, id=read.transfer_id))


def test_an_answer_is_no_recall() -> None:
    assert not TOKENS.is_ours(Given(ADDRESS.replace("answer", "recall")), TRANSFER)


@given(st.text(max_size=80))
def test_whatever_else_an_address_says_is_no_token(said: str) -> None:
    with pytest.raises(ValueError, match="none of our addresses"):
        Given(said)


def test_a_transfer_with_an_id_of_another_kind_has_no_address() -> None:
    assert TOKENS.give(Act.ANSWER, replace(TRANSFER, id="dry-run"), NOON) == ""
