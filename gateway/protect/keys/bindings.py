"""The subkeys of a certificate that Sequoia reads: what binds each of them, and whether it may encrypt.

Whether a signature really binds a subkey is found out by trying: a certificate is put together from the primary key,
its user ids and one subkey under one binding signature, and Sequoia seals for it only when all of that holds. What is
handed on is such a certificate.
"""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from types import ModuleType
from typing import Any, Final, TypeAlias

from gateway.protect import packets as framing
from gateway.protect.keys.judged import FUTURE, RSA_BITS, TROUBLE, Subkey, wrap_trouble
from gateway.protect.keys.key_packets import RSA, KeyPacket, read_key
from gateway.protect.keys.rules import KeyRules
from gateway.protect.keys.shown import shown_aes256

Cert: TypeAlias = Any
"""Of pysequoia, which may not be there."""
Packet: TypeAlias = Any
"""The same."""
MOST: Final = 20  # binding signatures of one subkey that are tried
UNSHOWN: Final = "a message for it would not show that it is AES-256"


@dataclass(frozen=True, slots=True, kw_only=True)
class Component:
    """A subkey and the signatures that follow it."""

    key: Packet
    signatures: tuple[Packet, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Binding:
    """A binding signature that holds, the certificate with nothing else bound, and what a message for it shows."""

    signature: Packet
    certificate: bytes
    shows_aes256: bool


def is_installed() -> bool:
    """Say whether the library is there."""
    return importlib.util.find_spec("pysequoia") is not None


def library(module: str = "") -> ModuleType:
    """Return the optional library, or a module of it."""
    return importlib.import_module(f"pysequoia.{module}" if module else "pysequoia")


def subkey_of(
    head: Sequence[Packet], component: Component, now: datetime, rules: KeyRules
) -> tuple[Subkey | None, bytes, str]:
    """Return a subkey that may encrypt, and the certificate with it alone; or why not, empty where it never could."""
    packet = component.key
    name = (packet.fingerprint or "").upper()
    if not any(_encrypts(each) for each in component.signatures):
        return None, b"", ""
    binding = _binding(head, component)
    key = read_key(packet.body, is_primary=False)
    trouble = _trouble(packet, key, binding, now, rules)
    if trouble or binding is None or packet.key_created is None or key.wrap is None:
        return None, b"", f"{name[-16:]}: {trouble or 'it has no date'}"
    subkey = Subkey(
        fingerprint=name,
        algorithm=key.algorithm,
        bits=key.bits,
        curve=key.curve,
        created=packet.key_created,
        expires=_end(packet, binding.signature),
        wrap=key.wrap,
    )
    return subkey, binding.certificate, ""


def _trouble(packet: Packet, key: KeyPacket, binding: Binding | None, now: datetime, rules: KeyRules) -> str:
    """Return why a subkey may not encrypt; empty where it may."""
    if binding is None:
        return "nothing binds it, or it was revoked"
    end = _end(packet, binding.signature)
    if end is not None and end <= now:
        return TROUBLE["e"]
    if packet.key_created is None or packet.key_created > now:
        return FUTURE
    if key.algorithm in RSA and key.bits < RSA_BITS:
        return f"RSA with {key.bits} bits is too short"
    return wrap_trouble(key.wrap, key.curve, rules) or ("" if binding.shows_aes256 else UNSHOWN)


def _end(packet: Packet, signature: Packet) -> datetime | None:
    """Return when a subkey ends: its own time, or that of the signature which binds it; None for never."""
    ends = [
        start + period
        for start, period in (
            (packet.key_created, signature.key_validity_period),
            (signature.signature_created, signature.signature_validity_period),
        )
        if start is not None and period
    ]
    return min(ends, default=None)


def _encrypts(signature: Packet) -> bool:
    """Say whether a signature calls the key before it an encryption key."""
    return signature.key_flags is not None and signature.key_flags.transport_encryption


def _binding(head: Sequence[Packet], component: Component) -> Binding | None:
    """Return the newest binding that holds; None where the subkey may not encrypt.

    Revocations stay beside it, so that Sequoia weighs them. A newer signature that no longer calls it an encryption
    key ends its use, whether it holds or not: that errs on the safe side.
    """
    kinds = library("packet").SignatureType
    revocations = [each for each in component.signatures if each.signature_type == kinds.SubkeyRevocation]
    made = [(each.signature_created, each) for each in component.signatures]
    dated = [(at, each) for at, each in made if at and each.signature_type == kinds.SubkeyBinding]
    for _, signature in sorted(dated, key=lambda pair: pair[0], reverse=True)[:MOST]:
        if not _encrypts(signature):
            return None
        binding = _tried([*head, component.key, *revocations, signature], signature, component.key)
        if binding is not None:
            return binding
        if revocations and _tried([*head, component.key, signature], signature, component.key) is not None:
            return None  # it holds, and so does a revocation of it
    return None


def _tried(packets: Sequence[Packet], signature: Packet, key: Packet) -> Binding | None:
    """Return the binding when Sequoia seals for this very key with a certificate of these packets, else None."""
    sequoia = library()
    with suppress(Exception):  # no suitable key, a policy of the library, packets that do not belong together
        certificate = sequoia.Cert.from_packets(packets)
        message = sequoia.encrypt(b"", [certificate], armor=False)
        if framing.sealed_for(message) <= {(key.fingerprint or "").upper(), (key.key_id or "").upper()}:
            shown = bool(shown_aes256(message))
            return Binding(signature=signature, certificate=bytes(certificate), shows_aes256=shown)
    return None
