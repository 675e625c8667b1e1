"""Names and people in material that others wrote and labelled; skipped by name where it is not at hand."""

from __future__ import annotations

import csv
import io
import json
import re
import zipfile
from collections import defaultdict
from typing import TYPE_CHECKING, Any

import pytest

from gateway.model.inspection import COUNTS_FROM
from tests.unit.classify.classifying import CORPORA, classifier, classify
from tests.unit.extract.reading import opened

if TYPE_CHECKING:
    from pathlib import Path

    from gateway.classify.assess import Classified


def corpus(*names: str) -> Path:
    """Return a path in the corpora, or skip the test by its name."""
    path = CORPORA.joinpath(*names)
    if not path.exists():
        pytest.skip(f"needs the corpus {'/'.join(names)}")
    return path


def notes() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(corpus("uk_clinical_notes_redacta", "corpus.json").read_text("utf-8"))[
        "notes"
    ]
    return found


def opened_and_classified(name: str, data: bytes) -> Classified:
    return classifier().classify(opened(data, name).parts)


def names(text: str) -> set[str]:
    """Return the names that count."""
    return {
        text[each.start : each.end]
        for each in classify(text).findings
        if each.entity == "PERSON_NAME" and each.confidence >= COUNTS_FROM
    }


def test_clinical_notes_patients_and_relatives_and_no_clinician() -> None:
    expected = kept = found = 0
    for note in notes():
        gold = {each["value"] for each in note["gold"] if each["cat"].endswith("_NAME")}
        bait = {each["value"] for each in note["preserve"] if each["reason"] == "clinician name"}
        seen = names(note["text"])
        expected, found = expected + len(gold), found + len(gold & seen)
        kept += not any(name in clinician for clinician in bait for name in seen)
        assert seen <= gold
    assert (found / expected, kept / len(notes())) >= (0.98, 0.98)


def test_each_clinical_note_is_about_one_person() -> None:
    assert {classify(note["text"]).people for note in notes()} == {1}


def test_all_clinical_notes_together_are_about_as_many_as_have_numbers() -> None:
    patients = {each["value"] for note in notes() for each in note["gold"] if each["cat"] == "NHS_NUMBER"}
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as file:
        for number, note in enumerate(notes()):
            file.writestr(f"{number}.txt", note["text"])
    together = "\n\n".join(note["text"] for note in notes())
    assert opened_and_classified("notes.zip", target.getvalue()).people == len(patients)
    assert opened_and_classified("notes.txt", together.encode()).people == len(patients)


def test_each_letter_is_about_one_person_whom_it_names() -> None:
    with corpus("nhs_wales_letters", "gold.tsv").open(encoding="utf-8") as rows:
        patients = {
            row["letter"]: row["value"] for row in csv.DictReader(rows, delimiter="\t") if "NAME" in row["type"]
        }
    for path in sorted(CORPORA.joinpath("nhs_wales_letters").glob("*-letter.*")):
        parts = opened(path.read_bytes(), path.name).parts
        seen = classifier().classify(parts)
        texts = {(part.part, number): each.text for part in parts for number, each in enumerate(part.segments)}
        found = {
            texts[each.part, each.segment][each.start : each.end]
            for each in seen.findings
            if each.entity == "PERSON_NAME" and each.confidence >= COUNTS_FROM
        }
        assert seen.people == 1, path.name
        surname = next(name for letter, name in patients.items() if letter.startswith(path.stem)).split()[-1]
        assert any(name.endswith(surname) for name in found), path.name


def test_answers_of_a_patient_index_hold_as_many_people_as_numbers_at_least() -> None:
    numbers: dict[str, set[str]] = defaultdict(set)
    with corpus("nhs_pds_fhir", "gold.tsv").open(encoding="utf-8") as rows:
        for row in csv.DictReader(rows, delimiter="\t"):
            if row["type"] == "NHS_NUMBER":
                numbers[row["file"]].add(row["value"])
    exact = 0
    for path in sorted(CORPORA.joinpath("nhs_pds_fhir", "json").glob("*.json")):
        people = opened_and_classified(path.name, path.read_bytes()).people or 0
        assert people >= len(numbers[path.name]), path.name
        exact += people == len(numbers[path.name])
    assert exact >= 0.9 * len(numbers)


def test_generic_texts_no_name_that_is_none() -> None:
    wrong = found = 0
    for each in json.loads(corpus("presidio_research_synth", "synth_dataset_v2.json").read_text("utf-8")):
        gold = " ".join(span["entity_value"] for span in each["spans"] if span["entity_type"] == "PERSON")
        for name in names(each["full_text"]):
            found += 1
            wrong += not set(re.findall(r"\w+", name)) & set(re.findall(r"\w+", gold))
    assert found > 50
    assert wrong <= 0.05 * found
