"""Other eyes on the page: reads the finished file and opens it, with no code of the writer and no library of its.

The passphrase goes through `hashlib` (OpenSSL), the chunks through pycryptodomex, and what stands in front is
looked at by `front`.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import BinaryIO, Final

from Cryptodome.Cipher import AES

from gateway.protect.content import Comparing
from gateway.protect.methods.page.front import look_at
from gateway.protect.methods.page.inside import Item

FRONT: Final = 1 << 18  # bytes; what stands before the sealed part is far shorter
LONGEST_LIST: Final = 1 << 26
SEALED: Final = re.compile(rb'<script type="application/json" id="sealed">([ -;=-~]{1,2000})</script>\n')
OPENING: Final = b'<script type="application/octet-stream;base64" id="chunk-%d">'
CLOSING: Final = b"</script>\n"
END: Final = b"</body>\n</html>\n"
SALT: Final = 32
LENGTH: Final = 8
TAG: Final = 16
LEAST: Final = 600_000
MOST: Final = 10_000_000
LARGEST: Final = 1 << 26
KNOWN: Final = ["format", "version", "kdf", "iterations", "salt", "check", "cipher", "chunk", "chunks", "size"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameters:
    """What the page says of its sealed part, and the text in which it says so."""

    text: bytes
    iterations: int
    salt: bytes
    check: bytes
    chunk: int
    chunks: int
    size: int


def check(file: Path, items: Sequence[Item], words: str, other: str) -> None:
    """Require that the page holds these items, opens with `words` and not with `other`, and reaches for nothing.

    `ValueError` says what is wrong, without anything of the content.
    """
    with file.open("rb") as page:
        front, parameters, key = unlocked(page, words)
        look_at(front.decode("utf-8"))
        if derive(parameters, other) is not None:
            raise ValueError("another passphrase opens it")
        told, content = contents(opened(page, parameters, key))
        receiving = _Receiving(items)
        for chunk in content:
            receiving.write(chunk)
        receiving.require(told)


def unlocked(page: BinaryIO, words: str) -> tuple[bytes, Parameters, bytes]:
    """Return what stands in front of the sealed part, its parameters and the key; the page stands at the first chunk.

    `ValueError` for anything that is no such page, or opens with another passphrase.
    """
    front = page.read(FRONT)
    found = SEALED.search(front)
    if not found:
        raise ValueError("there is no sealed part where it should be")
    parameters = read_parameters(found[1])
    key = derive(parameters, words)
    if key is None:
        raise ValueError("its passphrase does not open it")
    page.seek(found.end())
    return front[: found.start()], parameters, key


def contents(chunks: Iterator[bytes]) -> tuple[object, Iterator[bytes]]:
    """Return the list that stands first inside, and what follows it; `ValueError`."""
    waiting, end = bytearray(), LENGTH
    while len(waiting) < end:
        chunk = next(chunks, None)
        if chunk is None:
            raise ValueError("the list of files is cut short")
        waiting += chunk
        end = LENGTH + int.from_bytes(waiting[:LENGTH], "big")
        if end > LONGEST_LIST:
            raise ValueError("the list of files is too long")
    return json.loads(waiting[LENGTH:end]), chain([bytes(waiting[end:])], chunks)


def read_parameters(text: bytes) -> Parameters:
    """Return the parameters; `ValueError` for any that this format does not have, or that are too weak."""
    read = json.loads(text)
    if not isinstance(read, dict) or list(read) != KNOWN:
        raise ValueError("the parameters are not those of this format")
    named = read["format"], read["version"], read["kdf"], read["cipher"]
    if named != ("sealed-page", 1, "PBKDF2-HMAC-SHA-512", "AES-256-GCM"):
        raise ValueError("the page names another format or cipher")
    numbers = [read[name] for name in ("iterations", "chunk", "chunks", "size")]
    if any(type(number) is not int for number in numbers):
        raise ValueError("a number of the page is none")
    iterations, chunk, count, size = numbers
    salt, value = (base64.b64decode(read[name], validate=True) for name in ("salt", "check"))
    if not LEAST <= iterations <= MOST or len(salt) != SALT or len(value) != SALT:
        raise ValueError("the key derivation is not as strong as it must be")
    if not 0 < chunk <= LARGEST or size <= 0 or count != (size + chunk - 1) // chunk:
        raise ValueError("the sizes of the page do not agree")
    return Parameters(text=text, iterations=iterations, salt=salt, check=value, chunk=chunk, chunks=count, size=size)


def derive(parameters: Parameters, words: str) -> bytes | None:
    """Return the key, or None where the check value says that it is another passphrase."""
    derived = hashlib.pbkdf2_hmac("sha512", typed(words), parameters.salt, parameters.iterations, 64)
    return derived[:32] if hmac.compare_digest(derived[32:], parameters.check) else None


def typed(words: str) -> bytes:
    """Return a passphrase as the page reads it."""
    return "-".join(words.lower().replace("-", " ").split()).encode("ascii")


def opened(page: BinaryIO, parameters: Parameters, key: bytes) -> Iterator[bytes]:
    """Yield the chunks in clear; `ValueError` where one is not what was sealed, or anything else stands there."""
    left = parameters.size
    for number in range(parameters.chunks):
        opening, line = OPENING % number, page.readline(2 * LARGEST)  # base64 is shorter than twice what it stands for
        if not line.startswith(opening) or not line.endswith(CLOSING):
            raise ValueError("a chunk is not where it should be")
        sealed = _bytes(line[len(opening) : -len(CLOSING)])
        nonce = number.to_bytes(11, "big") + (b"\1" if number + 1 == parameters.chunks else b"\0")
        cipher = AES.new(key, AES.MODE_GCM, nonce=nonce, mac_len=TAG)
        cipher.update(parameters.text)
        chunk = cipher.decrypt_and_verify(sealed[:-TAG], sealed[-TAG:])
        if len(chunk) != min(left, parameters.chunk):
            raise ValueError("a chunk is not as long as it should be")
        left -= len(chunk)
        yield chunk
    if page.read(len(END) + 1) != END:
        raise ValueError("there is something behind the sealed part")


def _bytes(text: bytes) -> bytes:
    """Return what base64 stands for; `ValueError` for anything but the one way to write it (RFC 4648 section 3.5)."""
    found = binascii.a2b_base64(text, strict_mode=True)
    if binascii.b2a_base64(found, newline=False) != text:
        raise ValueError("a chunk is not base64 as we write it")
    return found


class _Receiving:
    """Takes the files, and compares them and the list of them with what was to be sealed."""

    def __init__(self, items: Sequence[Item]) -> None:
        self._items = items
        self._files = Comparing(item.content for item in items)
        self._digests = [hashlib.sha256() for _ in items]
        self._left = [item.content.size for item in items]
        self._at = 0

    def write(self, content: bytes) -> None:
        """Take the next piece."""
        self._files.write(content)
        rest = memoryview(content)
        while rest and self._at < len(self._items):
            piece = rest[: self._left[self._at]]
            self._digests[self._at].update(piece)
            self._left[self._at] -= len(piece)
            rest = rest[len(piece) :]
            self._at += not self._left[self._at]

    def require(self, told: object) -> None:
        """Require that everything came, and nothing else, and that the list says so."""
        if not self._files.same():
            raise ValueError("it does not hold what was sealed")
        wanted = [
            {
                "name": item.name,
                "media_type": item.media_type,
                "size": item.content.size,
                "sha256": digest.hexdigest(),
                "marking": item.marking,
                "shown": item.is_shown,
            }
            for item, digest in zip(self._items, self._digests, strict=True)
        ]
        if told != {"files": wanted}:
            raise ValueError("its list of files is not the list of what was sealed")
