"""The key ring: recipients' certificates, each approved by an officer before anything is sealed for it.

Two files a certificate, both named by its fingerprint: the certificate (`.asc` as gpg exports it, `.pem` for X.509),
and `<fingerprint>.json` with what it is, where it came from, who approved it, when, and for which addresses. A person
can read both.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from gateway.errors import NotFound, NotSealed
from gateway.protect.keys import record as records
from gateway.protect.keys.judged import Judged
from gateway.protect.keys.judges import Judges, Known, kind_of
from gateway.protect.keys.record import FINGERPRINT, SEE, KeyRecord, Kind, Source, normal
from gateway.protect.keys.rules import GCM, KeyRules, refused
from gateway.protect.keys.x509 import JudgedX509
from gateway.system import atomic
from gateway.system.clock import Clock, MachineClock


class KeyRing:
    """The certificates in one folder. Reads the files anew each time: another process may have changed them."""

    def __init__(self, folder: Path, *, clock: Clock | None = None, rules: KeyRules | None = None) -> None:
        self._folder = folder
        self._judges = Judges(clock or MachineClock(), rules or KeyRules(), cache=folder.with_name("revocation"))

    def import_key(self, data: bytes, now: datetime, *, source: Source = Source.FILE, names: str = "") -> KeyRecord:
        """Take a certificate in, or a newer version of one that is here already; it still needs approval.

        A certificate that may not be used is refused (`NotSealed`), unless it is here already: then what is new in
        it, such as its revocation, must be kept. An update keeps the approval only while the addresses stay the same.
        With `names`, one that does not name this address is refused.
        """
        kind = kind_of(data)
        known = self._judges.merge(kind, [data])
        before = records.read(self._sidecar(known.fingerprint)) if self._sidecar(known.fingerprint).exists() else None
        if before is None:
            judged = self._judges.judge(kind, known.content)
            known = replace(known, addresses=judged.addresses)
        else:
            known = self._judges.merge(kind, [self.certificate(known.fingerprint), data])
        if names and names.lower() not in known.addresses:
            raise refused(f"it does not name {names}")
        record = _record(known, kind, before, now, source)
        atomic.make_private_folder(self._folder)
        self._write(record)  # first: a new certificate beside an old approval would be approved by nobody
        atomic.write(self._path(record), known.content)
        return record

    def approve(self, fingerprint: str, officer: str, now: datetime, *, takes: tuple[str, ...] = ()) -> KeyRecord:
        """Let the house seal for this certificate: an officer says that it is its owner's, and what its owner reads.

        Raises `NotFound`; `NotSealed` when the certificate may not be used.
        """
        if not officer:
            raise NotSealed("a key is approved by an officer, by name")
        record = self.record(fingerprint)
        self._judges.judge(record.kind, self._stored(record))
        said = tuple(sorted({*record.takes, *takes}))
        approved = replace(record, approved_by=officer, approved_at=now, takes=said)
        self._write(approved)
        return approved

    def remove(self, fingerprint: str) -> None:
        """Take a certificate out; `NotFound` when it is not here."""
        record = self.record(fingerprint)
        self._sidecar(record.fingerprint).unlink()  # first: without it the certificate is not found any more
        self._path(record).unlink(missing_ok=True)
        atomic.sync_folder(self._folder)

    def list(self) -> tuple[KeyRecord, ...]:
        """Return all records, by address."""
        found = (records.read(path) for path in self._folder.glob("*.json") if FINGERPRINT.fullmatch(path.stem))
        return tuple(sorted(found, key=lambda record: (record.addresses, record.fingerprint)))

    def record(self, fingerprint: str) -> KeyRecord:
        """Return what is known of one certificate; `NotFound`, `Damaged`."""
        return records.read(self._sidecar(fingerprint))

    def certificate(self, fingerprint: str) -> bytes:
        """Return the stored certificate, armoured or PEM; `NotFound` when it is not here."""
        return self._stored(self.record(fingerprint))

    def judge(self, fingerprint: str) -> Judged:
        """Return today's judgement on a stored OpenPGP certificate; `NotSealed` with the reason if it is not usable."""
        return self._judges.openpgp(self._stored(self.record(fingerprint)))

    def judge_x509(self, fingerprint: str) -> JudgedX509:
        """Return today's judgement on a stored X.509 certificate; `NotSealed` with the reason if it is not usable."""
        return self._x509(self.record(fingerprint))

    def find(self, address: str) -> Judged | None:
        """Return the approved, usable OpenPGP key for an address, the latest approved of several; None if none.

        The address must stand both in the record that the officer approved and in a valid user id of the certificate.
        """
        for record in self._approved(address, Kind.OPENPGP):
            try:
                judged = self.judge(record.fingerprint)
            except (NotSealed, NotFound):
                continue  # fails shut: no key, so nothing is sealed with this one
            if address.lower() in judged.addresses and judged.fingerprint == record.fingerprint:
                return judged
        return None

    def find_x509(self, address: str) -> JudgedX509 | None:
        """Return the approved, usable X.509 certificate for an address, as `find` does."""
        for record in self._approved(address, Kind.X509):
            try:
                judged = self._x509(record)
            except (NotSealed, NotFound):
                continue
            if address.lower() in judged.addresses and judged.fingerprint == record.fingerprint:
                return judged
        return None

    def _approved(self, address: str, kind: Kind) -> Iterator[KeyRecord]:
        wanted = address.lower()
        found = [(each.approved_at, each.fingerprint, each) for each in self.list() if each.approved_at is not None]
        for _, _, record in sorted(found, key=lambda each: each[:2], reverse=True):
            if record.kind is kind and wanted in record.addresses:
                yield record

    def _x509(self, record: KeyRecord) -> JudgedX509:
        judged = self._judges.x509(self._stored(record))
        return replace(judged, takes_gcm=True) if GCM in record.takes else judged

    def _stored(self, record: KeyRecord) -> bytes:
        try:
            return self._path(record).read_bytes()
        except FileNotFoundError:
            raise NotFound(f"no certificate {record.fingerprint} in the key ring", hint=SEE) from None

    def _path(self, record: KeyRecord) -> Path:
        return self._folder / f"{record.fingerprint}{record.kind.ending}"

    def _sidecar(self, fingerprint: str) -> Path:
        return self._folder / f"{normal(fingerprint)}.json"

    def _write(self, record: KeyRecord) -> None:
        records.write(self._sidecar(record.fingerprint), record)


def _record(known: Known, kind: Kind, before: KeyRecord | None, now: datetime, source: Source) -> KeyRecord:
    """Return the record of what was imported; it keeps an approval only while no address is new."""
    if before is not None and known.addresses <= set(before.addresses):
        return replace(before, imported_at=now, source=source)
    return KeyRecord(
        fingerprint=known.fingerprint,
        addresses=tuple(sorted(known.addresses)),
        imported_at=now,
        kind=kind,
        source=source,
        takes=known.takes,
    )
