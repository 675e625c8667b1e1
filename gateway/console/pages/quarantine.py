"""The list of what is held: the reason in words, filters with counts beside them, and what may be done with several."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final

from starlette.responses import Response

from gateway.console.frame.visit import Visit
from gateway.console.held.asking import MINE, NOBODYS, Asked, asked
from gateway.console.held.found import named, shortened
from gateway.console.held.rules import WordsOfRule, words_of_rule
from gateway.console.held.words import ORDERS, STATES, WHY
from gateway.console.pages.review import role_named
from gateway.console.roles import Permission
from gateway.console.routes import Page
from gateway.console.words.tongue import Tongue
from gateway.model.held import Held, HeldState, Why
from gateway.model.tier import Tier
from gateway.store.held_counts import Counts

ROWS: Final = 25
"""Rows of a page: each takes its share of the time in which a page must be there."""


def quarantine(visit: Visit) -> Response:
    """Show a page of the list."""
    desk = visit.desk
    tongue = visit.tongue
    words = words_of_rule(desk.policy, tongue)
    wanted = asked_of(visit)
    page = desk.store.held.list(wanted.query, order=wanted.order, place=visit.query.get("after", ""), limit=ROWS)
    counts = desk.store.held.counts(wanted.query)
    return visit.show(
        "quarantine/list.html",
        asked=wanted,
        page=page,
        rows=[row_of(each, visit.names, desk.settings.decide_within, tongue, words) for each in page.rows],
        total=_number(counts.total, tongue, is_more=counts.is_more),
        several=counts.total > 1,
        figures=figures(visit, tongue),
        views=desk.store.views.of(visit.me.id),
        **filters(wanted, counts, tongue, visit.me.id),
    )


def asked_of(visit: Visit) -> Asked:
    """Return which list the address asks for."""
    within = visit.desk.settings.decide_within
    return asked(visit.query.multi_items(), me=visit.me.id, now=visit.desk.clock.now(), decide_within=within)


def figures(visit: Visit, tongue: Tongue) -> list[dict[str, str]]:
    """Return the four figures above the list."""
    found = visit.desk.store.held.figures(visit.desk.clock.now(), visit.desk.settings.decide_within)
    oldest = tongue.lasted(visit.desk.clock.now() - found.oldest) if found.oldest else tongue.say("nothing waits")
    return [
        {"label": tongue.say("Waiting"), "value": tongue.number(found.waiting), "href": "/quarantine"},
        {
            "label": tongue.say("Past decision time"),
            "value": tongue.number(found.past),
            "href": "/quarantine?late=yes",
            "colour": "red" if found.past else "",
        },
        {
            "label": tongue.say("Waiting for a second person"),
            "value": tongue.number(found.second),
            "href": f"/quarantine?state={HeldState.SECOND}",
        },
        {"label": tongue.say("Oldest"), "value": oldest, "href": ""},
    ]


def row_of(
    held: Held, people: Mapping[str, str], decide_within: timedelta, tongue: Tongue, words: WordsOfRule
) -> dict[str, Any]:
    """Return a line of the list, in words."""
    why, colour = WHY[held.why]
    who = people.get(held.assigned_to, held.assigned_to)
    return {
        "held": held,
        "path": f"/quarantine/{held.transfer_id}/{held.delivery_id}",
        "value": f"{held.transfer_id}.{held.delivery_id}.{held.version}",
        "name": shortened(named(held.name, tongue)),
        "more": _more(held.files - 1, tongue),
        "why": tongue.say(why),
        "colour": colour,
        "says": words(held.rule, held.says),
        "states": tongue.listed([tongue.say(STATES[each]) for each in HeldState if each in held.states]),
        "who": who or tongue.say("Not assigned"),
        "decide_by": held.held_at + decide_within,
    }


def _more(files: int, tongue: Tongue) -> str:
    return tongue.several("and %(num)s more file", "and %(num)s more files", files) if files > 0 else ""


def filters(wanted: Asked, counts: Counts, tongue: Tongue, me: str) -> dict[str, Any]:
    """Return what the filters offer: each value with how many it would leave, those that leave none left out.

    Where so many match that nobody counted them, without how many.
    """
    say, query = tongue.say, wanted.query

    def item(value: object, text: str, count: int) -> dict[str, str]:
        return {"value": str(value), "text": f"{text} ({tongue.number(count)})" if counts.exact else text}

    return {
        "whys": [
            item(each, say(WHY[each][0]), counts.why.get(each, 0))
            for each in Why
            if counts.why.get(each, 0) or each in query.why
        ],
        "tiers": [
            item(int(each), say("No marking") if each is Tier.UNMARKED else each.label, counts.tier.get(each, 0))
            for each in reversed(Tier)
            if counts.tier.get(each, 0) or each in query.tier
        ],
        "routes": [
            item(each, each or say("no route"), counts.route.get(each, 0))
            for each in sorted({*counts.route, *query.route})
            if each
        ],
        "states": [item(each, say(STATES[each]), counts.states.get(each, 0)) for each in HeldState],
        "whose": [
            ("", say("Anybody")),
            item(MINE, say("Me"), counts.assigned_to.get(me, 0)),
            item(NOBODYS, say("Nobody"), counts.assigned_to.get("", 0)),
        ],
        "roles": [
            item(each, role_named(each, tongue), counts.escalated_to.get(each, 0))
            for each in sorted({*counts.escalated_to, query.escalated_to or ""})
            if each
        ],
        "orders": [(str(each), say(words)) for each, words in ORDERS.items()],
    }


def _number(count: int, tongue: Tongue, *, is_more: bool) -> str:
    return f"{tongue.number(count)}+" if is_more else tongue.number(count)


PAGES: Final = (Page(method="GET", path="/quarantine", act=quarantine, needs=Permission.LIST),)
