from __future__ import annotations

import io
import struct
import subprocess
import tarfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from gateway.extract import Extraction, Limits
from gateway.extract.formats.archives import extractor as archives
from gateway.model.inspection import GapKind, Where
from gateway.testing.canaries import CanaryDocument
from gateway.testing.canaries.archive_bytes import (
    by_libarchive,
    cabinet,
    lha,
    rar_4,
    rar_5,
    tarred,
    vint,
    zipped,
)  # fmt: skip
from gateway.testing.canaries.archives import documents
from gateway.worker import Inspector
from gateway.worker.setup import Setup
from tests.unit.extract.reading import opened, texts

TIKA = Path("../shared/corpora/tika_extraction")
CANARIES = list(documents())
ENCRYPTED_5 = vint(48) + vint(1) + bytes(47)
"""The record of RAR 5 that says that a file is encrypted."""


def gaps(extraction: Extraction) -> list[tuple[str, GapKind, str]]:
    return [(gap.part, gap.kind, gap.detail) for gap in extraction.gaps]


@pytest.mark.parametrize("document", CANARIES, ids=[document.kind for document in CANARIES])
def test_every_canary_comes_out(document: CanaryDocument) -> None:
    extraction = opened(document.data, document.name)
    assert document.missing(texts(extraction)) == ()
    assert (extraction.gaps, extraction.remarks) == ((), ())


@pytest.fixture(scope="module")
def inspector() -> Iterator[Inspector]:
    made = Inspector.start(workers=1, setup=Setup(), allow_degraded=True)
    yield made
    made.close()


@pytest.mark.parametrize("document", CANARIES, ids=[document.kind for document in CANARIES])
def test_every_kind_opens_behind_the_walls(inspector: Inspector, document: CanaryDocument) -> None:
    extraction = inspector.extract(document.name, document.data)
    assert document.missing(texts(extraction)) == ()
    assert extraction.gaps == ()


def test_names_that_are_not_ascii_come_through_the_walls(inspector: Inspector) -> None:
    for make in (lambda files: by_libarchive(files, "7zip"), rar_5, tarred, zipped, cabinet):
        assert "Grüße €.txt" in texts(inspector.extract("a", make({"Grüße €.txt": b"x"})))


def test_where_the_library_is_missing_that_is_a_gap(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archives, "MISSING", True)
    assert gaps(opened(rar_5({"a": b"x"}), "a.rar")) == [("a.rar", GapKind.UNSUPPORTED, "libarchive is missing")]


@pytest.mark.parametrize(
    ("data", "found"),
    [
        (rar_4({"a.txt": b"x"}, flags=4, version=29), [("a/a.txt", GapKind.ENCRYPTED, "AES-128")]),
        (rar_4({"a.txt": b"x"}, flags=4, version=20), [("a/a.txt", GapKind.ENCRYPTED, "RAR 2")]),
        (rar_4({"a.txt": b"x"}, main=0x80), [("a", GapKind.ENCRYPTED, "AES-128")]),
        (rar_5({"a.txt": b"x"}, extra=ENCRYPTED_5), [("a/a.txt", GapKind.ENCRYPTED, "AES-256")]),
        (rar_5({})[:8] + b"\0\0\0\0\4\4\0\0\0", [("a", GapKind.ENCRYPTED, "AES-256")]),
    ],
    ids=["rar4", "rar2", "rar4 names", "rar5", "rar5 names"],
)
def test_an_encrypted_rar_names_its_cipher(data: bytes, found: list[tuple[str, GapKind, str]]) -> None:
    extraction = opened(data, "a")
    assert gaps(extraction) == found
    assert len(extraction.parts) == 1


@pytest.mark.parametrize(
    ("name", "part"),
    [("test-documents-enc.rar", ""), ("test7Z_protected_passTika.7z", "/text.txt")],
)
def test_real_encrypted_archives_name_their_cipher(name: str, part: str) -> None:
    if not TIKA.is_dir():
        pytest.skip(f"needs {TIKA}")
    cipher = "AES-128" if name.endswith("rar") else "AES-256"
    assert gaps(opened((TIKA / "encrypted" / name).read_bytes(), name)) == [(name + part, GapKind.ENCRYPTED, cipher)]


@pytest.mark.needs("7z")
@pytest.mark.parametrize("hidden", ["on", "off"])
def test_an_encrypted_7z_names_its_cipher(tmp_path: Path, hidden: str) -> None:
    (tmp_path / "a.txt").write_text("943 476 5919")
    command = ["7z", "a", "-bd", "-y", "-psecret", f"-mhe={hidden}", "a.7z", "a.txt"]
    subprocess.run(command, cwd=tmp_path, check=True, capture_output=True)
    extraction = opened((tmp_path / "a.7z").read_bytes(), "a.7z")
    assert [(gap.kind, gap.detail) for gap in extraction.gaps] == [(GapKind.ENCRYPTED, "AES-256")]
    assert ("a.txt" in texts(extraction)) is (hidden == "off")


