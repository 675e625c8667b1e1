"""Parts of an EPUB book, one after the other (EPUB 3.3; OPF 2.0.1, NCX). Its pages are opened in turn as web pages."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from gateway.extract import Found
from gateway.extract.formats.leaves import properties
from gateway.extract.formats.office.fonts import is_veiled_font
from gateway.extract.formats.office.ooxml import TEXT, OfficeParts
from gateway.extract.formats.office.package import Package, Part
from gateway.extract.formats.office.shared import Shared
from gateway.model.inspection import Gap, GapKind, Segment, Where

MACHINERY: Final = re.compile(r"META-INF/.*|mimetype")
PAGES: Final = (".xhtml", ".html", ".htm", ".svg")
SEALED: Final = re.compile(
    rb"<(?:\w+:)?EncryptionMethod\b[^<>]*Algorithm\s*=\s*[\"']([^\"']*)[\"'].{0,2000}?"
    rb"<(?:\w+:)?CipherReference\b[^<>]*URI\s*=\s*[\"']([^\"']*)[\"']",
    re.DOTALL,
)
VEILS: Final = ("http://www.idpf.org/2008/embedding", "http://ns.adobe.com/pdf/enc#RC")
IDENTIFIER: Final = re.compile(rb"<(?:\w+:)?identifier\b[^<>]*>([^<]{1,200})<")


class BookParts(OfficeParts):
    """Reads the parts of one book."""

    def __init__(self, shared: Shared, package: Package) -> None:
        super().__init__(shared)
        sealed = package.peek("META-INF/encryption.xml")
        self.sealed = {
            uri.decode("utf-8", "replace").lstrip("/"): algorithm.decode("utf-8", "replace")
            for algorithm, uri in SEALED.findall(sealed)
        }
        self.identifiers: list[str] = []
        if self.sealed:
            books = b"".join(package.peek(name) for name in package.names() if name.endswith(".opf"))
            self.identifiers = [said.decode("utf-8", "replace") for said in IDENTIFIER.findall(books)]

    def part(self, part: Part) -> Iterator[Found]:
        """Read one part; one that is encrypted is a gap, but for a font whose veil is no secret."""
        algorithm = self.sealed.get(part.name)
        if algorithm and algorithm not in VEILS:
            cipher = "AES-256" if "aes256" in algorithm else "AES-128" if "aes128" in algorithm else "EPUB encryption"
            yield Gap(part=part.name, kind=GapKind.ENCRYPTED, detail=cipher)
        elif part.name.lower().endswith(PAGES):
            yield from self.not_xml(part.name, part.data)
        elif not (algorithm and is_veiled_font(part.data, self.identifiers)):
            yield from super().part(part)

    def not_xml(self, name: str, data: bytes) -> Iterator[Found]:
        """Hand on what is embedded."""
        if name == "mimetype" and data.strip() == b"application/epub+zip":
            yield Segment(where=Where.PROPERTY, text="application/epub+zip", name=name)
        else:
            yield from super().not_xml(name, data)

    def xml(self, name: str, data: bytes) -> Iterator[Segment]:
        """Read one XML part by what it is."""
        if MACHINERY.fullmatch(name) and not TEXT.search(data, 1):
            return
        if name.endswith(".opf"):
            yield from properties(data)
        else:
            yield from super().xml(name, data)
