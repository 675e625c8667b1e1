"""Reading what was found among the words around it, masked: on the review page itself, recorded before it is opened.

No fresh proof and no reason, for no value is shown. Who may not decide does not read them: they are words of content.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from starlette.responses import Response

from gateway.console.frame.visit import Visit
from gateway.console.held import reveals
from gateway.console.held.filing import Case, case_of
from gateway.console.held.offers import why_not
from gateway.console.held.reveals import Reveal, ask_to_see, on_its_way, what_came
from gateway.console.held.words import unshown
from gateway.console.pages import review
from gateway.console.roles import Permission
from gateway.console.routes import Page
from gateway.console.words import mark
from gateway.errors import NotPermitted
from gateway.model.record import Act
from gateway.store.exchange import passages_said

GONE: Final = mark("They were shown already, or it took too long. Ask for them again.")


def read(visit: Visit) -> Response:
    """Have the passages opened, and show the page with them; where that takes longer, offer to look again.

    Who looks again names the `instruction` with which they asked, and is shown what it brought once.
    """
    case = _readable(visit)
    path = f"{case.path}/passages"
    if not visit.said("instruction"):
        asked = ask_to_see(case, path, Act.READ)
        return _answered(case, asked, what_came(case, asked, seconds=reveals.WAIT))
    if (known := on_its_way(case, path)) is None:
        return review.shown(case, status=410, unread=GONE)
    return _answered(case, known, what_came(case, known))


def back(visit: Visit) -> Response:
    """Go to the page of the delivery: what was read is not shown again."""
    return visit.go(case_of(visit).path)


def _answered(case: Case, asked: Reveal, said: Mapping[str, Any] | None) -> Response:
    if said is None:
        return review.shown(case, status=202, reading=asked.id)
    if "trouble" in said:
        return review.shown(case, unread=unshown(said["trouble"]))
    return review.shown(case, passages=passages_said(said))


def _readable(visit: Visit) -> Case:
    case = case_of(visit)
    if barred := why_not(case):
        raise NotPermitted(barred)
    return case


PATH: Final = "/quarantine/{transfer}/{delivery}/passages"
PAGES: Final = (
    Page(method="GET", path=PATH, act=back, needs=Permission.MASKED),
    Page(method="POST", path=PATH, act=read, needs=Permission.DECIDE),
)
