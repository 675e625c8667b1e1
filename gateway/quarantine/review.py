"""An officer's instruction, carried out by the daemon.

The rules here are checked again when an instruction is carried out, not only when it is filed: whoever can file
instructions cannot release their own transfer, nor be two persons, nor an officer whom neither the settings nor the
people of the console name.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Final, TypeAlias

from gateway.errors import NotFound, NotPermitted
from gateway.model.lifecycle import DeliveryState
from gateway.model.one_person import mailbox, released_by
from gateway.model.person import Person
from gateway.model.record import CONSOLE, OWNER, RECALLED, Act, Instruction, Officer
from gateway.model.transfer import Delivery, Release, Transfer
from gateway.model.verdict import METHODS, Obligation
from gateway.quarantine.asking import asked, replied
from gateway.quarantine.party import check_reason, held_delivery, is_the_senders, refuse_own_accounts, refuse_party
from gateway.quarantine.people import People, nobody, officer_of
from gateway.quarantine.redacting import why_not
from gateway.quarantine.resending import told_again
from gateway.quarantine.revealing import check_read, check_reveal

__all__ = ["carry_out", "check", "check_answer", "check_recall", "earlier", "mailbox", "refuse_party"]


def check(transfer: Transfer, instruction: Instruction, *, approves: bool = True) -> Delivery:
    """Return the held delivery that a release or refusal is about.

    Raises `NotFound` when it is not held, `NotPermitted` when the officer is the sender or the recipient, when their
    account brought the transfer in, when they released it before and the rules still hold it, when a second person is
    needed who `approves`, when the method is none of ours or what was found cannot be masked, or when the reason is
    missing or too long.
    """
    delivery = held_delivery(transfer, instruction)
    refuse_party(transfer, delivery, address=instruction.officer_address, account=instruction.officer_account)
    if instruction.act is Act.RELEASE and not delivery.trouble:
        if earlier(delivery, instruction):
            raise NotPermitted(
                f"{instruction.officer} released it for {delivery.recipient} before: a second person is needed",
                hint="ask another officer",
            )
        if delivery.releases and not approves:
            raise NotPermitted(
                f"it was released for {delivery.recipient} before: the second person must be an approver",
                hint="ask an approver",
            )
    if instruction.method and instruction.method not in METHODS:
        raise NotPermitted(f"'{instruction.method}' is no method of sealing", hint=f"one of {', '.join(METHODS)}")
    if instruction.redact and (why := why_not(transfer)):
        raise NotPermitted(f"what was found cannot be masked: {why}", hint="release it as it is, or refuse it")
    check_reason(instruction)
    return delivery


def earlier(delivery: Delivery, instruction: Instruction) -> tuple[Release, ...]:
    """Return the releases of the delivery that were the same person's: one name, one address or one account."""
    return tuple(release for release in delivery.releases if released_by(release, instruction))


def check_recall(transfer: Transfer, instruction: Instruction) -> Delivery:
    """Return the sealed delivery that its sender wants back, before anybody tried to hand it over.

    Raises `NotFound` when it is not waiting to go, `NotPermitted` when it is somebody else's: neither the sender's
    address nor the account that brought it in, or when the reason is missing or too long.
    """
    delivery = next((each for each in transfer.deliveries if each.id == instruction.delivery_id), None)
    if delivery is None or delivery.state is not DeliveryState.SEALED or delivery.attempts:
        raise NotFound(
            f"delivery {instruction.delivery_id} of {transfer.id} is not waiting to go",
            hint="what was handed over, or is being handed over, cannot be stopped; ask the recipient to delete it",
        )
    if not is_the_senders(transfer, instruction):
        raise NotPermitted(f"{transfer.id} is not yours", hint="only who sent it can recall it")
    check_reason(instruction)
    return delivery


def check_answer(transfer: Transfer, instruction: Instruction) -> tuple[Delivery, ...]:
    """Return the held deliveries that wait for a reason, which their sender now gives. Once for a transfer.

    Raises `NotFound` when none waits for one or it was given, `NotPermitted` when it is not the sender who answers, or
    when the reason is missing or too long.
    """
    if not transfer.sender or instruction.officer_address.casefold() != transfer.sender.casefold():
        raise NotPermitted(f"{transfer.id} is not yours", hint="only who sent it can say why")
    asked = tuple(
        each
        for each in transfer.deliveries
        if each.state is DeliveryState.HELD and not each.trouble and each.verdict
        if Obligation.ASK_REASON in each.verdict.obligations
    )
    if transfer.reason or not asked:
        raise NotFound(f"nothing of {transfer.id} waits for a reason", hint="it was given before, or it is decided")
    check_reason(instruction)
    return asked


def _answered(transfer: Transfer, instruction: Instruction) -> Transfer:
    """Return the transfer with its reason, and what waited for one to be decided again: a fact, and no release."""
    after = replace(transfer, reason=instruction.reason)
    for each in check_answer(transfer, instruction):
        again = replace(each, state=DeliveryState.UNDECIDED, due=None, told=None, roles_told=frozenset())
        after = after.with_delivery(again)
    return after


