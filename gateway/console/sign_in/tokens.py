"""Tokens of programs: drawn, shown once, kept as hashes; never for more than the person may, and never for ever."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

from gateway.console.roles import Permission, permissions
from gateway.console.sign_in.accounts import about, require_usual
from gateway.console.words import mark
from gateway.errors import NotAccepted
from gateway.model.person import ApiToken, Person
from gateway.model.record import Event
from gateway.store.embedded import Store
from gateway.system.ids import serial

PREFIX: Final = "gwt_"
"""By it programs that look for leaked tokens know ours."""

LONGEST: Final = timedelta(days=366)
LONGEST_NAME: Final = 60
SCOPES: Final[Mapping[Permission, str]] = {
    Permission.LIST: mark("List what is held, and transfers"),
    Permission.MASKED: mark("Read one of them, its findings masked"),
    Permission.DECIDE: mark("Decide on what is held: release, refuse, ask, assign, escalate"),
    Permission.LEDGER: mark("Read the ledger"),
    Permission.POLICY_READ: mark("Read the policy"),
}
"""What a token may be for, in words: what some operation of the API asks for, and no person's fresh proof."""


def scopes_of(person: Person) -> Sequence[Permission]:
    """Return what this person may give a program leave for."""
    may = permissions(person.roles)
    return [scope for scope in SCOPES if scope in may]


def issue(store: Store, person: Person, *, name: str, scopes: Iterable[str], lasts: timedelta, now: datetime) -> str:
    """Return a new token for a program that acts for somebody; `NotAccepted`, `NotPermitted`."""
    require_usual(person)
    wanted, may = frozenset(scopes), {scope.value for scope in scopes_of(person)}
    if not name or len(name) > LONGEST_NAME or not name.isprintable():
        raise NotAccepted(mark("write what the token is for, in 60 characters at most"))
    if not wanted or not wanted <= may:
        raise NotAccepted(mark("choose what the token is for; it may do nothing that you may not"))
    if not timedelta(0) < lasts <= LONGEST:
        raise NotAccepted(mark("a token lasts 1 to 366 days"))
    secret = PREFIX + secrets.token_urlsafe(32)
    token = ApiToken(id=serial("k"), person_id=person.id, name=name, scopes=wanted, since=now, until=now + lasts)
    facts = {"token": token.id, "scopes": wanted, "until": token.until}
    store.tokens.add(secret, token, [about(person, Event.TOKEN_ISSUED, now, facts)], unchanged=person)
    return secret


def revoke(store: Store, person: Person, token_id: str, now: datetime) -> None:
    """End a token of somebody's; `NotFound`."""
    store.tokens.revoke(person.id, token_id, [about(person, Event.TOKEN_REVOKED, now, {"token": token_id})])
