"""Tiny files of every format, made in memory, on which the parsers are tried before the walls go up."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator

import pikepdf

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
PAGE = (
    b"<html><head><meta name='k' content='v'></head><body><table><tr><td>1<td>2</table><a href='data:,x'>y</a></body>"
)
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
    yield "j.zip", _package({"a.txt": b"text", "b.png": b"\x89PNG\r\n\x1a\n"})
    word, sheet = types % b"wordprocessingml.document", types % b"sheet"
    yield "k.docx", _package({TYPES: word, "word/document.xml": DOCUMENT, "docProps/core.xml": DOCUMENT})
    yield "l.xlsx", _package({TYPES: sheet, "xl/worksheets/sheet1.xml": DOCUMENT, "xl/styles.xml": DOCUMENT})
    yield "m.doc", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(2000)
    yield "n.xml", b"<?xml version='1.0'?><a>&#65;</a>"


def _package(parts: dict[str, bytes]) -> bytes:
    """Return a ZIP of these parts."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return target.getvalue()
