"""Who is one person: the law of two persons is only as good as this."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gateway.model.record import Instruction
    from gateway.model.transfer import Release


def mailbox(address: str) -> str:
    """Return where an address leads, for telling persons apart: in small letters, without a tag (RFC 5233: `+tag`).

    A domain may end with a dot and is the same.
    """
    local, at, domain = address.casefold().rpartition("@")
    return local.partition("+")[0] + at + domain.removesuffix(".")


def is_party(address: str, *parties: str) -> bool:
    """Say whether an address is the mailbox of one of those whose transfer it is."""
    return mailbox(address) in {mailbox(each) for each in parties}


def released_by(release: Release, instruction: Instruction) -> bool:
    """Say whether a release was the act of who files an instruction: one name, one address or one account."""
    return _is_one(
        (release.officer, instruction.officer),
        (release.address, instruction.officer_address),
        (release.account, instruction.officer_account),
    )


def filed_by_one(one: Instruction, other: Instruction) -> bool:
    """Say whether two instructions are one person's."""
    return _is_one(
        (one.officer, other.officer),
        (one.officer_address, other.officer_address),
        (one.officer_account, other.officer_account),
    )


def _is_one(names: tuple[str, str], addresses: tuple[str, str], accounts: tuple[str, str]) -> bool:
    pairs = (
        (names[0].casefold(), names[1].casefold()),
        (mailbox(addresses[0]), mailbox(addresses[1])),
        (accounts[0].casefold(), accounts[1].casefold()),
    )
    return any(one and one == other for one, other in pairs)
