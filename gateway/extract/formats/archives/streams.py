"""Files that hold one compressed stream.

GZIP (RFC 1952), bzip2, XZ and LZMA (xz-file-format 1.2), Zstandard (RFC 8878), and the `.Z` of compress(1).
Every member is unpacked, and the members make one part, as every reader puts them together. What stands in the headers
and behind the last member is shown too. Growth stops at the room there is.
"""

from __future__ import annotations

import bz2
import io
import lzma
import re
import zlib
from collections.abc import Callable, Iterable, Iterator
from itertools import pairwise
from typing import Final

from gateway.extract import Inner, Limits, media
from gateway.extract.decoding import decode
from gateway.extract.identify import identify
from gateway.extract.libarchive_reader import unpack_filter
from gateway.extract.unpack import (
    CHECKSUM,
    DICTIONARY,
    TRUNCATED,
    Decoder,
    Fault,
    Inflater,
    Room,
    Run,
    room_for,
    unpack,
)
from gateway.model.inspection import Gap, GapKind, Segment, Where

GZIP: Final = b"\x1f\x8b\x08"
HEADER, TRAILER = 10, 8
FHCRC, FEXTRA, FNAME, FCOMMENT = 2, 4, 8, 16
ZSTD_FRAME: Final = b"\x28\xb5\x2f\xfd"
ZSTD_SKIPPED: Final = re.compile(rb"[\x50-\x5f]\x2a\x4d\x18", re.DOTALL)
MOST_BLOCKS: Final = 1_000_000
MOST_MEMBERS: Final = 50_000
MOST_FILES: Final = 100
TOO_MANY: Final = Fault(kind=GapKind.TOO_MANY, detail="members")
PROSE: Final = frozenset({media.TEXT, media.CSV, media.TSV, media.JSON, media.XML, media.UNKNOWN})
Found = Segment | Inner | Gap


class StreamExtractor:
    """Unpacks what holds one file without a directory."""

    name = "stream"
    media_types = frozenset({media.GZIP, media.BZIP2, media.XZ, media.LZMA, media.ZSTD, media.COMPRESS})

    def open(self, data: bytes, limits: Limits) -> Iterable[Found]:
        """Return what was packed, under the name of the file without its ending, and what stands beside it."""
        room = room_for(len(data), limits)
        if data.startswith(GZIP):
            yield from _gzip(data, room)
        elif data.startswith(b"BZh"):
            yield from _members(data, room, bz2.BZ2Decompressor, re.compile(rb"BZh[1-9]"))
        elif data.startswith(b"\xfd7zXZ\0"):
            xz = lambda: lzma.LZMADecompressor(lzma.FORMAT_XZ, DICTIONARY)  # noqa: E731 - a name for a call
            yield from _members(data, room, xz, re.compile(rb"\xfd7zXZ\0"))
        elif data.startswith(ZSTD_FRAME) or ZSTD_SKIPPED.match(data):
            yield from _zstd(data, room)
        elif data.startswith(b"\x1f\x9d"):
            yield from _result(*unpack_filter(data, "compress", room))
        else:
            alone = lambda: lzma.LZMADecompressor(lzma.FORMAT_ALONE, DICTIONARY)  # noqa: E731 - a name for a call
            yield from _members(data, room, alone, re.compile(rb"(?!)"))


def _result(unpacked: bytes, fault: Fault | None) -> Iterator[Found]:
    """Yield what was unpacked, unless it is too much; and what went wrong."""
    if fault:
        yield Gap(part="", kind=fault.kind, detail=fault.detail)
    if unpacked and not (fault and fault.kind is GapKind.TOO_LARGE):
        yield Inner(name="", data=unpacked)


def _behind(data: bytes, at: int) -> Iterator[Inner]:
    """Yield what stands behind the last member, but for the zeros that fill a block."""
    if rest := data[at:].lstrip(b"\0"):
        yield Inner(name="after-end", data=rest)


def _members(data: bytes, room: Room, make: Callable[[], Decoder], magic: re.Pattern[bytes]) -> Iterator[Found]:
    """Unpack streams that follow one another, with zeros between them (XZ 2.2) or none."""
    out, at, starts = io.BytesIO(), 0, [0]
    run = Run(end=0)
    while at < len(data) and not run.fault and (at == 0 or magic.match(data, at)):
        run = unpack(make, data, at, out, room)
        at = run.end
        if magic.match(data, at + len(data[at : at + 1024]) - len(data[at : at + 1024].lstrip(b"\0"))):
            at += len(data[at : at + 1024]) - len(data[at : at + 1024].lstrip(b"\0"))
        starts.append(out.tell())
        if len(starts) > MOST_MEMBERS and not run.fault:
            run = Run(end=at, fault=TOO_MANY)
    yield from _joined(out, starts, run.fault)
    if not run.fault:
        yield from _behind(data, at)


