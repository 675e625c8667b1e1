from __future__ import annotations

import pytest

from gateway.cli.bench_extract import OURS, canaries, speed
from gateway.cli.bench_peers import peers
from gateway.extract import Aids, Limits
from gateway.extract.builtin import builtin
from gateway.extract.walk import extract
from gateway.testing.canaries import all_documents
from gateway.testing.sizeable import sizeable
from gateway.worker.ocr import open_reader

PLANTED_AT_LEAST = {  # what the extraction report planted
    "docx": 45, "xlsx": 36, "pptx": 27, "pdf": 17, "odt": 38, "ods": 30, "odp": 27, "rtf": 21, "eml": 19, "msg": 14,
    "doc": 35, "xls": 28, "ppt": 23, "html": 20,
}  # fmt: skip
OWN = {"docx": "python-docx", "xlsx": "openpyxl", "pptx": "python-pptx"}


@pytest.mark.filterwarnings("ignore")  # those of the peers
def test_every_canary_is_found_and_the_libraries_of_others_are_counted_beside() -> None:
    found = canaries()
    assert {kind: row for kind, row in found.items() if row[OURS] != row["planted"]} == {}
    assert {
        kind: found[kind]["planted"] for kind, least in PLANTED_AT_LEAST.items() if found[kind]["planted"] < least
    } == {}
    for kind, peer in OWN.items():
        assert 5 < found[kind][peer] < found[kind]["planted"], (kind, peer)  # it opens the file, and does not see all


def test_no_canary_document_has_a_gap() -> None:
    aids, extractors = Aids(reader=open_reader()), builtin()
    gaps = {
        document.name: extraction.gaps
        for document in all_documents()
        if (extraction := extract(document.name, document.data, Limits(), extractors, aids)).gaps
    }
    assert gaps == {}


@pytest.mark.parametrize(("kind", "data"), list(sizeable()), ids=[kind for kind, _ in sizeable()])
def test_the_documents_that_speed_is_measured_on_are_read_by_all(kind: str, data: bytes) -> None:
    extraction = extract(f"sample.{kind}", data, Limits(), builtin())
    assert extraction.gaps == ()
    ours = sum(len(segment.text) for part in extraction.parts for segment in part.segments)
    for name, read in peers(kind.partition(",")[0]).items():
        assert 0 < len(read(data)) < 2 * ours, name


def test_speed_is_told_by_format_and_peer() -> None:
    rates = speed(1)
    assert set(rates) == {kind for kind, _ in sizeable()}
    assert all(float(str(row[OURS])) > 0 for row in rates.values())
