"""What pictures of all formats carry beside their pixels: XMP, IPTC, ICC and Photoshop blocks, and whatever else.

XMP: ISO 16684-1. IPTC: IIM 4.2. Photoshop: File Formats Specification, image resources. ICC: ICC.1:2022.
"""

from __future__ import annotations

import re
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias
from xml.parsers import expat

from gateway.extract import ROOM, Found, Inner, Limits
from gateway.extract.decoding import decode, looks_like_text
from gateway.extract.formats.leaves import EntityDeclared, properties
from gateway.extract.signatures import signed_as
from gateway.model.inspection import Gap, GapKind, Segment, Where

SHORT = 512
"""Bytes that are read by their strings; more of them, of a kind nobody knows, is a part to be opened."""
STRINGS = re.compile(rb"[\x20-\x7e]{5,}|(?:[\x20-\x7e]\0){5,}|(?:\0[\x20-\x7e]){5,}")
TAG = re.compile(rb"<[^<>]{0,4096}>")
ICC_TEXTS = {b"desc": "description", b"cprt": "copyright", b"dmnd": "maker", b"dmdd": "device", b"vued": "conditions"}
IPTC_NAMES = {
    (2, 5): "title", (2, 25): "keyword", (2, 40): "instructions", (2, 80): "author", (2, 105): "headline",
    (2, 116): "copyright", (2, 120): "caption", (2, 15): "category", (2, 55): "date", (2, 90): "city",
}  # fmt: skip
IPTC_CHARSET, UTF_8 = (1, 90), b"\x1b%G"
PHOTOSHOP_IPTC, PHOTOSHOP_XMP, PHOTOSHOP_EXIF, PHOTOSHOP_EXIF_3 = 0x0404, 0x0424, 0x0422, 0x0423
PHOTOSHOP_THUMBNAILS, PHOTOSHOP_ICC = (0x0409, 0x040C), 0x040F
THUMBNAIL_HEAD = 28


@dataclass(frozen=True, slots=True, kw_only=True)
class Thumbnail:
    """A small JPEG picture of the picture it stands in."""

    data: bytes


Beside: TypeAlias = Found | Thumbnail
"""What stands beside the pixels."""


def words(data: bytes) -> str:
    """Return UTF-8 where it is that, else Latin-1; without the zeros around it."""
    data = data.strip(b"\0")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode("latin-1")


def named(data: bytes, name: str, where: Where = Where.PROPERTY) -> Iterator[Segment]:
    """Yield a text, if there is one."""
    if text := words(data).replace("\0", "\n").strip():
        yield Segment(where=where, text=text, name=name)


def strings(data: bytes, name: str) -> Iterator[Segment]:
    """Yield the readable runs of what has no form that we know."""
    if runs := [run.replace(b"\0", b"").decode("ascii") for run in STRINGS.findall(data)]:
        yield Segment(where=Where.HIDDEN, text="\n".join(runs), name=name)


def leftover(data: bytes, name: str) -> Iterator[Found]:
    """Yield what stands where no picture needs it: short, its strings; longer, a part to be opened. Zeros fill up."""
    if not data.strip(b"\0"):
        return
    if len(data) > SHORT or signed_as(data):
        yield Inner(name=name, data=data)
    elif looks_like_text(data):
        yield Segment(where=Where.HIDDEN, text=decode(data), name=name)
    else:
        yield from strings(data, name)


def inflated(packed: bytes, limits: Limits) -> tuple[bytes, bool]:
    """Return what a zlib stream (RFC 1950) holds, and whether it is all of it; `zlib.error`."""
    unpacker = zlib.decompressobj()
    found = unpacker.decompress(packed, min(ROOM, limits.total_size, limits.text_size))
    return found, unpacker.eof


def xmp(packet: bytes) -> Iterator[Found]:
    """Yield the values of an XMP packet."""
    xml = packet[max(0, packet.find(b"<")) :].rstrip(b"\0 \r\n\t")
    if not xml:
        return
    try:
        yield from list(properties(xml))
    except (expat.ExpatError, EntityDeclared, ValueError) as trouble:
        yield Gap(part="xmp", kind=GapKind.CORRUPT, detail=type(trouble).__name__)
        yield from named(TAG.sub(b" ", xml), "xmp", Where.HIDDEN)


def iptc(data: bytes) -> Iterator[Found]:
    """Yield the text of IPTC data sets: a mark, record, number, length, value."""
    at, decoded = 0, {True: "utf-8", False: "latin-1"}
    is_utf_8 = False
    while at + 5 <= len(data) and data[at] == 0x1C:  # noqa: PLR2004 - the mark of a data set
        number, length = (data[at + 1], data[at + 2]), int.from_bytes(data[at + 3 : at + 5], "big")
        at += 5
        if length & 0x8000:
            wide = length & 0x7FFF
            length, at = int.from_bytes(data[at : at + wide], "big"), at + wide
        value, at = data[at : at + length], at + length
        if number == IPTC_CHARSET:
            is_utf_8 = value == UTF_8
        elif number[1] and (text := value.decode(decoded[is_utf_8], "replace").strip("\0 \r\n")):
            name = IPTC_NAMES.get(number, f"{number[0]}:{number[1]:02d}")
            yield Segment(where=Where.PROPERTY, text=text, name=f"iptc {name}")
    yield from leftover(data[at:], "iptc")


def icc(profile: bytes) -> Iterator[Found]:
    """Yield what a colour profile says of itself."""
    count = int.from_bytes(profile[128:132], "big")
    for at in range(132, 132 + 12 * min(count, 100), 12):
        if len(profile) >= at + 12:
            sign, offset, length = struct.unpack(">4sII", profile[at : at + 12])
            if name := ICC_TEXTS.get(sign):
                found = list(strings(profile[offset : offset + min(length, 10_000)][8:], f"icc {name}"))
                yield from (Segment(where=Where.PROPERTY, text=each.text, name=each.name) for each in found)


def photoshop(data: bytes) -> Iterator[Beside]:
    """Yield the texts of Photoshop's resources, and its thumbnail."""
    at = 0
    while at + 12 <= len(data) and data[at : at + 4] in {b"8BIM", b"MeSa", b"PHUT", b"AgHg", b"DCSR"}:
        kind, length = int.from_bytes(data[at + 4 : at + 6], "big"), data[at + 6]
        label, at = data[at + 7 : at + 7 + length], at + 7 + length + 1 - length % 2
        size = int.from_bytes(data[at : at + 4], "big")
        value, at = data[at + 4 : at + 4 + size], at + 4 + size + size % 2
        yield from named(label, "photoshop")
        if kind in PHOTOSHOP_THUMBNAILS:
            yield Thumbnail(data=value[THUMBNAIL_HEAD:])
        else:
            yield from _resource(kind, value)
    yield from leftover(data[at:], "photoshop")


def _resource(kind: int, value: bytes) -> Iterator[Found]:
    """Yield the text of one of Photoshop's resources."""
    if kind == PHOTOSHOP_IPTC:
        yield from iptc(value)
    elif kind == PHOTOSHOP_XMP:
        yield from xmp(value)
    elif kind == PHOTOSHOP_ICC:
        yield from icc(value)
    elif kind in {PHOTOSHOP_EXIF, PHOTOSHOP_EXIF_3} and value:
        yield Inner(name="exif", data=value)  # a TIFF file of its own, opened as one
    else:
        yield from strings(value, f"photoshop {kind}")
