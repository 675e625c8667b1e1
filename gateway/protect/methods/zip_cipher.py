"""The cipher of AE-2 entries for pyzipper, several times as fast as its own.

pyzipper counts and mixes byte by byte and authenticates in a slow HMAC. Here blocks of counters are enciphered at once
and mixed by one call, and a second thread authenticates one piece while the next is enciphered: SHA-1 is then all that
there is to wait for. WinZip AE-2 specification version 1.04, section III: PBKDF2-HMAC-SHA1 with 1000 rounds, AES-256 in
counter mode (the counter little-endian, from 1), the first ten bytes of HMAC-SHA1.
"""

from __future__ import annotations

import hashlib
import hmac
import os
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from functools import cache
from types import TracebackType
from typing import Final

import pyzipper
from Cryptodome.Cipher import AES
from Cryptodome.Util.strxor import strxor
from pyzipper.zipfile import _ZipWriteFile
from pyzipper.zipfile_aes import WZ_AES_V2, WZ_AES_VENDOR_ID, AESZipInfo, BaseZipEncrypter

SALT: Final = 16
KEY: Final = 32
CHECK: Final = 2
TAG: Final = 10
ROUNDS: Final = 1000
STRENGTH: Final = 3  # AES-256
BLOCK: Final = 16
SPAN: Final = 1 << 16  # counters that differ in their two lowest bytes only
PIECE: Final = SPAN * BLOCK


class _Entry(_ZipWriteFile):  # type: ignore[misc]  # pyzipper has no types
    """An entry that is written without its CRC, which AE-2 does not keep."""

    def write(self, content: bytes) -> int:
        """Seal and write, a piece at a time."""
        for at in range(0, len(content), PIECE):
            sealed = self._encrypter.encrypt(content[at : at + PIECE])
            self._compress_size += len(sealed)
            self._fileobj.write(sealed)
        self._file_size += len(content)
        return len(content)


class Ae2ZipFile(pyzipper.AESZipFile):  # type: ignore[misc]  # pyzipper has no types
    """A container under construction in which every entry is AE-2 with AES-256."""

    zipwritefile_cls = _Entry

    def __init__(self, file: object, words: str) -> None:
        super().__init__(file, "w", compression=pyzipper.ZIP_STORED, encryption=pyzipper.WZ_AES)
        self._words = words.encode("ascii")
        self._second = ThreadPoolExecutor(1)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Finish the container, and the thread."""
        try:
            super().__exit__(kind, error, trace)
        finally:
            self._second.shutdown()

    def get_encrypter(self) -> Ae2:
        """Return the cipher for the next entry; pyzipper asks for it."""
        return Ae2(self._words, self._second)


class Ae2(BaseZipEncrypter):  # type: ignore[misc]  # pyzipper has no types
    """The cipher of one entry."""

    def __init__(self, words: bytes, second: Executor) -> None:
        if not words:
            raise ValueError("no passphrase")
        salt = os.urandom(SALT)
        keys = hashlib.pbkdf2_hmac("sha1", words, salt, ROUNDS, 2 * KEY + CHECK)
        self._header = salt + keys[2 * KEY :]
        self._stream = _Stream(keys[:KEY])
        self._tag = hmac.new(keys[KEY : 2 * KEY], digestmod="sha1")
        self._second = second
        self._waiting: Future[None] | None = None
        self._buffers = bytearray(PIECE), bytearray(PIECE)

    def update_zipinfo(self, about: AESZipInfo) -> None:
        """Say in an entry's header what it is: AE-2, so that there is no CRC, which would tell about the content."""
        about.wz_aes_vendor_id, about.wz_aes_strength, about.wz_aes_version = WZ_AES_VENDOR_ID, STRENGTH, WZ_AES_V2

    def finalize_zipinfo(self, about: AESZipInfo) -> None:
        """Change nothing at an entry's end."""

    def encryption_header(self) -> bytes:
        """Return what stands before the content."""
        return self._header

    def encrypt(self, content: bytes) -> bytes | memoryview:
        """Return at most a mebibyte of content sealed, to be written before the call after the next."""
        if not content:
            return b""  # pyzipper appends to what it gets at the end
        sealed = memoryview(self._buffers[0])[: len(content)]
        self._stream.mix(content, sealed)
        self._wait()
        self._waiting = self._second.submit(self._tag.update, sealed)
        self._buffers = self._buffers[1], self._buffers[0]
        return sealed

    def flush(self) -> bytes:
        """Return what stands behind the content."""
        self._wait()
        return self._tag.digest()[:TAG]

    def _wait(self) -> None:
        if self._waiting is not None:
            self._waiting.result()


class _Stream:
    """AES-256 in counter mode, over one stretch of counters after the other."""

    def __init__(self, key: bytes) -> None:
        self._cipher = AES.new(key, AES.MODE_ECB)  # to build the counter mode
        self._counters = bytearray(_first_stretch())
        self._keys = bytearray(PIECE)
        self._at = BLOCK  # the first counter is 1
        self._stretch = 0
        self._fill()

    def _fill(self) -> None:
        for place, byte in enumerate(self._stretch.to_bytes(8, "little"), start=2):
            if byte or self._counters[place]:
                self._counters[place::BLOCK] = bytes([byte]) * SPAN
        self._cipher.encrypt(self._counters, output=self._keys)

    def mix(self, content: bytes, target: memoryview) -> None:
        """Write as much of the stream, mixed with the content, into the target."""
        done = 0
        while done < len(content):
            if self._at == PIECE:
                self._stretch, self._at = self._stretch + 1, 0
                self._fill()
            taken = min(len(content) - done, PIECE - self._at)
            piece, keys = memoryview(content)[done : done + taken], memoryview(self._keys)[self._at : self._at + taken]
            strxor(piece, keys, output=target[done : done + taken])  # type: ignore[arg-type]  # it takes views too
            done, self._at = done + taken, self._at + taken


@cache
def _first_stretch() -> bytes:
    return b"".join(number.to_bytes(BLOCK, "little") for number in range(SPAN))
