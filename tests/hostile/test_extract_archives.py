"""Archives that lie, swell, loop, climb and pretend."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib

import pytest
import pyzipper

from gateway.extract import Limits
from gateway.model.inspection import GapKind, Where
from tests.unit.extract.reading import archive, kinds, office, opened, texts

MEGABYTE = 1 << 20


def test_a_zip_bomb_is_refused_by_its_declared_size() -> None:
    bomb = archive({"bomb.txt": b"\0" * (300 * MEGABYTE)})
    extraction = opened(bomb, "bomb.zip", Limits(part_size=100 * MEGABYTE))
    assert [(gap.part, gap.kind, gap.detail) for gap in extraction.gaps] == [
        ("bomb.zip/bomb.txt", GapKind.TOO_LARGE, "part_size")
    ]


def test_many_entries_that_fit_one_by_one_do_not_fit_together() -> None:
    swarm = archive({f"{number}.txt": b"a" * MEGABYTE for number in range(30)})
    extraction = opened(swarm, "swarm.zip", Limits(total_size=10 * MEGABYTE))
    assert ("total_size", GapKind.TOO_LARGE) in {(gap.detail, gap.kind) for gap in extraction.gaps}
    assert sum(len(s.text) for p in extraction.parts for s in p.segments) <= 10 * MEGABYTE + 1000


def test_a_word_bomb_is_refused_by_its_declared_size() -> None:
    bomb = office("docx", {"word/document.xml": b"<a>" + b" " * (50 * MEGABYTE)})
    extraction = opened(bomb, "bomb.docx", Limits(part_size=10 * MEGABYTE))
    assert kinds(extraction) == {GapKind.TOO_LARGE}


def lying(size: int) -> bytes:
    """Return a ZIP whose entry of 50 MB claims to have `size` bytes, in both headers."""
    content = b"\0" * (50 * MEGABYTE)
    data = bytearray(archive({"a.bin": content}))
    local = struct.pack("<L", len(content))
    for start in (data.find(b"PK\x03\x04") + 22, data.find(b"PK\x01\x02") + 24):
        assert data[start : start + 4] == local
        data[start : start + 4] = struct.pack("<L", size)
    return bytes(data)


def test_no_more_is_inflated_than_declared() -> None:
    extraction = opened(lying(10), "a.zip")
    assert (GapKind.TOO_LARGE, "ratio") in {(gap.kind, gap.detail) for gap in extraction.gaps}
    assert len(extraction.parts) == 1


def test_a_tower_of_archives_stops_at_the_depth() -> None:
    data = b"x"
    for _ in range(40):
        data = archive({"a.zip": data, "b.txt": b"y"})
    extraction = opened(data, "tower.zip")
    assert kinds(extraction) == {GapKind.TOO_DEEP}
    assert len(extraction.parts) < 30


def test_a_quine_stops() -> None:
    """An archive that holds itself: here each level repeats two of the level below, ever more of them."""
    data = b"x"
    for _ in range(8):
        data = archive({"a.zip": data, "b.zip": data, "c.zip": data})
    extraction = opened(data, "quine.zip", Limits(depth=20, parts=500))
    assert kinds(extraction) == {GapKind.TOO_MANY}
    assert len(extraction.parts) <= 500


@pytest.mark.parametrize("name", ["../../etc/passwd", "/etc/passwd", "..\\..\\boot.ini", "a/../../b", "C:/x", "a\nb"])
def test_a_climbing_name_is_only_a_name(name: str) -> None:
    extraction = opened(archive({name: "CONTENT"}), "a.zip")
    part = extraction.parts[1].part
    assert part.startswith("a.zip/1/")
    assert part.count("/") == 2
    assert ".." not in part
    assert part.isprintable()
    assert texts(extraction, Where.BODY) == "CONTENT"


def test_a_pdf_that_is_also_a_zip_is_opened_as_both() -> None:
    both = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\n" + archive({"inner.txt": "943 476 5919"})
    extraction = opened(both, "both.pdf")
    assert extraction.parts[0].media_type == "application/pdf"
    assert "943 476 5919" in texts(extraction)
    assert extraction.gaps != ()


def test_a_picture_with_an_archive_behind_it_is_opened() -> None:
    extraction = opened(b"\x89PNG\r\n\x1a\n" + bytes(99) + archive({"inner.txt": "943 476 5919"}), "cat.png")
    assert "943 476 5919" in texts(extraction)
    assert kinds(extraction) & {GapKind.IMAGE_NOT_READ, GapKind.CORRUPT}


def test_an_entry_that_is_not_listed_is_found() -> None:
    data = bytearray(archive({"listed.txt": "LISTED"}))
    compressed = zlib.compressobj(9, zlib.DEFLATED, -15)
    body = compressed.compress(b"HIDDEN") + compressed.flush()
    hidden = struct.pack("<4s5H3L2H", b"PK\x03\x04", 20, 0, 8, 0, 33, zlib.crc32(b"HIDDEN"), len(body), 6, 5, 0)
    start = data.find(b"PK\x01\x02")
    data[start:start] = hidden + b"h.txt" + body
    end = data.rfind(b"PK\x05\x06")
    offset = struct.unpack_from("<L", data, end + 16)[0]
    struct.pack_into("<L", data, end + 16, offset + len(hidden) + 5 + len(body))
    with zipfile.ZipFile(io.BytesIO(bytes(data))) as seen:
        assert seen.namelist() == ["listed.txt"]
    extraction = opened(bytes(data), "a.zip")
    assert texts(extraction, Where.BODY) == "LISTED\nHIDDEN"
    assert "h.txt" in texts(extraction, Where.ATTACHMENT_NAME)
    assert extraction.gaps == ()


@pytest.mark.parametrize(
    ("encryption", "bits", "method"),
    [(pyzipper.WZ_AES, 256, "AES-256"), (pyzipper.WZ_AES, 128, "AES-128")],
)
def test_an_encrypted_zip_is_a_gap_that_names_the_method(encryption: int, bits: int, method: str) -> None:
    target = io.BytesIO()
    with pyzipper.AESZipFile(target, "w", encryption=encryption) as file:
        file.setpassword(b"correct horse")
        file.setencryption(encryption, nbits=bits)
        file.writestr("secret.txt", b"943 476 5919")
    extraction = opened(target.getvalue(), "a.zip")
    assert [(gap.part, gap.kind, gap.detail) for gap in extraction.gaps] == [
        ("a.zip/secret.txt", GapKind.ENCRYPTED, method)
    ]
    assert "943" not in texts(extraction)
    assert "secret.txt" in texts(extraction, Where.ATTACHMENT_NAME)


def test_the_old_zip_encryption_is_named() -> None:
    data = bytearray(archive({"a.txt": "943 476 5919"}))
    data[6] |= 1
    data[data.find(b"PK\x01\x02") + 8] |= 1
    assert [(gap.kind, gap.detail) for gap in opened(bytes(data), "a.zip").gaps] == [(GapKind.ENCRYPTED, "ZipCrypto")]


def test_a_cut_archive_is_a_gap() -> None:
    data = archive({"a.txt": "943 476 5919" * 50, "b.txt": "x"})
    for end in range(4, len(data), 11):
        assert opened(data[:end], "a.zip").gaps, end
