"""The sketch of a form: hashes of its shingles and anchors, and nothing else."""

from __future__ import annotations

import sys
from array import array
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from gateway.classify.forms.shingles import anchors, shingles
from gateway.classify.keyed import SALT_SIZE, Hasher, NotWhole, opened, written

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

MAGIC: Final = b"sketches"
VERSION: Final = 1
MOST: Final = 4_096
"""Shingles, and anchors, that are kept of one form. Of a longer one an even sample."""
LEAST: Final = 24
"""Shingles without which a form is not known again: about fifty words."""
SALT: Final = bytes(SALT_SIZE)
"""All forms have one, so that a text is hashed once for all of them; what keeps them secret is the key."""


class TooLittle(ValueError):
    """There are not enough words to know a form by."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hashes:
    """Hashes texts the same way for all forms."""

    hasher: Hasher

    @classmethod
    def of(cls, key: bytes) -> Hashes:
        """Return the hashes under a key."""
        return cls(hasher=Hasher(key=key, salt=SALT))

    def anchors(self, text: str) -> list[int]:
        """Return the hashes of a text's anchors."""
        hashed = self.hasher.of_bytes(b"anchor")
        return [hashed(anchor) for anchor in anchors(text)]

    def shingles(self, text: str, *, learning: bool = False) -> Iterator[tuple[int, int, int]]:
        """Yield the hashes of a text's shingles with their places."""
        hashed = self.hasher.of(b"shingle")
        for shingle, start, end in shingles(text, learning=learning):
            yield hashed(shingle), start, end


@dataclass(frozen=True, slots=True, kw_only=True)
class Sketch:
    """What is kept of a form. One in `every` shingles was kept: those whose hash it divides."""

    shingles: frozenset[int]
    anchors: frozenset[int]
    every: int

    @classmethod
    def of(cls, texts: Iterable[str], key: bytes) -> Sketch:
        """Sketch a form from its segments; raises `TooLittle`."""
        hashes = Hashes.of(key)
        whole: set[int] = set()
        marks: set[int] = set()
        for text in texts:
            whole.update(hashed for hashed, _, _ in hashes.shingles(text, learning=True))
            marks.update(hashes.anchors(text))
        if len(whole) < LEAST or not marks:
            raise TooLittle(f"it has {len(whole)} different groups of words; {LEAST} are needed")
        every = -(-len(whole) // MOST)
        kept = {hashed for hashed in whole if hashed % every == 0}
        return cls(shingles=frozenset(kept), anchors=frozenset(sorted(marks)[:MOST]), every=every)

    @classmethod
    def read(cls, content: bytes, key: bytes) -> Sketch:
        """Read a file; raises `NotWhole`."""
        header, body, _ = opened(content, MAGIC, key)
        if header.get("version") != VERSION or sys.byteorder != "little":
            raise NotWhole("it is of another version of the gateway")
        count = int(header["shingles"])
        numbers = body.cast("Q").tolist() if len(body) % 8 == 0 else []
        if len(numbers) != count + int(header["anchors"]) or not 0 < count < len(numbers):
            raise NotWhole("its parts do not add up")
        return cls(
            shingles=frozenset(numbers[:count]), anchors=frozenset(numbers[count:]), every=max(1, int(header["every"]))
        )

    def pieces(self, key: bytes) -> Iterator[bytes]:
        """Yield the pieces of the file."""
        header: dict[str, object] = {
            "version": VERSION,
            "shingles": len(self.shingles),
            "anchors": len(self.anchors),
            "every": self.every,
        }
        numbers = array("Q", [*sorted(self.shingles), *sorted(self.anchors)])
        yield from written(MAGIC, header, [numbers.tobytes()], Hasher(key=key, salt=SALT))
