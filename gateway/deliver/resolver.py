"""Asks DNS about a recipient's domain: its mail servers, their addresses, what it publishes on TLS.

Whether an answer was signed (DNSSEC) is believed only from a validating resolver on this machine, which says so with
AD (RFC 4035 section 3.2.3, RFC 7672 section 2.1): over a network anybody could have set it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Any, Final, Generic, TypeVar

import dns.asyncresolver
import dns.exception
import dns.flags
import dns.name
import dns.rdatatype
import dns.resolver
import idna

from gateway.errors import GatewayError

T = TypeVar("T")
PATIENCE: Final = 15.0  # seconds for one question, all tries together
REMEMBERED: Final = 10_000  # answers, each as long as its own time to live
UDP_SIZE: Final = 1232  # bytes: what crosses every network in one piece


class NoAnswer(Exception):
    """DNS gave no answer that may be believed: it is away, or what it said fails validation. Ask again later."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Found(Generic[T]):
    """What DNS said: the values, none where there are none; whether it was signed; under which name it stood."""

    values: tuple[T, ...]
    signed: bool
    name: str
    exists: bool = True


class Resolver:
    """Asks the resolver at `server` (an address), or those of the machine where it is empty."""

    def __init__(self, server: str = "", port: int = 53, *, patience: float = PATIENCE) -> None:
        self._trusted = bool(server) and ip_address(server).is_loopback
        try:
            self._asks = dns.asyncresolver.Resolver(configure=not server)
        except dns.exception.DNSException:
            raise GatewayError("this machine has no resolver", hint="set resolver: to the address of one") from None
        if server:
            self._asks.nameservers, self._asks.port = [server], port
        self._asks.lifetime = patience
        self._asks.use_edns(0, dns.flags.DO if self._trusted else 0, UDP_SIZE)
        self._asks.flags = dns.flags.RD | dns.flags.AD  # RFC 6840 section 5.7: AD in a question asks for AD
        self._asks.cache = dns.resolver.LRUCache(REMEMBERED)

    async def servers(self, domain: str) -> Found[tuple[int, str]]:
        """Return the mail servers of a domain with their preference (MX, RFC 5321 section 5.1); `.` is the null one."""
        found = await self._ask(domain, "MX")
        return _with(found, [(each.preference, _text(each.exchange)) for each in found.values])

    async def addresses(self, host: str, *, strict: bool = False) -> Found[str]:
        """Return the addresses of a host, those of IPv6 first, and the name that they stand under; `NoAnswer`.

        Where one kind is not answered, those of the other will do, unless `strict`.
        """
        asked = await asyncio.gather(self._ask(host, "AAAA"), self._ask(host, "A"), return_exceptions=True)
        failed = [each for each in asked if isinstance(each, BaseException)]
        answered = [each for each in asked if not isinstance(each, BaseException)]
        if failed and (strict or not any(each.values for each in answered)):
            raise failed[0]
        six, four = answered[0], answered[-1]
        values = [each.address for found in answered for each in found.values]
        by = four if four.values else six
        signed = all(found.signed for found in (six, four) if found.values) and bool(values)
        return Found(values=tuple(values), signed=signed, name=by.name, exists=six.exists or four.exists)

    async def tlsa(self, host: str, port: int) -> Found[tuple[int, int, int, bytes]]:
        """Return what a server publishes on its certificate (RFC 6698 section 3): usage, selector, matching, data."""
        found = await self._ask(f"_{port}._tcp.{host}", "TLSA")
        return _with(found, [(each.usage, each.selector, each.mtype, each.cert) for each in found.values])

    async def texts(self, name: str) -> Found[str]:
        """Return the text records of a name, the pieces of each put together."""
        found = await self._ask(name, "TXT")
        return _with(found, [b"".join(each.strings).decode("ascii", "replace") for each in found.values])

    async def _ask(self, name: str, kind: str) -> Found[Any]:
        """Return what DNS says; `NoAnswer` where it does not, or where the name cannot be asked for."""
        try:
            question = dns.name.from_text(ascii_name(name) + ".")
            answer = await self._asks.resolve(question, kind, raise_on_no_answer=False, search=False)
        except dns.resolver.NXDOMAIN:
            return Found(values=(), signed=False, name=name, exists=False)
        except (dns.exception.DNSException, OSError) as error:
            raise NoAnswer(f"no answer from DNS about {name} ({type(error).__name__})") from None
        signed = self._trusted and bool(answer.response.flags & dns.flags.AD)
        return Found(values=tuple(answer.rrset or ()), signed=signed, name=_text(answer.canonical_name))


def ascii_name(name: str) -> str:
    """Return a name as DNS has it (RFC 5891); `NoAnswer` for one that cannot stand there."""
    if name.isascii():
        return name.rstrip(".").lower()
    try:
        return idna.encode(name.rstrip("."), uts46=True).decode("ascii")
    except idna.IDNAError:
        raise NoAnswer(f"{name!a} is no name that DNS can be asked for") from None


def _text(name: dns.name.Name) -> str:
    return name.to_text(omit_final_dot=True).lower()


def _with(found: Found[Any], values: Sequence[T]) -> Found[T]:
    return Found(values=tuple(values), signed=found.signed, name=found.name, exists=found.exists)
