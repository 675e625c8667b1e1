"""Office files with bytes changed, parts torn, and numbers that lie: a gap, never silence, never an exception."""

from __future__ import annotations

import io
import random
import struct
import zipfile
import zlib

import pytest

from gateway.extract import Limits
from gateway.extract.formats.office.extractor import OfficeExtractor
from gateway.model.inspection import GapKind
from gateway.testing.canaries import CanaryDocument, epub, opendocument, slides, spreadsheet, word
from tests.unit.extract import reading
from tests.unit.extract.reading import XML, archive, kinds, office, opened, texts

DOCUMENTS = [each for module in (epub, opendocument, slides, spreadsheet, word) for each in module.documents()]
ROUNDS = 12


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda document: document.kind)
def test_a_changed_part_is_read_or_is_a_gap(document: CanaryDocument) -> None:
    chance = random.Random(document.kind)  # noqa: S311 - repeatable, not secret
    with zipfile.ZipFile(io.BytesIO(document.data)) as package:
        parts = {name: package.read(name) for name in package.namelist()}
    for _ in range(ROUNDS):
        name = chance.choice([each for each in parts if each.endswith((".xml", ".vml", ".opf", ".ncx"))])
        content = bytearray(parts[name])
        for _ in range(chance.randint(1, 4)):
            at = chance.randrange(len(content))
            content[at : at + chance.randint(0, 3)] = bytes(chance.choices(range(256), k=chance.randint(0, 3)))
        extraction = opened(archive({**parts, name: bytes(content)}), document.name)
        assert not {GapKind.CRASHED} & kinds(extraction)
        missing = document.missing(texts(extraction))
        whole = document.missing(bytes(content).decode("utf-8", "replace"))
        silent = [canary for canary in missing if canary not in whole]
        assert extraction.gaps or not silent, (name, silent)


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda document: document.kind)
def test_a_changed_file_is_read_or_is_a_gap(document: CanaryDocument) -> None:
    chance = random.Random(document.kind)  # noqa: S311 - repeatable, not secret
    for _ in range(ROUNDS):
        data = bytearray(document.data)
        for _ in range(chance.randint(1, 3)):
            data[chance.randrange(len(data))] = chance.randrange(256)
        extraction = opened(bytes(data), document.name)
        assert GapKind.CRASHED not in kinds(extraction)
        assert extraction.gaps or extraction.remarks or len(document.missing(texts(extraction))) <= 1


def entry(name: str, packed: bytes, size: int, crc: int, *, local: str = "", tail: bytes = b"") -> tuple[bytes, bytes]:
    """Return a local header with its content, and a line of the directory that may say otherwise."""
    fields = (0, 8, 0, 0, crc, len(packed), size)
    here = (
        struct.pack("<4s5H3I2H", b"PK\3\4", 20, *fields, len(local or name), 0)
        + (local or name).encode()
        + packed
        + tail
    )
    line = struct.pack("<4s6H3I5H2I", b"PK\1\2", 20, 20, *fields, len(name), 0, 0, 0, 0, 0, 0) + name.encode()
    return here, line


def deflated(content: bytes) -> bytes:
    packing = zlib.compressobj(9, zlib.DEFLATED, -15)
    return packing.compress(content) + packing.flush()


def package(name: str, packed: bytes, size: int, crc: int, *, local: str = "", tail: bytes = b"") -> bytes:
    """Return a Word package with one part about which the directory says this."""
    types = b'<Types><Override PartName="/x" ContentType="x.wordprocessingml.document.main+xml"/></Types>'
    first, first_line = entry("[Content_Types].xml", deflated(types), len(types), zlib.crc32(types))
    here, line = entry(name, packed, size, crc, local=local, tail=tail)
    line = line[:42] + struct.pack("<I", len(first)) + line[46:]
    end = struct.pack("<4s4H2IH", b"PK\5\6", 0, 0, 2, 2, len(first_line + line), len(first + here), 0)
    return first + here + first_line + line + end


DOCUMENT = f"{XML}<w:document xmlns:w='w'><w:p><w:r><w:t>943 476 5919</w:t></w:r></w:p></w:document>".encode()
NAME, PACKED, SIZE, CRC = "word/document.xml", deflated(DOCUMENT), len(DOCUMENT), zlib.crc32(DOCUMENT)
LIES = {
    "smaller than it is": package(NAME, PACKED, 20, CRC),
    "larger than it is": package(NAME, PACKED, 2000, CRC),
    "another checksum": package(NAME, PACKED, SIZE, 7),
    "bytes behind the stream": package(NAME, PACKED + b"943 476 5920", SIZE, CRC),
}