def _as_named(instruction: Instruction, officers: Sequence[Officer], people: People) -> tuple[Instruction, Officer]:
    """Return an instruction with its officer as we know them, and them; `NotPermitted` when it is nobody of ours."""
    account = instruction.officer_account or OWNER
    known: Iterable[Officer | None] = (officer for officer in officers if account in officer.accounts)
    if account.startswith(CONSOLE):
        known = (officer_of(person) for person in _signed_in(account, people))
    for officer in known:
        if officer and officer.address.casefold() == instruction.officer_address.casefold():
            named = replace(
                instruction, officer=officer.name, officer_address=officer.address, officer_roles=officer.roles
            )
            return named, officer
    raise NotPermitted(
        f"{instruction.officer_address or 'nobody'} is no officer with this account",
        hint="list them under 'officers' in the configuration, or give them a role in the console; then file it again",
    )


def _signed_in(account: str, people: People) -> tuple[Person, ...]:
    """Return who may sign in to the console and has an account."""
    person = people(account)
    return (person,) if person and person.may_sign_in else ()


def _check_sender(instruction: Instruction, people: People) -> None:
    """Refuse what comes by the console under an address that is not that person's; `NotPermitted`."""
    account, address = instruction.officer_account, instruction.officer_address.casefold()
    if account.startswith(CONSOLE) and address not in {each.address.casefold() for each in _signed_in(account, people)}:
        raise NotPermitted(f"{instruction.officer_address or 'nobody'} is nobody of the console with this account")


def carry_out(
    transfer: Transfer, instruction: Instruction, officers: Sequence[Officer], people: People = nobody
) -> Transfer:
    """Return the transfer with the delivery released (decided again), refused or recalled; raises as the checks.

    `officers` are those of the settings and `people` knows those of the console: whoever releases or refuses must be
    one of them, by address and account, and has the name and the roles that stand there. Each person counts once:
    whoever lets it be tried again after a trouble, as when a channel failed, renews their release. After a release
    everybody is told what comes of it, but not once more that the rules hold it. An answer of the sender has it decided
    again too, as it would have been with that reason from the start. What asks or reveals something moves no delivery.
    """
    if own := OWN_ACTS.get(instruction.act):
        _check_sender(instruction, people)
        return own(transfer, instruction)
    instruction, officer = _as_named(instruction, officers, people)
    refuse_own_accounts(transfer, officer.address, officers)
    if beside := BESIDE.get(instruction.act):
        return beside(transfer, instruction)
    return _decided(transfer, instruction, officer)


def _recalled(transfer: Transfer, instruction: Instruction) -> Transfer:
    delivery = check_recall(transfer, instruction)
    act = _act(instruction, approves=False)
    return transfer.with_delivery(
        replace(delivery, state=DeliveryState.REFUSED, refusal=act, trouble=RECALLED, sealed=None, due=None, told=None)
    )


def _act(instruction: Instruction, *, approves: bool) -> Release:
    return Release(
        officer=instruction.officer,
        reason=instruction.reason,
        at=instruction.at,
        roles=instruction.officer_roles,
        address=instruction.officer_address,
        account=instruction.officer_account,
        approves=approves,
        method=instruction.method,
        redact=instruction.redact,
    )


def _decided(transfer: Transfer, instruction: Instruction, officer: Officer) -> Transfer:
    """Return the transfer with a delivery released or refused."""
    delivery = check(transfer, instruction, approves=officer.approves)
    act = _act(instruction, approves=officer.approves)
    if instruction.act is Act.REFUSE:
        trouble = f"a security officer refused it: {instruction.reason}"
        return transfer.with_delivery(replace(delivery, state=DeliveryState.REFUSED, refusal=act, trouble=trouble))
    renewed = earlier(delivery, instruction)
    return transfer.with_delivery(
        replace(
            delivery,
            state=DeliveryState.UNDECIDED,
            releases=(*(release for release in delivery.releases if release not in renewed), act),
            sealed=None,
            trouble="",
            due=None,
            told=None if delivery.trouble else delivery.told,
            roles_told=frozenset() if delivery.trouble else delivery.roles_told,
        )
    )


def _revealed(transfer: Transfer, instruction: Instruction) -> Transfer:
    check_reveal(transfer, instruction)
    return transfer


def _read(transfer: Transfer, instruction: Instruction) -> Transfer:
    check_read(transfer, instruction)
    return transfer


CarryOut: TypeAlias = Callable[[Transfer, Instruction], Transfer]
OWN_ACTS: Final[Mapping[Act, CarryOut]] = {Act.ANSWER: _answered, Act.RECALL: _recalled, Act.REPLY: replied}
"""What senders do themselves."""
BESIDE: Final[Mapping[Act, CarryOut]] = {
    Act.ASK: asked,
    Act.READ: _read,
    Act.RESEND: told_again,
    Act.REVEAL: _revealed,
}
"""What officers do that decides nothing."""
