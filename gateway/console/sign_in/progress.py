"""From what was proved to a session: what is still owed, and when nothing is, the sign-in.

Until then the session names nobody: a page that asks who it is gets no answer. Each proof gives the browser a new
cookie, so that one that somebody else knew, or planted, is worth nothing (session fixation).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from enum import StrEnum
from functools import wraps
from typing import Final, TypeAlias

from starlette.responses import Response

from gateway.config.sign_in import LONGEST_IDLE
from gateway.console.entrance import sessions
from gateway.console.frame.visit import Visit, granted
from gateway.console.roles import needs_second
from gateway.console.routes import Act
from gateway.console.sign_in import limits
from gateway.console.sign_in.accounts import about
from gateway.model.person import SECOND, Credential, Kind, Pending, Person, Session, Way, has
from gateway.model.record import Event
from gateway.store.attempts import Limit
from gateway.system.ids import serial

UNDER_WAY: Final = timedelta(minutes=10)
EMERGENCY_FOR: Final = timedelta(minutes=15)

Find: TypeAlias = Callable[[Visit], tuple[Person, Pending] | None]
"""Finds whose visit it is, and what is under way."""

BROWSERS: Final = ("Edg", "OPR", "Firefox", "Chrome", "Safari", "curl")
SYSTEMS: Final = ("Android", "iPhone", "iPad", "Windows", "Mac OS X", "CrOS", "Linux")
SHOWN: Final = {"Edg": "Edge", "OPR": "Opera", "Mac OS X": "macOS", "CrOS": "ChromeOS"}


class Step(StrEnum):
    """What is still owed, as the address of its page."""

    CODE = "/sign-in/code"
    PASSWORD = "/sign-in/password"  # noqa: S105 - the address of a page
    SECOND = "/sign-in/second"
    NOTHING = ""


def owed(person: Person, held: Sequence[Credential], ways: Sequence[Way]) -> Step:
    """Return what somebody who proved so much must do next."""
    if Way.HOST in ways:
        return Step.NOTHING
    is_twice = not SECOND.isdisjoint(ways)
    if not is_twice and has(held, Kind.CODE_APP, Kind.PASSKEY):
        return Step.CODE
    if Way.PASSWORD in ways and any(each.kind is Kind.PASSWORD and each.until for each in held):
        return Step.PASSWORD
    return Step.SECOND if not is_twice and needs_second(person.roles) else Step.NOTHING


def go_on(visit: Visit, person: Person, ways: Sequence[Way], back: str) -> Response:
    """Send somebody who proved so much to what is owed next; where nothing is, sign them in."""
    step = owed(person, visit.desk.store.people.credentials(person.id), ways)
    if step is Step.NOTHING:
        return with_cookie(signed_in(visit, person, ways), visit.go(back))
    later = begin(visit, Pending(person_id=person.id, ways=tuple(ways), back=back), person)
    return with_cookie(later, visit.go(step.value))


def begin(visit: Visit, pending: Pending, person: Person | None = None) -> Visit:
    """Store a session in which the sign-in of a person is under way; return the visit with the cookie for it.

    `person` is who proved something, as they were before they did; `Conflict` where they were changed meanwhile.
    """
    now, cookie = visit.desk.clock.now(), sessions.new_cookie()
    session = replace(_session(visit, now), until=now + UNDER_WAY, pending=pending)
    visit.desk.store.sessions.begin(cookie, session, instead_of=visit.cookie, proved=person)
    visit.desk.store.sessions.sweep(now - LONGEST_IDLE)
    return replace(visit, cookie=cookie)


def signed_in(visit: Visit, person: Person, ways: Sequence[Way]) -> Visit:
    """Sign somebody in who owes nothing; return the visit with the cookie for it. `Conflict` as `begin`."""
    desk, now, cookie = visit.desk, visit.desk.clock.now(), sessions.new_cookie()
    lasts = EMERGENCY_FOR if Way.HOST in ways else desk.settings.sign_in.longest
    until = now + lasts
    session = replace(_session(visit, now), person_id=person.id, until=until, ways=tuple(ways), stepped_up_at=now)
    entry = about(person, Event.PERSON_SIGNED_IN, now, {"ways": tuple(ways), "from": session.network_address})
    desk.store.sessions.begin(cookie, session, instead_of=visit.cookie, proved=person, entries=[entry])
    return replace(visit, cookie=cookie, person=person, session=session, granted=granted(person))


def with_cookie(visit: Visit, answer: Response) -> Response:
    """Return an answer that gives the browser the visit's cookie."""
    sessions.give_cookie(answer, visit.cookie, visit.desk)
    return answer