@pytest.mark.parametrize("lie", LIES.values(), ids=LIES.keys())
def test_a_directory_that_lies_is_a_gap(lie: bytes) -> None:
    honest = opened(package(NAME, PACKED, SIZE, CRC), "x.docx")
    assert texts(honest) == "943 476 5919\n"
    assert honest.gaps == ()
    assert kinds(opened(lie, "x.docx")) == {GapKind.CORRUPT}


def test_a_part_of_two_names_is_read() -> None:
    assert "943 476 5919" in texts(opened(package(NAME, PACKED, SIZE, CRC, local="word/document.xm_"), "x.docx"))


def test_what_lies_between_parts_is_opened() -> None:
    data = package(NAME, PACKED, SIZE, CRC, tail=b"943 476 5920 and some more words here")
    assert "943 476 5920" in texts(opened(data, "x.docx"))


@pytest.mark.parametrize("name", [NAME, "xl/sharedStrings.xml", "xl/worksheets/sheet1.xml", "content.xml"])
def test_a_part_that_swells_is_refused(name: str) -> None:
    data = package(name, deflated(bytes(60_000_000)), 60_000_000, 0)
    assert kinds(opened(data, "x.docx")) == {GapKind.TOO_LARGE}


def test_thousands_of_parts_stop_at_the_limit() -> None:
    parts = {f"word/part{number}.xml": f"{XML}<x>{number}</x>" for number in range(300)}
    assert GapKind.TOO_MANY in kinds(opened(office("docx", parts), "x.docx", Limits(parts=100)))


@pytest.mark.parametrize(
    "part",
    [
        "<w:p>" * 20_000,
        "<w:del>" * 20_000 + "943 476 5919",
        "<mc:AlternateContent><mc:Fallback>" * 5_000,
        "<w:p><w:ins/><w:del/>" * 5_000,
        "<w:r><w:rPr><w:vanish/>" * 5_000,
    ],
    ids=["paragraphs", "deletions", "forms", "marks", "hidden runs"],
)
def test_endless_nesting_ends(part: str) -> None:
    names = [piece.split("/")[0].split(">")[0] for piece in part.split("<")[1:] if "/>" not in f"<{piece}"]
    closing = "".join(f"</{name}>" for name in reversed(names))
    document = f"{XML}<w:document xmlns:w='w'>{part}{closing}</w:document>"
    extraction = opened(office("docx", {"word/document.xml": document}), "x.docx")
    assert extraction.gaps == () or kinds(extraction) <= {GapKind.CORRUPT, GapKind.TOO_DEEP}
    if "943" in part:
        assert "943 476 5919" in texts(extraction)


def test_a_sheet_of_lies_costs_nothing() -> None:
    rows = '<row r="99999999"><c r="ZZZZ99999999" s="4294967295" t="s"><v>99999999999999999999</v></c></row>'
    sheet = (
        f'{XML}<worksheet><cols><col min="1" max="4294967295" hidden="1"/></cols>'
        f"<sheetData>{rows}</sheetData></worksheet>"
    )
    data = office("xlsx", {"xl/worksheets/sheet1.xml": sheet})
    assert "99999999999999999999" in texts(opened(data, "x.xlsx"))


def test_repeated_cells_of_opendocument_are_not_written_out() -> None:
    table = (
        '<table:table><table:table-column table:number-columns-repeated="999999999" table:visibility="collapse"/>'
        '<table:table-row table:number-rows-repeated="999999999"><table:table-cell '
        'table:number-columns-repeated="999999999">'
        "<text:p>943 476 5919</text:p></table:table-cell></table:table-row></table:table>"
    )
    xml = (
        f'{XML}<office:document-content xmlns:office="o" xmlns:table="t" '
        f'xmlns:text="x">{table}</office:document-content>'
    )
    data = archive({"mimetype": "application/vnd.oasis.opendocument.spreadsheet", "content.xml": xml})
    extraction = opened(data, "x.ods")
    assert "943 476 5919" in texts(extraction)
    assert len(texts(extraction)) < 1000


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_only_parts_that_are_packed_are_remembered(method: int) -> None:
    target = io.BytesIO()
    source = zipfile.ZipFile(io.BytesIO(reading.word("<w:p/>", styles="943 476 5919")))
    with source, zipfile.ZipFile(target, "w", method) as made:
        for name in source.namelist():
            made.writestr(name, source.read(name))
    extractor = OfficeExtractor()
    found = [list(extractor.open(target.getvalue(), Limits())) for _ in range(2)]
    assert found[0] == found[1]
    assert bool(extractor._shared._known) is (method == zipfile.ZIP_DEFLATED)
