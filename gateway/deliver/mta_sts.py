"""MTA-STS (RFC 8461): what a domain demands of TLS to its mail servers, as it publishes over HTTPS.

Policies are kept in memory for their `max_age`. A restart forgets them, which loses nothing: what demands verified TLS
goes nowhere without a policy, and all else is no worse off than at first contact.
"""

from __future__ import annotations

import asyncio
import http.client
import re
import socket
import ssl
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, TypeVar

from gateway.deliver.level import TlsLevel
from gateway.deliver.resolver import NoAnswer, Resolver, ascii_name
from gateway.deliver.tls import context
from gateway.system.deadline import closing_within

T = TypeVar("T")
RECORD: Final = re.compile(r"v=STSv1\s*;(?:.*;)?\s*id=(?P<id>[A-Za-z0-9]{1,32})\s*(?:;.*)?")
LARGEST: Final = 65_536  # bytes of a policy: RFC 8461 section 3.3
LONGEST: Final = 31_557_600  # seconds, a year: RFC 8461 section 3.2
PATIENCE: Final = 20.0  # seconds for fetching, all of it
FAILED: Final = 300.0  # seconds until what could not be fetched is tried again: RFC 8461 section 3.3
MOST: Final = 10_000  # domains whose policy is kept
MOST_LINES: Final = 1000
MOST_AT_ONCE: Final = 8  # policies that are being fetched


class Mode(StrEnum):
    """What a domain wants done where TLS cannot be proved."""

    ENFORCE = "enforce"
    NONE = "none"
    TESTING = "testing"


@dataclass(frozen=True, slots=True, kw_only=True)
class StsPolicy:
    """A policy with the id of its record; `max_age` in seconds, `patterns` as RFC 8461 section 4.1 has them."""

    id: str
    mode: Mode
    max_age: int
    patterns: tuple[str, ...]

    def covers(self, host: str) -> bool:
        """Say whether a mail server is one of those that the domain names; `*.` stands for exactly one label."""
        return any(host == each or _is_below(host, each) for each in self.patterns)


def _is_below(host: str, pattern: str) -> bool:
    label, dot, parent = host.partition(".")
    return pattern.startswith("*.") and bool(label) and bool(dot) and parent == pattern[2:]


def parse(untrusted: bytes, policy_id: str) -> StsPolicy | None:
    """Return the policy that was fetched, None for what is none (RFC 8461 section 3.2)."""
    try:
        lines = untrusted.decode("utf-8").splitlines()
    except UnicodeDecodeError:
        return None
    said: dict[str, str] = {}
    patterns = []
    for line in lines[:MOST_LINES]:
        key, colon, value = (each.strip() for each in line.partition(":"))
        if colon and key == "mx":
            patterns.append(value.rstrip(".").lower())
        elif colon:
            said.setdefault(key, value)
    age = said.get("max_age", "")
    known = said.get("version") == "STSv1" and said.get("mode") in set(Mode) and age.isascii() and age.isdigit()
    if not known or len(age) > len("31557600000") or (said["mode"] != Mode.NONE and not patterns):
        return None
    return StsPolicy(id=policy_id, mode=Mode(said["mode"]), max_age=min(int(age), LONGEST), patterns=tuple(patterns))


class MtaSts:
    """Finds and keeps policies. `now` gives seconds that never go backwards; `port` is other than 443 in tests only."""

    def __init__(self, resolver: Resolver, now: Callable[[], float], *, ca_file: str = "", port: int = 443) -> None:
        self._resolver = resolver
        self._now = now
        self._port = port
        self._context = context(TlsLevel.VERIFY, ca_file)
        self._fetching = ThreadPoolExecutor(MOST_AT_ONCE, "mta-sts")  # its own: who serves slowly holds up nothing else
        self._kept: dict[str, tuple[StsPolicy, float]] = {}
        self._failed: dict[str, float] = {}

    async def policy(self, domain: str) -> StsPolicy | None:
        """Return the policy in force for a domain: the live one, else the one that is kept, None for none."""
        kept, until = self._kept.get(domain, (None, 0.0))
        kept = kept if self._now() < until else None
        live = await self._id(domain)
        if not live or (kept and kept.id == live) or self._now() < self._failed.get(domain, 0.0):
            return kept
        fetched = await self._fetched(domain, live)
        if fetched is None:
            self._keep(self._failed, domain, self._now() + FAILED)
            return kept
        self._keep(self._kept, domain, (fetched, self._now() + fetched.max_age))
        return fetched

    async def _id(self, domain: str) -> str:
        """Return the id of the policy that is live, empty where there is none, or more than one (section 3.1)."""
        try:
            found = await self._resolver.texts(f"_mta-sts.{domain}")
        except NoAnswer:
            return ""
        records = [each for each in found.values if each.startswith("v=STSv1")]
        match = RECORD.fullmatch(records[0].strip()) if len(records) == 1 else None
        return match["id"] if match else ""

    async def _fetched(self, domain: str, policy_id: str) -> StsPolicy | None:
        host = f"mta-sts.{ascii_name(domain)}"
        try:
            found = await self._resolver.addresses(host)
            if not found.values:
                return None
            body = await asyncio.get_running_loop().run_in_executor(self._fetching, self._get, host, found.values[-1])
        except (NoAnswer, OSError, http.client.HTTPException):
            return None
        return parse(body, policy_id)

    def _get(self, host: str, address: str) -> bytes:
        """Fetch the policy over verified TLS. No redirection is followed (section 3.3); the whole has a deadline."""
        if self._context is None:  # pragma: no cover - `verify` always has one
            raise ssl.SSLError("no TLS")
        raw = socket.create_connection((address, self._port), PATIENCE)
        stream = self._context.wrap_socket(raw, server_hostname=host, do_handshake_on_connect=False)
        with closing_within(stream, PATIENCE):
            stream.do_handshake()
            connection = http.client.HTTPConnection(host)
            connection.sock = stream
            connection.request("GET", "/.well-known/mta-sts.txt", headers={"Connection": "close"})
            answer = connection.getresponse()
            kind = answer.headers.get_content_type()
            if answer.status != http.HTTPStatus.OK or kind != "text/plain":
                raise http.client.HTTPException(f"{host} has no policy")
            body = answer.read(LARGEST + 1)
        if len(body) > LARGEST:
            raise http.client.HTTPException(f"the policy of {host} is too large")
        return body

    @staticmethod
    def _keep(into: dict[str, T], domain: str, value: T) -> None:
        into.pop(domain, None)
        while len(into) >= MOST:  # the one that was put there first goes
            into.pop(next(iter(into)))
        into[domain] = value
