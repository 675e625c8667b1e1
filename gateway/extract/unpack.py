"""Compressed streams, unpacked step by step: never more than there is room for, and what came out before a fault.

Deflate (RFC 1951), bzip2 and LZMA (liblzma) by Python's own bindings, which all take a bound for each step.
"""

from __future__ import annotations

import io
import lzma
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Protocol

from gateway.extract import ROOM, Limits
from gateway.model.inspection import GapKind

INPUT: Final = 1 << 16
STEP: Final = 1 << 20
FINE: Final = 64
DICTIONARY: Final = 160 << 20
"""Memory for one LZMA dictionary: `xz -9` takes 65 MB, the format allows 4 GB."""

TROUBLE: Final = (zlib.error, lzma.LZMAError, OSError, EOFError, ValueError)


class Decoder(Protocol):
    """What `bz2` and `lzma` offer; deflate comes in the same shape."""

    @property
    def eof(self) -> bool:
        """Say whether the stream has ended."""

    @property
    def needs_input(self) -> bool:
        """Say whether nothing more comes without more input."""

    @property
    def unused_data(self) -> bytes:
        """Return what was given beyond the end."""

    def decompress(self, data: bytes, max_length: int = -1, /) -> bytes:
        """Return the next bytes, at most so many."""


class Inflater:
    """Raw deflate; `bits` as zlib has it, for the formats around it."""

    def __init__(self, bits: int = -15) -> None:
        self._inner = zlib.decompressobj(bits)
        self._full = False

    @property
    def eof(self) -> bool:
        """Say whether the stream has ended."""
        return self._inner.eof

    @property
    def needs_input(self) -> bool:
        """Say whether nothing more comes without more input."""
        return not self._full and not self._inner.unconsumed_tail

    @property
    def unused_data(self) -> bytes:
        """Return what was given beyond the end."""
        return self._inner.unused_data

    def decompress(self, data: bytes, max_length: int = -1, /) -> bytes:
        """Return the next bytes, at most so many."""
        tail = self._inner.unconsumed_tail
        piece = self._inner.decompress(tail + data if tail else data, max_length)
        self._full = len(piece) == max_length
        return piece


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """Why a stream was not unpacked in full, in the words of a gap."""

    kind: GapKind
    detail: str


TRUNCATED: Final = Fault(kind=GapKind.CORRUPT, detail="truncated")
DAMAGED: Final = Fault(kind=GapKind.CORRUPT, detail="damaged")
CHECKSUM: Final = Fault(kind=GapKind.CORRUPT, detail="checksum")


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """What came of one stream: where it ended in the input, and what went wrong."""

    end: int
    fault: Fault | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """How many bytes something may grow to, and the limit that says so."""

    size: int
    limit: str

    @property
    def fault(self) -> Fault:
        """Return the fault of what outgrows it."""
        return Fault(kind=GapKind.TOO_LARGE, detail=self.limit)


def room_for(packed: int, limits: Limits, spent: int = 0) -> Room:
    """Return to how much `packed` bytes may grow when others took `spent`: the tightest limit of three."""
    sizes = {
        "ratio": max(ROOM, limits.ratio * packed),
        "part_size": limits.part_size,
        "total_size": limits.total_size - spent,
    }
    limit = min(sizes, key=lambda name: sizes[name])
    return Room(size=max(0, sizes[limit]), limit=limit)


def unpack(make: Callable[[], Decoder], data: bytes, start: int, out: io.BytesIO, room: Room) -> Run:
    """Unpack one stream of `data` from `start` on to the end of `out`, which may grow to what the room holds.

    Where the stream is damaged, it is unpacked once more in fine steps, so that what stands before the damage is kept.
    """
    begun = out.tell()
    try:
        return _pump(make(), data, start, out, room, begun + room.size)
    except TROUBLE as trouble:
        if "memory" in str(trouble).lower():
            return Run(end=start, fault=Fault(kind=GapKind.TOO_LARGE, detail="memory"))
    coarse = out.tell()
    out.seek(begun)
    try:
        return _pump(make(), data, start, out, room, coarse)
    except TROUBLE:
        return Run(end=start, fault=DAMAGED)


def _pump(decoder: Decoder, data: bytes, start: int, out: io.BytesIO, room: Room, coarse: int) -> Run:
    """Feed and drain a decoder: in large steps until `out` is `coarse` bytes long, in fine ones after that."""
    view, at = memoryview(data), start
    while not decoder.eof:
        given = b""
        if decoder.needs_input:
            if at >= len(view):
                return Run(end=at, fault=TRUNCATED)
            given = bytes(view[at : at + INPUT])
            at += len(given)
        ahead = coarse - out.tell()
        most = max(1, min(STEP, room.size + 1 - out.tell()))
        out.write(decoder.decompress(given, min(most, ahead) if ahead > 0 else min(most, FINE)))
        if out.tell() > room.size:
            return Run(end=at, fault=room.fault)
    return Run(end=at - len(decoder.unused_data))
