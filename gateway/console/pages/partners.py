"""The organisations that this one shares with, what was signed with them, and what they can open."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

from starlette.responses import Response

from gateway.console.frame.visit import Visit
from gateway.console.held.words import kind_of
from gateway.console.pages.policy import in_force
from gateway.console.roles import Permission
from gateway.console.routes import Page
from gateway.console.words import mark
from gateway.decide.directory.agreements import Agreement
from gateway.decide.directory.partners import Partner
from gateway.model.facts import AgreementStatus

STATES: Final[Mapping[AgreementStatus, tuple[str, str]]] = {
    AgreementStatus.IN_FORCE: (mark("In force"), "green"),
    AgreementStatus.LAPSED: (mark("Not in force"), "red"),
}
NOTHING: Final[frozenset[str]] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Signed:
    """An agreement and how it stands today."""

    agreement: Agreement
    words: str
    colour: str
    data: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A partner, where its people are reached, whether it is checked, and what was signed."""

    partner: Partner
    reached: tuple[str, ...]
    is_checked: bool
    signed: tuple[Signed, ...]


def partners(visit: Visit) -> Response:
    """Show every partner."""
    policy, now = in_force(visit), visit.desk.clock.now()
    directory, day = policy.directory, policy.directory.day_of(now)
    shown = []
    for partner in sorted(directory.people.by_id.values(), key=lambda each: each.id):
        domains = sorted(domain for domain, each in directory.people.by_domain.items() if each is partner)
        addresses = sorted("@".join(parts) for parts, each in directory.people.by_address.items() if each is partner)
        signed = tuple(_signed(each, day, visit) for each in directory.signed if partner.id in each.partners)
        reached = (*domains, *addresses)
        shown.append(Shown(partner=partner, reached=reached, is_checked=partner.is_checked_on(day), signed=signed))
    return visit.show("partners/list.html", partners=shown, policy=policy)


def _signed(agreement: Agreement, day: date, visit: Visit) -> Signed:
    words, colour = STATES[agreement.status(NOTHING, day)]
    kinds = tuple(sorted(kind_of(each, visit.language) for each in agreement.data or ()))
    return Signed(agreement=agreement, words=words, colour=colour, data=kinds)


PAGES: Final = (Page(method="GET", path="/partners", act=partners, needs=Permission.POLICY_READ),)
