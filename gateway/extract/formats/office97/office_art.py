"""Drawings of the binary Office formats ([MS-ODRAW]): the words in shapes' properties, and the pictures."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from gateway.extract import Inner, Limits
from gateway.extract.formats.office97.ole import strings
from gateway.model.inspection import Gap, GapKind, Segment, Where

PROPERTY_TABLES: Final = frozenset({0xF00B, 0xF121, 0xF122})
WORD_ART: Final = 0x00C0
ARRAYS: Final = frozenset({0x0145, 0x0146, 0x0151, 0x0152, 0x0155, 0x0156, 0x0157, 0x0197, 0x01CF, 0x0383, 0x0543})
LINK: Final = 0x0382
COMPLEX, IDENTIFIER, CONTAINER = 0x8000, 0x3FFF, 0xF
PACKAGE: Final = 0x03A9  # the shape once more, as an Office Open XML package
WORDS: Final = {
    WORD_ART: "word art", 0x0105: "picture name", 0x0187: "fill name", 0x0380: "shape name", 0x0381: "alt text",
    LINK: "link", 0x038D: "tooltip", 0x038E: "script", 0x0396: "script", 0x039F: "web", 0x03AA: "shape id",
}  # fmt: skip
_KINDS: Final = {  # [MS-ODRAW] 2.2.23: instance and type of a record, how much precedes the picture
    b"\x40\x3d\x1a\xf0": ("emf", 16), b"\x50\x3d\x1a\xf0": ("emf", 32),
    b"\x60\x21\x1b\xf0": ("wmf", 16), b"\x70\x21\x1b\xf0": ("wmf", 32),
    b"\x20\x54\x1c\xf0": ("pict", 16), b"\x30\x54\x1c\xf0": ("pict", 32),
    b"\xa0\x46\x1d\xf0": ("jpg", 17), b"\xb0\x46\x1d\xf0": ("jpg", 33),
    b"\x20\x6e\x1d\xf0": ("jpg", 17), b"\x30\x6e\x1d\xf0": ("jpg", 33),
    b"\xa0\x46\x2a\xf0": ("jpg", 17), b"\xb0\x46\x2a\xf0": ("jpg", 33),
    b"\x20\x6e\x2a\xf0": ("jpg", 17), b"\x30\x6e\x2a\xf0": ("jpg", 33),
    b"\x00\x6e\x1e\xf0": ("png", 17), b"\x10\x6e\x1e\xf0": ("png", 33),
    b"\x80\x7a\x1f\xf0": ("bmp", 17), b"\x90\x7a\x1f\xf0": ("bmp", 33),
    b"\x40\x6e\x29\xf0": ("tif", 17), b"\x50\x6e\x29\xf0": ("tif", 33),
}  # fmt: skip
_TYPES: Final = frozenset(kind[2:] for kind in _KINDS)
METAFILES: Final = frozenset({"emf", "wmf", "pict"})
METAFILE_HEADER: Final = 34
DEFLATED: Final = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Blip:
    """Where a picture lies in a stream: the whole record, and what is in it."""

    start: int
    end: int
    kind: str
    content: int


def blips(data: bytes) -> list[Blip]:
    """Return the pictures of a stream, wherever in it they lie."""
    found, after = list[Blip](), 0
    for start in sorted(_candidates(data)):
        kind, before = _KINDS[data[start : start + 4]]
        (length,) = struct.unpack("<L", data[start + 4 : start + 8].ljust(4, b"\0"))
        if start >= after and before < length <= len(data) - start - 8:
            after = start + 8 + length
            found.append(Blip(start=start, end=after, kind=kind, content=start + 8 + before))
    return found


def _candidates(data: bytes) -> Iterator[int]:
    """Yield where a picture might begin."""
    for kind in _TYPES:
        at = data.find(kind, 2)
        while at >= 0:
            if data[at - 2 : at + 2] in _KINDS:
                yield at - 2
            at = data.find(kind, at + 2)


def without(data: bytes, found: list[Blip]) -> bytes:
    """Return a stream without its pictures."""
    kept, at = [], 0
    for blip in found:
        kept.append(data[at : blip.start])
        at = blip.end
    return b"".join([*kept, data[at:]]) if found else data


def pictures(data: bytes, found: list[Blip], limits: Limits) -> Iterator[Inner | Gap]:
    """Yield the pictures of a stream as files of their own."""
    room = limits.total_size
    for number, blip in enumerate(found, 1):
        content = data[blip.content : blip.end]
        name = f"picture{number}.{blip.kind}"
        try:
            picture = _picture(blip.kind, content, min(limits.part_size, room))
        except (struct.error, zlib.error, ValueError) as trouble:
            yield Gap(part=name, kind=GapKind.CORRUPT, detail=type(trouble).__name__)
            continue
        if picture is None:
            yield Gap(part=name, kind=GapKind.TOO_LARGE, detail="part_size")
        else:
            room -= len(picture)
            yield Inner(name=name, data=picture)


def _picture(kind: str, content: bytes, most: int) -> bytes | None:
    """Return a picture with the header that its file has; None where it is too large."""
    if kind == "bmp":
        return bitmap(content)
    if kind not in METAFILES:
        return content
    _, left, top, right, bottom, _, _, saved, packing, _ = struct.unpack_from("<L4l2lLBB", content)
    packed = content[METAFILE_HEADER : METAFILE_HEADER + saved]
    if packing == DEFLATED:
        inflater = zlib.decompressobj()
        packed = inflater.decompress(packed, most)
        if inflater.unconsumed_tail:
            return None
        if not inflater.eof:
            raise ValueError("a picture is cut short")
    if kind == "wmf":
        return placeable(packed, (left, top, right, bottom))
    return bytes(512) + packed if kind == "pict" else packed


def placeable(metafile: bytes, bounds: tuple[int, int, int, int] = (0, 0, 0, 0)) -> bytes:
    """Return a Windows metafile with the header that says what it is ([MS-WMF] 2.3.2.3)."""
    if metafile.startswith(b"\xd7\xcd\xc6\x9a"):
        return metafile
    sides = [max(-32768, min(32767, side)) for side in bounds]
    header = struct.pack("<LH4hHL", 0x9AC6CDD7, 0, *sides, 1440, 0)
    check = 0
    for word in struct.unpack("<10H", header):
        check ^= word
    return header + struct.pack("<H", check) + metafile


def bitmap(content: bytes) -> bytes:
    """Return a device-independent bitmap with the header of a file ([MS-WMF] 2.2.2.9)."""
    if content.startswith(b"BM"):
        return content
    size, bits, packing, used = struct.unpack("<L10xHL12xL", content[:36])
    colours = used or (1 << bits if bits <= 8 else 0)  # noqa: PLR2004 - bits for a colour out of a list
    masks = 12 if packing == 3 and size == 40 else 0  # noqa: PLR2004 - three masks follow
    return struct.pack("<2sLLL", b"BM", 14 + len(content), 0, 14 + size + masks + 4 * min(colours, 256)) + content


def shape_words(data: bytes, art: Where = Where.TEXTBOX) -> Iterator[Segment | Inner]:
    """Yield what the properties of shapes say: alternative texts, names, links, and drawn letters as `art`."""
    said: dict[str, dict[str, None]] = {}
    for identifier, content in _properties(data):
        if identifier == PACKAGE and content.startswith(b"PK"):
            yield Inner(name="shape", data=content)
        elif identifier in WORDS:
            text = content.decode("utf-16-le", "replace").replace("\r", "\n").rstrip("\0")
            if identifier == LINK:  # an object, not a string
                text = strings(content)
            said.setdefault(WORDS[identifier], {})[text] = None
    for name, texts in said.items():
        yield Segment(where=art if name == WORDS[WORD_ART] else Where.HIDDEN, text="\n".join(texts), name=name)


def _head(data: bytes, at: int, size: int) -> int:
    """Return how much longer an array is than it says: some writers do not count its head ([MS-ODRAW] 2.2.51)."""
    count, each = struct.unpack("<H2xH", data[at : at + 6].ljust(6, b"\0"))
    return 6 if count and count * {0xFFF0: 4}.get(each, each) == size else 0


def _properties(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield the properties of all shapes that are more than a number ([MS-ODRAW] 2.2.7, 2.3.1)."""
    at = 0
    while at + 8 <= len(data):
        version, kind, length = struct.unpack_from("<HHL", data, at)
        at += 8
        if kind in PROPERTY_TABLES:
            count = min(version >> 4, length // 6)
            content = at + 6 * count
            for number in range(min(count, (len(data) - at) // 6)):
                identifier, size = struct.unpack_from("<HL", data, at + 6 * number)
                if identifier & COMPLEX:
                    size += _head(data, content, size) if identifier & IDENTIFIER in ARRAYS else 0
                    yield identifier & IDENTIFIER, data[content : content + size]
                    content += size
        if version & 0xF != CONTAINER:  # what a container holds comes next
            at += length
