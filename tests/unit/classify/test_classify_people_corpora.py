"""Numbers of people in material that others wrote and labelled; skipped by name where it is not at hand."""

from __future__ import annotations

import csv
import email
import email.policy
import gzip
import json
import re
import tarfile
from collections import Counter
from typing import TYPE_CHECKING, Final

import pytest
from nhs_number import constants, validate

from gateway.classify.checks import has_nhs_check_digit
from gateway.classify.detectors.upn import is_upn
from gateway.extract import Aids, Limits
from gateway.extract.builtin import builtin
from gateway.extract.walk import extract
from gateway.model.inspection import COUNTS_FROM
from tests.unit.classify.classifying import classifier, classify, part_of
from tests.unit.classify.test_classify_corpora import corpus, plain

if TYPE_CHECKING:
    from pathlib import Path

OURS: Final = frozenset(
    {
        *("NHS_NUMBER", "CHI_NUMBER", "HC_NUMBER", "NINO", "DATE_OF_BIRTH", "HOSPITAL_NUMBER", "DRIVING_LICENCE"),
        *("PASSPORT", "UPN", "ULN"),
    }
)
ENTITIES: Final = {
    "DATE_OF_BIRTH": "DATE_OF_BIRTH",
    "MRN": "HOSPITAL_NUMBER",
    "NHS_NUMBER": "NHS_NUMBER",
    "NHS_NUMBER_BADSUM": "NHS_NUMBER",
    "NI_NUMBER": "NINO",
    "PATIENT_ID": "HOSPITAL_NUMBER",
}
# Presidio's opinion that we do not share, and why.
DISAGREED: Final = {
    "221 395 1837": "no label, and outside every issued range: 22 13 is no day in Scotland",
    "AB1234567": "no label: order numbers look the same",
}
WEAK: Final = 0.4
"""Below what counts: two codes in the mails look like NINOs without their last letter."""
EXTRACTORS: Final = builtin()


def table(*names: str) -> list[dict[str, str]]:
    """Return the rows of a table in the corpora."""
    with corpus(*names).open(encoding="utf-8") as rows:
        return list(csv.DictReader(rows, delimiter="\t"))


def counted(text: str) -> set[tuple[str, str]]:
    """Return our entities in a text with the letters and digits of each."""
    found = [each for each in classify(text).findings if each.entity in OURS and each.confidence >= COUNTS_FROM]
    return {(each.entity, plain(text[each.start : each.end])) for each in found}


def counted_in_file(path: Path) -> set[tuple[str, str]]:
    """Return our entities in a file, extracted as the gateway does."""
    parts = extract(path.name, path.read_bytes(), Limits(), EXTRACTORS, Aids()).parts
    texts = {part.part: [segment.text for segment in part.segments] for part in parts}
    found = [each for each in classifier().classify(parts).findings if each.entity in OURS]
    return {
        (each.entity, plain(texts[each.part][each.segment][each.start : each.end]))
        for each in found
        if each.confidence >= COUNTS_FROM
    }


def test_nhs_number_vectors() -> None:
    for row in table("nhs_number_vectors", "nhs_numbers.tsv"):
        digits = re.sub(r"\D", "", row["value"])
        digits = digits.zfill(10) if "int" in row["source_test"] else digits
        valid = len(digits) == 10 and has_nhs_check_digit(digits)
        if row["region_rule"]:
            valid = valid and validate.is_valid(digits, getattr(constants, row["region_rule"]))
        assert valid == (row["label"] == "valid"), row


def test_vectors_of_nhs_numbers_and_upns() -> None:
    rows = [row for row in table("stdnum_vectors", "numbers.tsv") if row["scheme"] in {"gb_nhs", "gb_upn"}]
    for row in rows:
        if row["scheme"] == "gb_nhs":
            said = has_nhs_check_digit(plain(row["number"]))
        else:
            said = bool(re.fullmatch(r"[A-Z]\d{11}[0-9A-Z]", row["number"])) and is_upn(row["number"])
        assert said == (row["label"] == "valid"), row
    assert len(rows) >= 6


