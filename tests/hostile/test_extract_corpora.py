"""Other people's files: every string that their own tests assert, a gap for what cannot be read, none for the rest."""

from __future__ import annotations

import csv
import json
import re
from pathlib import Path

import pytest

from gateway.extract import Aids, Extraction, Limits
from gateway.extract.builtin import builtin
from gateway.extract.walk import extract
from gateway.model.inspection import GapKind
from gateway.testing.sealed import sealed
from gateway.worker.ocr import open_reader

TIKA = Path("../shared/corpora/tika_extraction")
NOT_TEXT = frozenset(  # what Tika writes by itself, not the document
    {
        "C:\\Users\\tallison\\AppData\\Local\\Temp\\embed1.zip",
        "C:\\Users\\tallison\\Desktop\\tmp\\New folder (2)\\embed1.zip",
        'id="embed4.txt"',
        "java.lang.NullPointerException",
        "ESPRITO",  # the list lost the accent: the file says ESP\u00cdRITO
    }
)
OF_OTHER_PROGRAMS = frozenset({"plain/testWordPerfect_42.doc"})
READER = open_reader()
EXTRACTORS = builtin()


def rows() -> list[tuple[str, str, list[str]]]:
    """Return file, category and asserted strings."""
    if not TIKA.is_dir():
        return []
    with (TIKA / "manifest.tsv").open(newline="") as source:
        return [
            (row["file"], row["category"], json.loads(row["must_contain_json"]))
            for row in csv.DictReader(source, delimiter="\t")
        ]


def read(name: str) -> Extraction:
    """Extract a file of the corpus under the seal, with the OCR reader lent."""
    data = (TIKA / name).read_bytes()
    with sealed():
        return extract(Path(name).name, data, Limits(), EXTRACTORS, Aids(reader=READER))


def flat(text: str) -> str:
    """Return a text with single spaces, as it is compared."""
    return re.sub(r"\s+", " ", text)


@pytest.mark.skipif(not TIKA.is_dir(), reason="the corpus is not here")
@pytest.mark.parametrize(("name", "category", "strings"), rows(), ids=[row[0] for row in rows()])
def test_what_other_people_assert(name: str, category: str, strings: list[str]) -> None:
    extraction = read(name)
    kinds = {gap.kind for gap in extraction.gaps}
    assert GapKind.CRASHED not in kinds
    if category == "encrypted" and "no_extract" not in name:  # that one opens with an empty password
        assert kinds, extraction.gaps
        return
    said = flat(" ".join(f"{each.text} {each.name}" for part in extraction.parts for each in part.segments))
    assert [each for each in strings if each not in NOT_TEXT and flat(each) not in said] == []
    if category in {"plain", "hidden_text_places", "sheet_protected_readable"} and name not in OF_OTHER_PROGRAMS:
        assert extraction.gaps == ()
