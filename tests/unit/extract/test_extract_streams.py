from __future__ import annotations

import bz2
import gzip
import lzma
import struct

import pytest

from gateway.extract import Extraction, Limits
from gateway.model.inspection import GapKind, Where
from gateway.testing.canaries.archive_bytes import by_libarchive, gzipped
from tests.unit.extract.reading import archive, opened, texts

TEXT = "".join(f"line {number}: 943 476 5919\n" for number in range(20_000))
PACKED = {
    "gz": gzipped(TEXT.encode()),
    "bz2": bz2.compress(TEXT.encode()),
    "xz": lzma.compress(TEXT.encode()),
    "lzma": lzma.compress(TEXT.encode(), lzma.FORMAT_ALONE),
    "zst": by_libarchive({"x": TEXT.encode()}, "raw", "zstd"),
    "Z": by_libarchive({"x": TEXT.encode()}, "raw", "compress"),
}


def gaps(extraction: Extraction) -> set[tuple[GapKind, str]]:
    return {(gap.kind, gap.detail) for gap in extraction.gaps}


@pytest.mark.parametrize("ending", PACKED)
def test_what_is_packed_is_read_under_its_own_name(ending: str) -> None:
    extraction = opened(PACKED[ending], f"table.csv.{ending}")
    assert extraction.parts[1].part == f"table.csv.{ending}/1/table.csv"
    assert texts(extraction, Where.BODY) == TEXT
    assert (extraction.gaps, extraction.remarks) == ((), ())


@pytest.mark.parametrize("ending", PACKED)
def test_a_cut_stream_gives_what_came_out_and_a_gap(ending: str) -> None:
    extraction = opened(PACKED[ending][: len(PACKED[ending]) * 2 // 3], f"a.txt.{ending}")
    said = texts(extraction, Where.BODY)
    assert said == TEXT[: len(said)]
    assert said or ending == "bz2"  # one block holds it all
    assert {kind for kind, _ in gaps(extraction)} == {GapKind.CORRUPT} or ending == "Z"  # which has no end to miss


@pytest.mark.parametrize("ending", ["gz", "xz", "lzma"])
def test_a_damaged_stream_gives_what_came_before_the_damage(ending: str) -> None:
    data = bytearray(PACKED[ending])
    at = len(data) // 2
    data[at : at + 40] = bytes(40)
    extraction = opened(bytes(data), f"a.txt.{ending}")
    assert texts(extraction, Where.BODY).startswith(TEXT[: len(TEXT) // 4])
    assert {kind for kind, _ in gaps(extraction)} == {GapKind.CORRUPT}


@pytest.mark.parametrize("at", [-8, -4])
def test_a_wrong_trailer_is_a_gap_and_the_content_is_shown(at: int) -> None:
    data = bytearray(PACKED["gz"])
    data[at] ^= 1
    extraction = opened(bytes(data), "a.gz")
    assert texts(extraction, Where.BODY) == TEXT
    assert gaps(extraction) == {(GapKind.CORRUPT, "checksum")}


@pytest.mark.parametrize(
    ("ending", "one", "two"),
    [
        ("gz", gzip.compress(b"943 4"), gzip.compress(b"76 5919")),
        ("bz2", bz2.compress(b"943 4"), bz2.compress(b"76 5919")),
        ("xz", lzma.compress(b"943 4") + bytes(8), lzma.compress(b"76 5919")),
        ("zst", by_libarchive({"x": b"943 4"}, "raw", "zstd"), by_libarchive({"x": b"76 5919"}, "raw", "zstd")),
    ],
    ids=["gz", "bz2", "xz", "zst"],
)
def test_members_are_read_as_one(ending: str, one: bytes, two: bytes) -> None:
    extraction = opened(one + two, f"a.{ending}")
    assert texts(extraction, Where.BODY) == "943 476 5919"
    assert extraction.gaps == ()


def test_a_document_in_the_second_member_is_opened_too() -> None:
    extraction = opened(gzip.compress(b"%PDF-1.4\n") + gzip.compress(archive({"a.txt": "943 476 5919"})), "a.gz")
    assert "943 476 5919" in texts(extraction)


@pytest.mark.parametrize("ending", ["gz", "bz2", "xz", "lzma", "zst"])
def test_what_stands_behind_the_end_is_read(ending: str) -> None:
    packed = {"lzma": lzma.compress(b"x", lzma.FORMAT_ALONE), "zst": by_libarchive({"x": b"x"}, "raw", "zstd")}
    packed |= {"gz": gzip.compress(b"x"), "bz2": bz2.compress(b"x"), "xz": lzma.compress(b"x")}
    extraction = opened(packed[ending] + b"BEHIND THE END", f"a.{ending}")
    assert "BEHIND THE END" in texts(extraction, Where.BODY)
    zeros = opened(packed[ending] + bytes(512), f"a.{ending}")
    assert len(zeros.parts) == 2
    assert zeros.gaps == ()


def test_a_frame_that_readers_pass_over_is_read() -> None:
    skipped = b"\x53\x2a\x4d\x18" + struct.pack("<L", 12) + b"943 476 5919"
    extraction = opened(skipped + by_libarchive({"x": b"x"}, "raw", "zstd"), "a.zst")
    assert "943 476 5919" in texts(extraction)
    assert extraction.gaps == ()


@pytest.mark.parametrize(
    ("limits", "detail"),
    [
        (Limits(part_size=10_000_000), "part_size"),
        (Limits(total_size=10_000_000), "total_size"),
        (Limits(), "ratio"),
    ],
)
@pytest.mark.parametrize("pack", [gzip.compress, bz2.compress], ids=["gz", "bz2"])
def test_the_limit_that_stops_it_is_named(pack: object, limits: Limits, detail: str) -> None:
    extraction = opened(pack(bytes(21_000_000)), "a", limits)  # type: ignore[operator]
    assert gaps(extraction) == {(GapKind.TOO_LARGE, detail)}
