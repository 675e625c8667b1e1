"""RTF as MAPI keeps it ([MS-OXRTFCP]): LZ77 over a window of 4,096 bytes that begins with common RTF."""

from __future__ import annotations

import struct
from typing import Final

WINDOW: Final = 4096
START: Final = (
    rb"{\rtf1\ansi\mac\deff0\deftab720{\fonttbl;}{\f0\fnil \froman \fswiss \fmodern \fscript \fdecor MS Sans Serif"
    rb"SymbolArialTimes New RomanCourier{\colortbl\red0\green0\blue0"
    b"\r\n"
    rb"\par \pard\plain\f0\fs20\b\i\u\tab\tx"
)
PACKED, PLAIN = b"LZFu", b"MELA"
HEADER: Final = 16
LITERALS: Final = 8


class NotCompressedRtf(ValueError):
    """Neither compressed RTF, nor RTF in its wrapper."""


class TooMuch(ValueError):
    """More than was allowed comes out."""


def decompressed(data: bytes, most: int) -> bytes:
    """Return the RTF; `NotCompressedRtf`, or `TooMuch` beyond `most` bytes. The checksum is not looked at."""
    if len(data) < HEADER:
        raise NotCompressedRtf
    _, size, kind = struct.unpack_from("<II4s", data)
    if kind == PLAIN:
        return data[HEADER:]
    if kind != PACKED:
        raise NotCompressedRtf
    out = _inflated(data, most)
    return out[:size] if size and not out[size:].strip(b"\0") else out  # what is beyond the size said is kept


def _inflated(data: bytes, most: int) -> bytes:
    """Follow the control bytes to the mark of the end, or to the end of what there is."""
    out, at, total = bytearray(START), HEADER, len(data)
    while at < total:
        control = data[at]
        at += 1
        if not control:
            out += data[at : at + LITERALS]
            at += LITERALS
            continue
        for bit in range(8):
            if at >= total:
                break
            if not control >> bit & 1:
                out.append(data[at])
                at += 1
                continue
            token = int.from_bytes(data[at : at + 2], "big")
            at += 2
            distance = (len(out) - (token >> 4)) % WINDOW
            if not distance:
                return bytes(out[len(START) :])
            _copy(out, distance, (token & 15) + 2)
        if len(out) > most:
            raise TooMuch
    return bytes(out[len(START) :])


def _copy(out: bytearray, distance: int, length: int) -> None:
    """Repeat what stands `distance` back; before the window's beginning there are zeros."""
    start = len(out) - distance
    if start < 0:
        out += bytes(min(-start, length))
        length -= min(-start, length)
        start = 0
    piece = out[start : start + length]
    if len(piece) < length:  # it repeats itself
        piece *= -(-length // len(piece)) if piece else 0
    out += piece[:length]
