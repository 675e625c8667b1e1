"""A transfer of each fate, as the gateway would have them: decided by the shipped policy, committed step by step."""

from __future__ import annotations

import secrets
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Final

from gateway.decide.parse import parse_policy
from gateway.decide.unproved import decide_delivery
from gateway.model.board import (
    DaemonBoard,
    DoctorBoard,
    Examined,
    KeyLine,
    KeysBoard,
    PolicyBoard,
    QueueBoard,
    QueueLine,
)
from gateway.model.facts import Circumstances
from gateway.model.inspection import Gap, GapKind, Inspection, MarkingStatus
from gateway.model.lifecycle import DeliveryState, NoticeState, TransferState
from gateway.model.record import Entry, Event
from gateway.model.tier import Tier
from gateway.model.transfer import Delivery, Evidence, Notice, Origin, Part, Receipt, Sealed, SealedPart, Transfer
from gateway.model.verdict import Outcome
from gateway.record.entries import entries_between
from gateway.store.embedded import Store
from gateway.store.pinned import pin
from gateway.system import ids
from gateway.testing.values import a_finding, an_inspection
from tests.console.house import FILES, POLICY

HOSTILE: Final = "<img src=x onerror=alert(1)>.zip"
"""The name of a file that somebody sends."""

D, N, T = DeliveryState, NoticeState, TransferState


def fates(store: Store, now: datetime) -> dict[str, Transfer]:
    """Put a transfer of each fate into the store; return them by it."""
    seeded = {
        "refused": refused(store, now - timedelta(days=2)),
        "delivered": delivered(store, now - timedelta(days=1, hours=3)),
        "held": held(store, now - timedelta(hours=5)),
        "unread": held(
            store,
            now - timedelta(minutes=40),
            name=HOSTILE,
            gaps=(GapKind.ENCRYPTED,),
            people=0,
            tier=Tier.UNMARKED,
            sender="bo@council.example",
        ),
        "waiting": waiting(store, now - timedelta(minutes=5)),
    }
    store.ledger.integrate()
    while store.search.catch_up():
        pass
    return seeded


def received(
    store: Store, at: datetime, *, name: str, sender: str = "ann@council.example", to: tuple[str, ...] = ()
) -> Transfer:
    """Commit a transfer as a door makes it."""
    new = Transfer(
        id=ids.transfer_id(at),
        origin=Origin.MAIL,
        sender=sender,
        received_at=at,
        parts=(Part(name=name, object_id=ids.object_id(), size=48_213, sha256=secrets.token_hex(32)),),
        deliveries=tuple(Delivery(id=ids.serial("d"), recipient=each) for each in to or ("friend@mail.example",)),
        reason="referral 114",
    )
    entry = Entry(event=Event.TRANSFER_RECEIVED, at=at, transfer_id=new.id, facts={"sender": sender, "parts": 1})
    return store.transfers.commit(None, new, entries=[entry])


def stepped(store: Store, before: Transfer, at: datetime, **changes: Any) -> Transfer:  # noqa: ANN401 - the transfer's own fields
    """Commit a changed copy with the entries that the daemon would write."""
    after = replace(before, **changes)
    return store.transfers.commit(before, after, entries=entries_between(before, after, at))


def inspected(*, people: int, gaps: tuple[GapKind, ...], tier: Tier) -> Inspection:
    """Return an inspection of a table with people in it."""
    findings = tuple(a_finding("NHS_NUMBER", masked=f"943 … {n:02}") for n in range(people))
    seen = an_inspection(tier if tier > Tier.UNMARKED else None, findings=findings)
    return replace(seen, people=people or None, gaps=tuple(Gap(part="casework.xlsx", kind=kind) for kind in gaps))


def decided(
    store: Store,
    before: Transfer,
    at: datetime,
    *,
    people: int = 0,
    gaps: tuple[GapKind, ...] = (),
    tier: Tier = Tier.UNMARKED,
) -> Transfer:
    """Have it read, and every delivery decided by the shipped policy."""
    seen = stepped(store, before, at, state=T.INSPECTED, inspection=inspected(people=people, gaps=gaps, tier=tier))
    deliveries = []
    for each in seen.deliveries:
        known = Circumstances(
            at=at,
            sender=seen.sender,
            recipient=each.recipient,
            marking=tier,
            marking_status=MarkingStatus.MARKED if tier > Tier.UNMARKED else MarkingStatus.NONE,
            entities=(("NHS_NUMBER", people),) if people else (),
            people=people or None,
            gaps=frozenset(gaps),
            size=seen.size,
            can=frozenset({"zip"}),
            reason_given=bool(seen.reason),
        )
        verdict = decide_delivery(POLICY, known)
        state = {Outcome.DELIVER: D.CLEARED, Outcome.QUARANTINE: D.HELD, Outcome.REFUSE: D.REFUSED}[verdict.outcome]
        deliveries.append(replace(each, circumstances=known, verdict=verdict, state=state))
    return stepped(store, seen, at, state=T.DECIDED, deliveries=tuple(deliveries))


def held(
    store: Store,
    at: datetime,
    *,
    name: str = "casework-Q2-final.xlsx",
    people: int = 23,
    gaps: tuple[GapKind, ...] = (),
    tier: Tier = Tier.PROTECT,
    sender: str = "ann@council.example",
    to: tuple[str, ...] = ("jo.bright@mail.example",),
) -> Transfer:
    """Return a transfer that waits for an officer."""
    new = decided(store, received(store, at, name=name, sender=sender, to=to), at, people=people, gaps=gaps, tier=tier)
    told = Notice(
        id=ids.serial("n"), about="held", to=new.sender, subject="Not sent, waiting for review",
        object_id=ids.object_id(), attempts=3, deliveries=tuple(each.id for each in new.deliveries),
    )  # fmt: skip
    with_notice = stepped(store, new, at, notices=(told,))
    failed = (replace(told, state=N.FAILED),)
    return stepped(store, with_notice, at + timedelta(minutes=9), notices=failed)


