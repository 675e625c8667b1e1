"""siem: ledger entries in the words of those who watch many systems: RFC 5424, CEF, ECS and OCSF.

In      a committed entry of the ledger, and its number
Out     one message for a collector, in the format that it reads
Laws    what is in the entry and nothing else, so never content; text from outside cannot end a field or a message
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum, StrEnum
from ipaddress import ip_address
from typing import Final, TypeAlias

from gateway.model.record import Event

CONTROL: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")


class Family(StrEnum):
    """What kind of thing happened, as collectors sort them."""

    DECISION = "decision"  # held, released, refused, cleared
    DELIVERY = "delivery"  # sealed, handed over, late, failed
    SIGN_IN = "sign-in"
    ACT = "act"  # what somebody did to people, keys, policy, or asked to see
    OTHER = "other"


class Severity(IntEnum):
    """How much it matters, as syslog counts: lower is worse (RFC 5424 section 6.2.1)."""

    WARNING = 4
    NOTICE = 5
    INFORMATIONAL = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Sort:
    """What an event is to a collector. `is_good` is None where it is neither success nor failure."""

    family: Family
    says: str
    severity: Severity = Severity.INFORMATIONAL
    is_good: bool | None = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One entry on its way to a collector: `number` in the ledger, `host` and `version` of this gateway."""

    number: int
    event: Event
    at: datetime
    transfer: str
    delivery: str
    facts: Mapping[str, object]
    host: str
    version: str

    @property
    def sort(self) -> Sort:
        """What it is to a collector."""
        return SORTS.get(self.event, OTHER)

    def fact(self, name: str) -> str:
        """Return a fact as text on one line, empty where there is none."""
        value = self.facts.get(name)
        if value is None:
            return ""
        if isinstance(value, bool):
            return str(value).lower()
        return one_line(", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value))

    @property
    def who(self) -> str:
        """Who did it: an officer, a person of the console, or a sender; empty where nobody is known."""
        return next((self.fact(name) for name in ("officer", "by", "person", "sender") if self.fact(name)), "")

    @property
    def whom(self) -> str:
        """Whose account it is about, where it is about one."""
        return self.fact("person")

    @property
    def network_address(self) -> str:
        """From where it was done, empty where that is not known."""
        try:
            return str(ip_address(self.fact("from")))
        except ValueError:
            return ""


Format: TypeAlias = Callable[[Line], bytes]
"""Makes the message for one entry, without what a transport puts around it."""

DETAILS: Final = (
    *("act", "filed_by", "to", "why", "state", "roles", "holds", "before", "reset", "password", "added", "removed"),
    *("sign_in", "ways", "session", "token", "scopes", "until", "list", "kind", "entity", "destination", "key"),
    *("fingerprint", "addresses", "partner", "account", "tier", "outcome"),
)
"""The facts that say what somebody did, or was decided: codes, names and addresses, nothing that anybody wrote."""

GOOD: Final = Severity.INFORMATIONAL
OTHER: Final = Sort(family=Family.OTHER, says="something was recorded")
SORTS: Final[Mapping[Event, Sort]] = {
    Event.DELIVERY_CLEARED: Sort(family=Family.DECISION, says="a delivery was cleared by the policy"),
    Event.DELIVERY_HELD: Sort(
        family=Family.DECISION, says="a delivery was held", severity=Severity.WARNING, is_good=False
    ),
    Event.DELIVERY_RELEASED: Sort(
        family=Family.DECISION, says="an officer released a delivery to be decided again", severity=Severity.NOTICE
    ),
    Event.DELIVERY_REFUSED: Sort(
        family=Family.DECISION, says="a delivery was refused", severity=Severity.WARNING, is_good=False
    ),
    Event.DELIVERY_UNPROVED: Sort(
        family=Family.DECISION,
        says="a route could not prove its TLS; the delivery is decided again",
        severity=Severity.WARNING,
        is_good=False,
    ),
    Event.DELIVERY_SEALED: Sort(family=Family.DELIVERY, says="a delivery was sealed and verified"),
    Event.DELIVERY_ATTEMPTED: Sort(family=Family.DELIVERY, says="a hand-over began", is_good=None),
    Event.DELIVERY_DEFERRED: Sort(family=Family.DELIVERY, says="a delivery is tried again later", is_good=None),
    Event.DELIVERY_DELIVERED: Sort(family=Family.DELIVERY, says="a delivery was handed over"),
    Event.DELIVERY_FAILED: Sort(
        family=Family.DELIVERY, says="a delivery failed for good", severity=Severity.WARNING, is_good=False
    ),
    Event.PERSON_SIGNED_IN: Sort(family=Family.SIGN_IN, says="somebody signed in to the console"),
    Event.PERSON_REFUSED: Sort(
        family=Family.SIGN_IN, says="a sign-in to the console was refused", severity=Severity.WARNING, is_good=False
    ),
    Event.SESSION_REVOKED: Sort(family=Family.SIGN_IN, says="a session was ended", is_good=None),
    Event.PERSON_RECOVERED: Sort(
        family=Family.SIGN_IN, says="the emergency account was opened from the host", severity=Severity.WARNING
    ),
    Event.DELIVERY_ASSIGNED: Sort(family=Family.ACT, says="an officer took on what is held", is_good=None),
    Event.DELIVERY_ESCALATED: Sort(family=Family.ACT, says="a role was asked to look at what is held", is_good=None),
    Event.PERSON_ADDED: Sort(family=Family.ACT, says="a person was added", severity=Severity.NOTICE),
    Event.PERSON_CHANGED: Sort(family=Family.ACT, says="a person was changed", severity=Severity.NOTICE),
    Event.TOKEN_ISSUED: Sort(family=Family.ACT, says="a token of the API was issued", severity=Severity.NOTICE),
    Event.TOKEN_REVOKED: Sort(family=Family.ACT, says="a token of the API was revoked"),
    Event.LIST_EXPORTED: Sort(family=Family.ACT, says="a list was taken away as a file", severity=Severity.NOTICE),
    Event.PASSAGES_READ: Sort(family=Family.ACT, says="an officer read the words around what was found"),
    Event.VALUE_REVEALED: Sort(family=Family.ACT, says="an officer saw a value", severity=Severity.NOTICE),
    Event.INSTRUCTION_REFUSED: Sort(
        family=Family.ACT, says="an instruction was not carried out", severity=Severity.WARNING, is_good=False
    ),
    Event.INSTRUCTION_STOPPED: Sort(family=Family.ACT, says="a release was stopped", severity=Severity.NOTICE),
    Event.POLICY_LOADED: Sort(family=Family.ACT, says="another policy is in force", severity=Severity.NOTICE),
    Event.KEY_APPROVED: Sort(family=Family.ACT, says="a recipient's key was approved", severity=Severity.NOTICE),
    Event.KEY_IMPORTED: Sort(family=Family.ACT, says="a recipient's key was imported"),
    Event.KEY_REMOVED: Sort(family=Family.ACT, says="a recipient's key was removed"),
    Event.PASSPHRASE_AGREED: Sort(family=Family.ACT, says="a passphrase was agreed", severity=Severity.NOTICE),
    Event.PASSPHRASE_REMOVED: Sort(family=Family.ACT, says="an agreed passphrase was destroyed"),
    Event.PASSPHRASE_SHOWN: Sort(family=Family.ACT, says="an officer took a passphrase out", severity=Severity.NOTICE),
    Event.DESTINATION_HELD: Sort(family=Family.ACT, says="a destination was held", severity=Severity.NOTICE),
    Event.DESTINATION_RESUMED: Sort(family=Family.ACT, says="a destination was resumed"),
    Event.VAULT_ROTATED: Sort(family=Family.ACT, says="another master key is in use", severity=Severity.NOTICE),
}
"""What is told by default: decisions, deliveries, sign-ins and acts. All other events are of the family `other`."""


def one_line(text: str) -> str:
    """Return text that no reader of lines takes for two, and that is UTF-8: what is not becomes a space."""
    return CONTROL.sub(" ", text)
