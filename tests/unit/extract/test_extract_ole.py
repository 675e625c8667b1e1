from __future__ import annotations

import struct
import zlib

import pytest

from gateway.extract import Found, Inner, Limits
from gateway.extract.formats.office97.office_art import bitmap, blips, pictures, placeable, shape_words
from gateway.extract.formats.office97.ole import Storage, strings
from gateway.extract.formats.office97.ole_pack import packed
from gateway.extract.formats.office97.ole_properties import DOCUMENT, SUMMARY, property_segments
from gateway.extract.formats.office97.vba import unpacked
from gateway.model.inspection import Gap, GapKind, Segment, Where
from tests.unit.extract.legacy import compound, segments, stream, word
from tests.unit.extract.reading import kinds, opened, texts

CUSTOM = bytes.fromhex("05d5cdd59c2e1b10939708002b2cf9ae")
SOURCE = b'Attribute VB_Name = "Module1"\r\nSub A()\r\n  x = "943 476 5919"\r\nEnd Sub\r\n'


def lpstr(text: str) -> bytes:
    raw = text.encode("cp1252") + b"\0"
    return struct.pack("<LL", 30, len(raw)) + raw + bytes(-len(raw) % 4)


def lpwstr(text: str) -> bytes:
    return struct.pack("<LL", 31, len(text) + 1) + (text + "\0").encode("utf-16-le") + bytes(2 * (len(text) + 1) % 4)


def section(values: dict[int, bytes]) -> bytes:
    head, body = struct.pack("<LL", 0, len(values)), b""
    for number, value in values.items():
        head += struct.pack("<LL", number, 8 + 8 * len(values) + len(body))
        body += value
    return struct.pack("<L", len(head + body)) + head[4:] + body


def property_set(kind: bytes, values: dict[int, bytes], custom: dict[str, bytes] | None = None) -> bytes:
    first = section(values)
    sets = [(kind, first)]
    if custom:
        names = struct.pack("<L", len(custom))
        for number, name in enumerate(custom, 2):
            names += struct.pack("<LL", number, len(name) + 1) + name.encode("cp1252") + b"\0"
        numbered = {0: names + bytes(-len(names) % 4), 1: struct.pack("<LHH", 2, 1252, 0)}
        sets.append((CUSTOM, section(numbered | dict(enumerate(custom.values(), 2)))))
    at, heads, body = 28 + 20 * len(sets), b"", b""
    for identifier, content in sets:
        heads += identifier + struct.pack("<L", at + len(body))
        body += content
    return b"\xfe\xff" + bytes(22) + struct.pack("<L", len(sets)) + heads + body


def native(data: bytes) -> bytes:
    content = (
        b"\2\0"
        b"Label\0"
        b"C:\\secret\\note.txt\0" + struct.pack("<HHL", 0, 3, 6) + b"C:\\tmp" + struct.pack("<L", len(data)) + data
    )
    return struct.pack("<L", len(content)) + content


def test_properties_are_named_and_labels_told() -> None:
    listed = struct.pack("<LL", 0x101E, 2) + b"".join(
        struct.pack("<L", len(name)) + name for name in (b"one\0", b"seven\0")
    )
    data = property_set(
        DOCUMENT,
        {2: lpstr("CATEGORY"), 13: listed, 14: lpwstr("MANAGER")},
        {
            "MSIP_Label_1a_Name": lpstr("Official"),
            "Number": struct.pack("<Ld", 5, 9434765919.0),
            "Titus": lpwstr("SECRET"),
        },
    )
    found = {(each.where, each.name, each.text) for each in property_segments(data) if isinstance(each, Segment)}
    assert (Where.PROPERTY, "category", "CATEGORY") in found
    assert (Where.PROPERTY, "titles of parts", "one\nseven") in found
    assert (Where.PROPERTY, "manager", "MANAGER") in found
    assert (Where.LABEL, "MSIP_Label_1a_Name", "Official") in found
    assert (Where.LABEL, "Titus", "SECRET") in found
    assert (Where.PROPERTY, "Number", "9434765919") in found


