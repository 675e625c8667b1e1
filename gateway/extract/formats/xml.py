"""XML files: as text, with every mark-up character; those that are Office documents in one file are walked."""

from __future__ import annotations

from collections.abc import Iterable
from xml.parsers import expat

from gateway.extract import Inner, Limits, media
from gateway.extract.decoding import decode, has_binary
from gateway.extract.formats.markup import EntityDeclared, Markup
from gateway.extract.formats.text import armoured, second_reading, unescaped
from gateway.model.inspection import Gap, GapKind, Segment, Where

FLAT_OFFICE = (  # Word 2003 XML, Flat OPC, Excel 2003 XML, OpenDocument in one file, WordprocessingML parts
    b"schemas.microsoft.com/office/",
    b"schemas.openxmlformats.org/",
    b"urn:schemas-microsoft-com:office",
    b"urn:oasis:names:tc:opendocument",
)
START = 20_000


class XmlExtractor:
    """Reads XML files."""

    name = "xml"
    media_types = frozenset({media.XML})

    def open(self, data: bytes, limits: Limits) -> Iterable[Segment | Inner | Gap]:
        """Return the text as it is, or, of an Office document, as a reader sees it."""
        del limits  # entities are refused, so nothing grows
        if any(mark in data[:START] for mark in FLAT_OFFICE):
            try:
                document = Markup(Where.BODY)
                document.read(data)
                yield from list(document.segments())
            except (expat.ExpatError, EntityDeclared, ValueError) as trouble:
                yield Gap(part="", kind=GapKind.CORRUPT, detail=type(trouble).__name__)
            else:
                return
        text = decode(data)
        if has_binary(data):
            yield Gap(part="", kind=GapKind.CORRUPT, detail="binary in text")
        yield from second_reading(data)
        yield Segment(where=Where.BODY, text=text)
        yield from unescaped(text)
        yield from armoured(text)
