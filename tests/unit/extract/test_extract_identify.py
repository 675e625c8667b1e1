from __future__ import annotations

import base64
import bz2
import lzma

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.extract import media
from gateway.extract.identify import identify
from gateway.model.inspection import RemarkKind
from gateway.testing.canaries.archive_bytes import cabinet, cms, gzipped, literal, rar_4, rar_5, tarred
from tests.unit.extract.reading import archive, kinds, opened, texts, word

MAIL = b"From: a@example.org\nSubject: x\n\nbody\n"


def v7(files: dict[str, bytes]) -> bytes:
    """Return a TAR as it was before it had a magic."""
    data = bytearray(tarred(files))
    data[257:265], data[148:156] = bytes(8), b" " * 8
    data[148:156] = b"%06o\0 " % sum(data[:512])
    return bytes(data)


SVG = (
    b'<?xml version="1.0"?><!-- <html> --><!DOCTYPE svg><svg xmlns="http://www.w3.org/2000/svg"><title>x</title></svg>'
)


def content_types(*types: str) -> bytes:
    parts = "".join(f'<Override PartName="/p{number}" ContentType="{each}"/>' for number, each in enumerate(types))
    return archive({"junk.bin": "x", "[Content_Types].xml": f"<Types>{parts}</Types>"})


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (b"", media.TEXT),
        (b"plain", media.TEXT),
        ("na\u00efve text".encode("utf-16-le"), media.TEXT),
        ("na\u00efve text".encode("utf-16"), media.TEXT),
        ("<html><body>".encode("utf-16-le"), media.HTML),
        (MAIL, media.MAIL),
        (b"Received: x\nX-Empty:\nSubject: y\n\n", media.MAIL),
        (b"Note: this is\nno: mail", media.TEXT),
        (b"From a Mon\n" + MAIL, media.MBOX),
        (
            b"From: <Saved by Blink>\nSubject: x\nMIME-Version: 1.0\nContent-Type: multipart/related; boundary=b\n\n",
            media.MHT,
        ),
        (MAIL[:-6] + b"To: b@example.org\nContent-Type: multipart/related; boundary=b\n\nx", media.MAIL),
        (b"<html><body>x", media.HTML),
        (b"<?xml version='1.0'?><html><body/></html>", media.HTML),
        (b"<?xml version='1.0'?><svgs/>", media.XML),
        (SVG, media.SVG),
        (b"BEGIN:VCARD\nEND:VCARD", media.VCARD),
        (b"\r\nBEGIN:VCALENDAR\nEND:VCALENDAR", media.CALENDAR),
        (b'{"a": [1, 2]}', media.JSON),
        (b"a\tb\tc\n1\t2\t3\n", media.TSV),
        (b"a,b,c\n1,2,3\n", media.CSV),
        (b"-----BEGIN RSA PRIVATE KEY-----\nMIIE", media.PEM),
        (b"\r\n \n%PDF-1.4\n%\xe2\xe3\xcf\xd3", media.PDF),
        (b"junk" * 40 + b"%PDF-1.4", media.PDF),
        (b"\0" * 500 + b"%PDF-1.4\0\1\2", media.PDF),
        (b"{\\rtf1}", media.RTF),
        (b"\n  {\\rtf1}", media.RTF),
        (archive({"a.txt": "x"}), media.ZIP),
        (content_types("application/vnd.ms-package.xps-fixeddocumentsequence+xml"), media.PACKAGE),
        (content_types("application/vnd.ms-visio.drawing.main+xml"), media.PACKAGE),
        (content_types("application/vnd.ms-excel.sheet.binary.macroEnabled.main"), media.XLSB),
        (content_types("application/vnd.ms-excel.sheet.macroEnabled.main+xml"), media.XLSX),
        (
            content_types("application/vnd.ms-excel.sheet.macroEnabled.12", "x.presentationml.slideshow.main+xml"),
            media.PPTX,
        ),
        (archive({"mimetype": "application/epub+zip"}), media.EPUB),
        (archive({"mimetype": "application/vnd.oasis.opendocument.text-template"}), media.ODT),
        (archive({"mimetype": "application/vnd.oasis.opendocument.graphics"}), media.PACKAGE),
        (archive({"a.docx": word("")}), media.ZIP),
        (word(""), media.DOCX),
        (b"\x89PNG\r\n\x1a\n", "image/png"),
        (b"\0\0\0\x18ftypheic", "image/heif"),
        (b"\0\0\0\x18ftypisom", "video/mp4"),
        (b"RIFF\0\0\0\0WEBP", "image/webp"),
        (b"RIFF\0\0\0\0WAVE", "audio/wav"),
        (tarred({"a": b"x"}), media.TAR),
        (tarred({"a": b"x"})[:257] + bytes(8) + tarred({"a": b"x"})[265:], media.UNKNOWN),  # the checksum is wrong
        (v7({"a": b"x"}), media.TAR),
        (gzipped(b"x"), media.GZIP),
        (bz2.compress(b"x"), media.BZIP2),
        (b"BZhello", media.TEXT),
        (lzma.compress(b"x"), media.XZ),
        (lzma.compress(b"x", lzma.FORMAT_ALONE), media.LZMA),
        (b"7z\xbc\xaf\x27\x1c" + bytes(26), media.SEVEN_ZIP),
        (rar_4({}), media.RAR),
        (rar_5({}), media.RAR),
        (cabinet({"a": b"x"}), media.CAB),
        (bytes.fromhex("85010c03") + bytes(20), media.PGP),
        (bytes.fromhex("c1c04c03") + bytes(20), media.PGP),
        (bytes.fromhex("8c0d0409") + bytes(20), media.PGP),
        (bytes.fromhex("85010c09") + bytes(20), media.UNKNOWN),
        (literal(b"x" * 20), media.PGP),
        (b"-----BEGIN PGP MESSAGE-----\n", media.PGP),
        (bytes.fromhex("3080 06092a864886f70d010703") + bytes(20), media.CMS),
        (cms("signed", b"x"), media.SIGNATURE),
        (base64.encodebytes(cms("compressed", b"x")), media.CMS),
        (
            b"-----BEGIN PKCS7-----\n" + base64.encodebytes(cms("signed", b"x")) + b"-----END PKCS7-----\n",
            media.SIGNATURE,
        ),
        (b"MZ" + bytes(58) + b"\x40\0\0\0PE\0\0", "application/vnd.microsoft.portable-executable"),
        (b"MZ is a country", media.TEXT),
        (b"\x7fELF\2\1\1", "application/x-elf"),
        (b"L\0\0\0\1\x14\2\0" + bytes(20), "application/x-ms-shortcut"),
        (b"!BDN" + bytes(20), "application/vnd.ms-outlook-pst"),
        (b"SQLite format 3\0", "application/vnd.sqlite3"),
        (bytes.fromhex("e4525c7b8cd8a74daeb15378d02996d3"), "application/onenote"),
        (b"AT&TFORM\0\0", "image/vnd.djvu"),
        (b"%!PS-Adobe-3.0 EPSF-3.0\n", "application/postscript"),
        (b"ID3\x03" + bytes(20), "audio/mpeg"),
        (bytes.fromhex("1a45dfa3") + bytes(20), "video/matroska"),
        (bytes(range(256)), media.UNKNOWN),
    ],
)
def test_what_a_file_is(data: bytes, kind: str) -> None:
    assert identify(data)[0].media_type == kind


