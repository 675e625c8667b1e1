"""Pictures and metafiles: words in the pixels, large and clear, and in every place beside them."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator

from PIL import Image, PngImagePlugin, TiffImagePlugin

from gateway.testing.canaries import Cage, Canary, CanaryDocument
from gateway.testing.canaries import metafile_bytes as meta
from gateway.testing.canaries.picture_bytes import (
    chunk,
    drawn,
    exif,
    iptc,
    profile,
    resource,
    riff,
    saved,
    segment,
    xmp,
)

WINDOWS_TITLE, DESCRIPTION, ARTIST, COPYRIGHT, USER_COMMENT = 0x9C9B, 0x010E, 0x013B, 0x8298, 0x9286
LONG = b" and more to fill a part of its own" * 20


def documents() -> Iterator[CanaryDocument]:
    """Yield one document of each format."""
    yield _png()
    yield _jpeg()
    yield _tiff()
    yield _webp()
    yield _gif()
    yield _bmp()
    yield _avif()
    yield _emf()
    yield _wmf()


def _pixels(put: Cage, which: str) -> Image.Image:
    """Return a picture with a canary in its pixels: letters only, for a nought may be read as an O."""
    word = f"canary{put.kind}{which}".replace(" ", "")
    put.canaries.append(Canary(word=word, place=f"pixels of the {which} picture"))
    return drawn(f"the {word} here")


def _png() -> CanaryDocument:
    put = Cage.of("png")
    beside = PngImagePlugin.PngInfo()
    beside.add_text("Title", put("tEXt"))
    beside.add_text("Comment", put("zTXt"), zip=True)
    beside.add_itxt("Description", put("iTXt"), lang="en", tkey=put("translated keyword"))
    beside.add_itxt("Author", put("packed iTXt"), zip=True)
    beside.add_itxt("XML:com.adobe.xmp", xmp(put("XMP"), put("XMP label")).decode())
    beside.add_text(put("keyword"), "x")
    packed = resource(0x0404, iptc((120, put("raw profile")))).hex()
    beside.add_text("Raw profile type iptc", f"\niptc\n{len(packed) // 2}\n{packed}\n", zip=True)
    plain = saved(_pixels(put, "only"), "PNG", pnginfo=beside, exif=exif({DESCRIPTION: put("eXIf")}))
    colours = put("profile name").encode() + b"\0\0" + zlib.compress(profile(put("profile description")))
    private = chunk(b"prVt", put("private chunk").encode()) + chunk(b"prVu", put("large private chunk").encode() + LONG)
    data = plain[:33] + chunk(b"iCCP", colours) + private + plain[33:]
    return put.document("picture.png", data + put("after the end").encode())


def _jpeg() -> CanaryDocument:
    put = Cage.of("jpg")
    small = saved(drawn("x").resize((160, 120)), "JPEG", comment=put("comment of the thumbnail").encode())
    tags: dict[int, str | bytes] = {
        DESCRIPTION: put("EXIF description"),
        ARTIST: put("EXIF artist"),
        COPYRIGHT: put("EXIF copyright"),
        WINDOWS_TITLE: put("EXIF Windows title").encode("utf-16-le"),
    }
    camera = {USER_COMMENT: b"UNICODE\0" + put("EXIF user comment").encode("utf-16-le")}
    more = put("extended XMP")
    resources = resource(0x0404, iptc((120, put("IPTC caption")), (25, put("IPTC keyword"))))
    resources += resource(0x040B, put("Photoshop address").encode(), put("Photoshop name").encode())
    inserted = segment(0xE1, b"Exif\0\0" + exif(tags, camera, small))
    inserted += segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0" + xmp(put("XMP")))
    inserted += segment(0xE1, b"http://ns.adobe.com/xmp/extension/\0" + b"0" * 32 + bytes(8) + xmp(more))
    inserted += segment(0xED, b"Photoshop 3.0\0" + resources)
    inserted += segment(0xE2, b"ICC_PROFILE\0\1\1" + profile(put("profile description")))
    inserted += segment(0xEC, b"Ducky\0" + put("known application").encode())
    inserted += segment(0xE7, put("application").encode()) + segment(0xE8, put("large application").encode() + LONG)
    first = saved(_pixels(put, "first"), "JPEG", comment=put("comment").encode())
    second = saved(_pixels(put, "second"), "JPEG", comment=put("comment of the second picture").encode())
    return put.document("picture.jpg", first[:2] + inserted + first[2:] + second + put("after the end").encode())


def _tiff() -> CanaryDocument:
    put = Cage.of("tif")
    tags = TiffImagePlugin.ImageFileDirectory_v2()
    tags[DESCRIPTION], tags[ARTIST], tags[0x010D] = put("description"), put("artist"), put("document name")
    tags[65000] = put("private tag")
    tags[0x02BC], tags[0x83BB] = xmp(put("XMP")), iptc((120, put("IPTC")))
    tags.tagtype[0x02BC], tags.tagtype[0x83BB] = 1, 7
    tags[0x8649] = resource(0x0404, iptc((105, put("Photoshop"))))
    tags.tagtype[0x8649] = 1
    second = _pixels(put, "second")
    second.encoderinfo = {"tiffinfo": {0x011D: put("name of the second page")}}
    colours = profile(put("profile description"))
    first = _pixels(put, "first")
    data = saved(
        first, "TIFF", tiffinfo=tags, save_all=True, append_images=[second], icc_profile=colours, compression="tiff_lzw"
    )
    return put.document("pages.tif", data + put("after the end").encode())


def _webp() -> CanaryDocument:
    put = Cage.of("webp")
    first, second = _pixels(put, "first"), _pixels(put, "second")
    described, packet, colours = exif({DESCRIPTION: put("EXIF")}), xmp(put("XMP")), profile(put("profile description"))
    data = saved(
        first, "WEBP", save_all=True, append_images=[second.resize(first.size)], duration=500, lossless=True,
        exif=described, xmp=packet, icc_profile=colours,
    )  # fmt: skip
    data += riff(b"prVt", put("private chunk").encode())
    data = data[:4] + struct.pack("<I", len(data) - 8) + data[8:]
    return put.document("moving.webp", data + put("after the end").encode())


def _gif() -> CanaryDocument:
    put = Cage.of("gif")
    first, second = _pixels(put, "first"), _pixels(put, "second")
    data = saved(
        first, "GIF", save_all=True, append_images=[second.resize(first.size)], duration=500,
        comment=put("comment").encode(),
    )  # fmt: skip
    plain = put("plain text").encode()
    extensions = b"\x21\x01\x0c" + bytes(12) + bytes([len(plain)]) + plain + b"\0"
    packet = xmp(put("XMP"))
    extensions += b"\x21\xff\x0bXMP DataXMP" + packet + b"\1" + bytes(range(255, -1, -1)) + b"\0"
    private = put("application").encode()
    extensions += b"\x21\xff\x0bGATEWAY 1.0" + bytes([len(private)]) + private + b"\0"
    return put.document("moving.gif", data[:-1] + extensions + data[-1:] + put("after the end").encode())


def _bmp() -> CanaryDocument:
    put = Cage.of("bmp")
    data = saved(_pixels(put, "only"), "BMP")
    hidden = (16 * b" " + put("before the pixels").encode()).ljust(64)
    start = int.from_bytes(data[10:14], "little")
    data = data[:10] + struct.pack("<I", start + len(hidden)) + data[14:start] + hidden + data[start:]
    return put.document("picture.bmp", data + put("after the end").encode())


def _avif() -> CanaryDocument:
    put = Cage.of("avif")
    picture = _pixels(put, "only")
    data = saved(picture, "AVIF", exif=exif({DESCRIPTION: put("EXIF")}), xmp=xmp(put("XMP")))
    return put.document("picture.avif", data)


def _emf() -> CanaryDocument:
    put = Cage.of("emf")
    described = put("description")
    packed = saved(_pixels(put, "packed"), "PNG")
    letters = put("EMF+ letters")
    said = put("EMF+ string")
    placed = b"".join(struct.pack("<ff", 10.0 * number, 700.0) for number in range(len(letters)))
    records = (
        meta.text(put("wide text"), y=100),
        meta.text(put("narrow text"), y=200, is_wide=False),
        meta.text(put("text without widths"), y=300, width=0),
        meta.small_text(put("small text"), is_small=True),
        meta.small_text(put("small wide text"), is_small=False),
        meta.several_texts(put("one of several texts"), put("another of several texts")),
        meta.comment(b"PRIV " + put("private comment").encode()),
        meta.comment(b"GDIC" + struct.pack("<IiiiiI", 2, 0, 0, 1, 1, 13) + put("group").encode("utf-16-le")),
        meta.comment(
            b"GDIC" + struct.pack("<I", 0x80000001) + bytes(16) + meta.wmf(meta.old_text(put("WMF").encode()))
        ),
        meta.plus(
            (0x4001, 1, struct.pack("<IIII", 0xDBC01002, 0, 96, 96)),
            (0x401C, 0, bytes(8) + struct.pack("<I4f", len(said), 0, 800, 99, 99) + said.encode("utf-16-le")),
            (0x4036, 0, struct.pack("<IIII", 0, 1, 0, len(letters)) + letters.encode("utf-16-le") + placed),
            (0x4008, 0x0500, struct.pack("<IIiiiII", 0xDBC01002, 1, 0, 0, 0, 0, 1) + packed),
        ),
        meta.stretched(_pixels(put, "drawn")),
    )
    return put.document("drawing.emf", meta.emf(*records, description=described) + put("after the end").encode())


def _wmf() -> CanaryDocument:
    put = Cage.of("wmf")
    head, bits = meta.bitmap(_pixels(put, "drawn"))
    within = meta.emf(meta.text(put("EMF in a comment")))
    piece = b"WMFC" + struct.pack("<IIHIIIII", 1, 0x10000, 0, 0, 1, len(within), 0, len(within)) + within
    private = put("comment").encode()
    records = (
        meta.old_text(put("text").encode(), 0, 100),
        meta.old_placed_text(put("placed text").encode(), 0, 200, 10),
        meta.old_record(0x0626, struct.pack("<HH", 15, len(private)) + private),
        meta.old_record(0x0626, struct.pack("<HH", 15, len(piece)) + piece),
        meta.old_record(0x0F43, struct.pack("<IH8h", 0xCC0020, 0, *[0] * 8) + head + bits),
    )
    return put.document("drawing.wmf", meta.wmf(*records) + put("after the end").encode())
