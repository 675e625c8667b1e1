"""All that a page says of one transfer: what came in, what was found, and what became of each recipient."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from gateway.console.held.found import counts, gaps, title
from gateway.console.held.inside import inside
from gateway.console.held.noticed import notice_row
from gateway.console.held.rules import rules_of
from gateway.console.held.words import DOORS, NETWORKS
from gateway.console.ledger.words import NOBODY, Told, plain, read_entry
from gateway.console.policy.owed import owed
from gateway.console.transfers.standing import may_be_recalled, state_of
from gateway.console.words import mark
from gateway.model.inspection import Marking
from gateway.model.lifecycle import DeliveryState
from gateway.model.record import Event
from gateway.model.transfer import Delivery, Transfer
from gateway.model.verdict import Obligation

if TYPE_CHECKING:
    from gateway.console.words.tongue import Tongue

MOST: Final = 100
"""Deliveries and notices of one transfer that a page shows."""

DISCLOSED: Final[Mapping[str, str]] = {
    "from": mark("From"),
    "received_at": mark("Received"),
    "recipient": mark("To"),
    "partner": mark("Partner"),
    "agreement": mark("Agreement"),
    "purpose": mark("Purpose"),
    "lawful_basis": mark("Lawful basis"),
    "reason": mark("Reason"),
    "consent": mark("Consent"),
    "tier": mark("Effective tier"),
    "entities": mark("What was in it"),
    "people": mark("People in it"),
    "parts": mark("Files"),
    "route": mark("Route"),
    "network": mark("Network"),
    "method": mark("Sealed as"),
    "cipher": mark("Cipher"),
    "channel": mark("Channel"),
    "answer": mark("What the next server said"),
    "rules": mark("Rules that let it go"),
    "policy": mark("Policy"),
    "officers": mark("Released by"),
    "at": mark("Handed over"),
}
"""The members of a record of disclosure, in the order in which people read them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """One recipient's delivery, for a page."""

    delivery: Delivery
    words: str
    colour: str
    network: str
    rules: Sequence[Mapping[str, str]]
    owed: Sequence[str]
    recallable: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferSheet:
    """One transfer, for a page."""

    transfer: Transfer
    tongue: Tongue
    entries: Sequence[Told] = ()
    names: Mapping[str, str] = field(default_factory=dict)

    @property
    def title(self) -> str:
        """What it is called."""
        return title(self.transfer, self.tongue)

    @property
    def door(self) -> str:
        """How it came in."""
        return self.tongue.say(DOORS[self.transfer.origin])

    @property
    def marking(self) -> Marking | None:
        """Its protective marking."""
        return self.transfer.inspection.marking if self.transfer.inspection else None

    @property
    def found(self) -> str:
        """What was found, by kind."""
        return counts(self.transfer.inspection, self.tongue)

    @property
    def gaps(self) -> tuple[tuple[str, str], ...]:
        """What was not read, and why."""
        return gaps(self.transfer.inspection, self.tongue)

    @property
    def inside(self) -> tuple[Sequence[str], str]:
        """What was opened in its files, and how much of that is not listed."""
        return inside(self.transfer.inspection, self.tongue)

    @property
    def shares(self) -> Sequence[Share]:
        """What became of each recipient."""
        return [self._share(each) for each in self.transfer.deliveries[:MOST]]

    @property
    def more(self) -> int:
        """How many deliveries are not shown."""
        return max(0, len(self.transfer.deliveries) - MOST)

    @property
    def notices(self) -> Sequence[Mapping[str, Any]]:
        """What was told to whom, newest first."""
        return [notice_row(each, self.tongue) for each in reversed(self.transfer.notices[-MOST:])]

    @property
    def history(self) -> Sequence[Mapping[str, Any]]:
        """What happened, as a timeline takes it."""
        return [{"title": "", "text": each.words(self.tongue, self.names), "at": each.at} for each in self.entries]

    @property
    def disclosures(self) -> Sequence[Sequence[tuple[str, str]]]:
        """The records of disclosure, as rows of a summary."""
        found = (each for each in self.entries if each.event == Event.DISCLOSURE_RECORDED)
        return [
            [
                (self.tongue.say(words), plain(each.facts[name]))
                for name, words in DISCLOSED.items()
                if each.facts.get(name)
            ]
            for each in found
        ]

    @property
    def asks_reason(self) -> bool:
        """Whether something waits for the sender to say why it is sent."""
        return not self.transfer.reason and any(
            each.state is DeliveryState.HELD and each.verdict and Obligation.ASK_REASON in each.verdict.obligations
            for each in self.transfer.deliveries
        )

    def _share(self, delivery: Delivery) -> Share:
        words, colour = state_of(delivery)
        verdict = delivery.verdict
        return Share(
            delivery=delivery,
            words=self.tongue.say(words),
            colour=colour,
            network=self.tongue.say(NETWORKS[verdict.network]) if verdict else "",
            rules=rules_of(verdict, self.tongue) if verdict else [],
            owed=owed(verdict.obligations) if verdict else [],
            recallable=may_be_recalled(delivery),
        )


def sheet_of(
    transfer: Transfer,
    tongue: Tongue,
    entries: Sequence[tuple[int, bytes]] = (),
    names: Mapping[str, str] = NOBODY,
) -> TransferSheet:
    """Return a transfer for a page, with its entries of the ledger, and people's names by their ids."""
    read = [read_entry(*each) for each in entries]
    return TransferSheet(transfer=transfer, tongue=tongue, entries=read, names=names)
