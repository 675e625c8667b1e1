"""Content read in pieces means the same as content read line by line, wherever the pieces are cut."""

from __future__ import annotations

import asyncio
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.intake.smtp_lines import AMBIGUOUS, LONGEST_LINE, PIECE, TOO_LARGE, TOO_LONG, Content, Lines
from gateway.intake.smtp_replies import Refusal

ALPHABET = st.sampled_from([b"\r\n", b".", b"x", b"\r\n.", b"..", b"\r\n..", b"yz "])
NASTY = st.sampled_from([b"\r", b"\n", b"\r\n", b".", b"\0", b"a"])


def naive(raw: bytes) -> bytes:
    """Undo the transparency of RFC 5321 section 4.5.2 line by line, as it is written there."""
    return b"".join(line.removeprefix(b".") for line in raw.split(b"\r\n") for line in (line + b"\r\n",))[:-2]


def cut(raw: bytes, places: list[int]) -> list[bytes]:
    edges = sorted({0, len(raw), *(place % (len(raw) + 1) for place in places)})
    return [raw[start:end] for start, end in pairwise(edges)]


def collected(pieces: list[bytes], most: int = 1 << 20) -> Content:
    content = Content(most)
    for piece in pieces:
        content.add(piece)
    return content


@given(st.lists(ALPHABET).map(b"".join), st.lists(st.integers(0, 1000)))
def test_pieces_cut_anywhere_are_the_message(lines: bytes, places: list[int]) -> None:
    raw = lines if lines.endswith(b"\r\n") or not lines else lines + b"\r\n"
    content = collected(cut(b"\r\n" + raw, places))
    assert content.whole() == naive(raw)
    assert not content.refusal
    assert content.size == len(naive(raw))


@given(st.lists(NASTY).map(b"".join), st.lists(st.integers(0, 1000)))
def test_what_is_ambiguous_is_seen_wherever_it_is_cut(lines: bytes, places: list[int]) -> None:
    content = collected(cut(b"\r\n" + lines + b"\r\n", places))
    content.whole()
    rest = lines.replace(b"\r\n", b"")
    assert (content.refusal == AMBIGUOUS) is any(poison in rest for poison in (b"\r", b"\n", b"\0"))


def stuffed(message: bytes) -> bytes:
    return (b"\r\n" + message).replace(b"\r\n.", b"\r\n..")[2:]


@given(st.lists(ALPHABET).map(b"".join), st.lists(st.integers(0, 200_000), max_size=20), st.integers(0, 200_000))
def test_a_stream_ends_where_the_message_ends(lines: bytes, places: list[int], stretch: int) -> None:
    message = b"w" * stretch + lines + b"\r\n"
    left = b"QUIT\r\n"

    async def read() -> tuple[bytes, bytes]:
        reader = Lines(limit=PIECE, loop=asyncio.get_running_loop())
        content = Content(1 << 20)

        async def consume() -> None:
            async for piece in reader.pieces():
                content.add(piece)

        reading = asyncio.create_task(consume())
        for part in cut(stuffed(message) + b".\r\n" + left, places):
            reader.feed_data(part)
            await asyncio.sleep(0)
        await reading
        return content.whole(), await reader.readuntil()

    assert asyncio.run(read()) == (message, left)


def test_a_message_of_nothing_ends_at_once() -> None:
    async def read() -> list[bytes]:
        reader = Lines(limit=PIECE, loop=asyncio.get_running_loop())
        reader.feed_data(b".\r\n")
        return [piece async for piece in reader.pieces()]

    assert asyncio.run(read()) == [b"\r\n"]
    assert collected([b"\r\n"]).whole() == b""


def test_what_is_too_large_or_has_too_long_a_line_is_not_kept() -> None:
    assert collected([b"\r\n" + b"x" * 100 + b"\r\n"], most=99).refusal == TOO_LARGE
    small = b"y" * (PIECE - 1)
    pieces = [b"\r\n", *[small] * (LONGEST_LINE // len(small) + 1), b"\r\nx\r\n"]
    long = collected(pieces, most=1 << 30)
    assert long.refusal == TOO_LONG
    assert long.whole() == b""
    assert not collected([b"\r\n", *[small + b"\r\n"] * 40], most=1 << 30).refusal


def test_the_first_reason_stays() -> None:
    content = Content(10)
    content.refuse("452 4.3.1 first")
    content.add(b"\r\n\0\r\n")
    assert content.refusal == "452 4.3.1 first"


@pytest.mark.parametrize("line", [b"NOOP\n", b"NO\0OP\r\n", b"NO\rOP\r\n", b"NO\tOP\r\n", b"NO\xffOP\r\n", b"\x7f\r\n"])
def test_a_command_with_two_readings_is_refused(line: bytes) -> None:
    async def read() -> bytes:
        reader = Lines(limit=PIECE, loop=asyncio.get_running_loop())
        reader.feed_data(line)
        return await reader.readuntil()

    with pytest.raises(Refusal, match=r"^500 5\.5\.2"):
        asyncio.run(read())
