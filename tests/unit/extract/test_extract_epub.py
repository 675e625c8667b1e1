from __future__ import annotations

import hashlib

import pytest

from gateway.model.inspection import GapKind, Where
from gateway.testing.canaries import CanaryDocument
from gateway.testing.canaries.epub import documents
from tests.unit.extract.reading import XML, archive, opened, texts

IDENTIFIER = "urn:uuid:12345678-1234-1234-1234-123456789abc"
OPF = f'{XML}<package><metadata xmlns:dc="d"><dc:identifier id="i">{IDENTIFIER}</dc:identifier></metadata></package>'
TABLES = b"glyf" + bytes(4) + (28).to_bytes(4, "big") + (3000).to_bytes(4, "big")
FONT = b"OTTO" + (1).to_bytes(2, "big") + bytes(6) + TABLES + bytes(3000)


def book(**parts: bytes | str) -> bytes:
    return archive(
        {
            "mimetype": "application/epub+zip",
            "book.opf": OPF,
            **{name.replace("__", "."): part for name, part in parts.items()},
        }
    )


def sealed(uri: str, algorithm: str) -> str:
    said = (
        f'<enc:EncryptionMethod Algorithm="{algorithm}"/><enc:CipherData>'
        f'<enc:CipherReference URI="{uri}"/></enc:CipherData>'
    )
    return f'{XML}<encryption xmlns:enc="e"><enc:EncryptedData>{said}</enc:EncryptedData></encryption>'


def veiled(font: bytes, key: bytes, length: int) -> bytes:
    return bytes(byte ^ key[at % len(key)] for at, byte in enumerate(font[:length])) + font[length:]


@pytest.mark.parametrize("document", list(documents()), ids=lambda document: document.kind)
def test_every_canary_comes_out(document: CanaryDocument) -> None:
    extraction = opened(document.data, document.name)
    assert len(document.canaries) >= 10
    assert document.missing(texts(extraction)) == ()
    assert extraction.gaps == ()
    assert extraction.remarks == ()


def test_pages_read_as_web_pages() -> None:
    page = (
        "<html xmlns='http://www.w3.org/1999/xhtml'><body><p>943 <b>476</b> 5919</p><p>two&nbsp;words</p></body></html>"
    )
    extraction = opened(book(one__xhtml=XML + page), "x.epub")
    assert "943 476 5919" in texts(extraction, Where.BODY)
    assert extraction.gaps == ()


@pytest.mark.parametrize("way", ["idpf", "adobe"])
def test_a_font_whose_veil_is_no_secret_is_no_gap(way: str) -> None:
    if way == "idpf":
        said, font = (
            "http://www.idpf.org/2008/embedding",
            veiled(FONT, hashlib.new("sha1", IDENTIFIER.encode(), usedforsecurity=False).digest(), 1040),
        )
    else:
        said, font = (
            "http://ns.adobe.com/pdf/enc#RC",
            veiled(FONT, bytes.fromhex(IDENTIFIER[9:].replace("-", "")), 1024),
        )
    parts: dict[str, bytes | str] = {"font__otf": font, "META-INF/encryption__xml": sealed("font.otf", said)}
    assert opened(book(**parts), "x.epub").gaps == ()
    parts["font__otf"] = font + b"943 476 5919 behind the font"
    assert opened(book(**parts), "x.epub").gaps != ()


def test_a_page_under_rights_management_is_a_gap_and_the_others_are_read() -> None:
    sealing = sealed("two.xhtml", "http://www.w3.org/2001/04/xmlenc#aes128-cbc")
    parts: dict[str, bytes | str] = {
        "one__xhtml": "<html><body>943 476 5919</body></html>",
        "two__xhtml": bytes(range(64)),
        "META-INF/encryption__xml": sealing,
    }
    extraction = opened(book(**parts), "x.epub")
    assert [(gap.part, gap.kind, gap.detail) for gap in extraction.gaps] == [
        ("x.epub/two.xhtml", GapKind.ENCRYPTED, "AES-128")
    ]
    assert "943 476 5919" in texts(extraction)
