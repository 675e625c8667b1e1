"""Keyed hashes, and the file format of what operators teach: registers of people and learned forms.

A file is a magic word, a header (JSON, its length before it), a body of numbers, and a digest over all of it. Hashes
and digest are BLAKE2b (RFC 7693), keyed with the installation's key and salted for each file: without the key no value
can be tried out against a file, and two files do not show what they have in common.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from functools import cached_property
from hashlib import blake2b
from itertools import chain
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

KEY_SIZE: Final = 32
SALT_SIZE: Final = blake2b.SALT_SIZE
DIGEST_SIZE: Final = 32
HASH_SIZE: Final = 8
NAME: Final = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}")
"""What a register or a form may be called; `key` is taken."""
RESERVED: Final = "key"
_LONGEST_HEADER: Final = 1 << 20
_LENGTH: Final = 4


class NotWhole(ValueError):
    """A file that is cut short, altered, of another kind, or written under another key."""


def is_name(text: str) -> bool:
    """Say whether a register or form may be called so."""
    return bool(NAME.fullmatch(text)) and text != RESERVED


@dataclass(frozen=True, kw_only=True)
class Hasher:
    """Keyed, salted hashes of 64 bits. `kind` keeps values of different meaning apart."""

    key: bytes
    salt: bytes

    def __post_init__(self) -> None:
        """Refuse a key or a salt of the wrong length."""
        if len(self.key) != KEY_SIZE or len(self.salt) != SALT_SIZE:
            raise ValueError("a key has 32 bytes and a salt 16")

    def of(self, kind: bytes) -> Callable[[str], int]:
        """Return what hashes a text of this kind."""
        hashed = self.of_bytes(kind)
        return lambda value: hashed(value.encode("utf-8", "surrogatepass"))

    def of_bytes(self, kind: bytes) -> Callable[[bytes], int]:
        """Return what hashes bytes of this kind."""
        begun = blake2b(digest_size=HASH_SIZE, key=self.key, salt=self.salt, person=kind)

        def hashed(value: bytes) -> int:
            state = begun.copy()
            state.update(value)
            return int.from_bytes(state.digest(), "little")

        return hashed

    @cached_property
    def of_file(self) -> Callable[[], Any]:
        """Return what begins the digest of a whole file."""
        return blake2b(digest_size=DIGEST_SIZE, key=self.key, salt=self.salt, person=b"file").copy


def written(magic: bytes, header: dict[str, object], body: Iterable[bytes], hasher: Hasher) -> Iterator[bytes]:
    """Yield the pieces of a file, digest last."""
    told = json.dumps(header | {"salt": hasher.salt.hex()}, sort_keys=True).encode()
    told += b" " * (-(len(magic) + _LENGTH + len(told)) % 8)  # numbers of the body lie on their own size
    digest = hasher.of_file()
    for piece in chain((magic + len(told).to_bytes(_LENGTH, "little") + told,), body):  # the body may be large
        digest.update(piece)
        yield piece
    yield digest.digest()


def opened(content: bytes, magic: bytes, key: bytes) -> tuple[dict[str, Any], memoryview, Hasher]:
    """Return header, body and hasher of a file; `NotWhole` where the digest says that it is not what was written."""
    view = memoryview(content)
    begin = len(magic) + _LENGTH
    if len(content) < begin + DIGEST_SIZE or content[: len(magic)] != magic:
        raise NotWhole("it is cut short, or no such file")
    length = int.from_bytes(content[len(magic) : begin], "little")
    if length > min(_LONGEST_HEADER, len(content) - begin - DIGEST_SIZE):
        raise NotWhole("it is cut short")
    try:
        header = json.loads(content[begin : begin + length])
        hasher = Hasher(key=key, salt=bytes.fromhex(header["salt"]))
    except (ValueError, KeyError, TypeError, RecursionError):
        raise NotWhole("it was altered") from None
    digest = hasher.of_file()
    digest.update(view[:-DIGEST_SIZE])
    if digest.digest() != content[-DIGEST_SIZE:]:
        raise NotWhole("it was altered, cut short, or written under another key")
    return header, view[begin + length : -DIGEST_SIZE], hasher
