"""A transparency log's arithmetic and formats, without a disk: RFC 6962 tree, C2SP tiles, signed checkpoints.

tree        RFC 6962, 2.1: SHA-256, leaf = H(0x00 || entry), node = H(0x01 || left || right)
tiles       c2sp.org/tlog-tiles: height 8, `tile/<level>/<n>`, `tile/entries/<n>`, a partial one at `<n>.p/<width>`
checkpoint  c2sp.org/tlog-checkpoint in c2sp.org/signed-note, Ed25519
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from gateway.errors import Damaged

WIDTH: Final = 256
HASH: Final = 32
LONGEST: Final = 65535
"""Bytes in an entry: its length is written in two."""

ED25519: Final = b"\x01"
EMPTY: Final = hashlib.sha256(b"").digest()
ORIGIN: Final = re.compile(r"[^\s+]+")
KEY_LINE: Final = re.compile(r"(?P<name>[^\s+]+)\+(?P<id>[0-9a-f]{8})\+(?P<key>[A-Za-z0-9+/=]+)")
SIGNATURE: Final = re.compile("\u2014 ".encode() + rb"(?P<name>[^\s+]+) (?P<signature>[A-Za-z0-9+/=]+)")
SIZE: Final = re.compile(r"0|[1-9][0-9]{0,17}")

File = tuple[str, bytes]
"""A file of the log: its path below the log's folder, and its content."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpoint:
    """What a signed checkpoint says: so many entries, under this root."""

    origin: str
    size: int
    root: bytes


def leaf_hash(entry: bytes) -> bytes:
    """Return the hash of an entry."""
    return hashlib.sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return the hash of two subtrees."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def tile_name(number: int) -> str:
    """Return a tile's number as a path: 1234067 is `x001/x234/067`."""
    groups = [f"{number % 1000:03d}"]
    while number := number // 1000:
        groups.append(f"x{number % 1000:03d}")
    return "/".join(reversed(groups))


def tile_path(level: int | str, number: int, width: int = WIDTH) -> str:
    """Return the path of a tile, or of a bundle where `level` is `entries`."""
    partial = "" if width == WIDTH else f".p/{width}"
    return f"tile/{level}/{tile_name(number)}{partial}"


def pack(entries: Sequence[bytes]) -> bytes:
    """Return a bundle: each entry behind its length in two bytes."""
    return b"".join(struct.pack(">H", len(entry)) + entry for entry in entries)


def unpack(bundle: bytes, count: int) -> list[bytes]:
    """Return the entries of a bundle; `ValueError` when they are not exactly `count`."""
    entries, at = [], 0
    for _ in range(count):
        (length,) = struct.unpack(">H", bundle[at : at + 2].rjust(2, b"\xff"))
        entry = bundle[at + 2 : at + 2 + length]
        if len(entry) != length:
            raise ValueError("cut short")
        entries.append(entry)
        at += 2 + length
    if at != len(bundle):
        raise ValueError("too long")
    return entries


@dataclass(slots=True, kw_only=True)
class Tree:
    """The right edge of a growing tree: what is needed to append, and no more.

    `levels` holds the hashes of each level's unfinished tile, `bundle` the entries of the unfinished bundle.
    """

    size: int = 0
    bundle: list[bytes] = field(default_factory=list)
    levels: list[list[bytes]] = field(default_factory=list)

    def append(self, entry: bytes) -> list[File]:
        """Append an entry; return the full tiles and bundles that it completes."""
        if len(entry) > LONGEST:
            raise ValueError("an entry has at most 65535 bytes")
        completed: list[File] = []
        self.size += 1
        self.bundle.append(entry)
        if len(self.bundle) == WIDTH:
            completed.append((tile_path("entries", (self.size >> 8) - 1), pack(self.bundle)))
            self.bundle = []
        self._push(0, leaf_hash(entry), completed)
        return completed

    def _push(self, level: int, digest: bytes, completed: list[File]) -> None:
        if level == len(self.levels):
            self.levels.append([])
        tile = self.levels[level]
        tile.append(digest)
        if len(tile) == WIDTH:
            completed.append((tile_path(level, (self.size >> 8 * (level + 1)) - 1), b"".join(tile)))
            self.levels[level] = []
            self._push(level + 1, _fold([(0, one) for one in tile]), completed)

    def partials(self) -> list[File]:
        """Return the unfinished bundle and tiles as files."""
        found: list[File] = []
        if self.bundle:
            found.append((tile_path("entries", self.size >> 8, len(self.bundle)), pack(self.bundle)))
        found += [
            (tile_path(level, self.size >> 8 * (level + 1), len(tile)), b"".join(tile))
            for level, tile in enumerate(self.levels)
            if tile
        ]
        return found

    def root(self) -> bytes:
        """Return the root of the whole tree."""
        edge = [(8 * level, one) for level in reversed(range(len(self.levels))) for one in self.levels[level]]
        return _fold(edge) if edge else EMPTY


