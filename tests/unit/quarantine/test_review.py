from __future__ import annotations

from dataclasses import replace

import pytest

from gateway.errors import NotFound, NotPermitted
from gateway.model.lifecycle import DeliveryState
from gateway.model.record import OWNER, Act, Instruction, Officer
from gateway.model.transfer import Transfer
from gateway.quarantine import review
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
ACCOUNTS = (OWNER, "bob", "jsmith", "another")
OFFICERS = (
    Officer(name="First Officer", address="officer@council.example", accounts=ACCOUNTS, roles=("dpo",)),
    Officer(name="Second Officer", address="second@council.example", accounts=ACCOUNTS),
    Officer(name="first officer", address="first@council.example", accounts=ACCOUNTS),
    Officer(name="Officer, tagged", address="officer+duty@council.example", accounts=ACCOUNTS),
    Officer(name="Staff", address="staff@council.example", accounts=ACCOUNTS),
    Officer(name="Friend", address="friend1@partner.example", accounts=ACCOUNTS),
)


def carry_out(transfer: Transfer, instruction: Instruction) -> Transfer:
    return review.carry_out(transfer, instruction, OFFICERS)


def test_a_release_goes_back_to_be_decided_and_carries_who_and_why() -> None:
    after = carry_out(a_transfer(D.HELD, D.HELD), RELEASE)
    assert [each.state for each in after.deliveries] == [D.UNDECIDED, D.HELD]
    release = after.deliveries[0].release
    assert release is not None
    assert (release.officer, release.reason) == ("First Officer", "checked by hand")


SECOND = replace(RELEASE, id="i-2", officer="Second Officer", officer_address="second@council.example")


def held_again(transfer: Transfer, *, trouble: str = "") -> Transfer:
    """Return the transfer as decide, or a room after it, holds it once more."""
    return transfer.with_delivery(transfer.deliveries[0].held(trouble))


def test_a_second_person_adds_a_release_and_the_first_is_kept() -> None:
    once = held_again(carry_out(a_transfer(D.HELD), RELEASE))
    assert [each.officer for each in once.deliveries[0].releases] == ["First Officer"]
    twice = carry_out(once, SECOND).deliveries[0]
    assert [each.officer for each in twice.releases] == ["First Officer", "Second Officer"]
    assert [each.roles for each in twice.releases] == [("dpo",), ()]
    assert twice.release == twice.releases[-1]


@pytest.mark.parametrize(
    "same",
    [
        RELEASE,
        replace(SECOND, officer_address="first@council.example"),
        replace(SECOND, officer_address="Officer@COUNCIL.example"),
        replace(SECOND, officer_address="officer+duty@council.example"),
        replace(SECOND, officer_account="bob"),
    ],
    ids=["the same", "by name", "by address", "by address with a tag", "by account"],
)
def test_one_person_is_never_two(same: Instruction) -> None:
    once = held_again(carry_out(a_transfer(D.HELD), replace(RELEASE, officer_account="bob")))
    with pytest.raises(NotPermitted, match="a second person is needed") as refused:
        carry_out(once, same)
    assert refused.value.hint == "ask another officer"


def test_accounts_that_tell_nothing_make_nobody_one_person() -> None:
    once = held_again(carry_out(a_transfer(D.HELD), RELEASE))
    assert len(carry_out(once, SECOND).deliveries[0].releases) == 2, "both acted from the gateway's own account"


def test_whoever_lets_it_be_tried_again_after_a_trouble_still_counts_once() -> None:
    failed = held_again(carry_out(a_transfer(D.HELD), RELEASE), trouble="it could not be sealed")
    again = carry_out(failed, replace(RELEASE, reason="the key is mended")).deliveries[0]
    assert [each.reason for each in again.releases] == ["the key is mended"]
    assert (again.state, again.trouble) == (D.UNDECIDED, "")


def test_who_released_it_may_still_refuse_it() -> None:
    once = held_again(carry_out(a_transfer(D.HELD), RELEASE))
    after = carry_out(once, replace(RELEASE, act=Act.REFUSE)).deliveries[0]
    assert after.state is D.REFUSED
    assert len(after.releases) == 1


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


