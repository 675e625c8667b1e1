"""A second reader of AE-2 containers, over pyca/cryptography, where the writer uses pycryptodomex.

It reads only what we write: stored entries, AES-256, no ZIP64, nothing between the entries. PKWARE APPNOTE 6.3.10
sections 4.3.7, 4.3.12 and 4.3.16; WinZip AE-2 specification version 1.04, sections II and III.
"""

from __future__ import annotations

import hmac
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.kdf.pbkdf2 import PBKDF2HMAC

LOCAL: Final = struct.Struct("<4s5H3L2H")
CENTRAL: Final = struct.Struct("<4s6H3L5H2L")
END: Final = struct.Struct("<4s4H2LH")
AES_METHOD: Final = 99
AES_FIELD: Final = struct.pack("<HHH2sBH", 0x9901, 7, 2, b"AE", 3, 0)  # AE-2, strength 3 (AES-256), stored
SALT: Final = 16
CHECK: Final = 2
TAG: Final = 10
KEY: Final = 32
BLOCK: Final = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """Where one entry lies, as the central directory says."""

    name: str
    packed: int
    size: int
    at: int


def read(container: bytes, words: str) -> list[tuple[str, bytes]]:
    """Return names and contents; `ValueError` for anything that is not AE-2 with AES-256 under this passphrase."""
    found: list[tuple[str, bytes]] = []
    expected = 0
    for entry in directory(container):
        if entry.at != expected:
            raise ValueError("there is something between the entries")
        body, expected = _body(container, entry)
        found.append((entry.name, _open(body, words)))
        if len(found[-1][1]) != entry.size:
            raise ValueError("an entry has another size than the directory says")
    if expected != _end(container)[1]:
        raise ValueError("there is something behind the entries")
    return found


def _end(container: bytes) -> tuple[int, int]:
    """Return the number of entries and where the directory begins, from the record at the very end."""
    at = len(container) - END.size
    if at < 0:
        raise ValueError("too short for a ZIP")
    magic, disk, start_disk, here, entries, size, start, comment = END.unpack_from(container, at)
    if magic != b"PK\x05\x06" or disk or start_disk or comment or here != entries or start + size != at:
        raise ValueError("the end record is not as we write it")
    return entries, start


def directory(container: bytes) -> Iterator[Entry]:
    """Yield the entries of the central directory; `ValueError` unless each is method 99, AE-2, strength 3."""
    count, at = _end(container)
    for _ in range(count):
        if at + CENTRAL.size > len(container):
            raise ValueError("the directory is cut short")
        fields = CENTRAL.unpack_from(container, at)
        name_size, extra_size, comment_size = fields[10:13]
        name_at = at + CENTRAL.size
        extra = container[name_at + name_size : name_at + name_size + extra_size]
        is_aes = bool(fields[3] & 1) and fields[4] == AES_METHOD and extra == AES_FIELD
        if fields[0] != b"PK\x01\x02" or not is_aes or fields[7]:  # AE-2 keeps no CRC: it would tell about the content
            raise ValueError("an entry is not AE-2 with AES-256")
        name = container[name_at : name_at + name_size].decode("ascii")
        yield Entry(name=name, packed=fields[8], size=fields[9], at=fields[16])
        at = name_at + name_size + extra_size + comment_size


def _body(container: bytes, entry: Entry) -> tuple[bytes, int]:
    """Return an entry's sealed bytes and where they end; the local header must say what the directory says."""
    if entry.at + LOCAL.size > len(container):
        raise ValueError("an entry is cut short")
    fields = LOCAL.unpack_from(container, entry.at)
    name_at = entry.at + LOCAL.size
    start = name_at + fields[9] + fields[10]
    name, extra = container[name_at : name_at + fields[9]], container[name_at + fields[9] : start]
    same = name == entry.name.encode() and extra == AES_FIELD and fields[7] == entry.packed
    if fields[0] != b"PK\x03\x04" or not fields[2] & 1 or fields[3] != AES_METHOD or not same:
        raise ValueError("a local header does not agree with the directory")
    end = start + entry.packed
    if end > len(container) or entry.packed < SALT + CHECK + TAG:
        raise ValueError("an entry is cut short")
    return container[start:end], end


def _open(body: bytes, words: str) -> bytes:
    """Return the content of sealed bytes: salt, check value, AES-CTR with a little-endian counter from 1, HMAC."""
    salt, check = body[:SALT], body[SALT : SALT + CHECK]
    sealed, tag = body[SALT + CHECK : -TAG], body[-TAG:]
    derive = PBKDF2HMAC(hashes.SHA1(), 2 * KEY + CHECK, salt, 1000)  # noqa: S303 - the format's own key derivation
    keys = derive.derive(words.encode("ascii"))
    if not hmac.compare_digest(keys[2 * KEY :], check):
        raise ValueError("another passphrase")
    if not hmac.compare_digest(hmac.digest(keys[KEY : 2 * KEY], sealed, "sha1")[:TAG], tag):
        raise ValueError("an entry was altered")
    encryptor = Cipher(algorithms.AES(keys[:KEY]), modes.ECB()).encryptor()  # noqa: S305 - to build the counter mode
    blocks = -(-len(sealed) // BLOCK)
    stream = encryptor.update(b"".join(number.to_bytes(BLOCK, "little") for number in range(1, blocks + 1)))
    mask = int.from_bytes(stream[: len(sealed)])
    return (int.from_bytes(sealed) ^ mask).to_bytes(len(sealed))
