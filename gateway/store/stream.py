"""Authenticated encryption of streams: Tink's AES256_GCM_HKDF_1MB wire format, written with pyca/cryptography.

Format (developers.google.com/tink/streaming-aead/aes_gcm_hkdf_streaming):

    body     = header, segment, segment ...     at most 1 MiB each with its tag; the first shares with the header
    header   = 0x28, salt (32 bytes), nonce prefix (7 bytes)
    key      = HKDF-SHA256(data key, salt, info = associated data), 32 bytes
    segment  = AES-256-GCM(key, nonce prefix || big-endian uint32 number || last ? 0x01 : 0x00, no further data)

Cutting, reordering, repeating and altering segments are all found, by their tags. Plain text that was written before
a later segment failed must not be used. Whoever has `tink` can open the stream; so this is not a format of our own.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from typing import Final, Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from gateway.errors import Damaged

SEGMENT: Final = 1 << 20
TAG: Final = 16
SALT: Final = 32
PREFIX: Final = 7
HEADER: Final = 1 + SALT + PREFIX
KEY: Final = 32
PLACES: Final = 4  # for plain text that is on its way
LONGEST: Final = 1 << 32  # segments: the number has four bytes


class Source(Protocol):
    """Anything that is read like a binary file."""

    def read(self, size: int, /) -> bytes:
        """Return up to `size` bytes, none at the end."""


class Target(Protocol):
    """Anything that is written like a binary file."""

    def write(self, content: bytes | memoryview, /) -> object:
        """Take all of `content` before returning: its place is used again."""


def encrypt(key: bytes, associated_data: bytes, source: Source, target: Target) -> None:
    """Encrypt all of `source` into `target`; in memory there are never more than three segments."""
    salt, prefix = secrets.token_bytes(SALT), secrets.token_bytes(PREFIX)
    cipher = _cipher(key, salt, associated_data)
    target.write(bytes([HEADER]) + salt + prefix)
    room, number = SEGMENT - HEADER - TAG, 0
    here = read_fully(source, room)
    # filled again for each segment: a fresh place costs as much as what is done in it
    place = memoryview(bytearray(SEGMENT if len(here) == room else len(here) + TAG))
    while True:
        following = read_fully(source, SEGMENT - TAG) if len(here) == room else b""
        sealed = place[: len(here) + TAG]
        cipher.encrypt_into(_nonce(prefix, number, is_last=not following), here, None, sealed)
        target.write(sealed)
        if not following:
            return
        here, room, number = following, SEGMENT - TAG, number + 1


def encrypted(key: bytes, associated_data: bytes, content: bytes) -> bytes:
    """Return what `encrypt` writes for content that fits into one segment; `ValueError` for more."""
    if len(content) > SEGMENT - HEADER - TAG:
        raise ValueError("the content takes more than one segment")
    drawn = secrets.token_bytes(SALT + PREFIX)
    salt, prefix = drawn[:SALT], drawn[SALT:]
    sealed = _cipher(key, salt, associated_data).encrypt(_nonce(prefix, 0, is_last=True), content, None)
    return b"".join((bytes([HEADER]), salt, prefix, sealed))


def decrypt(key: bytes, associated_data: bytes, source: Source, target: Target) -> None:
    """Decrypt all of `source` into `target`; `Damaged` when any of it does not verify."""
    for plain in segments(key, associated_data, source):
        target.write(plain)


def segments(key: bytes, associated_data: bytes, source: Source) -> Iterator[memoryview]:
    """Yield the plain text of each segment once it has verified; `Damaged` at the first that does not.

    The last is known by a mark of its own, so what was cut at a segment is found before its end is given out. `PLACES`
    are filled in turns: what was yielded stays as it is until that many more were.
    """
    header = read_fully(source, HEADER)
    if len(header) != HEADER or header[0] != HEADER:
        raise Damaged("stored content does not begin as it should")
    cipher, prefix = _cipher(key, header[1 : 1 + SALT], associated_data), header[1 + SALT :]
    room, number = SEGMENT - HEADER, 0
    here = read_fully(source, room)
    places = [memoryview(bytearray(SEGMENT if len(here) == room else len(here))) for _ in range(PLACES)]
    while True:
        following = read_fully(source, SEGMENT) if len(here) == room else b""
        plain = places[number % PLACES][: max(0, len(here) - TAG)]
        try:
            cipher.decrypt_into(_nonce(prefix, number, is_last=not following), here, None, plain)
        except InvalidTag:
            raise Damaged(f"segment {number} of stored content does not verify") from None
        yield plain
        if not following:
            return
        here, room, number = following, SEGMENT, number + 1


class Reader:
    """Segments, read like a file: in memory there is one of them at a time."""

    def __init__(self, plain: Iterator[memoryview]) -> None:
        self._plain = plain
        self._here = memoryview(b"")

    def read(self, size: int, /) -> bytes:
        """Return up to `size` bytes, empty only at the end; raises what the segments raise."""
        if size < 0:
            raise ValueError("say how much is to be read")
        while size and not self._here:
            following = next(self._plain, None)
            if following is None:
                return b""
            self._here = following
        given, self._here = self._here[:size], self._here[size:]
        return bytes(given)


def read_fully(source: Source, size: int) -> bytes:
    """Return `size` bytes, fewer only at the end: a raw stream may give less than it was asked for."""
    found = source.read(size)
    if len(found) == size or not found:
        return found
    pieces = [found]
    missing = size - len(found)
    while missing and (more := source.read(missing)):
        pieces.append(more)
        missing -= len(more)
    return b"".join(pieces)


def _cipher(key: bytes, salt: bytes, associated_data: bytes) -> AESGCM:
    if len(key) != KEY:
        raise ValueError("a data key has 32 bytes")
    return AESGCM(HKDF(algorithm=SHA256(), length=KEY, salt=salt, info=associated_data).derive(key))


def _nonce(prefix: bytes, number: int, *, is_last: bool) -> bytes:
    if number >= LONGEST:
        raise ValueError("a stream has no more than 2^32 segments")
    return prefix + number.to_bytes(4, "big") + (b"\x01" if is_last else b"\x00")
