"""How far a decision on several has come, what came of each, and stopping it."""

from __future__ import annotations

from typing import Final

from starlette.responses import Response

from gateway.console.frame.visit import Visit
from gateway.console.roles import Permission
from gateway.console.routes import Page
from gateway.console.words import mark
from gateway.model.bulk import BulkState, Result

STATES: Final = {
    BulkState.RUNNING: (mark("Under way"), "blue"),
    BulkState.STOPPED: (mark("Stopped"), "grey"),
    BulkState.FINISHED: (mark("Done"), "green"),
}
RESULTS: Final = {
    Result.FILED: (mark("Filed"), "green"),
    Result.REFUSED: (mark("Not permitted"), "red"),
    Result.MISSED: (mark("Somebody was first"), "grey"),
    None: (mark("Waiting"), ""),
}
PER_PAGE: Final = 100


def progress(visit: Visit) -> Response:
    """Show how far one has come, and what came of each."""
    return _progress(visit, "quarantine/bulk.html")


def progress_now(visit: Visit) -> Response:
    """Return the part of that page which changes."""
    return _progress(visit, "quarantine/_bulk.html")


def _progress(visit: Visit, template: str) -> Response:
    store = visit.desk.store
    bulk = store.bulks.get(visit.path["bulk"])
    failed = visit.query.get("failed") == "yes"
    page = store.bulks.items(bulk.id, failed=failed, place=visit.query.get("after", ""), limit=PER_PAGE)
    words, colour = STATES[bulk.state]
    return visit.show(
        template,
        bulk=bulk,
        words=visit.tongue.say(words),
        colour=colour,
        is_running=bulk.state is BulkState.RUNNING,
        who=visit.names.get(bulk.person_id, bulk.person_id),
        page=page,
        items=[(each, *RESULTS[each.result]) for each in page.rows],
        failed=failed,
        may_stop=visit.may(Permission.DECIDE) and bulk.state is BulkState.RUNNING,
    )


def stop(visit: Visit) -> Response:
    """Let no more of it be carried out; what was filed stays."""
    visit.desk.store.bulks.stop(visit.path["bulk"])
    return visit.go(f"/quarantine/bulk/{visit.path['bulk']}")


def newest(visit: Visit) -> Response:
    """List the newest decisions on several."""
    found, names = visit.desk.store.bulks.newest(), visit.names
    rows = [(each, *STATES[each.state], names.get(each.person_id, each.person_id)) for each in found]
    return visit.show("quarantine/bulks.html", rows=rows)


PAGES: Final = (
    Page(method="GET", path="/quarantine/bulk", act=newest, needs=Permission.MASKED),
    Page(method="GET", path="/quarantine/bulk/{bulk}", act=progress, needs=Permission.MASKED),
    Page(method="GET", path="/quarantine/bulk/{bulk}/now", act=progress_now, needs=Permission.MASKED, polls=True),
    Page(method="POST", path="/quarantine/bulk/{bulk}/stop", act=stop, needs=Permission.DECIDE),
)
"""Before those of one delivery, whose address would fit as well."""
