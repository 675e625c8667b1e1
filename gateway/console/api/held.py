"""Held deliveries: the list, and what officers do about them, by the same rules and after the same wait as on pages."""

from __future__ import annotations

from typing import Final

from gateway.console.api.operation import Call, Operation
from gateway.console.api.shapes import (
    AssignAsked,
    Decision,
    EscalateAsked,
    Filed,
    HeldAsked,
    HeldItem,
    HeldItems,
    ReleaseAsked,
    StopAsked,
    Stopped,
)
from gateway.console.held.filing import Case, case_of, drafted, needs_step_up, outlook, reviewers, roles_held
from gateway.console.held.offers import why_not
from gateway.console.roles import Permission
from gateway.errors import Conflict, NotAccepted, NotFound, NotPermitted
from gateway.model.held import Held, HeldQuery
from gateway.model.record import Act
from gateway.record.beside import stopped

STOPPED: Final = "stopped before it went"


def listed(call: Call) -> HeldItems:
    """Return a page of the list."""
    asked: HeldAsked = call.query
    query = HeldQuery(
        words=tuple(asked.q.split()),
        why=frozenset(asked.why),
        states=frozenset(asked.state),
        route=frozenset(asked.route),
        assigned_to=asked.assigned_to,
    )
    page = call.visit.desk.store.held.list(query, order=asked.order, place=asked.place, limit=asked.limit)
    items = tuple(_item(call, each) for each in page.rows)
    return HeldItems(items=items, next=page.next, previous=page.previous)


def one(call: Call) -> HeldItem:
    """Return one of them."""
    case = case_of(call.visit)
    return _item(call, case.desk.store.held.get(case.transfer.id, case.delivery.id))


def release(call: Call) -> Filed:
    """File a release, with what it demands of how it goes."""
    return _file(call, Act.RELEASE, method=call.body.method, redact=call.body.redact)


def refuse(call: Call) -> Filed:
    """File a refusal."""
    return _file(call, Act.REFUSE)


def ask(call: Call) -> Filed:
    """File a question to the sender: the reason is what they are asked."""
    return _file(call, Act.ASK)


def stop(call: Call) -> Stopped:
    """Take back an instruction that was not carried out yet."""
    case, me = case_of(call.visit), call.visit.me
    waiting = case.waiting
    if waiting is None or waiting.id != call.body.instruction:
        raise Conflict("it was carried out already, or stopped", hint="read the delivery again")
    entry = stopped(waiting, officer=me.name, address=me.address, reason=STOPPED, now=case.desk.clock.now())
    case.desk.store.transfers.withdraw(waiting.id, entry)
    return Stopped(instruction=waiting.id)


def assign(call: Call) -> HeldItem:
    """Let somebody have it, or nobody."""
    case, to = _decidable(call), call.body.to
    if to and to not in {each.id for each in reviewers(case.desk)}:
        raise NotAccepted("that is nobody who may decide", hint="name the id of a reviewer or an approver")
    now = case.desk.clock.now()
    return _item(call, case.desk.store.held.assign(_seen(call, case), to=to, by=call.visit.me.id, now=now))


def escalate(call: Call) -> HeldItem:
    """Ask those who hold a role to look at it, or nobody any more."""
    case, role = _decidable(call), call.body.role
    if role and role not in roles_held(case.desk):
        raise NotAccepted("nobody holds that role", hint="name a role of an officer")
    now = case.desk.clock.now()
    return _item(call, case.desk.store.held.escalate(_seen(call, case), to=role, by=call.visit.me.id, now=now))


def _file(call: Call, act: Act, *, method: str = "", redact: bool = False) -> Filed:
    case = _decidable(call)
    draft = drafted(case, act, call.body.reason, method=method, redact=redact)
    if needs_step_up(case, act):
        raise NotPermitted("what is RESTRICTED or higher is released by people", hint="release it in the console")
    if act is Act.RELEASE:
        outlook(case, draft)  # refuses what the daemon would refuse
    case.desk.store.transfers.instruct(draft, seen=_seen(call, case).version)
    return Filed(instruction=draft.id, act=draft.act, at=draft.at, not_before=draft.not_before)


def _decidable(call: Call) -> Case:
    """Return the delivery, where the program's person may decide on it; `NotFound`, `NotPermitted`."""
    case = case_of(call.visit)
    if not case.is_held:
        raise NotFound("it is not held, or not any more", hint="read the transfer again")
    if barred := why_not(case):
        raise NotPermitted(barred.rstrip("."))
    return case


def _seen(call: Call, case: Case) -> Held:
    held = case.desk.store.held.get(case.transfer.id, case.delivery.id)
    if held.version != call.body.version:
        raise Conflict("it changed since that version", hint="read it again")
    return held


def _item(call: Call, held: Held) -> HeldItem:
    return HeldItem(
        transfer=held.transfer_id,
        delivery=held.delivery_id,
        version=held.version,
        received_at=held.received_at,
        held_at=held.held_at,
        decide_by=held.held_at + call.visit.desk.settings.decide_within,
        sender=held.sender,
        recipient=held.recipient,
        door=held.door,
        route=held.route,
        file=held.name,
        files=held.files,
        size=held.size,
        tier=held.tier.label,
        why=held.why,
        rule=held.rule,
        says=held.says,
        states=tuple(sorted(held.states)),
        assigned_to=held.assigned_to,
        escalated_to=held.escalated_to,
    )


PATH: Final = "/held/{transfer}/{delivery}"
DECIDE, LIST, MASKED = Permission.DECIDE, Permission.LIST, Permission.MASKED
FILED: Final = 202
OPERATIONS: Final = (
    Operation(
        method="GET", path="/held", says="list what is held", act=listed, needs=LIST, asks=HeldAsked, gives=HeldItems
    ),
    Operation(method="GET", path=PATH, says="show a held delivery", act=one, needs=MASKED, gives=HeldItem),
    *(
        Operation(
            method="POST",
            path=f"{PATH}/{name}",
            says=says,
            act=act,
            needs=DECIDE,
            takes=takes,
            gives=Filed,
            status=FILED,
        )
        for name, says, act, takes in (
            ("release", "file a release: it is decided again, with the release as a fact", release, ReleaseAsked),
            ("refuse", "file a refusal: the sender is told why", refuse, Decision),
            ("ask", "ask the sender a question", ask, Decision),
        )
    ),
    Operation(
        method="POST",
        path=f"{PATH}/stop",
        says="stop an instruction that waits",
        act=stop,
        needs=DECIDE,
        takes=StopAsked,
        gives=Stopped,
    ),
    Operation(
        method="POST",
        path=f"{PATH}/assign",
        says="let somebody have it",
        act=assign,
        needs=DECIDE,
        takes=AssignAsked,
        gives=HeldItem,
    ),
    Operation(
        method="POST",
        path=f"{PATH}/escalate",
        says="ask those who hold a role",
        act=escalate,
        needs=DECIDE,
        takes=EscalateAsked,
        gives=HeldItem,
    ),
)
