"""Judges recipients' OpenPGP certificates. gpg looks at every signature; the rules of the house come on top.

gpg drops what is not bound to the primary key (a forged subkey), and says what has expired or was revoked. We refuse
more: RSA under 2048 bits, ElGamal and DSA, private keys, more than one certificate at once. What is handed on is a
cleaned certificate with exactly one encryption key in it, so that no engine can choose another.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Final

from gateway.protect.gnupg import gpg, private_home, status
from gateway.protect.keys.judged import (
    FUTURE,
    LARGEST,
    RSA_BITS,
    TROUBLE,
    Judged,
    Subkey,
    in_order,
    last_end,
    wrap_trouble,
)
from gateway.protect.keys.key_packets import key_packets
from gateway.protect.keys.listing import RSA, Listing, address_in, rows
from gateway.protect.keys.rules import KeyRules, refused

PRIMARY_ALGORITHMS: Final = frozenset({1, 3, 19, 22})  # RSA, RSA to sign, ECDSA, EdDSA (RFC 4880 section 9.1)
ENCRYPTION_ALGORITHMS: Final = frozenset({1, 2, 18})  # RSA, RSA to encrypt, ECDH


def judge(data: bytes, now: datetime, rules: KeyRules) -> Judged:
    """Return what may be sealed for; `NotSealed` with the reason when nothing may."""
    with private_home() as home:
        listed = _import(home, [data])
        if not listed and any(key.is_primary and key.created > now for key in key_packets(data)):
            raise refused(FUTURE)
        primary = _only_primary(listed)
        usable = _usable(listed, now, rules)
        certificate = _export(home, usable[0].fingerprint)
    addresses = frozenset(
        address
        for row in listed
        if row.kind == "uid" and row.validity not in TROUBLE
        if (address := address_in(row.text))
    )
    if not addresses:
        raise refused("it names no mail address")
    ends = [row.expires for row in listed if row.expires is not None and row.expires > now]
    return Judged(
        fingerprint=primary.fingerprint,
        addresses=addresses,
        usable=usable,
        certificate=certificate,
        until=min(ends, default=None),
        ends=last_end(primary.expires, usable),
    )


def merge(versions: Sequence[bytes]) -> tuple[str, frozenset[str], bytes]:
    """Return fingerprint, addresses and armoured union of versions of one certificate, without others' signatures.

    A union, so that an older copy can never take back a revocation. Says nothing about whether it may be used.
    Raises `NotSealed` for several certificates, none, or a private key.
    """
    with private_home() as home:
        listed = _import(home, versions)
        primaries = [row for row in listed if row.kind == "pub"]
        if len(primaries) != 1:
            raise refused(f"there are {len(primaries)} certificates in it, not one")
        ran = gpg(home, "--armor", "--output=-", "--export", primaries[0].fingerprint)
    addresses = frozenset(address for row in listed if row.kind == "uid" if (address := address_in(row.text)))
    return primaries[0].fingerprint, addresses, ran.output


def _import(home: Path, versions: Sequence[bytes]) -> list[Listing]:
    """Import into the private home and list what gpg believes."""
    for data in versions:
        if len(data) > LARGEST:
            raise refused("it is larger than 1 MiB")
        ran = gpg(home, "--import-options=import-clean,self-sigs-only", "--import", stdin=data, seconds=30)
        counts = status(ran, "IMPORT_RES")
        if counts and int(counts[0][9]) > 0:  # sec_read
            raise refused("it holds a private key, which must never leave its owner")
    ran = gpg(home, "--with-colons", "--with-subkey-fingerprint", "--with-key-data", "--list-keys", seconds=30)
    return list(rows(ran.output.decode("utf-8", "replace")))


def _only_primary(listed: Sequence[Listing]) -> Listing:
    primaries = [row for row in listed if row.kind == "pub"]
    if len(primaries) != 1:
        raise refused(f"there are {len(primaries)} certificates in it that gpg can read, not one")
    primary = primaries[0]
    if primary.validity in TROUBLE or "D" in primary.can:
        raise refused(TROUBLE.get(primary.validity, TROUBLE["d"]))
    if primary.algorithm not in PRIMARY_ALGORITHMS or _is_short(primary):
        raise refused("its primary key is too weak (RSA needs 2048 bits; DSA is not taken)")
    return primary


def _is_short(row: Listing) -> bool:
    return row.algorithm in RSA and row.bits < RSA_BITS


def _usable(listed: Sequence[Listing], now: datetime, rules: KeyRules) -> tuple[Subkey, ...]:
    """Return the keys that may encrypt, in order; `NotSealed` says what is wrong with those that may not."""
    good: list[Subkey] = []
    wrong: list[str] = []
    for row in listed:
        if row.kind == "uid" or "e" not in row.can:
            continue
        trouble = _trouble(row, now, rules)
        if trouble or row.created is None or row.wrap is None:
            wrong.append(f"{row.fingerprint[-16:]}: {trouble or 'it has no date'}")
            continue
        good.append(
            Subkey(
                fingerprint=row.fingerprint,
                algorithm=row.algorithm,
                bits=row.bits,
                curve=row.curve,
                created=row.created,
                expires=row.expires,
                wrap=row.wrap,
            )
        )
    if not good:
        raise refused("no key in it may encrypt" + "".join(f"; {reason}" for reason in wrong))
    return in_order(good)


def _trouble(row: Listing, now: datetime, rules: KeyRules) -> str:
    """Return why this key may not encrypt; empty when it may."""
    if row.validity in TROUBLE:
        return TROUBLE[row.validity]
    if row.algorithm not in ENCRYPTION_ALGORITHMS:
        return "its algorithm is not taken (ElGamal)"
    if _is_short(row):
        return f"RSA with {row.bits} bits is too short"
    if row.expires is not None and row.expires <= now:
        return TROUBLE["e"]
    return wrap_trouble(row.wrap, row.curve, rules) or (FUTURE if row.created and row.created > now else "")


def _export(home: Path, fingerprint: str) -> bytes:
    """Return the certificate with this one encryption key, cleaned; the mark `!` asks gpg for exactly this key."""
    ran = gpg(home, "--export-options=export-clean,export-minimal", "--output=-", "--export", f"{fingerprint}!")
    if ran.code != 0 or not ran.output:
        raise refused("gpg could not export it")
    return ran.output
