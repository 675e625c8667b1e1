"""Our own eyes on OpenPGP messages: RFC 4880 section 4 (RFC 9580 section 4) packet framing, and nothing cleverer.

Used to check, after every sealing, for which keys a message was really made. A message of another shape than
"session key packets, then one integrity-protected packet" is refused.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, TypeAlias

from gateway.protect.content import FileBytes

PUBLIC_KEY_SESSION_KEY: Final = 1
INTEGRITY_PROTECTED: Final = 18
KNOWN_SEALS: Final = frozenset({1, 2})  # SEIPD version 1 (with MDC) and version 2 (AEAD)

KEPT: Final = 64  # first bytes of a packet: enough for every header we read
WINDOW: Final = 1 << 22  # bytes of a message that are in view at once

Bytes: TypeAlias = bytes | FileBytes
"""A message in memory, or in a file, of which only the framing is looked at."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Packet:
    """One packet; `start` holds its first bytes (at most 64), enough for every header we read."""

    tag: int
    start: bytes


def packets(message: Bytes) -> Iterator[Packet]:
    """Walk over the packets of a binary message; `ValueError` where the framing does not hold."""
    at = 0
    while at < len(message):
        head = message[at]
        if not head & 0x80:
            raise ValueError("not an OpenPGP packet")
        tag = head & 63 if head & 0x40 else (head >> 2) & 15
        start, at = _new(message, at + 1) if head & 0x40 else _old(message, at + 1, head & 3)
        if at > len(message):
            raise ValueError("an OpenPGP packet is cut short")
        yield Packet(tag=tag, start=start)


def _old(message: Bytes, at: int, kind: int) -> tuple[bytes, int]:
    """Return the first bytes of an old-format packet's body and where the packet ends (RFC 4880 section 4.2.1)."""
    if kind == 3:  # noqa: PLR2004 - length type 3 of the RFC: to the end of the message
        return message[at : at + 64], len(message)
    width = (1, 2, 4)[kind]
    size = int.from_bytes(_exactly(message, at, width))
    body = at + width
    return message[body : body + min(size, 64)], body + size


def _new(message: Bytes, at: int) -> tuple[bytes, int]:
    """Return the same for a new-format packet, partial body lengths included (RFC 4880 section 4.2.2)."""
    start = b""
    while True:
        size, body, partial = _length(message, at)
        if len(start) < KEPT:
            start += message[body : body + min(size, KEPT - len(start))]
        elif partial:
            body += _alike(message, at, 1 + size)
        at = body + size
        if not partial:
            return start, at


def _alike(message: Bytes, at: int, stride: int) -> int:
    """Return how many bytes of a message are pieces of one length but the last of them, as a program writes them.

    So the length octets of many are compared at once.
    """
    octets = message[at : min(at + WINDOW, len(message)) : stride]
    count = len(octets) - len(octets.lstrip(octets[:1]))
    return max(0, count - 1) * stride


def _length(message: Bytes, at: int) -> tuple[int, int, bool]:
    """Return a new-format length, where the body begins, and whether more pieces follow."""
    head = message[at : at + 5]  # read at once: a large message has a length every few kilobytes
    first = _octets(head, 0, 1)
    if first < 192:  # noqa: PLR2004 - RFC 4880 section 4.2.2.1
        return first, at + 1, False
    if first < 224:  # noqa: PLR2004 - RFC 4880 section 4.2.2.2
        return ((first - 192) << 8) + _octets(head, 1, 1) + 192, at + 2, False
    if first < 255:  # noqa: PLR2004 - RFC 4880 section 4.2.2.4
        return 1 << (first & 31), at + 1, True
    return _octets(head, 1, 4), at + 5, False


def _octets(head: bytes, at: int, count: int) -> int:
    return int.from_bytes(_exactly(head, at, count))


def _exactly(message: Bytes, at: int, count: int) -> bytes:
    piece = message[at : at + count]
    if len(piece) != count:
        raise ValueError("an OpenPGP packet is cut short")
    return piece


def sealed_for(message: Bytes) -> frozenset[str]:
    """Return the key ids (version 3) or fingerprints (version 6) that a message was sealed for, in capitals.

    Raises `ValueError` when the message is not session key packets followed by exactly one integrity-protected
    packet: a passphrase packet, a clear literal or anything after the seal is refused.
    """
    ids: set[str] = set()
    ended = False
    for packet in packets(message):
        if ended:
            raise ValueError("something follows the sealed data")
        if packet.tag == PUBLIC_KEY_SESSION_KEY:
            ids.add(_recipient(packet.start))
        elif packet.tag == INTEGRITY_PROTECTED and packet.start[:1] and packet.start[0] in KNOWN_SEALS:
            ended = True
        else:
            raise ValueError(f"a packet of kind {packet.tag} does not belong into a sealed message")
    if not ended or not ids:
        raise ValueError("no sealed data, or nobody it is sealed for")
    return frozenset(ids)


def _recipient(start: bytes) -> str:
    """Return whom a session key packet names (RFC 4880 section 5.1, RFC 9580 section 5.1)."""
    if len(start) >= 9 and start[0] == 3:  # noqa: PLR2004 - version 3: eight octets of key id
        return start[1:9].hex().upper()
    if len(start) >= 3 and start[0] == 6 and 3 <= start[1] <= len(start) - 2:  # noqa: PLR2004 - version 6
        return start[3 : 2 + start[1]].hex().upper()
    raise ValueError("a session key packet of an unknown version")