def test_agreement_with_another_tool_and_each_disagreement() -> None:
    names = {
        "UK_DRIVING_LICENCE": "DRIVING_LICENCE",
        "UK_NHS": "NHS_NUMBER",
        "UK_NINO": "NINO",
        "UK_PASSPORT": "PASSPORT",
    }
    disagreed = set()
    rows = [row for row in table("presidio_recognizer_tables", "tables.tsv") if row["entity"] in names]
    for row in rows:
        text = json.loads(row["text_json"]) if row["text_json"].startswith('"') else row["text_json"]
        found = [entity for entity, _ in counted(text) if entity == names[row["entity"]]]
        if len(found) != int(row["expected_count"]):
            disagreed.add(text)
    assert disagreed == set(DISAGREED)
    assert len(rows) >= 20


@pytest.mark.parametrize("kind", ["pdf", "html"])
def test_letters_every_labelled_field_and_nothing_else(kind: str) -> None:
    gold: dict[str, set[tuple[str, str]]] = {}
    for row in table("nhs_wales_letters", "gold.tsv"):
        if row["type"] in ENTITIES:
            gold.setdefault(row["letter"], set()).add((ENTITIES[row["type"]], plain(row["value"])))
    assert gold
    for letter, fields in gold.items():
        assert counted_in_file(corpus("nhs_wales_letters", f"{letter}.{kind}")) == fields, letter


def test_records_of_an_interface_every_patient_and_nothing_else() -> None:
    gold: dict[str, set[tuple[str, str]]] = {}
    for row in table("nhs_pds_fhir", "gold.tsv"):
        if row["type"] in ENTITIES:
            gold.setdefault(row["file"], set()).add((ENTITIES[row["type"]], plain(row["value"])))
    for path in sorted(corpus("nhs_pds_fhir", "json").glob("*.json")):
        assert counted_in_file(path) == gold.get(path.name, set()), path.name


def test_clinical_notes_recall_and_bait() -> None:
    notes = json.loads(corpus("uk_clinical_notes_redacta", "corpus.json").read_text("utf-8"))["notes"]
    figures: Counter[str] = Counter()
    for note in notes:
        found = counted(note["text"])
        values = {value for _, value in found}
        gold = {(ENTITIES[each["cat"]], plain(each["value"])) for each in note["gold"] if each["cat"] in ENTITIES}
        bait = {plain(each["value"]) for each in note["preserve"]}
        figures.update(gold=len(gold), found=len(gold & found), extra=len(found - gold))
        figures.update(bait=len(bait), kept=len(bait - values))
    assert figures["gold"] > 300
    assert figures["found"] / figures["gold"] >= 0.98
    assert figures["kept"] / figures["bait"] >= 0.95
    assert figures["extra"] / figures["found"] < 0.01


def test_ordinary_mail_holds_none_not_even_weak() -> None:
    found: Counter[str] = Counter()
    documents = 0
    with tarfile.open(corpus("spamassassin_mime", "mail.tar.gz")) as mails:
        for member in mails:
            stream = mails.extractfile(member) if member.isfile() else None
            if stream is None:
                continue
            message = email.message_from_bytes(stream.read(), policy=email.policy.compat32)
            segments = [("mail_header", f"{name}: {value}") for name, value in message.items()]
            for part in message.walk():
                payload = part.get_payload(decode=True)
                if part.get_content_maintype() == "text" and isinstance(payload, bytes):
                    segments.append(("body", payload.decode("latin-1")))
            documents += 1
            findings = classifier().classify((part_of(*segments),)).findings
            found.update(each.entity for each in findings if each.confidence >= WEAK)
    assert documents == 400
    assert OURS.isdisjoint(found)


def test_american_records_hold_no_british_numbers() -> None:
    found: Counter[str] = Counter()
    with gzip.open(corpus("pii_anon_eval", "en_test.jsonl.gz"), "rt", encoding="utf-8") as lines:
        for line in lines:
            found.update(entity for entity, _ in counted(json.loads(line)["text"]))
    texts = json.loads(corpus("presidio_research_synth", "synth_dataset_v2.json").read_text("utf-8"))
    for each in texts:
        found.update(entity for entity, _ in counted(each["full_text"]))
    # medical record numbers, passports and dates of birth are theirs too
    assert set(found) <= {"DATE_OF_BIRTH", "HOSPITAL_NUMBER", "PASSPORT"}
