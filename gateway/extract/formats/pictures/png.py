"""PNG (ISO 15948, with APNG and eXIf): the texts in its chunks, and what stands behind the last."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator

from gateway.extract import Limits
from gateway.extract.formats.pictures.tiff import Tiff
from gateway.extract.formats.pictures.words import (
    Beside,
    icc,
    inflated,
    leftover,
    named,
    photoshop,
    strings,
    words,
    xmp,
)
from gateway.model.inspection import Gap, GapKind, Segment, Where

START = b"\x89PNG\r\n\x1a\n"
HEAD = struct.Struct(">I4s")
ANY_LENGTH = 1 << 31
WITHOUT_WORDS = {  # how long each may be by the standard: what is longer holds something else
    b"IHDR": 13, b"PLTE": 768, b"IDAT": ANY_LENGTH, b"IEND": 0, b"sRGB": 1, b"gAMA": 4, b"cHRM": 32, b"pHYs": 9,
    b"tRNS": 256, b"bKGD": 6, b"sBIT": 4, b"tIME": 7, b"hIST": 512, b"oFFs": 9, b"acTL": 8, b"fcTL": 26,
    b"fdAT": ANY_LENGTH, b"cICP": 4, b"mDCV": 24, b"cLLI": 8, b"iDOT": 64, b"CgBI": 4,
}  # fmt: skip
XMP = "XML:com.adobe.xmp"
RAW_PROFILE = "Raw profile type "  # as ImageMagick writes EXIF, IPTC and XMP: hexadecimal, in a text
SHORT_KEY, LANGUAGE = 79, 12
KEYS = frozenset(  # 11.3.4.2: any other may say something itself
    ("Title", "Author", "Description", "Copyright", "Creation Time", "Software", "Disclaimer", "Warning", "Source",
     "Comment")
)  # fmt: skip
MACHINE = frozenset((b"caBX", b"sPLT", b"pCAL", b"sCAL", b"dSIG", b"npTc", b"npLb", b"npOl", b"vpAg", b"orNT"))


def png(data: bytes, limits: Limits) -> Iterator[Beside]:
    """Yield the texts of all chunks; a chunk that nobody knows is a part to be opened."""
    at = len(START)
    while at + 12 <= len(data):
        length, kind = HEAD.unpack_from(data, at)
        body, at = data[at + 8 : at + 8 + length], at + 12 + length
        if length > WITHOUT_WORDS.get(kind, -1):
            yield from _chunk(kind, body, limits)
        if kind == b"IEND":
            yield from leftover(data[at:], "after-end")
            return


def _chunk(kind: bytes, body: bytes, limits: Limits) -> Iterator[Beside]:
    """Yield the text of one chunk."""
    if kind in {b"tEXt", b"zTXt", b"iTXt", b"iCCP"}:
        try:
            yield from _keyed(kind, body, limits)
        except zlib.error:
            yield Gap(part="", kind=GapKind.CORRUPT, detail="packed text")
    elif kind in {b"eXIf", b"zxIf"}:
        yield from Tiff(body.removeprefix(b"Exif\0\0"), is_exif=True).read()
    elif kind in MACHINE:
        yield from strings(body, words(kind))
    else:
        yield from leftover(body, words(kind))


def _keyed(kind: bytes, body: bytes, limits: Limits) -> Iterator[Beside]:
    """Yield a text with its key (11.3.4), or a colour profile with its name (11.3.3.3)."""
    key, _, rest = body.partition(b"\0")
    name, is_whole = words(key)[:SHORT_KEY], True
    if kind == b"iTXt":
        is_packed, (language, _, rest) = rest[:1] == b"\1", rest[2:].partition(b"\0")
        translated, _, rest = rest.partition(b"\0")
        yield from named(language + b"\n" + translated if translated else language[LANGUAGE:], "keyword")
    else:
        is_packed, rest = kind != b"tEXt", rest[kind != b"tEXt" :]
    if is_packed:
        rest, is_whole = inflated(rest, limits)
    if not is_whole:
        yield Gap(part="", kind=GapKind.TOO_LARGE, detail="text_size")
    if kind == b"iCCP":
        yield from named(key, "icc name")
        yield from icc(rest)
    elif name == XMP:
        yield from xmp(rest)
    elif name.startswith(RAW_PROFILE):
        yield from _raw_profile(rest, name)
    else:
        text = words(rest) if kind == b"iTXt" else rest.decode("latin-1")
        where = Where.COMMENT if name == "Comment" else Where.PROPERTY
        yield Segment(where=where, text=text if name in KEYS else f"{words(key)}: {text}", name=name)


def _raw_profile(text: bytes, name: str) -> Iterator[Beside]:
    """Yield what a profile in hexadecimal holds: a line with its kind, one with its length, then the digits."""
    pieces = text.split(None, 2)
    try:
        profile = bytes.fromhex(pieces[2].decode("ascii"))
    except (ValueError, IndexError):
        yield from named(text, name)
        return
    if name.endswith(("exif", "APP1")) and profile.lstrip(b"\0").startswith((b"Exif", b"II", b"MM")):
        yield from Tiff(profile.lstrip(b"\0").removeprefix(b"Exif\0\0"), is_exif=True).read()
    elif name.endswith(("iptc", "8bim")):
        yield from photoshop(profile)
    elif name.endswith(("icc", "icm")):
        yield from icc(profile)
    else:
        yield from xmp(profile)
