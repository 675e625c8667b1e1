"""A digest in a thread is the digest, and what sets out for the disk early is what was written."""

from __future__ import annotations

import hashlib
import io
import os
import threading
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.store.alongside import BEHIND, LITTLE, STRETCH, Digest, Flowing
from gateway.store.stream import PLACES

SIZES = st.sampled_from([0, 1, 1000, LITTLE, LITTLE + 1, 1 << 20])


@given(sizes=st.lists(SIZES, max_size=8), fill=st.integers(min_value=0, max_value=255))
def test_it_is_that_of_the_pieces_in_order(sizes: list[int], fill: int) -> None:
    pieces = [bytes([(fill + number) % 256]) * size for number, size in enumerate(sizes)]
    with Digest() as digest:
        for number, piece in enumerate(pieces):
            digest.update(piece)
            if number % 2:
                assert digest.hexdigest() == hashlib.sha256(b"".join(pieces[: number + 1])).hexdigest()
        assert digest.hexdigest() == hashlib.sha256(b"".join(pieces)).hexdigest()


def test_places_that_are_filled_in_turns_are_hashed_before_they_are_filled_again() -> None:
    """`stream.segments` fills its places while what it yielded before is still under way here."""
    assert PLACES >= BEHIND + 2
    places = [bytearray(1 << 20) for _ in range(BEHIND + 2)]
    wanted = hashlib.sha256()
    with Digest() as digest:
        for number in range(100):
            place = places[number % len(places)]
            place[:] = bytes([number]) * len(place)
            wanted.update(place)
            digest.update(memoryview(place))
        assert digest.hexdigest() == wanted.hexdigest()


def test_no_thread_is_left_behind() -> None:
    before = set(threading.enumerate())  # of which some may end meanwhile: they are of other tests
    with Digest() as digest:
        digest.update(bytes(LITTLE))
        assert set(threading.enumerate()) <= before
        digest.update(bytes(LITTLE + 1))
        assert len(set(threading.enumerate()) - before) == 1
    assert set(threading.enumerate()) <= before


PIECE = bytes(range(256)) * 4096  # 1 MiB


@pytest.mark.parametrize("before", [b"", b"something else", PIECE * 9])
def test_all_of_it_is_in_the_file_from_where_it_stood(tmp_path: Path, before: bytes) -> None:
    with (tmp_path / "file").open("wb") as target:
        target.write(before)
        flowing = Flowing(target)
        for number in range(20):
            flowing.write(PIECE[number:])
    wanted = before + b"".join(PIECE[number:] for number in range(20))
    assert (tmp_path / "file").read_bytes() == wanted


def test_each_stretch_of_a_file_sets_out_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[tuple[int, int]] = []
    monkeypatch.setattr(os, "posix_fadvise", lambda _, start, size, __: told.append((start, size)))
    with (tmp_path / "file").open("wb") as target:
        target.write(b"12")
        flowing = Flowing(target)
        for _ in range(20):
            flowing.write(PIECE)
    assert told == [(2, STRETCH), (2 + STRETCH, STRETCH)]


def test_what_is_no_file_is_written_all_the_same() -> None:
    held = io.BytesIO()
    Flowing(held).write(PIECE * 9)
    assert held.getvalue() == PIECE * 9
    reading, writing = os.pipe()
    with os.fdopen(reading, "rb") as source, os.fdopen(writing, "wb") as target:
        Flowing(target).write(b"content")
        target.close()
        assert source.read() == b"content"
