from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.extract import media
from gateway.extract.identify import identify
from tests.unit.extract.reading import archive, word

MAIL = b"From: a@example.org\nSubject: x\n\nbody\n"


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (b"", media.TEXT),
        (b"plain", media.TEXT),
        (MAIL, media.MAIL),
        (b"Received: x\nX-Empty:\nSubject: y\n\n", media.MAIL),
        (b"Note: this is\nno: mail", media.TEXT),
        (b"From a Mon\n" + MAIL, media.MBOX),
        (b"<html><body>x", media.HTML),
        (b"<?xml version='1.0'?><html><body/></html>", media.HTML),
        (b"BEGIN:VCARD\nEND:VCARD", media.VCARD),
        (b"junk" * 40 + b"%PDF-1.4", media.PDF),
        (archive({"a.txt": "x"}), media.ZIP),
        (archive({"[Content_Types].xml": "x/other"}), media.PACKAGE),
        (archive({"mimetype": "application/epub+zip"}), media.EPUB),
        (archive({"a.docx": word("")}), media.ZIP),
        (word(""), media.DOCX),
        (b"\x89PNG\r\n\x1a\n", "image/png"),
        (b"\0\0\0\x18ftypheic", "image/heif"),
        (b"{\\rtf1}", "application/rtf"),
        (b"\0" * 257 + b"ustar", media.TAR),
        (bytes(range(256)), media.UNKNOWN),
    ],
)
def test_what_a_file_is(data: bytes, kind: str) -> None:
    assert identify(data)[0].media_type == kind


@pytest.mark.parametrize(
    ("data", "cipher"),
    [
        (bytes.fromhex("85010c03") + bytes(20), "OpenPGP"),
        (bytes.fromhex("c1c04c03") + bytes(20), "OpenPGP"),
        (bytes.fromhex("8c0d0409") + bytes(20), "OpenPGP"),
        (b"-----BEGIN PGP MESSAGE-----\n", "OpenPGP"),
        (bytes.fromhex("3080 06092a864886f70d010703") + bytes(20), "CMS"),
        (b"7z\xbc\xaf\x27\x1c" + bytes(26) + b"\x06\xf1\x07\x01", "AES-256"),
        (bytes.fromhex("85010c09") + bytes(20), ""),
    ],
)
def test_what_is_encrypted(data: bytes, cipher: str) -> None:
    assert identify(data)[0].cipher == cipher


def test_a_polyglot_is_both() -> None:
    both = b"%PDF-1.4\n" + archive({"a.txt": "x"})
    assert [sighting.media_type for sighting in identify(both)] == [media.PDF, media.ZIP]


@given(
    st.binary(max_size=300), st.sampled_from([b"", b"%PDF-", b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"0"])
)
def test_identifying_never_raises(data: bytes, start: bytes) -> None:
    assert identify(start + data)
    assert identify(start + data + b"PK\x05\x06" + data)
