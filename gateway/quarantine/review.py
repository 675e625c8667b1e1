"""An officer's instruction, carried out by the daemon.

The rules here are checked again when an instruction is carried out, not only when it is filed: whoever can write to
the database still cannot release their own transfer, nor be two persons, nor an officer whom the settings do not name.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from gateway.errors import NotFound, NotPermitted
from gateway.model.lifecycle import DeliveryState
from gateway.model.record import OWNER, RECALLED, Act, Instruction, Officer
from gateway.model.transfer import Delivery, Release, Transfer
from gateway.model.verdict import Obligation

LONGEST_REASON: Final = 1_000  # characters: it goes into the ledger, whose entries are bounded


def check(transfer: Transfer, instruction: Instruction) -> Delivery:
    """Return the held delivery that the instruction is about.

    Raises `NotFound` when it is not held, `NotPermitted` when the officer is the sender or the recipient, when their
    account brought the transfer in, when they released it before and the rules still hold it, or when the reason is
    missing or too long.
    """
    delivery = next((each for each in transfer.deliveries if each.id == instruction.delivery_id), None)
    if delivery is None or delivery.state is not DeliveryState.HELD:
        raise NotFound(
            f"delivery {instruction.delivery_id} of {transfer.id} is not held",
            hint="see 'gateway held list' for what is waiting",
        )
    refuse_party(transfer, delivery, address=instruction.officer_address, account=instruction.officer_account)
    if instruction.act is Act.RELEASE and not delivery.trouble and earlier(delivery, instruction):
        raise NotPermitted(
            f"{instruction.officer} released it for {delivery.recipient} before: a second person is needed",
            hint="ask another officer",
        )
    _check_reason(instruction)
    return delivery


def refuse_party(transfer: Transfer, delivery: Delivery, *, address: str, account: str) -> None:
    """Refuse an officer who is the sender or the recipient, or whose account brought the transfer in; `NotPermitted`.

    `account` is empty where it does not tell whose act it is.
    """
    hint = "nobody decides on their own transfer: ask another officer"
    if mailbox(address) in {mailbox(transfer.sender), mailbox(delivery.recipient)}:
        raise NotPermitted(f"{address} is party to {transfer.id}", hint=hint)
    if account and account == transfer.account:
        raise NotPermitted(f"the account {account} brought {transfer.id} in", hint=hint)


def mailbox(address: str) -> str:
    """Return where an address leads, for telling persons apart: in small letters, without a tag (RFC 5233: `+tag`).

    A domain may end with a dot and is the same.
    """
    local, at, domain = address.casefold().rpartition("@")
    return local.partition("+")[0] + at + domain.removesuffix(".")


def _check_reason(instruction: Instruction) -> None:
    if not instruction.reason.strip():
        raise NotPermitted("a decision needs a reason", hint="say why with --reason")
    if len(instruction.reason) > LONGEST_REASON:
        raise NotPermitted(f"the reason is longer than {LONGEST_REASON} characters", hint="say it shorter")


def earlier(delivery: Delivery, instruction: Instruction) -> tuple[Release, ...]:
    """Return the releases of the delivery that were the same person's: one name, one address or one account."""
    return tuple(release for release in delivery.releases if _is_one_person(release, instruction))


def _is_one_person(release: Release, instruction: Instruction) -> bool:
    pairs = (
        (release.officer.casefold(), instruction.officer.casefold()),
        (mailbox(release.address), mailbox(instruction.officer_address)),
        (release.account.casefold(), instruction.officer_account.casefold()),
    )
    return any(one and one == other for one, other in pairs)


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
    is_address = bool(transfer.sender) and instruction.officer_address.casefold() == transfer.sender.casefold()
    is_account = bool(transfer.account) and instruction.officer_account == transfer.account
    if not is_address and not is_account:
        raise NotPermitted(f"{transfer.id} is not yours", hint="only who sent it can recall it")
    _check_reason(instruction)
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
    _check_reason(instruction)
    return asked


def _answered(transfer: Transfer, instruction: Instruction) -> Transfer:
    """Return the transfer with its reason, and what waited for one to be decided again: a fact, and no release."""
    after = replace(transfer, reason=instruction.reason)
    for each in check_answer(transfer, instruction):
        again = replace(each, state=DeliveryState.UNDECIDED, due=None, told=None, roles_told=frozenset())
        after = after.with_delivery(again)
    return after


def _as_named(instruction: Instruction, officers: Sequence[Officer]) -> Instruction:
    """Return an instruction with its officer as the settings name them; `NotPermitted` when it is none of them."""
    address, account = instruction.officer_address.casefold(), instruction.officer_account or OWNER
    for officer in officers:
        if officer.address.casefold() == address and account in officer.accounts:
            return replace(
                instruction, officer=officer.name, officer_address=officer.address, officer_roles=officer.roles
            )
    raise NotPermitted(
        f"{instruction.officer_address or 'nobody'} is no officer with this account",
        hint="list them under 'officers' in the configuration, then file it again",
    )


def carry_out(transfer: Transfer, instruction: Instruction, officers: Sequence[Officer]) -> Transfer:
    """Return the transfer with the delivery released (decided again), refused or recalled; raises as the checks.

    `officers` are those of the settings: whoever releases or refuses must be one of them, by address and account, and
    has the name and the roles that stand there. Each person counts once: whoever lets it be tried again after a
    trouble, as when a channel failed, renews their release. After a release everybody is told again what comes of it.
    An answer of the sender has it decided again too, as it would have been with that reason from the start.
    """
    if instruction.act is Act.ANSWER:
        return _answered(transfer, instruction)
    if instruction.act is Act.RECALL:
        delivery = check_recall(transfer, instruction)
    else:
        instruction = _as_named(instruction, officers)
        delivery = check(transfer, instruction)
    act = Release(
        officer=instruction.officer,
        reason=instruction.reason,
        at=instruction.at,
        roles=instruction.officer_roles,
        address=instruction.officer_address,
        account=instruction.officer_account,
    )
    if instruction.act is Act.RELEASE:
        renewed = earlier(delivery, instruction)
        after = replace(
            delivery,
            state=DeliveryState.UNDECIDED,
            releases=(*(release for release in delivery.releases if release not in renewed), act),
            sealed=None,
            trouble="",
            due=None,
            told=None,
            roles_told=frozenset(),
        )
    elif instruction.act is Act.RECALL:
        after = replace(
            delivery, state=DeliveryState.REFUSED, refusal=act, trouble=RECALLED, sealed=None, due=None, told=None
        )
    else:
        trouble = f"a security officer refused it: {instruction.reason}"
        after = replace(delivery, state=DeliveryState.REFUSED, refusal=act, trouble=trouble)
    return transfer.with_delivery(after)
