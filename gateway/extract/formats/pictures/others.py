"""GIF89a, WebP (RFC 9649), BMP ([MS-WMF] 2.2.2.9), PNM, and HEIF boxes (ISO 23008-12): the texts beside the pixels."""

from __future__ import annotations

import re
from collections.abc import Iterator

from gateway.extract import Limits
from gateway.extract.formats.pictures.tiff import Tiff
from gateway.extract.formats.pictures.words import (
    Beside,
    icc,
    leftover,
    named,
    strings,
    xmp,
)
from gateway.model.inspection import Where

GIF_IMAGE, GIF_EXTENSION, GIF_END = 0x2C, 0x21, 0x3B
GIF_COMMENT, GIF_PLAIN_TEXT, GIF_APPLICATION, GIF_CONTROL = 0xFE, 0x01, 0xFF, 0xF9
GIF_TABLE = 0x80
GIF_XMP_TRAILER = b"\x01\xff\xfe\xfd"  # the start of what leads readers to the end of the sub-blocks
GIF_KNOWN = (b"NETSCAPE2.0", b"ANIMEXTS1.0")
RIFF_PIXELS = frozenset((b"VP8 ", b"VP8L", b"VP8X", b"ALPH", b"ANIM", b"ANMF"))
BMP_RGB, BMP_HEADER = 0, 14
PNM_COMMENT = re.compile(rb"#([^\r\n]*)")
PNM_HEADER = re.compile(
    rb"P([1-6])(?:\s|#[^\n]*\n)+(\d{1,9})(?:\s|#[^\n]*\n)+(\d{1,9})(?:(?:\s|#[^\n]*\n)+(\d{1,9}))?\s"
)
PNM_DIGITS = frozenset((b"1", b"2", b"3"))
DIGITS = re.compile(rb"(?<!\S)\d{1,5}(?!\S)\s*")  # a grey or a colour
PNM_SAMPLES = {b"5": 1, b"6": 3}
EXIF_START = re.compile(rb"Exif\0\0(?=II\*\0|MM\0\*)|\0\0\0\0(?=II\*\0|MM\0\*)")
MOST_EXIF = 1 << 20
XMP_START, XMP_END = b"<x:xmpmeta", b"</x:xmpmeta>"


def gif(data: bytes, _limits: Limits) -> Iterator[Beside]:
    """Yield the texts of the extension blocks, and what stands behind the end."""
    at = 13 + _table(data, 10)
    while at < len(data):
        kind = data[at]
        if kind == GIF_EXTENSION:
            label = data[at + 1 : at + 2]
            blocks, end = _blocks(data, at + 2)
            yield from _gif_extension(label[0] if label else GIF_CONTROL, blocks, data[at + 2 : end])
            at = end
        elif kind == GIF_IMAGE:
            _, at = _blocks(data, at + 11 + _table(data, at + 9))
        else:
            break
    yield from leftover(data[at + 1 :] if data[at : at + 1] == bytes([GIF_END]) else data[at:], "after-end")


def _table(data: bytes, at: int) -> int:
    """Return the length of the colour table that a packed byte announces."""
    packed = data[at] if at < len(data) else 0
    return 3 << ((packed & 7) + 1) if packed & GIF_TABLE else 0


def _blocks(data: bytes, at: int) -> tuple[list[bytes], int]:
    """Return the sub-blocks that begin at a place, and where they end."""
    found = []
    while at < len(data) and data[at]:
        found.append(data[at + 1 : at + 1 + data[at]])
        at += 1 + data[at]
    return found, at + 1


def _gif_extension(label: int, blocks: list[bytes], raw: bytes) -> Iterator[Beside]:
    """Yield what an extension says."""
    if label == GIF_COMMENT:
        yield from named(b"".join(blocks), "comment", Where.COMMENT)
    elif label == GIF_PLAIN_TEXT:
        yield from named(b"".join(blocks[1:]), "plain text", Where.BODY)
    elif label == GIF_APPLICATION and blocks[:1] == [b"XMP DataXMP"]:  # written across the sub-blocks, not into them
        yield from xmp(raw[12:].partition(GIF_XMP_TRAILER)[0])
    elif label == GIF_APPLICATION and blocks[:1] == [b"ICCRGBG1012"]:
        yield from icc(b"".join(blocks[1:]))
    elif label != GIF_CONTROL and not (blocks and blocks[0] in GIF_KNOWN and len(blocks) <= 3):  # noqa: PLR2004 - how often to repeat
        yield from leftover(b"\n".join([*blocks[:1], b"".join(blocks[1:])]), "extension")


