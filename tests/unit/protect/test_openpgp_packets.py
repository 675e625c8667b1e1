from __future__ import annotations

import contextlib
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.protect.content import looked_at
from gateway.protect.packets import packets, sealed_for

KEY_ID = bytes.fromhex("0123456789ABCDEF")


def old(tag: int, body: bytes) -> bytes:
    return bytes([0x80 | tag << 2 | 1]) + len(body).to_bytes(2) + body


def new(tag: int, body: bytes) -> bytes:
    return bytes([0xC0 | tag, 255]) + len(body).to_bytes(4) + body


SESSION = b"\x03" + KEY_ID + b"\x12" + b"x" * 80
SEALED = b"\x01" + b"y" * 500


@pytest.mark.parametrize("write", [old, new])
def test_a_sealed_message_names_its_key(write: Callable[[int, bytes], bytes]) -> None:
    assert sealed_for(write(1, SESSION) + new(18, SEALED)) == {"0123456789ABCDEF"}


def test_every_recipient_is_seen() -> None:
    other = b"\x03" + b"\xaa" * 8 + b"\x01xx"
    assert sealed_for(new(1, SESSION) + new(1, other) + new(18, SEALED)) == {"0123456789ABCDEF", "AA" * 8}


def test_a_version_6_session_key_names_a_fingerprint() -> None:
    assert sealed_for(new(1, bytes([6, 33, 6]) + b"\xbb" * 32 + b"\x19") + new(18, b"\x02rest")) == {"BB" * 32}


def test_partial_lengths_are_followed_to_the_end() -> None:
    body = bytes([0xC0 | 18, 0xE9]) + b"\x01" + b"z" * 511 + bytes([0xE1]) + b"zz" + bytes([3]) + b"zzz"
    assert [packet.tag for packet in packets(body + new(1, SESSION))] == [18, 1]
    assert sealed_for(new(1, SESSION) + body) == {"0123456789ABCDEF"}


def in_pieces(exponent: int, count: int) -> bytes:
    """Return sealed data in so many pieces of one length, as a program writes what it does not know the end of."""
    piece = bytes([0xE0 | exponent]) + b"z" * (1 << exponent)
    first = bytes([0xC0 | 18, 0xE9]) + b"\x01" + b"z" * 511
    return first + piece * count + bytes([3]) + b"end"


MANY = in_pieces(4, 300)


@pytest.mark.parametrize(("exponent", "count"), [(0, 1), (0, 500), (4, 300), (13, 2), (13, 1300)])
def test_many_pieces_of_one_length_are_passed_over(exponent: int, count: int, tmp_path: Path) -> None:
    message = new(1, SESSION) + in_pieces(exponent, count)
    file = tmp_path / "message"
    file.write_bytes(message)
    with looked_at(file) as content:
        assert sealed_for(message) == sealed_for(content) == {"0123456789ABCDEF"}


@pytest.mark.parametrize("more", [b"\0", new(11, b"b\x00clear"), new(1, SESSION)])
def test_nothing_hides_behind_many_pieces(more: bytes) -> None:
    with pytest.raises(ValueError, match=r"follows|not an OpenPGP packet"):
        sealed_for(new(1, SESSION) + MANY + more)


@given(st.integers(min_value=1, max_value=len(MANY)))
def test_many_pieces_that_are_cut_do_not_pass(missing: int) -> None:
    with pytest.raises(ValueError, match=r"."):
        sealed_for((new(1, SESSION) + MANY)[:-missing])


@given(st.integers(min_value=0, max_value=299))
def test_a_piece_of_another_length_among_them_is_not_taken_for_one(number: int) -> None:
    """What came before it is passed over at once; from its own length on the framing no longer holds."""
    message = bytearray(new(1, SESSION) + MANY)
    at = len(new(1, SESSION)) + 2 + 512 + number * 17
    assert message[at] == 0xE4
    message[at] = 0xFF  # four octets of length: far behind the end
    with pytest.raises(ValueError, match="cut short"):
        sealed_for(bytes(message))


def test_two_octet_lengths() -> None:
    body = b"\x01" + b"q" * 999
    size = len(body) - 192
    framed = bytes([0xC0 | 18, 192 + (size >> 8), size & 255]) + body
    assert sealed_for(new(1, SESSION) + framed) == {"0123456789ABCDEF"}


@pytest.mark.parametrize(
    ("message", "why"),
    [
        (b"", "no sealed data"),
        (new(1, SESSION), "no sealed data"),
        (new(18, SEALED), "nobody"),
        (new(1, SESSION) + new(9, SEALED), "kind 9"),
        (new(1, SESSION) + new(3, b"\x04\x09") + new(18, SEALED), "kind 3"),
        (new(1, SESSION) + new(11, b"b\x00clear text"), "kind 11"),
        (new(1, SESSION) + new(18, SEALED) + new(11, b"b\x00clear"), "follows"),
        (new(1, SESSION) + new(18, b"\x07" + SEALED), "kind 18"),
        (new(1, SESSION) + new(18, b""), "kind 18"),
        (new(1, b"\x02" + SESSION) + new(18, SEALED), "unknown version"),
        (new(1, SESSION) + new(18, SEALED)[:-1], "cut short"),
        (b"hello, this is clear text", "not an OpenPGP packet"),
    ],
)
def test_another_shape_is_refused(message: bytes, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        sealed_for(message)


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(message: bytes) -> None:
    with contextlib.suppress(ValueError):
        assert sealed_for(message)


@given(st.integers(min_value=1, max_value=len(SESSION) + len(SEALED) + 11))
def test_no_cut_message_passes(missing: int) -> None:
    whole = new(1, SESSION) + new(18, SEALED)
    with pytest.raises(ValueError, match=r"."):
        sealed_for(whole[:-missing])
