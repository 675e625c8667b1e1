"""People who use the console: who they are, by what they prove it, and the sessions they have."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

FRESH: Final = timedelta(minutes=5)
"""How long a proof of who one is stands for an act that demands a fresh one."""


class Role(StrEnum):
    """What somebody is to the console. What each may do is in `gateway.console.roles`."""

    SENDER = "sender"
    REVIEWER = "reviewer"
    APPROVER = "approver"
    MAIL_ADMIN = "mail-admin"
    POLICY_OWNER = "policy-owner"
    USER_ADMIN = "user-admin"
    AUDITOR = "auditor"


class PersonState(StrEnum):
    """Whether somebody may sign in."""

    ACTIVE = "active"
    SUSPENDED = "suspended"


class Kind(StrEnum):
    """By what a person proves who they are."""

    PASSWORD = "password"  # noqa: S105 - the name of a kind
    CODE_APP = "code-app"
    RECOVERY_CODE = "recovery-code"
    PASSKEY = "passkey"
    PROVIDER = "provider"


OURS: Final = (Kind.PASSWORD, Kind.CODE_APP, Kind.RECOVERY_CODE, Kind.PASSKEY)
"""Credentials that are ours: what somebody is at the provider is not."""


EMERGENCY: Final = "emergency"
"""The name by which the emergency account signs in: no mail address, so nobody else can have it."""


SECOND_KINDS: Final = (Kind.CODE_APP, Kind.PASSKEY)
"""Second factors of our own."""


class Way(StrEnum):
    """What was proved at a sign-in."""

    PASSWORD = "password"  # noqa: S105 - the name of a way
    CODE = "code"
    RECOVERY_CODE = "recovery-code"
    PASSKEY = "passkey"
    PROVIDER = "provider"
    PROVIDER_TWICE = "provider-second-factor"
    HOST = "host"


SECOND: Final = frozenset({Way.CODE, Way.RECOVERY_CODE, Way.PASSKEY, Way.PROVIDER_TWICE, Way.HOST})
"""Ways that are a second factor, or hold one: a passkey asks for a finger or a PIN, the host for an account on it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody who may sign in. `address` is casefolded: by it they sign in, and their own transfers are known.

    `officer_roles` are what they hold besides, for rules that ask who released. `language` is empty until chosen. The
    `emergency` account has no password and no other way in but what `gateway admin recover` gives it.
    """

    id: str
    name: str
    address: str
    roles: frozenset[Role]
    since: datetime
    state: PersonState = PersonState.ACTIVE
    officer_roles: tuple[str, ...] = ()
    language: str = ""
    emergency: bool = False
    version: int = 0

    @property
    def may_sign_in(self) -> bool:
        """Whether the account is open at all."""
        return self.state is PersonState.ACTIVE


@dataclass(frozen=True, slots=True, kw_only=True)
class Credential:
    """By what somebody proves who they are.

    `secret` is never in clear: a hash, a public key, or sealed. `used` only grows: the last time step of a code app,
    the counter of a passkey. One with `until` was given by somebody else, and is to be replaced before that.
    """

    id: str
    person_id: str
    kind: Kind
    since: datetime
    secret: str = field(default="", repr=False)
    label: str = ""
    used: int = 0
    last_used: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Pending:
    """What is under way in a session: used once, and gone.

    `person_id` is whose sign-in it is, after the first of the `ways`. `challenge` is what a passkey signs; `state`,
    `nonce` and `verifier` are of a sign-in with the provider; `sealed` is the secret of a code app being set up.
    """

    person_id: str = ""
    ways: tuple[Way, ...] = ()
    back: str = ""
    challenge: str = field(default="", repr=False)
    state: str = field(default="", repr=False)
    nonce: str = field(default="", repr=False)
    verifier: str = field(default="", repr=False)
    sealed: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """A browser that somebody signed in with. `person_id` is empty until all that is demanded was proved.

    `id` names it for its owner; what the browser holds is another, and only its hash is stored.
    """

    id: str
    begun: datetime
    seen: datetime
    until: datetime
    person_id: str = ""
    ways: tuple[Way, ...] = ()
    network_address: str = ""
    browser: str = ""
    stepped_up_at: datetime | None = None
    pending: Pending = Pending()

    def is_over(self, now: datetime, idle: timedelta) -> bool:
        """Say whether it has ended: unused for `idle`, or at its limit."""
        return now >= self.until or now - self.seen >= idle

    def is_stepped_up(self, now: datetime) -> bool:
        """Say whether it was proved lately who it is. An emergency session is short, and stands for itself."""
        if Way.HOST in self.ways:
            return True
        return self.stepped_up_at is not None and timedelta(0) <= now - self.stepped_up_at < FRESH


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiToken:
    """A program's leave to act for somebody: never more than they may, and only the `scopes` (permissions) it names."""

    id: str
    person_id: str
    name: str
    scopes: frozenset[str]
    since: datetime
    until: datetime
    last_used: datetime | None = None


def folded(address: str) -> str:
    """Return an address or sign-in name as it is kept and compared."""
    return address.strip().casefold()


def has(credentials: Sequence[Credential], *kinds: Kind) -> bool:
    """Say whether there is one of these kinds."""
    return any(each.kind in kinds for each in credentials)