def webp(data: bytes, _limits: Limits) -> Iterator[Beside]:
    """Yield the texts of the chunks, and what stands behind the last."""
    end = min(len(data), 8 + int.from_bytes(data[4:8], "little"))
    at = 12
    while at + 8 <= end:
        kind, size = data[at : at + 4], int.from_bytes(data[at + 4 : at + 8], "little")
        body, at = data[at + 8 : min(end, at + 8 + size)], at + 8 + size + size % 2
        if kind == b"EXIF":
            yield from Tiff(body.removeprefix(b"Exif\0\0"), is_exif=True).read()
        elif kind == b"XMP ":
            yield from xmp(body)
        elif kind == b"ICCP":
            yield from icc(body)
        elif kind not in RIFF_PIXELS:
            yield from leftover(body, kind.decode("latin-1").strip())
    yield from leftover(data[end:], "after-end")


def bmp(data: bytes, _limits: Limits) -> Iterator[Beside]:
    """Yield what stands between the tables and the pixels, and behind them."""
    start, head = int.from_bytes(data[10:14], "little"), int.from_bytes(data[14:18], "little")
    if head == 12:  # noqa: PLR2004 - BITMAPCOREHEADER
        width, height = int.from_bytes(data[18:20], "little"), int.from_bytes(data[20:22], "little")
        bits, packing, size = int.from_bytes(data[24:26], "little"), BMP_RGB, 0
    else:
        width = abs(int.from_bytes(data[18:22], "little", signed=True))
        height = abs(int.from_bytes(data[22:26], "little", signed=True))
        bits, packing = int.from_bytes(data[28:30], "little"), int.from_bytes(data[30:34], "little")
        size = int.from_bytes(data[34:38], "little")
    if packing == BMP_RGB or not size:
        size = ((width * bits + 31) // 32) * 4 * height
    tables = BMP_HEADER + head + (4 << min(bits, 8) if bits <= 8 else 16)  # noqa: PLR2004 - pictures with a palette
    if start > tables:
        yield from leftover(data[tables:start], "before-pixels")
    yield from leftover(data[max(start, tables - 16) + size :], "after-end")


def pnm(data: bytes, _limits: Limits) -> Iterator[Beside]:
    """Yield the comments in the header (Netpbm), and what stands behind the pixels of a binary file."""
    header = PNM_HEADER.match(data)
    if header is None:
        yield from strings(data[:1000], "header")
        return
    for comment in PNM_COMMENT.findall(header[0]):
        yield from named(comment, "comment", Where.COMMENT)
    kind, width, height, most = header[1], int(header[2]), int(header[3]), int(header[4] or 1)
    if kind in PNM_SAMPLES:
        row = PNM_SAMPLES[kind] * width * (2 if most > 255 else 1)  # noqa: PLR2004 - the largest of a byte
        yield from leftover(data[header.end() + row * height :], "after-end")
    elif kind in PNM_DIGITS and not data[header.end() :].translate(None, b"0123456789 \t\r\n").isspace():
        yield from named(DIGITS.sub(b" ", data[header.end() :]), "between pixels", Where.HIDDEN)


def heif(data: bytes, _limits: Limits) -> Iterator[Beside]:
    """Yield the EXIF and XMP items of HEIF and AVIF, found by how they begin: both stand in the file as they are."""
    at = data.find(XMP_START)
    while at >= 0:
        end = data.find(XMP_END, at)
        yield from xmp(data[at : end + len(XMP_END)] if end > 0 else data[at : at + MOST_EXIF])
        at = data.find(XMP_START, end) if end > 0 else -1
    if begins := EXIF_START.search(data):
        yield from Tiff(data[begins.end() : begins.end() + MOST_EXIF], is_exif=True).read()
