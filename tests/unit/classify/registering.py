"""What the tests of registers share: small registers, and a classifier of nothing else."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from gateway.classify.assess import Classifier
from gateway.classify.keyed import Hasher
from gateway.classify.registers.build import Told, build
from gateway.classify.registers.columns import Role
from gateway.classify.registers.examiner import ENTITY, RegisterExaminer
from gateway.classify.registers.index import Index
from gateway.model.inspection import Finding
from gateway.testing.policies import SHIPPED
from tests.unit.classify.classifying import part_of

KEY = b"k" * 32
SALT = b"s" * 16
FEW = """\
Given names,Family name,Date of birth,NHS number,Case number,Postcode
John Andrew,Smith,12/03/1980,943 476 5919,SC/2023-0017,M1 1AE
Mary-Jane,O'Brien,01/11/1975,,SC/2023-0018,LS6 2AB
José,García-Lopez,30 June 1999,987 654 4321,,CF10 3NP
Siân,Price,1988-02-29,,WX/2021-0003,SW1A 1AA
Will,Young,05/05/2005,,SC/2023-0021,
Jan,van den Berg,07.08.1961,,SC/2023-0022,E1 6AN
Grace,Church,02/02/1990,,SC/2023-0024,
"""


def build_bytes(text: str, told: Mapping[str, Role] | None = None) -> tuple[Told, bytes]:
    """Build a register of a table and return the file."""
    report, pieces = build(text.splitlines(keepends=True), told or {}, Hasher(key=KEY, salt=SALT))
    return report, b"".join(pieces)


def index_of(text: str, told: Mapping[str, Role] | None = None) -> Index:
    """Build a register and open it."""
    return Index(build_bytes(text, told)[1], KEY)


def classifier_of(tables: Mapping[str, str], told: Mapping[str, Role] | None = None) -> Classifier:
    """Return a classifier that looks for the people of these tables only."""
    examiner = RegisterExaminer({name: index_of(text, told) for name, text in tables.items()})
    return Classifier.build([examiner], SHIPPED)


def found_in(classifier: Classifier, text: str) -> list[Finding]:
    """Return the people found, those that count for something first."""
    findings = [each for each in classifier.classify((part_of(("body", text)),)).findings if each.entity == ENTITY]
    return sorted(findings, key=lambda each: -each.confidence)


def best_of(findings: Iterable[Finding]) -> float:
    """Return the highest confidence."""
    return max((each.confidence for each in findings), default=0.0)