ZIP = archive({"inner.txt": "943 476 5919"})
GIF = b"GIF89a\1\0\1\0\0\0\0,\0\0\0\0\1\0\1\0\0\2\2D\1\0;"
JPEG_COMMENT = b"\xff\xd8\xff\xfe\0\x30<html><body>943 476 5919</body></html>" + b" " * 9 + b"\xff\xd9"


@pytest.mark.parametrize(
    ("both", "found"),
    [
        (b"%PDF-1.4\n" + ZIP, [media.PDF, media.ZIP]),
        (GIF + ZIP, ["image/gif", media.ZIP]),
        (GIF + rar_5({"a.txt": b"943 476 5919"}), ["image/gif", media.RAR]),
        (JPEG_COMMENT, ["image/jpeg", media.HTML]),
        (MAIL + ZIP, [media.MAIL, media.ZIP]),
        (b"<html><body>x</body></html>\n" + ZIP, [media.HTML, media.ZIP]),
        (b"MZ" + bytes(58) + b"\x40\0\0\0PE\0\0" + ZIP, ["application/vnd.microsoft.portable-executable", media.ZIP]),
        (word("") + ZIP, [media.ZIP]),
    ],
    ids=["pdf+zip", "gif+zip", "gif+rar", "html in jpeg", "mail+zip", "html+zip", "program+zip", "docx+zip"],
)
def test_a_polyglot_is_everything_that_it_is(both: bytes, found: list[str]) -> None:
    assert [sighting.media_type for sighting in identify(both)] == found
    extraction = opened(both, "both")
    assert "943 476 5919" in texts(extraction)
    several = [each for each in extraction.remarks if each.kind is RemarkKind.SEVERAL_TYPES]
    named = [each.detail for each in several if each.part == "both"]  # the body of the mail is both once more
    assert named == ([", ".join(found)[:80]] if len(found) > 1 else [])


