"""A digest in a thread is the digest."""

from __future__ import annotations

import hashlib
import threading

from hypothesis import given
from hypothesis import strategies as st

from gateway.store.alongside import LITTLE, Digest

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


def test_no_thread_is_left_behind() -> None:
    before = threading.active_count()
    with Digest() as digest:
        digest.update(bytes(LITTLE))
        assert threading.active_count() == before
        digest.update(bytes(LITTLE + 1))
        assert threading.active_count() == before + 1
    assert threading.active_count() == before
