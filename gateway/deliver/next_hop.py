"""Which mail servers to try for a recipient's domain, and what each must prove: one by name, or those that DNS names.

Of a server that DNS names, the name proves nothing by itself: whoever forges MX chooses it. It counts where the domain
says over HTTPS which names are its own (MTA-STS, RFC 8461), or where DNS is signed (DANE, RFC 7672).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from ipaddress import ip_address
from typing import Final, Protocol

from gateway.deliver.hop import Hop, Tlsa
from gateway.deliver.level import TlsLevel
from gateway.deliver.mta_sts import Mode, MtaSts
from gateway.deliver.resolver import Found, NoAnswer, Resolver, ascii_name
from gateway.errors import NotProved, TryLater, Undeliverable
from gateway.system.ids import draw

NO_DOMAIN: Final = "5.1.2"  # RFC 3463 section 3.2: bad destination system address
NULL_MX: Final = "5.1.10"  # RFC 7505 section 4.2
MOST_SERVERS: Final = 10
MOST_ADDRESSES: Final = 4  # of one server


class NextHop(Protocol):
    """Says where a domain's mail goes."""

    async def hops(self, domain: str, *, needs_proof: bool) -> Sequence[Hop]:
        """Return the servers to try, best first, never none; those that can prove nothing are left out on demand.

        Raises `NotProved` where none is left, `TryLater` where DNS does not answer, `Undeliverable` for a domain that
        takes no mail.
        """


@dataclass(frozen=True, slots=True, kw_only=True)
class FixedHop:
    """One server for all domains: the configuration names it, so its name may be trusted. `dane` for `tls: dane`."""

    hop: Hop
    dane: Dane | None = None

    async def hops(self, domain: str, *, needs_proof: bool) -> Sequence[Hop]:
        """Return the server, with the certificates that signed DNS names for it where that is asked for."""
        del domain
        if self.dane is None:
            return [self.hop]
        try:
            found = await self.dane.addressed(self.hop, signed=True)
        except NoAnswer as error:
            raise TryLater(str(error)) from None
        return _left(found, needs_proof=needs_proof, about=self.hop.host)


@dataclass(frozen=True, slots=True, kw_only=True)
class MxHops:
    """The servers that DNS names for a domain (RFC 5321 section 5.1, null MX: RFC 7505).

    `own` is our own name: it, and those that come after it, would only send mail back to us. An address of this machine
    or this wire alone is no server of a stranger's, whatever DNS says; `local` takes those too, in tests.
    """

    resolver: Resolver
    port: int
    level: TlsLevel
    own: str = ""
    local: bool = False
    pins: frozenset[str] = frozenset()
    sts: MtaSts | None = None
    dane: Dane | None = None

    async def hops(self, domain: str, *, needs_proof: bool) -> Sequence[Hop]:
        """Return the servers of a domain by preference, those of the same preference in any order."""
        try:
            name = ascii_name(domain)
            hosts, signed = await self._hosts(name)
            level, why = self.level, ""
            if self.sts is not None:
                hosts, level, why = await self._promised(name, hosts)
            found = [hop for host in hosts for hop in await self._of(host, level, why, signed=signed)]
        except NoAnswer as error:
            raise TryLater(str(error)) from None
        return _left(found, needs_proof=needs_proof, about=domain)

    async def _hosts(self, domain: str) -> tuple[list[str], bool]:
        found = await self.resolver.servers(domain)
        if not found.exists:
            hint = "check how the address is written"
            raise Undeliverable(f"there is no domain {domain}", hint=hint, status=NO_DOMAIN)
        if [host for _, host in found.values] == ["."]:
            raise Undeliverable(f"{domain} says that it takes no mail (null MX, RFC 7505)", status=NULL_MX)
        if not found.values:
            return [domain], found.signed
        ours = min((preference for preference, host in found.values if host == self.own), default=math.inf)
        before = [(preference, host) for preference, host in found.values if preference < ours and host != "."]
        if not before:
            raise TryLater(f"the mail servers of {domain} lead back to us")
        drawn = [(preference, draw(8), host) for preference, host in before]  # any order among equals
        return [host for _, _, host in sorted(drawn)][:MOST_SERVERS], found.signed

    async def _promised(self, domain: str, hosts: list[str]) -> tuple[list[str], TlsLevel, str]:
        """Return the servers that the domain's policy takes, and what they must be (RFC 8461 section 5)."""
        policy = await self.sts.policy(domain) if self.sts else None
        if policy is None or policy.mode is not Mode.ENFORCE:
            return hosts, TlsLevel.MAY, ""
        covered = [host for host in hosts if policy.covers(host)]
        if not covered:
            raise NotProved(f"no mail server of {domain} is one that its MTA-STS policy names")
        return covered, TlsLevel.VERIFY, f"mta-sts id:{policy.id} enforce"

    async def _of(self, host: str, level: TlsLevel, why: str, *, signed: bool) -> Sequence[Hop]:
        """Return the addresses of one server to try; none where DNS does not answer for it: another may do."""
        hop = Hop(host=host, port=self.port, address=host, level=level, pins=self.pins, why=why)
        try:
            if self.dane is not None:
                hops = await self.dane.addressed(hop, signed=signed)
            else:
                hops = _at(hop, await self.resolver.addresses(host))
        except NoAnswer:
            return []
        return [each for each in hops if self.local or not _is_local(each.address)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Dane:
    """Finds what signed DNS says of a server's certificate (RFC 7672 section 2.2)."""

    resolver: Resolver

    async def addressed(self, hop: Hop, *, signed: bool) -> Sequence[Hop]:
        """Return the hop at each of its addresses, at the level that DNS calls for; `NoAnswer`.

        Without signed names all along it is `may`; with records that none can match, TLS is a must and proves nothing.
        What DNS says falsely, or not at all, is no reason for less: the server is not used (section 2.1.2).
        """
        found = await self.resolver.addresses(hop.host, strict=True)
        tlsa = await self._tlsa(found.name, hop) if signed and found.signed else ()
        if not found.values:
            return []
        usable = tuple(each for each in tlsa if each.is_usable)
        level = TlsLevel.DANE if usable else TlsLevel.ENCRYPT if tlsa else TlsLevel.MAY
        return _at(replace(hop, level=level, tlsa=usable), found)

    async def _tlsa(self, name: str, hop: Hop) -> tuple[Tlsa, ...]:
        """Return the records of the name that the server's leads to, or else of its own (section 2.2.2)."""
        for base in dict.fromkeys((name, hop.host)):
            found = await self.resolver.tlsa(base, hop.port)
            if found.signed and found.values:
                return tuple(Tlsa(usage=a, selector=b, matching=c, data=d) for a, b, c, d in found.values)
        return ()


def _at(hop: Hop, found: Found[str]) -> Sequence[Hop]:
    return [replace(hop, address=each) for each in found.values[:MOST_ADDRESSES]]


def _is_local(address: str) -> bool:
    known = ip_address(address)
    known = getattr(known, "ipv4_mapped", None) or known
    return known.is_loopback or known.is_link_local or known.is_unspecified or known.is_multicast


def _left(found: Sequence[Hop], *, needs_proof: bool, about: str) -> Sequence[Hop]:
    if not found:
        raise TryLater(f"no mail server of {about} has an address now")
    left = [hop for hop in found if hop.proves] if needs_proof else found
    if not left:
        raise NotProved(f"{about} publishes nothing by which its mail servers could prove themselves")
    return left
