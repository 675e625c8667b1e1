"""Try a file before sending it: the daemon says what would happen, and nothing is stored or sent.

The file goes through this process sealed for the daemon, which alone reads it. A few may wait at once: each holds a
thread until the daemon has read the file.
"""

from __future__ import annotations

import re
from threading import BoundedSemaphore
from typing import Any, Final

from starlette.responses import Response

from gateway.console.frame.visit import Visit
from gateway.console.held.rules import words_of_rule
from gateway.console.held.words import GAPS, NETWORKS, kind_of
from gateway.console.pages.policy import WOULD
from gateway.console.policy.owed import owed
from gateway.console.roles import Permission
from gateway.console.routes import Page
from gateway.console.words import mark
from gateway.errors import Busy, GatewayError
from gateway.model.inspection import GapKind
from gateway.store.exchange import Tried, ask_preview, wait_for_answer

AT_ONCE: Final = 4
WAITS: Final = 40.0
"""Seconds that somebody waits for an answer; what was asked lives a little longer."""

LARGEST: Final = 50_000_000
"""Bytes of a file that is tried, at most: what is larger costs this process too much memory."""

FIELDS: Final = 1_000_000
"""Bytes of the rest of the form, likewise."""

MOST_RECIPIENTS: Final = 50
BETWEEN: Final = re.compile(r"[\s,;]+")
PLACES: Final = BoundedSemaphore(AT_ONCE)
AWAY: Final = mark("The gateway does not answer now, so nobody can say. Nothing was sent or kept. Try again later.")


def form(visit: Visit) -> Response:
    """Show the form."""
    return _shown(visit)


def tried(visit: Visit) -> Response:
    """Ask the daemon, and show what it says."""
    file, recipients = visit.upload("file"), tuple(filter(None, BETWEEN.split(visit.said("to"))))
    errors: dict[str, str] = {}
    if file is None:
        errors["file"] = mark("Choose a file")
    if not recipients:
        errors["to"] = mark("Write at least one address")
    elif len(recipients) > MOST_RECIPIENTS:
        errors["to"] = mark("Write 50 addresses at most")
    content = file.file.read(_largest(visit) + 1) if file else b""
    if len(content) > _largest(visit):
        errors["file"] = mark("The file is too large to be tried here")
    if errors or file is None:
        return _shown(visit, status=422, errors=errors)
    asked = Tried(
        name=(file.filename or "file").replace("\\", "/").rpartition("/")[2],
        sender=_sender(visit),
        recipients=recipients,
        subject=visit.said("subject"),
        reason=visit.said("reason"),
        content=content,
    )
    try:
        said = _ask(visit, asked)
    except GatewayError as trouble:
        return _shown(visit, status=503, trouble=AWAY if isinstance(trouble, Busy) else trouble.message)
    if said is None:
        return _shown(visit, status=503, trouble=AWAY)
    if "trouble" in said:
        return _shown(visit, status=422, trouble=str(said["trouble"]), hint=str(said.get("hint", "")))
    return _shown(visit, said=said, name=asked.name)


def _ask(visit: Visit, asked: Tried) -> dict[str, Any] | None:
    """Return the daemon's answer, None where it did not come in time; `Busy` where none runs, or many wait."""
    store, clock = visit.desk.store, visit.desk.clock
    if not PLACES.acquire(blocking=False):
        raise Busy("several files are being tried", hint="try again in a minute")
    try:
        waiting = ask_preview(store.parcels, store.boards, asked, clock.now())
        return wait_for_answer(store.parcels, waiting, clock.now, seconds=WAITS)
    finally:
        PLACES.release()


def _largest(visit: Visit) -> int:
    return min(visit.desk.largest, LARGEST)


def _sender(visit: Visit) -> str:
    """Return from whom it would come: the visitor, unless they may see everybody's transfers and say somebody else."""
    return (visit.said("from") if visit.may(Permission.LIST) else "") or visit.me.address


def _shown(
    visit: Visit,
    *,
    status: int = 200,
    errors: dict[str, str] | None = None,
    said: dict[str, Any] | None = None,
    **more: str,
) -> Response:
    tongue = visit.tongue
    found = said["findings_by_entity"] if said else {}
    return visit.show(
        "trying/form.html",
        status=status,
        errors=errors or {},
        said=said,
        found=[f"{kind_of(entity, visit.language)} ({tongue.number(count)})" for entity, count in found.items()],
        gaps=[(each["part"], tongue.say(GAPS[GapKind(each["kind"])])) for each in said["gaps"]] if said else [],
        asked={name: visit.said(name) for name in ("to", "from", "subject", "reason")},
        largest=_largest(visit),
        would=WOULD,
        networks=NETWORKS,
        owed=owed,
        words_of_rule=words_of_rule(visit.desk.policy, tongue),
        **{"trouble": "", "hint": "", "name": "", **more},
    )


PAGES: Final = (
    Page(method="GET", path="/try", act=form, needs=Permission.OWN),
    Page(method="POST", path="/try", act=tried, needs=Permission.OWN, largest=LARGEST + FIELDS),
)
