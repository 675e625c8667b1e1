"""What somebody looks for among transfers, and what a list shows of each: no content and no subject."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from gateway.model.lifecycle import DeliveryState, TransferState
from gateway.model.transfer import Origin


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferQuery:
    """Which transfers a list shows: all that is named must apply.

    `text` is what stands in the one box: parts of addresses and file names, a hash, a Message-ID, a reference, a date.
    `since` and `until` bound when it was received, `until` excluded; without `since` the list chooses. `delivery` asks
    for those with a delivery in that state.
    """

    text: str = ""
    since: datetime | None = None
    until: datetime | None = None
    delivery: DeliveryState | None = None
    door: Origin | None = None
    route: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One transfer in a list. `recipient` is the first of its recipients, `deliveries` counts them by state."""

    id: str
    state: TransferState
    received_at: datetime
    door: Origin
    route: str
    sender: str
    recipient: str
    name: str
    files: int
    size: int
    deliveries: Mapping[DeliveryState, int]
