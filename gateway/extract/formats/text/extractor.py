"""Plain text in any encoding.

Where a charset is declared and reads otherwise than the bytes, or UTF-16 shows and there is plain ASCII too, or a
charset shows that nobody declared, there are two readings: both are read.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from gateway.extract import Inner, Limits, media
from gateway.extract.charsets import codec_of, is_known
from gateway.extract.decoding import decode, encoding_of, has_binary
from gateway.extract.formats.text.pasted import pasted, y_encoded
from gateway.extract.undeclared import cannot_tell, undeclared
from gateway.extract.unescape import plain
from gateway.model.inspection import Gap, GapKind, Segment, Where

PLAIN_RUN = re.compile(rb"[\t\r\n\x20-\x7e]{8,}")
ONE_BYTE = frozenset({"", "ascii", "utf-8", "cp1252"})


def second_reading(data: bytes, charset: str = "") -> Iterator[Inner | Gap]:
    """Yield the text by the bytes themselves where the reading by `charset` (or as UTF-16) is another one.

    A charset outside the labels that readers know is a gap as well.
    """
    if not is_known(charset):
        yield Gap(part="", kind=GapKind.UNSUPPORTED, detail="charset")
    texts, simple = [], codec_of(charset) in ONE_BYTE
    if charset and not (simple and data.isascii()) and (own := decode(data)) != decode(data, charset):
        texts.append(own)
    if encoding_of(data) != "utf-8":
        if runs := PLAIN_RUN.findall(data):
            texts.append(b"\n".join(runs).decode("ascii"))
    elif simple:
        texts += undeclared(data)
        if cannot_tell(data):
            yield Gap(part="", kind=GapKind.UNSUPPORTED, detail="charset")
    for text in texts:
        yield Inner(name="second-reading.txt", data=text.encode("utf-8-sig", "replace"))


def unescaped(text: str) -> Iterator[Segment]:
    r"""Yield the text once more where characters are written as numbers: `&#57;` of XML, `\u0039` of JSON."""
    shown = plain(text)
    if shown != text:
        yield Segment(where=Where.HIDDEN, text=shown, name="unescaped")


def read_text(data: bytes, charset: str = "") -> Iterator[Segment | Inner | Gap]:
    """Read bytes as text: as it stands, unescaped, and what is pasted into it."""
    text = decode(data, charset)
    if has_binary(data) and b"=ybegin " not in data and codec_of(charset) in ONE_BYTE:
        yield Gap(part="", kind=GapKind.CORRUPT, detail="binary in text")
    if text:
        yield Segment(where=Where.BODY, text=text)
        yield from unescaped(text)
        yield from pasted(text)
        yield from y_encoded(data)


class TextExtractor:
    """Reads text as it is."""

    name = "text"
    media_types = frozenset({media.TEXT, media.PEM})

    def open(self, data: bytes, limits: Limits) -> Iterable[Segment | Inner | Gap]:
        """Return the whole text as one segment; what is escaped in it as another."""
        del limits  # text does not grow
        yield from read_text(data)
        yield from second_reading(data)
