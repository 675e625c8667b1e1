"""Which people of the console may decide, and as whom: the account of each is `console:` and their id."""

from __future__ import annotations

from gateway.model.person import Person, Role
from gateway.model.record import CONSOLE, Officer


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
