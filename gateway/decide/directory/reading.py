"""From the documents of a policy set to a `Directory`, or to every complaint at once."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Final, TypeVar

from pydantic import BaseModel

from gateway.decide.directory.addresses import Addresses, AddressesFile, addresses_of
from gateway.decide.directory.agreements import AgreementsFile, agreements_of
from gateway.decide.directory.countries import NOWHERE, CountriesFile, countries_of
from gateway.decide.directory.hours import ALWAYS_OPEN, CalendarFile, calendar_of
from gateway.decide.directory.lookalike import Known, registered
from gateway.decide.directory.partners import NOBODY, PartnersFile, partners_of
from gateway.decide.directory.retention import RetentionFile, retention_of
from gateway.decide.directory.units import NO_UNITS, UnitsFile, units_of
from gateway.decide.directory.value import Directory
from gateway.model.document import Complaints, Document
from gateway.model.validation import validate

DIRECTORY_FILES: Final = frozenset(
    {
        *("addresses.yaml", "agreements.yaml", "calendar.yaml", "countries.yaml"),
        *("partners.yaml", "retention.yaml", "units.yaml"),
    }
)
"""The files of the directory by their names below the policy folder; a policy set may do without any of them."""

File = TypeVar("File", bound=BaseModel)
Value = TypeVar("Value")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Reading:
    """Takes documents to their shapes and on to values, and keeps the complaints."""

    documents: Mapping[str, Document]
    complaints: Complaints

    def take(self, name: str, shape: type[File], make: Callable[[Document, File], Value], nothing: Value) -> Value:
        """Return what `make` makes of a file; `nothing` where there is none or its shape is wrong."""
        document = self.documents.get(name)
        if document is None:
            return nothing
        with self.complaints:
            return make(document, validate(document, shape))
        return nothing


def directory_of(
    documents: Mapping[str, Document],
    complaints: Complaints,
    entities: Collection[str],
    *,
    secure: Collection[str] = (),
    suffixes: Collection[str] = (),
) -> Directory:
    """Return the directory in these documents, of which others are not looked at. A file that is missing says nothing.

    `entities` are the names of findings; `secure` the domains of the domain table, which look-alikes imitate;
    `suffixes` its public suffixes.
    """
    take = _Reading(documents=documents, complaints=complaints).take
    endings = frozenset(suffixes)
    people = take("partners.yaml", PartnersFile, lambda at, file: partners_of(at, file, endings, complaints), NOBODY)
    known_partners = None if people is NOBODY and "partners.yaml" in documents else people.by_id
    addresses = take("addresses.yaml", AddressesFile, lambda at, file: addresses_of(at, file, complaints), Addresses())
    outside = {domain for _, domain in people.by_address if not addresses.is_webmail(registered(domain, endings))}
    return Directory(
        people=people,
        signed=take(
            "agreements.yaml",
            AgreementsFile,
            lambda at, file: agreements_of(at, file, known_partners, entities, complaints),
            (),
        ),
        teams=take("units.yaml", UnitsFile, lambda at, file: units_of(at, file, complaints), NO_UNITS),
        addresses=addresses,
        world=take("countries.yaml", CountriesFile, lambda at, file: countries_of(at, file, complaints), NOWHERE),
        calendar=take("calendar.yaml", CalendarFile, lambda at, file: calendar_of(at, file, complaints), ALWAYS_OPEN),
        retention=take("retention.yaml", RetentionFile, lambda at, file: retention_of(at, file, complaints), {}),
        suffixes=endings,
        known=Known(
            words=addresses.look_alikes,
            suffixes=endings,
            secure=secure,
            partners={*people.by_domain, *outside},
            webmail=addresses.webmail,
        ),
    )
