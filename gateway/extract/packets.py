"""OpenPGP packets (RFC 9580 4): what they are and where they end, and how a message is encrypted by their account."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

PKESK, SIGNATURE, SKESK, ONE_PASS, SECRET_KEY, PUBLIC_KEY, SECRET_SUBKEY, COMPRESSED = 1, 2, 3, 4, 5, 6, 7, 8
SED, MARKER, LITERAL, TRUST, USER_ID, PUBLIC_SUBKEY, USER_PICTURE, SEIPD, AEAD, PADDING = (
    9, 10, 11, 12, 13, 14, 17, 18, 20, 21,
)  # fmt: skip
LOCKED: Final = frozenset({PKESK, SKESK, SED, SEIPD, AEAD})
KNOWN: Final = LOCKED | {
    SIGNATURE, ONE_PASS, SECRET_KEY, PUBLIC_KEY, SECRET_SUBKEY, COMPRESSED, MARKER, LITERAL, TRUST, USER_ID,
    PUBLIC_SUBKEY, USER_PICTURE, PADDING,
}  # fmt: skip
OPENS: Final = LOCKED | {SIGNATURE, ONE_PASS, SECRET_KEY, PUBLIC_KEY, COMPRESSED, MARKER, LITERAL}
CIPHERS: Final = {  # 9.3
    1: "IDEA", 2: "3DES", 3: "CAST5", 4: "Blowfish", 7: "AES-128", 8: "AES-192", 9: "AES-256", 10: "Twofish-256",
    11: "Camellia-128", 12: "Camellia-192", 13: "Camellia-256",
}  # fmt: skip
ORDER: Final = ("IDEA", "3DES", "CAST5", "Blowfish", "AES-128", "Camellia-128", "AES-192", "Camellia-192",
                "Camellia-256", "Twofish-256", "AES-256")  # fmt: skip
UNTOLD: Final = "OpenPGP"
MOST: Final = 100_000
ARMOUR: Final = re.compile(
    rb"-----BEGIN PGP (MESSAGE[^\r\n-]{0,40})-----[ \t]*\r?\n(?P<headers>(?:[A-Za-z]+:[^\r\n]*\r?\n)*)\s*"
    rb"(?P<body>[^-]*)(?:-----END PGP \1-----)?"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Packet:
    """One packet. `pieces` are the stretches of its body: one, or several where its length comes in parts (4.2.1.4)."""

    tag: int
    pieces: tuple[tuple[int, int], ...]
    after: int
    is_whole: bool

    def body(self, data: bytes) -> bytes:
        """Return the body."""
        return b"".join(data[start:end] for start, end in self.pieces)

    def head(self, data: bytes, size: int) -> bytes:
        """Return the first octets of the body."""
        start, end = self.pieces[0] if self.pieces else (0, 0)
        return data[start : min(end, start + size)]


def packet_at(data: bytes, at: int) -> Packet | None:
    """Return the packet whose header stands at `at`; None where there is none."""
    first = data[at] if at < len(data) else 0
    if not first & 0x80:
        return None
    if first & 0x40:
        return _new(data, at + 1, first & 0x3F)
    size = (1, 2, 4, 0)[first & 3]
    start = at + 1 + size
    end = start + int.from_bytes(data[at + 1 : start], "big") if size else len(data)
    return _packet(first >> 2 & 0xF, [(start, end)], end, len(data))


def _packet(tag: int, pieces: Sequence[tuple[int, int]], after: int, size: int) -> Packet:
    """Return a packet, cut where the data ends."""
    kept = tuple((min(start, size), min(end, size)) for start, end in pieces)
    return Packet(tag=tag, pieces=kept, after=min(after, size), is_whole=after <= size)


def _new(data: bytes, at: int, tag: int) -> Packet | None:
    """Return a packet with a length of the new format (4.2.1)."""
    pieces: list[tuple[int, int]] = []
    for _ in range(MOST):
        if at >= len(data):
            break
        first = data[at]
        is_last = not 224 <= first < 255  # noqa: PLR2004 - 4.2.1.4: a part of a length
        if first < 192:  # noqa: PLR2004 - 4.2.1.1
            at, size = at + 1, first
        elif first < 224:  # noqa: PLR2004 - 4.2.1.2
            size = ((first - 192) << 8) + (data[at + 1] if at + 1 < len(data) else 0) + 192
            at += 2
        elif is_last:
            at, size = at + 5, int.from_bytes(data[at + 1 : at + 5], "big")
        else:
            at, size = at + 1, 1 << (first & 0x1F)
        pieces.append((at, at + size))
        at += size
        if is_last:
            return _packet(tag, pieces, at, len(data))
    return _packet(tag, pieces, len(data) + 1, len(data))


def packets(data: bytes, at: int = 0) -> Iterator[Packet]:
    """Yield the packets that follow one another, up to what is none."""
    for _ in range(MOST):
        packet = packet_at(data, at)
        if packet is None or packet.tag not in KNOWN:
            return
        yield packet
        at = packet.after


def is_openpgp(data: bytes) -> bool:
    """Say whether a file is made of OpenPGP packets: it begins with a session key, or is packets to its last octet."""
    first = packet_at(data, 0)
    if first is None or first.tag not in OPENS or len(data) < 16:  # noqa: PLR2004 - no message is shorter
        return False
    version = first.head(data, 2)
    if first.tag in {PKESK, SKESK}:
        return version[:1] in ({b"\x02", b"\x03", b"\x06"} if first.tag == PKESK else {b"\x04", b"\x05", b"\x06"})
    expected = {
        SIGNATURE: b"\2\3\4\5\6", ONE_PASS: b"\3\6", SECRET_KEY: b"\2\3\4\5\6", PUBLIC_KEY: b"\2\3\4\5\6",
        COMPRESSED: b"\0\1\2\3", LITERAL: b"btulm1", SEIPD: b"\1\2", AEAD: b"\1", MARKER: b"P",
    }  # fmt: skip
    if first.tag in expected and (not version or version[0] not in expected[first.tag]):
        return False
    return _is_chain(data)


def _is_chain(data: bytes) -> bool:
    """Say whether packets fill a file: that is told by their lengths alone."""
    at, last = 0, True
    for packet in packets(data):
        at, last = packet.after, packet.is_whole
    return at >= len(data) and last


def cipher_of(data: bytes, found: Sequence[Packet]) -> str:
    """Name the weakest cipher that a message shows it is encrypted with; `OpenPGP` where it does not show all.

    Data of version 2 shows it (5.13.2), and so does a password's packet that holds no key of its own (5.3). Behind a
    public key alone it is hidden (5.1). Data without any integrity (5.7) is not called by its cipher's strength.
    """
    bulk, keys, is_hidden = "", [], False
    for packet in found:
        head = packet.head(data, 3)
        if packet.tag in {SEIPD, AEAD}:
            is_telling = len(head) > 1 and (packet.tag == AEAD or head[0] == 2)  # noqa: PLR2004 - version 2
            bulk = CIPHERS.get(head[1], "") if is_telling else ""
        elif packet.tag == SKESK and len(head) > 2:  # noqa: PLR2004 - version, cipher and more
            keys.append(CIPHERS.get(head[1] if head[0] < 6 else head[2], ""))  # noqa: PLR2004 - version 6 has a count first
            is_hidden |= _has_own_key(packet.head(data, 64), packet.body(data))
        elif packet.tag == PKESK:
            is_hidden = True
        elif packet.tag == SED:
            return UNTOLD
    told = [bulk, *keys] if bulk else [] if is_hidden or not keys else keys
    return min(told, key=ORDER.index) if told and all(each in ORDER for each in told) else UNTOLD


def _has_own_key(head: bytes, body: bytes) -> bool:
    """Say whether a password's packet of version 4 wraps a key, so that the data's cipher is hidden in it."""
    lengths = {0: 2, 1: 10, 3: 11, 4: 20}  # 3.7.1: the specifiers that make a key of a password
    return head[0] == 4 and len(body) > 2 + lengths.get(head[2], 0)  # noqa: PLR2004 - version 4; two octets come first


def dearmoured(text: bytes) -> tuple[bytes, bytes, bytes]:
    """Return the packets, the headers, and the rest of an armoured message (6.2)."""
    found = ARMOUR.match(text.lstrip())
    if not found:
        return b"", b"", text
    lines = [line.strip() for line in found["body"].splitlines()]
    kept = b"".join(line for line in lines if line and not (line.startswith(b"=") and len(line) == 5))  # noqa: PLR2004 - 6.1: the checksum
    kept = re.sub(rb"[^A-Za-z0-9+/]", b"", kept)
    try:
        raw = base64.b64decode(kept + b"=" * (-len(kept) % 4))
    except binascii.Error:
        raw = base64.b64decode(kept[: len(kept) & ~3])
    return raw, found["headers"], text.lstrip()[found.end() :]
