"""A mail server to try, and what the connection with it must prove before anything of a message goes there."""

from __future__ import annotations

import hashlib
import ssl
from dataclasses import dataclass
from enum import IntEnum
from ipaddress import ip_address

from cryptography.exceptions import UnsupportedAlgorithm

from gateway.deliver.level import TlsLevel
from gateway.deliver.tls import describe, key_digest, public_key
from gateway.errors import NotProved


class Selector(IntEnum):
    """What of a certificate a TLSA record is about (RFC 6698 section 2.1.2)."""

    CERTIFICATE = 0
    KEY = 1


class Matching(IntEnum):
    """How a TLSA record holds it (RFC 6698 section 2.1.3)."""

    WHOLE = 0
    SHA256 = 1
    SHA512 = 2


DANE_EE = 3  # the server's own certificate or key, no authority and no name asked (RFC 7672 section 3.1.1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tlsa:
    """One TLSA record (RFC 6698 section 2) as signed DNS gave it."""

    usage: int
    selector: int
    matching: int
    data: bytes

    @property
    def is_usable(self) -> bool:
        """True for what we can match: usage 3. Usage 2 wants a chain that Python's TLS does not hand out."""
        return self.usage == DANE_EE and self.selector in set(Selector) and self.matching in set(Matching)

    def matches(self, certificate: bytes) -> bool:
        """Say whether it is about this certificate (DER); `ValueError` for one that cannot be read."""
        about = certificate if self.selector == Selector.CERTIFICATE else public_key(certificate)
        if self.matching == Matching.WHOLE:
            return about == self.data
        digest = hashlib.sha256 if self.matching == Matching.SHA256 else hashlib.sha512
        return digest(about).digest() == self.data


@dataclass(frozen=True, slots=True, kw_only=True)
class Hop:
    """Where to connect, and what the connection must be; two that are equal may share connections.

    `host` is the name that the certificate must bear for `verify`; `address` is where to connect, the name itself where
    the system looks it up. `level` is `none`, `may`, `encrypt`, `verify`, `pin` or `dane`: `mta-sts` has become one of
    them. `why` says in the evidence why a name may be trusted. `implicit` is TLS from the first byte (RFC 8314).
    """

    host: str
    port: int
    address: str
    level: TlsLevel
    implicit: bool = False
    pins: frozenset[str] = frozenset()
    tlsa: tuple[Tlsa, ...] = ()
    why: str = ""

    @property
    def proves(self) -> bool:
        """True where a connection, once made, has proved who is at the far side."""
        return self.level in {TlsLevel.VERIFY, TlsLevel.PIN, TlsLevel.DANE}

    @property
    def may_log_in(self) -> bool:
        """True where our password may be told: to who proved themselves, and by TLS on this machine."""
        return self.proves or (self.level is TlsLevel.ENCRYPT and _is_here(self.host))

    def proof(self, connection: ssl.SSLObject) -> str:
        """Return the evidence of a connection, after the handshake; `NotProved` where it is not what it must be."""
        certificate = connection.getpeercert(binary_form=True) or b""
        try:
            return describe(connection, self._proved_by(certificate))
        except (ValueError, UnsupportedAlgorithm):
            raise NotProved(f"the certificate of {self.host} cannot be read") from None

    def _proved_by(self, certificate: bytes) -> str:
        if self.level is TlsLevel.VERIFY:
            return " ".join(filter(None, (self.why, f"verified {self.host}")))
        if self.level is TlsLevel.PIN:
            if (digest := key_digest(certificate)) not in self.pins:
                raise NotProved(f"the key of {self.host} is not the pinned one")
            return f"pinned key:{digest}"
        if self.level is TlsLevel.DANE:
            for each in self.tlsa:
                if each.matches(certificate):
                    record = f"{each.usage} {each.selector} {each.matching} {each.data.hex()[:128]}"
                    return f"dane TLSA _{self.port}._tcp.{self.host} {record} signed"
            raise NotProved(f"the certificate of {self.host} matches none of its TLSA records")
        return "not verified"


def _is_here(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
