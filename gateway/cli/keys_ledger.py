"""What the ledger says of recipients' keys: who imported, approved and removed them, and for which addresses."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping

from gateway.model.record import Entry, Event, Officer
from gateway.protect.keys.approvals import MOST
from gateway.protect.keys.record import KeyRecord
from gateway.store.embedded import Store
from gateway.system.clock import MachineClock


def enter(
    store: Store,
    event: Event,
    record: KeyRecord,
    officer: Officer,
    addresses: Collection[str],
    withdrawn: Collection[KeyRecord] = (),
) -> None:
    """Write an entry. A hostile certificate may name more addresses than an entry holds: the rest is counted."""
    facts: dict[str, object] = {
        "kind": str(record.kind),
        "fingerprint": record.fingerprint,
        "addresses": sorted(addresses)[:MOST],
        "named": len(addresses),
        "officer": officer.name,
        "address": officer.address,
        "source": str(record.source),
    }
    if withdrawn:
        facts["instead_of"] = sorted(each.fingerprint for each in withdrawn)[:MOST]
    store.ledger.append([Entry(event=event, at=MachineClock().now(), transfer_id="", facts=facts)])


def approved_in(lines: Iterable[bytes]) -> Mapping[str, frozenset[str]]:
    """Return for which addresses each key was approved since it was imported, as the ledger's entries say."""
    approved: dict[str, frozenset[str]] = {}
    for line in lines:
        entry = json.loads(line)
        if entry["event"] == Event.KEY_REMOVED:
            approved.pop(entry["facts"]["fingerprint"], None)
        elif entry["event"] == Event.KEY_APPROVED:
            fingerprint, addresses = entry["facts"]["fingerprint"], frozenset(entry["facts"]["addresses"])
            approved[fingerprint] = approved.get(fingerprint, frozenset()) | addresses
    return approved
