"""The key ring: recipients' OpenPGP certificates, each approved by an officer before anything is sealed for it.

Two files a certificate, both named by its fingerprint: `<fingerprint>.asc` as gpg exports it, and
`<fingerprint>.json` with who approved it, when, and for which addresses. A person can read both.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Final

from gateway.errors import Damaged, NotFound, NotSealed
from gateway.protect.judge import Judge, Judged, merge
from gateway.system import atomic
from gateway.system.clock import Clock

FINGERPRINT: Final = re.compile(r"[0-9A-F]{40}")


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyRecord:
    """What the house knows about a certificate; `approved_at` is None until an officer has approved it."""

    fingerprint: str
    addresses: tuple[str, ...]
    imported_at: datetime
    approved_by: str = ""
    approved_at: datetime | None = None

    @property
    def address(self) -> str:
        """The addresses for a person to read, with commas between them."""
        return ", ".join(self.addresses)


class KeyRing:
    """The certificates in one folder. Reads the files anew each time: another process may have changed them."""

    def __init__(self, folder: Path, *, clock: Clock | None = None) -> None:
        self._folder = folder
        self._judge = Judge(clock)

    def import_key(self, data: bytes, now: datetime) -> KeyRecord:
        """Take a certificate in, or a newer version of one that is here already; it still needs approval.

        A certificate that may not be used is refused (`NotSealed`), unless it is here already: then what is new in
        it, such as its revocation, must be kept. An update keeps the approval only while the addresses stay the same.
        """
        fingerprint, addresses, armoured = merge([data])
        before = self._read(fingerprint) if self._sidecar(fingerprint).exists() else None
        if before is None:
            addresses = self._judge.judge(armoured).addresses
        else:
            _, addresses, armoured = merge([self.certificate(fingerprint), data])
        record = KeyRecord(fingerprint=fingerprint, addresses=tuple(sorted(addresses)), imported_at=now)
        if before is not None and set(record.addresses) <= set(before.addresses):
            record = replace(before, imported_at=now)
        atomic.make_private_folder(self._folder)
        self._write(record)  # first: a new certificate beside an old approval would be approved by nobody
        atomic.write(self._folder / f"{fingerprint}.asc", armoured)
        return record

    def approve(self, fingerprint: str, officer: str, now: datetime) -> KeyRecord:
        """Let the house seal for this certificate: an officer says that it is its owner's.

        Raises `NotFound`; `NotSealed` when the certificate may not be used.
        """
        if not officer:
            raise NotSealed("a key is approved by an officer, by name")
        record = self._read(fingerprint)
        self._judge.judge(self.certificate(record.fingerprint))
        approved = replace(record, approved_by=officer, approved_at=now)
        self._write(approved)
        return approved

    def remove(self, fingerprint: str) -> None:
        """Take a certificate out; `NotFound` when it is not here."""
        record = self._read(fingerprint)
        self._sidecar(record.fingerprint).unlink()  # first: without it the certificate is not found any more
        (self._folder / f"{record.fingerprint}.asc").unlink(missing_ok=True)
        atomic.sync_folder(self._folder)

    def list(self) -> tuple[KeyRecord, ...]:
        """Return all records, by address."""
        found = (self._read(path.stem) for path in self._folder.glob("*.json") if FINGERPRINT.fullmatch(path.stem))
        return tuple(sorted(found, key=lambda record: (record.addresses, record.fingerprint)))

    def certificate(self, fingerprint: str) -> bytes:
        """Return the stored certificate, armoured; `NotFound` when it is not here."""
        try:
            return (self._folder / f"{_normal(fingerprint)}.asc").read_bytes()
        except FileNotFoundError:
            raise NotFound(f"no certificate {fingerprint} in the key ring", hint="see `gateway keys list`") from None

    def judge(self, fingerprint: str) -> Judged:
        """Return today's judgement on a stored certificate; `NotSealed` with the reason when it may not be used."""
        return self._judge.judge(self.certificate(fingerprint))

    def find(self, address: str) -> Judged | None:
        """Return the approved, usable key for an address, the latest approved if there are several; None if none.

        The address must stand both in the record that the officer approved and in a valid user id of the certificate.
        """
        wanted = address.lower()
        approved = [record for record in self.list() if record.approved_at and wanted in record.addresses]
        for record in sorted(approved, key=lambda each: (each.approved_at, each.fingerprint), reverse=True):
            try:
                judged = self.judge(record.fingerprint)
            except (NotSealed, NotFound):
                continue  # fails shut: no key, so nothing is sealed with this one
            if wanted in judged.addresses and judged.fingerprint == record.fingerprint:
                return judged
        return None

    def _sidecar(self, fingerprint: str) -> Path:
        return self._folder / f"{_normal(fingerprint)}.json"

    def _read(self, fingerprint: str) -> KeyRecord:
        path = self._sidecar(fingerprint)
        try:
            raw = json.loads(path.read_text(encoding="utf-8"))
            return KeyRecord(
                fingerprint=_same(raw["fingerprint"], path.stem),
                addresses=tuple(str(address) for address in raw["addresses"]),
                imported_at=datetime.fromisoformat(raw["imported_at"]),
                approved_by=str(raw["approved_by"]),
                approved_at=datetime.fromisoformat(raw["approved_at"]) if raw["approved_at"] else None,
            )
        except FileNotFoundError:
            raise NotFound(f"no certificate {fingerprint} in the key ring", hint="see `gateway keys list`") from None
        except (ValueError, KeyError, TypeError):
            hint = f"remove {path} and import the certificate again"
            raise Damaged(f"the record of certificate {path.stem} cannot be read", hint=hint) from None

    def _write(self, record: KeyRecord) -> None:
        raw = {
            "fingerprint": record.fingerprint,
            "addresses": list(record.addresses),
            "imported_at": record.imported_at.isoformat(),
            "approved_by": record.approved_by,
            "approved_at": record.approved_at.isoformat() if record.approved_at else "",
        }
        atomic.write(self._sidecar(record.fingerprint), json.dumps(raw, indent=1, ensure_ascii=False).encode() + b"\n")


def _normal(fingerprint: str) -> str:
    """Return a fingerprint as files are named by it; `NotFound` for anything else, so that it is never a path."""
    normal = fingerprint.replace(" ", "").upper()
    if not FINGERPRINT.fullmatch(normal):
        raise NotFound("not a fingerprint of 40 hexadecimal digits", hint="see `gateway keys list`")
    return normal


def _same(claimed: str, expected: str) -> str:
    if claimed != expected:
        raise ValueError(claimed)
    return claimed
