"""Ledger entries, officers and their instructions, and decisions as they are kept."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from gateway.model.facts import Circumstances
from gateway.model.verdict import Outcome


class Event(StrEnum):
    """What can happen, as `<subject>:<past participle>`. Each has a test in which something emits it."""

    DELIVERY_ASSIGNED = "delivery:assigned"
    DELIVERY_ATTEMPTED = "delivery:attempted"
    DELIVERY_CLEARED = "delivery:cleared"
    DELIVERY_DEFERRED = "delivery:deferred"
    DELIVERY_DELIVERED = "delivery:delivered"
    DELIVERY_ESCALATED = "delivery:escalated"
    DELIVERY_FAILED = "delivery:failed"
    DELIVERY_HELD = "delivery:held"
    DELIVERY_REFUSED = "delivery:refused"
    DELIVERY_RELEASED = "delivery:released"
    DELIVERY_SEALED = "delivery:sealed"
    DELIVERY_UNPROVED = "delivery:unproved"
    DESTINATION_HELD = "destination:held"
    DESTINATION_RESUMED = "destination:resumed"
    DISCLOSURE_RECORDED = "disclosure:recorded"
    INSTRUCTION_REFUSED = "instruction:refused"
    INSTRUCTION_STOPPED = "instruction:stopped"
    KEY_APPROVED = "key:approved"
    KEY_IMPORTED = "key:imported"
    KEY_REMOVED = "key:removed"
    LIST_EXPORTED = "list:exported"
    NOTICE_FAILED = "notice:failed"
    NOTICE_OMITTED = "notice:omitted"
    NOTICE_SENT = "notice:sent"
    PASSAGES_READ = "passages:read"
    PASSPHRASE_AGREED = "passphrase:agreed"  # noqa: S105 - the name of an event
    PASSPHRASE_REMOVED = "passphrase:removed"  # noqa: S105 - as above
    PASSPHRASE_SHOWN = "passphrase:shown"  # noqa: S105 - as above
    PERSON_ADDED = "person:added"
    PERSON_CHANGED = "person:changed"
    PERSON_RECOVERED = "person:recovered"
    PERSON_REFUSED = "person:refused"
    PERSON_SIGNED_IN = "person:signed_in"
    POLICY_LOADED = "policy:loaded"
    QUESTION_ANSWERED = "question:answered"
    QUESTION_ASKED = "question:asked"
    REASON_GIVEN = "reason:given"
    SESSION_REVOKED = "session:revoked"
    TOKEN_ISSUED = "token:issued"  # noqa: S105 - the name of an event
    TOKEN_REVOKED = "token:revoked"  # noqa: S105 - as above
    TRANSFER_FINISHED = "transfer:finished"
    TRANSFER_INSPECTED = "transfer:inspected"
    TRANSFER_RECEIVED = "transfer:received"
    VALUE_REVEALED = "value:revealed"
    VAULT_REWRAPPED = "vault:rewrapped"
    VAULT_ROTATED = "vault:rotated"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One line of the ledger. `facts` holds codes, counts, hashes and addresses; never content.

    `transfer_id` is empty for what is about no transfer: another policy in force, another master key.
    """

    event: Event
    at: datetime
    transfer_id: str
    delivery_id: str = ""
    facts: Mapping[str, object]


RECALLED: Final = "recalled by its sender"
"""The trouble of a delivery that its sender stopped before it went."""


NOT_SEALED: Final = "it could not be sealed"
"""How the trouble of a delivery begins that could not be sealed."""

PREVIEW: Final = "its sender only asked what would happen"
"""The trouble of a delivery that never was to go."""


class Act(StrEnum):
    """What an officer may instruct; `answer`, `recall` and `reply` are the sender's own.

    To read is to be shown the words around what was found, masked; to reveal, what one finding found.

    An answer says why it is sent: a fact for decide, and no release. It concerns every delivery that waits for it. A
    reply is what a sender writes back to an officer who asked them something; it decides nothing.
    """

    ANSWER = "answer"
    ASK = "ask"
    READ = "read"
    RECALL = "recall"
    REFUSE = "refuse"
    RELEASE = "release"
    REPLY = "reply"
    RESEND = "resend"
    REVEAL = "reveal"


DECIDING: Final = frozenset({Act.REFUSE, Act.RELEASE})
"""Acts that decide on a delivery: of these one at a time waits to be carried out."""


OWNER: Final = "@owner"
"""In an officer's accounts: the account that owns the state folder, which an instruction omits."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Officer:
    """A person who reviews. `address` is how we know that a transfer is their own.

    `roles` are what they hold besides, for rules that ask who released: `caldicott-guardian`. Only who `approves` may
    be the second person where two are needed.
    """

    name: str
    address: str
    accounts: tuple[str, ...] = ()
    roles: tuple[str, ...] = ()
    approves: bool = True


CONSOLE: Final = "console:"
"""How the account of a person who acts by the console begins; their id follows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundAt:
    """Where a finding stands, as the finding says it."""

    part: str
    segment: int
    start: int
    end: int
    entity: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Instruction:
    """What an officer filed for the daemon to carry out.

    `officer_account` is the operating-system account they acted from, or `console:` and their id. It is empty where
    that account says nothing about who acted: the one that owns the state folder runs the gateway itself.

    It is carried out at once, or not before `not_before`, so that it can be stopped until then. A release may demand
    that it goes sealed as strongly as by a `method`, and with what was found masked (`redact`). `found` is what is to
    be revealed, `key` whose key what is shown is sealed for (base64), `notice` the id of the notice that is to be sent
    again.
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
    officer_roles: tuple[str, ...] = ()
    not_before: datetime | None = None
    method: str = ""
    redact: bool = False
    found: FoundAt | None = None
    key: str = ""
    notice: str = ""

    def is_due(self, now: datetime) -> bool:
        """Say whether it need not wait any longer."""
        return self.not_before is None or self.not_before <= now


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """A delivery as it was decided last, for deciding it again under another policy: no content, no state.

    `outcome`, `obligations`, `route` and `policy` are those of its verdict; `rules` are the ids of its reasons.
    """

    transfer_id: str
    delivery_id: str
    received_at: datetime
    circumstances: Circumstances
    outcome: Outcome
    obligations: frozenset[str]
    route: str
    policy: str
    rules: tuple[str, ...]
