"""OLE files that share, overlap, nest, swell, loop and lie."""

from __future__ import annotations

import struct

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gateway.extract import Limits
from gateway.extract.formats.office97.ole_pack import packed
from gateway.model.inspection import GapKind, Where
from gateway.testing.canaries.legacy import documents
from tests.unit.extract.legacy import (
    atom,
    book,
    chars,
    compound,
    container,
    label,
    number,
    presentation,
    record,
    stream,
    word,
)
from tests.unit.extract.reading import kinds, opened, texts

CANARIES = {document.kind: document.data for document in documents()}
PLACES = st.floats(0, 1, exclude_max=True)
EDITS = st.lists(st.tuples(PLACES, st.binary(min_size=1, max_size=8)), min_size=1, max_size=12)
MEGABYTE = 1 << 20


def test_a_thousand_streams_of_the_same_sectors_are_read_once() -> None:
    streams: dict[tuple[str, ...], bytes] = {(f"s{count:04}",): b"x" * 5000 for count in range(1000)}
    whole = bytearray(packed({**streams, ("big",): bytes(4 * MEGABYTE)}))
    where = slice(116, 128)  # first sector and length, in a directory entry
    big = whole.rindex("big".encode("utf-16-le") + bytes(8))
    first_sector_and_length = whole[big:][where]
    for (name,) in streams:
        entry = whole.rindex(name.encode("utf-16-le"))
        whole[entry + where.start : entry + where.stop] = first_sector_and_length
    extraction = opened(bytes(whole))
    assert ("streams overlap", GapKind.CORRUPT) in {(gap.detail, gap.kind) for gap in extraction.gaps}
    assert len(extraction.parts) < 10


def test_two_streams_of_one_name_are_a_gap() -> None:
    whole = packed({("WordDocument",): b"x" * 5000, ("wordDocumenu",): b"y" * 5000})
    twins = whole.replace("wordDocumenu".encode("utf-16-le"), "wordDocument".encode("utf-16-le"))
    assert kinds(opened(twins)) == {GapKind.CORRUPT}


def test_storages_in_one_another_without_end() -> None:
    deep = packed({(*["s"] * 3000, "x"): b"943 476 5919"})
    assert opened(deep).gaps != ()


def test_documents_in_one_another_stop_at_the_depth() -> None:
    data = word(["bottom"])
    for _ in range(12):
        data = compound({"Package": data})
    assert kinds(opened(data)) == {GapKind.TOO_DEEP}


@pytest.mark.parametrize("marks", ["\x13\x14", "\x13", "\x14\x15", "\x13\x14\x15"])
def test_a_text_of_nothing_but_field_marks(marks: str) -> None:
    data = word([marks * 100_000 + " 943 476 5919"])
    assert "943 476 5919" in texts(opened(data))


def test_a_hundred_thousand_pieces_and_marks() -> None:
    many = word([b"9"] * 50_000, formatting=[(0, 1, b"\x3c\x08\x01")])
    assert len(texts(opened(many), Where.BODY)) == 49_999


def test_pieces_that_all_show_the_same_text_are_a_gap() -> None:
    count = 2_000
    positions = struct.pack(f"<{count + 1}L", *range(0, 10_000 * count + 1, 10_000))
    plc = positions + struct.pack("<HLH", 0, 1024 * 2 | 0x40000000, 0) * count
    data = word([b"x" * 10_000], structures={33: b"\2" + struct.pack("<L", len(plc)) + plc})
    assert kinds(opened(data)) == {GapKind.CORRUPT}


def test_a_sheet_of_two_far_corners_costs_no_more_than_two_cells() -> None:
    corners = (
        label(0, 0, "FIRST") + label(65_535, 255, "LAST") + record(0x200, struct.pack("<LLHHH", 0, 65_536, 0, 256, 0))
    )
    text = texts(opened(book(corners)), Where.BODY)
    assert text.split() == ["FIRST", "LAST"]
    assert len(text) < 100


def test_sheets_that_overlap_are_walked_twice_at_most() -> None:
    cells = b"".join(number(row, 0, row) for row in range(3_000))
    whole = bytearray(stream(cells, *[b""] * 200))
    first = whole.index(record(0x809, b"\0\6\x10\0" + bytes(4)))
    for at in [at for at in range(first) if whole[at : at + 2] == b"\x85\0"][1:]:
        struct.pack_into("<L", whole, at + 4, first)
    assert opened(compound({"Workbook": bytes(whole)})).gaps == ()
    for step, at in enumerate([at for at in range(first) if whole[at : at + 2] == b"\x85\0"][1:], 1):
        struct.pack_into("<L", whole, at + 4, first + 12 + 18 * step)
    assert GapKind.CORRUPT in kinds(opened(compound({"Workbook": bytes(whole)})))


