"""PowerPoint 97 to 2003 presentations ([MS-PPT]): every record of text, by the slide, master or note it belongs to."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from gateway.extract import Found, Inner, Limits, media
from gateway.extract.formats.office97.locked_binary import powerpoint_lock
from gateway.extract.formats.office97.office_art import blips, pictures, shape_words, without
from gateway.extract.formats.office97.ole import Storage, spoken, strings
from gateway.extract.formats.office97.ole_objects import beside
from gateway.extract.formats.office97.persist import Edits, edits_of
from gateway.model.inspection import Gap, GapKind, Segment, Where

DOCUMENT, SLIDE, NOTES, MASTER, HANDOUT = 0x03E8, 0x03EE, 0x03F0, 0x03F8, 0x0FC9
PLACES: Final = {
    DOCUMENT: Where.BODY, SLIDE: Where.BODY, NOTES: Where.NOTE, MASTER: Where.HEADER, HANDOUT: Where.HEADER,
}  # fmt: skip
TEXT_16, TEXT_8, STRING = 0x0FA0, 0x0FA8, 0x0FBA
LIST_OF_TEXTS, SLIDE_HERE, SHOW_INFO = 0x0FF0, 0x03F3, 0x03F9
HEADERS_FOOTERS, COMMENT, DRAWING = 0x0FD9, 0x2EE0, 0x040C
OBJECT_STORAGE, SOUND, LAYOUT = 0x1011, 0x07E7, 0x041E
LINK, EMBEDDED, LINKED, CONTROL, TAG = 0x0FD7, 0x0FCC, 0x0FCE, 0x0FEE, 0x1388
CONTAINER: Final = 0xF
HEAD: Final = struct.Struct("<HHL")
FIRST_OF_ART: Final = 0xF000
FEW: Final = 64  # bytes between pictures that are none
STREAMS: Final = (("PowerPoint Document",), ("Pictures",), ("Current User",))
SESSION: Final = 0x2F14  # says that it holds records, and holds how a presentation is encrypted
TAG_DATA: Final = 0x138B  # holds records, and does not say so
HIDDEN_SLIDE: Final = 4
LISTED: Final = {0: Where.BODY, 1: Where.HEADER, 2: Where.NOTE}
STRINGS_IN: Final = {  # what the strings of a container are
    LINK: (Where.HIDDEN, "link"), EMBEDDED: (Where.HIDDEN, "object"), LINKED: (Where.HIDDEN, "object"),
    CONTROL: (Where.HIDDEN, "object"), TAG: (Where.HIDDEN, "tag"), COMMENT: (Where.COMMENT, ""),
}  # fmt: skip
SAYS_NOTHING: Final = frozenset(  # numbers, sizes, colours, fonts, animation
    {0x0FA1, 0x0FAA, 0x0FA2, 0x0FA3, 0x0FA4, 0x0FA5, 0x0FA6, 0x0FA7, 0x0FA9, 0x0FAC, 0x0FAD, 0x0FAE, 0x0FB7, 0x0F9F}
    | {0x03E9, 0x03EF, 0x03F1, 0x03F9, 0x03FB, 0x03FD, 0x0405, 0x040A, 0x07F0, 0x1772, 0x0FF5, 0x0F9E, 0x0FC8, 0x0FC1}
    | {0x040E, 0x040F, 0x0414, 0x0415, 0x041C, 0x041D, 0x041F, 0x0420, 0x0422, 0x0423, 0x0424, 0x0425, 0x0426, 0x2B0D}
    | {0x0FC3, 0x0FCD, 0x0FD1, 0x0FD3, 0x0FDA, 0x0FDF, 0x0FF1, 0x0FF2, 0x0FF3, 0x0BC3, 0x0BC1, 0x1004, 0x2EE1, 0xF128}
)


class PowerPoint97Extractor:
    """Opens PowerPoint presentations of before 2007."""

    name = "powerpoint97"
    media_types = frozenset({media.POWERPOINT_97})

    def open(self, data: bytes, limits: Limits) -> Iterable[Found]:
        """Return all text where it stood, properties, pictures and embedded objects."""
        storage = Storage(data)
        lock = powerpoint_lock(storage, lambda: spoken(_presentation(storage, limits), storage))
        yield from spoken([lock] if lock else _presentation(storage, limits), storage)
        if lock and not storage.plain:
            yield from beside(storage, locked=True)


@dataclass(slots=True)
class _Place:
    """Where the records of a container stand, and where it ends."""

    end: int
    kind: int
    where: Where
    name: str = ""


def _presentation(storage: Storage, limits: Limits) -> Iterator[Found]:
    """Read a presentation that is not encrypted."""
    stream = storage.read("PowerPoint Document")
    edits = edits_of(stream, storage.read("Current User"))
    at = 0
    while at + 8 <= len(stream):
        _, kind, length = struct.unpack_from("<HHL", stream, at)
        end = at + 8 + length
        if end > len(stream):
            yield Gap(part="", kind=GapKind.CORRUPT, detail="record")
            end = len(stream)
        if kind == OBJECT_STORAGE:
            yield from _object(stream[at:end], limits)
        else:
            yield from _Container(stream, at, end, edits).found()
        at = end
    shown = storage.read("Pictures")
    found = blips(shown)
    yield from pictures(shown, found, limits)
    if len(left := without(shown, found).strip(b"\0")) > FEW:
        yield Gap(part="Pictures", kind=GapKind.IMAGE_NOT_READ, detail="unknown")
        yield Segment(where=Where.HIDDEN, text=strings(left), name="pictures")
    yield Segment(where=Where.PROPERTY, text=strings(storage.read("Current User")), name="current user")
    yield from beside(storage, STREAMS)


class _Container:
    """One record of the stream with all that is in it. What a later edit replaced stands there no more."""

    def __init__(self, stream: bytes, start: int, end: int, edits: Edits) -> None:
        self.stream, self.start, self.end, self.edits = stream, start, end, edits
        self.texts: dict[tuple[Where, str], list[str]] = {}
        self.loose: list[bytes] = []
        self.art: list[tuple[Where, bytes]] = []
        self.inner: list[Inner] = []
        self.is_cut = False
        (kind,) = struct.unpack_from("<H", stream, start + 2)
        where, name = PLACES.get(kind, Where.HIDDEN), ""
        if kind in PLACES and edits.live and start not in edits.live:
            where, name = Where.HIDDEN, "old version"
        elif kind == SLIDE and is_hidden(stream, start, end):
            where, name = Where.HIDDEN, "slide"
        self.path = [_Place(end, 0, where, name)]

    def found(self) -> Iterator[Found]:
        """Yield what is in the record."""
        self._walk()
        if self.is_cut:
            yield Gap(part="", kind=GapKind.CORRUPT, detail="record")
        for (where, name), texts in self.texts.items():
            yield Segment(where=where, text="\n".join(texts), name=name)
        for where, art in self.art:
            yield from shape_words(art, Where.TEXTBOX if where is Where.BODY else where)
        yield from self.inner
        yield Segment(where=Where.HIDDEN, text=strings(b"\0\0".join(self.loose)), name="other records")

    def _walk(self) -> None:
        """Go through the tree of records ([MS-PPT] 2.3.1)."""
        at, path, unpack = self.start, self.path, HEAD.unpack_from
        while at + 8 <= self.end:
            while at >= path[-1].end and len(path) > 1:
                path.pop()
            version, kind, length = unpack(self.stream, at)
            at += 8
            last = min(at + length, path[-1].end)
            self.is_cut = self.is_cut or last < at + length
            if kind == DRAWING:
                self.art.append((path[-1].where, self.stream[at:last]))
            if (version & 0xF == CONTAINER and kind != SESSION) or kind == TAG_DATA:
                path.append(_within(path[-1], version >> 4, kind, last))
                continue
            if kind < FIRST_OF_ART and kind not in SAYS_NOTHING:
                self._atom(kind, version >> 4, self.stream[at:last])
            at = last

    def _atom(self, kind: int, instance: int, content: bytes) -> None:
        """Take in a record that holds no others."""
        place = self.path[-1]
        if kind in {TEXT_16, TEXT_8, STRING}:
            self._text(place, kind, instance, content)
        elif kind == SLIDE_HERE:
            if place.kind == LIST_OF_TEXTS and len(content) >= 4:  # noqa: PLR2004 - the number of a slide
                self._next_slide(place, content)
        elif kind in {SOUND, LAYOUT}:
            self.inner.append(Inner(name="sound" if kind == SOUND else "layout", data=content))
        else:
            self.loose.append(content)

    def _text(self, place: _Place, kind: int, instance: int, content: bytes) -> None:
        """Keep a record of text ([MS-PPT] 2.9.42, 2.9.45) or a string ([MS-PPT] 2.2.24)."""
        text = content.decode("latin-1") if kind == TEXT_8 else content.decode("utf-16-le", "replace")
        where, name = place.where, place.name
        if kind == STRING and name != "old version":
            if place.kind == HEADERS_FOOTERS:
                where, name = (Where.FOOTER if instance == 2 else Where.HEADER), "slide"  # noqa: PLR2004 - 1 is a header
            elif place.kind not in STRINGS_IN:
                where, name = Where.HIDDEN, "name"
        text = text.rstrip("\0").replace("\r", "\n").replace("\x0b", "\n")
        self.texts.setdefault((where, name), []).append(text)

    def _next_slide(self, place: _Place, content: bytes) -> None:
        """Begin the texts of the next slide of a list: those of a hidden one are hidden."""
        if place.where in {Where.BODY, Where.HIDDEN} and place.name != "old version":
            start = self.edits.directory.get(int.from_bytes(content[:4], "little"), len(self.stream))
            _, kind, length = HEAD.unpack(self.stream[start : start + 8].ljust(8, b"\0"))
            if start not in self.edits.hidden:
                self.edits.hidden[start] = kind == SLIDE and is_hidden(self.stream, start, start + 8 + length)
            hidden = self.edits.hidden[start]
            place.where, place.name = (Where.HIDDEN, "slide") if hidden else (Where.BODY, "")


def _within(outer: _Place, instance: int, kind: int, end: int) -> _Place:
    """Return where the records of a container within another stand."""
    if outer.name == "old version":
        return _Place(end, kind, Where.HIDDEN, outer.name)
    if kind == LIST_OF_TEXTS:
        return _Place(end, kind, LISTED.get(instance, Where.BODY))
    if kind in STRINGS_IN:
        return _Place(end, kind, *STRINGS_IN[kind])
    return _Place(end, kind, outer.where, outer.name)


def is_hidden(stream: bytes, start: int, end: int) -> bool:
    """Say whether a slide is not shown ([MS-PPT] 2.6.6)."""
    at = start + 8
    while at + 8 <= min(end, len(stream)):
        _, kind, length = struct.unpack_from("<HHL", stream, at)
        if kind == SHOW_INFO and length >= 12 and at + 20 <= len(stream):  # noqa: PLR2004 - the flags at 10
            return bool(stream[at + 8 + 10] & HIDDEN_SLIDE)
        at += 8 + length
    return False


def _object(record: bytes, limits: Limits) -> Iterator[Found]:
    """Take out an embedded object, which is packed ([MS-PPT] 2.10.36) or not."""
    (version,) = struct.unpack_from("<H", record)
    content = record[8:]
    if version >> 4:
        (size,) = struct.unpack_from("<L", content)
        most = min(limits.part_size, limits.total_size)
        if size > most:
            yield Gap(part="object", kind=GapKind.TOO_LARGE, detail="part_size")
            return
        inflater = zlib.decompressobj()
        try:
            content = inflater.decompress(content[4:], most)
        except zlib.error:
            yield Gap(part="object", kind=GapKind.CORRUPT, detail="zlib")
            return
        if not inflater.eof:
            kind = GapKind.TOO_LARGE if inflater.unconsumed_tail else GapKind.CORRUPT
            yield Gap(part="object", kind=kind, detail="part_size" if inflater.unconsumed_tail else "zlib")
            if inflater.unconsumed_tail:
                return
    yield Inner(name="object", data=content)