@pytest.mark.parametrize(
    "outer",
    [tarred({"a.zip": ZIP}), gzipped(ZIP), archive({"a.zip": ZIP}), rar_5({"a.zip": ZIP}), cabinet({"a.zip": ZIP})],
    ids=["tar", "gzip", "zip", "rar", "cab"],
)
def test_what_holds_an_archive_is_no_polyglot(outer: bytes) -> None:
    assert len(identify(outer)) == 1
    extraction = opened(outer, "outer")
    assert "943 476 5919" in texts(extraction)
    assert (extraction.remarks, kinds(extraction)) == ((), set())


@given(
    st.binary(max_size=300), st.sampled_from([b"", b"%PDF-", b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"0"])
)
def test_identifying_never_raises(data: bytes, start: bytes) -> None:
    assert identify(start + data)
    assert identify(start + data + b"PK\x05\x06" + data)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.txt", b"{}"), ("a.log", b"x"), ("a.xml", SVG), ("a.svg", SVG), ("a.doc", b"{\\rtf1}"),
        ("a.doc", b"<html><body>"),
        ("a.doc", b"<?xml version='1.0'?><w:wordDocument xmlns:w='w'/>"), ("a.xls", b"a\tb\n1\t2\n"), ("a.eml", MAIL),
        ("a.xls", b"one line"), ("a.tgz", gzipped(tarred({"a": b"x"}))), ("a.tar.gz", gzipped(tarred({"a": b"x"}))),
        ("a.zip", archive({"mimetype": "application/epub+zip"})), ("a.docm", word("")), ("a.p7m", cms("signed", b"x")),
        ("smime.p7m", cms("compressed", b"x")), ("a.asc", b"-----BEGIN PGP PUBLIC KEY BLOCK-----\n"), ("README", b"x"),
        ("v1.2", b"x"), ("winmail.dat", b"x"), ("a.csv", b"no commas"), ("a.jar", archive({"a.class": b"x"})),
        ("a.p7s", cms("signed", b"x")),
    ],
)  # fmt: skip
def test_an_ordinary_name_is_no_remark(name: str, content: bytes) -> None:
    assert opened(content, name).remarks == ()


@pytest.mark.parametrize(
    ("name", "content", "detail"),
    [
        ("plan.docx", b"%PDF-1.4", ".docx, but is application/pdf"),
        ("photo.jpg", archive({"a": b"x"}), ".jpg, but is application/zip"),
        ("notes.txt", rar_5({"a": b"x"}), ".txt, but is application/vnd.rar"),
        ("a.PDF", word(""), f".pdf, but is {media.DOCX}"),
    ],
)
def test_a_name_that_says_something_else_is_a_remark(name: str, content: bytes, detail: str) -> None:
    remarks = {(remark.part, remark.kind, remark.detail) for remark in opened(content, name).remarks}
    assert (name, RemarkKind.NAMED_OTHERWISE, detail[:80]) in remarks
