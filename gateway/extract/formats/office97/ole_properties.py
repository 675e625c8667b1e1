"""Property sets of OLE files ([MS-OLEPS]): title, author, and the custom properties in which labels stand."""

from __future__ import annotations

import struct
from bisect import bisect_right
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Final

from gateway.extract import Found, Inner
from gateway.extract.formats.code_pages import codec_of
from gateway.extract.formats.office97.office_art import bitmap, placeable
from gateway.extract.formats.office97.ole import strings
from gateway.model.inspection import Segment, Where
from gateway.model.label_names import is_label

SUMMARY: Final = bytes.fromhex("e0859ff2f94f6810ab9108002b27b3d9")
DOCUMENT: Final = bytes.fromhex("02d5cdd59c2e1b10939708002b2cf9ae")
NAMES: Final = {  # [MS-OSHARED] 2.3.3.2.1.1 and 2.3.3.2.2.1
    SUMMARY: {2: "title", 3: "subject", 4: "author", 5: "keywords", 6: "comments", 7: "template", 8: "last author",
              9: "revision", 10: "editing time", 11: "printed", 12: "created", 13: "saved", 14: "pages", 15: "words",
              16: "characters", 17: "thumbnail", 18: "application", 19: "security"},
    DOCUMENT: {2: "category", 3: "format", 13: "titles of parts", 12: "headings", 14: "manager", 15: "company",
               24: "signature", 26: "content type", 27: "status", 28: "language", 29: "version"},
}  # fmt: skip
DICTIONARY, CODE_PAGE = 0, 1
NUMBERS: Final = {2: "<h", 3: "<i", 4: "<f", 5: "<d", 16: "<b", 17: "<B", 18: "<H", 19: "<I", 20: "<q", 21: "<Q"}
STRING_8, STRING_16, BLOB, CLIPBOARD, TIME, BOOLEAN = 30, 31, 65, 71, 64, 11
VECTOR, VARIANT = 0x1000, 12
MOST, MOST_SETS = 20_000, 16
TIMES = 4  # as much text as there is data
SMALL = 100_000  # bytes of a preview of the first page
FORMAT_NUMBER, FORMAT_MAC, METAFILE, BITMAP = -1, -2, 3, 8
FEW = 512  # pixels on a side


def is_property_set(data: bytes) -> bool:
    """Say whether a stream is a property set."""
    return data[:2] == b"\xfe\xff" and len(data) >= 48  # noqa: PLR2004 - header and one section


def property_segments(data: bytes) -> Iterator[Found]:
    """Yield every property with its name; `struct.error` or `ValueError` where the structure is broken."""
    (count,) = struct.unpack_from("<L", data, 24)
    if not 0 < count <= MOST_SETS:
        raise ValueError("no sets of properties, or too many")
    for number in range(count):
        (at,) = struct.unpack_from("<L", data, 28 + 20 * number + 16)
        yield from _Section(data, at, data[28 + 20 * number : 44 + 20 * number]).found()


