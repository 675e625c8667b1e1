"""Ledger entries, officers and their instructions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Event(StrEnum):
    """What can happen, as `<subject>:<past participle>`. Each has a test in which something emits it."""

    DELIVERY_ATTEMPTED = "delivery:attempted"
    DELIVERY_CLEARED = "delivery:cleared"
    DELIVERY_DEFERRED = "delivery:deferred"
    DELIVERY_DELIVERED = "delivery:delivered"
    DELIVERY_FAILED = "delivery:failed"
    DELIVERY_HELD = "delivery:held"
    DELIVERY_REFUSED = "delivery:refused"
    DELIVERY_RELEASED = "delivery:released"
    DELIVERY_SEALED = "delivery:sealed"
    INSTRUCTION_REFUSED = "instruction:refused"
    NOTICE_FAILED = "notice:failed"
    NOTICE_SENT = "notice:sent"
    TRANSFER_FINISHED = "transfer:finished"
    TRANSFER_INSPECTED = "transfer:inspected"
    TRANSFER_RECEIVED = "transfer:received"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One line of the ledger. `facts` holds codes, counts, hashes and addresses; never content."""

    event: Event
    at: datetime
    transfer_id: str
    delivery_id: str = ""
    facts: Mapping[str, object]


class Act(StrEnum):
    """What an officer may instruct."""

    REFUSE = "refuse"
    RELEASE = "release"


@dataclass(frozen=True, slots=True, kw_only=True)
class Officer:
    """A person who reviews. `address` is how we know that a transfer is their own."""

    name: str
    address: str
    accounts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Instruction:
    """What an officer filed for the daemon to carry out.

    `officer_account` is the operating-system account they acted from. It is empty where that account says nothing
    about who acted: the one that owns the state folder runs the gateway itself.
    """

    id: str
    transfer_id: str
    delivery_id: str
    act: Act
    officer: str
    officer_address: str
    reason: str
    at: datetime
    officer_account: str = ""
