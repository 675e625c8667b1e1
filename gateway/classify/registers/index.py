"""The index of a register: what a person is found by, as sorted hashes, each with the number of the person's row.

Body: 64-bit hashes in ascending order, their rows (32 bits), then filters of bits: one of all hashes, and one for each
kind of word. All little endian. A value that several rows share has no row of its own. The filters are there for speed
alone: they tell most of what is not there, and err on the side of asking.
"""

from __future__ import annotations

import sys
from array import array
from bisect import bisect_left
from enum import Enum
from itertools import chain, pairwise
from typing import TYPE_CHECKING, Final

from gateway.classify.keyed import Hasher, NotWhole, opened, written

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

MAGIC: Final = b"register"
VERSION: Final = 1
SEVERAL: Final = 0xFFFF_FFFF
"""The row of what several people share."""
MOST_ROWS: Final = SEVERAL - 1
_BUCKETS: Final = 256
_BITS_A_HASH: Final = 8
_BITS_A_WORD: Final = 16
_LEAST_BITS: Final = 1 << 13
_MOST_BITS: Final = 1 << 24
"""Of a filter of words: sixteen for each of a million different ones."""
_PIECE: Final = 1 << 10
_AROUND: Final = 1 << 13


class Kind(Enum):
    """What a hash is of. Names are two words, a given name or its initial and a word of the family name."""

    IDENTIFIER = b"identifier"
    FAMILY_OF = b"family+row"
    """A word of the family name, and the row it belongs to: is the name beside an identifier the right one?"""
    NAME = b"name"
    NAME_AND_DATE = b"name+date"
    NAME_AND_POSTCODE = b"name+postcode"


class Words(Enum):
    """The filters."""

    GIVEN = b"given"
    FAMILY = b"family"


