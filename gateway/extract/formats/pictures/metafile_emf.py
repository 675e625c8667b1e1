"""EMF ([MS-EMF]): the text, bitmaps and shapes of every record, and the files in its comments."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field

from gateway.extract import Found, Inner
from gateway.extract.formats.pictures.metafile_page import Bitmap, Page, Point, Run
from gateway.extract.formats.pictures.metafile_plus import Plus
from gateway.extract.formats.pictures.metafile_shapes import Pencil
from gateway.extract.formats.pictures.metafile_state import State
from gateway.extract.formats.pictures.words import leftover, named, strings
from gateway.extract.signatures import MAGIC
from gateway.model.inspection import Gap, GapKind

HEADER, END, COMMENT = 1, 14, 70
WIDE, SMALL, SEVERAL = {84, 97}, 108, {96, 97}
TEXTS = frozenset({83, 84, 96, 97, 108})  # EXTTEXTOUTA, EXTTEXTOUTW, POLYTEXTOUTA, POLYTEXTOUTW, SMALLTEXTOUT
GLYPHS, SMALL_LETTERS, NO_BOUNDS, TWO_WAYS = 0x10, 0x200, 0x100, 0x2000  # fOptions
UPDATE_PLACE, SIDES, CENTRE = 0x1, 0x6, 0x6  # text alignment
TEXT, TEXT_SIZE = 36, 40
PLUS, PUBLIC = b"EMF+", b"GDIC"
OLD_METAFILE, BEGIN_GROUP, FORMATS = 0x80000001, 2, 0x40000004
BITMAPS = {  # where a record tells the places of header and bits; where it is drawn; and how large
    76: (84, 24, 32), 77: (84, 24, 32), 78: (84, 24, 32), 79: (96, 0, 0), 80: (48, 24, 40), 81: (48, 24, 72),
    93: (16, 0, 0), 94: (16, 0, 0), 114: (84, 24, 32), 116: (84, 24, 32),
}  # fmt: skip
FILE_WITHIN, LARGE = 64, 65_536
ALPHA_BLEND, IS_LAYERED = 114, 43


@dataclass(slots=True)
class Emf:
    """Reads one metafile, record by record."""

    data: bytes
    page: Page = field(default_factory=Page)
    plus: Plus = field(default_factory=Plus)
    state: State = field(default_factory=State)
    pencil: Pencil = field(default_factory=Pencil)

    def read(self) -> Iterator[Found]:
        """Yield what is beside the drawing as it comes, and then what was drawn."""
        at, is_whole = 0, False
        while not is_whole and at + 8 <= len(self.data):
            kind, size = struct.unpack_from("<II", self.data, at)
            if size < 8 or at + size > len(self.data):  # noqa: PLR2004 - a record's head
                break
            try:
                yield from self._record(kind, self.data[at : at + size])
            except (struct.error, IndexError, ValueError, ArithmeticError):
                yield Gap(part="", kind=GapKind.CORRUPT, detail="record")
            at += size
            is_whole = kind == END
        if is_whole:
            yield from leftover(self.data[at:], "after-end")
        else:
            yield Gap(part="", kind=GapKind.CORRUPT, detail="no end")
        yield from self.page.found()
        yield from self.plus.found(self.page)

    def _record(self, kind: int, record: bytes) -> Iterator[Found]:
        """Read one record."""
        if kind == HEADER:
            length, start = struct.unpack_from("<II", record, 60)
            said = record[start : start + 2 * length] if start else b""
            yield from named(said.decode("utf-16-le", "replace").encode("utf-8", "replace"), "description")
        elif kind == COMMENT:
            yield from self._comment(record[12 : 12 + int.from_bytes(record[8:12], "little")])
        elif kind in BITMAPS:
            self._bitmap(kind, record)
        elif kind == SMALL:
            self._small_text(record)
        elif kind in TEXTS:
            count = min(int.from_bytes(record[36:40], "little"), len(record) // TEXT_SIZE) if kind in SEVERAL else 1
            for number in range(count):
                at = TEXT if kind not in SEVERAL else TEXT_SIZE * (number + 1)
                self._text(record, at, is_wide=kind in WIDE)
        elif not self.state.read(kind, record):
            now = self.state.now
            for drawn in self.pencil.draws(kind, record):
                lines = [[self.state.place(point) for point in line] for line in drawn.lines]
                self.page.draw(lines, now.fill if drawn.is_filled else None, now.pen if drawn.is_drawn else None)

    def _comment(self, comment: bytes) -> Iterator[Found]:
        """Read a comment (2.3.3): EMF+, a metafile within, a name, or what a program notes for itself."""
        mark, kind = comment[:4], int.from_bytes(comment[4:8], "little")
        if mark == PLUS:
            yield from self.plus.read(comment[4:])
        elif mark == PUBLIC and kind == OLD_METAFILE:
            yield Inner(name="metafile", data=comment[24:])
        elif mark == PUBLIC and kind == BEGIN_GROUP:
            length = int.from_bytes(comment[24:28], "little")
            said = comment[28 : 28 + 2 * length].decode("utf-16-le", "replace")
            yield from named(said.encode("utf-8", "replace"), "group")
        elif mark == PUBLIC and kind == FORMATS:
            for at in range(28, 28 + 16 * min(100, int.from_bytes(comment[24:28], "little")), 16):
                size, start = struct.unpack_from("<II", comment, at + 8)
                yield Inner(name="format", data=comment[start : start + size])
        else:
            yield from _private(comment)

    def _bitmap(self, kind: int, record: bytes) -> None:
        """Note a bitmap, if the record has one."""
        at, corner, extent = BITMAPS[kind]
        head, head_size, bits, bits_size = struct.unpack_from("<IIII", record, at)
        if head_size and bits_size:
            left_top = struct.unpack_from("<ii", record, corner) if corner else (0, 0)
            size = struct.unpack_from("<ii", record, extent) if extent else (0, 0)
            is_layered = kind == ALPHA_BLEND and record[IS_LAYERED] == 1
            self.page.show(
                Bitmap(
                    record[head : head + head_size],
                    record[bits : bits + bits_size],
                    (*left_top, *size),
                    is_layered=is_layered,
                )
            )

    def _small_text(self, record: bytes) -> None:
        """Read a text that has no widths (2.3.5.37)."""
        x, y, count, options = struct.unpack_from("<iiII", record, 8)
        start = 36 if options & NO_BOUNDS else 52
        if options & GLYPHS:
            self.page.unread["glyphs"] = 1
        elif options & SMALL_LETTERS:
            self._run(record[start : start + count].decode("latin-1"), (x, y), None)
        else:
            self._run(record[start : start + 2 * count].decode("utf-16-le", "replace"), (x, y), None)

    def _text(self, record: bytes, at: int, *, is_wide: bool) -> None:
        """Read a text and the widths of its letters (2.2.5)."""
        x, y, count, start, options = struct.unpack_from("<iiIII", record, at)
        widths = int.from_bytes(record[at + TEXT_SIZE - 4 : at + TEXT_SIZE], "little")
        if options & GLYPHS and count:
            self.page.unread["glyphs"] = 1
            return
        raw = record[start : start + count * (2 if is_wide else 1)] if start else b""
        step = 2 if options & TWO_WAYS else 1
        known = count and widths and widths + 4 * step * count <= len(record)
        width = sum(struct.unpack_from(f"<{step * count}i", record, widths)[::step]) if known else None
        self._run(raw.decode("utf-16-le" if is_wide else self.state.now.coding, "replace"), (x, y), width)

    def _run(self, text: str, at: Point, width: float | None) -> None:
        """Note a run of letters where it stands."""
        if not text.strip("\0"):
            return
        x, y = at
        side, goes_on = self.state.now.align & SIDES, bool(self.state.now.align & UPDATE_PLACE)
        if width is not None and side:
            x -= width / 2 if side == CENTRE else width
        end = None if width is None else self.state.place((x + width, y))
        self.page.runs.append(Run(text.replace("\0", ""), self.state.place((x, y)), end, goes_on))


def _private(comment: bytes) -> Iterator[Found]:
    """Read what a program notes for itself: a file, where it begins as one; else by its strings."""
    starts = [comment.find(magic, 0, FILE_WITHIN) for magic, _ in MAGIC if len(magic) > len(PLUS)]
    start = min((start for start in starts if start >= 0), default=-1)
    if start >= 0:
        yield Inner(name="comment", data=comment[start:])
    elif len(comment) > LARGE:
        yield from leftover(comment, "comment")
    else:
        yield from strings(comment, "comment")
