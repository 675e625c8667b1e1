"""Seeing what a finding found: one at a time, with a reason, recorded before it is opened, and shown once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from starlette.responses import Response

from gateway.console.frame.visit import Visit
from gateway.console.held import reveals
from gateway.console.held.filing import Case, case_of
from gateway.console.held.found import Shown, shown_as
from gateway.console.held.offers import why_not
from gateway.console.held.reveals import Reveal, ask_to_see, on_its_way, what_came
from gateway.console.held.sheet import Sheet
from gateway.console.held.words import unshown
from gateway.console.roles import Permission
from gateway.console.routes import Page
from gateway.console.words import mark
from gateway.errors import NotFound, NotPermitted
from gateway.model.record import Act, FoundAt
from gateway.quarantine.party import LONGEST_REASON

SECONDS: Final = 60
"""Seconds until a value hides itself again."""

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
    finding = findings[number]
    wanted = FoundAt(
        part=finding.part, segment=finding.segment, start=finding.start, end=finding.end, entity=finding.entity
    )
    asked = ask_to_see(case, _path(case, number), Act.REVEAL, reason, wanted)
    return _answered(case, number, asked, what_came(case, asked, seconds=reveals.WAIT))


def again(visit: Visit) -> Response:
    """Show a value that took longer; once."""
    case = _revealable(visit)
    number = _number(case)
    asked = on_its_way(case, _path(case, number))
    if asked is None:
        return _show(case, number, status=410, gone=GONE)
    return _answered(case, number, asked, what_came(case, asked))


def _path(case: Case, number: int) -> str:
    return f"{case.path}/reveal/{number}"


def _answered(case: Case, number: int, asked: Reveal, said: Mapping[str, Any] | None) -> Response:
    if said is None:
        return _show(case, number, status=202, instruction=asked.id)
    return _show(case, number, said=said)


def _show(case: Case, number: int, *, status: int = 200, **more: object) -> Response:
    visit = case.visit
    tongue = visit.tongue
    return visit.show(
        "quarantine/reveal.html",
        status=status,
        case=case,
        sheet=Sheet(case=case, tongue=tongue),
        finding=_finding(case, number),
        number=number,
        seconds=SECONDS,
        unshown=unshown,
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
    return shown_as(number, findings[number], case.visit.tongue)


PATH: Final = "/quarantine/{transfer}/{delivery}/reveal/{finding}"
PAGES: Final = (
    Page(method="GET", path=PATH, act=ask, needs=Permission.REVEAL, step_up=True),
    Page(method="POST", path=PATH, act=reveal, needs=Permission.REVEAL, step_up=True),
    Page(method="POST", path=f"{PATH}/again", act=again, needs=Permission.REVEAL, step_up=True),
)
