"""How long records of a class are kept (S4 Appendix 2C Record Retention Criteria; S4 Appendix 2B Disposal)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from types import MappingProxyType
from typing import Annotated, Final, TypeAlias

from pydantic import Field

from gateway.decide.shapes import Id
from gateway.model.document import Complaints, Document
from gateway.model.validation import Flag, Strict, Whole, Words

Number: TypeAlias = Annotated[Whole, Field(ge=1, le=36_500)]
LAST_YEAR: Final = date.max.year


class PeriodShape(Strict):
    """A length of time: days, or years, or for good."""

    days: Number | None = None
    years: Number | None = None
    permanent: Flag = False


class RetentionShape(Strict):
    """One class. `begins` says in words what the time is counted from; `review` is how often somebody looks again."""

    id: Id
    says: Words
    keep: PeriodShape
    begins: Words
    review: PeriodShape | None = None
    source: Words
    note: Words = ""


class RetentionFile(Strict):
    """`retention.yaml`."""

    classes: tuple[RetentionShape, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """A length of time."""

    days: int = 0
    years: int = 0

    def after(self, day: date) -> date:
        """Return the day this long after another; the last day there is where there is none so late."""
        if day.year + self.years > LAST_YEAR:
            return date.max
        try:
            moved = day.replace(year=day.year + self.years)
        except ValueError:  # 29 February
            moved = day.replace(year=day.year + self.years, month=3, day=1)
        try:
            return moved + timedelta(days=self.days)
        except OverflowError:
            return date.max


@dataclass(frozen=True, slots=True, kw_only=True)
class RetentionClass:
    """A class of records; `keep` is None where they are kept for good."""

    id: str
    says: str
    keep: Period | None
    begins: str
    review: Period | None
    source: str


def retention_of(document: Document, file: RetentionFile, complaints: Complaints) -> Mapping[str, RetentionClass]:
    """Return the classes by id."""
    classes: dict[str, RetentionClass] = {}
    for number, shape in enumerate(file.classes):
        if shape.id in classes:
            message = f"the id '{shape.id}' is taken; choose another"
            complaints.add(document.complaint(("classes", number, "id"), message))
        for name, period in (("keep", shape.keep), ("review", shape.review)):
            if period is not None and len(period.model_fields_set) != 1:
                message = "write one of these: 'days', 'years', or 'permanent: true'"
                complaints.add(document.complaint(("classes", number, name), message))
        classes[shape.id] = RetentionClass(
            id=shape.id,
            says=shape.says,
            keep=_period(shape.keep),
            begins=shape.begins,
            review=_period(shape.review) if shape.review else None,
            source=shape.source,
        )
    return MappingProxyType(classes)


def _period(shape: PeriodShape) -> Period | None:
    return None if shape.permanent else Period(days=shape.days or 0, years=shape.years or 0)
