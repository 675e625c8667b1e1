"""What officers with a role are told where a rule wants it: who, to whom, what came of it and why, in codes and counts.

No content, no subject, no file name, and nobody's free words: whoever has a role need not be cleared for the content.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from gateway.model.lifecycle import DeliveryState
from gateway.model.transfer import Delivery, Transfer
from gateway.model.verdict import Owing, named
from gateway.record.letter import found, letter

D = DeliveryState
HAPPENED: Final = {
    D.DELIVERED: "was delivered",
    D.HELD: "is held until an officer has looked at it",
    D.REFUSED: "was refused and will not go",
    D.UNDELIVERABLE: "could not be delivered",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class RoleTold:
    """One notice to one officer. `mark` is what a delivery keeps of it, so that it is told once: `STATE:ROLE`."""

    about: str
    to: str
    deliveries: tuple[str, ...]
    mark: str
    subject: str
    text: str


def roles_due(transfer: Transfer, *, roles: Mapping[str, tuple[str, ...]], help_contact: str) -> Iterator[RoleTold]:
    """Yield what officers must be told now; `roles` gives the addresses of those who have a role."""
    for state, happened in HAPPENED.items():
        here = [delivery for delivery in transfer.deliveries if delivery.state is state and delivery.verdict]
        for role in sorted({role for delivery in here for role in _owed(delivery)} & roles.keys()):
            mark = f"{state}:{role}"
            group = [each for each in here if role in _owed(each) and mark not in each.roles_told]
            for address in roles[role] if group else ():
                yield RoleTold(
                    about=f"tell:{role}",
                    to=address,
                    deliveries=tuple(each.id for each in group),
                    mark=mark,
                    subject=f"To the {role}: a transfer {happened} ({transfer.id})",
                    text=_text(transfer, group, role, happened, help_contact),
                )


def _owed(delivery: Delivery) -> tuple[str, ...]:
    return named(delivery.verdict.obligations, Owing.TELL) if delivery.verdict else ()


def _text(transfer: Transfer, deliveries: Sequence[Delivery], role: str, happened: str, help_contact: str) -> str:
    to = ", ".join(delivery.recipient for delivery in deliveries)
    reasons = [
        f"  - {reason.says} (rule {reason.rule})"
        for delivery in deliveries
        if delivery.verdict
        for reason in delivery.verdict.reasons
    ]
    seen = found(transfer)
    people = transfer.inspection.people if transfer.inspection else None
    counted = [f"  - {seen}"] if seen else []
    counted += [f"  - distinct people: {people}"] if people else []
    is_held = any(delivery.state is D.HELD for delivery in deliveries)
    look = f"'gateway {'held' if is_held else 'transfers'} show {transfer.id}' shows more"
    paragraphs = [
        f"What happened: a transfer from {transfer.sender or 'a machine'} to {to} {happened}.",
        "\n".join(["Why:", *dict.fromkeys(reasons), *counted]),
        f"Why you are told: you have the role '{role}', and the rules want it to be told.",
        f"What you can do: {look}.",
    ]
    return letter(paragraphs, transfer, help_contact)
