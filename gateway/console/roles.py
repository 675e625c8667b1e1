"""Who may do what: the role matrix as data. Deny by default; a test walks every route as every role."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Final

from gateway.model.person import Role


class Permission(StrEnum):
    """What a route may ask for. Each declares exactly one."""

    PUBLIC = "public"  # nobody needs to have signed in
    SIGNED_IN = "signed_in"  # anybody who has
    OWN = "own"  # see and try one's own transfers
    COUNTS = "counts"  # how much waits and where, never whose
    LIST = "list"  # the list of what is held, and transfers
    MASKED = "masked"  # one transfer with its findings, masked
    REVEAL = "reveal"  # one value, with a step-up, recorded
    DECIDE = "decide"  # release, refuse, ask, assign, escalate: never one's own
    POLICY_READ = "policy_read"
    KEYS_READ = "keys_read"
    PEOPLE_READ = "people_read"
    PEOPLE = "people"
    LEDGER = "ledger"  # the whole of it, and exports
    LEDGER_OWN = "ledger_own"  # what one did oneself
    DOCTOR = "doctor"


P: Final = Permission
REVIEWING: Final = frozenset({P.OWN, P.LIST, P.MASKED, P.REVEAL, P.DECIDE, P.LEDGER_OWN, P.COUNTS, P.POLICY_READ})
MATRIX: Final[Mapping[Role, frozenset[Permission]]] = {
    Role.SENDER: frozenset({P.OWN}),
    Role.REVIEWER: REVIEWING,
    Role.APPROVER: REVIEWING,
    Role.MAIL_ADMIN: frozenset({P.OWN, P.COUNTS, P.POLICY_READ, P.KEYS_READ, P.DOCTOR}),
    Role.POLICY_OWNER: frozenset({P.OWN, P.COUNTS, P.POLICY_READ, P.LEDGER, P.DOCTOR}),
    Role.USER_ADMIN: frozenset({P.OWN, P.PEOPLE_READ, P.PEOPLE}),
    Role.AUDITOR: frozenset(
        {P.OWN, P.COUNTS, P.LIST, P.MASKED, P.POLICY_READ, P.KEYS_READ, P.PEOPLE_READ, P.LEDGER, P.DOCTOR}
    ),
}
"""What each role may. An approver may do what a reviewer may, and be the second person where two are needed."""

LIGHT: Final = frozenset({P.PUBLIC, P.SIGNED_IN, P.OWN})
"""What one factor suffices for: whoever may more signs in with two."""

PERSONAL: Final = frozenset({P.REVEAL, P.PEOPLE})
"""What asks for a fresh proof of who one is, which no program can give: no token has it."""


def needs_second(roles: Iterable[Role]) -> bool:
    """Say whether somebody with these roles may so much that one factor is too little."""
    return not permissions(roles) <= LIGHT


def permissions(roles: Iterable[Role]) -> frozenset[Permission]:
    """Return what somebody with these roles may do, signed in."""
    return frozenset({P.PUBLIC, P.SIGNED_IN}).union(*(MATRIX[role] for role in roles))
