"""Records of metafiles: no library writes them."""

from __future__ import annotations

import struct

from PIL import Image


def emf(*records: bytes, description: str = "") -> bytes:
    """Return an EMF file ([MS-EMF] 2.2.9) of records."""
    said = description.encode("utf-16-le")
    size = 100 + len(said) + len(said) % 4
    end = struct.pack("<IIIII", 14, 20, 0, 16, 20)
    whole = size + sum(map(len, records)) + len(end)
    head = struct.pack("<II", 1, size) + bytes(32) + b" EMF" + struct.pack("<III", 0x10000, whole, len(records) + 2)
    head += struct.pack("<HHIII", 1, 0, len(said) // 2, 100 if said else 0, 0) + struct.pack(
        "<iiii", 1000, 1000, 300, 300
    )
    return head.ljust(100, b"\0") + said + b"\0" * (len(said) % 4) + b"".join(records) + end


def record(kind: int, body: bytes) -> bytes:
    """Return one record of EMF."""
    body += b"\0" * (-len(body) % 4)
    return struct.pack("<II", kind, 8 + len(body)) + body


def text(said: str, x: int = 0, y: int = 0, width: int = 10, *, is_wide: bool = True, options: int = 0) -> bytes:
    """Return EMR_EXTTEXTOUTW or EMR_EXTTEXTOUTA: each letter is `width` wide; 0 for no widths."""
    raw = said.encode("utf-16-le" if is_wide else "cp1252")
    raw += b"\0" * (-len(raw) % 4)
    head = bytes(16) + struct.pack("<Iff", 1, 1.0, 1.0)
    place = struct.pack("<iiIII", x, y, len(said), 76, options) + bytes(16)
    widths = struct.pack(f"<{len(said)}I", *[width] * len(said)) if width else b""
    return record(84 if is_wide else 83, head + place + struct.pack("<I", 76 + len(raw) if width else 0) + raw + widths)


def small_text(said: str, *, is_small: bool) -> bytes:
    """Return EMR_SMALLTEXTOUT without bounds."""
    raw = said.encode("latin-1" if is_small else "utf-16-le")
    return record(108, struct.pack("<iiIIIff", 0, 500, len(said), 0x100 | 0x200 * is_small, 1, 1.0, 1.0) + raw)


def several_texts(*said: str) -> bytes:
    """Return EMR_POLYTEXTOUTW."""
    start = 40 + 40 * len(said)
    rows, raw = b"", b""
    for number, each in enumerate(said):
        rows += struct.pack("<iiIII", 0, 600 + 50 * number, len(each), start + len(raw), 0) + bytes(20)
        raw += each.encode("utf-16-le")
    return record(97, bytes(16) + struct.pack("<IffI", 1, 1.0, 1.0, len(said)) + rows + raw)


def comment(body: bytes) -> bytes:
    """Return EMR_COMMENT."""
    return record(70, struct.pack("<I", len(body)) + body)


def plus(*records: tuple[int, int, bytes]) -> bytes:
    """Return a comment with EMF+ records: type, flags, data."""
    raw = b"".join(struct.pack("<HHII", kind, flags, 12 + len(data), len(data)) + data for kind, flags, data in records)
    return comment(b"EMF+" + raw)


def bitmap(picture: Image.Image) -> tuple[bytes, bytes]:
    """Return a picture as a device-independent bitmap: header, bits."""
    rows = picture.convert("RGB").transpose(Image.Transpose.FLIP_TOP_BOTTOM)
    blue_first = rows.tobytes("raw", "BGR", (picture.width * 3 + 3) // 4 * 4)
    return struct.pack("<IiiHHIIiiII", 40, *picture.size, 1, 24, 0, 0, 0, 0, 0, 0), blue_first


def stretched(picture: Image.Image, top: int = 0) -> bytes:
    """Return EMR_STRETCHDIBITS that draws a picture in its own size."""
    head, bits = bitmap(picture)
    width, height = picture.size
    place = struct.pack("<iiiiii", 0, top, 0, 0, width, height)
    offsets = struct.pack("<IIIIII", 80, len(head), 80 + len(head), len(bits), 0, 0xCC0020)
    return record(81, bytes(16) + place + offsets + struct.pack("<ii", width, height) + head + bits)


def polygon(*points: tuple[int, int]) -> bytes:
    """Return EMR_POLYGON."""
    return record(
        3, bytes(16) + struct.pack("<I", len(points)) + b"".join(struct.pack("<ii", *each) for each in points)
    )


def wmf(*records: bytes) -> bytes:
    """Return a placeable WMF file ([MS-WMF] 2.3.2)."""
    placed = b"\xd7\xcd\xc6\x9a" + struct.pack("<HhhhhHIH", 0, 0, 0, 1000, 1000, 1440, 0, 0)
    body = b"".join(records) + struct.pack("<IH", 3, 0)
    longest = max(map(len, records), default=6) // 2
    return placed + struct.pack("<HHHIHIH", 1, 9, 0x300, (18 + len(body)) // 2, 16, longest, 0) + body


def old_record(kind: int, body: bytes) -> bytes:
    """Return one record of WMF."""
    body += b"\0" * (len(body) % 2)
    return struct.pack("<IH", 3 + len(body) // 2, kind) + body


def old_text(said: bytes, x: int = 0, y: int = 0) -> bytes:
    """Return META_TEXTOUT."""
    return old_record(0x0521, struct.pack("<H", len(said)) + said + b"\0" * (len(said) % 2) + struct.pack("<hh", y, x))


def old_placed_text(said: bytes, x: int, y: int, width: int) -> bytes:
    """Return META_EXTTEXTOUT."""
    head = struct.pack("<hhHH", y, x, len(said), 0)
    return old_record(0x0A32, head + said + b"\0" * (len(said) % 2) + struct.pack("<h", width) * len(said))
