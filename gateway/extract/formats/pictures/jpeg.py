"""JPEG (ISO 10918-1 annex B): the texts in its segments, and what stands behind its end: often further pictures."""

from __future__ import annotations

import re
from collections.abc import Generator, Iterator

from gateway.extract import Inner, Limits, Raster, Scan, Telling
from gateway.extract.formats.pictures.tiff import Tiff
from gateway.extract.formats.pictures.words import (
    Beside,
    Thumbnail,
    icc,
    leftover,
    named,
    photoshop,
    strings,
    xmp,
)
from gateway.extract.signatures import signed_as
from gateway.model.inspection import Where

START = b"\xff\xd8"
END, SCAN, COMMENT, APP0, APP15 = 0xD9, 0xDA, 0xFE, 0xE0, 0xEF
ALONE = frozenset({0x01, *range(0xD0, 0xD8)})  # markers without a length
AFTER_PIXELS = re.compile(rb"\xff[^\x00\xff\xd0-\xd7]")
XMP, MORE_XMP = b"http://ns.adobe.com/xap/1.0/\0", b"http://ns.adobe.com/xmp/extension/\0"
MORE_XMP_HEAD = len(MORE_XMP) + 40  # an identifier, the full length, the offset
EXIF, PROFILE, RESOURCES = b"Exif\0", b"ICC_PROFILE\0", b"Photoshop 3.0\0"
JFIF, THUMBNAIL = b"JFIF\0", b"JFXX\0\x10"
KNOWN = (  # what cameras and programs note for themselves: read by its strings
    b"MPF\0", b"FPXR\0", b"Adobe", b"Ducky", b"JP", b"META\0", b"Meta\0", b"Stim\0", b"SCALADO", b"RMETA\0", b"GPMF",
    b"EPPIM\0", b"SPIFF\0", b"PictureInfo", b"[picture info]", b"AROT\0", b"HDR_RI", b"TEXT\0", b"ssuniqueid\0",
    b"Qualcomm", b"urn:iso:std:iso:ts:21496", b"PTCDNG", b"JFXX\0",
)  # fmt: skip
SAMSUNG = b"SEFT"  # its telephones end a file with a list of their own
BLOCK = 2_048  # PowerPoint on a Mac writes thumbnails in blocks, and fills them with what was in its memory
MOST_PICTURES = 16
FILLING = 1 << 16  # zeros between two pictures


def jpeg(data: bytes, _limits: Limits) -> Iterator[Beside]:
    """Yield the texts of the first picture, and what follows it."""
    end = yield from _picture(data)
    for number in range(2, MOST_PICTURES):
        filling = data[end : end + FILLING]
        start = end + len(filling) - len(filling.lstrip(b"\0"))
        if not data.startswith(START + b"\xff", start):
            break
        end = end_of(data, start)
        yield Inner(name=f"picture {number}", data=data[start:end])
    rest = data[end:]
    fills_up = len(data) % BLOCK == 0 and len(rest) < BLOCK and not signed_as(rest)
    if fills_up or rest.rstrip(b"\0").endswith(SAMSUNG):
        yield from strings(rest, "after-end")
    else:
        yield from leftover(rest, "after-end")


def end_of(data: bytes, start: int) -> int:
    """Return where the picture that starts at `start` ends."""
    at = start + len(START)
    for marker, body, size in _segments(data, start):
        at = body + size
        if marker == END:
            break
    return at


def _segments(data: bytes, start: int) -> Iterator[tuple[int, int, int]]:
    """Yield marker, place and size of every segment, the pixels passed over; ends where the file is not well-formed."""
    at = start + len(START)
    while at + 2 <= len(data) and data[at] == 0xFF:  # noqa: PLR2004 - every marker starts so
        marker = data[at + 1]
        if marker == 0xFF:  # noqa: PLR2004 - filling
            at += 1
            continue
        if marker == END or marker in ALONE:
            yield marker, at + 2, 0
            if marker == END:
                return
            at += 2
            continue
        size = int.from_bytes(data[at + 2 : at + 4], "big")
        yield marker, at + 4, max(0, size - 2)
        at += 2 + max(2, size)
        if marker == SCAN:
            following = AFTER_PIXELS.search(data, at)
            if following is None:  # some cameras write no end
                yield END, len(data), 0
                return
            at = following.start()


def _picture(data: bytes) -> Generator[Beside, None, int]:
    """Yield the texts of the first picture; return where it ends."""
    more_xmp: dict[int, bytes] = {}
    profile: list[bytes] = []
    end = len(START)
    for marker, at, size in _segments(data, 0):
        body = data[at : at + size] if marker == COMMENT or APP0 <= marker <= APP15 else b""
        end = at + size
        if body.startswith(MORE_XMP):
            offset = int.from_bytes(body[MORE_XMP_HEAD - 4 : MORE_XMP_HEAD], "big")
            more_xmp[offset] = body[MORE_XMP_HEAD:]
        elif body.startswith(PROFILE):
            profile.append(body[len(PROFILE) + 2 :])
        elif marker == COMMENT:
            yield from named(body, "comment", Where.COMMENT)
        elif body:
            yield from _application(marker, body)
    if more_xmp:
        yield from xmp(b"".join(more_xmp[offset] for offset in sorted(more_xmp)))
    if profile:
        yield from icc(b"".join(profile))
    return end


def _application(marker: int, body: bytes) -> Iterator[Beside]:
    """Yield what an application's segment says."""
    name = f"APP{marker - APP0}"
    if body.startswith(EXIF):
        yield from Tiff(body[len(EXIF) + 1 :], is_exif=True).read()
    elif body.startswith(XMP):
        yield from xmp(body[len(XMP) :])
    elif body.startswith(RESOURCES):
        yield from photoshop(body[len(RESOURCES) :])
    elif body.startswith(THUMBNAIL):
        yield Thumbnail(data=body[len(THUMBNAIL) :])
    elif body.startswith(JFIF):
        yield from _jfif(body)
    elif body.startswith(KNOWN):
        yield from strings(body, name)
    else:
        yield from leftover(body, name)


def _jfif(body: bytes) -> Iterator[Beside]:
    """Yield the thumbnail of a JFIF header (ISO 10918-5, 10.1): width, height, and three bytes for each pixel."""
    width, height = body[12:14].ljust(2, b"\0")
    colours = body[14 : 14 + 3 * width * height]
    if width and height and len(colours) == 3 * width * height:
        grey = bytes(colours[1::3])  # green is most of what is seen
        yield Scan(
            name="thumbnail", telling=Telling.PREVIEW, render=lambda: Raster(width=width, height=height, grey=grey)
        )
    yield from leftover(body[14 + 3 * width * height :], "APP0")
