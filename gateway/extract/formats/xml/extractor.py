"""XML files and SVG pictures: text, attributes, comments. Office documents in one file go to `xml_office`.

Where text and elements are mixed, elements separate nothing; elsewhere each is on a line of its own, and what it is
called is kept beside it. An entity that holds more than a few words is refused (it can grow without end or reach
outside); so is none that the outside defines.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Final
from xml.parsers import expat

from gateway.extract import Inner, Limits, media
from gateway.extract.decoding import decode, encoding_of, has_binary
from gateway.extract.formats.leaves import LONGEST_WHOLE, STRUCTURED, WHOLE, EntityDeclared
from gateway.extract.formats.text.extractor import second_reading, unescaped
from gateway.extract.formats.text.pasted import pasted
from gateway.extract.formats.xml.office import is_office, read_office
from gateway.extract.formats.xml.tree import XmlText
from gateway.model.inspection import Gap, GapKind, Segment, Where

DECLARED: Final = re.compile(rb"<\?xml[^>]{0,100}?encoding\s*=\s*[\"']([A-Za-z0-9_:.-]{1,40})")
TAGS: Final = re.compile(r"<[^<>]*>")


class XmlExtractor:
    """Reads XML files and SVG pictures."""

    name = "xml"
    media_types = frozenset({media.XML, media.SVG})

    def open(self, data: bytes, limits: Limits) -> Iterable[Segment | Inner | Gap]:
        """Return text, attributes and comments, or, of an Office document, what its own extractor reads."""
        if has_binary(data):
            yield Gap(part="", kind=GapKind.CORRUPT, detail="binary in text")
        match = DECLARED.match(data.lstrip()[:200])
        charset = match[1].decode("ascii") if match and encoding_of(data) == "utf-8" else ""
        yield from second_reading(data, charset)
        text = decode(data, charset)
        if any(mark.decode("ascii") in text[:LONGEST_WHOLE].lower() for mark in STRUCTURED):
            yield Segment(where=Where.LABEL, text=text[:LONGEST_WHOLE], name=WHOLE)
        try:
            yield from read_office(text, limits) if is_office(text) else _read(text)
        except EntityDeclared:
            yield Gap(part="", kind=GapKind.CORRUPT, detail="EntityDeclared")
            yield from _as_it_stands(text)
        except (expat.ExpatError, ValueError) as trouble:
            if is_office(text):
                yield Gap(part="", kind=GapKind.CORRUPT, detail=type(trouble).__name__)
            yield from _as_it_stands(text)


def _read(text: str) -> Iterator[Segment | Inner | Gap]:
    """Read XML of any vocabulary."""
    tree = XmlText()
    tree.read(text.encode("utf-8", "replace"))
    for where, words, name in (
        (Where.BODY, tree.text(), ""),
        (Where.HIDDEN, "\n".join(tree.fields), "fields"),
        (Where.HIDDEN, "\n".join(tree.attributes), "attributes"),
        (Where.HIDDEN, "\n".join(tree.comments), "comments"),
    ):
        if words.strip():
            yield Segment(where=where, text=words, name=name)
            yield from pasted(words) if where is Where.BODY else ()
    yield from tree.found


def _as_it_stands(text: str) -> Iterator[Segment | Inner | Gap]:
    """Read what is not well-formed: with its mark-up, and without."""
    yield Segment(where=Where.BODY, text=text)
    bare = TAGS.sub("", text)
    if bare != text:
        yield Segment(where=Where.HIDDEN, text=bare, name="without mark-up")
    yield from unescaped(text)
    yield from pasted(text)
