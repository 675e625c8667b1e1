"""Pieces of picture files that Pillow does not write: chunks, segments, IPTC, a colour profile, and clear words."""

from __future__ import annotations

import io
import struct
import zlib

from PIL import Image, ImageDraw, ImageFont


def drawn(*lines: str, size: int = 40) -> Image.Image:
    """Return a picture of lines, large and black on white."""
    font = ImageFont.load_default(size=size)
    width = max(round(font.getlength(line)) for line in lines)
    picture = Image.new("RGB", (width + 2 * size, 2 * size * (len(lines) + 1)), "white")
    for number, line in enumerate(lines):
        ImageDraw.Draw(picture).text((size, size + 2 * size * number), line, font=font, fill="black")
    return picture


def saved(picture: Image.Image, kind: str, **options: object) -> bytes:
    """Return a picture as a file of a kind: `PNG`."""
    target = io.BytesIO()
    picture.save(target, kind, **options)
    return target.getvalue()


def chunk(kind: bytes, body: bytes) -> bytes:
    """Return a chunk of PNG (ISO 15948 5.3)."""
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def segment(marker: int, body: bytes) -> bytes:
    """Return a segment of JPEG (ISO 10918-1 B.1.1.4)."""
    return bytes([0xFF, marker]) + struct.pack(">H", len(body) + 2) + body


def riff(kind: bytes, body: bytes) -> bytes:
    """Return a chunk of RIFF."""
    return kind + struct.pack("<I", len(body)) + body + b"\0" * (len(body) % 2)


def iptc(*values: tuple[int, str]) -> bytes:
    """Return data sets of record 2 in UTF-8."""
    sets = [(1, 90, b"\x1b%G"), *((2, number, text.encode()) for number, text in values)]
    return b"".join(struct.pack(">BBBH", 0x1C, record, number, len(text)) + text for record, number, text in sets)


def resource(kind: int, body: bytes, name: bytes = b"") -> bytes:
    """Return one of Photoshop's resources."""
    label = bytes([len(name)]) + name
    return b"8BIM" + struct.pack(">H", kind) + label + b"\0" * (len(label) % 2) + struct.pack(">I", len(body)) + (
        body + b"\0" * (len(body) % 2)
    )  # fmt: skip


def profile(description: str) -> bytes:
    """Return a colour profile with nothing but a description (ICC.1, 10.15)."""
    text = description.encode("utf-16-be")
    said = b"mluc" + bytes(4) + struct.pack(">II", 1, 12) + b"enGB" + struct.pack(">II", len(text), 28) + text
    table = struct.pack(">I", 1) + b"desc" + struct.pack(">II", 144, len(said))
    return (struct.pack(">I", 144 + len(said)).ljust(128, b"\0") + table).ljust(144, b"\0") + said


def xmp(title: str, label: str = "") -> bytes:
    """Return an XMP packet, with a label as Office writes it where one is given."""
    marked = f' xmlns:p="http://ns.adobe.com/pdfx/1.3/" p:MSIP_Label_1_Name="{label}"' if label else ""
    return (
        '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?><x:xmpmeta xmlns:x="adobe:ns:meta/">'
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
        f'<rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/"{marked}><dc:title><rdf:Alt>'
        f'<rdf:li xml:lang="x-default">{title}</rdf:li></rdf:Alt></dc:title></rdf:Description></rdf:RDF></x:xmpmeta>'
        '<?xpacket end="w"?>'
    ).encode()


def exif(tags: dict[int, str | bytes], camera: dict[int, bytes] | None = None, small: bytes = b"") -> bytes:
    """Return EXIF, as TIFF without a picture: its tags, those of the camera, and a thumbnail."""
    values = {tag: (2, said.encode() + b"\0") if isinstance(said, str) else (1, said) for tag, said in tags.items()}
    inner = {tag: (7, said) for tag, said in (camera or {}).items()}
    head, second = b"II*\0" + struct.pack("<I", 8), 0
    count = len(values) + bool(inner)
    start = 8 + 2 + 12 * count + 4
    body = b""

    def entry(tag: int, kind: int, value: bytes) -> bytes:
        nonlocal body
        place = start + len(body)
        if len(value) > 4:  # noqa: PLR2004 - what fits into the entry itself
            body += value + b"\0" * (len(value) % 2)
            return struct.pack("<HHII", tag, kind, len(value), place)
        return struct.pack("<HHI", tag, kind, len(value)) + value.ljust(4, b"\0")

    entries = [entry(tag, kind, value) for tag, (kind, value) in sorted(values.items())]
    if inner:
        at = start + len(body)
        after = at + 2 + 12 * len(inner) + 4
        rows, data = b"", b""
        for tag, (kind, value) in sorted(inner.items()):
            rows += struct.pack("<HHII", tag, kind, len(value), after + len(data))
            data += value + b"\0" * (len(value) % 2)
        body += struct.pack("<H", len(inner)) + rows + bytes(4) + data
        entries.append(struct.pack("<HHII", 0x8769, 4, 1, at))
    if small:
        second = start + len(body)
        place = second + 2 + 24 + 4
        body += struct.pack("<H", 2) + struct.pack("<HHII", 0x0201, 4, 1, place)
        body += struct.pack("<HHII", 0x0202, 4, 1, len(small)) + bytes(4) + small
    return head + struct.pack("<H", count) + b"".join(entries) + struct.pack("<I", second) + body
