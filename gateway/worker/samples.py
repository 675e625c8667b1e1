"""Tiny files of every format, made in memory, on which the parsers are tried before the walls go up."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import tarfile
import zipfile
from collections.abc import Iterator

import pikepdf
import pyzipper
from PIL import Image

from gateway.extract.formats.office97.ole_pack import packed

LETTER = """\
From: =?utf-8?q?Caf=C3=A9?= <a@example.org>
To: b@example.org
Subject: =?iso-8859-1?q?OFFICIAL?=
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary="x"

preamble
--x
Content-Type: text/plain; charset=utf-8
Content-Transfer-Encoding: quoted-printable

caf=C3=A9 943 476 5919
--x
Content-Type: text/html; charset=windows-1252

<html><head><title>t</title></head><body><p hidden>a<b>b</b><!-- c --></p><template>d</template></body></html>
--x
Content-Type: application/octet-stream; name*=utf-8''caf%C3%A9.bin
Content-Transfer-Encoding: base64
Content-Disposition: attachment

AAEC
--x
Content-Type: message/rfc822

Subject: inner

body
--x--
"""
SEVEN_ZIP = bytes.fromhex(  # one stored file, a.txt
    "377abcaf271c0004703f751f04000000000000003600000000000000a8b109a2746578740104060001090400070b01000101"
    "000c0400080a01c7a78b3b00000501110d0061002e007400780074000000150601002080a4810000"
)
PAGE = (
    b"<html><head><meta name='k' content='v'></head><body><table><tr><td>1<td>2</table><a href='data:,x'>y</a></body>"
)
RICH = rb"{\rtf1\ansi{\fonttbl{\f0\fcharset128 a;}}\f0 \'83\'47 \u233?{\pict\dibitmap0 2800}{\*\objdata 0105000002}}"
TYPES = "[Content_Types].xml"
DOCUMENT = b"""<?xml version="1.0"?><w:document xmlns:w="w"><w:p><w:r><w:t>text</w:t></w:r></w:p></w:document>"""


def _pdf(*, locked: bool) -> bytes:
    """Return a PDF with a page, a property and an attached file."""
    target = io.BytesIO()
    with pikepdf.new() as document:
        document.add_blank_page()
        document.docinfo["/Title"] = "sample"
        document.attachments["a.txt"] = b"attached"
        font = pikepdf.Dictionary(Type=pikepdf.Name.Font, Subtype=pikepdf.Name.Type1, BaseFont=pikepdf.Name.Helvetica)
        page = document.pages[0]
        page.Resources = pikepdf.Dictionary(Font=pikepdf.Dictionary(F1=document.make_indirect(font)))
        page.Contents = document.make_stream(b"BT /F1 12 Tf 72 700 Td (sample) Tj ET")
        document.save(target, encryption=pikepdf.Encryption(owner="o", user="u") if locked else None)
    return target.getvalue()


def _pictured_pdf() -> bytes:
    """Return a PDF with a picture, and a stamp that has an appearance."""
    target = io.BytesIO()
    with pikepdf.new() as document:
        document.add_blank_page()
        page, sides = document.pages[0], {"Width": 60, "Height": 60, "BitsPerComponent": 8}
        image = document.make_stream(b"\xff" * 1800 + bytes(1800), ColorSpace=pikepdf.Name.DeviceGray, **sides)
        image.Type, image.Subtype = pikepdf.Name.XObject, pikepdf.Name.Image
        page.Resources = pikepdf.Dictionary(XObject=pikepdf.Dictionary(I=image))
        page.Contents = document.make_stream(b"q 90 0 0 90 9 9 cm /I Do Q")
        stamp = document.make_stream(b"BT /F 9 Tf (stamp) Tj ET", Subtype=pikepdf.Name.Form, BBox=[0, 0, 9, 9])
        note = pikepdf.Dictionary(Type=pikepdf.Name.Annot, Subtype=pikepdf.Name.Stamp, AP=pikepdf.Dictionary(N=stamp))
        page.Annots = pikepdf.Array([document.make_indirect(note)])
        document.save(target)
    return target.getvalue()


def samples() -> Iterator[tuple[str, bytes]]:
    """Yield names and contents."""
    types = b"<Types><Override ContentType='x.%s.main+xml'/></Types>"
    yield "a.txt", "caf\xe9 943 476 5919\n".encode()
    yield "b.txt", b"caf\xe9"
    yield "c.txt", "sixteen".encode("utf-16")
    yield "d.bin", bytes(range(256))
    yield "e.eml", LETTER.encode()
    yield "f.html", PAGE
    yield "g.pdf", _pdf(locked=False)
    yield "h.pdf", _pdf(locked=True)
    yield "i.pdf", b"%PDF-1.7 damaged"
    yield "looked-at.pdf", _pictured_pdf()
    yield "j.zip", _package({"a.txt": b"text", "b.png": b"\x89PNG\r\n\x1a\n"})
    word, sheet = types % b"wordprocessingml.document", types % b"sheet"
    yield "k.docx", _package({TYPES: word, "word/document.xml": DOCUMENT, "docProps/core.xml": DOCUMENT})
    yield "l.xlsx", _package({TYPES: sheet, "xl/worksheets/sheet1.xml": DOCUMENT, "xl/styles.xml": DOCUMENT})
    yield "m.doc", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(2000)
    yield "n.xml", b"<?xml version='1.0'?><a>&#65;</a>"
    yield "text.odt", _package({"mimetype": b"application/vnd.oasis.opendocument.text", "content.xml": DOCUMENT})
    yield "text.ics", b"BEGIN:VCALENDAR\r\nSUMMARY;ENCODING=QUOTED-PRINTABLE:caf=C3=A9\r\nEND:VCALENDAR\r\n"
    yield "text.json", b'{"a": "caf\\u00e9", "b": [1, "{}"]}'
    yield "text.csv", b'a,b,c\n1,"2\n3",4\n'
    yield "text.rtf", RICH
    yield "letter.msg", packed({("__properties_version1.0",): bytes(32), ("__substg1.0_1013001F",): PAGE})
    yield "winmail.dat", b"\x78\x9f\x3e\x22\1\0" + b"\1\x04\x80\1\0\2\0\0\0a\0\x61\0"
    yield from _pictures()
    yield from _legacy()
    yield from _archives()


def _legacy() -> Iterator[tuple[str, bytes]]:
    """Yield the files of Office 97: a document, a workbook and a presentation, and two that are encrypted."""
    word = b"\xec\xa5\xc1\0" + bytes(1500)
    yield "legacy.doc", packed({("WordDocument",): word, ("0Table",): b"", ("\1Ole10Native",): bytes(40)})
    locked = word[:11] + b"\1\0\0" + b"\x34\0\0\0" + word[18:]
    yield "locked.doc", packed({("WordDocument",): locked, ("0Table",): b"\1\0\1\0" + bytes(48)})
    book = bytes.fromhex("0908080000060500000000005c000700040000746578740a000000")
    yield "legacy.xls", packed({("Workbook",): book, ("\5SummaryInformation",): b"\xfe\xff" + bytes(46)})
    text = b"\0\0\xa0\x0f\x08\0\0\0" + "text".encode("utf-16-le")
    yield "legacy.ppt", packed({("PowerPoint Document",): text, ("Current User",): bytes(40)})
    zeros = "A" * 43 + "="
    salted = f'saltValue="{"A" * 22}==" hashAlgorithm="SHA512" keyBits="256" cipherAlgorithm="AES"'
    verifier = f'encryptedVerifierHashInput="{"A" * 22}==" encryptedVerifierHashValue="{zeros}"'
    key = f'<encryptedKey {salted} spinCount="1" {verifier}/>'
    xml = f'<a><keyData {salted} cipherChaining="ChainingModeCBC"/>{key}</a>'
    info = b"\4\0\4\0\x40\0\0\0" + xml.encode()
    yield "locked.docx", packed({("EncryptionInfo",): info, ("EncryptedPackage",): bytes(32)})


def _pictures() -> Iterator[tuple[str, bytes]]:
    """Yield a picture of every format: two colours, large enough to be read."""
    picture = Image.new("RGB", (80, 60), "white")
    picture.paste("black", (20, 20, 60, 40))
    for ending, name in (("png", "PNG"), ("jpg", "JPEG"), ("tif", "TIFF"), ("webp", "WEBP"), ("gif", "GIF"),
                         ("bmp", "BMP"), ("ppm", "PPM"), ("avif", "AVIF")):  # fmt: skip
        target = io.BytesIO()
        picture.save(target, name, **({"compression": "tiff_lzw"} if name == "TIFF" else {}))
        yield f"picture.{ending}", target.getvalue()


def _archives() -> Iterator[tuple[str, bytes]]:
    """Yield archives of every kind that has a library of its own, and one that is encrypted."""
    tarred = io.BytesIO()
    with tarfile.open(fileobj=tarred, mode="w") as archive:
        archive.addfile(tarfile.TarInfo("a.txt"))
    yield "archive.tgz", gzip.compress(tarred.getvalue(), mtime=0)
    yield "archive.tar.xz", lzma.compress(tarred.getvalue())
    yield "packed.txt.bz2", bz2.compress(b"text")
    yield "archive.7z", SEVEN_ZIP
    locked = io.BytesIO()
    with pyzipper.AESZipFile(locked, "w", encryption=pyzipper.WZ_AES) as encrypted:
        encrypted.setpassword(b"password")
        encrypted.writestr("a.txt", b"text")
    yield "locked.zip", locked.getvalue()


def _package(parts: dict[str, bytes]) -> bytes:
    """Return a ZIP of these parts."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return target.getvalue()
