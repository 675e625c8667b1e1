"""Our own reading of certificates: never more than a question, whatever the bytes are, and never long."""

from __future__ import annotations

import base64
import time
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.protect.keys import ldap, wkd
from gateway.protect.keys.key_packets import is_beyond_gpg, key_packets, read_key
from gateway.protect.keys.listing import address_in, rows
from gateway.protect.keys.rules import KeyWrap
from gateway.protect.keys.shown import shown_aes256

BEGIN, END = b"-----BEGIN PGP PUBLIC KEY BLOCK-----\n", b"-----END PGP PUBLIC KEY BLOCK-----\n"
CURVE = bytes([10]) + bytes.fromhex("2b060104019755010501")
POINT = b"\x01\x07" + b"\x40" + bytes(32)


def packet(tag: int, version: int, algorithm: int, rest: bytes = b"") -> bytes:
    body = bytes([version]) + bytes(4) + bytes([algorithm]) + (bytes(4) if version == 6 else b"") + rest
    return bytes([0xC0 | tag, len(body)]) + body


@pytest.mark.parametrize(
    ("packets", "beyond"),
    [
        (packet(6, 6, 27), True),
        (packet(6, 4, 27), True),
        (packet(6, 4, 22) + packet(14, 4, 18, CURVE + POINT + b"\x03\x01\x08\x07"), False),
        (packet(6, 4, 22) + packet(14, 4, 25), True),
        (packet(6, 4, 22) + packet(14, 4, 25) + packet(14, 4, 1, b"\x08\x00"), False),
        (packet(6, 4, 1, b"\x08\x00"), False),
        (packet(6, 4, 22), False),
        (packet(5, 6, 27), True),
        (b"", False),
    ],
)
def test_what_gpg_cannot_read_is_told_by_the_packets(packets: bytes, beyond: bool) -> None:  # noqa: FBT001 - a table
    assert is_beyond_gpg(packets) is beyond
    armoured = BEGIN + b"Comment: x\n\n" + base64.encodebytes(packets) + b"=abcd\n" + END
    assert is_beyond_gpg(armoured) is beyond
    assert is_beyond_gpg(armoured.replace(b"\n", b"\r\n")) is beyond


@pytest.mark.parametrize(
    ("rest", "wrap"),
    [
        (CURVE + POINT + b"\x03\x01\x08\x07", KeyWrap.AES128),
        (CURVE + POINT + b"\x03\x01\x0a\x09", KeyWrap.AES256),
        (CURVE + POINT + b"\x03\x01\x08\x02", None),  # 3DES
        (CURVE + POINT + b"\x04\x01\x08\x09", None),  # parameters of another form
        (CURVE + POINT, None),
        (b"\x05\x01\x02\x03\x04\x05" + POINT + b"\x03\x01\x08\x09", None),  # a curve that we do not know
    ],
)
def test_the_key_wrap_is_read_from_the_key(rest: bytes, wrap: KeyWrap | None) -> None:
    body = bytes([4]) + bytes(4) + bytes([18]) + rest
    assert read_key(body, is_primary=False).wrap is wrap


def test_several_blocks_are_all_read() -> None:
    block = BEGIN + b"\n" + base64.encodebytes(packet(6, 6, 27)) + END
    assert len(key_packets(block + b"text between\n" + block)) == 2


@given(st.binary(max_size=300))
def test_any_bytes_are_no_more_than_a_question(data: bytes) -> None:
    key_packets(data)
    key_packets(BEGIN + b"\n" + base64.encodebytes(data) + END)
    key_packets(BEGIN + data)
    assert is_beyond_gpg(data) in {True, False}


@given(st.lists(st.tuples(st.integers(0, 63), st.binary(max_size=80)), max_size=6))
def test_any_packets_are_no_more_than_a_question(packets: list[tuple[int, bytes]]) -> None:
    message = b"".join(bytes([0xC0 | tag, len(body)]) + body for tag, body in packets)
    key_packets(message)
    if message:
        with suppress(ValueError):  # the framing does not hold
            shown_aes256(message)


@pytest.mark.parametrize(
    "attack",
    [BEGIN + b" \n" * 500_000, BEGIN * 28_000, BEGIN + b"a: b\n" * 200_000, BEGIN + b"\n" + b"A" * 1_000_000],
    ids=["empty lines", "beginnings", "head", "one line"],
)
def test_armour_that_is_made_to_be_slow_is_not(attack: bytes) -> None:
    started = time.process_time()
    key_packets(attack[: 1 << 20])
    assert time.process_time() - started < 1


@given(st.text(max_size=40))
def test_a_listing_with_any_name_in_it_is_read(name: str) -> None:
    written = "".join(
        each if each.isalnum() and each.isascii() else "".join(f"\\x{b:02x}" for b in each.encode("utf-8", "replace"))
        for each in name
    )
    (row,) = rows(f"uid:u::::1::HASH::{written}::::::::::0:")
    assert row.kind == "uid"
    address_in(row.text)


@pytest.mark.parametrize(
    ("user_id", "address"),
    [
        ("Alice <alice@partner.example>", "alice@partner.example"),
        ("alice@partner.example", "alice@partner.example"),
        ("Alice <Alice@Partner.Example> ", "alice@partner.example"),
        ("<m@x.example> <alice@partner.example>", "alice@partner.example"),
        ("<alice@partner.example> Mallory", ""),
        ("Alice \\x3calice@partner.example>", ""),
        ("Alice", ""),
        ("alice @partner.example", ""),
        ("Alice <a@b@c.example>", ""),
        ("", ""),
    ],
)
def test_an_address_stands_in_one_place_of_a_user_id(user_id: str, address: str) -> None:
    assert address_in(user_id) == address


@given(st.binary(min_size=20, max_size=20))
def test_z_base_32_is_base_32_with_another_alphabet(digest: bytes) -> None:
    plain = base64.b32encode(digest).decode()
    table = str.maketrans("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", wkd.ALPHABET)
    assert wkd.z_base_32(digest) == plain.translate(table)


@given(st.text(max_size=60))
def test_an_address_never_becomes_a_filter(address: str) -> None:
    try:
        written = ldap.escaped(address)
    except UnicodeEncodeError:
        return  # half a surrogate pair: no command line brings one
    assert not set(written) & set(b"()*\0\r\n%=&|!")
    assert written.count(b"\\") == sum(1 for byte in address.encode() if ldap.HARMLESS.match(bytes([byte])))


@given(st.binary(max_size=300))
def test_any_answer_of_a_directory_is_read(ldif: bytes) -> None:
    list(ldap.values(ldif))
    list(ldap.values(b"userCertificate;binary::" + ldif))
