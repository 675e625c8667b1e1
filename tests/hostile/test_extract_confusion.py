"""Files that are one thing to us and another to the program that opens them."""

from __future__ import annotations

import struct
import zlib

import pytest

from gateway.extract import Extraction
from gateway.model.inspection import GapKind
from tests.hostile.test_extract_pdf import page, stream
from tests.unit.extract.reading import archive, kinds, opened, texts

WORDS = "RESTRICTED 943 476 5919"
HIDDEN = archive({"note.txt": WORDS * 5})
DEFLATED = b"\xcbH\xcd\xc9\xc9\x07\x00"
SHOWN = b"BT /F 9 Tf 9 9 Td (other words) Tj ET "


def tells(extraction: Extraction) -> bool:
    return WORDS in texts(extraction)


def seven_zip(between: bytes) -> bytes:
    """Return a 7z archive of nothing, with something between its first header and its last."""
    last = b"\x01\x00"
    between = between[:-2] + struct.pack("<H", len(last))  # to ZIP readers, the last header is the comment
    first = struct.pack("<QQL", len(between), len(last), zlib.crc32(last))
    return b"7z\xbc\xaf\x27\x1c\0\4" + struct.pack("<L", zlib.crc32(first)) + first + between + last


def gzip(extra: bytes) -> bytes:
    """Return a GZIP file with something in the field for extensions (RFC 1952 2.3.1.1)."""
    trailer = struct.pack("<2L", zlib.crc32(b"hello"), 5)
    head = b"\x1f\x8b\x08\x04" + bytes(6) + struct.pack("<H", len(extra))
    return head + extra + DEFLATED + trailer


def tnef(value: bytes) -> bytes:
    """Return a TNEF stream with an attribute that nobody knows."""
    return (
        b"\x78\x9f\x3e\x22\1\0\1"
        + struct.pack("<2L", 0x69999, len(value))
        + value
        + struct.pack("<H", sum(value) & 0xFFFF)
    )


def openpgp(padding: bytes) -> bytes:
    """Return a literal message behind a padding packet (RFC 9580 5.14)."""
    literal = b"b\5a.txt\0\0\0\0hello"
    return b"\xd5\xff" + struct.pack(">L", len(padding)) + padding + bytes([0xCB, len(literal)]) + literal


@pytest.mark.parametrize("around", [seven_zip, gzip, tnef], ids=lambda each: each.__name__)
def test_a_zip_in_the_room_that_another_format_leaves(around: type[bytes]) -> None:
    assert tells(opened(around(HIDDEN), "a.zip"))


def test_a_zip_in_a_padding_packet() -> None:
    assert tells(opened(b"\xca\x03PGP" + openpgp(HIDDEN), "a.zip"))


def test_a_zip_that_another_archive_hands_on_is_read_once() -> None:
    extraction = opened(gzip(b"") + HIDDEN, "a.gz")
    assert [part.part for part in extraction.parts].count("a.gz/2/after-end/1/note.txt") == 1
    assert texts(extraction).count(WORDS) == 5


def test_a_file_called_as_a_folder_is_read() -> None:
    data = bytearray(HIDDEN.replace(b"note.txt", b"note.tx/"))
    at = data.find(b"PK\1\2") + 24
    data[at : at + 4] = bytes(4)  # the directory says that it is empty
    assert tells(opened(bytes(data), "a.zip"))


def test_what_stands_behind_a_deflated_stream_is_a_gap() -> None:
    packed = DEFLATED + WORDS.encode()
    fields = struct.pack("<5H3L2H", 20, 0, 8, 0, 0, zlib.crc32(b"hello"), len(packed), 5, 1, 0)
    local = b"PK\3\4" + fields + b"a" + packed
    central = b"PK\1\2\x14\0" + fields + bytes(14) + b"a"
    data = local + central + b"PK\5\6" + struct.pack("<4H2LH", 0, 0, 1, 1, len(central), len(local), 0)
    assert GapKind.CORRUPT in kinds(opened(data, "a.zip"))


