"""What the key ring knows about a certificate: `<fingerprint>.json`, which a person can read."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Final

from gateway.errors import Damaged, NotFound
from gateway.protect.keys.addresses import canonical_all
from gateway.system import atomic

FINGERPRINT: Final = re.compile(r"[0-9A-F]{40}|[0-9A-F]{64}")
SEE: Final = "see `gateway keys list`"


class Kind(StrEnum):
    """What a certificate is; its fingerprint is its OpenPGP fingerprint, or the SHA-256 of the X.509 certificate."""

    OPENPGP = "openpgp"
    X509 = "x509"

    @property
    def ending(self) -> str:
        """How the file of such a certificate ends."""
        return ".asc" if self is Kind.OPENPGP else ".pem"


class Source(StrEnum):
    """Where a certificate came from: an officer judges by it how carefully to compare the fingerprint."""

    FILE = "file"
    MAIL = "mail"
    WKD = "wkd"
    LDAP = "ldap"


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyRecord:
    """What the house knows about a certificate; `approved_at` is None until an officer has approved it.

    `addresses` are all that it names, `approved_for` those that the officer meant: only these count. `takes` says what
    the recipient is known to read, as the officer or the certificate said: `gcm`.
    """

    fingerprint: str
    addresses: tuple[str, ...]
    imported_at: datetime
    kind: Kind = Kind.OPENPGP
    source: Source = Source.FILE
    approved_by: str = ""
    approved_at: datetime | None = None
    approved_for: tuple[str, ...] = ()
    takes: tuple[str, ...] = ()

    @property
    def address(self) -> str:
        """The addresses for a person to read, with commas between them."""
        return ", ".join(self.addresses)

    def withdrawn(self, addresses: Collection[str]) -> KeyRecord:
        """Return the same with no approval for these addresses."""
        left = tuple(each for each in self.approved_for if each not in addresses)
        if left:
            return replace(self, approved_for=left)
        return replace(self, approved_for=(), approved_by="", approved_at=None)


def normal(fingerprint: str) -> str:
    """Return a fingerprint as files are named by it; `NotFound` for anything else, so that it is never a path."""
    plain = re.sub(r"[ :]", "", fingerprint).upper()
    if not FINGERPRINT.fullmatch(plain):
        raise NotFound("not a fingerprint of 40 or 64 hexadecimal digits", hint=SEE)
    return plain


def read(path: Path) -> KeyRecord:
    """Return the record in a file; `NotFound`, `Damaged`. What an older release did not write has its default."""
    try:
        raw = json.loads(path.read_text(encoding="utf-8"))
        named = [str(address) for address in raw["addresses"]]
        before = named if raw["approved_at"] else []  # an older release approved all that a certificate names
        return KeyRecord(
            fingerprint=_same(raw["fingerprint"], path.stem),
            addresses=_canonical(named),
            imported_at=datetime.fromisoformat(raw["imported_at"]),
            kind=Kind(raw.get("kind", Kind.OPENPGP)),
            source=Source(raw.get("source", Source.FILE)),
            approved_by=str(raw["approved_by"]),
            approved_at=datetime.fromisoformat(raw["approved_at"]) if raw["approved_at"] else None,
            approved_for=_canonical([str(address) for address in raw.get("approved_for", before)]),
            takes=tuple(str(each) for each in raw.get("takes", ())),
        )
    except FileNotFoundError:
        raise NotFound(f"no certificate {path.stem} in the key ring", hint=SEE) from None
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        hint = f"gateway keys remove {path.stem}, then import the certificate again"
        raise Damaged(f"the record of certificate {path.stem} cannot be read", hint=hint) from None


def write(path: Path, record: KeyRecord) -> None:
    """Keep a record, whole or not at all."""
    raw = {
        "fingerprint": record.fingerprint,
        "kind": record.kind,
        "addresses": list(record.addresses),
        "imported_at": record.imported_at.isoformat(),
        "source": record.source,
        "approved_by": record.approved_by,
        "approved_at": record.approved_at.isoformat() if record.approved_at else "",
        "approved_for": list(record.approved_for),
        "takes": list(record.takes),
    }
    atomic.write(path, json.dumps(raw, indent=1, ensure_ascii=False).encode() + b"\n")


def _canonical(addresses: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(canonical_all(addresses)))


def _same(claimed: str, expected: str) -> str:
    if claimed != expected:
        raise ValueError(claimed)
    return claimed
