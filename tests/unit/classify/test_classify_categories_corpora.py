"""Special categories on material that others wrote; skipped by name where it is not at hand."""

from __future__ import annotations

import email
import email.policy
import json
import tarfile
from typing import TYPE_CHECKING

import pytest
from selectolax.lexbor import LexborHTMLParser

from gateway.model.inspection import COUNTS_FROM
from tests.unit.classify.category_texts import CATEGORIES, categories
from tests.unit.classify.classifying import CORPORA, SEEDS, classifier, part_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


def corpus(*names: str) -> Path:
    """Return a path in the corpora, or skip the test by its name."""
    path = CORPORA.joinpath(*names)
    if not path.exists():
        pytest.skip(f"needs the corpus {'/'.join(names)}")
    return path


def mails() -> Iterator[tuple[str, list[tuple[str, str]]]]:
    """Yield the name and the segments of each mail."""
    with tarfile.open(corpus("spamassassin_mime", "mail.tar.gz")) as packed:
        for member in packed:
            stream = packed.extractfile(member) if member.isfile() else None
            if stream is None:
                continue
            message = email.message_from_bytes(stream.read(), policy=email.policy.compat32)
            segments = [("subject", str(message["subject"] or ""))]
            for part in message.walk():
                payload = part.get_payload(decode=True)
                if part.get_content_maintype() == "text" and isinstance(payload, bytes):
                    text = payload.decode("latin-1")
                    plain = part.get_content_subtype() != "html"
                    segments.append(("body", text if plain else LexborHTMLParser(text).text(separator=" ")))
            yield member.name, segments


def test_ordinary_mail_is_of_no_category_but_for_one_in_a_hundred() -> None:
    found: dict[str, set[str]] = {}
    seen = 0
    for name, segments in mails():
        seen += 1
        sure = {
            each.entity
            for each in classifier().classify((part_of(*segments),)).findings
            if each.confidence >= COUNTS_FROM and each.entity in CATEGORIES
        }
        if sure:
            found[name] = sure
    assert sum("HEALTH" in each for each in found.values()) <= seen * 0.005, found
    assert len(found) <= seen * 0.01, found


def test_policy_pages_and_the_seeds_are_of_no_category() -> None:
    pages = [*corpus("moj_guidance_mentions", "md").glob("*.md"), *SEEDS.glob("*.txt")]
    found = {path.name: categories(path.read_text("utf-8", "replace")) for path in pages}
    assert {name: each for name, each in found.items() if each} == {}


def test_every_synthetic_clinical_note_and_letter_is_health() -> None:
    notes = json.loads(corpus("uk_clinical_notes_redacta", "corpus.json").read_text("utf-8"))["notes"]
    assert [note["text"] for note in notes if "HEALTH" not in categories(note["text"])] == []
    for path in corpus("nhs_wales_letters").glob("*.html"):
        assert "HEALTH" in categories(LexborHTMLParser(path.read_text("utf-8")).text(separator="\n")), path.name


def test_demographics_alone_are_not_health() -> None:
    for path in corpus("nhs_pds_fhir", "json").glob("*.json"):
        assert not categories(path.read_text("utf-8")) & {"HEALTH", "STATUTE_BARRED_HEALTH"}, path.name
