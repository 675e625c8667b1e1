"""TIFF 6.0, and EXIF (CIPA DC-008), which is TIFF without a picture: the texts of every directory in the file.

A directory lists tagged values; some lead to further directories. Each value is read once, however often it is listed.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from gateway.extract.formats.pictures.words import (
    Beside,
    Thumbnail,
    icc,
    iptc,
    leftover,
    named,
    photoshop,
    strings,
    words,
    xmp,
)
from gateway.model.inspection import Gap, GapKind, Segment, Where

WIDTHS = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4, 16: 8, 17: 8, 18: 8, 129: 1}
BYTE, ASCII, UNDEFINED, UTF_8 = 1, 2, 7, 129
MOST_DIRECTORIES, MOST_TAGS = 2_000, 1_000
ENOUGH = 1_000_000  # bytes of values to look at in any case; a value may be listed again and again
SUB_IFDS, DIRECTORIES = 0x014A, frozenset({0x014A, 0x8769, 0x8825, 0xA005, 0x0190})
XMP, IPTC, PHOTOSHOP, ICC, LAYERS = 0x02BC, 0x83BB, 0x8649, 0x8773, 0x935C
MAKER_NOTE, COMMENTS = 0x927C, frozenset({0x9286, 0x001B, 0x001C})
WINDOWS = {0x9C9B: "XPTitle", 0x9C9C: "XPComment", 0x9C9D: "XPAuthor", 0x9C9E: "XPKeywords", 0x9C9F: "XPSubject"}
NAMES = {0x010D: "DocumentName", 0x010E: "ImageDescription", 0x010F: "Make", 0x0110: "Model", 0x011D: "PageName",
         0x0131: "Software", 0x0132: "DateTime", 0x013B: "Artist", 0x013C: "HostComputer", 0x8298: "Copyright",
         0x9286: "UserComment", 0xA420: "ImageUniqueID", 0xA430: "CameraOwnerName", 0xA431: "BodySerialNumber",
         0x001B: "GPSProcessingMethod", 0x001C: "GPSAreaInformation", 0xC614: "UniqueCameraModel",
         **WINDOWS}  # fmt: skip
PIXELS = {0x0111: 0x0117, 0x0144: 0x0145, 0x0201: 0x0202}  # where strips, tiles and thumbnails are: and how long
PLACES = frozenset({*PIXELS, *PIXELS.values()})
WIDTH, THUMBNAIL = 0x0100, 0x0201
MACHINE = frozenset({0xC4A5, 0xC634})  # what printers and cameras note for themselves
TABLES = frozenset({0x015B, 0x0140, 0x012D, 0x0214})  # of colours and codes
ENCODINGS = {b"ASCII\0\0\0": "ascii", b"UNICODE\0": "", b"JIS\0\0\0\0\0": "iso2022_jp", b"\0" * 8: "utf-8"}
LONG_LIST = 4_096


@dataclass(frozen=True, slots=True, kw_only=True)
class _Value:
    """One tagged value of a directory."""

    tag: int
    kind: int
    at: int
    size: int


@dataclass(slots=True)
class Tiff:
    """Walks a TIFF file. `end`, where its last value ends, is known when all was yielded."""

    data: bytes
    is_exif: bool = False
    end: int = 0
    has_pixels: bool = False
    order: str = "<"
    is_big: bool = False
    _seen: set[tuple[int, int]] = field(default_factory=set)
    _thumbnails: list[Thumbnail] = field(default_factory=list)
    _effort: int = 0

    def read(self) -> Iterator[Beside]:
        """Yield the texts of all directories."""
        self._effort = 8 * len(self.data) + ENOUGH
        self.order = "<" if self.data[:2] == b"II" else ">"
        self.is_big = self._number(2, 2) == 43  # noqa: PLR2004 - BigTIFF
        first = self._number(8, 8) if self.is_big else self._number(4, 4)
        waiting, visited = [(first, False)], {0}
        while waiting:
            at, is_inside = waiting.pop(0)
            if at in visited or at >= len(self.data):
                continue
            visited.add(at)
            if len(visited) > MOST_DIRECTORIES:
                self._effort = 0
                break
            values, following = self._directory(at)
            waiting.append((following, is_inside))
            yield from self._values(values)
            yield from self._thumbnails
            self._thumbnails.clear()
            if is_inside and not self.is_exif and {WIDTH, *PIXELS} & {value.tag for value in values} > {WIDTH}:
                yield Gap(part="", kind=GapKind.IMAGE_NOT_READ, detail="picture in a directory within")
            for value in values:
                if value.tag in DIRECTORIES:
                    waiting.extend((each, value.tag == SUB_IFDS) for each in self._numbers(value)[:MOST_TAGS])
        if self._effort <= 0:
            yield Gap(part="", kind=GapKind.TOO_MANY, detail="values")

    def _number(self, at: int, width: int) -> int:
        return int.from_bytes(self.data[at : at + width], "little" if self.order == "<" else "big")

    def _numbers(self, value: _Value) -> list[int]:
        """Return a list of whole numbers."""
        width = WIDTHS[value.kind]
        self._effort -= value.size
        if self._effort <= 0:
            return []
        return [self._number(at, width) for at in range(value.at, value.at + value.size, width)]

    def _directory(self, at: int) -> tuple[list[_Value], int]:
        """Return the values of a directory, and where the next one is (TIFF 6.0, section 2; BigTIFF)."""
        head, entry, count_width = (8, 20, 8) if self.is_big else (2, 12, 4)
        count = self._number(at, head)
        values = []
        for place in range(at + head, at + head + entry * min(count, MOST_TAGS), entry):
            tag, kind = self._number(place, 2), self._number(place + 2, 2)
            size = self._number(place + 4, count_width) * WIDTHS.get(kind, 0)
            inline = place + 4 + count_width
            where = inline if size <= count_width else self._number(inline, count_width)
            if 0 < size <= len(self.data) - where:
                values.append(_Value(tag=tag, kind=kind, at=where, size=size))
                self.end = max(self.end, where + size)
        after = at + head + entry * count
        self.end = max(self.end, after + count_width)
        self._claim(values)
        return values, self._number(after, count_width)

    def _claim(self, values: list[_Value]) -> None:
        """Note where pixels end."""
        by_tag = {value.tag: value for value in values}
        for start, length in PIXELS.items():
            if start in by_tag and length in by_tag:
                pairs = list(zip(self._numbers(by_tag[start]), self._numbers(by_tag[length]), strict=False))
                self.end = max(self.end, *(at + size for at, size in pairs))
                self.has_pixels = True
                if start == THUMBNAIL and self.is_exif:
                    self._thumbnails.extend(Thumbnail(data=self.data[at : at + size]) for at, size in pairs[:1])

    def _values(self, values: list[_Value]) -> Iterator[Beside]:
        """Yield the texts of one directory."""
        for value in values:
            if (value.at, value.size) not in self._seen and self._effort > 0:
                self._effort -= value.size
                self._seen.add((value.at, value.size))
                yield from self._value(value, self.data[value.at : value.at + value.size])

    def _value(self, value: _Value, raw: bytes) -> Iterator[Beside]:
        """Yield what one value says."""
        name = NAMES.get(value.tag, f"tag {value.tag}")
        if value.tag in WINDOWS:
            yield from named(raw.decode("utf-16-le", "replace").encode("utf-8", "replace"), name)
        elif value.tag in COMMENTS:
            yield from self._comment(raw, name)
        elif value.tag in {XMP, IPTC, PHOTOSHOP, ICC}:
            yield from self._packet(value.tag, raw)
        elif value.tag == LAYERS:
            yield from strings(raw, "layers")
            yield Gap(part="", kind=GapKind.IMAGE_NOT_READ, detail="layers")
        elif value.kind in {ASCII, UTF_8}:
            yield from named(raw, name)
        elif value.tag in TABLES:
            return
        elif value.tag == MAKER_NOTE or value.tag in MACHINE:
            yield from strings(raw, name)
        elif value.kind in {BYTE, UNDEFINED} or (
            value.size > LONG_LIST and value.tag not in {*PIXELS, *PIXELS.values()}
        ):
            yield from leftover(raw, name)

    def _packet(self, tag: int, raw: bytes) -> Iterator[Beside]:
        """Yield what a value says that is a file format of its own."""
        readers = {PHOTOSHOP: photoshop, XMP: xmp, IPTC: iptc, ICC: icc}
        yield from readers[tag](raw)

    def _comment(self, raw: bytes, name: str) -> Iterator[Segment]:
        """Yield a comment whose first eight bytes say how it is encoded (CIPA DC-008, 4.6.5)."""
        encoding = ENCODINGS.get(raw[:8])
        if encoding is None:
            text = words(raw)
        elif encoding:
            text = raw[8:].decode(encoding, "replace")
        else:
            either = (raw[8:].decode(coding, "replace") for coding in ("utf-16-le", "utf-16-be"))
            text = min(either, key=lambda said: sum(map(ord, said)))  # many programs write it in the wrong order
        if text := text.strip("\0 \r\n\t"):
            yield Segment(where=Where.COMMENT, text=text, name=name)
