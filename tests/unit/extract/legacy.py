"""Makes files of Office 97 byte by byte, for what no program that is at hand writes."""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence
from typing import TypeAlias

from gateway.extract.formats.office97.ole_pack import packed
from gateway.model.inspection import Segment, Where
from tests.unit.extract.reading import opened

Streams: TypeAlias = Mapping[tuple[str, ...], bytes]
TEXT_AT, COUNTS_AT, PAIRS_AT = 1024, 76, 154


def compound(streams: Mapping[str, bytes] | Streams) -> bytes:
    """Return a compound file; a name with slashes is a path."""
    return packed({tuple(name.split("/")) if isinstance(name, str) else name: data for name, data in streams.items()})


def word(
    pieces: Sequence[str | bytes],
    counts: Sequence[int] = (),
    structures: Mapping[int, bytes] | None = None,
    formatting: Sequence[tuple[int, int, bytes]] = (),
    streams: Mapping[str, bytes] | None = None,
    head: bytes = bytes(4),
) -> bytes:
    """Return a Word document of these pieces, bytes in Windows-1252 and text in UTF-16, with a NUL between them.

    `formatting` gives positions of the first piece their properties. `counts` is how long each story is. `head` is what
    the table stream begins with.
    """
    text, positions, descriptors = bytearray(TEXT_AT), [0], b""
    for piece in pieces:
        raw = piece if isinstance(piece, bytes) else piece.encode("utf-16-le")
        count = len(piece) if isinstance(piece, bytes) else len(raw) // 2
        offset = len(text) * 2 | 0x40000000 if isinstance(piece, bytes) else len(text)
        descriptors += struct.pack("<HLH", 0, offset, 0)
        positions.append(positions[-1] + count)
        text += raw + b"\0\0"
    plc = struct.pack(f"<{len(positions)}L", *positions) + descriptors
    found = {33: b"\2" + struct.pack("<L", len(plc)) + plc, **(structures or {})}
    document = bytearray(text)
    if formatting:
        document += bytes(-len(document) % 512)
        width = 1 if isinstance(pieces[0], bytes) else 2
        found[12] = struct.pack("<LLL", TEXT_AT, len(text), len(document) // 512)
        document += _page([(TEXT_AT + width * a, TEXT_AT + width * b, grpprl) for a, b, grpprl in formatting])
    document[:4], document[10:12] = b"\xec\xa5\xc1\0", b"\0\2"
    struct.pack_into("<LL", document, 24, TEXT_AT, TEXT_AT + len(text))
    struct.pack_into("<8L", document, COUNTS_AT, *([*counts, *[0] * 8][:8] if counts else [positions[-1], *[0] * 7]))
    struct.pack_into("<H", document, 152, 93)
    table = bytearray(head)
    for index, structure in found.items():
        struct.pack_into("<LL", document, PAIRS_AT + 8 * index, len(table), len(structure))
        table += structure
    return compound({"WordDocument": bytes(document), "1Table": bytes(table), **(streams or {})})


def _page(runs: Sequence[tuple[int, int, bytes]]) -> bytes:
    """Return a page of character formatting ([MS-DOC] 2.9.33) for runs of bytes."""
    bounds, offsets, page, at = list[int](), list[int](), bytearray(512), 510
    last = 0
    for start, end, grpprl in runs:
        if start > last:
            bounds.append(last)
            offsets.append(0)
        at -= (len(grpprl) + 2) & ~1
        page[at : at + 1 + len(grpprl)] = bytes([len(grpprl)]) + grpprl
        bounds.append(start)
        offsets.append(at // 2)
        last = end
    struct.pack_into(f"<{len(bounds) + 1}L", page, 0, *bounds, last)
    page[4 * len(bounds) + 4 : 5 * len(bounds) + 4] = bytes(offsets)
    page[511] = len(bounds)
    return bytes(page)


def record(kind: int, content: bytes = b"") -> bytes:
    """Return a record of a workbook."""
    return struct.pack("<HH", kind, len(content)) + content


def chars(text: str) -> bytes:
    """Return a string behind its two-byte length, in UTF-16 where it has to be."""
    wide = any(ord(char) > 255 for char in text)
    return struct.pack("<HB", len(text), wide) + text.encode("utf-16-le" if wide else "latin-1")


def label(row: int, column: int, text: str) -> bytes:
    """Return a cell with a string of its own."""
    return record(0x204, struct.pack("<HHH", row, column, 0) + chars(text))


def number(row: int, column: int, value: float, style: int = 0) -> bytes:
    """Return a cell with a number."""
    return record(0x203, struct.pack("<HHHd", row, column, style, value))


BEGIN_GLOBALS, BEGIN_SHEET, END = (
    record(0x809, b"\0\6\5\0" + bytes(4)),
    record(0x809, b"\0\6\x10\0" + bytes(4)),
    record(10),
)


def stream(*sheets: bytes, shared: bytes = b"", states: Sequence[int] = ()) -> bytes:
    """Return the stream of a workbook with these sheets, each with a state: 1 is hidden."""
    names = [f"S{number}".encode() for number in range(len(sheets))]
    at = len(BEGIN_GLOBALS + shared + END) + sum(12 + len(name) for name in names)
    listed, bodies = b"", b""
    for sheet, name, state in zip(sheets, names, [*states, *[0] * len(sheets)], strict=False):
        listed += record(0x85, struct.pack("<LBBBB", at + len(bodies), state, 0, len(name), 0) + name)
        bodies += BEGIN_SHEET + sheet + END
    return BEGIN_GLOBALS + shared + listed + END + bodies


def book(*sheets: bytes, shared: bytes = b"", states: Sequence[int] = ()) -> bytes:
    """Return a workbook."""
    return compound({"Workbook": stream(*sheets, shared=shared, states=states)})


def atom(kind: int, content: bytes = b"", instance: int = 0, version: int = 0) -> bytes:
    """Return a record of a presentation."""
    return struct.pack("<HHL", instance << 4 | version, kind, len(content)) + content


def container(kind: int, *children: bytes, instance: int = 0) -> bytes:
    """Return a record of a presentation that holds others."""
    return atom(kind, b"".join(children), instance, 0xF)


def presentation(*records: bytes, streams: Mapping[str, bytes] | None = None) -> bytes:
    """Return a presentation of these records, without a list of those in force."""
    return compound({"PowerPoint Document": b"".join(records), "Current User": bytes(40), **(streams or {})})


def segments(data: bytes, where: Where, name: str | None = None) -> list[str]:
    """Return the texts that stood in one place of a file and of all that is in it."""
    found = [segment for part in opened(data, "file").parts for segment in part.segments]
    return [each.text for each in found if each.where is where and name in {None, each.name} and each.name != "path"]


def all_segments(data: bytes) -> list[Segment]:
    """Return every segment of a file and of all that is in it."""
    return [segment for part in opened(data, "file").parts for segment in part.segments]
