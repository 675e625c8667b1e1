"""Judges recipients' OpenPGP certificates. gpg looks at every signature; the rules of the house come on top.

gpg drops what is not bound to the primary key (a forged subkey), and says what has expired or was revoked. We refuse
more: RSA under 2048 bits, ElGamal and DSA, private keys, more than one certificate at once. What is handed on is a
cleaned certificate with exactly one encryption key in it, so that no engine can choose another.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from gateway.errors import NotSealed
from gateway.protect.gnupg import gpg, private_home, status
from gateway.system.clock import Clock, MachineClock

LARGEST: Final = 1 << 20  # bytes; a certificate with every signature of a long life is smaller
RSA_BITS: Final = 2048
RSA: Final = frozenset({1, 2})
PRIMARY_ALGORITHMS: Final = frozenset({1, 3, 19, 22})  # RSA, RSA to sign, ECDSA, EdDSA (RFC 4880 section 9.1)
ENCRYPTION_ALGORITHMS: Final = frozenset({1, 2, 18})  # RSA, RSA to encrypt, ECDH
TROUBLE: Final = {
    "r": "it was revoked",
    "e": "it has expired",
    "i": "its signatures do not hold",
    "n": "it is not valid",
    "d": "it was disabled",
}
ADDRESS: Final = re.compile(r"<([^<>\s@]+@[^<>\s@]+)>\s*\Z|\A([^<>\s@]+@[^<>\s@]+)\Z")


@dataclass(frozen=True, slots=True, kw_only=True)
class Subkey:
    """A key that may encrypt. `algorithm` is the number of RFC 4880 section 9.1; `expires` is None for never."""

    fingerprint: str
    algorithm: int
    bits: int
    curve: str
    created: datetime
    expires: datetime | None

    @property
    def key_id(self) -> str:
        """The last 16 digits of the fingerprint: what a version 3 session key packet names."""
        return self.fingerprint[-16:]


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """A certificate that may be sealed for. `usable` is newest first; `certificate` holds the newest and no other.

    `addresses` are those of the valid user ids, in lower case. `until` is the earliest moment at which the judgement
    may change by itself; None for never.
    """

    fingerprint: str
    addresses: frozenset[str]
    usable: tuple[Subkey, ...]
    certificate: bytes
    until: datetime | None

    @property
    def chosen(self) -> Subkey:
        """The key to seal for: the newest usable one."""
        return self.usable[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """One row of gpg's colon listing (GnuPG doc/DETAILS) that stands for a key or a user id."""

    kind: str
    validity: str
    bits: int
    algorithm: int
    created: datetime | None
    expires: datetime | None
    text: str
    can: str
    curve: str
    fingerprint: str


class Judge:
    """Remembers its good judgements in memory, by the certificate's SHA-256, until the earliest expiry in it."""

    def __init__(self, clock: Clock | None = None) -> None:
        self._clock = clock or MachineClock()
        self._known: dict[str, Judged] = {}

    def judge(self, data: bytes) -> Judged:
        """Return what may be sealed for; `NotSealed` with the reason when nothing may."""
        now = self._clock.now()
        digest = hashlib.sha256(data).hexdigest()
        known = self._known.pop(digest, None)
        if known is None or (known.until is not None and known.until <= now):
            known = _judge(data, now)
        self._known[digest] = known
        return known


def _judge(data: bytes, now: datetime) -> Judged:
    with private_home() as home:
        rows = _import(home, [data])
        primary = _only_primary(rows)
        usable = _usable(rows, now)
        certificate = _export(home, usable[0].fingerprint)
    addresses = frozenset(
        address for row in rows if row.kind == "uid" and row.validity not in TROUBLE if (address := _address(row.text))
    )
    if not addresses:
        raise _refused("it names no mail address")
    ends = [row.expires for row in rows if row.expires is not None and row.expires > now]
    return Judged(
        fingerprint=primary.fingerprint,
        addresses=addresses,
        usable=usable,
        certificate=certificate,
        until=min(ends, default=None),
    )


def merge(versions: Sequence[bytes]) -> tuple[str, frozenset[str], bytes]:
    """Return fingerprint, addresses and armoured union of versions of one certificate, without others' signatures.

    A union, so that an older copy can never take back a revocation. Says nothing about whether it may be used.
    Raises `NotSealed` for several certificates, none, or a private key.
    """
    with private_home() as home:
        rows = _import(home, versions)
        primaries = [row for row in rows if row.kind == "pub"]
        if len(primaries) != 1:
            raise _refused(f"there are {len(primaries)} certificates in it, not one")
        ran = gpg(home, "--armor", "--output=-", "--export", primaries[0].fingerprint)
    addresses = frozenset(address for row in rows if row.kind == "uid" if (address := _address(row.text)))
    return primaries[0].fingerprint, addresses, ran.output


