"""Which people of the console may decide, and as whom: the account of each is `console:` and their id."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeAlias

from gateway.errors import NotFound
from gateway.model.person import Person, Role
from gateway.model.record import CONSOLE, Officer

People: TypeAlias = Callable[[str], Person | None]
"""Tells who of the console has an account (`console:` and an id), None where nobody has."""


def nobody(_account: str) -> Person | None:
    """Return nobody: where there is no console."""
    return None


def people_of(get: Callable[[str], Person]) -> People:
    """Return what finds people by their account, out of what finds them by their id and raises `NotFound`."""

    def find(account: str) -> Person | None:
        try:
            return get(account.removeprefix(CONSOLE))
        except NotFound:
            return None

    return find


def account_of(person: Person) -> str:
    """Return the account that stands in what they file."""
    return f"{CONSOLE}{person.id}"


def officer_of(person: Person) -> Officer | None:
    """Return somebody as an officer; None for who may not decide: neither reviewer nor approver, or suspended."""
    if not person.may_sign_in or not person.roles & {Role.REVIEWER, Role.APPROVER}:
        return None
    return Officer(
        name=person.name,
        address=person.address,
        accounts=(account_of(person),),
        roles=person.officer_roles,
        approves=Role.APPROVER in person.roles,
    )


def deciding(people: Iterable[Person], officers: Iterable[Officer]) -> tuple[Officer, ...]:
    """Return everybody who may decide: the `officers` of the settings, and those of the console's people."""
    return (*officers, *filter(None, map(officer_of, people)))