class Builder:
    """Gathers the entries of a new index."""

    def __init__(self, hasher: Hasher) -> None:
        self.hasher = hasher
        self._hash = {kind: hasher.of(kind.value) for kind in Kind}
        self._entries = [_Entries() for _ in range(_BUCKETS)]
        self._hash_word = {kind: hasher.of(kind.value) for kind in Words}
        self._words = {kind: bytearray(_MOST_BITS // 8) for kind in Words}

    def add(self, kind: Kind, value: str, row: int) -> None:
        """Add a value of a row."""
        hashed = self._hash[kind](value)
        self._entries[hashed >> 56].add(hashed, row)

    def add_word(self, kind: Words, word: str) -> None:
        """Add a word to a filter."""
        place = self._hash_word[kind](word) & (_MOST_BITS - 1)
        self._words[kind][place >> 3] |= 1 << (place & 7)

    def pieces(self, header: dict[str, object]) -> Iterator[bytes]:
        """Yield the file, piece by piece."""
        for each in self._entries:
            each.sort()
        entries = sum(map(len, self._entries))
        every = chain.from_iterable(each.hashes() for each in self._entries)
        filters = [_filter(every, _BITS_A_HASH * entries), *map(_folded, self._words.values())]
        told = header | {
            "version": VERSION,
            "entries": entries,
            "filters": [len(each) for each in filters],
        }
        yield from written(MAGIC, told, self._body(filters), self.hasher)

    def _body(self, filters: Iterable[bytearray]) -> Iterator[bytes]:
        for column, code in enumerate("QI"):
            for each in self._entries:
                yield from (_little(array(code, piece)) for piece in each.pieces(column))
        for bits in filters:
            yield from (bytes(bits[begin : begin + _PIECE]) for begin in range(0, len(bits), _PIECE))


class _Entries:
    """Hashes and their rows, in pieces of one size: arrays that grow would leave as much again in holes."""

    def __init__(self) -> None:
        self._hashes, self._rows = array("Q", bytes(8 * _PIECE)), array("I", bytes(4 * _PIECE))
        self._last = 0
        self._full: list[tuple[bytes, bytes]] = []

    def __len__(self) -> int:
        return _PIECE * len(self._full) + self._last

    def add(self, hashed: int, row: int) -> None:
        """Add a hash with its row."""
        self._hashes[self._last] = hashed
        self._rows[self._last] = row
        self._last += 1
        if self._last == _PIECE:
            self._full.append((self._hashes.tobytes(), self._rows.tobytes()))
            self._last = 0

    def sort(self) -> None:
        """Put them in the order of the hashes, each hash once."""
        hashes, rows = array("Q", b"".join(self.pieces(0))), array("I", b"".join(self.pieces(1)))
        self._full, self._last = [], 0
        for hashed, row in _sorted(hashes, rows).items():
            self.add(hashed, row)

    def hashes(self) -> Iterator[int]:
        """Yield the hashes."""
        for piece in self.pieces(0):
            yield from array("Q", piece)

    def pieces(self, column: int) -> Iterator[bytes]:
        """Yield the hashes (column 0) or the rows (1) as they lie in memory."""
        yield from (both[column] for both in self._full)
        yield (self._hashes, self._rows)[column][: self._last].tobytes()


def _sorted(hashes: array[int], rows: array[int]) -> dict[int, int]:
    """Return the row of each hash, in the order of the hashes."""
    order = sorted(zip(hashes, rows, strict=True))
    shared = {one for (one, row), (other, another) in pairwise(order) if one == other and row != another}
    return {hashed: SEVERAL if hashed in shared else row for hashed, row in order}


def _little(each: array[int]) -> bytes:
    if sys.byteorder == "big":
        each.byteswap()
    return each.tobytes()


def _filter(hashes: Iterable[int], least: int) -> bytearray:
    bits = max(_LEAST_BITS, 1 << (least - 1).bit_length())
    made = bytearray(bits // 8)
    for hashed in hashes:
        place = hashed & (bits - 1)
        made[place >> 3] |= 1 << (place & 7)
    return made


def _folded(bits: bytearray) -> bytearray:
    """Return a filter in as few bits as its words need: the halves of one laid over another tell the same."""
    least = _BITS_A_WORD * int.from_bytes(bits, "little").bit_count()
    while len(bits) * 8 > max(_LEAST_BITS, 2 * least):
        half = len(bits) // 2
        both = int.from_bytes(bits[:half], "little") | int.from_bytes(bits[half:], "little")
        bits = bytearray(both.to_bytes(half, "little"))
    return bits


class Index:
    """An index as it is asked. Raises `NotWhole` where the content is not what a builder wrote with this key."""

    def __init__(self, content: bytes, key: bytes) -> None:
        self.header, body, hasher = opened(content, MAGIC, key)
        if self.header.get("version") != VERSION or sys.byteorder != "little":
            raise NotWhole("it is of another version of the gateway")
        entries, filters = int(self.header["entries"]), [int(size) for size in self.header["filters"]]
        if len(body) != 12 * entries + sum(filters) or len(filters) != 1 + len(Words):
            raise NotWhole("its parts do not add up")
        self._hashes = body[: 8 * entries].cast("Q")
        self._rows = body[8 * entries : 12 * entries].cast("I")
        self._hash = {kind: hasher.of(kind.value) for kind in Kind}
        self._filters: dict[Words, tuple[memoryview, int, Callable[[str], int]]] = {}
        begin = 12 * entries + filters[0]
        self._filter, self._mask = body[12 * entries : begin], 8 * filters[0] - 1
        for each, size in zip(Words, filters[1:], strict=True):
            self._filters[each] = (body[begin : begin + size], 8 * size, hasher.of(each.value))
            begin += size

    def find(self, kind: Kind, value: str) -> int | None:
        """Return the row of a value, `SEVERAL`, or None where no row has it."""
        hashes, hashed = self._hashes, self._hash[kind](value)
        bit = hashed & self._mask
        if not self._filter[bit >> 3] & (1 << (bit & 7)):
            return None
        expected = hashed * len(hashes) >> 64  # hashes are spread evenly: look around there first
        low, high = max(0, expected - _AROUND), min(len(hashes), expected + _AROUND)
        if low < high and hashes[low] < hashed <= hashes[high - 1]:
            place = bisect_left(hashes, hashed, low, high)
        else:
            place = bisect_left(hashes, hashed)
        if place < len(hashes) and hashes[place] == hashed:
            return self._rows[place]
        return None

    def may_have(self, kind: Words, word: str) -> bool:
        """Say whether a word may be one of a register's names; False is sure."""
        bits, size, hashed = self._filters[kind]
        place = hashed(word) % size
        return bool(bits[place >> 3] & (1 << (place & 7)))