class _Section:
    """One property set of a stream."""

    def __init__(self, data: bytes, at: int, kind: bytes) -> None:
        size, count = struct.unpack_from("<LL", data, at)
        if at + size > len(data) or count > MOST:
            raise ValueError("a property set is cut short")
        self.data = data[at : at + size]
        pairs = struct.unpack_from(f"<{2 * count}L", data, at + 8)
        self.offsets = dict(zip(pairs[::2], pairs[1::2], strict=True))
        self.names = dict(NAMES.get(kind, {}))
        self.charset = "cp1252"
        if CODE_PAGE in self.offsets:
            (page,) = struct.unpack_from("<H", self.data, self.offsets[CODE_PAGE] + 4)
            self.charset = codec_of(page) or "cp1252"
        if DICTIONARY in self.offsets:
            self.names = dict(self.dictionary(self.offsets[DICTIONARY]))

    def dictionary(self, at: int) -> Iterator[tuple[int, str]]:
        """Yield the names of custom properties by number ([MS-OLEPS] 2.17)."""
        (count,) = struct.unpack_from("<L", self.data, at)
        at += 4
        for _ in range(min(count, MOST)):
            number, length = struct.unpack_from("<LL", self.data, at)
            size = 2 * length if self.charset == "utf-16-le" else length
            yield number, self.text(self.data[at + 8 : at + 8 + size])
            at += 8 + (size + 3 & ~3 if self.charset == "utf-16-le" else size)

    def text(self, data: bytes) -> str:
        """Decode a string and drop what follows its end."""
        return data.decode(self.charset, "replace").split("\0", 1)[0]

    def found(self) -> Iterator[Found]:
        """Yield the properties, and the names of those that have no value."""
        custom = DICTIONARY in self.offsets
        ends, spent = [*sorted(set(self.offsets.values())), len(self.data)], 0
        for number, at in self.offsets.items():
            name = self.names.get(number, "")
            if at + 4 > len(self.data) or number in {DICTIONARY, CODE_PAGE}:
                continue
            (kind,) = struct.unpack_from("<H", self.data, at)
            if kind == CLIPBOARD:
                yield from _preview(self.data[at + 4 :])
            elif name or kind not in {*NUMBERS, BOOLEAN, TIME}:
                value = self.said(kind, at, ends[min(bisect_right(ends, at), len(ends) - 1)])
                spent += len(value)
                if spent > TIMES * len(self.data):
                    raise ValueError("properties overlap")
                yield Segment(
                    where=Where.LABEL if is_label(name) else Where.PROPERTY, text=value, name=name or "unnamed"
                )
            if custom and name:  # the author's own word
                yield Segment(where=Where.PROPERTY, text=name, name="property name")

    def said(self, kind: int, at: int, end: int) -> str:
        """Return a property's value as text; of one that is not as it should be, the runs of letters."""
        try:
            return "\n".join(value for value in self.values(kind, at + 4)[0] if value)
        except (struct.error, ValueError, OverflowError):
            return strings(self.data[at:end])

    def values(self, kind: int, at: int) -> tuple[list[str], int]:
        """Return the value of a type as text, and where it ends ([MS-OLEPS] 2.15)."""
        if kind & VECTOR:
            (count,) = struct.unpack_from("<L", self.data, at)
            found, at = [], at + 4
            for _ in range(min(count, MOST)):
                each, inner = kind & ~VECTOR, at
                if each == VARIANT:
                    each, inner = struct.unpack_from("<H", self.data, at)[0], at + 4
                more, after = self.value(each & ~VECTOR, inner, 0 if each == STRING_8 else 3)
                found += more
                if after <= at:
                    raise ValueError("a vector of nothing")
                at = after
            return found, at
        return self.value(kind, at, 3)

    def value(self, kind: int, at: int, padding: int) -> tuple[list[str], int]:
        """Return one value as text, and where it ends. A string in a list is not padded ([MS-OSHARED] 2.3.3.1.9)."""
        if kind in NUMBERS:
            (number,) = struct.unpack_from(NUMBERS[kind], self.data, at)
            return [_number(number)], at + 8 if kind in {5, 20, 21} else at + 4
        if kind == BOOLEAN:
            return ["true" if struct.unpack_from("<h", self.data, at)[0] else "false"], at + 4
        if kind == TIME:
            return [_time(struct.unpack_from("<Q", self.data, at)[0])], at + 8
        if kind not in {STRING_8, STRING_16, BLOB}:
            return [strings(self.data[at:])], len(self.data)
        return self.string(kind, at, padding)

    def string(self, kind: int, at: int, padding: int) -> tuple[list[str], int]:
        """Return a string, and where it ends."""
        (length,) = struct.unpack_from("<L", self.data, at)
        size = 2 * length if kind == STRING_16 else length
        content = self.data[at + 4 : at + 4 + size]
        after = at + 4 + (size + padding & ~padding)
        if kind == BLOB:  # such as the targets of all links
            return [strings(content)], after
        if kind == STRING_16:
            return [content.decode("utf-16-le", "replace").split("\0", 1)[0]], after
        return [self.text(content)], after


def _number(number: float) -> str:
    """Return a number as text, a whole one without a point."""
    return str(int(number)) if number == number // 1 else str(number)


def _time(ticks: int) -> str:
    """Return a FILETIME as a date, or a duration as nothing."""
    seconds = ticks // 10_000_000
    if not 1 << 32 < seconds < 1 << 37:
        return ""
    return (date(1601, 1, 1) + timedelta(days=seconds // 86_400)).strftime("%d/%m/%Y")


def _preview(data: bytes) -> Iterator[Found]:
    """Yield the words of a small preview of the first page; hand on one that could show more ([MS-OLEPS] 2.11)."""
    size, form, kind = struct.unpack_from("<LlL", data)
    content = data[12 : 4 + size]
    if form == FORMAT_NUMBER and kind == METAFILE and len(content) <= SMALL:
        yield Segment(where=Where.PROPERTY, text=strings(content), name="thumbnail")
    elif form == FORMAT_NUMBER and kind == BITMAP and _is_small_bitmap(content):
        return  # its letters cannot be read, and those of the page are
    elif form == FORMAT_MAC and _is_small_pict(data[8:12], content):
        yield Segment(where=Where.PROPERTY, text=strings(content), name="thumbnail")
    elif content:
        picture = bitmap(content) if kind == BITMAP else placeable(content[8:]) if kind == METAFILE else content
        yield Inner(name="thumbnail", data=picture)


def _is_small_pict(kind: bytes, data: bytes) -> bool:
    """Say whether data is a QuickDraw picture of few pixels: behind its size, the frame (Inside Macintosh, A-3)."""
    _, top, left, bottom, right = struct.unpack_from(">H4h", data.ljust(10, b"\0"))
    return kind in {b"PICT", b"TCIP"} and 0 < bottom - top <= FEW and 0 < right - left <= FEW and len(data) <= SMALL


def _is_small_bitmap(data: bytes) -> bool:
    """Say whether data is an uncompressed bitmap of few pixels, and nothing behind it ([MS-WMF] 2.2.2.3)."""
    header, width, height, _, bits, packing = struct.unpack_from("<LllHHL", data.ljust(20, b"\0"))
    lines = (width * bits + 31) // 32 * 4 * abs(height)
    return 0 < width <= FEW and 0 < abs(height) <= FEW and not packing and len(data) <= header + 1024 + lines + 4
