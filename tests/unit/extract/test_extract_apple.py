from __future__ import annotations

import plistlib
import struct

from gateway.extract import Extraction
from gateway.model.inspection import GapKind, Where
from tests.unit.extract.reading import archive, kinds, opened, texts

BLANK = b"This resource fork intentionally left blank   ".ljust(286, b"\0")
PIXEL = b"\x89PNG\r\n\x1a\n" + bytes(300)


def double(attributes: dict[str, bytes], fork: bytes = BLANK, **entries: bytes) -> bytes:
    """Return an AppleDouble file as macOS writes it: the Finder's 32 bytes and the attributes in one entry."""
    names, values = b"", b""
    size = sum((12 + len(name) + 3) // 4 * 4 for name in attributes)
    start = 50 + 12 * len(entries) + 34 + 36
    for name, value in attributes.items():
        entry = struct.pack(">2LHB", start + size + len(values), len(value), 0, len(name) + 1) + name.encode() + b"\0"
        names, values = names + entry.ljust((len(entry) + 3) // 4 * 4, b"\0"), values + value
    head = b"ATTR" + struct.pack(
        ">4L12xHH", 0, start + size + len(values), start + size, len(values), 0, len(attributes)
    )
    finder = bytes(34) + head + names + values
    kinds_of = {"name": 3, "comment": 4, "data": 1}
    listed = [(9, finder), (2, fork), *((kinds_of[kind], body) for kind, body in entries.items())]
    at, table = 26 + 12 * len(listed), b""
    for kind, body in listed:
        table += struct.pack(">3L", kind, at, len(body))
        at += len(body)
    return (
        b"\0\5\x16\7\0\2\0\0Mac OS X        " + struct.pack(">H", len(listed)) + table + b"".join(b for _, b in listed)
    )


def within(name: str, data: bytes) -> Extraction:
    return opened(archive({name: data}))


def test_what_every_mac_puts_beside_a_file_is_no_gap() -> None:
    where_from = plistlib.dumps(["https://example.org/943-476-5919"], fmt=plistlib.FMT_BINARY)
    found = within(
        "__MACOSX/._letter.docx",
        double({
            "com.apple.metadata:kMDItemWhereFroms": where_from,
            "com.apple.quarantine": b"0083;5f000000;Safari;",
            "com.apple.lastuseddate#PS": bytes(range(200, 216)),
        }),
    )  # fmt: skip
    assert not found.gaps
    assert not found.remarks, "it has the name of the file that it belongs to"
    assert "https://example.org/943-476-5919" in texts(found, Where.HIDDEN)
    assert "kMDItemWhereFroms" in texts(found)


def test_comments_and_names_are_read() -> None:
    found = opened(double({}, name=b"true name.txt", comment=b"a comment"))
    assert "true name.txt" in texts(found, Where.ATTACHMENT_NAME)
    assert "a comment" in texts(found, Where.COMMENT)


def test_a_file_in_an_attribute_or_a_fork_is_opened_or_a_gap() -> None:
    found = opened(double({"user.file": archive({"inner.txt": "943 476 5919"})}))
    assert "943 476 5919" in texts(found, Where.BODY)
    assert kinds(opened(double({}, fork=bytes(256) + PIXEL))) == {GapKind.UNSUPPORTED}
    assert "943 476 5919" in texts(opened(double({}, data=archive({"inner.txt": "943 476 5919"}))), Where.BODY)
    assert "943 476 5919" in texts(opened(double({}) + archive({"inner.txt": "943 476 5919"})))


def test_a_property_list_that_holds_itself_ends() -> None:
    data = b"bplist00" + b"\xa1\x00" + b"\x08" + bytes(6) + b"\1\1" + struct.pack(">3Q", 1, 0, 10)
    assert not opened(double({"loop": data})).gaps


def test_a_cut_file_is_a_gap() -> None:
    assert kinds(opened(double({"user.note": b"943 476 5919" * 20})[:-300])) == {GapKind.CORRUPT}


def test_the_view_of_a_folder_says_the_names_in_it() -> None:
    names = b"".join(
        struct.pack(">L", len(n)) + n.encode("utf-16-be") + b"Ilocblob" for n in ("Minutes.docx", "Pay £.xlsx")
    )
    data = b"\0\0\0\1Bud1" + bytes(100) + names + bytes(200)
    found = within(".DS_Store", data)
    assert not found.gaps
    assert "Minutes.docx" in texts(found, Where.HIDDEN)
    assert "Pay £.xlsx" in texts(found, Where.HIDDEN)
    assert kinds(within(".DS_Store", data + PIXEL)) == {GapKind.UNSUPPORTED}
