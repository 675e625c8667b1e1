"""Encrypted parts of OpenDocument files (OpenDocument 1.3 part 2, 3.4.2 and 4.8; LibreOffice 24.2 for the newer kinds).

A password becomes a start key by SHA-1 or SHA-256, that a key by PBKDF2 or Argon2id; the part is then AES-256 in CBC
or GCM mode, or Blowfish in older files, around a deflated stream. A checksum of its first bytes tells a wrong password.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import zlib
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Final
from xml.parsers import expat

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.decrepit.ciphers.algorithms import Blowfish
from cryptography.hazmat.decrepit.ciphers.modes import CFB
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

from gateway.extract import Limits
from gateway.extract.unpack import room_for

CHECKED: Final = 1024
MOST_ROUNDS, MOST_MEMORY, MOST_LANES = 5_000_000, 1 << 18, 64  # KiB: what no program writes is not computed
TAG, NONCE = 16, 12


@dataclass(slots=True, kw_only=True)
class LockedEntry:
    """What a manifest says of one encrypted part."""

    size: int = 0
    checksum: bytes = b""
    said: dict[str, str] = field(default_factory=dict)

    def number(self, name: str, default: int) -> int:
        """Return a number that the manifest says."""
        said = self.said.get(name, "")
        return int(said) if said.isdecimal() and len(said) < 10 else default  # noqa: PLR2004 - no such number is longer

    def octets(self, name: str) -> bytes:
        """Return octets that the manifest says in Base64."""
        return _octets(self.said.get(name, ""))


def locked_entries(manifest: bytes) -> dict[str, LockedEntry]:
    """Return the encrypted parts that a manifest lists, by name; none if it cannot be read."""
    if b"encryption-data" not in manifest:
        return {}
    found: dict[str, LockedEntry] = {}
    current = ["", "0"]

    def start(name: str, attributes: dict[str, str]) -> None:
        said = {key.rpartition(":")[2]: value for key, value in attributes.items()}
        local = name.rpartition(":")[2]
        if local == "file-entry":
            current[:] = said.get("full-path", ""), said.get("size", "0")
        elif local == "encryption-data":
            found[current[0]] = LockedEntry(
                size=int(current[1]) if current[1].isdecimal() else 0, checksum=_octets(said.get("checksum", ""))
            )
        if current[0] in found:
            found[current[0]].said |= said

    parser = expat.ParserCreate()
    parser.StartElementHandler = start
    with suppress(expat.ExpatError):  # what is read by then stands
        parser.Parse(manifest, True)  # noqa: FBT003 - expat's own signature
    return found


def cipher_of(entries: Iterable[LockedEntry]) -> str:
    """Name the weakest cipher of encrypted parts."""
    names = {entry.said.get("algorithm-name", "").lower() for entry in entries}
    weak = {name for name in names if "aes256" not in name and "aes-256" not in name}
    if not weak:
        return "AES-256"
    name = min(weak)
    return (
        "Blowfish"
        if "blowfish" in name
        else "AES-128"
        if "aes128" in name
        else "AES-192"
        if "aes192" in name
        else "OpenDocument encryption"
    )


def unlock(data: bytes, entry: LockedEntry, password: str, limits: Limits) -> bytes | None:
    """Return what is in an encrypted part; None when the password is wrong, or the part is made in no known way."""
    try:
        packed = _decrypted(data, entry, _key(entry, password))
    except (InvalidTag, ValueError, MemoryError):
        return None
    if packed is None or (entry.checksum and not _is_right(packed, entry)):
        return None
    room = room_for(len(data), limits).size
    inflating = zlib.decompressobj(-15)
    try:
        unpacked = inflating.decompress(packed, min(room, entry.size or room))
    except zlib.error:
        return None
    return unpacked if inflating.eof and (not entry.size or len(unpacked) == entry.size) else None


def _key(entry: LockedEntry, password: str) -> bytes:
    """Derive the key."""
    is_sha_256 = "sha256" in entry.said.get("start-key-generation-name", "").lower()
    name = "sha256" if is_sha_256 else "sha1"
    begin = hashlib.new(name, password.encode(), usedforsecurity=False).digest()
    size = entry.number("derived-key-size", 0) or _key_size(entry)
    salt = entry.octets("salt")
    if "argon2id" in entry.said.get("key-derivation-name", "").lower():
        lanes, memory, rounds = (entry.number(f"argon2-{each}", 1) for each in ("lanes", "memory", "iterations"))
        if lanes > MOST_LANES or memory > MOST_MEMORY or rounds > MOST_LANES:
            raise ValueError("more work than any program asks for")
        return Argon2id(salt=salt, length=size, iterations=rounds, lanes=lanes, memory_cost=memory).derive(begin)
    rounds = entry.number("iteration-count", 1024)
    if rounds > MOST_ROUNDS or not rounds:
        raise ValueError("more work than any program asks for")
    return hashlib.pbkdf2_hmac("sha1", begin, salt, rounds, size)


def _key_size(entry: LockedEntry) -> int:
    """Return the key's size: that of the cipher, whatever the order of the attributes."""
    return (
        32
        if "256" in entry.said.get("algorithm-name", "")
        else 24
        if "192" in entry.said.get("algorithm-name", "")
        else 16
    )


def _decrypted(data: bytes, entry: LockedEntry, key: bytes) -> bytes | None:
    """Undo the cipher; the deflated stream ends by itself, whatever pads it."""
    algorithm, start = entry.said.get("algorithm-name", "").lower(), entry.octets("initialisation-vector")
    if "gcm" in algorithm:
        data = data.removeprefix(start)
        return AESGCM(key).decrypt(start[:NONCE], data, None)
    if "cbc" in algorithm:
        decryptor = Cipher(algorithms.AES(key), modes.CBC(start)).decryptor()
        padded = decryptor.update(data) + decryptor.finalize()
        return padded[: -padded[-1]] if padded and 0 < padded[-1] <= TAG else None
    if "blowfish" in algorithm:
        decryptor = Cipher(Blowfish(key), CFB(start)).decryptor()
        return decryptor.update(data) + decryptor.finalize()
    return None


def _is_right(packed: bytes, entry: LockedEntry) -> bool:
    """Say whether the checksum is that of the packed stream, or of its first bytes."""
    kind = entry.said.get("checksum-type", "").lower()
    name = "sha256" if "sha256" in kind else "sha1"
    checked = packed[:CHECKED] if kind.endswith("1k") else packed
    return hashlib.new(name, checked, usedforsecurity=False).digest() == entry.checksum


def _octets(text: str) -> bytes:
    try:
        return base64.b64decode(text)
    except (binascii.Error, ValueError):
        return b""
