"""Transfers, the ledger and the policy, for programs that read."""

from __future__ import annotations

import json
from itertools import islice
from typing import Final

from gateway.console.api.operation import Call, Operation
from gateway.console.api.shapes import (
    DeliveryShown,
    Entries,
    EntriesAsked,
    EntryShown,
    FileShown,
    FindingShown,
    GapShown,
    NoticeShown,
    PolicyShown,
    QuestionShown,
    ReasonShown,
    RuleShown,
    TransferItem,
    TransferItems,
    TransfersAsked,
    TransferShown,
)
from gateway.console.roles import Permission
from gateway.errors import NotFound
from gateway.model.search import TransferQuery
from gateway.model.transfer import Delivery, Question, Transfer
from gateway.store.codec import read_time

FINDINGS: Final = 1_000


def listed(call: Call) -> TransferItems:
    """Return a page of transfers."""
    asked: TransfersAsked = call.query
    query = TransferQuery(
        text=asked.q,
        since=asked.since,
        until=asked.until,
        delivery=asked.delivery,
        door=asked.door,
        route=asked.route,
    )
    desk = call.visit.desk
    page = desk.store.search.find(query, now=desk.clock.now(), place=asked.place, limit=asked.limit)
    items = tuple(
        TransferItem(
            id=line.id,
            state=line.state,
            received_at=line.received_at,
            door=line.door,
            route=line.route,
            sender=line.sender,
            recipient=line.recipient,
            file=line.name,
            files=line.files,
            size=line.size,
            deliveries={str(state): count for state, count in line.deliveries.items()},
        )
        for line in page.rows
    )
    return TransferItems(items=items, next=page.next, previous=page.previous)


def one(call: Call) -> TransferShown:
    """Return all that is known of one transfer."""
    transfer = call.visit.desk.store.transfers.get(call.visit.path["transfer"])
    if transfer.id != call.visit.path["transfer"]:
        raise NotFound("there is no such transfer", hint="give its whole reference")
    return shown(transfer)


def shown(transfer: Transfer) -> TransferShown:
    """Return a transfer in its shape."""
    seen = transfer.inspection
    marking = seen.marking if seen else None
    return TransferShown(
        id=transfer.id,
        state=transfer.state,
        received_at=transfer.received_at,
        door=transfer.origin,
        sender=transfer.sender,
        files=tuple(FileShown(name=part.name, size=part.size, sha256=part.sha256) for part in transfer.parts),
        tier=seen.tier.label if seen else "",
        marking=marking.text if marking else "",
        people=seen.people if seen else None,
        findings=tuple(
            FindingShown(
                entity=each.entity,
                part=each.part,
                where=str(each.where),
                masked=each.masked,
                confidence=each.confidence,
                why=each.why,
            )
            for each in (seen.findings[:FINDINGS] if seen else ())
        ),
        gaps=tuple(
            GapShown(part=each.part, kind=str(each.kind), detail=each.detail) for each in (seen.gaps if seen else ())
        ),
        deliveries=tuple(map(_delivery, transfer.deliveries)),
        notices=tuple(NoticeShown(id=each.id, about=each.about, state=each.state) for each in transfer.notices),
        questions=tuple(map(_question, transfer.questions)),
        reason=transfer.reason,
        repeats=transfer.repeats,
    )


def _delivery(delivery: Delivery) -> DeliveryShown:
    verdict, receipt = delivery.verdict, delivery.receipt
    return DeliveryShown(
        id=delivery.id,
        recipient=delivery.recipient,
        state=delivery.state,
        outcome=str(verdict.outcome) if verdict else "",
        route=verdict.route if verdict else "",
        reasons=tuple(
            ReasonShown(rule=each.rule, file=each.file, line=each.line, says=each.says)
            for each in (verdict.reasons if verdict else ())
        ),
        obligations=tuple(sorted(map(str, verdict.obligations))) if verdict else (),
        trouble=delivery.trouble,
        releases=len(delivery.releases),
        method=delivery.sealed.method if delivery.sealed else "",
        answer=receipt.answer if receipt else "",
        tls=receipt.tls if receipt else "",
    )


def _question(question: Question) -> QuestionShown:
    return QuestionShown(
        delivery=question.delivery_id,
        officer=question.officer,
        question=question.text,
        at=question.at,
        answer=question.answer,
        answered_at=question.answered_at,
    )


def entries(call: Call) -> Entries:
    """Return entries of the ledger in their order."""
    start = call.query.start
    found = islice(call.visit.desk.store.ledger.entries(start), call.query.limit)
    items = tuple(_entry(number, json.loads(raw)) for number, raw in enumerate(found, start))
    return Entries(items=items, next=start + len(items))


def _entry(number: int, plain: dict[str, object]) -> EntryShown:
    facts = plain["facts"]
    return EntryShown(
        number=number,
        event=str(plain["event"]),
        at=read_time(str(plain["at"])),
        transfer=str(plain["transfer"]),
        delivery=str(plain["delivery"]),
        facts=facts if isinstance(facts, dict) else {},
    )


def policy(call: Call) -> PolicyShown:
    """Return the policy in force."""
    in_force = call.visit.desk.policy()
    if in_force is None:
        raise NotFound("no policy was published yet", hint="is the daemon running?")
    rules = tuple(
        RuleShown(id=each.id, file=each.written.file, line=each.written.line, says=each.says) for each in in_force.rules
    )
    return PolicyShown(hash=in_force.hash, rules=rules, routes=tuple(sorted(in_force.routes)))


OPERATIONS: Final = (
    Operation(
        method="GET",
        path="/transfers",
        says="list transfers, newest first",
        act=listed,
        needs=Permission.LIST,
        asks=TransfersAsked,
        gives=TransferItems,
    ),
    Operation(
        method="GET",
        path="/transfers/{transfer}",
        says="show a transfer, its findings masked",
        act=one,
        needs=Permission.MASKED,
        gives=TransferShown,
    ),
    Operation(
        method="GET",
        path="/ledger",
        says="read the ledger",
        act=entries,
        needs=Permission.LEDGER,
        asks=EntriesAsked,
        gives=Entries,
    ),
    Operation(
        method="GET",
        path="/policy",
        says="show the policy in force",
        act=policy,
        needs=Permission.POLICY_READ,
        gives=PolicyShown,
    ),
)
