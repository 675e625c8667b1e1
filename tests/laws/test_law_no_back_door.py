"""Law 7: there is no back door from quarantine. A release re-enters decide, and nobody releases their own."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from gateway.errors import GatewayError
from gateway.model.lifecycle import DELIVERY_MOVES, DeliveryState
from gateway.model.record import Act, Instruction, Officer
from gateway.quarantine.review import carry_out
from gateway.testing.values import NOON, a_transfer

D = DeliveryState


def paths(state: DeliveryState, seen: tuple[DeliveryState, ...] = ()) -> list[tuple[DeliveryState, ...]]:
    """Return every path from a state that meets no state twice."""
    here = (*seen, state)
    onwards = [path for end in DELIVERY_MOVES[state].values() if end not in here for path in paths(end, here)]
    return [here, *onwards]


def test_every_path_from_quarantine_to_delivery_is_decided_cleared_and_sealed_afresh() -> None:
    to_delivery = [path for path in paths(D.HELD) if path[-1] is D.DELIVERED]
    assert to_delivery == [(D.HELD, D.UNDECIDED, D.CLEARED, D.SEALED, D.DELIVERED)]


def test_every_way_into_delivered_passes_sealed_and_every_way_into_sealed_passes_cleared() -> None:
    into = {
        end: {start for start, moves in DELIVERY_MOVES.items() if end in moves.values()}
        for end in (D.DELIVERED, D.SEALED)
    }
    assert into == {D.DELIVERED: {D.SEALED}, D.SEALED: {D.CLEARED}}


ADDRESSES = ("officer@council.example", "staff@council.example", "friend1@partner.example")
OFFICERS = [Officer(name=each, address=each, accounts=("@owner",)) for each in ADDRESSES]
INSTRUCTIONS = st.builds(
    Instruction,
    id=st.just("i-1"),
    transfer_id=st.just("t-1"),
    delivery_id=st.sampled_from(["d-1", "d-2", "d-3"]),
    act=st.sampled_from(Act),
    officer=st.just("First Officer"),
    officer_address=st.sampled_from([*ADDRESSES, "nobody@council.example"]),
    reason=st.sampled_from(["checked", "", " "]),
    at=st.just(NOON),
)


@given(st.lists(st.sampled_from(DeliveryState), min_size=1, max_size=3), st.lists(INSTRUCTIONS, max_size=6))
def test_no_sequence_of_instructions_clears_anything_or_serves_its_own_party(
    states: list[DeliveryState], instructions: list[Instruction]
) -> None:
    steps = [a_transfer(*states)]
    for instruction in instructions:
        try:
            steps.append(carry_out(steps[-1], instruction, OFFICERS))
        except GatewayError:
            continue
        assert instruction.reason.strip()
        assert instruction.officer_address in ADDRESSES
        assert instruction.officer_address not in {
            steps[-1].sender,
            f"friend{instruction.delivery_id[-1]}@partner.example",
        }
    for before, after in pairwise(steps):
        for was, is_now in zip(before.deliveries, after.deliveries, strict=True):
            if was.state != is_now.state:
                assert was.state is D.HELD
                assert is_now.state in {D.UNDECIDED, D.REFUSED}
                assert is_now.sealed is None or is_now.state is D.REFUSED
            else:
                assert replace(was) == is_now
