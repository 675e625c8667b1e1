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
    ResendAsked,
    StopAsked,
    Stopped,
)
from gateway.console.held import acting
from gateway.console.held.filing import Case, case_of, needs_step_up
from gateway.console.held.offers import why_not
from gateway.console.roles import Permission
from gateway.errors import NotFound, NotPermitted
from gateway.model.held import Held, HeldQuery
from gateway.model.record import Act, Instruction
from gateway.model.tier import Tier


def listed(call: Call) -> HeldItems:
    """Return a page of the list."""
    asked: HeldAsked = call.query
    desk = call.visit.desk
    query = HeldQuery(
        words=tuple(asked.q.split()),
        why=frozenset(asked.why),
        tier=frozenset(map(Tier.of, asked.tier)),
        states=frozenset(asked.state),
        route=frozenset(asked.route),
        assigned_to=asked.assigned_to,
        escalated_to=asked.escalated_to,
        held_before=desk.clock.now() - desk.settings.decide_within if asked.late else None,
    )
    page = desk.store.held.list(query, order=asked.order, place=asked.place, limit=asked.limit)
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
    acting.stop(case_of(call.visit), call.body.instruction)
    return Stopped(instruction=call.body.instruction)


def assign(call: Call) -> HeldItem:
    """Let somebody have it, or nobody."""
    return _item(call, acting.assign(_decidable(call), call.body.to, call.body.version))


def escalate(call: Call) -> HeldItem:
    """Ask those who hold a role to look at it, or nobody any more."""
    return _item(call, acting.escalate(_decidable(call), call.body.role, call.body.version))


def resend(call: Call) -> Filed:
    """File that a notice about it is told again that could not be told."""
    return _filed(acting.resend(case_of(call.visit), call.body.notice))


def _file(call: Call, act: Act, *, method: str = "", redact: bool = False) -> Filed:
    case = _decidable(call)
    if needs_step_up(case, act):
        raise NotPermitted("what is RESTRICTED or higher is released by people", hint="release it in the console")
    return _filed(acting.file(case, act, call.body.reason, call.body.version, method=method, redact=redact))


def _filed(draft: Instruction) -> Filed:
    return Filed(instruction=draft.id, act=draft.act, at=draft.at, not_before=draft.not_before)


def _decidable(call: Call) -> Case:
    """Return the delivery, where the program's person may decide on it; `NotFound`, `NotPermitted`."""
    case = case_of(call.visit)
    if not case.is_held:
        raise NotFound("it is not held, or not any more", hint="read the transfer again")
    if barred := why_not(case):
        raise NotPermitted(barred.rstrip("."))
    return case


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
            ("resend", "have a notice told again that failed", resend, ResendAsked),
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