def _fold(subtrees: Sequence[tuple[int, bytes]]) -> bytes:
    """Return the root over complete subtrees (height, hash), given from left to right, none higher than one before."""
    stack: list[tuple[int, bytes]] = []
    for given, digest in subtrees:
        height, here = given, digest
        while stack and stack[-1][0] == height:
            height, here = height + 1, node_hash(stack.pop()[1], here)
        stack.append((height, here))
    _, root = stack.pop()
    while stack:
        root = node_hash(stack.pop()[1], root)
    return root


def edge_files(size: int) -> Iterator[tuple[int | str, str, int]]:
    """Return (level, path, width) of the partial bundle and tiles that a tree of `size` entries ends in."""
    if width := size % WIDTH:
        yield "entries", tile_path("entries", size >> 8, width), width
    level = 0
    while count := size >> 8 * level:
        if width := count % WIDTH:
            yield level, tile_path(level, count >> 8, width), width
        level += 1


def key_id(name: str, public: bytes) -> bytes:
    """Return the four bytes by which a signature names its key (signed-note)."""
    return hashlib.sha256(name.encode() + b"\n" + ED25519 + public).digest()[:4]


def public_bytes(key: Ed25519PrivateKey | Ed25519PublicKey) -> bytes:
    """Return the 32 bytes of a public key."""
    public = key.public_key() if isinstance(key, Ed25519PrivateKey) else key
    return public.public_bytes(Encoding.Raw, PublicFormat.Raw)


def verifier_key(origin: str, key: Ed25519PrivateKey) -> str:
    """Return the line by which anybody can check the log's checkpoints: `<origin>+<key id>+<key>`."""
    if not ORIGIN.fullmatch(origin):
        raise ValueError("an origin has no white space and no plus sign")
    public = public_bytes(key)
    return f"{origin}+{key_id(origin, public).hex()}+{_encode(ED25519 + public)}"


def sign(checkpoint: Checkpoint, key: Ed25519PrivateKey) -> bytes:
    """Return the checkpoint as a signed note."""
    text = _text(checkpoint)
    signature = key_id(checkpoint.origin, public_bytes(key)) + key.sign(text)
    return text + f"\n\u2014 {checkpoint.origin} {_encode(signature)}\n".encode()


def open_checkpoint(note: bytes, verifier: str) -> Checkpoint:
    """Return what a signed note says; `Damaged` unless the key of the verifier line signed exactly that."""
    name, identity, public = _read_verifier(verifier)
    text, signatures = _read_note(note)
    ours = [signature for signer, signature in signatures if (signer, signature[:4]) == (name.encode(), identity)]
    if len(ours) != 1:
        raise Damaged(
            "the checkpoint is not signed by the ledger's key", hint="is this the verifier key of this ledger?"
        )
    try:
        public.verify(ours[0][4:], text)
    except InvalidSignature:
        raise Damaged("the checkpoint's signature does not verify") from None
    return _read_text(text, name)


def _read_note(note: bytes) -> tuple[bytes, list[tuple[bytes, bytes]]]:
    """Return a note's text and its signatures: (name, key id and signature). Others may have signed it too."""
    text, blank, block = note.rpartition(b"\n\n")
    *lines, end = block.split(b"\n")
    matches = [SIGNATURE.fullmatch(line) for line in lines]
    signatures = [(match["name"], _decode(match["signature"])) for match in matches if match]
    if not blank or end or len(signatures) != len(lines) or not all(content for _, content in signatures):
        raise Damaged("the checkpoint does not read as a signed note")
    return text + b"\n", signatures


def _text(checkpoint: Checkpoint) -> bytes:
    return f"{checkpoint.origin}\n{checkpoint.size}\n{_encode(checkpoint.root)}\n".encode()


def _read_text(text: bytes, name: str) -> Checkpoint:
    lines = text.decode(errors="replace").split("\n")
    if len(lines) == 4 and SIZE.fullmatch(lines[1]):  # noqa: PLR2004 - origin, size, root and the end of the last line
        found = Checkpoint(origin=lines[0], size=int(lines[1]), root=_decode(lines[2].encode()))
        if found.origin == name and _text(found) == text:
            return found
    raise Damaged("the checkpoint is signed but does not read as one")


def _read_verifier(verifier: str) -> tuple[str, bytes, Ed25519PublicKey]:
    match = KEY_LINE.fullmatch(verifier.strip())
    key = _decode(match["key"].encode()) if match else b""
    if match is None or len(key) != HASH + 1 or key[:1] != ED25519:
        raise Damaged("this is no verifier key", hint="it is one line: <origin>+<8 hexadecimal digits>+<base64>")
    if key_id(match["name"], key[1:]).hex() != match["id"]:
        raise Damaged("the verifier key does not fit its own id", hint="copy the whole line again")
    return match["name"], bytes.fromhex(match["id"]), Ed25519PublicKey.from_public_bytes(key[1:])


def _encode(content: bytes) -> str:
    return base64.b64encode(content).decode("ascii")


def _decode(text: bytes) -> bytes:
    """Return base64's content, empty for anything that base64 would not have written itself."""
    try:
        content = base64.b64decode(text, validate=True)
    except (ValueError, binascii.Error):
        return b""
    return content if base64.b64encode(content) == text else b""