def _refused(reason: str) -> NotSealed:
    return NotSealed(f"this certificate may not be used: {reason}", hint="ask its owner for a current public key")


def _import(home: Path, versions: Sequence[bytes]) -> list[Listing]:
    """Import into the private home and list what gpg believes."""
    for data in versions:
        if len(data) > LARGEST:
            raise _refused("it is larger than 1 MiB")
        ran = gpg(home, "--import-options=import-clean,self-sigs-only", "--import", stdin=data, seconds=30)
        counts = status(ran, "IMPORT_RES")
        if counts and int(counts[0][9]) > 0:  # sec_read
            raise _refused("it holds a private key, which must never leave its owner")
    ran = gpg(home, "--with-colons", "--with-subkey-fingerprint", "--list-keys", seconds=30)
    return list(_rows(ran.output.decode("utf-8", "replace")))


def _rows(listing: str) -> Iterator[Listing]:
    """Yield keys (each with the fingerprint from the row after it) and user ids."""
    pending: list[str] | None = None
    for line in listing.splitlines():
        fields = [*line.split(":"), *[""] * 20]
        if fields[0] in {"pub", "sub"}:
            pending = fields
        elif fields[0] == "fpr" and pending is not None:
            yield _listing(pending, fields[9])
            pending = None
        elif fields[0] == "uid":
            yield _listing(fields, "")


def _listing(fields: Sequence[str], fingerprint: str) -> Listing:
    return Listing(
        kind=fields[0],
        validity=fields[1][:1],
        bits=int(fields[2] or 0),
        algorithm=int(fields[3] or 0),
        created=_moment(fields[5]),
        expires=_moment(fields[6]),
        text=fields[9],
        can=fields[11],
        curve=fields[16],
        fingerprint=fingerprint,
    )


def _moment(seconds: str) -> datetime | None:
    return datetime.fromtimestamp(int(seconds), UTC) if seconds.isdigit() and int(seconds) else None


def _address(user_id: str) -> str:
    """Return the mail address in a user id, in lower case: in the last angle brackets, or the whole of it."""
    text = re.sub(r"\\x([0-9a-fA-F]{2})", lambda found: chr(int(found[1], 16)), user_id)
    found = ADDRESS.search(text)
    address = (found[1] or found[2]) if found else ""
    return address.lower() if address.isprintable() else ""


def _only_primary(rows: Sequence[Listing]) -> Listing:
    primaries = [row for row in rows if row.kind == "pub"]
    if len(primaries) != 1:
        raise _refused(f"there are {len(primaries)} certificates in it that gpg can read, not one")
    primary = primaries[0]
    if primary.validity in TROUBLE or "D" in primary.can:
        raise _refused(TROUBLE.get(primary.validity, TROUBLE["d"]))
    if primary.algorithm not in PRIMARY_ALGORITHMS or _is_short(primary):
        raise _refused("its primary key is too weak (RSA needs 2048 bits; DSA is not taken)")
    return primary


def _is_short(row: Listing) -> bool:
    return row.algorithm in RSA | {3} and row.bits < RSA_BITS


def _usable(rows: Sequence[Listing], now: datetime) -> tuple[Subkey, ...]:
    """Return the keys that may encrypt, newest first; `NotSealed` says what is wrong with those that may not."""
    good: list[Subkey] = []
    wrong: list[str] = []
    for row in rows:
        if row.kind == "uid" or "e" not in row.can:
            continue
        trouble = _trouble(row, now)
        if trouble or row.created is None:
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
            )
        )
    if not good:
        raise _refused("no key in it may encrypt" + "".join(f"; {reason}" for reason in wrong))
    return tuple(sorted(good, key=lambda key: (key.created, key.fingerprint), reverse=True))


def _trouble(row: Listing, now: datetime) -> str:
    """Return why this key may not encrypt; empty when it may."""
    if row.validity in TROUBLE:
        return TROUBLE[row.validity]
    if row.algorithm not in ENCRYPTION_ALGORITHMS:
        return "its algorithm is not taken (ElGamal)"
    if _is_short(row):
        return f"RSA with {row.bits} bits is too short"
    if row.expires is not None and row.expires <= now:
        return TROUBLE["e"]
    return "it is dated in the future" if row.created is not None and row.created > now else ""


def _export(home: Path, fingerprint: str) -> bytes:
    """Return the certificate with this one encryption key, cleaned; the mark `!` asks gpg for exactly this key."""
    ran = gpg(home, "--export-options=export-clean,export-minimal", "--output=-", "--export", f"{fingerprint}!")
    if ran.code != 0 or not ran.output:
        raise _refused("gpg could not export it")
    return ran.output
