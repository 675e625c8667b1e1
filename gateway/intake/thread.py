"""Which of our own messages a mail refers to (RFC 5322 section 3.6.4), and whether one of those was protected.

What the gateway writes itself bears the Message-ID `<transfer.delivery@domain>` (`protect.seal`). Mail that passes
through it, by a route that protects it, keeps the id that it came with: that one is not remembered, so a reply to it is
not known by this. Whoever forges a reference only adds protection to their own mail.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Final, TypeAlias

from gateway.errors import NotFound
from gateway.intake.trace import head
from gateway.model.tier import Tier
from gateway.model.transfer import Delivery, Transfer
from gateway.model.verdict import Obligation

MOST: Final = 20  # messages of ours that are looked up for one mail
FIELD: Final = re.compile(rb"^(?:In-Reply-To|References)[ \t]*:((?:[^\r]|\r\n[ \t])*)", re.IGNORECASE | re.MULTILINE)
OURS: Final = re.compile(rb"<(t-[0-9a-z-]{1,40})\.(d-[0-9a-z-]{1,40})@")
SAFE: Final = frozenset({Obligation.SEAL_AES256, Obligation.TLS_VERIFIED})

Reference: TypeAlias = tuple[str, str]
"""(id of a transfer, id of one of its deliveries)"""


def references(content: bytes) -> tuple[Reference, ...]:
    """Return which deliveries of ours a message refers to, the last ones named where there are many."""
    ids = [found for field in FIELD.findall(head(content)) for found in OURS.findall(field)]
    last = list(dict.fromkeys(reversed(ids)))[:MOST]
    return tuple((transfer.decode("ascii"), delivery.decode("ascii")) for transfer, delivery in last)


def is_protected(refers_to: Iterable[Reference], get: Callable[[str], Transfer]) -> bool:
    """Say whether one of the deliveries was protected; `get` finds a transfer by its id or raises `NotFound`."""
    return any(_was_protected(reference, get) for reference in refers_to)


def _was_protected(reference: Reference, get: Callable[[str], Transfer]) -> bool:
    transfer_id, delivery_id = reference
    try:
        transfer = get(transfer_id)
    except NotFound:
        return False
    return any(_is_safe(each) for each in transfer.deliveries if each.id == delivery_id)


def _is_safe(delivery: Delivery) -> bool:
    verdict = delivery.verdict
    return verdict is not None and (verdict.tier >= Tier.PROTECT or bool(verdict.obligations & SAFE))
