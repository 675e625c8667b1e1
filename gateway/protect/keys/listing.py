"""What gpg says about the keys in a home: its colon listing, with the numbers inside each key (GnuPG doc/DETAILS)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Final

from gateway.protect.keys.addresses import canonical
from gateway.protect.keys.rules import KeyWrap

ECDH: Final = 18
RSA: Final = frozenset({1, 2, 3})
KDF: Final = re.compile(r"0301[0-9A-F]{2}([0-9A-F]{2})")
"""The key derivation parameters of an ECDH key: size, reserved, hash, cipher of the key wrap (RFC 4880bis 5.6.6)."""

WRAPS: Final = {"07": KeyWrap.AES128, "08": KeyWrap.AES192, "09": KeyWrap.AES256}
"""Symmetric algorithms of RFC 4880 section 9.2."""

ADDRESS: Final = re.compile(r"<([^<>\s@]+@[^<>\s@]+)>\s*\Z|\A([^<>\s@]+@[^<>\s@]+)\Z")


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """One row of the listing that stands for a key or a user id. `numbers` are what a key consists of, in hexadecimal.

    An ECDH key has three: curve, point, parameters of the key derivation.
    """

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
    numbers: tuple[str, ...] = ()

    @property
    def wrap(self) -> KeyWrap | None:
        """How a session key is wrapped for this key, read from the key itself; None where we do not know the way."""
        if self.algorithm in RSA:
            return KeyWrap.RSA
        found = KDF.fullmatch(self.numbers[-1]) if self.algorithm == ECDH and self.numbers else None
        return WRAPS.get(found[1]) if found else None


def rows(listing: str) -> Iterator[Listing]:
    """Yield keys (each with the fingerprint and numbers from the rows after it) and user ids."""
    pending: Listing | None = None
    for line in listing.splitlines():
        fields = [*line.split(":"), *[""] * 20]
        if fields[0] in {"pub", "sub", "uid"}:
            if pending is not None:
                yield pending
            pending = _listing(fields)
        elif pending is not None and fields[0] == "fpr" and not pending.fingerprint:
            pending = replace(pending, fingerprint=fields[9])
        elif pending is not None and fields[0] == "pkd":
            pending = replace(pending, numbers=(*pending.numbers, fields[3]))
    if pending is not None:
        yield pending


def _listing(fields: Sequence[str]) -> Listing:
    return Listing(
        kind=fields[0],
        validity=fields[1][:1],
        bits=int(fields[2] or 0),
        algorithm=int(fields[3] or 0),
        created=_moment(fields[5]),
        expires=_moment(fields[6]),
        text=re.sub(r"\\x([0-9a-fA-F]{2})", lambda found: chr(int(found[1], 16)), fields[9]),
        can=fields[11],
        curve=fields[16],
        fingerprint="",
    )


def _moment(seconds: str) -> datetime | None:
    return datetime.fromtimestamp(int(seconds), UTC) if seconds.isdigit() and int(seconds) else None


def address_in(user_id: str) -> str:
    """Return the mail address in a user id, as it is compared: in the last angle brackets, or the whole of it."""
    found = ADDRESS.search(user_id)
    address = (found[1] or found[2]) if found else ""
    return canonical(address)
