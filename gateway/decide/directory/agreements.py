"""Information sharing agreements, and whether one covers what is sent on a day.

Sources: S1 6.3(a)-(f) (what each must contain), S1 6.5 and Appendix 7 section 10 (approved and signed by every party),
S1 17.5 (review, typically every year), S2 (agreements govern routine sharing).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Final

from pydantic import BeforeValidator, Field

from gateway.decide.shapes import Day, Id
from gateway.errors import Complaint
from gateway.model.document import Complaints, Document, Path, nearest
from gateway.model.facts import AgreementStatus
from gateway.model.validation import Strict, Words

US: Final = "us"
ANY: Final = "any"


def _listed(given: object) -> object:
    return (ANY,) if given == ANY else given


class LeadShape(Strict):
    """The person whom a party nominated for information sharing."""

    party: Id
    name: Words


class SignatureShape(Strict):
    """Who signed for a party, and when."""

    party: Id
    by: Words
    on: Day


class AgreementShape(Strict):
    """One agreement. The fields without a default are those that S1 6.3 asks for, and the dates."""

    id: Id
    says: Words
    partners: tuple[Id, ...] = Field(min_length=1)
    purpose: Words
    lawful_basis: Words
    lead: tuple[LeadShape, ...]
    data: Annotated[tuple[Words, ...], BeforeValidator(_listed), Field(min_length=1)]
    onward: tuple[Words, ...]
    restrictions: tuple[Words, ...] = ()
    signed: tuple[SignatureShape, ...]
    from_day: Day = Field(alias="from")
    review: Day
    until: Day | None = None
    source: Words = ""
    note: Words = ""


class AgreementsFile(Strict):
    """`agreements.yaml`."""

    agreements: tuple[AgreementShape, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """An agreement that counts from `begins` up to and without `ends`, and up to and with the day of its `review`.

    `begins` is None while a party has not signed. `data` is None where it covers every kind.
    """

    id: str
    says: str
    purpose: str
    lawful_basis: str
    partners: frozenset[str]
    data: frozenset[str] | None
    begins: date | None
    review: date
    ends: date | None

    def status(self, entities: frozenset[str], day: date) -> AgreementStatus:
        """Return what this agreement says of some kinds of data on a day."""
        begun = self.begins is not None and self.begins <= day
        if not begun or day > self.review or (self.ends is not None and day >= self.ends):
            return AgreementStatus.LAPSED
        covers = self.data is None or entities <= self.data
        return AgreementStatus.IN_FORCE if covers else AgreementStatus.NOT_COVERING


BEST_FIRST: Final = (
    AgreementStatus.IN_FORCE,
    AgreementStatus.NOT_COVERING,
    AgreementStatus.LAPSED,
    AgreementStatus.NONE,
)


def best(statuses: Iterable[AgreementStatus]) -> AgreementStatus:
    """Return the best of some statuses; `none` where there is none."""
    return min(statuses, key=BEST_FIRST.index, default=AgreementStatus.NONE)


def agreements_of(
    document: Document,
    file: AgreementsFile,
    partners: Collection[str] | None,
    entities: Collection[str],
    complaints: Complaints,
) -> tuple[Agreement, ...]:
    """Return the agreements; every party is a partner or `us`, and has a lead (S1 6.3(d)).

    `partners` is None where they could not be read: then nobody is said to be none.
    """
    taken: set[str] = set()
    agreements = []
    for number, shape in enumerate(file.agreements):
        path: Path = ("agreements", number)
        if shape.id in taken:
            complaints.add(document.complaint((*path, "id"), f"the id '{shape.id}' is taken; choose another"))
        taken.add(shape.id)
        if partners is not None:
            complaints.add(*_strangers(document, path, shape, partners))
        complaints.add(*_parties(document, path, shape))
        complaints.add(*_data(document, path, shape, entities))
        complaints.add(*_dates(document, path, shape))
        agreements.append(_agreement(shape))
    return tuple(agreements)


def _agreement(shape: AgreementShape) -> Agreement:
    signed = {each.party: each.on for each in shape.signed}
    parties = {US, *shape.partners}
    return Agreement(
        id=shape.id,
        says=shape.says,
        purpose=shape.purpose,
        lawful_basis=shape.lawful_basis,
        partners=frozenset(shape.partners),
        data=None if ANY in shape.data else frozenset(shape.data),
        begins=max((shape.from_day, *signed.values())) if parties <= signed.keys() else None,
        review=shape.review,
        ends=shape.until,
    )


def _strangers(document: Document, path: Path, shape: AgreementShape, partners: Collection[str]) -> Iterator[Complaint]:
    for number, each in enumerate(shape.partners):
        if each not in partners:
            message = f"'{each}' is no partner (partners.yaml); {nearest(each, partners)}"
            yield document.complaint((*path, "partners", number), message)


def _parties(document: Document, path: Path, shape: AgreementShape) -> Iterator[Complaint]:
    parties = {US, *shape.partners}
    for name, named in (
        ("lead", [each.party for each in shape.lead]),
        ("signed", [each.party for each in shape.signed]),
    ):
        for number, party in enumerate(named):
            if party not in parties:
                message = f"'{party}' is no party; known: {', '.join(sorted(parties))}"
                yield document.complaint((*path, name, number, "party"), message)
            elif party in named[:number]:
                yield document.complaint((*path, name, number, "party"), f"'{party}' stands here twice; keep one")
    for missing in sorted(parties - {each.party for each in shape.lead}):
        message = f"the party '{missing}' has no nominated lead person (S1 6.3(d)); add one to 'lead'"
        yield document.complaint((*path, "lead"), message, key=True)


def _data(document: Document, path: Path, shape: AgreementShape, entities: Collection[str]) -> Iterator[Complaint]:
    for number, each in enumerate(shape.data):
        if each != ANY and each not in entities:
            message = f"'{each}' is no kind of finding; {nearest(each, entities)}"
            yield document.complaint((*path, "data", number), message)
    if ANY in shape.data and len(shape.data) > 1:
        yield document.complaint((*path, "data"), "'any' takes in every kind; leave out the others, or 'any'")


def _dates(document: Document, path: Path, shape: AgreementShape) -> Iterator[Complaint]:
    for name, day in (("review", shape.review), ("until", shape.until)):
        if day is not None and day <= shape.from_day:
            message = f"'{name}' is not after 'from' ({shape.from_day.isoformat()}); it would never be in force"
            yield document.complaint((*path, name), message)
