"""Who meets which obligation. What a delivery owes and nobody here can meet holds it: it never goes without.

protect meets some while it seals (`seal`, `marking`, `redaction`); deliver when it hands over, later where a delay is
owed, so that the sender can still stop it; record when it writes down or tells what happened. The verdict and the
ledger keep every obligation.

Of `retain` that is all: it is recorded, and nothing is kept or destroyed by it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Final

from gateway.model.verdict import OWING, Obligation, Owing, named

PROTECT: Final = "protect"
DELIVER: Final = "deliver"
RECORD: Final = "record"

MET_BY: Final[Mapping[Obligation | Owing, str]] = MappingProxyType(
    {
        Obligation.DISCLOSURE_RECORD: RECORD,
        Obligation.MARK_BODY: PROTECT,  # all three concern mail: files bear a marking of their own or none
        Obligation.MARK_HEADER: PROTECT,
        Obligation.MARK_SUBJECT: PROTECT,
        Obligation.NEUTRAL_SUBJECT: PROTECT,
        Obligation.PASSPHRASE_OTHER_CHANNEL: PROTECT,  # by a key, an agreed passphrase, or the second channel: `choice`
        Obligation.PSEUDONYMISE: PROTECT,
        Obligation.REDACT: PROTECT,
        Obligation.SEAL_AES256: PROTECT,
        Obligation.SEAL_BY_KEY: PROTECT,
        Obligation.STRIP_LABELS: PROTECT,  # of mail as well
        Obligation.TLS_VERIFIED: DELIVER,
        Owing.DELAY: DELIVER,
        Owing.RETAIN: RECORD,  # and no more
        Owing.SEAL_NOT: PROTECT,
        Owing.TELL: RECORD,  # where somebody has the role
    }
)
"""Not here: `Obligation.ASK_REASON`, which is no obligation of what goes."""
WORDS: Final = frozenset(each for each in MET_BY if isinstance(each, Obligation))

MARKS: Final = frozenset({Obligation.MARK_BODY, Obligation.MARK_HEADER, Obligation.MARK_SUBJECT})


def unmet(obligations: Iterable[str], roles: Collection[str]) -> list[str]:
    """Return, sorted, the obligations that nobody in the house meets; `roles` are those that somebody has."""
    return sorted(each for each in obligations if not _is_met(each, roles))


def _is_met(obligation: str, roles: Collection[str]) -> bool:
    for kind, form in OWING.items():
        found = form.fullmatch(obligation)
        if found:
            return kind in MET_BY and (kind is not Owing.TELL or found[1] in roles)
    return obligation in WORDS


def due(obligations: Iterable[str], now: datetime) -> datetime | None:
    """Return when a delivery may go that is sealed now: after the longest delay it owes, None for at once."""
    minutes = [int(each) for each in named(obligations, Owing.DELAY)]
    return now + timedelta(minutes=max(minutes)) if minutes else None