def of_whom(find: Find) -> Callable[[Callable[[Visit, Person, Pending], Response]], Act]:
    """Let a page know whose it is and what is under way, as `find` finds it; who is nobody begins with the sign-in."""

    def made(act: Callable[[Visit, Person, Pending], Response]) -> Act:
        @wraps(act)
        def page(visit: Visit) -> Response:
            found = find(visit)
            return act(visit, *found) if found else visit.go("/sign-in")

        return page

    return made


def at(step: Step) -> Callable[[Callable[[Visit, Person, Pending], Response]], Act]:
    """Let a page be for whoever owes this step of a sign-in."""
    return of_whom(lambda visit: under_way(visit, step))


def under_way(visit: Visit, step: Step) -> tuple[Person, Pending] | None:
    """Return whose sign-in is under way and what was proved, where this step is what they owe; None otherwise."""
    now, store = visit.desk.clock.now(), visit.desk.store
    session = store.sessions.find(visit.cookie)
    if session is None or session.person_id or session.is_over(now, UNDER_WAY) or not session.pending.person_id:
        return None
    person = store.people.get(session.pending.person_id)
    if not person.may_sign_in or owed(person, store.people.credentials(person.id), session.pending.ways) is not step:
        return None
    return person, session.pending


def stepped_up(visit: Visit, way: Way, back: str) -> Response:
    """Record a fresh proof of who it is, under another cookie, and go back to what demanded it.

    `Conflict` where the session was ended meanwhile.
    """
    now, cookie, session = visit.desk.clock.now(), sessions.new_cookie(), visit.session
    if session is None:  # our own mistake: the pages for it need a sign-in
        raise AssertionError
    ways = session.ways if way in session.ways else (*session.ways, way)
    after = replace(session, ways=ways, stepped_up_at=now, seen=now, pending=Pending())
    visit.desk.store.sessions.begin(cookie, after, instead_of=visit.cookie)
    return with_cookie(replace(visit, cookie=cookie, session=after), visit.go(back))


def may_try(visit: Visit, person: Person | None, tried: Sequence[Limit]) -> bool:
    """Count a try for an account, None where there is none, and say whether it may be looked at.

    Where one of the limits is reached the ledger says so once a minute for each, however often somebody goes on.
    """
    attempts, now = visit.desk.store.attempts, visit.desk.clock.now()
    reached = attempts.take_or_say(tried, now)
    if reached is not None and attempts.take([limits.telling(reached)], now):
        refused(visit, person, "limit")
    return reached is None


def refused(visit: Visit, person: Person | None, why: str) -> None:
    """Record a refusal in the ledger: whose account where there is one, from where, and not what was typed."""
    now = visit.desk.clock.now()
    facts: dict[str, object] = {"why": why, "from": network_address(visit)}
    nobody = Person(id="", name="", address="", roles=frozenset(), since=now)
    visit.desk.store.ledger.append([about(person or nobody, Event.PERSON_REFUSED, now, facts)])


def network_address(visit: Visit) -> str:
    """Return from where a request comes."""
    return visit.request.client.host if visit.request.client else ""


def _session(visit: Visit, now: datetime) -> Session:
    agent = visit.request.headers.get("user-agent", "")
    return Session(
        id=serial("s"),
        begun=now,
        seen=now,
        until=now,
        network_address=network_address(visit),
        browser=browser_of(agent),
    )


def browser_of(agent: str) -> str:
    """Return a browser and system as people call them, empty where they are not known."""
    words = set(re.findall(r"[A-Za-z]+(?: OS X)?", agent))
    found = (next((each for each in known if each in words), "") for known in (BROWSERS, SYSTEMS))
    return ", ".join(SHOWN.get(each, each) for each in found if each)
