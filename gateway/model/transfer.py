"""One attempted disclosure: parts, sender, recipients, and how far each delivery has come.

A `Transfer` is an immutable value with its whole state. A step reads one, makes a changed copy
(`dataclasses.replace`), and hands both to `store`, which writes the difference in one transaction.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum

from gateway.model.facts import Circumstances
from gateway.model.inspection import Inspection
from gateway.model.lifecycle import ENDED, DeliveryState, NoticeState, TransferState
from gateway.model.verdict import Verdict


class Origin(StrEnum):
    """Which door a transfer came in by."""

    COMMAND = "command"
    FOLDER = "folder"
    MAIL = "mail"


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One file of a transfer, or the whole message as it came; `object_id` names its content in the vault."""

    name: str
    object_id: str
    size: int
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """An officer's act on a held delivery: who, why, when. A release is a fact for decide, never an outcome.

    `address` and `account` are as in `Instruction`: they tell whether two officers are one person. They are empty in
    what was written before they were kept. Who `approves` may be the second person. `method` and `redact` are what the
    officer demands of how it goes (`Instruction`).
    """

    officer: str
    reason: str
    at: datetime
    roles: tuple[str, ...] = ()
    address: str = ""
    account: str = ""
    approves: bool = True
    method: str = ""
    redact: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What an officer asked the sender of a held delivery, and what they wrote back: a fact for people, not for rules.

    `told` is true once there is a notice of it, `answered_at` None until there is an answer, `passed_on` true once
    there is a notice of that.
    """

    id: str
    delivery_id: str
    officer: str
    address: str
    text: str
    at: datetime
    account: str = ""
    told: bool = False
    answer: str = ""
    answered_at: datetime | None = None
    passed_on: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class SealedPart:
    """One sealed file or message in the vault, and the name it may carry outside."""

    name: str
    media_type: str
    object_id: str
    size: int
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """Why a sealed form is what it claims: said by a reader that did not write it."""

    method: str
    cipher: str
    verified_by: str
    recipients: tuple[str, ...] = ()
    status: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sealed:
    """What may be handed to a channel, and nothing else may. Only `protect` makes one.

    `method` is `none` for verified-TLS and internal routes. `secret_object_id` names the passphrase in the vault, to
    be told once the form is durable; it never travels with the sealed parts. `told` says how the recipient learns it
    (`protect.passphrase.Told`), empty where a key opens the form, `agreed_with` with which partner it was agreed.
    `rule` names the rule whose verdict this form fulfils, `channel` the one that it was made for: no other may have it.
    `unproved` is true where it is sealed because its route failed to prove how safe it is, so that it needs no proof.
    """

    delivery_id: str
    method: str
    message: bool
    parts: tuple[SealedPart, ...]
    evidence: Evidence
    needs_verified_tls: bool
    rule: str
    channel: str = ""
    secret_object_id: str = field(default="", repr=False)
    told: str = ""
    agreed_with: str = ""
    unproved: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What a mail server said of one delivery, for the sender's report (RFC 3464 sections 2.3.4 to 2.3.6).

    `host` is who said it, `code` the three digits (RFC 5321 section 4.2), `enhanced` the code of RFC 3463 (`5.1.1`),
    empty where it gave none, `text` the rest: printable ASCII on one line.
    """

    host: str
    code: int
    enhanced: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """Proof of hand-over as the far side gave it; `tls` describes the connection, empty where there was none.

    `dsn` is true where the far side took on what the sender wants reported (RFC 3461): it announced DSN and was told.
    """

    channel: str
    at: datetime
    answer: str
    tls: str = ""
    dsn: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One recipient's share of a transfer.

    `circumstances` are what the last decision was made from. `releases` holds one for every different person who let it
    be decided again, the last one last. `attempt_open` is true while a hand-over may be under way or cut short. `begun`
    is when it was sealed: retries are counted from there, because it may have been held for long before. `told` is the
    last state the sender was told of; `roles_told` holds `STATE:ROLE` for every role that was told of a state;
    `delay_told` is true once the sender knows that it is late. `notify` and `original` are what RCPT said of reports
    (RFC 3461): the words of NOTIFY in capitals, none where nothing was said, and ORCPT as it came. `reply` is the last
    thing that the far side's mail server said of it, `unproved` when its route first failed to prove how safe it is,
    `status` why it can never be handed over (RFC 3463), where that is known and no server said it.
    `in_doubt` is true once an attempt ended without an answer when the far side may have had it all: whatever is handed
    over after that may be a duplicate.
    """

    id: str
    recipient: str
    state: DeliveryState = DeliveryState.UNDECIDED
    circumstances: Circumstances | None = None
    verdict: Verdict | None = None
    releases: tuple[Release, ...] = ()
    refusal: Release | None = None
    sealed: Sealed | None = None
    receipt: Receipt | None = None
    attempts: int = 0
    attempt_open: bool = False
    due: datetime | None = None
    trouble: str = ""
    begun: datetime | None = None
    told: DeliveryState | None = None
    roles_told: frozenset[str] = frozenset()
    delay_told: bool = False
    notify: frozenset[str] = frozenset()
    original: str = ""
    reply: Reply | None = None
    unproved: datetime | None = None
    status: str = ""
    in_doubt: bool = False

    @property
    def release(self) -> Release | None:
        """The last release, None where nobody released it."""
        return self.releases[-1] if self.releases else None

    @property
    def approvals(self) -> int:
        """How many different people released it who count: after the first only those who approve."""
        return len(self.releases[:1]) + sum(each.approves for each in self.releases[1:])

    def held(self, trouble: str) -> Delivery:
        """Return this delivery held for `trouble`, which a person will read."""
        return replace(self._unsealed(DeliveryState.HELD, trouble), unproved=None)

    def not_proved(self, trouble: str) -> Delivery:
        """Return this delivery to be decided again, because its route failed to prove how safe it is."""
        return self._unsealed(DeliveryState.UNDECIDED, trouble)

    def _unsealed(self, state: DeliveryState, trouble: str) -> Delivery:
        """Return it without its seal, and whoever was told before that it is held to be told if it is now."""
        return replace(
            self,
            state=state,
            trouble=trouble,
            sealed=None,
            attempt_open=False,
            due=None,
            in_doubt=self.in_doubt or self.attempt_open,
            told=None if self.told is DeliveryState.HELD else self.told,
            roles_told=frozenset(each for each in self.roles_told if not each.startswith(f"{DeliveryState.HELD}:")),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """Words for the sender or an officer (`to`, empty for the officers' folder), waiting to be told or told.

    `object_id` names the text in the vault. `about` is `tell:ROLE` where an officer is told, and `passphrase:CHANNEL`
    where a recipient is told theirs by the second channel: then `to` is where they are reached. `delivery_id` is whose
    passphrase it is about, empty for what is about none. `deliveries` are those that a sender's notice tells of,
    `reply` what an answer to it by mail does (`Act`), empty where nobody may answer.
    """

    id: str
    about: str
    to: str
    subject: str
    object_id: str
    state: NoticeState = NoticeState.WAITING
    attempts: int = 0
    due: datetime | None = None
    begun: datetime | None = None
    delivery_id: str = ""
    deliveries: tuple[str, ...] = ()
    reply: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Transfer:
    """One attempted disclosure with its whole state.

    `route` is set when the sender chose one by folder; otherwise each recipient's domain does. `message` is true when
    the single part is a whole mail message (RFC 5322) to be kept as one. `encrypt_requested` is what the subject asked
    for; the subject itself is kept nowhere outside the content. `protected_thread` is true for mail that refers to one
    that passed here and had to be sealed or to go by verified TLS, or needed protection (`intake.thread`). `shown` are
    the addresses that every recipient sees (To and Cc), in small letters, whether or not they are recipients of this
    transfer; 1,000 at most. `authors` are those in From and Sender, likewise: who wrote it may not be who its envelope
    names. `account` is the operating-system account that brought it in, where that is known.
    `passwords_object_id` names the passwords in the vault that the sender gave for looking inside; they are destroyed
    when it was inspected. `reason` is why it is sent, in the sender's words, on one line; `consent` what they say that
    the person concerned said (`Consent`). Both are empty where nothing was said. Of mail, `message_id` is the SHA-256
    of its own Message-ID in hexadecimal, `sent_sha256` that of its content without our trace field, `repeats` the id of
    the transfer that it probably is once more, `urgent` what its header says of priority, and `returns` and
    `envelope_id` what MAIL said of reports: RET and ENVID (RFC 3461). `automatic` is true for mail that a machine wrote
    by itself (RFC 3834), `preview` where its sender only asks what would happen: no delivery of it ever goes.
    `questions` are what officers asked the sender, oldest first.
    """

    id: str
    origin: Origin
    sender: str
    received_at: datetime
    parts: tuple[Part, ...]
    deliveries: tuple[Delivery, ...]
    route: str = ""
    encrypt_requested: bool = False
    protected_thread: bool = False
    shown: frozenset[str] = frozenset()
    authors: frozenset[str] = frozenset()
    message: bool = False
    account: str = ""
    passwords_object_id: str = field(default="", repr=False)
    reason: str = ""
    consent: str = ""
    message_id: str = ""
    sent_sha256: str = ""
    repeats: str = ""
    urgent: bool = False
    returns: str = ""
    envelope_id: str = ""
    automatic: bool = False
    preview: bool = False
    state: TransferState = TransferState.RECEIVED
    inspection: Inspection | None = None
    notices: tuple[Notice, ...] = ()
    questions: tuple[Question, ...] = ()
    version: int = 0

    @property
    def has_ended(self) -> bool:
        """True when no delivery can move any more."""
        return all(delivery.state in ENDED for delivery in self.deliveries)

    @property
    def size(self) -> int:
        """Bytes of content."""
        return sum(part.size for part in self.parts)

    def with_delivery(self, changed: Delivery) -> Transfer:
        """Return the transfer with one delivery replaced by its id."""
        return replace(self, deliveries=tuple(changed if each.id == changed.id else each for each in self.deliveries))

    def with_notice(self, changed: Notice) -> Transfer:
        """Return the transfer with one notice replaced by its id."""
        return replace(self, notices=tuple(changed if each.id == changed.id else each for each in self.notices))

    @property
    def open_question(self) -> Question | None:
        """The question about what is still held that its sender has not answered; None where there is none.

        One at a time. What is decided needs no answer any more.
        """
        held = {each.id for each in self.deliveries if each.state is DeliveryState.HELD}
        return next(
            (each for each in reversed(self.questions) if each.answered_at is None and each.delivery_id in held), None
        )
