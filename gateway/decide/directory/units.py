"""The organisation's units, by the addresses and domains of their senders (S1 12.4: identified, authorised persons)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from gateway.decide.address import LOWER, not_plain, parts_of, plain_domain
from gateway.decide.shapes import Id
from gateway.model.document import Complaints, Document, Path
from gateway.model.validation import Strict, Words


class UnitShape(Strict):
    """One unit."""

    id: Id
    says: Words
    addresses: tuple[Words, ...] = ()
    domains: tuple[Words, ...] = ()


class UnitsFile(Strict):
    """`units.yaml`."""

    units: tuple[UnitShape, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Units:
    """Which unit a sender belongs to: by the address, whose case is not looked at, before the domain."""

    ids: frozenset[str]
    by_address: Mapping[tuple[str, str], str]
    by_domain: Mapping[str, str]

    def of(self, sender: str) -> str:
        """Return the id of a sender's unit, empty where there is none."""
        parts = parts_of(sender)
        if parts is None:
            return ""
        local, domain = parts
        return self.by_address.get((local.translate(LOWER), domain)) or self.by_domain.get(domain, "")


NO_UNITS: Final = Units(ids=frozenset(), by_address={}, by_domain={})


def units_of(document: Document, file: UnitsFile, complaints: Complaints) -> Units:
    """Return the units; no address or domain belongs to two of them."""
    by_address: dict[tuple[str, str], str] = {}
    by_domain: dict[str, str] = {}
    ids: set[str] = set()
    for number, shape in enumerate(file.units):
        path: Path = ("units", number)
        if shape.id in ids or shape.id == "none":
            complaints.add(document.complaint((*path, "id"), f"the id '{shape.id}' is taken; choose another"))
        if not shape.addresses and not shape.domains:
            complaints.add(document.complaint(path, "this unit has no senders; name 'addresses' or 'domains'"))
        ids.add(shape.id)
        for place, given in enumerate(shape.addresses):
            parts = parts_of(given)
            if parts is None:
                message = f"'{given}' is not a plain address; write name@domain"
                complaints.add(document.complaint((*path, "addresses", place), message))
                continue
            kept = by_address.setdefault((parts[0].translate(LOWER), parts[1]), shape.id)
            if kept != shape.id:
                complaints.add(document.complaint((*path, "addresses", place), _taken(given, kept)))
        for place, given in enumerate(shape.domains):
            domain = plain_domain(given)
            if domain is None:
                complaints.add(document.complaint((*path, "domains", place), not_plain(given)))
                continue
            kept = by_domain.setdefault(domain, shape.id)
            if kept != shape.id:
                complaints.add(document.complaint((*path, "domains", place), _taken(given, kept)))
    return Units(ids=frozenset(ids), by_address=MappingProxyType(by_address), by_domain=MappingProxyType(by_domain))


def _taken(given: str, unit: str) -> str:
    return f"'{given}' belongs to the unit '{unit}' already; it can belong to one only"
