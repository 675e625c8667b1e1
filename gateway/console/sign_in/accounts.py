"""Accounts: made, changed, given a password for once, and the emergency account opened. Each with its ledger entry.

The pages of user admins and the commands on the host (`gateway people`, `gateway admin recover`) come here both. `by`
says who did it, for the ledger: a person's address, or an account of the operating system.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final

from gateway.console.sign_in import passwords, telling
from gateway.console.words import mark
from gateway.decide.address import domain_of
from gateway.errors import Conflict, NotAccepted, NotPermitted
from gateway.model.person import EMERGENCY, OURS, Credential, Kind, Person, PersonState, Role, folded
from gateway.model.record import Entry, Event, Officer
from gateway.store.embedded import Store
from gateway.system.ids import serial

ONE_TIME_FOR: Final = timedelta(days=3)
RECOVER_FOR: Final = timedelta(minutes=15)
LONGEST_NAME: Final = 100
HELD: Final = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")
NO_ADDRESS: Final = mark("that is no plain address; write name@domain")
NO_NAME: Final = mark("a name has 1 to 100 characters, all on one line")
NOT_HELD: Final = mark("write small letters, digits and '-', like caldicott-guardian, with commas between them")


@dataclass(frozen=True, slots=True, kw_only=True)
class Added:
    """Somebody who may sign in from now on, and the password for their first sign-in: shown once, kept nowhere."""

    person: Person
    password: str = field(default="", repr=False)


def add(  # noqa: PLR0913 - what is known of somebody new, each by its name
    store: Store,
    *,
    name: str,
    address: str,
    roles: Iterable[Role],
    by: str,
    now: datetime,
    local: bool = True,
    holds: Iterable[str] = (),
    officers: Sequence[Officer] = (),
) -> Added:
    """Add somebody; `local` ones get a password for their first sign-in, others sign in with the provider.

    What somebody `holds` besides is for rules that ask who released: `caldicott-guardian`. `officers` are those of the
    settings: they are told of who may decide from now on. `NotAccepted` for an address that is none, `Conflict` where
    somebody has it.
    """
    if domain_of(address.strip()) is None:
        raise NotAccepted(NO_ADDRESS)
    called = " ".join(name.split())
    if not called or len(called) > LONGEST_NAME or not called.isprintable():
        raise NotAccepted(NO_NAME)
    person = Person(
        id=serial("p"),
        name=called,
        address=folded(address),
        roles=frozenset(roles),
        since=now,
        officer_roles=held_besides(holds),
    )
    password = passwords.drawn() if local else ""
    held = [_one_time(person, password, now, ONE_TIME_FOR)] if local else []
    sign_in = "password" if local else "provider"
    facts = {"roles": person.roles, "holds": person.officer_roles, "by": by, "sign_in": sign_in}
    notices = telling.of_change(store, None, person, by=by, now=now, officers=officers)
    store.people.add(person, held, [about(person, Event.PERSON_ADDED, now, facts)], notices=notices)
    return Added(person=person, password=password)


def held_besides(given: Iterable[str]) -> tuple[str, ...]:
    """Return what somebody holds besides their roles, each once, in order; `NotAccepted`."""
    holds = tuple(sorted({each.strip() for each in given} - {""}))
    if not all(HELD.fullmatch(each) for each in holds):
        raise NotAccepted(NOT_HELD)
    return holds


def first_account(store: Store, *, name: str, address: str, now: datetime, holds: Iterable[str] = ()) -> Added | None:
    """Add the first person of an installation, who holds every role; None where there is somebody already.

    Who holds every role still decides nothing of their own, and never alone where two are needed.
    """
    if any(not person.emergency for person in store.people.all()):
        return None
    return add(store, name=name, address=address, roles=Role, by="first start", now=now, holds=holds)


def change(
    store: Store,
    person: Person,
    *,
    by: str,
    now: datetime,
    roles: Iterable[Role] | None = None,
    state: PersonState | None = None,
    holds: Iterable[str] | None = None,
    officers: Sequence[Officer] = (),
) -> Person:
    """Give somebody other roles or another state, and end their sessions; `NotPermitted`, `Conflict`.

    Nobody changes their own, and somebody must be left who looks after people. `officers` as for `add`.
    """
    after = replace(
        person,
        roles=person.roles if roles is None else frozenset(roles),
        state=person.state if state is None else state,
        officer_roles=person.officer_roles if holds is None else held_besides(holds),
    )
    if after == person:
        return person
    if by == person.address:
        raise NotPermitted("nobody changes their own roles", hint="ask somebody else who looks after people")
    require_usual(person)
    if _is_last(store, person, after):
        raise Conflict("nobody would be left who looks after people", hint=f"give somebody '{Role.USER_ADMIN}' first")
    facts: dict[str, object] = {"by": by}
    if after.roles != person.roles:
        facts |= {"roles": after.roles, "before": person.roles}
    if after.officer_roles != person.officer_roles:
        facts |= {"holds": after.officer_roles}
    if after.state != person.state:
        facts |= {"state": after.state}
    entry = about(person, Event.PERSON_CHANGED, now, facts)
    notices = telling.of_change(store, person, after, by=by, now=now, officers=officers)
    return store.people.change(after, [entry], ends_sessions=True, notices=notices)


def require_usual(person: Person) -> None:
    """Raise `NotPermitted` for the emergency account: it stays as it is, and opens in one way."""
    if person.emergency:
        raise NotPermitted("the emergency account stays as it is", hint="'gateway admin recover' on the host opens it")


def reset(store: Store, person: Person, *, by: str, now: datetime, officers: Sequence[Officer] = ()) -> str:
    """Return a password for one sign-in, in the place of all by which somebody proved who they are.

    Their sessions, sign-ins under way and tokens end. They and everybody who decides are told (`officers` as for
    `add`): whoever gave the password could sign in with it.
    """
    require_usual(person)
    if by == person.address:
        raise NotPermitted("nobody resets their own account", hint="see 'My account'")
    password = passwords.drawn()
    entry = about(person, Event.PERSON_CHANGED, now, {"by": by, "reset": True})
    store.people.put(
        [_one_time(person, password, now, ONE_TIME_FOR)],
        [entry],
        instead_of=OURS,
        whose=person.id,
        ends_all=True,
        notices=telling.of_reset(store, person, by=by, now=now, officers=officers),
    )
    return password


def recover(store: Store, *, by: str, now: datetime) -> Added:
    """Open the emergency account for one sign-in within minutes, whatever was done to it before.

    It looks after people, and does nothing else.
    """
    person = store.people.by_address(EMERGENCY)
    if person is None:
        person = Person(
            id=serial("p"),
            name="Emergency account",
            address=EMERGENCY,
            roles=frozenset({Role.USER_ADMIN}),
            since=now,
            emergency=True,
        )
        store.people.add(person, [], [about(person, Event.PERSON_ADDED, now, {"roles": person.roles, "by": by})])
    elif not person.may_sign_in:
        opened = about(person, Event.PERSON_CHANGED, now, {"by": by, "state": PersonState.ACTIVE})
        person = store.people.change(replace(person, state=PersonState.ACTIVE), [opened], ends_sessions=True)
    password = passwords.drawn()
    entry = about(person, Event.PERSON_RECOVERED, now, {"by": by, "until": now + RECOVER_FOR})
    store.people.put(
        [_one_time(person, password, now, RECOVER_FOR)],
        [entry],
        instead_of=tuple(Kind),
        whose=person.id,
        ends_all=True,
    )
    return Added(person=person, password=password)


def new_password(person: Person, password: str, now: datetime) -> Credential:
    """Return how a password is kept that somebody chose."""
    return Credential(
        id=serial("w"), person_id=person.id, kind=Kind.PASSWORD, since=now, secret=passwords.hashed(password)
    )


def about(person: Person, event: Event, now: datetime, facts: Mapping[str, object]) -> Entry:
    """Return the ledger's entry about somebody."""
    return Entry(event=event, at=now, transfer_id="", facts={"person": person.address, "person_id": person.id, **facts})


def _one_time(person: Person, password: str, now: datetime, lasts: timedelta) -> Credential:
    return replace(new_password(person, password, now), until=now + lasts)


def _is_last(store: Store, before: Person, after: Person) -> bool:
    def looks_after_people(person: Person) -> bool:
        return person.may_sign_in and Role.USER_ADMIN in person.roles and not person.emergency

    if not looks_after_people(before) or looks_after_people(after):
        return False
    return not any(looks_after_people(each) for each in store.people.all() if each.id != before.id)
