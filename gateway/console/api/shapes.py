"""The shapes of the API's answers and bodies. Times are RFC 3339 in UTC, sizes bytes; no content and no subject."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Annotated, Any, Final, Literal, TypeAlias

from pydantic import AwareDatetime, BeforeValidator, Field

from gateway.console.api.operation import Shape
from gateway.model.held import HeldState, Order, Why
from gateway.model.lifecycle import DeliveryState, NoticeState, TransferState
from gateway.model.record import Act
from gateway.model.transfer import Origin
from gateway.quarantine.party import LONGEST_REASON


def _moment(given: object) -> object:
    """Refuse what pydantic would take for seconds since 1970: the document promises a time with a zone (RFC 3339)."""
    if isinstance(given, str) and not MOMENT.match(given):
        raise ValueError("write a time with its zone, for example 2026-11-29T10:00:00Z")
    return given


MOMENT: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ][0-9]{2}:")
Moment: TypeAlias = Annotated[AwareDatetime, BeforeValidator(_moment)]
Words: TypeAlias = Annotated[str, Field(min_length=1, max_length=LONGEST_REASON, pattern=r"\S")]
Version: TypeAlias = Annotated[int, Field(ge=0, lt=2**63)]
Limit: TypeAlias = Annotated[int, Field(ge=1, le=500)]
Text: TypeAlias = Annotated[str, Field(max_length=500)]
TierLabel: TypeAlias = Literal[
    "UNMARKED", "UNCLASSIFIED", "OFFICIAL", "PROTECT", "OFFICIAL-SENSITIVE",
    "RESTRICTED", "CONFIDENTIAL", "SECRET", "TOP SECRET",
]  # fmt: skip
"""A tier, as answers name it."""


class HeldAsked(Shape):
    """Which held deliveries are asked for; all that is named must apply. `late` asks for those past decision time."""

    q: Text = ""
    why: tuple[Why, ...] = ()
    tier: tuple[TierLabel, ...] = ()
    state: tuple[HeldState, ...] = ()
    route: tuple[Text, ...] = ()
    assigned_to: Text | None = None
    escalated_to: Text | None = None
    late: bool = False
    order: Order = Order.OLDEST
    place: Text = ""
    limit: Limit = 50


class HeldItem(Shape):
    """A held delivery. `version` is what was seen: a decision names it, and is refused (409) once it has changed."""

    transfer: str
    delivery: str
    version: int
    received_at: datetime
    held_at: datetime
    decide_by: datetime
    sender: str
    recipient: str
    door: Origin
    route: str
    file: str
    files: int
    size: int
    tier: str
    why: Why
    rule: str
    says: str
    states: tuple[HeldState, ...]
    assigned_to: str
    escalated_to: str


class HeldItems(Shape):
    """A page of them. `next` and `previous` are places where others begin, empty where there is none."""

    items: tuple[HeldItem, ...]
    next: str
    previous: str


class Decision(Shape):
    """A decision on what was seen, with its reason: the sender sees it, and it goes into the record."""

    version: Version
    reason: Words


class ReleaseAsked(Decision):
    """A release. `method` seals at least as strongly as that one, `redact` masks what was found."""

    method: Annotated[str, Field(max_length=20)] = ""
    redact: bool = False


class AssignAsked(Shape):
    """Who is to have it: a person's id; nobody when it is empty."""

    version: Version
    to: Text


class EscalateAsked(Shape):
    """Who is to look at it: a role of officers; nobody any more when it is empty."""

    version: Version
    role: Text


class Filed(Shape):
    """An instruction that the daemon carries out, not before `not_before`: until then it can be stopped."""

    instruction: str
    act: Act
    at: datetime
    not_before: datetime | None


class ResendAsked(Shape):
    """Which notice is to be told again: one of the transfer's that failed."""

    notice: Text


class StopAsked(Shape):
    """Which instruction is to be stopped."""

    instruction: Text


class Stopped(Shape):
    """The instruction that will not be carried out."""

    instruction: str


class FindingShown(Shape):
    """One finding, masked."""

    entity: str
    part: str
    where: str
    masked: str
    confidence: float
    why: tuple[str, ...]


class GapShown(Shape):
    """Something that was not inspected, and why."""

    part: str
    kind: str
    detail: str


class ReasonShown(Shape):
    """A rule that decided, where it is written, and what it says."""

    rule: str
    file: str
    line: int
    says: str


class DeliveryShown(Shape):
    """One recipient's share of a transfer."""

    id: str
    recipient: str
    state: DeliveryState
    outcome: str
    route: str
    reasons: tuple[ReasonShown, ...]
    obligations: tuple[str, ...]
    trouble: str
    releases: int
    method: str
    answer: str
    tls: str


class NoticeShown(Shape):
    """A notice and where it stands; never its words."""

    id: str
    about: str
    state: NoticeState


class QuestionShown(Shape):
    """What an officer asked the sender of a delivery; `answer` is empty and `answered_at` null until they answer."""

    delivery: str
    officer: str
    question: str
    at: datetime
    answer: str
    answered_at: datetime | None


class FileShown(Shape):
    """A file of a transfer."""

    name: str
    size: int
    sha256: str


class TransferShown(Shape):
    """Everything that is known of one transfer. `findings` are the first 1,000."""

    id: str
    state: TransferState
    received_at: datetime
    door: Origin
    sender: str
    files: tuple[FileShown, ...]
    tier: str
    marking: str
    people: int | None
    findings: tuple[FindingShown, ...]
    gaps: tuple[GapShown, ...]
    deliveries: tuple[DeliveryShown, ...]
    notices: tuple[NoticeShown, ...]
    questions: tuple[QuestionShown, ...]
    reason: str
    repeats: str


class TransfersAsked(Shape):
    """Which transfers are asked for, of the last 30 days unless `since` or `until` says so."""

    q: Text = ""
    since: Moment | None = None
    until: Moment | None = None
    delivery: DeliveryState | None = None
    door: Origin | None = None
    route: Text = ""
    place: Text = ""
    limit: Limit = 50


class TransferItem(Shape):
    """One transfer in a list. `deliveries` counts them by state."""

    id: str
    state: TransferState
    received_at: datetime
    door: Origin
    route: str
    sender: str
    recipient: str
    file: str
    files: int
    size: int
    deliveries: dict[str, int]


class TransferItems(Shape):
    """A page of transfers, newest first."""

    items: tuple[TransferItem, ...]
    next: str
    previous: str


class EntriesAsked(Shape):
    """Entries of the ledger from a number on, oldest first."""

    start: Version = 0
    limit: Limit = 100


class EntryShown(Shape):
    """An entry of the ledger."""

    number: int
    event: str
    at: datetime
    transfer: str
    delivery: str
    facts: dict[str, Any]


class Entries(Shape):
    """A page of entries. `next` is where others begin, the number after the last where there is none."""

    items: tuple[EntryShown, ...]
    next: int


class RuleShown(Shape):
    """A rule of the policy in force."""

    id: str
    file: str
    line: int
    says: str


class PolicyShown(Shape):
    """The policy in force: its hash, its rules and its routes."""

    hash: str
    rules: tuple[RuleShown, ...]
    routes: tuple[str, ...]


class Problem(Shape):
    """What is wrong, and what to do."""

    error: str
    hint: str
