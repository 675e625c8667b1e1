"""What is done to a held delivery, by a page and by a program alike: looked at as things are now, and then filed.

Each raises `NotFound` where it is not held any more, `Conflict` where it changed since the `version` that was seen,
`NotPermitted` where the daemon would refuse it, and `NotAccepted` for somebody or a role that there is not.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from gateway.console.held.filing import Case, drafted, refuse_own, reviewers, roles_held
from gateway.errors import Conflict, NotAccepted
from gateway.model.held import Held
from gateway.model.person import Role
from gateway.model.record import Act, Instruction
from gateway.quarantine.filing import look_before
from gateway.record.beside import stopped

STOPPED: Final = "stopped before it went"
AGAIN: Final = "sent again"
"""The reasons of what needs no words of its own."""


def as_seen(case: Case, version: int) -> Held:
    """Return how it stands in the list, where it still is as it was seen."""
    held = case.desk.store.held.get(case.transfer.id, case.delivery.id)
    if held.version != version:
        raise Conflict("it changed since you looked at it", hint="read it again")
    return held


def file(case: Case, act: Act, reason: str, version: int, *, method: str = "", redact: bool = False) -> Instruction:
    """File a decision, or a question to the sender, and return it."""
    draft = drafted(case, act, reason, method=method, redact=redact)
    as_seen(case, version)
    look_before(case.transfer, draft, case.acting_officer())
    case.desk.store.transfers.instruct(draft, seen=version)
    return draft


def stop(case: Case, instruction_id: str) -> None:
    """Take back a decision that was not carried out yet; whoever may decide on it may stop."""
    refuse_own(case)
    waiting, me = case.waiting, case.visit.me
    if waiting is None or waiting.id != instruction_id:
        raise Conflict("it was carried out already, or stopped", hint="read the delivery again")
    entry = stopped(waiting, officer=me.name, address=me.address, reason=STOPPED, now=case.desk.clock.now())
    case.desk.store.transfers.withdraw(waiting.id, entry)


def assign(case: Case, to: str, version: int) -> Held:
    """Let somebody have it, or nobody where `to` is empty."""
    if to and to not in {each.id for each in reviewers(case.visit)}:
        raise NotAccepted("that is nobody who may decide", hint="name a reviewer or an approver")
    by, now = case.visit.me.id, case.desk.clock.now()
    return case.desk.store.held.assign(as_seen(case, version), to=to, by=by, now=now)


def escalate(case: Case, role: str, version: int) -> Held:
    """Ask those who hold a role to look at it, or nobody any more where `role` is empty."""
    if role and role not in escalated_to(case):
        raise NotAccepted("nobody holds that role", hint=f"name one of {', '.join(escalated_to(case))}")
    by, now = case.visit.me.id, case.desk.clock.now()
    return case.desk.store.held.escalate(as_seen(case, version), to=role, by=by, now=now)


def resend(case: Case, notice: str) -> Instruction:
    """Have a notice about it sent again that could not be sent; `NotFound` where none is like that."""
    draft = replace(drafted(case, Act.RESEND, AGAIN), notice=notice)
    look_before(case.transfer, draft, case.acting_officer())
    case.desk.store.transfers.instruct(draft)
    return draft


def escalated_to(case: Case) -> tuple[str, ...]:
    """Return the roles to which it can be escalated."""
    return (Role.APPROVER, *sorted(roles_held(case.visit)))
