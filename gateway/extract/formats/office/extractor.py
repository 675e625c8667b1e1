"""OOXML, OpenDocument and EPUB packages: every part of them, by our own walk.

A ZIP of XML parts (ECMA-376 part 2, OpenDocument 1.3 part 2, EPUB 3.3 OCF).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from gateway.extract import Found, Limits, media
from gateway.extract.formats.office.book_parts import BookParts
from gateway.extract.formats.office.odf_parts import OpenParts
from gateway.extract.formats.office.ooxml import OfficeParts
from gateway.extract.formats.office.package import Package, Part
from gateway.extract.formats.office.shared import Shared

LONGEST_TYPE: Final = 200
BOOK: Final = b"application/epub+zip"
OPEN: Final = (b"application/vnd.oasis.opendocument", b"application/vnd.sun.xml")


class OfficeExtractor:
    """Opens Word, Excel, PowerPoint, OpenDocument and EPUB files."""

    name = "office"
    media_types = frozenset(
        {media.DOCX, media.XLSX, media.XLSB, media.PPTX, media.ODT, media.ODS, media.ODP, media.EPUB, media.PACKAGE}
    )

    def __init__(self) -> None:
        self._shared = Shared()

    def open(self, data: bytes, limits: Limits) -> Iterable[Found]:
        """Return every part's text where it stood, and what is embedded."""
        package = Package(data)
        said = package.peek("mimetype", LONGEST_TYPE)
        if said.startswith(BOOK):
            parts: OfficeParts = BookParts(self._shared, package)
        elif said.startswith(OPEN) or "META-INF/manifest.xml" in package.names():
            parts = OpenParts(self._shared, package, said, limits)
        else:
            parts = OfficeParts(self._shared)
        for found in package.parts(limits, self._shared):
            if isinstance(found, Part):
                yield from parts.part(found)
            else:
                yield found
        yield from parts.rest()
