"""Material that others wrote and labelled; skipped by name where it is not at hand."""

from __future__ import annotations

import csv
import email
import email.policy
import json
import re
import tarfile
from collections import Counter
from pathlib import Path

import pytest
from stdnum import iban

from gateway.model.inspection import COUNTS_FROM, MarkingStatus
from tests.unit.classify.classifying import CORPORA, SEEDS, classifier, classify, part_of

ENTITIES = {
    "DATE_OF_BIRTH": "DATE_OF_BIRTH",
    "EMAIL": "EMAIL_ADDRESS",
    "MRN": "HOSPITAL_NUMBER",
    "NHS_NUMBER": "NHS_NUMBER",
    "NI_NUMBER": "NINO",
    "PATIENT_NAME": "PERSON_NAME",
    "PHONE": "UK_PHONE",
    "POSTCODE": "UK_POSTCODE",
    "RELATIVE_NAME": "PERSON_NAME",
}
TRUE_IN_MAIL = {"EMAIL_ADDRESS", "IP_ADDRESS", "PERSON_NAME", "SECRET", "UK_PHONE", "UK_POSTCODE"}
"""What stands in mails of 2003 and is what it is said to be: each was looked at."""


def corpus(*names: str) -> Path:
    """Return a path in the corpora, or skip the test by its name."""
    path = CORPORA.joinpath(*names)
    if not path.exists():
        pytest.skip(f"needs the corpus {'/'.join(names)}")
    return path


def plain(value: str) -> str:
    """Return letters and digits only, as the corpus compares them."""
    return re.sub(r"[^a-z0-9]", "", value.lower())


def test_the_seeds_bear_no_marking() -> None:
    seeds = sorted(SEEDS.glob("*.txt"))
    if not seeds:
        pytest.skip("needs the seeds")
    statuses = {path.name: classify(path.read_text("utf-8", "replace")).marking_status for path in seeds}
    assert set(statuses.values()) == {MarkingStatus.NONE}, statuses


def test_pages_about_markings_bear_none() -> None:
    for path in sorted(corpus("moj_guidance_mentions", "md").glob("*.md")):
        assert classify(path.read_text("utf-8", "replace")).marking_status is MarkingStatus.NONE, path.name


def test_an_iban_is_found_exactly_when_an_independent_library_says_it_is_one() -> None:
    agreed = 0
    with corpus("stdnum_vectors", "numbers.tsv").open(encoding="utf-8") as rows:
        for row in csv.DictReader(rows, delimiter="\t"):
            if row["scheme"] == "iban":
                found = any(each.entity == "IBAN" for each in classify(f"to {row['number']} please").findings)
                assert found == iban.is_valid(row["number"], check_country=False), row
                agreed += 1
    assert agreed > 200


def test_clinical_notes_every_identifier_and_no_bait() -> None:
    notes = json.loads(corpus("uk_clinical_notes_redacta", "corpus.json").read_text("utf-8"))["notes"]
    missed: Counter[str] = Counter()
    extra: Counter[str] = Counter()
    for note in notes:
        text = note["text"]
        found = {
            (each.entity, plain(text[each.start : each.end]))
            for each in classify(text).findings
            if each.confidence >= COUNTS_FROM and each.entity != "HEALTH"  # which no one number of the gold is
        }
        gold = {(ENTITIES[each["cat"]], plain(each["value"])) for each in note["gold"] if each["cat"] in ENTITIES}
        missed.update(entity for entity, _ in gold - found)
        extra.update(entity for entity, _ in found - gold)
    assert (missed, extra) == (Counter(), Counter())


def test_ordinary_mail_is_unmarked_and_holds_no_identifiers() -> None:
    found: Counter[str] = Counter()
    marked: list[str] = []
    with tarfile.open(corpus("spamassassin_mime", "mail.tar.gz")) as mails:
        for member in mails:
            stream = mails.extractfile(member) if member.isfile() else None
            if stream is None:
                continue
            message = email.message_from_bytes(stream.read(), policy=email.policy.compat32)
            segments = [("subject", str(message["subject"] or ""))]
            for part in message.walk():
                payload = part.get_payload(decode=True)
                if part.get_content_maintype() == "text" and isinstance(payload, bytes):
                    segments.append(("body", payload.decode("latin-1")))
            classified = classifier().classify((part_of(*segments),))
            if classified.marking_status is not MarkingStatus.NONE:
                marked.append(member.name)
            found.update(each.entity for each in classified.findings if each.confidence >= COUNTS_FROM)
    assert marked == []
    # the one postcode is real (README of the corpus)
    assert set(found) <= TRUE_IN_MAIL
    assert found["UK_POSTCODE"] <= 1
