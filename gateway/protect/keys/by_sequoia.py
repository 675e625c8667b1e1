"""Judges OpenPGP certificates that gpg cannot read (version 6, X25519), with the library pysequoia where it is there.

Sequoia checks signatures; it is not asked for a judgement. Its encryption falls back to expired keys and does not look
whether the whole certificate was revoked, so both are looked at here first; subkeys are looked at in `bindings`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Final, TypeVar

from gateway.errors import NotSealed
from gateway.protect.keys.bindings import Cert, Component, Packet, is_installed, library, subkey_of
from gateway.protect.keys.judged import (
    FUTURE,
    LARGEST,
    RSA_BITS,
    TROUBLE,
    Engine,
    Judged,
    in_order,
    last_end,
)
from gateway.protect.keys.key_packets import RSA, key_packets, read_key
from gateway.protect.keys.listing import address_in
from gateway.protect.keys.rules import KeyRules, refused

T = TypeVar("T")
MOST: Final = 20  # subkeys that are tried
PRIMARY_ALGORITHMS: Final = frozenset({1, 3, 19, 22, 27, 28})  # RSA, ECDSA, EdDSA, Ed25519, Ed448 (RFC 9580 9.1)
MISSING: Final = "it is of a kind that needs the extra sequoia: pip install 'secure-transfer-gateway[sequoia]'"


def merge(versions: Sequence[bytes]) -> tuple[str, frozenset[str], bytes]:
    """Return fingerprint, addresses and armoured union of versions of one certificate, as `judge.merge` does."""
    union, *others = [_only_certificate(data) for data in versions]
    for other in others:
        union = _try(union.merge, other)
    return union.fingerprint.upper(), _addresses(union), str(union).encode()


def judge(data: bytes, now: datetime, rules: KeyRules) -> Judged:
    """Return what may be sealed for; `NotSealed` with the reason when nothing may."""
    certificate = _only_certificate(data)
    try:
        return _judge(certificate, now, rules)
    except NotSealed:
        raise
    except Exception:  # noqa: BLE001 - the library raises over every packet that it does not know
        raise refused("there is something in it that cannot be read") from None


def _judge(certificate: Cert, now: datetime, rules: KeyRules) -> Judged:
    head, components = _taken_apart(certificate)
    ends = _check_primary(certificate, head[0], now)
    found = [subkey_of(head, each, now, rules) for each in components[:MOST]]
    good = {key.fingerprint: (key, reduced) for key, reduced, _ in found if key is not None}
    if not good:
        raise refused("no key in it may encrypt" + "".join(f"; {trouble}" for _, _, trouble in found if trouble))
    usable = in_order([key for key, _ in good.values()])
    addresses = _addresses(certificate)
    if not addresses:
        raise refused("it names no mail address")
    expires = [each for each in (ends, *(key.expires for key in usable)) if each is not None]
    return Judged(
        fingerprint=str(certificate.fingerprint).upper(),
        addresses=addresses,
        usable=usable,
        certificate=good[usable[0].fingerprint][1],
        until=min(expires, default=None),
        ends=last_end(ends, usable),
        engine=Engine.SEQUOIA,
    )


def _only_certificate(data: bytes) -> Cert:
    if not is_installed():
        raise refused(MISSING)
    if len(data) > LARGEST:
        raise refused("it is larger than 1 MiB")
    keys = key_packets(data)
    if any(key.is_secret for key in keys):
        raise refused("it holds a private key, which must never leave its owner")
    certificates = _try(library().Cert.split_bytes, data)
    count = max(len(certificates), sum(key.is_primary for key in keys))
    if count != 1:
        raise refused(f"there are {count} certificates in it, not one")
    return certificates[0]


def _try(what: Callable[..., T], *arguments: object) -> T:
    """Return what the library says; `NotSealed` for whatever it raises over hostile input."""
    try:
        return what(*arguments)
    except Exception:  # noqa: BLE001 - the library raises plain exceptions with a stack of its own
        raise refused("it cannot be read as an OpenPGP certificate") from None


def _addresses(certificate: Cert) -> frozenset[str]:
    """Return the addresses of the user ids whose bindings hold."""
    ids = _try(lambda: [str(each) for each in certificate.user_ids])
    return frozenset(address for each in ids if (address := address_in(each)))


def _taken_apart(certificate: Cert) -> tuple[list[Packet], list[Component]]:
    """Return the primary key with all that is bound to it, and the subkeys with their signatures."""
    kinds = library("packet")
    head: list[Packet] = []
    components: list[list[Packet]] = []
    for packet in _try(lambda: list(kinds.PacketPile.from_bytes(bytes(certificate)))):
        if packet.tag == kinds.Tag.PublicSubkey:
            components.append([packet])
        elif components and packet.tag == kinds.Tag.Signature:
            components[-1].append(packet)
        else:
            head.append(packet)
    return head, [Component(key=key, signatures=tuple(signatures)) for key, *signatures in components]


def _check_primary(certificate: Cert, primary: Packet, now: datetime) -> datetime | None:
    """Return when the certificate ends, None for never; `NotSealed` where it may not be used."""
    try:
        is_revoked, ends = bool(certificate.is_revoked), certificate.expiration
    except Exception:  # noqa: BLE001 - the library raises where no signature of the owner's holds
        raise refused(TROUBLE["i"]) from None
    if is_revoked:
        raise refused(TROUBLE["r"])
    if ends is not None and ends <= now:
        raise refused(TROUBLE["e"])
    if primary.key_created is None or primary.key_created > now:
        raise refused(FUTURE)
    key = read_key(primary.body, is_primary=True)
    if key.algorithm not in PRIMARY_ALGORITHMS or (key.algorithm in RSA and key.bits < RSA_BITS):
        raise refused("its primary key is too weak (RSA needs 2048 bits; DSA is not taken)")
    return ends if isinstance(ends, datetime) else None