def _joined(out: io.BytesIO, starts: list[int], fault: Fault | None) -> Iterator[Found]:
    """Yield all members as one part, and those by themselves that begin a file of their own in the middle of it."""
    if fault and fault.kind is GapKind.TOO_LARGE:
        yield from _result(b"", fault)
        return
    out.truncate()
    unpacked = out.getvalue()
    yield from _result(unpacked, fault)
    for start, end in pairwise(starts[1 : MOST_FILES + 2]):
        member = unpacked[start:end]
        if not {sighting.media_type for sighting in identify(member)} <= PROSE:
            yield Inner(name="", data=member)


def _gzip(data: bytes, room: Room) -> Iterator[Found]:
    """Unpack every member; its header may hold a name, a comment and further fields (RFC 1952 2.3)."""
    out, at, starts = io.BytesIO(), 0, [0]
    fault: Fault | None = None
    while data.startswith(GZIP, at) and not fault:
        body, said = _gzip_header(data, at)
        yield from said
        begun = out.tell()
        run = unpack(Inflater, data, body, out, room)
        fault, at = run.fault, run.end + TRAILER
        if not fault:
            fault = _gzip_check(out, begun, data[run.end : at])
        starts.append(out.tell())
        if len(starts) > MOST_MEMBERS and not fault:
            fault = TOO_MANY
    yield from _joined(out, starts, fault)
    if not fault or fault is CHECKSUM:
        yield from _behind(data, at)


def _gzip_check(out: io.BytesIO, begun: int, trailer: bytes) -> Fault | None:
    """Hold a member against its trailer: CRC-32 and size (RFC 1952 2.3.1)."""
    if len(trailer) < TRAILER:
        return TRUNCATED
    with out.getbuffer() as view:
        member = view[begun : out.tell()]
        same = zlib.crc32(member).to_bytes(4, "little") + (len(member) & 0xFFFFFFFF).to_bytes(4, "little") == trailer
        member.release()
    return None if same else CHECKSUM


def _gzip_header(data: bytes, start: int) -> tuple[int, list[Segment]]:
    """Return where the body of a member begins, and what its header says."""
    flags, at, said = data[start + 3] if start + 3 < len(data) else 0, start + HEADER, []
    if flags & FEXTRA:
        size = int.from_bytes(data[at : at + 2], "little")
        said.append(Segment(where=Where.PROPERTY, text=_printable(data[at + 2 : at + 2 + size]), name="extra field"))
        at += 2 + size
    for flag, where, name in ((FNAME, Where.ATTACHMENT_NAME, ""), (FCOMMENT, Where.COMMENT, "comment")):
        if flags & flag:
            end = data.find(b"\0", at)
            end = len(data) if end < 0 else end
            said.append(Segment(where=where, text=decode(data[at:end]), name=name))
            at = end + 1
    return at + (2 if flags & FHCRC else 0), [each for each in said if each.text]


def _printable(field: bytes) -> str:
    """Return the text in a field of bytes, line by line."""
    return b"\n".join(re.findall(rb"[\x20-\x7e]{4,}", field)).decode("ascii")


def _zstd(data: bytes, room: Room) -> Iterator[Found]:
    """Unpack the frames as one; those that readers pass over are parts (RFC 8878 3.1.2)."""
    at, frames, count = 0, io.BytesIO(), 0
    while (end := _zstd_end(data, at)) > at:
        count += 1
        if count > MOST_MEMBERS:
            yield Gap(part="", kind=GapKind.TOO_MANY, detail="members")
            return
        if data.startswith(ZSTD_FRAME, at):
            frames.write(memoryview(data)[at:end])
        elif skipped := data[at + 8 : end].strip(b"\0"):
            yield Inner(name="skippable-frame", data=skipped)
        at = end
    if frames.tell():
        yield from _result(*unpack_filter(frames.getvalue(), "zstd", room))
    yield from _behind(data, at)


def _zstd_end(data: bytes, at: int) -> int:
    """Return where the frame at `at` ends; `at` itself when there is none (RFC 8878 3.1.1)."""
    if ZSTD_SKIPPED.match(data, at):
        return min(len(data), at + 8 + int.from_bytes(data[at + 4 : at + 8], "little"))
    if not data.startswith(ZSTD_FRAME, at) or at + 5 > len(data):
        return at
    described = data[at + 4]
    single = described >> 5 & 1
    end = at + 5 + (not single) + (0, 1, 2, 4)[described & 3] + (single, 2, 4, 8)[described >> 6]
    for _ in range(MOST_BLOCKS):
        block = int.from_bytes(data[end : end + 3], "little")
        end += 3 + (1 if block >> 1 & 3 == 1 else block >> 3)
        if block & 1 or end >= len(data):
            break
    else:
        return len(data)  # more blocks than any file has: what stands behind them is left to the unpacking
    return min(len(data), end + (4 if described & 4 else 0))
