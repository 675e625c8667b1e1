"""The source of macros ([MS-OVBA]): the modules of a VBA project, unpacked."""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping
from typing import Final

from gateway.extract.decoding import decode
from gateway.extract.formats.code_pages import codec_of
from gateway.extract.formats.office97.ole import strings
from gateway.model.inspection import Gap, GapKind, Segment, Where

SIGNATURE: Final = 1
CHUNK: Final = 4096
MOST: Final = 5_000_000  # bytes of source in one project
CODE_PAGE, VERSION, STREAM_NAME, STREAM_NAME_16, OFFSET = 0x03, 0x09, 0x1A, 0x32, 0x31
SOURCE: Final = b"\0Attribut"  # how each module begins, packed
PERFORMANCE: Final = ("__srp_", "_vba_project")


def macros(streams: Mapping[str, bytes]) -> Iterator[Segment | Gap]:
    """Yield the source of every module of a project, by the streams of its storage `VBA`."""
    directory = next((content for name, content in streams.items() if name.lower() == "dir"), b"")
    most = MOST
    try:
        about = unpacked(directory)
        modules, page = _modules(about)
        yield Segment(where=Where.HIDDEN, text=strings(about), name="macro project")
    except (struct.error, ValueError, IndexError):
        modules, page = {}, "cp1252"
        yield Gap(part="dir", kind=GapKind.CORRUPT, detail="macro project")
    for name, content in streams.items():
        if name.lower() == "dir":
            continue
        at = modules.get(name.lower(), content.find(SOURCE) - 3)
        try:
            source = unpacked(content[at:], most) if 0 <= at < len(content) else b""
            most -= len(source)
        except (struct.error, ValueError, IndexError):
            source = b""
        if not source and not name.lower().startswith(PERFORMANCE):
            yield Gap(part=name, kind=GapKind.CORRUPT, detail="macro")
        yield Segment(where=Where.HIDDEN, text=decode(source, page), name="macro")
        compiled = content[:at] if source else content  # what runs may say something else than the source
        yield Segment(where=Where.HIDDEN, text=strings(compiled), name="compiled macro")


def _modules(directory: bytes) -> tuple[dict[str, int], str]:
    """Return where in its stream the source of each module begins, and the encoding ([MS-OVBA] 2.3.4.2)."""
    found, name, page, at = dict[str, int](), "", "cp1252", 0
    while at + 6 <= len(directory):
        kind, size = struct.unpack_from("<HL", directory, at)
        content = directory[at + 6 : at + 6 + size]
        at += 12 if kind == VERSION else 6 + size
        if kind == CODE_PAGE:
            page = codec_of(struct.unpack("<H", content)[0]) or page
        elif kind == STREAM_NAME:
            name = decode(content, page).lower()
        elif kind == STREAM_NAME_16:
            name = content.decode("utf-16-le", "replace").lower() or name
        elif kind == OFFSET:
            (found[name],) = struct.unpack("<L", content)
    return found, page


def unpacked(data: bytes, most: int = MOST) -> bytes:
    """Unpack a compressed container ([MS-OVBA] 2.4.1.3); `ValueError`, `IndexError`, `struct.error` if it is broken."""
    if not data or data[0] != SIGNATURE:
        raise ValueError("no compressed container")
    out, at = bytearray(), 1
    while at + 2 <= len(data):
        (header,) = struct.unpack_from("<H", data, at)
        end = at + (header & 0xFFF) + 3
        if header >> 12 & 7 != 3:  # noqa: PLR2004 - the signature of a chunk
            raise ValueError("no chunk")
        if len(out) > most:
            raise ValueError("a container that swells")
        if header & 0x8000:
            _chunk(data[at + 2 : end], out)
        else:
            out += data[at + 2 : at + 2 + CHUNK]
        at = end
    return bytes(out)


def _chunk(data: bytes, out: bytearray) -> None:
    """Unpack one chunk: letters, and copies of what came before ([MS-OVBA] 2.4.1.3.4)."""
    start, at = len(out), 0
    while at < len(data):
        flags = data[at]
        at += 1
        for bit in range(8):
            if at >= len(data):
                return
            if not flags >> bit & 1:
                out.append(data[at])
                at += 1
                continue
            (token,) = struct.unpack_from("<H", data, at)
            at += 2
            bits = max(4, (len(out) - start - 1).bit_length())
            back, length = (token >> 16 - bits) + 1, (token & 0xFFFF >> bits) + 3
            if back > len(out) - start or len(out) - start + length > CHUNK:
                raise ValueError("a copy of what is not there")
            copy = out[-back:][:length]
            out += (copy * (length // back + 1))[:length]