def waiting(store: Store, at: datetime, *, sender: str = "ann@council.example") -> Transfer:
    """Return a transfer that is sealed and waits to go, so that its sender may recall it."""
    new = decided(store, received(store, at, name="minutes.docx", sender=sender, to=("clerk@partner.example",)), at)
    due = at + timedelta(minutes=30)
    sealed = tuple(replace(each, state=D.SEALED, sealed=_sealed(each), due=due, begun=at) for each in new.deliveries)
    return stepped(store, new, at, deliveries=sealed)


def delivered(
    store: Store, at: datetime, *, sender: str = "ann@council.example", tier: Tier = Tier.UNMARKED
) -> Transfer:
    """Return a transfer that was handed over, sealed."""
    new = decided(store, received(store, at, name="review.docx", sender=sender), at, tier=tier)
    sealed = tuple(replace(each, state=D.SEALED, sealed=_sealed(each), begun=at) for each in new.deliveries)
    tried = stepped(store, new, at + timedelta(seconds=2), deliveries=sealed)
    open_ = tuple(replace(each, attempts=1, attempt_open=True) for each in tried.deliveries)
    tried = stepped(store, tried, at + timedelta(seconds=3), deliveries=open_)
    receipt = Receipt(
        channel="internet",
        at=at + timedelta(seconds=4),
        answer="250 2.0.0 Ok: queued as 4X7abc",
        tls="TLSv1.3 verified",
    )
    gone = tuple(replace(each, state=D.DELIVERED, attempt_open=False, receipt=receipt) for each in tried.deliveries)
    tried = stepped(store, tried, at + timedelta(seconds=4), deliveries=gone)
    return stepped(store, tried, at + timedelta(seconds=5), state=T.FINISHED)


def refused(store: Store, at: datetime) -> Transfer:
    """Return a transfer that the policy refused."""
    new = decided(store, received(store, at, name="plan.docx"), at, tier=Tier.TOP_SECRET)
    return stepped(store, new, at, state=T.FINISHED) if new.has_ended else new


def _sealed(delivery: Delivery) -> Sealed:
    part = SealedPart(
        name="secure.zip", media_type="application/zip", object_id=ids.object_id(), size=48_900, sha256="9" * 64
    )
    evidence = Evidence(method="zip", cipher="AES-256", verified_by="7z")
    rule = delivery.verdict.reasons[0].rule if delivery.verdict else "a-rule"
    return Sealed(
        delivery_id=delivery.id, method="zip", message=False, parts=(part,), evidence=evidence,
        needs_verified_tls=False, rule=rule, channel="internet",
    )  # fmt: skip


def versions(store: Store, now: datetime) -> tuple[str, str]:
    """Keep the policy that ships, and one before it that let larger lists go; return their hashes."""
    rules = FILES.texts["rules/people.yaml"]
    milder = {**FILES.texts, "rules/people.yaml": rules.replace("at_least: 20}", "at_least: 50}")}
    before = parse_policy({name: text for name, text in milder.items() if name.endswith(".yaml")}, FILES.classify)
    store.policies.save(before.hash, milder, now - timedelta(days=90))
    store.policies.save(POLICY.hash, FILES.texts, now - timedelta(days=3))
    return before.hash, POLICY.hash


def boards(store: Store, now: datetime) -> None:
    """Put up what a daemon says: something of each kind, and a key that runs out."""
    since = now - timedelta(days=2)
    pin(store.boards, DaemonBoard(version="1.2.3", since=since, key="00" * 32), now)
    policy = PolicyBoard(
        in_force=POLICY.hash, since=since, proved=since, rules=len(POLICY.rules), routes=len(POLICY.routes),
        decide=tuple(sorted(FILES.decide)), classify=tuple(sorted(FILES.classify)),
        rejected_at=now, complaints=("policies/rules/permits.yaml:4:5: error: this rule never matches",),
    )  # fmt: skip
    pin(store.boards, policy, now)
    keys = (
        KeyLine(
            addresses=("ward@st-elsewhere.example",), kind="pgp", fingerprint="7E6F" * 10, imported_at=since,
            approved_by="Ola Fisher", approved_for=("ward@st-elsewhere.example",), ends=now + timedelta(days=9),
            warnings=("it runs out within 30 days",),
        ),
        KeyLine(addresses=("clerk@partner.example",), kind="smime", fingerprint="AB12" * 16, imported_at=now),
    )  # fmt: skip
    pin(store.boards, KeysBoard(keys=keys, damaged=("what is known of key 99 cannot be read",)), now)
    away = QueueLine(
        lane="to:internet/partner.example", waiting=12, due=0, served=0, closed_until=now + timedelta(minutes=4),
        reason="no answer", failures=3,
    )  # fmt: skip
    pin(store.boards, QueueBoard(lines=(QueueLine(lane="inspect", waiting=1, due=1, served=1), away)), now)
    lines = (
        Examined(state="ok", what="the ledger is signed"),
        Examined(state="wrong", what="no channel 'secure-mail' is set", fix="set it under 'channels'"),
        Examined(state="note", what="officers are told by folder", fix="set 'notices.channel'"),
    )
    pin(store.boards, DoctorBoard(lines=lines), now)
