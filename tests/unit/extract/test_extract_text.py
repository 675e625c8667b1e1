from __future__ import annotations

import base64
import codecs
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.extract.decoding import decode, in_slices
from gateway.extract.formats.text.pasted import SLICE
from gateway.model.inspection import GapKind, Where
from gateway.testing.canaries import CanaryDocument
from gateway.testing.canaries.plain import documents
from tests.unit.extract.reading import kinds, opened, texts

LETTER = "Dear Mrs Müller, NHS number 943 476 5919 café £10\n"


@pytest.mark.parametrize(
    "data",
    [
        LETTER.encode(),
        LETTER.encode("utf-8-sig"),
        LETTER.encode("utf-16"),
        LETTER.encode("utf-16-le"),
        LETTER.encode("utf-16-be"),
        codecs.BOM_UTF16_BE + LETTER.encode("utf-16-be"),
        LETTER.encode("utf-32"),
        LETTER.encode("cp1252"),
    ],
    ids=["utf8", "utf8-bom", "utf16", "utf16le-bare", "utf16be-bare", "utf16be", "utf32", "cp1252"],
)
def test_every_encoding_gives_the_same_text(data: bytes) -> None:
    extraction = opened(data, "letter.txt")
    assert texts(extraction) == LETTER
    assert extraction.gaps == ()
    assert extraction.parts[0].media_type == "text/plain"


def test_an_empty_file_has_only_its_name_and_no_gap() -> None:
    extraction = opened(b"", "PROTECT/empty.txt")
    assert [(s.where, s.text) for s in extraction.parts[0].segments] == [
        (Where.ATTACHMENT_NAME, "PROTECT/empty.txt"),
        (Where.ATTACHMENT_NAME, "PROTECT"),
    ]
    assert extraction.gaps == ()


def test_bytes_that_are_no_utf8_are_read_among_bytes_that_are() -> None:
    assert decode("café ".encode() + "café".encode("cp1252")) == "café café"


def test_a_declared_charset_comes_first_and_a_wrong_one_is_passed_over() -> None:
    assert decode("日本".encode("shift_jis"), "Shift_JIS") == "日本"
    assert decode("café".encode("cp1252"), "koi-nothing") == "café"
    assert decode("日本".encode(), "euc-kr") != ""


def test_binary_is_a_gap() -> None:
    assert kinds(opened(bytes(range(256)) * 20, "x.bin")) == {GapKind.UNSUPPORTED}


def test_characters_written_as_numbers_are_read_as_well() -> None:
    assert "943 476 5919" in texts(opened(b'{"n": "\\u0039\\u0034\\u0033 476 5919"}', "x.json"), Where.BODY)
    assert "943 476 5919" in texts(opened(b"<?xml version='1.0'?><n>&#57;43 476 5919</n>", "x.xml"), Where.BODY)


SEALED = bytes.fromhex("c30d04090308") + bytes(8) + b"\x60" + b"\xd2\x21\x01" + bytes(range(32))  # RFC 9580 5.3, 5.13


@pytest.mark.parametrize("quote", ["", "> "])
def test_an_encrypted_pgp_message_in_a_text_is_a_gap(quote: str) -> None:
    block = base64.b64encode(SEALED).decode()
    armour = f"-----BEGIN PGP MESSAGE-----\n\n{block}\n-----END PGP MESSAGE-----\n".replace("\n", f"\n{quote}")
    extraction = opened(f"See below\n\n{quote}{armour}\nand above".encode(), "x.txt")
    assert [(gap.kind, gap.detail) for gap in extraction.gaps] == [(GapKind.ENCRYPTED, "AES-256")]


def test_an_encrypted_message_without_an_end_is_a_gap() -> None:
    assert kinds(opened(b"See\n-----BEGIN PGP MESSAGE-----\n\nabcd\n", "x.txt")) == {GapKind.ENCRYPTED}


@pytest.mark.parametrize(
    ("content", "media_type", "shown"),
    [
        (b"a,b,c\n1,2,3\n", "text/csv", "a\tb\tc\n1\t2\t3\n"),
        (b'{"a": 1}', "application/json", "a: 1"),
        (b"<?xml version='1.0'?><a>b</a>", "application/xml", "b"),
        (b"-----BEGIN RSA PRIVATE KEY-----\nabc\n", "application/x-pem-file", ""),
        (b"BEGIN:VCARD\r\nVERSION:4.0\r\nEND:VCARD\r\n", "text/vcard", ""),
    ],
)
def test_kinds_of_text_are_told_apart_and_read_whole(content: bytes, media_type: str, shown: str) -> None:
    extraction = opened(content, "x")
    assert extraction.parts[0].media_type == media_type
    assert texts(extraction, Where.BODY) == (shown if media_type != "application/x-pem-file" else content.decode())


@given(st.binary(max_size=400), st.sampled_from(["", "utf-7", "utf-16", "hex", "idna", "../x", "cp1252", "big5"]))
def test_decoding_never_raises(data: bytes, charset: str) -> None:
    assert isinstance(decode(data, charset), str)


@given(st.text(alphabet=st.characters(codec="utf-8", exclude_categories=["Cs"]), max_size=300))
def test_utf8_comes_out_as_it_is(text: str) -> None:
    assert decode(b"\xef\xbb\xbf" + text.encode()).removeprefix("\ufeff") == text.removeprefix("\ufeff")


@pytest.mark.parametrize("document", list(documents()), ids=lambda document: document.kind)
def test_every_canary_comes_out(document: CanaryDocument) -> None:
    extraction = opened(document.data, document.name)
    assert document.missing(texts(extraction)) == ()
    assert extraction.gaps == ()
    assert extraction.remarks == ()


@given(
    st.lists(st.sampled_from([b"\xff", b"a", b"\xc3\xa9", b"\xe2\x82", b"\xf0\x9f\x98\x80", b"\xed\xa0\x80", b"\x81"]))
)
def test_bytes_that_are_no_utf_8_are_read_one_by_one(pieces: list[bytes]) -> None:
    data = b"".join(pieces)
    assert "".join(in_slices(data, "utf-8")) == data.decode("utf-8", "gateway.windows")


@pytest.mark.parametrize("piece", [b"\xff", b"\xffa", b"\xff\xc3\xa9", b"\x81"])
def test_a_megabyte_of_bytes_that_are_no_utf_8_is_read_in_no_time(piece: bytes) -> None:
    data = piece * (1_000_000 // len(piece))
    begun = time.process_time()
    assert decode(data) == piece.decode("utf-8", "gateway.windows") * (1_000_000 // len(piece))
    decode(data, "cp1252")
    assert time.process_time() - begun < 2


def test_base64_is_found_wherever_a_slice_of_a_text_ends() -> None:
    block = base64.b64encode(LETTER.encode() * 8)
    for before in (SLICE - 100, SLICE - 56, SLICE - 55, SLICE - 1, SLICE):
        assert LETTER in texts(opened(b"words " * (before // 6) + b" " * (before % 6) + block, "x.txt"))
