"""Plain text in any encoding; CSV, JSON and XML are read as text too.

Where a charset is declared and reads otherwise than the bytes, or UTF-16 shows and there is plain ASCII too, there are
two readings: both are read.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Iterator

from gateway.extract import Inner, Limits, media
from gateway.extract.charsets import is_known
from gateway.extract.decoding import decode, encoding_of, has_binary
from gateway.model.inspection import Gap, GapKind, Segment, Where

PLAIN_RUN = re.compile(rb"[\t\r\n\x20-\x7e]{8,}")
ESCAPED = re.compile(r"\\u([0-9a-fA-F]{4})")
ARMOUR = re.compile(r"^[ \t>|]{0,20}-----BEGIN (PGP MESSAGE|PKCS7|CMS|ENCRYPTED MESSAGE)\b", re.MULTILINE)


def second_reading(data: bytes, charset: str = "") -> Iterator[Inner | Gap]:
    """Yield the text by the bytes themselves where the reading by `charset` (or as UTF-16) is another one.

    A charset outside the labels that readers know is a gap as well.
    """
    if not is_known(charset):
        yield Gap(part="", kind=GapKind.UNSUPPORTED, detail="charset")
    texts = []
    if charset and (own := decode(data)) != decode(data, charset):
        texts.append(own)
    if encoding_of(data) != "utf-8" and (runs := PLAIN_RUN.findall(data)):
        texts.append(b"\n".join(runs).decode("ascii"))
    for text in texts:
        yield Inner(name="second-reading.txt", data=text.encode("utf-8-sig", "replace"))


def armoured(text: str) -> Iterator[Gap]:
    """Yield a gap when an armoured message stands in a text: OpenPGP (RFC 9580 6.2), CMS (RFC 7468 8 and 9)."""
    for kind in dict.fromkeys(match[1] for match in ARMOUR.finditer(text)):
        yield Gap(part="", kind=GapKind.ENCRYPTED, detail="OpenPGP" if kind == "PGP MESSAGE" else "CMS")


def unescaped(text: str) -> Iterator[Segment]:
    r"""Yield the text once more where characters are written as numbers: `&#57;` of XML, `\u0039` of JSON."""
    plain = html.unescape(text) if "&#" in text else text
    if "\\u" in plain:
        plain = ESCAPED.sub(lambda match: chr(int(match[1], 16)), plain)
    if plain != text:
        yield Segment(where=Where.HIDDEN, text=plain, name="unescaped")


class TextExtractor:
    """Reads text as it is."""

    name = "text"
    media_types = frozenset({media.TEXT, media.CSV, media.JSON, media.PEM, media.VCARD, media.CALENDAR})

    def open(self, data: bytes, limits: Limits) -> Iterable[Segment | Inner | Gap]:
        """Return the whole text as one segment; what is escaped in it as another."""
        del limits  # text does not grow
        text = decode(data)
        if has_binary(data):
            yield Gap(part="", kind=GapKind.CORRUPT, detail="binary in text")
        if text:
            yield Segment(where=Where.BODY, text=text)
            yield from unescaped(text)
            yield from armoured(text)
        yield from second_reading(data)
