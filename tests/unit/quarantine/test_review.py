from __future__ import annotations

from dataclasses import replace

import pytest

from gateway.errors import NotFound, NotPermitted
from gateway.model.lifecycle import DeliveryState
from gateway.model.record import Act, Instruction
from gateway.quarantine.review import carry_out
from gateway.testing.values import NOON, a_transfer

D = DeliveryState
RELEASE = Instruction(
    id="i-1",
    transfer_id="t-1",
    delivery_id="d-1",
    act=Act.RELEASE,
    officer="First Officer",
    officer_address="officer@council.example",
    reason="checked by hand",
    at=NOON,
)


def test_a_release_goes_back_to_be_decided_and_carries_who_and_why() -> None:
    after = carry_out(a_transfer(D.HELD, D.HELD), RELEASE)
    assert [each.state for each in after.deliveries] == [D.UNDECIDED, D.HELD]
    release = after.deliveries[0].release
    assert release is not None
    assert (release.officer, release.reason) == ("First Officer", "checked by hand")


def test_a_refusal_ends_the_delivery_and_says_why() -> None:
    after = carry_out(a_transfer(D.HELD), replace(RELEASE, act=Act.REFUSE))
    assert after.deliveries[0].state is D.REFUSED
    assert "checked by hand" in after.deliveries[0].trouble
    assert after.deliveries[0].refusal is not None
    assert after.deliveries[0].refusal.officer == "First Officer"


@pytest.mark.parametrize("address", ["staff@council.example", "STAFF@Council.Example", "friend1@partner.example"])
def test_nobody_decides_on_a_transfer_that_is_their_own(address: str) -> None:
    with pytest.raises(NotPermitted, match="party to"):
        carry_out(a_transfer(D.HELD), replace(RELEASE, officer_address=address))


def test_nobody_decides_on_what_their_account_brought_in() -> None:
    mine = replace(a_transfer(D.HELD), account="jsmith")
    with pytest.raises(NotPermitted, match="the account jsmith brought"):
        carry_out(mine, replace(RELEASE, officer_account="jsmith"))
    assert carry_out(mine, replace(RELEASE, officer_account="another")).deliveries[0].state is D.UNDECIDED
    assert carry_out(mine, RELEASE).deliveries[0].state is D.UNDECIDED, "the gateway's own account tells nothing"


def test_a_reason_that_no_ledger_entry_can_hold_is_refused() -> None:
    with pytest.raises(NotPermitted, match="longer than 1000"):
        carry_out(a_transfer(D.HELD), replace(RELEASE, reason="x" * 1001))


def test_a_decision_needs_a_reason() -> None:
    with pytest.raises(NotPermitted, match="needs a reason"):
        carry_out(a_transfer(D.HELD), replace(RELEASE, reason="  "))


@pytest.mark.parametrize("state", [state for state in DeliveryState if state is not D.HELD])
def test_only_what_is_held_can_be_decided_on(state: DeliveryState) -> None:
    with pytest.raises(NotFound, match="is not held"):
        carry_out(a_transfer(state), RELEASE)
