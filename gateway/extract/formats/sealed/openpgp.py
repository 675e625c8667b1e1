"""OpenPGP messages (RFC 9580): how they are encrypted, and what is in those that are only signed or compressed."""

from __future__ import annotations

import bz2
import io
from collections.abc import Callable, Iterable, Iterator
from typing import Final

from gateway.extract import Inner, Limits, media
from gateway.extract.decoding import decode
from gateway.extract.packets import (
    COMPRESSED,
    LITERAL,
    LOCKED,
    SECRET_KEY,
    SECRET_SUBKEY,
    SIGNATURE,
    USER_ID,
    USER_PICTURE,
    Packet,
    cipher_of,
    dearmoured,
    packets,
)  # fmt: skip
from gateway.extract.unpack import Decoder, Inflater, room_for, unpack
from gateway.model.inspection import Gap, GapKind, Segment, Where

DEEPEST: Final = 4
NOTATION, POLICY, SIGNER, REASON = 20, 26, 28, 29
TWO_OCTETS, FIVE_OCTETS = 192, 255
ARMOURED: Final = b"-----BEGIN PGP MESSAGE"
Found = Segment | Inner | Gap


class OpenPgpExtractor:
    """Names the cipher of OpenPGP messages, and opens those without one."""

    name = "openpgp"
    media_types = frozenset({media.PGP})

    def open(self, data: bytes, limits: Limits) -> Iterable[Found]:
        """Return what is inside; for what is encrypted a gap with its cipher."""
        raw, rest = data, b""
        if data.lstrip().startswith(ARMOURED):
            raw, headers, rest = dearmoured(data)
            if headers.strip():
                yield Segment(where=Where.COMMENT, text=decode(headers).strip(), name="armour")
            if not raw:
                yield Gap(part="", kind=GapKind.CORRUPT, detail="armour")
        yield from _message(raw, limits, 0)
        if rest := rest.strip(b"\r\n"):
            yield Inner(name="after-end", data=rest)


def _message(data: bytes, limits: Limits, depth: int) -> Iterator[Found]:
    """Yield what the packets of a message hold."""
    at = 0
    found = list(packets(data))
    if any(packet.tag in LOCKED for packet in found):
        yield Gap(part="", kind=GapKind.ENCRYPTED, detail=cipher_of(data, found))
    for packet in found:
        at = packet.after
        if not packet.is_whole and packet.tag not in LOCKED:
            yield Gap(part="", kind=GapKind.CORRUPT, detail="truncated")
        if packet.tag == COMPRESSED:
            yield from _inflated(packet.body(data), limits, depth)
        elif packet.tag == LITERAL:
            yield from _literal(packet.body(data))
        else:
            yield from _said(data, packet)
    if rest := data[at:].strip(b"\0\r\n"):
        yield Inner(name="after-end", data=rest)


def _inflated(body: bytes, limits: Limits, depth: int) -> Iterator[Found]:
    """Yield what a compressed packet holds (5.6): the packets of a message."""
    decoders: dict[int, Callable[[], Decoder]] = {
        1: Inflater, 2: lambda: Inflater(15), 3: bz2.BZ2Decompressor,
    }  # fmt: skip
    method = body[0] if body else 0
    if method and method not in decoders:
        yield Gap(part="", kind=GapKind.UNSUPPORTED, detail="compression")
        return
    if depth >= DEEPEST:
        yield Gap(part="", kind=GapKind.TOO_DEEP, detail="packets")
        return
    inner = body[1:]
    if method:
        out = io.BytesIO()
        run = unpack(decoders[method], body, 1, out, room_for(len(body), limits))
        if run.fault:
            yield Gap(part="", kind=run.fault.kind, detail=run.fault.detail)
            if run.fault.kind is GapKind.TOO_LARGE:
                return
        inner = out.getvalue()
    yield from _message(inner, limits, depth + 1)


def _literal(body: bytes) -> Iterator[Found]:
    """Yield the content of a literal packet, and the name it came with (5.9)."""
    length = body[1] if len(body) > 1 else 0
    name = body[2 : 2 + length]
    if name and name != b"_CONSOLE":
        yield Segment(where=Where.ATTACHMENT_NAME, text=decode(name))
    yield Inner(name="", data=body[2 + length + 4 :])


def _said(data: bytes, packet: Packet) -> Iterator[Found]:
    """Yield the words in packets about keys and signatures."""
    if packet.tag == USER_ID:
        yield Segment(where=Where.PROPERTY, text=decode(packet.body(data)), name="user id")
    elif packet.tag == USER_PICTURE:
        picture = packet.body(data).partition(b"\xff\xd8\xff")
        yield Inner(name="picture.jpg", data=picture[1] + picture[2])
    elif packet.tag in {SECRET_KEY, SECRET_SUBKEY}:
        yield Gap(part="", kind=GapKind.UNSUPPORTED, detail="OpenPGP secret key")
    elif packet.tag == SIGNATURE:
        for kind, text in _notes(packet.body(data)):
            yield Segment(where=Where.PROPERTY, text=text, name=kind)


def _notes(body: bytes) -> Iterator[tuple[str, str]]:
    """Yield what a signature says in words (5.2.3): notations, policies, who signed and why."""
    if not body or body[0] not in {4, 5, 6}:
        return
    wide = 4 if body[0] == 6 else 2  # noqa: PLR2004 - version 6 counts in four octets
    at = 4
    for _ in range(2):  # the hashed subpackets, and the others
        end = at + wide + int.from_bytes(body[at : at + wide], "big")
        at += wide
        while at < min(end, len(body)):
            size, at = _length(body, at)
            kind, said = body[at] & 0x7F if at < len(body) else 0, body[at + 1 : min(at + size, end)]
            if kind == NOTATION:
                yield "notation", decode(said[8:])
            elif kind in {POLICY, SIGNER, REASON}:
                yield "signature", decode(said)
            at += max(1, size)
        at = end


def _length(body: bytes, at: int) -> tuple[int, int]:
    """Return the length of a subpacket and where it begins (5.2.3.7): as those of packets, but never in parts."""
    first = body[at]
    if first < TWO_OCTETS:
        return first, at + 1
    if first < FIVE_OCTETS:
        return ((first - TWO_OCTETS) << 8) + (body[at + 1] if at + 1 < len(body) else 0) + TWO_OCTETS, at + 2
    return int.from_bytes(body[at + 1 : at + 5], "big"), at + 5
