"""People of the console decide by the same rules as officers of the settings, and by who they are now."""

from __future__ import annotations

from dataclasses import replace

import pytest

from gateway.errors import NotPermitted
from gateway.model.lifecycle import DeliveryState
from gateway.model.person import Person, PersonState, Role
from gateway.model.record import Act, Instruction, Officer
from gateway.model.transfer import Transfer
from gateway.quarantine import review
from gateway.quarantine.people import account_of
from gateway.testing.values import NOON, a_finding, a_transfer, an_inspection

D = DeliveryState
ALICE = Person(
    id="p-1", name="Alice", address="alice@council.example", roles=frozenset({Role.REVIEWER}), since=NOON,
    officer_roles=("dpo",),
)  # fmt: skip
BOB = Person(id="p-2", name="Bob", address="bob@council.example", roles=frozenset({Role.APPROVER}), since=NOON)
CAROL = Person(id="p-3", name="Carol", address="carol@council.example", roles=frozenset({Role.REVIEWER}), since=NOON)
SETTINGS = (Officer(name="Desk", address="desk@council.example", accounts=("@owner", "console:p-1")),)


def filed(person: Person, act: Act = Act.RELEASE, **more: object) -> Instruction:
    instruction = Instruction(
        id=f"i-{person.id}", transfer_id="t-1", delivery_id="d-1", act=act, officer="whoever they say they are",
        officer_address=person.address, officer_account=account_of(person), reason="checked", at=NOON,
    )  # fmt: skip
    return replace(instruction, **more)  # type: ignore[arg-type]


def carry_out(transfer: Transfer, instruction: Instruction, *people: Person) -> Transfer:
    known = {account_of(each): each for each in people}
    return review.carry_out(transfer, instruction, SETTINGS, known.get)


def held_again(transfer: Transfer, trouble: str = "") -> Transfer:
    return transfer.with_delivery(transfer.deliveries[0].held(trouble))


def test_a_reviewer_releases_under_the_name_and_roles_that_the_store_has() -> None:
    (release,) = carry_out(a_transfer(D.HELD), filed(ALICE), ALICE).deliveries[0].releases
    assert (release.officer, release.account, release.roles) == ("Alice", "console:p-1", ("dpo",))
    assert not release.approves


@pytest.mark.parametrize(
    "whoever",
    [
        replace(ALICE, state=PersonState.SUSPENDED),
        replace(ALICE, roles=frozenset()),
        replace(
            ALICE, roles=frozenset({Role.SENDER, Role.AUDITOR, Role.MAIL_ADMIN, Role.POLICY_OWNER, Role.USER_ADMIN})
        ),
        replace(ALICE, address="somebody.else@council.example"),
    ],
    ids=["suspended since", "no role any more", "other roles", "another address"],
)
@pytest.mark.parametrize("act", [Act.RELEASE, Act.REFUSE, Act.ASK, Act.REVEAL, Act.RESEND])
def test_who_may_not_decide_now_does_nothing_whatever_was_filed(whoever: Person, act: Act) -> None:
    with pytest.raises(NotPermitted, match="is no officer with this account"):
        carry_out(a_transfer(D.HELD), filed(ALICE, act), whoever)


def test_the_settings_make_nobody_a_person_of_the_console() -> None:
    desk = replace(ALICE, address="desk@council.example")
    with pytest.raises(NotPermitted, match="is no officer"):
        carry_out(a_transfer(D.HELD), filed(desk))


def test_who_is_an_officer_of_the_settings_too_decides_on_nothing_that_their_account_brought_in() -> None:
    desk = replace(ALICE, id="p-9", address="desk+duty@council.example")
    settings = (replace(SETTINGS[0], accounts=("desk", "console:p-1")),)
    transfer = replace(a_transfer(D.HELD), account="desk")
    for act in (Act.RELEASE, Act.REFUSE, Act.ASK, Act.REVEAL):
        with pytest.raises(NotPermitted, match="the account desk brought"):
            review.carry_out(transfer, filed(desk, act), settings, {account_of(desk): desk}.get)


@pytest.mark.parametrize("act", [Act.ANSWER, Act.RECALL, Act.REPLY])
@pytest.mark.parametrize("whoever", [(), (CAROL,), (replace(ALICE, state=PersonState.SUSPENDED),)])
def test_nobody_answers_for_a_sender_by_an_account_of_the_console_that_is_not_theirs(
    act: Act, whoever: tuple[Person, ...]
) -> None:
    transfer = replace(a_transfer(D.HELD), sender=ALICE.address)
    forged = filed(ALICE, act, officer_account=account_of(whoever[0]) if whoever else "console:p-nobody")
    with pytest.raises(NotPermitted, match="nobody of the console"):
        carry_out(transfer, forged, *whoever)


def test_the_second_person_must_be_an_approver() -> None:
    once = held_again(carry_out(a_transfer(D.HELD), filed(ALICE), ALICE))
    with pytest.raises(NotPermitted, match="must be an approver"):
        carry_out(once, filed(CAROL), CAROL)
    twice = carry_out(once, filed(BOB), BOB).deliveries[0]
    assert ([each.officer for each in twice.releases], twice.approvals) == (["Alice", "Bob"], 2)


def test_an_approver_who_is_first_needs_another_approver() -> None:
    once = held_again(carry_out(a_transfer(D.HELD), filed(BOB), BOB))
    for same_or_less in (BOB, ALICE):
        with pytest.raises(NotPermitted):
            carry_out(once, filed(same_or_less), same_or_less)


def test_a_reviewer_who_lets_it_be_tried_again_is_no_second_approval() -> None:
    failed = held_again(carry_out(a_transfer(D.HELD), filed(ALICE), ALICE), "the channel failed")
    again = carry_out(failed, filed(CAROL), CAROL).deliveries[0]
    assert (len(again.releases), again.approvals) == (2, 1)


def test_one_who_is_both_officer_and_person_is_one() -> None:
    both = replace(BOB, address="desk@council.example")
    by_hand = replace(filed(ALICE), officer_address="desk@council.example", officer_account="")
    once = held_again(carry_out(a_transfer(D.HELD), by_hand))
    with pytest.raises(NotPermitted, match="a second person is needed"):
        carry_out(once, filed(both), both)


def test_a_person_decides_nothing_of_their_own() -> None:
    mine = replace(a_transfer(D.HELD), sender="Alice+home@council.example")
    for act in (Act.RELEASE, Act.REFUSE, Act.ASK, Act.REVEAL):
        with pytest.raises(NotPermitted, match="party to"):
            carry_out(mine, filed(ALICE, act), ALICE)


def test_a_release_keeps_what_it_demands_and_takes_no_method_that_is_none() -> None:
    demanding = filed(BOB, method="pgp", redact=True)
    with pytest.raises(NotPermitted, match="cannot be masked: it was not read yet"):
        carry_out(a_transfer(D.HELD), demanding, BOB)
    finding = replace(a_finding(), part="list.csv")
    held = a_transfer(D.HELD, inspection=an_inspection(findings=(finding,)))
    (release,) = carry_out(held, demanding, BOB).deliveries[0].releases
    assert (release.method, release.redact) == ("pgp", True)
    with pytest.raises(NotPermitted, match="no method of sealing"):
        carry_out(a_transfer(D.HELD), filed(BOB, method="rot13"), BOB)
