"""Notices that wait or could not be told, and telling them again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from starlette.responses import Response

from gateway.console.frame.visit import Visit
from gateway.console.held.noticed import TOPICS, notice_row
from gateway.console.held.words import NOTICES
from gateway.console.roles import Permission
from gateway.console.routes import Page
from gateway.console.words import mark
from gateway.errors import NotFound
from gateway.model.lifecycle import NoticeState
from gateway.model.officer_notice import OfficerNotice
from gateway.model.record import Act, Instruction
from gateway.quarantine.people import account_of
from gateway.quarantine.resending import check_resend
from gateway.store.notices import Untold
from gateway.store.paging import Page as Rows
from gateway.system.ids import serial

WAITING: Final = 50
"""Notices that wait and are shown: most are told within seconds."""

AGAIN: Final = mark("It is being told again.")
REASON: Final = "told again by the console"


def notices(visit: Visit) -> Response:
    """Show what could not be told, and what waits to be."""
    store, tongue = visit.desk.store, visit.tongue
    failed = store.notices.standing(NoticeState.FAILED, place=visit.query.get("place", ""))
    waiting = store.notices.standing(NoticeState.WAITING, limit=WAITING)
    officers = [
        *store.officer_notices.standing(NoticeState.FAILED),
        *store.officer_notices.standing(NoticeState.WAITING),
    ]
    return visit.show(
        "notices/list.html",
        failed=_rows(visit, failed),
        waiting=_rows(visit, waiting),
        next=failed.next,
        officers=[_officer_row(visit, each) for each in officers],
        notice=tongue.say(AGAIN) if visit.query.get("done") else "",
    )


def again(visit: Visit) -> Response:
    """Have a notice of a transfer told again; raises as `quarantine.resending.check_resend`."""
    store, wanted = visit.desk.store, visit.said("notice")
    transfer = store.transfers.get(visit.said("transfer"))
    notice = next((each for each in transfer.notices if each.id == wanted), None)
    if notice is None or not notice.deliveries:
        raise NotFound("there is no such notice to tell again", hint="load the page again")
    instruction = Instruction(
        id=serial("i"),
        transfer_id=transfer.id,
        delivery_id=notice.deliveries[0],
        act=Act.RESEND,
        officer=visit.me.name,
        officer_address=visit.me.address,
        officer_account=account_of(visit.me),
        officer_roles=visit.me.officer_roles,
        reason=REASON,
        at=visit.desk.clock.now(),
        notice=notice.id,
    )
    check_resend(transfer, instruction)
    store.transfers.instruct(instruction)
    return visit.go("/notices?done=yes")


def officers_again(visit: Visit) -> Response:
    """Have a notice to an officer told again."""
    visit.desk.store.officer_notices.again(visit.said("notice"), visit.desk.clock.now())
    return visit.go("/notices?done=yes")


def _rows(visit: Visit, page: Rows[Untold]) -> Sequence[Mapping[str, Any]]:
    tongue = visit.tongue
    rows = []
    for each in page.rows:
        row = notice_row(each.notice, tongue)
        may = row["may_resend"] and not each.is_over
        rows.append({**row, "transfer": each.transfer_id, "is_over": each.is_over, "may_resend": may})
    return rows


def _officer_row(visit: Visit, notice: OfficerNotice) -> Mapping[str, Any]:
    words, colour = NOTICES[notice.state]
    tongue = visit.tongue
    return {
        "id": notice.id,
        "about": tongue.say(TOPICS[notice.topic]),
        "to": notice.to,
        "at": notice.at,
        "words": tongue.say(words),
        "colour": colour,
        "attempts": notice.attempts,
        "may_resend": notice.state is NoticeState.FAILED,
    }


PAGES: Final = (
    Page(method="GET", path="/notices", act=notices, needs=Permission.DECIDE),
    Page(method="POST", path="/notices/again", act=again, needs=Permission.DECIDE),
    Page(method="POST", path="/notices/officers-again", act=officers_again, needs=Permission.DECIDE),
)
