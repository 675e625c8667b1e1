"""Who judges which certificate: gpg, Sequoia or the X.509 checks, by what stands in it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from gateway.errors import NotSealed
from gateway.protect.keys.judge import Judge, merge
from gateway.protect.keys.judged import Judged
from gateway.protect.keys.record import Kind
from gateway.protect.keys.rules import GCM, KeyRules
from gateway.protect.keys.x509 import JudgedX509, X509Judge
from gateway.protect.keys.x509_read import looks_like_x509, read_one
from gateway.system.clock import Clock


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What the ring is to know of a certificate; `content` is how it is kept."""

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

    def fingerprint(self, kind: Kind, data: bytes) -> str:
        """Return which certificate it is, without judging it; `NotSealed`."""
        return read_one([data]).fingerprint if kind is Kind.X509 else merge([data])[0]

    def take(self, kind: Kind, data: bytes) -> Known:
        """Return how a certificate that is new here is kept; `NotSealed` where it may not be used."""
        if kind is Kind.X509:
            return _known(self._x509.judge_anew([data]))
        addresses = self.openpgp(data).addresses
        fingerprint, _, content = merge([data])
        return Known(fingerprint=fingerprint, addresses=addresses, content=content)

    def update(self, kind: Kind, data: bytes, stored: bytes) -> Known:
        """Return how a newer version of a certificate is kept; `NotSealed`.

        An OpenPGP certificate is not judged: what is new in it may be its revocation. In an X.509 certificate nothing
        can be new; it is those beside it that may be, and they are kept where its chain leads through them.
        """
        if kind is Kind.OPENPGP:
            fingerprint, addresses, content = merge([stored, data])
            return Known(fingerprint=fingerprint, addresses=addresses, content=content)
        try:
            return self.take(kind, data)
        except NotSealed:
            return _known(self._x509.judge_anew([data, stored]))


def _known(judged: JudgedX509) -> Known:
    takes = (GCM,) if judged.takes_gcm else ()
    return Known(fingerprint=judged.fingerprint, addresses=judged.addresses, content=judged.kept, takes=takes)
