from __future__ import annotations

import codecs

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.extract.decoding import decode
from gateway.model.inspection import GapKind, Where
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
    assert "943 476 5919" in texts(opened(b'{"n": "\\u0039\\u0034\\u0033 476 5919"}', "x.json"), Where.HIDDEN)
    assert "943 476 5919" in texts(opened(b"<?xml version='1.0'?><n>&#57;43 476 5919</n>", "x.xml"), Where.HIDDEN)


def test_an_encrypted_pgp_message_in_a_text_is_a_gap() -> None:
    text = b"See below\n\n-----BEGIN PGP MESSAGE-----\n\nabcd\n-----END PGP MESSAGE-----\n"
    assert kinds(opened(text, "x.txt")) == {GapKind.ENCRYPTED}


@pytest.mark.parametrize(
    ("content", "media_type"),
    [
        (b"a,b,c\n1,2,3\n", "text/csv"),
        (b'{"a": 1}', "application/json"),
        (b"<?xml version='1.0'?><a>b</a>", "application/xml"),
        (b"-----BEGIN RSA PRIVATE KEY-----\nabc\n", "application/x-pem-file"),
    ],
)
def test_kinds_of_text_are_told_apart_and_read_whole(content: bytes, media_type: str) -> None:
    extraction = opened(content, "x")
    assert extraction.parts[0].media_type == media_type
    assert texts(extraction, Where.BODY) == content.decode()


@given(st.binary(max_size=400), st.sampled_from(["", "utf-7", "utf-16", "hex", "idna", "../x", "cp1252", "big5"]))
def test_decoding_never_raises(data: bytes, charset: str) -> None:
    assert isinstance(decode(data, charset), str)


@given(st.text(alphabet=st.characters(codec="utf-8", exclude_categories=["Cs"]), max_size=300))
def test_utf8_comes_out_as_it_is(text: str) -> None:
    assert decode(b"\xef\xbb\xbf" + text.encode()).removeprefix("\ufeff") == text.removeprefix("\ufeff")