def test_a_broken_property_keeps_its_letters() -> None:
    broken = struct.pack("<LL", 0x101E, 5000) + b"\xff\xff\xff\x7fLETTERS"
    texts_there = [
        each.text for each in property_segments(property_set(SUMMARY, {2: broken})) if isinstance(each, Segment)
    ]
    assert any("LETTERS" in text for text in texts_there)


def test_a_broken_property_set_is_a_gap() -> None:
    data = compound(
        {"Workbook": stream(b""), "\5SummaryInformation": b"\xfe\xff" + bytes(22) + b"\1\0\0\0" + b"\xff" * 40}
    )
    assert [gap.detail for gap in opened(data).gaps] == ["property set"]


def test_a_packed_file_is_taken_out_by_its_name() -> None:
    extraction = opened(compound({"\1Ole10Native": native(b"943 476 5919")}), "object.bin")
    assert [part.part for part in extraction.parts] == ["object.bin", "object.bin/1/note.txt"]
    assert texts(extraction, Where.BODY) == "943 476 5919"
    assert "C:\\secret\\note.txt" in texts(extraction, Where.ATTACHMENT_NAME)
    assert extraction.gaps == ()


def test_packages_and_unknown_streams_are_opened_by_what_they_are() -> None:
    data = compound({"Package": word(["INNER"]), "CONTENTS": b"plain 943 476 5919", "Strange": bytes(range(256)) * 4})
    extraction = opened(data, "object.bin")
    assert {"INNER", "plain 943 476 5919"} <= set(texts(extraction, Where.BODY).split("\n"))
    assert [(gap.part, gap.kind) for gap in extraction.gaps] == [("object.bin/3/Strange", GapKind.UNSUPPORTED)]


def test_a_document_in_a_storage_is_a_part_of_its_own() -> None:
    inner = Storage(word(["INNER"]))
    streams = {f"ObjectPool/_1/{path[-1]}": inner.read(*path) for path in inner.paths}
    extraction = opened(word(["OUTER"], streams=streams), "a.doc")
    assert [part.part for part in extraction.parts] == ["a.doc", "a.doc/1/_1"]
    assert texts(extraction, Where.BODY) == "OUTER\nINNER"
    assert extraction.gaps == ()


def test_custom_xml_and_link_lists_are_read() -> None:
    data = word(["x"], streams={"MsoDataStore/A/Item": b"<?xml version='1.0'?><a>LABELLED</a>"})
    assert "LABELLED" in texts(opened(data))
    assert opened(data).gaps == ()


def test_an_equation_gives_its_letters() -> None:
    letters = b"".join(b"\x02\x88" + bytes([char]) + b"\0" for char in b"9434765919")
    data = word(
        ["x"], streams={"ObjectPool/_1/Equation Native": bytes(28) + letters, "ObjectPool/_1/\3ObjInfo": bytes(4)}
    )
    assert "9434765919" in texts(opened(data), Where.PROPERTY)
    assert opened(data).gaps == ()


def raw_chunks(source: bytes) -> bytes:
    """Return source as a container of literals only ([MS-OVBA] 2.4.1.3.7), so that no copy has to be found."""
    tokens = b"".join(b"\0" + source[at : at + 8] for at in range(0, len(source), 8))
    return b"\1" + struct.pack("<H", 0xB000 | len(tokens) - 1) + tokens


def macro_streams(module: bytes, offset: int) -> dict[str, bytes]:
    def entry(kind: int, content: bytes) -> bytes:
        return struct.pack("<HL", kind, len(content)) + content

    about = entry(3, struct.pack("<H", 1252)) + struct.pack("<HLLH", 9, 4, 1, 2) + entry(0x1A, b"Module1")
    about += entry(0x32, "Module1".encode("utf-16-le")) + entry(0x31, struct.pack("<L", offset))
    return {
        "Macros/VBA/dir": raw_chunks(about),
        "Macros/VBA/Module1": module,
        "Macros/PROJECT": b'ID="{0}"\r\nName="P"',
    }


