"""Who judges which certificate: gpg, Sequoia or the X.509 checks, by what stands in it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from gateway.protect.keys.judge import Judge, merge
from gateway.protect.keys.judged import Judged
from gateway.protect.keys.record import Kind
from gateway.protect.keys.rules import GCM, KeyRules
from gateway.protect.keys.x509 import JudgedX509, X509Judge
from gateway.protect.keys.x509_read import looks_like_x509, read_one
from gateway.system.clock import Clock


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What can be said of a certificate before it is judged; `content` is how it is kept."""

    fingerprint: str
    addresses: frozenset[str]
    content: bytes
    takes: tuple[str, ...] = ()


def kind_of(data: bytes) -> Kind:
    """Return what a file of a certificate holds."""
    return Kind.X509 if looks_like_x509(data) else Kind.OPENPGP


class Judges:
    """All judges of one key ring; `cache` is a folder for what authorities said about revocation."""

    def __init__(self, clock: Clock, rules: KeyRules, *, cache: Path) -> None:
        self._openpgp = Judge(clock, rules=rules)
        self._x509 = X509Judge(clock, rules, cache=cache)

    def openpgp(self, data: bytes) -> Judged:
        """Return the judgement on an OpenPGP certificate; `NotSealed` with the reason."""
        return self._openpgp.judge(data)

    def x509(self, data: bytes) -> JudgedX509:
        """Return the judgement on an X.509 certificate; `NotSealed` with the reason."""
        return self._x509.judge(data)

    def judge(self, kind: Kind, data: bytes) -> Judged | JudgedX509:
        """Return the judgement on a certificate of either kind; `NotSealed` with the reason."""
        return self.x509(data) if kind is Kind.X509 else self.openpgp(data)

    def merge(self, kind: Kind, versions: Sequence[bytes]) -> Known:
        """Return what is known of one certificate, of which there may be several versions; `NotSealed`."""
        if kind is Kind.OPENPGP:
            fingerprint, addresses, content = merge(versions)
            return Known(fingerprint=fingerprint, addresses=addresses, content=content)
        read = read_one(versions)
        return Known(
            fingerprint=read.fingerprint,
            addresses=read.addresses,
            content=read.pem,
            takes=(GCM,) if read.takes_gcm else (),
        )
