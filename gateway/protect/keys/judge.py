"""Judges OpenPGP certificates: gpg does, or Sequoia where gpg cannot read them at all. Never one after the other."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from gateway.protect.keys import by_gpg, by_sequoia
from gateway.protect.keys.judged import Judged
from gateway.protect.keys.key_packets import is_beyond_gpg
from gateway.protect.keys.rules import KeyRules
from gateway.system.clock import Clock, MachineClock


class Judge:
    """Remembers its good judgements in memory, by the certificate's SHA-256, until the earliest expiry in it."""

    def __init__(self, clock: Clock | None = None, *, rules: KeyRules | None = None) -> None:
        self._clock = clock or MachineClock()
        self._rules = rules or KeyRules()
        self._known: dict[str, Judged] = {}

    def judge(self, data: bytes) -> Judged:
        """Return what may be sealed for; `NotSealed` with the reason when nothing may."""
        now = self._clock.now()
        digest = hashlib.sha256(data).hexdigest()
        known = self._known.pop(digest, None)
        if known is None or (known.until is not None and known.until <= now):
            judge = by_sequoia.judge if is_beyond_gpg(data) else by_gpg.judge
            known = judge(data, now, self._rules)
        self._known[digest] = known
        return known


def merge(versions: Sequence[bytes]) -> tuple[str, frozenset[str], bytes]:
    """Return fingerprint, addresses and armoured union of versions of one certificate.

    A union, so that an older copy can never take back a revocation. Says nothing about whether it may be used.
    Raises `NotSealed` for several certificates, none, or a private key.
    """
    return by_sequoia.merge(versions) if any(map(is_beyond_gpg, versions)) else by_gpg.merge(versions)
