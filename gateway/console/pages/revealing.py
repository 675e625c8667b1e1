"""Seeing what a finding found: one at a time, with a reason, recorded before it is opened, and shown once.

The console cannot open content. It files an instruction with a key that it drew in memory; the daemon records it, opens
the content, and leaves the value sealed for that key.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from starlette.responses import Response

from gateway.console.held.filing import Case, case_of, drafted
from gateway.console.held.found import Shown, shown_as
from gateway.console.held.offers import why_not
from gateway.console.held.reveals import Reveal, Reveals
from gateway.console.held.sheet import Sheet
from gateway.console.roles import Permission
from gateway.console.routes import Page
from gateway.console.visit import Visit
from gateway.console.words import mark
from gateway.errors import NotFound, NotPermitted
from gateway.model.record import Act, FoundAt
from gateway.quarantine.filing import look_before
from gateway.quarantine.party import LONGEST_REASON
from gateway.store.exchange import LIVES, take_answer, wait_for_answer, waiting_for_reveal
from gateway.system.ids import serial

WAIT: Final = 4.0
"""Seconds that a page waits for the daemon before it says that it takes longer."""

SECONDS: Final = 60
"""Seconds until a value hides itself again."""

WAITING: Final = Reveals()
"""Values on their way to this process."""

WORDLESS: Final = mark("Write why you need to see it")
TOO_LONG: Final = mark("The reason must be 1,000 characters or fewer")
GONE: Final = mark("It was shown already, or it took too long. Ask for it again.")


def ask(visit: Visit) -> Response:
    """Ask why somebody wants to see a value."""
    case = _revealable(visit)
    return _show(case, _number(case))


def reveal(visit: Visit) -> Response:
    """Have the value opened, and show it; where that takes longer, offer to look again."""
    case = _revealable(visit)
    number, reason = _number(case), visit.said("reason")
    if not reason or len(reason) > LONGEST_REASON:
        return _show(case, number, status=422, errors={"reason": TOO_LONG if reason else WORDLESS}, reason=reason)
    findings = case.transfer.inspection.findings if case.transfer.inspection else ()
    finding, waiting = findings[number], waiting_for_reveal(serial("i"))
    wanted = FoundAt(
        part=finding.part,
        segment=finding.segment,
        start=finding.start,
        end=finding.end,
        entity=finding.entity,
        key=waiting.key.public,
    )
    filed = replace(drafted(case, Act.REVEAL, reason), id=waiting.id, found=wanted)
    if case.officer is not None:
        look_before(case.transfer, filed, case.officer)
    path = f"{case.path}/reveal/{number}"
    WAITING.keep(Reveal(person_id=visit.me.id, path=path, at=visit.desk.clock.now(), waiting=waiting))
    visit.desk.store.transfers.instruct(filed)
    said = wait_for_answer(visit.desk.store.parcels, waiting, visit.desk.clock.now, seconds=WAIT)
    return _answered(case, number, waiting.id, said)


def again(visit: Visit) -> Response:
    """Show a value that took longer; once."""
    case = _revealable(visit)
    number, name = _number(case), visit.said("instruction")
    known = WAITING.of(name, visit.me.id)
    if known is None or known.path != f"{case.path}/reveal/{number}":
        return _show(case, number, status=410, gone=GONE)
    if visit.desk.clock.now() - known.at >= LIVES:
        WAITING.forget(name)
        return _show(case, number, status=410, gone=GONE)
    return _answered(case, number, name, take_answer(visit.desk.store.parcels, known.waiting, visit.desk.clock.now()))


def _answered(case: Case, number: int, name: str, said: dict[str, object] | None) -> Response:
    if said is None:
        return _show(case, number, status=202, instruction=name)
    WAITING.forget(name)
    return _show(case, number, said=said)


def _show(case: Case, number: int, *, status: int = 200, **more: object) -> Response:
    visit = case.visit
    tongue = visit.desk.render.tongue(visit.language)
    return visit.show(
        "quarantine/reveal.html",
        status=status,
        case=case,
        sheet=Sheet(case=case, tongue=tongue),
        finding=_finding(case, number),
        number=number,
        seconds=SECONDS,
        **{"errors": {}, "reason": "", "said": None, "instruction": "", "gone": "", **more},
    )


def _revealable(visit: Visit) -> Case:
    case = case_of(visit)
    if barred := why_not(case):
        raise NotPermitted(barred)
    _number(case)
    return case


def _number(case: Case) -> int:
    """Return which finding is meant; `NotFound`."""
    text = case.visit.path["finding"]
    findings = case.transfer.inspection.findings if case.transfer.inspection else ()
    if not (text.isdecimal() and len(text) < 9 and int(text) < len(findings)):  # noqa: PLR2004 - digits
        raise NotFound("there is no such finding", hint="it was read again meanwhile; load the page anew")
    return int(text)


def _finding(case: Case, number: int) -> Shown:
    findings = case.transfer.inspection.findings if case.transfer.inspection else ()
    return shown_as(number, findings[number], case.desk.render.tongue(case.visit.language))


PATH: Final = "/quarantine/{transfer}/{delivery}/reveal/{finding}"
PAGES: Final = (
    Page(method="GET", path=PATH, act=ask, needs=Permission.REVEAL, step_up=True),
    Page(method="POST", path=PATH, act=reveal, needs=Permission.REVEAL, step_up=True),
    Page(method="POST", path=f"{PATH}/again", act=again, needs=Permission.REVEAL, step_up=True),
)
