"""Deciding on one delivery: what it will do, that it counts, and that it is stopped.

Nothing counts before it was shown what it does. Whoever comes second is told who was first.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from starlette.responses import Response

from gateway.console.entrance import sessions
from gateway.console.frame.visit import Visit
from gateway.console.held import acting
from gateway.console.held.filing import Case, case_of, needs_step_up
from gateway.console.held.kept import KEPT
from gateway.console.held.offers import Offer, offers, why_not
from gateway.console.held.sheet import Sheet
from gateway.console.held.telling import foretold, outcome
from gateway.console.pages.review import shown, who_has
from gateway.console.roles import Permission
from gateway.console.routes import Page
from gateway.console.words import mark
from gateway.errors import Conflict, NotFound, NotPermitted
from gateway.model.held import Held
from gateway.model.record import Act
from gateway.quarantine.party import LONGEST_REASON

UNCHOSEN: Final = mark("Choose what should happen")
WORDLESS: Final = mark("Write a reason")
TOO_LONG: Final = mark("The reason must be 1,000 characters or fewer")
IMPOSSIBLE: Final = mark("That is not possible any more. Choose again")


def check(visit: Visit) -> Response:
    """Show what a decision will do; the delivery becomes the officer's where it is nobody's."""
    return _with_choice(visit, _shown)


def decide(visit: Visit) -> Response:
    """File a decision that was shown."""
    return _with_choice(visit, _filed)


def _with_choice(visit: Visit, go_on: Callable[[Case, Offer, str], Response]) -> Response:
    """Go on with what the form chose and its reason; show what is wrong with it, or who was quicker."""
    case, reason = decidable(visit), visit.said("reason")
    try:
        acting.as_seen(case, version_of(visit))
        offer, errors = _chosen(case, reason)
        if offer is None or errors:
            return shown(case, status=422, errors=errors, choice=visit.said("choice"), reason=reason)
        if needs_step_up(case, offer.act) and not sessions.is_fresh(visit.session, visit.desk):
            KEPT.keep(visit, case.path)
            return sessions.ask(case.path, step_up=True)
        return go_on(case, offer, reason)
    except (Conflict, NotFound):
        return first(case)


def _shown(case: Case, offer: Offer, reason: str) -> Response:
    held = _claimed(case)
    visit, tongue = case.visit, case.visit.tongue
    return visit.show(
        "quarantine/check.html",
        case=case,
        sheet=Sheet(case=case, tongue=tongue),
        held=held,
        offer=offer,
        reason=reason,
        foretold=foretold(case, offer, reason, tongue),
        has_it="" if held.assigned_to == visit.me.id else who_has(case, held),
    )


def _filed(case: Case, offer: Offer, reason: str) -> Response:
    acting.file(case, offer.act, reason, version_of(case.visit), method=offer.method, redact=offer.redact)
    KEPT.forget(case.visit, case.path)
    return case.visit.go(f"{case.path}?done=asked" if offer.act is Act.ASK else f"{case.path}/decision")


def decision(visit: Visit) -> Response:
    """Show what was decided and what became of it; the release can be stopped while it waits."""
    return _decision(visit, "quarantine/decision.html")


def decision_now(visit: Visit) -> Response:
    """Return the part of that page which changes."""
    return _decision(visit, "quarantine/_outcome.html")


def _decision(visit: Visit, template: str) -> Response:
    case = case_of(visit)
    tongue = visit.tongue
    return visit.show(
        template,
        case=case,
        sheet=Sheet(case=case, tongue=tongue),
        outcome=outcome(case, tongue),
        waiting=case.waiting,
        now=visit.desk.clock.now(),
        may_stop=visit.may(Permission.DECIDE),
    )


def stop(visit: Visit) -> Response:
    """Take back a decision that was not carried out yet; whoever may decide may stop."""
    case = case_of(visit)
    try:
        acting.stop(case, visit.said("instruction"))
    except (Conflict, NotFound):
        return first(case)
    return visit.go(f"{case.path}?done=stopped")


def decidable(visit: Visit) -> Case:
    """Return the delivery, where the visitor may decide on it; `NotPermitted`."""
    case = case_of(visit)
    if case.is_held and (barred := why_not(case)):
        raise NotPermitted(barred)
    return case


def _chosen(case: Case, reason: str) -> tuple[Offer | None, dict[str, str]]:
    """Return what the visitor chose, and what is wrong with the form by its field."""
    word, tongue = case.visit.said("choice"), case.visit.tongue
    offer = next((each for each in offers(case, tongue).choices if each.choice == word), None)
    errors = {} if offer else {"choice": IMPOSSIBLE if word else UNCHOSEN}
    if not reason:
        errors["reason"] = WORDLESS
    elif len(reason) > LONGEST_REASON:
        errors["reason"] = TOO_LONG
    return offer, errors


def version_of(visit: Visit) -> int:
    """Return the version that the visitor saw; -1, which none has, where the form names none."""
    said = visit.said("version")
    return int(said) if said.isdecimal() and len(said) < 20 else -1  # noqa: PLR2004 - digits of 64 bits


def _claimed(case: Case) -> Held:
    """Return it as it is now, the visitor's where it was nobody's; `Conflict`, `NotFound`."""
    held = acting.as_seen(case, version_of(case.visit))
    if held.assigned_to:
        return held
    return case.desk.store.held.claim(held, by=case.visit.me.id, now=case.desk.clock.now())


def first(case: Case) -> Response:
    """Show that somebody was quicker: who, what they did, and how it stands now."""
    visit = case.visit
    fresh = case_of(visit)
    tongue = visit.tongue
    held, release = fresh.held, fresh.delivery.release
    return visit.show(
        "quarantine/first.html",
        status=409,
        case=fresh,
        sheet=Sheet(case=fresh, tongue=tongue),
        outcome=outcome(fresh, tongue),
        released_by=release.officer if release and not fresh.is_held and not fresh.delivery.refusal else "",
        has_it=who_has(fresh, held) if held and held.assigned_to != visit.me.id else "",
    )


PATH: Final = "/quarantine/{transfer}/{delivery}"
PAGES: Final = (
    Page(method="POST", path=f"{PATH}/check", act=check, needs=Permission.DECIDE),
    Page(method="POST", path=f"{PATH}/decide", act=decide, needs=Permission.DECIDE),
    Page(method="GET", path=f"{PATH}/decision", act=decision, needs=Permission.MASKED),
    Page(method="GET", path=f"{PATH}/decision/now", act=decision_now, needs=Permission.MASKED, polls=True),
    Page(method="POST", path=f"{PATH}/stop", act=stop, needs=Permission.DECIDE),
)
