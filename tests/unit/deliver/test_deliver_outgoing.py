"""A message on the wire: the same however it is read, and never much of it in memory."""

from __future__ import annotations

import tracemalloc
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.deliver.outgoing import Outgoing
from gateway.model.content import Readable

LINE = b"." + b"x" * 74 + b"\r\n"


@dataclass
class Pieces:
    """Content that is read in these pieces; `known` is the size that it says it has."""

    pieces: list[bytes]
    times: int = 1
    known: int = 1 << 30

    @property
    def size(self) -> int:
        return self.known

    @contextmanager
    def open(self) -> Iterator[Readable]:
        yield Reader(iter(self.pieces * self.times))


@dataclass
class Reader:
    left: Iterator[bytes]

    def read(self, _: int, /) -> bytes:
        return next(self.left, b"")


def as_said(content: bytes) -> bytes:
    """RFC 5321 section 4.5.2, done to all of it at once and one letter after the other."""
    lines = content.replace(b"\r\n", b"\n").replace(b"\r", b"\n").split(b"\n")
    ended, rest = lines[:-1], lines[-1:]
    whole = [*ended, *filter(None, rest)]
    return b"".join((b"." if line.startswith(b".") else b"") + line + b"\r\n" for line in whole) + b".\r\n"


@given(st.lists(st.sampled_from([b"a", b"\r", b"\n", b"\r\n", b".", b"\r\n.\r\n", b"..", b"\xe9"]), max_size=12))
def test_however_it_is_cut_the_same_goes_over_the_wire(pieces: list[bytes]) -> None:
    content = b"".join(pieces)
    cut = Outgoing.of(Pieces(pieces))
    assert b"".join(cut.wire()) == as_said(content)
    at_once = Outgoing.of(Pieces(pieces, known=len(content)))
    assert b"".join(at_once.wire()) == as_said(content)
    assert (cut.is_small, at_once.is_small) == (False, True)
    assert cut.is_ascii is at_once.is_ascii is content.isascii()


@pytest.mark.parametrize("end", [LINE, LINE + b"\r"], ids=["as it is", "to be mended"])
def test_fifty_megabytes_take_a_few_of_memory(end: bytes) -> None:
    large = Outgoing.of(Pieces([LINE * 13_000 + end], times=50))
    tracemalloc.start()
    count = sum(len(piece) for piece in large.wire())
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert count > 50_000_000
    assert most < 10_000_000
