"""What officers demand of how a delivery goes that they release: more than the rules owe, and never less.

A release is a fact for the rules; what it demands is added to what they say once they let it go, and changes nothing
where they do not.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Final

from gateway.decide.duties import owed
from gateway.decide.evaluate import Judgement
from gateway.model.transfer import Release
from gateway.model.verdict import BY_KEY, Obligation, Outcome, Reason

DEMANDED: Final = Reason(
    rule="house/demanded",
    file="gateway/decide/demands.py",
    line=18,
    says="An officer released it on the condition that it goes so: sealed, or without what was found.",
    welsh="Rhyddhaodd swyddog hyn ar yr amod ei fod yn mynd felly: dan sêl, neu heb yr hyn a ganfuwyd.",
)


def demand(*, method: str, redact: bool) -> frozenset[str]:
    """Return the obligations by which one release demands a seal as strong as `method`'s, and what was found masked.

    What a key of the recipient opens is stronger than what a passphrase does; within either, methods are alike.
    """
    wanted: set[str] = {Obligation.REDACT} if redact else set()
    if method:
        wanted |= {Obligation.SEAL_AES256}
    if method in BY_KEY:
        wanted |= {Obligation.SEAL_BY_KEY}
    return frozenset(wanted)


def demands_of(releases: Iterable[Release]) -> frozenset[str]:
    """Return what all releases of a delivery demand together."""
    return frozenset().union(*(demand(method=each.method, redact=each.redact) for each in releases))


def with_demands(judgement: Judgement, demands: frozenset[str]) -> Judgement:
    """Return a judgement that owes what was demanded as well, where it lets the delivery go."""
    more = owed(demands, judgement.outcome) - judgement.obligations
    if judgement.outcome is not Outcome.DELIVER or not more:
        return judgement
    return replace(judgement, obligations=judgement.obligations | more, reasons=(*judgement.reasons, DEMANDED))