@pytest.mark.parametrize("party", ["Officer+home@Council.Example", "officer+@council.example"])
def test_a_tag_makes_no_other_person(party: str) -> None:
    held = a_transfer(D.HELD)
    for mine in (replace(held, sender=party), held.with_delivery(replace(held.deliveries[0], recipient=party))):
        for instruction in (RELEASE, replace(RELEASE, officer_address="officer+duty@council.example")):
            with pytest.raises(NotPermitted, match="party to"):
                carry_out(mine, instruction)


@pytest.mark.parametrize("act", [Act.RELEASE, Act.REFUSE, Act.ASK])
def test_nobody_decides_on_what_they_wrote_whoever_the_envelope_names(act: Act) -> None:
    wrote = replace(a_transfer(D.HELD), authors=frozenset({"officer+home@council.example", "shared@council.example"}))
    with pytest.raises(NotPermitted, match=r"officer@council\.example is party to t-6740"):
        carry_out(wrote, replace(RELEASE, act=act))
    assert carry_out(wrote, replace(SECOND, act=act)) != wrote


@pytest.mark.parametrize(
    ("address", "account"),
    [
        ("nobody@council.example", ""),
        ("", ""),
        ("officer@council.example", "mallory"),
        ("officer+x@council.example", "bob"),
        ("guest@council.example", ""),
        ("guest@council.example", "bob"),
    ],
)
@pytest.mark.parametrize("act", [Act.RELEASE, Act.REFUSE])
def test_who_is_no_officer_of_the_settings_decides_nothing(address: str, account: str, act: Act) -> None:
    guest = Officer(name="Guest", address="guest@council.example", accounts=("guest",))
    other = replace(RELEASE, officer_address=address, officer_account=account, act=act)
    with pytest.raises(NotPermitted, match="is no officer with this account"):
        review.carry_out(a_transfer(D.HELD), other, (*OFFICERS, guest))
    with pytest.raises(NotPermitted, match="is no officer"):
        review.carry_out(a_transfer(D.HELD), other, ())


def test_name_and_roles_are_those_of_the_settings() -> None:
    said = replace(RELEASE, officer="Chief", officer_address="OFFICER@council.example", officer_roles=("siro",))
    (release,) = carry_out(a_transfer(D.HELD), said).deliveries[0].releases
    assert (release.officer, release.address, release.roles) == ("First Officer", "officer@council.example", ("dpo",))


def test_after_a_release_everybody_is_told_what_comes_of_it_but_not_once_more_that_the_rules_hold_it() -> None:
    held = a_transfer(D.HELD)
    told = held.with_delivery(replace(held.deliveries[0], told=D.HELD, roles_told=frozenset({"held:dpo"})))
    released = carry_out(told, RELEASE).deliveries[0]
    assert (released.told, released.roles_told) == (D.HELD, frozenset({"held:dpo"}))
    in_trouble = replace(released, state=D.CLEARED).held("it could not be sealed: no key")
    assert (in_trouble.told, in_trouble.roles_told) == (None, frozenset())
    again = told.with_delivery(replace(told.deliveries[0], trouble="no mail server"))
    assert carry_out(again, RELEASE).deliveries[0].told is None


def test_nobody_decides_on_what_their_account_brought_in() -> None:
    mine = replace(a_transfer(D.HELD), account="jsmith")
    officers = (replace(OFFICERS[0], accounts=(OWNER, "jsmith")), replace(OFFICERS[1], accounts=(OWNER, "another")))
    for account in ("jsmith", OWNER):
        with pytest.raises(NotPermitted, match="the account jsmith brought"):
            review.carry_out(mine, replace(RELEASE, officer_account=account), officers)
    for account in ("another", OWNER):
        after = review.carry_out(mine, replace(SECOND, officer_account=account), officers)
        assert after.deliveries[0].state is D.UNDECIDED


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


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("ann@council.example", "Ann@Council.example"),
        ("ann@c.example", "ann+x@c.example"),
        ("a@b.example", "a+t@b.example."),
    ],
)
def test_a_mailbox_is_the_same_however_it_is_written(one: str, other: str) -> None:
    assert review.mailbox(one) == review.mailbox(other)
    assert review.mailbox("b" + one) != review.mailbox(other)