@pytest.mark.parametrize(
    "source",
    [
        "RES<b>TRI</b><i>CTED</i> 943 476 5919",
        "<!-- " + "x " * 3_000 + "-->RES<b>TRI</b>CTED 943 476 5919",
        "prose without a mark\n" * 4_000 + "RES<u>TRI</u>CTED 943 476 5919",
        "&#82;&#x45;&#83;TRICTED 943 476 5919",
    ],
    ids=["no element that gives it away", "behind a comment", "far behind", "by numbers"],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_a_page_that_does_not_look_like_one(source: str, encoding: str) -> None:
    assert tells(opened(source.encode(encoding), "a.html"))


def test_a_page_in_the_comments_of_a_pdf() -> None:
    data = page(stream(SHOWN)).replace(b"endobj\n", b"endobj\n%%<p>RES<b>TRI</b>CTED 943 476 5919</p>\n", 1)
    assert tells(opened(data, "a.html"))
    data = page(stream(SHOWN)).replace(b"%PDF-1.7\n", b"%PDF-1.7\n% RESTRICTED 943 476 5919\n", 1)
    assert tells(opened(data, "a.txt"))


def test_objects_that_never_begin_take_no_time() -> None:
    data = page(stream(SHOWN)) + b"endobj x " * 200_000 + (b"endobj" + b" " * 3_000) * 300
    assert opened(data, "a.pdf").parts


LETTER = b"0 0 m " + b"9 9 l " * 11 + b"h f "


@pytest.mark.parametrize(
    ("content", "is_looked_at"),
    [
        (SHOWN + LETTER * 10, True),
        (SHOWN + b"0 0 m " + b"9 9 l " * 3 + b"h f ", False),
        (SHOWN + b"0 0 9 9 re f " * 99, False),
    ],
    ids=["a word", "an arrow", "a table"],
)
def test_a_word_drawn_as_areas_beside_text_is_looked_at(content: bytes, *, is_looked_at: bool) -> None:
    assert (GapKind.IMAGE_NOT_READ in kinds(opened(page(stream(content)), "a.pdf"))) is is_looked_at


def letters(count: int) -> dict[str, bytes]:
    """Return tiny pictures, no two alike."""
    said = b"/Type/XObject/Subtype/Image/Width 30/Height 30/BitsPerComponent 8/ColorSpace/DeviceGray"
    return {f"o{6 + n}": stream(bytes([n]) * 450 + bytes(450), said) for n in range(count)}


@pytest.mark.parametrize(("count", "is_looked_at"), [(7, True), (2, False)], ids=["letters", "bullets"])
def test_a_word_of_tiny_pictures_is_looked_at(count: int, *, is_looked_at: bool) -> None:
    content = SHOWN + b"".join(b"q 9 0 0 9 %d 9 cm /I%d Do Q " % (9 * n, n) for n in range(count))
    lent = b"/XObject<<" + b"".join(b"/I%d %d 0 R" % (n, 6 + n) for n in range(count)) + b">>"
    extraction = opened(page(stream(content), lent, **letters(count)), "a.pdf")
    assert (GapKind.IMAGE_NOT_READ in kinds(extraction)) is is_looked_at


def test_a_stamp_of_tiny_pictures_is_looked_at() -> None:
    lent = b"/Resources<</XObject<<" + b"".join(b"/I%d %d 0 R" % (n, 6 + n) for n in range(4)) + b">>>>"
    form = b"/Type/XObject/Subtype/Form/BBox[0 0 300 40]" + lent
    painted = b"".join(b"q 300 0 0 9 0 %d cm /I%d Do Q " % (9 * n, n) for n in range(4))
    stamp = b"<</Type/Annot/Subtype/Stamp/Rect[0 0 300 40]/AP<</N 11 0 R>>>>"
    extraction = opened(page(stream(SHOWN), o10=stamp, o11=stream(painted, form), **letters(4)), "a.pdf")
    assert GapKind.IMAGE_NOT_READ in kinds(extraction)
