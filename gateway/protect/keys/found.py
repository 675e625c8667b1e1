"""A certificate on its way in: where it was found, and what it must be to be taken."""

from __future__ import annotations

from dataclasses import dataclass, field

from gateway.protect.keys.record import Source


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What may be a certificate. `where` is for the person who imports; it must name the address in `names`, if any."""

    where: str
    content: bytes = field(repr=False)
    source: Source = Source.FILE
    names: str = ""
