"""Partner organisations: who receives, what kind of body it is, and how its people are reached.

Sources: S1 6.3(c) (full details of the organisations), S2 (checks on recipients before sharing children's data), G46.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from gateway.decide.address import is_suffix, not_plain, parts_of, plain_domain
from gateway.decide.directory.countries import ISO_3166
from gateway.decide.directory.recipients import opens_complaints
from gateway.decide.shapes import Day, Id
from gateway.errors import Complaint
from gateway.model.document import Complaints, Document, Path
from gateway.model.validation import Strict, Words


class PartnerKind(StrEnum):
    """What kind of body a partner is."""

    BOARD = "board"
    COUNCIL = "council"
    COURT = "court"
    EDUCATION = "education"
    FIRE = "fire"
    GOVERNMENT = "government"
    HEALTH = "health"
    HOUSING = "housing"
    LEGAL = "legal"
    OTHER = "other"
    POLICE = "police"
    PROBATION = "probation"
    PROCESSOR = "processor"
    REGULATOR = "regulator"
    SUPPLIER = "supplier"
    VOLUNTARY = "voluntary"


class DueDiligenceShape(Strict):
    """Who checked a partner, and until when that counts."""

    by: Words
    until: Day | None = None


class PartnerShape(Strict):
    """One partner. `adequate` says on what ground data may go there although its country is not adequate as a whole.

    `opens` are the methods of sealing that its people can open, in their order of preference.
    """

    id: Id
    says: Words
    kind: PartnerKind
    country: Words
    domains: tuple[Words, ...] = ()
    addresses: tuple[Words, ...] = ()
    due_diligence: DueDiligenceShape | None = None
    adequate: Words = ""
    opens: tuple[Words, ...] = ()
    source: Words = ""
    note: Words = ""


class PartnersFile(Strict):
    """`partners.yaml`."""

    partners: tuple[PartnerShape, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Partner:
    """A partner organisation. `checked_by` is empty where nobody checked it; `checked_until` is None for no end.

    `opens` is empty where nobody said what its people can open.
    """

    id: str
    says: str
    kind: PartnerKind
    country: str
    adequate: str = ""
    checked_by: str = ""
    checked_until: date | None = None
    opens: tuple[str, ...] = ()

    def is_checked_on(self, day: date) -> bool:
        """Say whether somebody checked it and the check counts on a day; it does on its last one."""
        return bool(self.checked_by) and (self.checked_until is None or day <= self.checked_until)


@dataclass(frozen=True, slots=True, kw_only=True)
class Partners:
    """All partners, and whose each domain and address is. An address is looked up before its domain."""

    by_id: Mapping[str, Partner]
    by_domain: Mapping[str, Partner]
    by_address: Mapping[tuple[str, str], Partner]


NOBODY: Final = Partners(by_id={}, by_domain={}, by_address={})


def partners_of(document: Document, file: PartnersFile, suffixes: Collection[str], complaints: Complaints) -> Partners:
    """Return the partners; no domain or address belongs to two of them, and a public suffix to none."""
    by_id: dict[str, Partner] = {}
    by_domain: dict[str, Partner] = {}
    by_address: dict[tuple[str, str], Partner] = {}
    for number, shape in enumerate(file.partners):
        path: Path = ("partners", number)
        complaints.add(*_complaints(document, path, shape, by_id))
        checked = shape.due_diligence
        partner = Partner(
            id=shape.id,
            says=shape.says,
            kind=shape.kind,
            country=shape.country,
            adequate=shape.adequate,
            checked_by=checked.by if checked else "",
            checked_until=checked.until if checked else None,
            opens=shape.opens,
        )
        by_id[shape.id] = partner
        for place, given in enumerate(shape.domains):
            domain = plain_domain(given)
            if domain is None:
                complaints.add(document.complaint((*path, "domains", place), not_plain(given)))
            elif is_suffix(domain, suffixes):
                message = f"'{given}' is a public suffix: many organisations stand below it; name the partner's own"
                complaints.add(document.complaint((*path, "domains", place), message))
            elif by_domain.setdefault(domain, partner) is not partner:
                complaints.add(document.complaint((*path, "domains", place), _taken(given, by_domain[domain])))
        for place, given in enumerate(shape.addresses):
            address = parts_of(given)
            if address is None:
                message = f"'{given}' is not a plain address; write name@domain"
                complaints.add(document.complaint((*path, "addresses", place), message))
            elif by_address.setdefault(address, partner) is not partner:
                complaints.add(document.complaint((*path, "addresses", place), _taken(given, by_address[address])))
    return Partners(
        by_id=MappingProxyType(by_id), by_domain=MappingProxyType(by_domain), by_address=MappingProxyType(by_address)
    )


def _complaints(
    document: Document, path: Path, shape: PartnerShape, known: Mapping[str, Partner]
) -> Iterator[Complaint]:
    if shape.id in known or shape.id in {"us", "none"}:
        yield document.complaint((*path, "id"), f"the id '{shape.id}' is taken; choose another")
    if shape.country not in ISO_3166:
        message = f"'{shape.country}' is no country; write its two capitals of ISO 3166, for example GB"
        yield document.complaint((*path, "country"), message)
    yield from opens_complaints(document, (*path, "opens"), shape.opens)
    if not shape.domains and not shape.addresses:
        yield document.complaint(path, "nobody can be reached here; name 'domains' or 'addresses'")


def _taken(given: str, partner: Partner) -> str:
    return f"'{given}' belongs to the partner '{partner.id}' already; it can belong to one only"
