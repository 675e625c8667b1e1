"""Which way a recipient's mail takes, and what the domain table says about the domain.

Only a plain `local@domain` has a way (RFC 5321 section 4.1.2 without quoted strings, source routes, comments, address
literals and trailing dots; RFC 5890 A-labels). Domains are compared label by label: `evilnhs.net` and
`nhs.net.evil.com` are not `nhs.net`. Nothing is mapped to make it fit: what needs mapping is not plain.

The doors let more in, so that a sender is told why; `tests/unit/decide/test_decide_addresses.py` lists the differences.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

import idna

from gateway.decide.policy import DomainRow, Policy, Route
from gateway.model.facts import DomainStatus
from gateway.model.verdict import Network

# '%' and '!' are left out: mail relays once read them as routes (RFC 1123 section 5.2.16)
LOCAL: Final = re.compile(r"[A-Za-z0-9#$&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9#$&'*+/=?^_`{|}~-]+)*")
LABEL: Final = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")
LONGEST_LOCAL: Final = 64
LONGEST_DOMAIN: Final = 253
LOWER: Final = {upper: upper + 32 for upper in range(ord("A"), ord("Z") + 1)}  # str.lower would map the Kelvin sign
OTHER_DOTS: Final = frozenset("\u3002\uff0e\uff61")  # idna takes them for dots


@dataclass(frozen=True, slots=True, kw_only=True)
class Routed:
    """The way found, None where there is none, and the domain's status."""

    route: Route | None
    domain_status: DomainStatus

    @property
    def route_id(self) -> str:
        """The route's id, empty where there is none."""
        return self.route.id if self.route else ""

    @property
    def network(self) -> Network:
        """The route's network; the public one, the worst, where there is no route."""
        return self.route.network if self.route else Network.PUBLIC


def domain_of(address: str) -> str | None:
    """Return the domain of a plain address in lower case and A-labels; None when the address is not plain."""
    local, at, domain = address.partition("@")
    if not at or len(local) > LONGEST_LOCAL or not LOCAL.fullmatch(local):
        return None
    return plain_domain(domain)


def plain_domain(domain: str) -> str | None:
    """Return a domain in lower case and A-labels; None when it is not a plain one of at least two labels."""
    domain = domain.translate(LOWER)
    if not domain.isascii():
        if not OTHER_DOTS.isdisjoint(domain):
            return None
        try:
            domain = idna.encode(domain, uts46=False).decode("ascii")
        except (idna.IDNAError, UnicodeError):
            return None
    labels = domain.split(".")
    fits = len(domain) <= LONGEST_DOMAIN and len(labels) > 1 and all(LABEL.fullmatch(label) for label in labels)
    return domain if fits and not labels[-1].isdigit() else None


def row_for(policy: Policy, domain: str) -> DomainRow | None:
    """Return the most specific row for a plain domain: exact before subtree, longer before shorter."""
    if domain in policy.suffixes:
        return None
    labels = domain.split(".")
    for start in range(len(labels)):
        rows = policy.domains.get(".".join(labels[start:]), ())
        for row in sorted(rows, key=lambda each: each.subtree):
            if row.subtree or start == 0:
                return row
    return None


def status_of(policy: Policy, domain: str | None, internal_domains: Collection[str]) -> DomainStatus:
    """Return what is known of a domain, `NONE` where there is none; the organisation's own come first, exactly."""
    if domain is None:
        return DomainStatus.NONE
    if domain in {plain_domain(each) for each in internal_domains}:
        return DomainStatus.INTERNAL
    row = row_for(policy, domain)
    return row.status if row else DomainStatus.UNKNOWN


def route_for(policy: Policy, recipient: str, chosen: str, internal_domains: Collection[str]) -> Routed:
    """Return the way for a recipient. `chosen` is the route that the sender named, empty when none.

    A chosen route must be open to choice and must serve this recipient: by its fixed address, or by the status of the
    domain. Whatever does not fit has no route, and is never sent another way than the one that was asked for.
    """
    domain = domain_of(recipient)
    status = status_of(policy, domain, internal_domains)
    if domain is None:
        return Routed(route=None, domain_status=status)
    if chosen:
        route = policy.routes.get(chosen)
        fits = route is not None and route.folder and _serves(route, recipient, status)
        return Routed(route=route if fits else None, domain_status=status)
    ways = [route for route in policy.routes.values() if status in route.serves and not route.recipient]
    return Routed(route=ways[0] if len(ways) == 1 else None, domain_status=status)


def _serves(route: Route, recipient: str, status: DomainStatus) -> bool:
    if route.recipient:
        return _same(route.recipient, recipient)
    return status in route.serves


def _same(one: str, other: str) -> bool:
    """Compare two plain addresses: the domain without case, the local part as it stands (RFC 5321 section 2.4)."""
    return one.partition("@")[0] == other.partition("@")[0] and domain_of(one) == domain_of(other)