@pytest.mark.parametrize(
    ("data", "detail"),
    [
        (rar_4({"a.txt": b"x"}, main=1), "one volume of several"),
        (rar_5({"a.txt": b"x"}, archive_flags=1), "one volume of several"),
        (by_libarchive({"a.txt": b"x" * 500}, "7zip")[:60], "one volume of several"),
    ],
    ids=["rar4", "rar5", "7z"],
)
def test_a_volume_is_a_gap(data: bytes, detail: str) -> None:
    assert ("a", GapKind.UNSUPPORTED, detail) in gaps(opened(data, "a"))


@pytest.mark.parametrize(
    "data",
    [
        by_libarchive({"a.txt": b"x"}, "7zip"),
        rar_4({"a.txt": b"x"}),
        rar_5({"a.txt": b"x"}),
        cabinet({"a.txt": b"x"}),
        tarred({"a.txt": b"x"}),
    ],
    ids=["7z", "rar4", "rar5", "cab", "tar"],
)
def test_what_stands_behind_the_end_is_read(data: bytes) -> None:
    assert opened(data + bytes(100), "a").gaps == ()
    assert "BEHIND 943" in texts(opened(data + b"BEHIND 943", "a"), Where.BODY)
    assert "INNER" in texts(opened(data + zipped({"b.txt": b"INNER"}), "a"), Where.BODY)


@pytest.mark.parametrize(
    "make",
    [tarred, rar_4, rar_5, cabinet, lha, zipped, lambda files: by_libarchive(files, "7zip")],
    ids=["tar", "rar4", "rar5", "cab", "lha", "zip", "7z"],
)
def test_a_cut_archive_is_a_gap_wherever_it_is_cut(make: Callable[[dict[str, bytes]], bytes]) -> None:
    data = make({"a.txt": b"943 476 5919" * 40, "b.txt": b"x" * 700})
    end = len(data.rstrip(b"\0")) - 30
    for cut in range(40, end, 37):
        assert opened(data[:cut], "a").gaps, cut


def test_a_program_that_unpacks_itself_is_opened() -> None:
    program = b"MZ" + bytes(58) + b"\x40\0\0\0PE\0\0" + bytes(500)
    for data in (rar_4({"a.txt": b"943 476 5919"}), rar_5({"a.txt": b"943 476 5919"})):
        extraction = opened(program + data, "setup.exe")
        assert "943 476 5919" in texts(extraction, Where.BODY)
        assert [(gap.kind) for gap in extraction.gaps] == [GapKind.UNSUPPORTED]


@pytest.mark.parametrize("kind", [tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT])
def test_links_owners_and_long_names_of_a_tar_are_shown(kind: int) -> None:
    target = io.BytesIO()
    with tarfile.open(fileobj=target, mode="w", format=kind) as archive:
        link = tarfile.TarInfo("link")
        link.type, link.linkname, link.uname, link.gname = tarfile.SYMTYPE, "SECRET/plan.txt", "jsmith", "treasury"
        archive.addfile(link)
        file = tarfile.TarInfo("/".join(["folder" * 3] * 8) + "/file.txt")
        file.size = 12
        archive.addfile(file, io.BytesIO(b"943 476 5919"))
    extraction = opened(target.getvalue(), "a.tar")
    assert {"SECRET/plan.txt", "jsmith", "treasury"} <= set(texts(extraction, Where.PROPERTY).split("\n"))
    assert file.name in texts(extraction, Where.ATTACHMENT_NAME).split("\n")
    assert texts(extraction, Where.BODY) == "943 476 5919"
    assert extraction.gaps == ()


def sparse(map_: bytes, records: dict[str, str]) -> bytes:
    return tarred({"a": map_ + b"943 476 5919"}, records=records)


@pytest.mark.parametrize(
    "data",
    [
        sparse(b"2\n0\n3\n1000\n9\n".ljust(512, b"\0"),
               {"GNU.sparse.major": "1", "GNU.sparse.minor": "0", "GNU.sparse.realsize": "1009"}),
        sparse(b"", {"GNU.sparse.map": "0,3,1000,9", "GNU.sparse.size": "1009", "GNU.sparse.numblocks": "2"}),
    ],
    ids=["pax 1.0", "pax 0.1"],
)  # fmt: skip
def test_a_sparse_file_is_laid_out(data: bytes) -> None:
    part = opened(data, "a.tar").parts[1]
    assert part.sha256 == opened(b"943" + bytes(997) + b" 476 5919").parts[0].sha256


