"""The key ring: recipients' certificates, each approved by an officer before anything is sealed for it.

Two files a certificate, both named by its fingerprint: the certificate (`.asc` as gpg exports it, `.pem` for X.509),
and `<fingerprint>.json` with what it is, where it came from, who approved it, when, and for which addresses. A person
can read both.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import TypeVar

from gateway.errors import Damaged, NotFound, NotSealed
from gateway.protect.keys import approvals
from gateway.protect.keys import record as records
from gateway.protect.keys.addresses import canonical
from gateway.protect.keys.approvals import Approval
from gateway.protect.keys.judged import Judged
from gateway.protect.keys.judges import Judges, Known, kind_of
from gateway.protect.keys.record import FINGERPRINT, SEE, KeyRecord, Kind, Source, normal
from gateway.protect.keys.rules import GCM, KeyRules, refused
from gateway.protect.keys.x509 import JudgedX509
from gateway.system import atomic
from gateway.system.clock import Clock, MachineClock
from gateway.system.log import get_log

J = TypeVar("J", Judged, JudgedX509)


class KeyRing:
    """The certificates in one folder. Reads the files anew each time: another process may have changed them."""

    def __init__(self, folder: Path, *, clock: Clock | None = None, rules: KeyRules | None = None) -> None:
        self._folder = folder
        self._judges = Judges(clock or MachineClock(), rules or KeyRules(), cache=folder.with_name("revocation"))

    def import_key(self, data: bytes, now: datetime, *, source: Source = Source.FILE, names: str = "") -> KeyRecord:
        """Take a certificate in, or a newer version of one that is here already; it still needs approval.

        A certificate that may not be used is refused (`NotSealed`), but for an OpenPGP certificate that is here
        already: then what is new in it, such as its revocation, must be kept. An update keeps the approval, and only
        for the addresses that were approved. With `names`, a certificate that does not name this address is refused.
        """
        kind = kind_of(data)
        fingerprint = self._judges.fingerprint(kind, data)
        before = records.read(self._sidecar(fingerprint)) if self._sidecar(fingerprint).exists() else None
        known = self._judges.update(kind, data, self._stored(before)) if before else self._judges.take(kind, data)
        if names and canonical(names) not in known.addresses:
            raise refused(f"it does not name {names}")
        record = _record(known, kind, before, now, source)
        atomic.make_private_folder(self._folder)
        self._write(record)  # first: a new certificate beside an old approval would be approved by nobody
        atomic.write(self._path(record), known.content)
        return record

    def weigh(
        self, fingerprint: str, *, addresses: Collection[str] = (), every: bool = False, instead: bool = False
    ) -> Approval:
        """Return what an approval for these addresses would do, or for `every` address that the certificate names.

        Without either it is for what is approved already, or for the only address. An address has one approved key of a
        kind: another one that can be used is in the way, unless this is to come `instead`. Raises `NotFound`;
        `NotSealed` when the certificate may not be used; `NotAccepted` when it cannot be approved for this.
        """
        record = self.record(fingerprint)
        judged = self._judged(record)
        if judged.fingerprint != record.fingerprint:
            raise refused("another certificate lies in its place")
        meant = approvals.meant(record, judged.addresses, addresses, every=every)
        others = [each for each in self.list() if each.kind is record.kind and each.fingerprint != record.fingerprint]
        rivals = [each for each in others if meant & set(each.approved_for)]
        if not instead:
            approvals.refuse_rivals(meant, [each for each in rivals if self._is_usable(each)])
        return Approval(record=record, addresses=tuple(sorted(meant)), withdrawn=tuple(rivals))

    def approve(
        self,
        fingerprint: str,
        officer: str,
        now: datetime,
        *,
        addresses: Collection[str] = (),
        every: bool = False,
        instead: bool = False,
        takes: tuple[str, ...] = (),
    ) -> KeyRecord:
        """Let the house seal for this certificate: an officer says that it is its owner's, and what its owner reads.

        What it is approved for, and what that takes away from others, is as `weigh` says; raises as that does.
        """
        if not officer:
            raise NotSealed("a key is approved by an officer, by name")
        approval = self.weigh(fingerprint, addresses=addresses, every=every, instead=instead)
        for other in approval.withdrawn:  # first: no address has two
            self._write(other.withdrawn(approval.addresses))
        approved = replace(
            approval.record,
            approved_by=officer,
            approved_at=now,
            approved_for=tuple(sorted({*approval.record.approved_for, *approval.addresses})),
            takes=tuple(sorted({*approval.record.takes, *takes})),
        )
        self._write(approved)
        return approved

    def remove(self, fingerprint: str) -> None:
        """Take a certificate out, also one whose record cannot be read; `NotFound` when it is not here."""
        sidecar = self._sidecar(fingerprint)
        try:
            sidecar.unlink()  # first: without it the certificate is not found any more
        except FileNotFoundError:
            raise NotFound(f"no certificate {sidecar.stem} in the key ring", hint=SEE) from None
        for kind in Kind:
            sidecar.with_suffix(kind.ending).unlink(missing_ok=True)
        atomic.sync_folder(self._folder)

    def list(self) -> tuple[KeyRecord, ...]:
        """Return all records that can be read, by address."""
        found = (each for _, each in self._read_all() if isinstance(each, KeyRecord))
        return tuple(sorted(found, key=lambda record: (record.addresses, record.fingerprint)))

    def damaged(self) -> tuple[Damaged, ...]:
        """Return why records cannot be read, each with the fix."""
        return tuple(each for _, each in self._read_all() if isinstance(each, Damaged))

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

        The address must be one that the officer approved, and stand in a valid user id of the certificate. What cannot
        be read is passed over, so that one bad file stops nobody else's mail; the log says which.
        """
        return self._find(address, Kind.OPENPGP, lambda record: self._judges.openpgp(self._stored(record)))

    def find_x509(self, address: str) -> JudgedX509 | None:
        """Return the approved, usable X.509 certificate for an address, as `find` does."""
        return self._find(address, Kind.X509, self._x509)

    def _find(self, address: str, kind: Kind, judge: Callable[[KeyRecord], J]) -> J | None:
        wanted = canonical(address)
        approved = [each for each in self._readable() if each.kind is kind and wanted in each.approved_for]
        found = [(each.approved_at, each.fingerprint, each) for each in approved if each.approved_at is not None]
        for _, _, record in sorted(found, key=lambda each: each[:2], reverse=True):
            try:
                judged = judge(record)
            except (NotSealed, NotFound):
                continue  # fails shut: no key, so nothing is sealed with this one
            except Damaged:
                _log_damaged(record.fingerprint)
                continue
            if wanted in judged.addresses and judged.fingerprint == record.fingerprint:
                return judged
        return None

    def _readable(self) -> Iterator[KeyRecord]:
        for name, each in self._read_all():
            if isinstance(each, KeyRecord):
                yield each
            else:
                _log_damaged(name)

    def _read_all(self) -> Iterator[tuple[str, KeyRecord | Damaged]]:
        """Yield every record, or why it cannot be read, with its fingerprint; what vanishes meanwhile is left out."""
        for fingerprint in self._fingerprints():
            try:
                yield fingerprint, records.read(self._sidecar(fingerprint))
            except NotFound:
                continue
            except Damaged as trouble:
                yield fingerprint, trouble

    def _fingerprints(self) -> Sequence[str]:
        try:
            names = os.listdir(self._folder)  # noqa: PTH208 - for each delivery; paths take five times as long
        except FileNotFoundError:
            return ()
        return sorted(
            stem
            for stem, dot, ending in (name.rpartition(".") for name in names)
            if ending == "json" and FINGERPRINT.fullmatch(stem)
        )

    def _is_usable(self, record: KeyRecord) -> bool:
        try:
            return bool(self._judged(record))
        except (NotSealed, NotFound, Damaged):
            return False

    def _judged(self, record: KeyRecord) -> Judged | JudgedX509:
        return self._x509(record) if record.kind is Kind.X509 else self._judges.openpgp(self._stored(record))

    def _x509(self, record: KeyRecord) -> JudgedX509:
        judged = self._judges.x509(self._stored(record))
        return replace(judged, takes_gcm=True) if GCM in record.takes else judged

    def _stored(self, record: KeyRecord) -> bytes:
        try:
            return self._path(record).read_bytes()
        except FileNotFoundError:
            raise NotFound(f"no certificate {record.fingerprint} in the key ring", hint=SEE) from None
        except OSError:
            hint = f"gateway keys remove {record.fingerprint}, then import it again"
            raise Damaged(f"certificate {record.fingerprint} cannot be read", hint=hint) from None

    def _path(self, record: KeyRecord) -> Path:
        return self._folder / f"{record.fingerprint}{record.kind.ending}"

    def _sidecar(self, fingerprint: str) -> Path:
        return self._folder / f"{normal(fingerprint)}.json"

    def _write(self, record: KeyRecord) -> None:
        records.write(self._sidecar(record.fingerprint), record)


def _record(known: Known, kind: Kind, before: KeyRecord | None, now: datetime, source: Source) -> KeyRecord:
    """Return the record of what was imported; what was approved before stays so, and nothing new is."""
    addresses = tuple(sorted(known.addresses))
    if before is not None:
        return replace(before, addresses=addresses, imported_at=now, source=source).withdrawn(
            set(before.approved_for) - known.addresses
        )
    return KeyRecord(
        fingerprint=known.fingerprint,
        addresses=addresses,
        imported_at=now,
        kind=kind,
        source=source,
        takes=known.takes,
    )


def _log_damaged(fingerprint: str) -> None:
    get_log().error("keys:damaged", file=fingerprint)
