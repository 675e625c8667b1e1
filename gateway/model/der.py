"""ASN.1 as far as CMS needs it: BER and DER (X.690), definite and indefinite lengths, nothing decoded by schema."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

CONSTRUCTED: Final = 0x20
LONG_TAG: Final = 0x1F  # 8.1.2.4: tags of more than one octet, which CMS has none of
OBJECT_IDENTIFIER, OCTETS, SEQUENCE, SET = 0x06, 0x04, 0x30, 0x31
DEEPEST: Final = 64
MOST_NODES: Final = 1_000_000


class Malformed(ValueError):
    """What stands there is no ASN.1."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """One element: its identifier octet, where its content begins and ends, and where the next one begins.

    `is_whole` is false where the data ends before the element does.
    """

    tag: int
    start: int
    end: int
    after: int
    is_whole: bool

    def of(self, data: bytes) -> bytes:
        """Return the content."""
        return data[self.start : self.end]


def _header(data: bytes, at: int) -> tuple[int, int, int]:
    """Return identifier, where the content begins, and its length; -1 for an indefinite one (8.1.3)."""
    if at + 2 > len(data) or data[at] & LONG_TAG == LONG_TAG:
        raise Malformed
    first = data[at + 1]
    if first < 0x80:  # noqa: PLR2004 - 8.1.3.4: the short form
        return data[at], at + 2, first
    size = first & 0x7F
    if not size:
        return data[at], at + 2, -1
    if size > 8 or at + 2 + size > len(data):  # noqa: PLR2004 - no file is longer than that
        raise Malformed
    return data[at], at + 2 + size, int.from_bytes(data[at + 2 : at + 2 + size], "big")


def node(data: bytes, at: int, end: int | None = None) -> Node:
    """Return the element at `at`. `Malformed` when there is none; one that is cut ends where the data ends."""
    end = len(data) if end is None else end
    tag, start, length = _header(data, at)
    if length >= 0:
        stop = min(end, start + length)
        return Node(tag=tag, start=start, end=stop, after=stop, is_whole=start + length <= end)
    inner = _end_of_contents(data, start, end)
    return Node(tag=tag, start=start, end=inner, after=min(end, inner + 2), is_whole=inner + 2 <= end)


def _end_of_contents(data: bytes, at: int, end: int) -> int:
    """Return where the two zeros stand that end an element of indefinite length (8.1.5)."""
    depth = 1
    for _ in range(MOST_NODES):
        if at + 2 > end:
            return end
        if data[at : at + 2] == b"\0\0":
            depth -= 1
            if not depth:
                return at
            at += 2
            continue
        _, start, length = _header(data, at)
        depth += length < 0
        at = start if length < 0 else start + length
        if depth > DEEPEST:
            raise Malformed
    raise Malformed


def children(data: bytes, parent: Node) -> Iterator[Node]:
    """Yield what stands in a constructed element."""
    at = parent.start
    while at < parent.end:
        child = node(data, at, parent.end)
        yield child
        at = child.after


def octets(data: bytes, string: Node) -> bytes:
    """Return the bytes of an octet string, put together where it comes in pieces (8.7.3)."""
    pieces: list[bytes] = []
    waiting = [string]
    for _ in range(MOST_NODES):
        if not waiting:
            return b"".join(pieces)
        each = waiting.pop()
        if each.tag & CONSTRUCTED:
            waiting += reversed(list(children(data, each)))
        else:
            pieces.append(each.of(data))
    raise Malformed
