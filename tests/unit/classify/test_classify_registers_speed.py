"""How much slower classifying is with registers and forms loaded. Paired, by processor time; run by name only."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pydoc_data.topics import topics
from statistics import median

import pytest

from gateway.classify import Examiner
from gateway.classify.assess import Classifier
from gateway.classify.builtin import builtin
from gateway.classify.forms.examiner import FormExaminer
from gateway.classify.forms.sketch import Sketch
from gateway.classify.registers.examiner import RegisterExaminer
from gateway.model.inspection import OpenedPart
from gateway.testing.forms import make_form
from gateway.testing.people import as_table, letter, make_people
from gateway.testing.policies import SHIPPED
from tests.unit.classify.classifying import part_of
from tests.unit.classify.registering import KEY, index_of

PEOPLE = 20_000
LETTERS = 10
SIZE = 60_000


def documents() -> list[OpenedPart]:
    """Return prose of 60 kB each with ten letters planted in it."""
    prose, people = " ".join(topics.values()), list(make_people(LETTERS))
    step, made = SIZE // LETTERS, []
    for begin in range(0, len(prose) - SIZE, SIZE):
        pieces = [prose[begin + step * number : begin + step * (number + 1)] for number in range(LETTERS)]
        letters = [letter(person, number=number) for number, person in enumerate(people)]
        made.append(part_of(("body", "\n".join(text for both in zip(pieces, letters, strict=True) for text in both))))
    return made


def spent(classifier: Classifier, parts: Sequence[OpenedPart]) -> float:
    begun = time.process_time()
    for part in parts:
        classifier.classify((part,))
    return time.process_time() - begun


def examiner(kind: str) -> Examiner:
    if kind == "register":
        return RegisterExaminer({"people": index_of("".join(as_table(make_people(PEOPLE))))})
    return FormExaminer({f"form-{number}": Sketch.of([make_form(number)], KEY) for number in range(20)}, KEY)


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["register", "form"])
def test_classifying_keeps_half_its_speed(kind: str) -> None:
    parts = documents()
    without = Classifier.build(builtin(), SHIPPED)
    loaded = Classifier.build([*builtin(), examiner(kind)], SHIPPED)
    ratios = [spent(without, parts) / spent(loaded, parts) for _ in range(11)]
    assert median(ratios) >= 0.5, ratios