def test_macro_source_is_unpacked() -> None:
    compiled = b"\x01\x16\x03\0" + b"COMPILED LETTERS" + bytes(20)
    data = word(["x"], streams=macro_streams(compiled + raw_chunks(SOURCE), len(compiled)))
    assert segments(data, Where.HIDDEN, "macro") == [SOURCE.decode()]
    assert "COMPILED LETTERS" in texts(opened(data), Where.HIDDEN)
    assert opened(data).gaps == ()


def test_macro_source_is_found_where_the_list_lies() -> None:
    data = compound({"VBA/dir": b"\1broken", "VBA/Module1": bytes(50) + raw_chunks(SOURCE)})
    assert segments(data, Where.HIDDEN, "macro") == [SOURCE.decode()]
    assert [(gap.kind, gap.detail) for gap in opened(data).gaps] == [(GapKind.CORRUPT, "macro project")]


def test_a_module_without_source_is_a_gap() -> None:
    data = compound(
        {name.removeprefix("Macros/"): content for name, content in macro_streams(b"only compiled", 4).items()}
    )
    assert [gap.detail for gap in opened(data).gaps] == ["macro"]


@pytest.mark.parametrize(
    ("container", "content"),
    [  # [MS-OVBA] 3.2.1 and 3.2.3: the examples of the standard
        ("0119B000616263646566676800696A6B6C6D6E6F7000717273747576 2E".replace(" ", ""), b"abcdefghijklmnopqrstuv."),
        ("0103B002614500", b"a" * 73),
    ],
)
def test_containers_unpack_as_the_standard_has_it(container: str, content: bytes) -> None:
    assert unpacked(bytes.fromhex(container)) == content


def shape(*properties: tuple[int, bytes]) -> bytes:
    table = b"".join(struct.pack("<HL", identifier | 0xC000, len(content)) for identifier, content in properties)
    table += b"".join(content for _, content in properties)
    options = struct.pack("<HHL", len(properties) << 4 | 3, 0xF00B, len(table)) + table
    return struct.pack("<HHL", 0xF, 0xF004, len(options)) + options


def test_shapes_say_their_words() -> None:
    said = [(0x381, "ALT TEXT\0"), (0xC0, "WATERMARK\0"), (0x380, "NAME\0")]
    found = list(shape_words(shape(*((number, text.encode("utf-16-le")) for number, text in said)), Where.WATERMARK))
    assert [(each.where, each.text) for each in found if isinstance(each, Segment)] == [
        (Where.HIDDEN, "ALT TEXT"),
        (Where.WATERMARK, "WATERMARK"),
        (Where.HIDDEN, "NAME"),
    ]


def test_an_array_that_does_not_count_its_head_moves_nothing() -> None:
    array = struct.pack("<HHH", 2, 2, 8) + bytes(16)
    table = struct.pack("<HLHL", 0x145 | 0xC000, 16, 0x381 | 0xC000, 8) + array + "TEXT".encode("utf-16-le")
    found = list(shape_words(struct.pack("<HHL", 2 << 4 | 3, 0xF00B, len(table)) + table))
    assert [each.text for each in found if isinstance(each, Segment)] == ["TEXT"]


def metafile(packing: int, content: bytes) -> bytes:
    head = struct.pack("<LllllllLBB", len(content), 0, 0, 100, 100, 0, 0, len(content), packing, 0xFE)
    return struct.pack("<HHL", 0x3D4 << 4, 0xF01A, 16 + len(head + content)) + bytes(16) + head + content


def test_pictures_are_found_and_unpacked() -> None:
    png = struct.pack("<HHL", 0x6E0 << 4, 0xF01E, 17 + 8) + bytes(17) + b"\x89PNG\r\n\x1a\n"
    data = b"junk" + png + b"more" + metafile(0, zlib.compress(b"EMF CONTENT" * 10)) + metafile(0xFE, b"AS IT IS")
    found = blips(data)
    assert [each.kind for each in found] == ["png", "emf", "emf"]
    assert [each.data for each in pictures(data, found, Limits()) if not isinstance(each, Gap)] == [
        b"\x89PNG\r\n\x1a\n",
        b"EMF CONTENT" * 10,
        b"AS IT IS",
    ]


