"""Help for tests of sealing: a memory vault, and one call with ordinary arguments."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from gateway.model.inspection import Inspection
from gateway.model.transfer import Evidence, Sealed
from gateway.model.verdict import Network, Obligation
from gateway.protect import Content, Envelope, Plain
from gateway.protect.content import whole
from gateway.protect.methods import ae2
from gateway.protect.seal import Protector
from gateway.store import StoredObject

NOW = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)
SENDER = "officer@council.example"
RECIPIENT = "alice@partner.example"
ORGANISATION = "Council"
SEAL: frozenset[str] = frozenset({Obligation.SEAL_AES256})


def on_desk(
    desk: Path,
    content: bytes = b"sealed",
    *,
    name: str = "s.pgp",
    method: str = "pgp",
    cipher: str = "AES-256",
    by: str = "somebody",
) -> Envelope:
    """Lay a file on the desk and claim that it is sealed."""
    file = desk / name
    file.write_bytes(content)
    evidence = Evidence(method=method, cipher=cipher, verified_by=by)
    return Envelope(name=name, media_type="application/octet-stream", file=file, evidence=evidence)


def opened(container: bytes, words: bytes) -> dict[str, bytes]:
    """Open a container with our own reader."""
    target = io.BytesIO()
    entries = ae2.read(io.BytesIO(container), words.decode(), target)
    target.seek(0)
    return {entry.name: target.read(entry.size) for entry in entries}


@dataclass(slots=True)
class Kept:
    """What was stored, by id."""

    objects: dict[str, bytes] = field(default_factory=dict)

    def put(self, content: Content) -> StoredObject:
        """Store one object in memory."""
        name = f"o-{len(self.objects)}"
        self.objects[name] = whole(content)
        digest = hashlib.sha256(self.objects[name]).hexdigest()
        return StoredObject(id=name, size=content.size, sha256=digest, header=b"", inline=None)


def seal(
    protector: Protector,
    parts: Sequence[Plain],
    kept: Kept,
    *,
    obligations: frozenset[str] = SEAL,
    message: bool = False,
    as_message: bool = False,
    subject: str = "PROTECT - Anna",
    sender: str = SENDER,
    reference: str = "t-1",
    marking: str = "",
    inspection: Inspection | None = None,
    roles: Collection[str] = (),
    channel: str = "",
    network: Network = Network.PUBLIC,
) -> tuple[Sealed, tuple[StoredObject, ...]]:
    """Seal with ordinary arguments."""
    return protector.seal(
        delivery_id="d-1",
        transfer_id=reference,
        sender=sender,
        recipient=RECIPIENT,
        subject=subject,
        message=message,
        parts=parts,
        obligations=obligations,
        may_tell=True,
        as_message=as_message,
        now=NOW,
        rule="protect-by-public-network",
        put=kept.put,
        marking=marking,
        inspection=inspection,
        roles=roles,
        channel=channel,
        network=network,
    )
