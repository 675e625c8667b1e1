"""Which messages a mail refers to (RFC 5322 section 3.6.4), and whether one of those was protected.

What the gateway writes itself bears the Message-ID `<transfer.delivery@domain>` (`protect.seal`), which names one
delivery. Mail that passes through keeps the id that it came with, and the store remembers its digest: that names every
transfer that came with it, because clients send the same mail in several transactions. Whoever forges a reference only
adds protection to their own mail. What Outlook puts into Thread-Index is not read: it names a conversation of one
mailbox, and its replies carry References as well.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Final

from gateway.errors import NotFound
from gateway.intake.header import values
from gateway.model.tier import Tier
from gateway.model.transfer import Delivery
from gateway.model.verdict import Obligation
from gateway.store import Transfers

MOST: Final = 20  # messages that are looked up for one mail
MOST_TRANSFERS: Final = 100  # read for them: the same id may have come many times
BRACKETED: Final = re.compile(rb"<([^<>]{1,998})>")
OURS: Final = re.compile(r"(t-[0-9a-z-]{1,40})\.(d-[0-9a-z-]{1,40})@[^@]*")
SAFE: Final = frozenset({Obligation.SEAL_AES256, Obligation.SEAL_BY_KEY, Obligation.TLS_VERIFIED})


def references(content: bytes) -> tuple[str, ...]:
    """Return the ids of the messages that one refers to, as `normalised`, the last ones named where there are many."""
    ids = [each for field in values(content, b"in-reply-to", b"references") for each in _ids(field)]
    return tuple(list(dict.fromkeys(reversed(ids)))[:MOST])


def own_digest(content: bytes) -> str:
    """Return the SHA-256 of a message's own id in hexadecimal, empty where it has none."""
    ids = _ids(next(iter(values(content, b"message-id")), b""))
    return digest(ids[0]) if ids else ""


def digest(message_id: str) -> str:
    """Return how the store knows a message's id, which is `normalised`."""
    return hashlib.sha256(message_id.encode("utf-8")).hexdigest()


def normalised(untrusted: bytes) -> str:
    """Return a message's id without brackets and blanks, in small letters: programs fold it and change its case."""
    return "".join(untrusted.decode("utf-8", "replace").split()).lower()


def is_protected(refers_to: Iterable[str], transfers: Transfers) -> bool:
    """Say whether one of the messages was protected for one of its recipients, as far as it was decided on."""
    return any(map(_is_safe, _deliveries(refers_to, transfers)))


def _deliveries(refers_to: Iterable[str], transfers: Transfers) -> Iterator[Delivery]:
    """Yield the deliveries that the messages were."""
    for transfer_id, only in islice(_known(refers_to, transfers), MOST_TRANSFERS):
        try:
            transfer = transfers.get(transfer_id)
        except NotFound:
            continue
        yield from (each for each in transfer.deliveries if only in {"", each.id})


def _known(refers_to: Iterable[str], transfers: Transfers) -> Iterator[tuple[str, str]]:
    """Yield the transfers that the messages came as, each with the delivery that is meant, or none for all of them."""
    for message_id in refers_to:
        ours = OURS.fullmatch(message_id)
        if ours:
            yield ours[1], ours[2]
        else:
            yield from ((each, "") for each in transfers.with_message_id(digest(message_id)))


def _is_safe(delivery: Delivery) -> bool:
    verdict = delivery.verdict
    return verdict is not None and (verdict.tier >= Tier.PROTECT or bool(verdict.obligations & SAFE))


def _ids(field: bytes) -> list[str]:
    """Return the ids in a field. Where none stands in brackets, every word with an @ is one: some programs write so."""
    found = BRACKETED.findall(field) or [word for word in field.split() if b"@" in word]
    return [each for each in map(normalised, found) if each]
