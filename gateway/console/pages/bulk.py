"""One decision on several, or on everything that matches: shown by reason and recipient, then carried out bit by bit.

What is held for different reasons is never decided together unless somebody says so. The daemon files each for itself.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from starlette.responses import Response

from gateway.console.entrance import sessions
from gateway.console.frame.visit import Visit
from gateway.console.held.asking import MINE, Asked, asked_text
from gateway.console.held.filing import Case, refuse_own
from gateway.console.held.kept import KEPT
from gateway.console.held.several import Several, narrowed, picked, several
from gateway.console.roles import Permission
from gateway.console.routes import Page
from gateway.console.words import mark
from gateway.errors import Conflict, NotAccepted, NotFound, NotPermitted
from gateway.model.bulk import Bulk, BulkState
from gateway.model.held import Why
from gateway.model.record import Act
from gateway.quarantine.party import LONGEST_REASON
from gateway.quarantine.people import officer_of
from gateway.system.ids import serial

if TYPE_CHECKING:
    from gateway.model.held import HeldQuery

ACTS: Final = {"release": Act.RELEASE, "refuse": Act.REFUSE}
HOW: Final = {"": "", "sealed": "zip", "key": "pgp"}
"""How it is to go, and the method that demands it."""

AGAIN: Final = "/quarantine/bulk/check"
"""The page that shows again what was filled in."""

NOTHING: Final = mark("Select what your decision is about, or everything that matches")
WORDLESS: Final = mark("Write a reason")
TOO_LONG: Final = mark("The reason must be 1,000 characters or fewer")
TOO_MUCH: Final = mark("Select what you take on: everything at once is nobody's")
MIXED: Final = mark("Choose which reasons your decision is about")


@dataclass(frozen=True, slots=True, kw_only=True)
class Meant:
    """What a decision is about: the list it was made in, and what was picked there, none for all that matches."""

    asked: Asked
    items: dict[tuple[str, str], int]
    everything: bool

    @property
    def query(self) -> HeldQuery:
        """Which deliveries those are."""
        return replace(self.asked.query, only=frozenset(self.items)) if not self.everything else self.asked.query


def preview(visit: Visit) -> Response:
    """Show what a decision on several would be about; or take on what was picked."""
    meant = _meant(visit)
    if not meant.everything and not meant.items:
        raise NotAccepted(NOTHING, hint="go back")
    if visit.said("act") == "take":
        return _take(visit, meant)
    return _previewed(visit, meant)


def _previewed(visit: Visit, meant: Meant, *, status: int = 200, **more: Any) -> Response:  # noqa: ANN401 - values
    word = visit.said("act")
    if word not in ACTS:
        raise NotAccepted("that cannot be done to several", hint="go back")
    tongue = visit.tongue
    found = several(visit.desk, meant.query, visit.me.address, tongue)
    if not found.total:
        raise NotFound("nothing that is held fits any more", hint="look at the list again")
    return visit.show(
        "quarantine/bulk_check.html",
        status=status,
        act=word,
        found=found,
        group_items=[
            {"value": each.why, "text": f"{each.words} ({tongue.number(each.count)})"} for each in found.groups
        ],
        items=[f"{transfer}.{delivery}.{version}" for (transfer, delivery), version in meant.items.items()],
        asked=meant.asked,
        everything=meant.everything,
        **{"errors": {}, "reason": "", "whys": _only_one(found), "how": "", **more},
    )


def again(visit: Visit) -> Response:
    """Show again what somebody had filled in when they were asked who they are, as it is now."""
    if (kept := KEPT.of(visit, AGAIN)) is None:
        return visit.go("/quarantine")
    then = replace(visit, form=kept)
    return _previewed(then, _meant(then), reason=then.said("reason"), whys=then.chosen("why"), how=then.said("how"))


def _only_one(found: Several) -> tuple[str, ...]:
    """Return the one reason where there is one; of several somebody must choose."""
    return (found.groups[0].why,) if len(found.groups) == 1 else ()


def begin(visit: Visit) -> Response:
    """Begin it: over exactly what was shown, or not at all."""
    meant, reason, whys = _meant(visit), visit.said("reason"), visit.chosen("why")
    act, how = ACTS.get(visit.said("act")), visit.said("how")
    errors = {"why": MIXED} if not whys else {}
    if not reason or len(reason) > LONGEST_REASON:
        errors["reason"] = TOO_LONG if reason else WORDLESS
    if errors or act is None or how not in HOW:
        return _previewed(visit, meant, status=422, errors=errors, reason=reason, whys=whys, how=how)
    if officer_of(visit.me) is None:
        raise NotPermitted("reviewers and approvers decide")
    if act is Act.RELEASE and not sessions.is_fresh(visit.session, visit.desk):  # any of them may be RESTRICTED
        KEPT.keep(visit, AGAIN)
        return sessions.ask(AGAIN, step_up=True)
    _require_unchanged(visit, meant)
    bulk = Bulk(
        id=serial("b"),
        person_id=visit.me.id,
        at=visit.desk.clock.now(),
        state=BulkState.RUNNING,
        act=act,
        reason=reason,
        query=meant.asked.text,
        total=sum(_shown(visit, why) for why in whys),
        method=HOW[how] if act is Act.RELEASE else "",
    )
    seen = {why: visit.said(f"seen-{why}") for why in Why if why in whys}
    visit.desk.store.bulks.create(bulk, narrowed(meant.query, whys), seen)
    KEPT.forget(visit, AGAIN)
    return visit.go(f"/quarantine/bulk/{bulk.id}")


def _shown(visit: Visit, why: str) -> int:
    """Return how many of a reason were shown."""
    said = visit.said(f"count-{why}")
    return int(said) if said.isdecimal() and len(said) < 9 else -1  # noqa: PLR2004 - digits


def _require_unchanged(visit: Visit, meant: Meant) -> None:
    """Raise `Conflict` where something that was picked is not as it was seen."""
    for (transfer, delivery), version in meant.items.items() if not meant.everything else ():
        if visit.desk.store.held.get(transfer, delivery).version != version:
            raise Conflict("something that you picked changed meanwhile", hint="look at the list again")


def _take(visit: Visit, meant: Meant) -> Response:
    """Take on what was picked and nobody has; what somebody else has stays theirs, and nobody takes their own."""
    if meant.everything:
        raise NotAccepted(TOO_MUCH, hint="go back")
    left = sum(not _taken(visit, *each) for each in meant.items)
    return visit.go(f"/quarantine?whose={MINE}" + (f"&left={left}" if left else ""))


def _taken(visit: Visit, transfer_id: str, delivery_id: str) -> bool:
    """Let the visitor have it, where they may and nobody else does; say whether they have it now."""
    store = visit.desk.store
    try:
        held = store.held.get(transfer_id, delivery_id)
        transfer = store.transfers.get(held.transfer_id)
        delivery = next(each for each in transfer.deliveries if each.id == held.delivery_id)
        refuse_own(Case(visit=visit, transfer=transfer, delivery=delivery))
        if held.assigned_to != visit.me.id:
            store.held.claim(held, by=visit.me.id, now=visit.desk.clock.now())
    except (Conflict, NotFound, NotPermitted):
        return False
    return True


def _meant(visit: Visit) -> Meant:
    within = visit.desk.settings.decide_within
    asked = asked_text(visit.said("query"), me=visit.me.id, now=visit.desk.clock.now(), decide_within=within)
    return Meant(asked=asked, items=picked(visit.chosen("item")), everything=visit.said("everything") == "yes")


PAGES: Final = (
    Page(method="GET", path=AGAIN, act=again, needs=Permission.DECIDE),
    Page(method="POST", path="/quarantine/bulk", act=preview, needs=Permission.DECIDE),
    Page(method="POST", path="/quarantine/bulk/begin", act=begin, needs=Permission.DECIDE),
)
"""Before those of one delivery, whose address would fit as well."""