@pytest.mark.parametrize(
    "broken",
    [
        record(0xFC, struct.pack("<LL", 1 << 31, 1 << 31) + chars("943 476 5919")),
        record(0xFC, struct.pack("<LLHB", 9, 9, 65_535, 8) + b"\xff\xff"),
        record(0x18, b"\0\0\0\xff\xff\xff"),
        record(0x1BE, bytes(4) + b"\xff\xff"),
    ],
)
def test_records_that_promise_more_than_there_is_are_a_gap(broken: bytes) -> None:
    data = book(label(0, 0, "SEEN"), shared=broken)
    assert GapKind.CORRUPT in kinds(opened(data))
    assert "SEEN" in texts(opened(data), Where.BODY)


def test_nested_beginnings_without_end() -> None:
    begin = record(0x809, b"\0\6\x20\0" + bytes(4))
    assert kinds(opened(compound({"Workbook": begin * 100_000}))) == {GapKind.CORRUPT}


def test_containers_of_a_presentation_in_one_another() -> None:
    slide = struct.pack("<HHL", 0xF, 0x3EE, 0x7FFFFFFF) * 100_000
    assert opened(presentation(slide + atom(0xFA8, b"943 476 5919"))).gaps != ()


def test_a_hidden_slide_that_is_listed_again_and_again() -> None:
    slide = container(0x3EE, *[atom(0x3EF, b"")] * 20_000)
    listed = container(0xFF0, *[atom(0x3F3, struct.pack("<LLLLL", 1, 0, 0, 256, 0))] * 20_000)
    whole = slide + container(0x3E8, listed)
    directory, edit = len(whole), len(whole) + 16
    whole += atom(0x1772, struct.pack("<LL", 1 << 20 | 1, 0))
    whole += atom(0xFF5, struct.pack("<LLLLLLL", 0, 0, 0, directory, 1, 1, 0))
    opened(compound({"PowerPoint Document": whole, "Current User": struct.pack("<16xL20x", edit)}))


def test_an_object_that_claims_a_size_beyond_all_is_a_gap() -> None:
    claims = atom(0x1011, struct.pack("<L", 0xFFFFFFF0) + b"\x78\x9c", 1)
    assert kinds(opened(presentation(claims), limits=Limits(part_size=MEGABYTE))) == {GapKind.TOO_LARGE}


def test_a_macro_that_swells_is_a_gap() -> None:
    swelling = b"\1" + b"\x03\xb0\x02a\xfc\x0f" * 5_000
    data = compound({"VBA/dir": b"\1", "VBA/M": swelling[:4] + b"\0Attribut" + swelling})
    assert kinds(opened(data)) == {GapKind.CORRUPT}


def test_properties_that_all_show_the_same_text_are_a_gap() -> None:
    text = struct.pack("<LL", 30, 500_000) + b"x" * 500_000
    count = 15_000
    section = struct.pack("<LL", 8 + 8 * count + len(text), count)
    section += b"".join(struct.pack("<LL", each, 8 + 8 * count) for each in range(2, count + 2)) + text
    data = b"\xfe\xff" + bytes(22) + struct.pack("<L16sL", 1, b"", 48) + section
    assert kinds(opened(compound({"\5SummaryInformation": data}))) == {GapKind.CORRUPT}


@settings(suppress_health_check=[HealthCheck.too_slow], max_examples=60, deadline=None)
@given(st.sampled_from(sorted(CANARIES)), EDITS, PLACES)
def test_a_mutant_gives_text_or_a_gap(kind: str, edits: list[tuple[float, bytes]], cut: float) -> None:
    data = bytearray(CANARIES[kind])
    for place, new in edits:
        at = int(place * len(data))
        data[at : at + len(new)] = new
    if cut > 0.8:
        del data[int(cut * len(data)) :]
    extraction = opened(bytes(data), f"x.{kind}")
    assert extraction.gaps or len(texts(extraction)) > 500
    assert GapKind.CRASHED not in kinds(extraction)
