"""Archives made in memory: by libraries where one writes the format, by hand where none does."""

from __future__ import annotations

import binascii
import io
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Mapping
from typing import Final

import libarchive
from libarchive import ffi

Files = Mapping[str, bytes]
RAR_4: Final = b"Rar!\x1a\x07\x00"
RAR_5: Final = b"Rar!\x1a\x07\x01\x00"


def by_libarchive(files: Files, kind: str, pack: str | None = None, options: str = "") -> bytes:
    """Return an archive that libarchive writes: `7zip`, `cpio`, `ar_bsd`, `pax`; as `raw` one file alone."""
    written = io.BytesIO()
    ffi.get_write_format_function(kind)
    with libarchive.custom_writer(written.write, kind, pack, options=options) as archive:
        for name, content in files.items():
            archive.add_file_from_memory(name, len(content), content)
    return written.getvalue()


def zipped(files: Files, comment: str = "", comments: Mapping[str, str] | None = None) -> bytes:
    """Return a ZIP with comments."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.comment = comment.encode()
        for name, content in files.items():
            entry = zipfile.ZipInfo(name)
            entry.comment = (comments or {}).get(name, "").encode()
            archive.writestr(entry, content, zipfile.ZIP_DEFLATED)
    return target.getvalue()


def tarred(files: Files, kind: int = tarfile.PAX_FORMAT, records: Mapping[str, str] | None = None) -> bytes:
    """Return a TAR; `records` go into the pax header of each file."""
    target = io.BytesIO()
    with tarfile.open(fileobj=target, mode="w", format=kind) as archive:
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.size, member.pax_headers = len(content), dict(records or {})
            archive.addfile(member, io.BytesIO(content))
    return target.getvalue()


def gzipped(content: bytes, name: str = "", comment: str = "", extra: bytes = b"") -> bytes:
    """Return one member of GZIP with everything its header can hold (RFC 1952 2.3)."""
    flags = 4 * bool(extra) + 8 * bool(name) + 16 * bool(comment)
    fields = struct.pack("<H", len(extra)) + extra if extra else b""
    fields += b"".join(text.encode("latin-1") + b"\0" for text in (name, comment) if text)
    packed = zlib.compressobj(9, zlib.DEFLATED, -15)
    body = packed.compress(content) + packed.flush()
    trailer = struct.pack("<LL", zlib.crc32(content), len(content) & 0xFFFFFFFF)
    return b"\x1f\x8b\x08" + bytes([flags]) + bytes(6) + fields + body + trailer


def rar_4(files: Files, comment: str = "", *, main: int = 0, flags: int = 0, version: int = 20) -> bytes:
    """Return a RAR 4 archive whose files are stored; `main` and `flags` are those of the archive and of each file."""
    blocks = _block_4(0x73, main, bytes(6))
    if comment:
        blocks += _file_4(0x7A, 0x8000, version, b"CMT", comment.encode())
    for name, content in files.items():
        blocks += _file_4(0x74, 0x8000 | flags, version, name.replace("/", "\\").encode(), content)
    return RAR_4 + blocks + _block_4(0x7B, 0x4000, b"")


def _file_4(kind: int, flags: int, version: int, name: bytes, content: bytes) -> bytes:
    """Return a block of RAR 4 that holds something."""
    head = struct.pack("<2LBLLBBHL", len(content), len(content), 3, zlib.crc32(content), 0x21 << 16, version, 0x30,
                       len(name), 0o644)  # fmt: skip
    return _block_4(kind, flags, head + name) + content


def _block_4(kind: int, flags: int, head: bytes) -> bytes:
    """Return a header of RAR 4 with its checksum."""
    rest = struct.pack("<BHH", kind, flags, 7 + len(head)) + head
    return struct.pack("<H", binascii.crc32(rest) & 0xFFFF) + rest


def rar_5(files: Files, comment: str = "", *, archive_flags: int = 0, extra: bytes = b"") -> bytes:
    """Return a RAR 5 archive whose files are stored; `extra` is the area of records of each file."""
    blocks = _block_5(1, vint(archive_flags), b"", b"")
    if comment:
        blocks += _file_5(3, b"CMT", comment.encode(), b"")
    for name, content in files.items():
        blocks += _file_5(2, name.encode(), content, extra)
    return RAR_5 + blocks + _block_5(5, vint(0), b"", b"")


def _file_5(kind: int, name: bytes, content: bytes, extra: bytes) -> bytes:
    """Return a block of RAR 5 that holds something."""
    head = vint(4) + vint(len(content)) + vint(0o100644) + struct.pack("<L", zlib.crc32(content))
    return _block_5(kind, head + vint(0) + vint(1) + vint(len(name)) + name, content, extra)


def _block_5(kind: int, head: bytes, content: bytes, extra: bytes) -> bytes:
    """Return a header of RAR 5 with its checksum, and what it holds."""
    flags = bool(extra) + 2 * bool(content)
    sizes = (vint(len(extra)) if extra else b"") + (vint(len(content)) if content else b"")
    rest = vint(kind) + vint(flags) + sizes + head + extra
    rest = vint(len(rest)) + rest
    return struct.pack("<L", binascii.crc32(rest)) + rest + content


def vint(number: int) -> bytes:
    """Return a number as RAR 5 writes it."""
    octets = bytearray()
    while number > 0x7F:  # noqa: PLR2004 - seven bits an octet
        octets.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*octets, number])


def cabinet(files: Files) -> bytes:
    """Return a CAB of one folder that is not compressed ([MS-CAB] 2)."""
    content = b"".join(files.values())
    entries, at = b"", 0
    for name, data in files.items():
        entries += struct.pack("<LLHHHH", len(data), at, 0, 0x21, 0, 0x80) + name.replace("/", "\\").encode() + b"\0"
        at += len(data)
    block = struct.pack("<LHH", 0, len(content), len(content)) + content
    start = 36 + 8 + len(entries)
    head = struct.pack("<4s5L2B5H", b"MSCF", 0, start + len(block), 0, 44, 0, 3, 1, 1, len(files), 0, 0, 0)
    return head + struct.pack("<LHH", start, 1, 0) + entries + block


def lha(files: Files) -> bytes:
    """Return an LHA archive with headers of level 0, stored."""
    archive = b""
    for name, content in files.items():
        raw = name.replace("/", "\\").encode()
        head = b"-lh0-" + struct.pack("<LLLBBB", len(content), len(content), 0, 0x20, 0, len(raw)) + raw
        head += struct.pack("<H", _crc_16(content))
        archive += bytes([len(head), sum(head) & 0xFF]) + head + content
    return archive + b"\0"


def _crc_16(data: bytes) -> int:
    """Return the checksum of LHA: CRC-16/ARC."""
    crc = 0
    for octet in data:
        crc ^= octet
        for _ in range(8):
            crc = crc >> 1 ^ 0xA001 * (crc & 1)
    return crc


def literal(content: bytes, name: str = "", pack: int = 1) -> bytes:
    """Return an OpenPGP message that is compressed and not encrypted (RFC 9580 5.6, 5.9)."""
    body = b"b" + bytes([len(name)]) + name.encode() + bytes(4) + content
    packet = b"\xcb\xff" + struct.pack(">L", len(body)) + body
    packed = zlib.compressobj(9, zlib.DEFLATED, -15)
    body = b"\x01" + packed.compress(packet) + packed.flush() if pack else b"\0" + packet
    return b"\xc8\xff" + struct.pack(">L", len(body)) + body


def der(tag: int, *pieces: bytes) -> bytes:
    """Return an element of DER."""
    body = b"".join(pieces)
    size = len(body).to_bytes((len(body).bit_length() + 7) // 8 or 1, "big")
    return bytes([tag]) + (bytes([len(body)]) if len(body) < 0x80 else bytes([0x80 | len(size)]) + size) + body  # noqa: PLR2004 - X.690 8.1.3.4


def cms(kind: str, content: bytes) -> bytes:
    """Return CMS data that is wrapped and not encrypted: `signed` (by nobody) or `compressed`."""
    data = der(6, bytes.fromhex("2a864886f70d010701"))
    if kind == "signed":
        inner = der(0x30, der(2, b"\1"), der(0x31), der(0x30, data, der(0xA0, der(4, content))), der(0x31))
        return der(0x30, der(6, bytes.fromhex("2a864886f70d010702")), der(0xA0, inner))
    method = der(0x30, der(6, bytes.fromhex("2a864886f70d0109100308")))
    inner = der(0x30, der(2, b"\0"), method, der(0x30, data, der(0xA0, der(4, zlib.compress(content)))))
    return der(0x30, der(6, bytes.fromhex("2a864886f70d0109100109")), der(0xA0, inner))
