"""Consignments as the pipeline makes them, for tests of the channels."""

from __future__ import annotations

import hashlib

from gateway.deliver import Consignment
from gateway.model.content import Held
from gateway.model.transfer import Evidence, Sealed, SealedPart


def consignment(
    *contents: bytes,
    message: bool = True,
    needs_verified_tls: bool = False,
    sender: str = "a@force.police.uk",
    recipient: str = "b@nhs.net",
    names: tuple[str, ...] = ("sealed.zip", "sealed-2.zip", "sealed-3.zip"),
) -> Consignment:
    parts = tuple(
        SealedPart(
            name=name,
            media_type="application/zip",
            object_id=f"o-{name}",
            size=len(content),
            sha256=hashlib.sha256(content).hexdigest(),
        )
        for name, content in zip(names, contents, strict=False)
    )
    sealed = Sealed(
        delivery_id="d-7",
        method="zip",
        message=message,
        parts=parts,
        evidence=Evidence(method="zip", cipher="AES-256", verified_by="7z"),
        needs_verified_tls=needs_verified_tls,
        rule="r",
    )
    return Consignment(
        sealed=sealed, sender=sender, recipient=recipient, contents=list(zip(parts, map(Held, contents), strict=False))
    )
