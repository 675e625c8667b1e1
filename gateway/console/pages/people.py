"""People and roles, for whoever looks after them. Nobody changes their own; a change ends the sessions it is about."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from starlette.responses import Response

from gateway.console.frame.visit import Visit
from gateway.console.roles import Permission
from gateway.console.routes import Page
from gateway.console.sign_in import accounts
from gateway.console.words import mark
from gateway.errors import Conflict, NotAccepted, NotPermitted
from gateway.model.person import Kind, Person, PersonState, Role
from gateway.model.record import Event

TAKEN: Final = mark("Somebody has this address already")
NAMES: Final = {
    Role.SENDER: mark("Sender"),
    Role.REVIEWER: mark("Reviewer"),
    Role.APPROVER: mark("Approver"),
    Role.MAIL_ADMIN: mark("Mail admin"),
    Role.POLICY_OWNER: mark("Policy owner"),
    Role.USER_ADMIN: mark("User admin"),
    Role.AUDITOR: mark("Auditor"),
}
HINTS: Final = {
    Role.SENDER: mark("Sees their own transfers, and tries files"),
    Role.REVIEWER: mark("Decides on what is held, never on their own"),
    Role.APPROVER: mark("Decides, and is the second person where two are needed"),
    Role.MAIL_ADMIN: mark("Sees queues, keys and the policy, and how much waits; sees no content"),
    Role.POLICY_OWNER: mark("Answers for the policy: reads it, the ledger and the doctor's findings"),
    Role.USER_ADMIN: mark("Looks after people and roles; sees no transfers"),
    Role.AUDITOR: mark("Reads everything, changes nothing"),
}


def people(visit: Visit) -> Response:
    """List everybody."""
    return visit.show("people.html", people=visit.people, names=NAMES)


def ask_new(visit: Visit) -> Response:
    """Show the form for somebody new."""
    return _new_form(visit)


def add(visit: Visit) -> Response:
    """Add somebody, and show the password for their first sign-in once."""
    try:
        added = accounts.add(
            visit.desk.store,
            name=visit.said("name"),
            address=visit.said("address"),
            roles=_roles(visit.chosen("roles")),
            by=visit.me.address,
            now=visit.desk.clock.now(),
            local=visit.said("sign_in") != "provider",
            holds=visit.said("holds").split(","),
            officers=visit.desk.officers,
        )
    except NotAccepted as wrong:
        fields = {accounts.NO_ADDRESS: "address", accounts.NO_NAME: "name", accounts.NOT_HELD: "holds"}
        return _new_form(visit, status=422, errors={fields[wrong.message]: wrong.message})
    except Conflict:
        return _new_form(visit, status=422, errors={"address": TAKEN})
    if not added.password:
        return visit.go(f"/people/{added.person.id}")
    return visit.show("people_password.html", whom=added.person, password=added.password)


def person(visit: Visit) -> Response:
    """Show one person."""
    return _person_page(visit, visit.desk.store.people.get(visit.path["id"]))


def give_roles(visit: Visit) -> Response:
    """Give somebody other roles."""
    return _change(visit, roles=_roles(visit.chosen("roles")), holds=visit.said("holds").split(","))


def suspend(visit: Visit) -> Response:
    """Keep somebody from signing in, and end their sessions."""
    return _change(visit, state=PersonState.SUSPENDED)


def resume(visit: Visit) -> Response:
    """Let somebody sign in again."""
    return _change(visit, state=PersonState.ACTIVE)


def reset(visit: Visit) -> Response:
    """Give somebody a password for one sign-in, in the place of all by which they proved who they are."""
    desk, whom = visit.desk, visit.desk.store.people.get(visit.path["id"])
    password = accounts.reset(desk.store, whom, by=visit.me.address, now=desk.clock.now(), officers=desk.officers)
    return visit.show("people_password.html", whom=whom, password=password)


def end_sessions(visit: Visit) -> Response:
    """End every session of somebody's."""
    whom = visit.desk.store.people.get(visit.path["id"])
    facts = {"by": visit.me.address, "session": "all"}
    entry = accounts.about(whom, Event.SESSION_REVOKED, visit.desk.clock.now(), facts)
    visit.desk.store.sessions.revoke(whom.id, [entry])
    return visit.go(f"/people/{whom.id}")


def _change(
    visit: Visit,
    *,
    roles: Iterable[Role] | None = None,
    state: PersonState | None = None,
    holds: Iterable[str] | None = None,
) -> Response:
    store, now = visit.desk.store, visit.desk.clock.now()
    whom = store.people.get(visit.path["id"])
    if visit.said("version") != str(whom.version):
        raise Conflict("somebody else changed this person meanwhile", hint="load the page again, then decide again")
    try:
        officers = visit.desk.officers
        accounts.change(
            store, whom, by=visit.me.address, now=now, roles=roles, state=state, holds=holds, officers=officers
        )
    except NotAccepted as wrong:
        return _person_page(visit, whom, status=422, errors={"holds": wrong.message})
    except NotPermitted as wrong:
        return _person_page(visit, whom, status=403, errors={"roles": wrong.message})
    except Conflict as wrong:
        return _person_page(visit, whom, status=409, errors={"roles": wrong.message})
    return visit.go(f"/people/{whom.id}")


def _roles(given: Iterable[str]) -> frozenset[Role]:
    return frozenset(role for role in Role if role.value in set(given))


def _new_form(visit: Visit, *, status: int = 200, **values: object) -> Response:
    sign_in = visit.desk.settings.sign_in
    shown = {"errors": {}, **values}
    given = {
        "name": visit.said("name"),
        "address": visit.said("address"),
        "chosen": visit.chosen("roles"),
        "holds": visit.said("holds"),
    }
    return visit.show("people_new.html", status=status, names=NAMES, hints=HINTS, sign_in=sign_in, **given, **shown)


def _person_page(visit: Visit, whom: Person, *, status: int = 200, **values: object) -> Response:
    store, now, idle = visit.desk.store, visit.desk.clock.now(), visit.desk.settings.sign_in.idle
    held = store.people.credentials(whom.id)
    shown = {
        "errors": {},
        "whom": whom,
        "names": NAMES,
        "hints": HINTS,
        "kinds": {each.kind for each in held} - {Kind.RECOVERY_CODE},
        "sessions": [each for each in store.sessions.of(whom.id) if not each.is_over(now, idle)],
        "may_change": visit.may(Permission.PEOPLE) and whom.id != visit.me.id,
        **values,
    }
    return visit.show("people_one.html", status=status, **shown)


READ: Final = Permission.PEOPLE_READ
CHANGE: Final = Permission.PEOPLE
PAGES: Final = (
    Page(method="GET", path="/people", act=people, needs=READ),
    Page(method="GET", path="/people/new", act=ask_new, needs=CHANGE),
    Page(method="POST", path="/people/new", act=add, needs=CHANGE, step_up=True),
    Page(method="GET", path="/people/{id}", act=person, needs=READ),
    Page(method="POST", path="/people/{id}/roles", act=give_roles, needs=CHANGE, step_up=True),
    Page(method="POST", path="/people/{id}/suspend", act=suspend, needs=CHANGE, step_up=True),
    Page(method="POST", path="/people/{id}/resume", act=resume, needs=CHANGE, step_up=True),
    Page(method="POST", path="/people/{id}/reset", act=reset, needs=CHANGE, step_up=True),
    Page(method="POST", path="/people/{id}/sessions/end", act=end_sessions, needs=CHANGE, step_up=True),
)