def test_a_picture_that_swells_or_breaks_off_is_a_gap() -> None:
    whole = zlib.compress(bytes(3_000_000))
    data = metafile(0, whole) + metafile(0, whole[:-50]) + metafile(0, b"no zlib")
    found = list(pictures(data, blips(data), Limits(part_size=1_000_000)))
    assert [(each.kind, each.detail) for each in found if isinstance(each, Gap)] == [
        (GapKind.TOO_LARGE, "part_size"),
        (GapKind.TOO_LARGE, "part_size"),
        (GapKind.CORRUPT, "error"),
    ]


def test_pictures_get_the_head_that_their_files_have() -> None:
    assert placeable(b"\1\0\x09\0", (0, 0, 9, 9)).startswith(b"\xd7\xcd\xc6\x9a")
    head = struct.pack("<LllHHLLllLL", 40, 4, 4, 1, 8, 0, 0, 0, 0, 2, 0)
    assert bitmap(head + bytes(8 + 16))[10:14] == struct.pack("<L", 14 + 40 + 8)


def test_strings_are_found_in_both_widths() -> None:
    data = (
        b"\1\2ASCII words\0\xff" + "wide caf\u00e9 \u0416\u0443\u043a".encode("utf-16-le") + b"\0\0ab\0" + b"caf\xe9\0"
    )
    assert strings(data).split("\n") == ["ASCII words", "wide caf\u00e9 \u0416\u0443\u043a", "caf\u00e9"]


def test_a_file_made_empty_is_no_gap_and_one_that_lost_its_streams_is() -> None:
    """Word puts an empty one behind the data store of every rich text; PowerPoint for the Mac, into its slides."""
    bare = packed({})
    assert len(bare) <= 3 * 512
    assert not opened(bare).gaps
    full = bytearray(packed({("Contents",): b"943 476 5919" * 600}))
    at = full.index("Root Entry".encode("utf-16-le")) + 76
    full[at : at + 4] = b"\xff" * 4
    assert kinds(opened(bytes(full))) == {GapKind.CORRUPT}


def test_the_preview_of_a_mac_says_its_words_and_a_large_one_is_opened() -> None:
    def preview(width: int) -> list[Found]:
        picture = struct.pack(">H4h", 0, 0, 0, 135, width) + b"\x28\0\x10\0\x10\x0bQuarterly up"
        body = struct.pack("<LLl4s", 71, 8 + len(picture), -2, b"PICT") + picture
        return list(property_segments(property_set(SUMMARY, {17: body})))

    small, large = preview(180), preview(2000)
    assert any(isinstance(each, Segment) and "Quarterly" in each.text for each in small)
    assert not any(isinstance(each, Inner) for each in small)
    assert any(isinstance(each, Inner) for each in large)


def test_a_compound_file_comes_back_as_it_went_in() -> None:
    streams = {("small",): b"x" * 100, ("a", "b", "big"): bytes(9_000_000), ("a", "edge"): b"y" * 4096, ("none",): b""}
    storage = Storage(packed(streams))
    assert {path: storage.read(*path) for path in storage.paths} == streams
    assert storage.file.parsing_issues == []


def test_a_stream_that_is_cut_short_is_a_gap() -> None:
    whole = packed({("Package",): b"943 476 5919 " * 1000, ("Other",): bytes(9000)})
    assert kinds(opened(whole[: len(whole) // 2])) & {GapKind.CORRUPT, GapKind.UNSUPPORTED}


def test_label_streams_of_encrypted_files_are_labels() -> None:
    xml = b"<clbl:labelList xmlns:clbl='x'><clbl:label id='{1}' siteId='{2}' method='Standard'/></clbl:labelList>"
    data = compound({"EncryptionInfo": b"\4\0\4\0", "EncryptedPackage": bytes(32), "\6DataSpaces/LabelInfo": xml})
    assert "Standard" in texts(opened(data), Where.LABEL)
