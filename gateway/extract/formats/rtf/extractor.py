r"""Rich Text Format 1.9.1: every destination, each where it stood, with its pictures and objects.

RTF that was made of HTML ([MS-OXRTFEX]) is read twice: as a reader of RTF shows it, and as the HTML it was. What stands
after the last brace no program shows; it is handed on as a part.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Final

from gateway.extract import Inner, Limits, media
from gateway.extract.decoding import CONTROL, decode, has_binary
from gateway.extract.formats.outlook.mapi_html import as_html
from gateway.extract.formats.rtf.acts import ACTS, FALLBACK, unknown
from gateway.extract.formats.rtf.objects import opened
from gateway.extract.formats.rtf.reader import Rtf
from gateway.model.inspection import Gap, GapKind, Segment, Where
from gateway.model.label_names import is_label

START: Final = b"{\\rt"
PADDING: Final = b"\0\t\n\r \x1a\xef\xbb\xbf"
WORDS: Final = re.compile(r"\w\w")
NUMERIC: Final = re.compile(r"-?[0-9]{0,9}|[-0-9;(),.]*;[-0-9;(),.]*")
"""A shape property that is a number, or a list of points."""
Found = Segment | Inner | Gap


class RtfExtractor:
    """Reads RTF documents."""

    name = "rtf"
    media_types = frozenset({media.RTF})

    def open(self, data: bytes, limits: Limits) -> Iterable[Found]:
        """Return pictures and objects as they come, then all texts."""
        del limits  # text and bytes are never longer than what they are written as
        start = max(0, data.find(START))
        if data[:start].strip(PADDING):
            yield Segment(where=Where.HIDDEN, text=decode(data[:start]), name="before the start")
        data = data[start:]
        document = Rtf(data.decode("latin-1"), ACTS, unknown)
        number = at = 0
        while at >= 0:
            at = document.read(at)
            if at < 0:
                document.finish()
            for word, ending, pieces in document.data:
                number += 1
                yield from opened(word, ending, pieces, number)
            document.data.clear()
        yield from _segments(document)
        yield from _values(document)
        for trouble in document.troubles:
            kind = GapKind.UNSUPPORTED if trouble == "code page" else GapKind.CORRUPT
            yield Gap(part="", kind=kind, detail=trouble)
        if document.odd:
            yield Segment(where=Where.HIDDEN, text="\n".join(document.odd), name="control words")
        if document.html:
            yield Inner(name="body.html", data=as_html(document.text_of(document.html)))
        after = data[document.ended_at :].strip(PADDING) if document.ended_at >= 0 else b""
        if after:
            yield Inner(name="after-the-end", data=after)
        if b"}" not in data and not document.troubles:
            yield Gap(part="", kind=GapKind.CORRUPT, detail="cut short")


def _segments(document: Rtf) -> Iterator[Found]:
    """Yield the texts: the body first. A shape that is written once more for old programs counts once."""
    texts = {place: document.text_of(sink) for place, sink in document.sinks.items()}
    fallback = "".join(texts.get(FALLBACK, "").split())
    if fallback and fallback in "".join("".join(text.split()) for place, text in texts.items() if place != FALLBACK):
        del texts[FALLBACK]
    for (where, name), text in texts.items():
        if not (WORDS.search(text) if where is Where.HIDDEN else text.strip()):
            continue
        raw = text.encode("utf-8", "replace")
        if len(raw.translate(None, CONTROL)) < len(raw) and has_binary(raw):
            yield Gap(part="", kind=GapKind.CORRUPT, detail="binary in text")
        yield Segment(where=where, text=text, name=name)
    if document.skipped:
        yield Segment(where=Where.HIDDEN, text="".join(document.skipped), name="without unicode")


def _values(document: Rtf) -> Iterator[Segment]:
    """Yield properties, labels and document variables one by one; bookmarks and the values of shapes together."""
    lines: dict[tuple[Where, str], dict[str, None]] = {}
    for kind, name, value in document.values:
        if kind in {"property", "custom"}:
            where = Where.LABEL if kind == "custom" and is_label(name) else Where.PROPERTY
            if value:
                yield Segment(where=where, text=value, name=name[:200])
        elif kind == "bookmark":
            lines.setdefault((Where.HIDDEN, name), {})[value] = None
        elif not NUMERIC.fullmatch(value):
            is_art = name == "gtextUNICODE"
            lines.setdefault((Where.WATERMARK, "") if is_art else (Where.HIDDEN, "shapes"), {})[value] = None
    for (where, name), values in lines.items():
        text = "\n".join(values)
        if text.strip():
            yield Segment(where=where, text=text, name=name)
