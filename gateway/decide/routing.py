"""Which way a recipient's mail takes, and what the domain table says about the domain.

Only a plain address has a way (`address`). Domains are compared label by label: `evilnhs.net` and `nhs.net.evil.com`
are not `nhs.net`.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from functools import lru_cache

from gateway.decide.address import domain_of, is_suffix, plain_domain
from gateway.decide.policy import DomainRow, Policy, Route
from gateway.model.facts import DomainStatus
from gateway.model.verdict import Network


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


def is_internal(address: str, internal_domains: Collection[str]) -> bool:
    """Say whether an address is plain and its domain exactly one of the organisation's own, which are all listed."""
    domain = domain_of(address)
    return domain is not None and any(domain == plain_domain(each) for each in internal_domains)


def row_for(policy: Policy, domain: str) -> DomainRow | None:
    """Return the most specific row for a plain domain: exact before subtree, longer before shorter."""
    if is_suffix(domain, policy.suffixes):
        return None
    below = domain
    while below:
        for row in policy.domains.get(below, ()):  # exact ones come first
            if row.subtree or below is domain:
                return row
        below = below.partition(".")[2]
    return None


def status_of(policy: Policy, domain: str | None, *, internal: bool) -> DomainStatus:
    """Return what is known of a plain domain, `NONE` where there is none; the organisation's own come first."""
    if domain is None:
        return DomainStatus.NONE
    if internal:
        return DomainStatus.INTERNAL
    row = row_for(policy, domain)
    return row.status if row else DomainStatus.UNKNOWN


def route_for(policy: Policy, recipient: str, chosen: str, *, internal: bool) -> Routed:
    """Return the way for a recipient. `chosen` is the route that the sender named, empty when none.

    `internal` says that the recipient's domain is one of the organisation's own (`is_internal`). A chosen route must be
    open to choice and must serve this recipient: by its fixed address, or by the status of the domain. Whatever does
    not fit has no route, and is never sent another way than the one that was asked for.
    """
    return _route_for(policy, recipient, chosen, internal)


@lru_cache(maxsize=65_536)
def _route_for(policy: Policy, recipient: str, chosen: str, internal: bool) -> Routed:  # noqa: FBT001 - a key of the cache
    domain = domain_of(recipient)
    status = status_of(policy, domain, internal=internal)
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
