"""What an officer approves: a certificate for the addresses that they mean, of those that it names."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final

from gateway.errors import NotAccepted
from gateway.protect.keys.addresses import canonical
from gateway.protect.keys.record import KeyRecord

MOST: Final = 50
"""Addresses that are approved at once: they stand in one entry of the ledger."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Approval:
    """What an approval does. `withdrawn` are the keys that were approved for one of these addresses until then."""

    record: KeyRecord
    addresses: tuple[str, ...]
    withdrawn: tuple[KeyRecord, ...] = ()

    @property
    def is_new(self) -> bool:
        """Whether any of it is not approved already."""
        return not set(self.addresses) <= set(self.record.approved_for)


def meant(record: KeyRecord, valid: frozenset[str], given: Collection[str], *, every: bool) -> frozenset[str]:
    """Return the addresses that are meant; `NotAccepted` where that is not clear. `valid` are those it names today."""
    named = valid & set(record.addresses)
    if not named:
        raise NotAccepted("this certificate names no address that could be approved", hint="import it again")
    chosen = frozenset(canonical(each) for each in given)
    for address in given:
        if canonical(address) not in named:
            raise NotAccepted(f"this certificate does not name {address}", hint=f"it names {_listed(named)}")
    if not chosen:
        chosen = named if every or len(named) == 1 else frozenset(record.approved_for) & named
    if not chosen:
        hint = "name with --for those whose owner you spoke with, or take --all-addresses"
        raise NotAccepted(f"this certificate names several addresses: {_listed(named)}", hint=hint)
    if len(chosen) > MOST:
        raise NotAccepted(f"these are {len(chosen)} addresses; {MOST} are approved at once", hint="use --for")
    return chosen


def refuse_rivals(addresses: frozenset[str], rivals: Sequence[KeyRecord]) -> None:
    """Refuse to take an address away from another key that can be used; `NotAccepted`."""
    for other in rivals:
        taken = _listed(addresses & set(other.approved_for))
        raise NotAccepted(
            f"mail for {taken} is sealed to another key already, {other.fingerprint}, approved by {other.approved_by}",
            hint="ask its owner why there is a new one; --instead takes this one, and withdraws that approval",
        )


def _listed(addresses: Collection[str]) -> str:
    return ", ".join(sorted(addresses)[:MOST])
