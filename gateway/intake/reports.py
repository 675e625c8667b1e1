"""What a client said of the reports it wants (RFC 3461 section 4): kept as far as it is understood, else not at all.

The door refuses what is malformed. What comes here all the same is no reason to refuse mail: it is left out, and the
sender is told as if nothing had been said.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from gateway.intake import Arrival
from gateway.intake.address import normalised
from gateway.model.transfer import Delivery
from gateway.system import ids

WHEN: Final = frozenset({"SUCCESS", "FAILURE", "DELAY"})
NEVER: Final = frozenset({"NEVER"})
RETURNED: Final = frozenset({"FULL", "HDRS"})
ENVELOPE_ID: Final = re.compile(r"[!-~]{1,100}")  # section 4.4: xtext
ORIGINAL: Final = re.compile(r"[A-Za-z0-9-]{1,40};[!-~]{1,460}")  # section 4.2: address type, xtext; 500 at most


def deliveries_to(recipients: tuple[str, ...], arrival: Arrival) -> tuple[Delivery, ...]:
    """Return a delivery for each recipient, with what RCPT said of it; the first time where it was named twice."""
    said: dict[str, Mapping[str, str]] = {}
    for untrusted, words in zip(arrival.recipients, arrival.reports, strict=False):  # none, or one for each
        said.setdefault(normalised(untrusted), words)
    return tuple(_delivery(recipient, said.get(recipient, {})) for recipient in recipients)


def _delivery(recipient: str, said: Mapping[str, str]) -> Delivery:
    words = frozenset(said.get("NOTIFY", "").upper().split(","))
    original = said.get("ORCPT", "")
    return Delivery(
        id=ids.serial("d"),
        recipient=recipient,
        notify=words if words <= WHEN or words == NEVER else frozenset(),
        original=original if ORIGINAL.fullmatch(original) else "",
    )


def returns(untrusted: str) -> str:
    """Return what RET said, in capitals, empty for anything else."""
    return untrusted.upper() if untrusted.upper() in RETURNED else ""


def envelope_id(untrusted: str) -> str:
    """Return ENVID as it came, empty for what is none."""
    return untrusted if ENVELOPE_ID.fullmatch(untrusted) else ""
