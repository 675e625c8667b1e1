"""Transfers, entries and steps as the store's contract suites make them."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from gateway.model.facts import Circumstances, Consent, Counted
from gateway.model.inspection import GapKind, MarkingStatus
from gateway.model.lifecycle import DeliveryState, NoticeState, TransferState
from gateway.model.record import Act, Entry, Event, Instruction
from gateway.model.tier import Tier
from gateway.model.transfer import Delivery, Notice, Origin, Part, Transfer
from gateway.model.verdict import Network, Obligation, Outcome, Reason, Verdict
from gateway.store import Store
from gateway.system import ids

NOW: Final = datetime(2026, 11, 22, 9, 30, 0, 123456, tzinfo=UTC)
MINUTE: Final = timedelta(minutes=1)

D = DeliveryState
T = TransferState
N = NoticeState


def make_transfer(*, recipients: int = 1, received_at: datetime = NOW) -> Transfer:
    """Return a transfer as a door makes it."""
    return Transfer(
        id=ids.transfer_id(received_at),
        origin=Origin.MAIL,
        sender="clerk@council.example",
        received_at=received_at,
        parts=(Part(name="letter.eml", object_id=ids.object_id(), size=1, sha256="00" * 32),),
        deliveries=tuple(Delivery(id=ids.serial("d"), recipient=f"r{n}@nhs.example") for n in range(recipients)),
        encrypt_requested=True,
        message=True,
    )


def make_entry(transfer: Transfer, event: Event = Event.TRANSFER_RECEIVED, **facts: object) -> Entry:
    """Return a ledger entry about a transfer."""
    return Entry(event=event, at=NOW, transfer_id=transfer.id, facts=facts)


def make_verdict(recipient: str) -> Verdict:
    """Return a verdict with something in every field."""
    return Verdict(
        recipient=recipient,
        route="nhsmail",
        network=Network.VERIFIED_TLS,
        outcome=Outcome.DELIVER,
        obligations=frozenset({Obligation.SEAL_AES256, Obligation.NEUTRAL_SUBJECT}),
        reasons=(Reason(rule="a-rule", file="policies/rules.yaml", line=12, says="it may go"),),
        would_pass_if=("it were smaller",),
        policy="ab" * 32,
    )


def make_circumstances(transfer: Transfer, delivery: Delivery) -> Circumstances:
    """Return circumstances with something in every field."""
    return Circumstances(
        at=NOW,
        sender=transfer.sender,
        recipient=delivery.recipient,
        route="nhsmail",
        internal=True,
        marking=Tier.PROTECT,
        marking_status=MarkingStatus.MARKED,
        thread=Tier.RESTRICTED,
        attachment_above=True,
        descriptors=frozenset({"PERSONAL", "MEDICAL"}),
        caveats=frozenset({"UK EYES ONLY"}),
        entities=(("NHS_NUMBER", 3), ("PERSON_NAME", 1)),
        people=4,
        gaps=frozenset({GapKind.ENCRYPTED, GapKind.CORRUPT}),
        size=1234,
        recipients=((Counted.ALL, 3), (Counted.EXTERNAL, 2)),
        can=frozenset({"pgp", "zip"}),
        is_new=True,
        is_protected_thread=True,
        encrypt_requested=True,
        reason_given=True,
        consent=Consent.GIVEN,
        approvals=1,
        approved_by=frozenset({"caldicott-guardian"}),
        demands=frozenset({"redact:mask"}),
    )


def make_instruction(transfer: Transfer, at: datetime = NOW) -> Instruction:
    """Return an officer's release of the transfer's first delivery."""
    return Instruction(
        id=ids.serial("i"),
        transfer_id=transfer.id,
        delivery_id=transfer.deliveries[0].id,
        act=Act.RELEASE,
        officer="Officer",
        officer_address="officer@council.example",
        reason="checked by telephone",
        at=at,
    )


def make_notice(state: NoticeState = N.WAITING) -> Notice:
    """Return a notice."""
    return Notice(id=ids.serial("n"), about="held", to="clerk@council.example", subject="s", object_id="o", state=state)


def accept(store: Store, transfer: Transfer | None = None, **more: Any) -> Transfer:  # noqa: ANN401 - passed on
    """Commit a new transfer with its first entry."""
    new = transfer or make_transfer()
    return store.transfers.commit(None, new, entries=[make_entry(new)], **more)


def step(store: Store, before: Transfer, **changes: Any) -> Transfer:  # noqa: ANN401 - the transfer's own fields
    """Commit a changed copy of a transfer."""
    return store.transfers.commit(before, replace(before, **changes), entries=[])


def move(store: Store, before: Transfer, *states: DeliveryState) -> Transfer:
    """Bring the first delivery through these states, a step each."""
    for state in states:
        first, *others = before.deliveries
        before = step(store, before, deliveries=(replace(first, state=state), *others))
    return before
