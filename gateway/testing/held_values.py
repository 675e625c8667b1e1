"""Held deliveries as tests of the console's store make them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from gateway.model.inspection import Gap, GapKind
from gateway.model.record import Entry, Event
from gateway.model.tier import Tier
from gateway.model.transfer import Delivery, Transfer
from gateway.model.verdict import Reason
from gateway.store import Store
from gateway.testing.store_values import NOW, D, accept, make_circumstances, make_transfer, make_verdict
from gateway.testing.values import an_inspection


def hold(  # noqa: PLR0913 - what is to be held, each by its name
    store: Store,
    *,
    at: datetime = NOW,
    about: str = "gaps",
    tier: Tier = Tier.UNMARKED,
    sender: str = "clerk@council.example",
    recipients: int = 1,
    size: int = 1,
    names: Sequence[str] = (),
    within: Sequence[str] = (),
    opened: Sequence[str] = (),
) -> Transfer:
    """Accept a transfer and hold its deliveries at a time, for a rule about a fact.

    `names` are those of its files, `within` those of parts of them that could not be read, `opened` of those that were.
    """
    new = make_transfer(recipients=recipients, received_at=at)
    part = replace(new.parts[0], size=size)
    parts = tuple(replace(part, name=name) for name in names) or (part,)
    gaps = tuple(Gap(part=name, kind=GapKind.ENCRYPTED) for name in within)
    seen = replace(an_inspection(), gaps=gaps, names=tuple(opened)) if within or opened else None
    accepted = accept(store, replace(new, sender=sender, parts=parts, inspection=seen))
    return held_again(store, accepted, at=at, about=about, tier=tier)


def held_again(
    store: Store, transfer: Transfer, *, at: datetime = NOW, about: str = "gaps", tier: Tier = Tier.UNMARKED
) -> Transfer:
    """Hold what is undecided of a transfer, with the entry that says so."""
    reason = Reason(rule=f"hold/{about}", file="rules.yaml", line=1, says=f"It waits for {about}.", about=(about,))

    def held(delivery: Delivery) -> Delivery:
        if delivery.state is not D.UNDECIDED:
            return delivery
        verdict = replace(make_verdict(delivery.recipient), reasons=(reason,), tier=tier)
        known = make_circumstances(transfer, delivery)
        return replace(delivery, state=D.HELD, verdict=verdict, circumstances=known, trouble="")

    after = replace(transfer, deliveries=tuple(map(held, transfer.deliveries)))
    entries = [
        Entry(event=Event.DELIVERY_HELD, at=at, transfer_id=transfer.id, delivery_id=each.id, facts={})
        for each in after.deliveries
        if each.state is D.HELD
    ]
    return store.transfers.commit(transfer, after, entries=entries)
