"""The page of one held delivery: why it is held, what was found, which rules were asked, and the decision beside it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

from starlette.responses import Response

from gateway.console.frame.visit import Visit
from gateway.console.held.acting import escalated_to
from gateway.console.held.filing import Case, case_of, reviewers
from gateway.console.held.kept import KEPT
from gateway.console.held.offers import NOT_AN_OFFICER, first_release, offers, why_not
from gateway.console.held.sheet import Sheet
from gateway.console.held.telling import approvers
from gateway.console.ledger.words import read_entry
from gateway.console.roles import Permission
from gateway.console.routes import Page
from gateway.console.words import mark
from gateway.console.words.tongue import Tongue
from gateway.model.held import Held
from gateway.model.passage import Passage
from gateway.model.person import Role
from gateway.quarantine.redacting import why_not as why_not_redacted

DONE: Final = {
    "asked": mark("The sender is sent your question."),
    "assigned": mark("It is assigned."),
    "escalated": mark("It is escalated."),
    "not_escalated": mark("It is not escalated any more."),
    "resent": mark("The notice is sent again."),
    "stopped": mark("It was stopped in time. It stays held."),
    "taken": mark("You have it now. Others see that."),
    "left": mark("Nobody has it any more."),
}
"""What was just done, by the word in the address."""


def review(visit: Visit) -> Response:
    """Show one delivery, with what the visitor had filled in before they were asked who they are."""
    case = case_of(visit)
    kept = KEPT.of(visit, case.path)
    filled = replace(visit, form=kept) if kept else visit
    return shown(case, choice=filled.said("choice"), reason=filled.said("reason"))


def shown(
    case: Case,
    *,
    status: int = 200,
    passages: tuple[Passage, ...] = (),
    **said: Any,  # noqa: ANN401 - what was filled in, and errors
) -> Response:
    """Return the page of a delivery; `said` is what the visitor filled in, with what is wrong about it in `errors`.

    It shows `passages` where they were asked for; while they are on their way `reading` says which, and where they
    cannot be shown `unread` says why.
    """
    visit = case.visit
    tongue = visit.tongue
    barred = why_not(case) if visit.may(Permission.DECIDE) else why_not_for_others(case)
    held = case.held
    return visit.show(
        "quarantine/review.html",
        status=status,
        case=case,
        sheet=Sheet(case=case, tongue=tongue, passages=passages),
        history=history(case, tongue),
        held=held,
        decide_by=held.held_at + visit.desk.settings.decide_within if held else None,
        has_it=who_has(case, held),
        barred=barred,
        waiting=case.waiting,
        not_redacted=why_not_redacted(case.transfer),
        seconds=round(visit.desk.settings.stop_within.total_seconds()),
        **({} if barred else panel(case, tongue)),
        **{
            "notice": _done(visit, tongue),
            "errors": {},
            "choice": "",
            "reason": "",
            "reading": "",
            "unread": "",
            **said,
        },
    )


def _done(visit: Visit, tongue: Tongue) -> str:
    word = visit.query.get("done", "")
    return tongue.say(DONE[word]) if word in DONE else ""


def panel(case: Case, tongue: Tongue) -> dict[str, Any]:
    """Return what stands in the panel with the decision."""
    found, earlier = offers(case, tongue), first_release(case)
    return {
        "offers": [{"value": each.choice, "text": each.text, "hint": each.hint} for each in found.choices],
        "no_release": found.no_release,
        "first": earlier,
        "who_may": [each.name for each in approvers(case)] if earlier else [],
        "assignable": [("", tongue.say("Nobody")), *((each.id, each.name) for each in reviewers(case.visit))],
        "escalatable": [("", tongue.say("Nobody")), *((each, role_named(each, tongue)) for each in escalated_to(case))],
    }


def history(case: Case, tongue: Tongue) -> list[dict[str, Any]]:
    """Return what happened to a delivery, out of the ledger, as a timeline takes it."""
    told = [read_entry(number, raw) for number, raw in case.desk.store.ledger.about(case.transfer.id)]
    own, names = {"", case.delivery.id}, case.visit.names
    return [{"title": "", "text": each.words(tongue, names), "at": each.at} for each in told if each.delivery_id in own]


def role_named(role: str, tongue: Tongue) -> str:
    """Return what a role is called to which something is escalated."""
    return tongue.say("Approvers") if role == Role.APPROVER else role.replace("-", " ").capitalize()


def why_not_for_others(case: Case) -> str:
    """Return why who may only look may not decide."""
    return why_not(case) or NOT_AN_OFFICER


def who_has(case: Case, held: Held | None) -> str:
    """Return the name of whoever took it on, empty where nobody has."""
    return case.visit.names.get(held.assigned_to, held.assigned_to) if held else ""


PAGES: Final = (Page(method="GET", path="/quarantine/{transfer}/{delivery}", act=review, needs=Permission.MASKED),)