@pytest.mark.needs("tar")
def test_a_sparse_file_of_gnu_tar_is_laid_out(tmp_path: Path) -> None:
    with (tmp_path / "a.bin").open("wb") as file:
        for number in range(12):
            file.seek(number * 100_000)
            file.write(b"943 476 5919")
    for kind in ("gnu", "posix"):
        command = ["tar", "-c", "--sparse", f"--format={kind}", "-f", "a.tar", "a.bin"]
        subprocess.run(command, cwd=tmp_path, check=True, capture_output=True)
        extraction = opened((tmp_path / "a.tar").read_bytes(), "a.tar")
        assert extraction.parts[1].sha256 == opened((tmp_path / "a.bin").read_bytes()).parts[0].sha256


def test_two_tars_in_one_are_both_read() -> None:
    extraction = opened(tarred({"a.txt": b"FIRST"}) + tarred({"b.txt": b"SECOND"}), "a.tar")
    assert texts(extraction, Where.BODY) == "FIRST\nSECOND"
    assert extraction.gaps == ()


def test_what_fills_a_block_is_read() -> None:
    data = bytearray(tarred({"a.txt": b"x"}, tarfile.USTAR_FORMAT))
    data[600:612] = b"943 476 5919"
    assert texts(opened(bytes(data), "a.tar"), Where.HIDDEN) == "943 476 5919"


def test_a_damaged_header_is_a_gap_and_so_is_the_rest() -> None:
    data = bytearray(tarred({"a.txt": b"FIRST", "b.txt": b"SECOND", "c.txt": b"THIRD"}, tarfile.USTAR_FORMAT))
    data[1024] ^= 0xFF
    extraction = opened(bytes(data), "a.tar")
    assert ("a.tar", GapKind.CORRUPT, "header") in gaps(extraction)
    assert "FIRST" in texts(extraction, Where.BODY)


def test_numbers_of_a_tar_are_no_text() -> None:
    """Times and sizes stand in it in octal digits: as text they would be mistaken for identifiers."""
    said = texts(opened(tarred({"a.txt": b"x"}, records={"mtime": "1234567890.5"}), "a.tar"))
    assert not any(char.isdigit() for char in said)


def test_a_disc_image_is_read_and_never_called_whole() -> None:
    image = by_libarchive({"PLAN.TXT": b"943 476 5919"}, "iso9660")
    extraction = opened(image, "a.iso")
    assert "943 476 5919" in texts(extraction, Where.BODY)
    assert gaps(extraction) == [("a.iso", GapKind.UNSUPPORTED, "disc image")]


@pytest.mark.parametrize(
    ("data", "limits", "detail"),
    [
        (by_libarchive({"a": bytes(500_000), "b.txt": b"SECOND"}, "7zip"), Limits(part_size=100_000), "part_size"),
        (by_libarchive({"a": bytes(500_000), "b.txt": b"SECOND"}, "7zip"), Limits(total_size=100_000), "total_size"),
        (tarred({"a": bytes(500_000), "b.txt": b"SECOND"}), Limits(total_size=100_000), "total_size"),
        (zipped({"a": bytes(500_000), "b.txt": b"SECOND"}), Limits(part_size=100_000), "part_size"),
        (zipped({"a": bytes(500_000), "b.txt": b"SECOND"}), Limits(total_size=100_000), "total_size"),
    ],
    ids=["7z part", "7z total", "tar total", "zip part", "zip total"],
)
def test_a_file_that_is_too_large_is_a_gap_and_the_next_is_read(data: bytes, limits: Limits, detail: str) -> None:
    extraction = opened(data, "archive", limits)
    assert gaps(extraction) == [("archive/a", GapKind.TOO_LARGE, detail)]
    assert texts(extraction, Where.BODY) == "SECOND"


def test_a_damaged_7z_is_a_gap() -> None:
    data = bytearray(by_libarchive({"a.txt": b"943 476 5919" * 99}, "7zip"))
    for at in range(32, len(data) - 8, 9):
        damaged = bytes(data[:at]) + struct.pack("<Q", zlib.crc32(data[at : at + 8])) + bytes(data[at + 8 :])
        assert opened(damaged, "a.7z").gaps, at


def test_after_a_fatal_error_nothing_more_is_asked_of_a_cabinet() -> None:
    """libarchive 3.6.2 ends the process when it is."""
    data = cabinet({"folder/name.txt": b"943 476 5919", "inner.zip": zipped({"a.txt": b"x" * 40})})
    for at in range(44, len(data) - 60, 3):
        assert opened(data[:at] + data[at + 2 :], "a.cab").gaps, at
