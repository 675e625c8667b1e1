"""What the records of a binary workbook say ([MS-XLS] 2.4), but for the few that most cells are made of."""

from __future__ import annotations

import re
import struct
from collections.abc import Callable, Iterator
from typing import Final

from gateway.extract import Found, Inner
from gateway.extract.formats.code_pages import codec_of
from gateway.extract.formats.office97.excel97_cells import DOUBLE, ERRORS, Grid, Look, packed_number
from gateway.extract.formats.office97.excel97_formulas import formula_words
from gateway.extract.formats.office97.excel97_strings import (
    SharedStrings,
    characters,
    joined,
    long_string,
    short_string,
)
from gateway.extract.formats.office97.office_art import shape_words
from gateway.extract.formats.office97.ole import strings
from gateway.model.inspection import Segment, Where

CHART, GLOBALS, EXCEL_97 = 0x20, 0x05, 0x0600
CONSTANT: Final = re.compile(rb"[\x17\x1e\x1f\x20\x40\x60]")
SHEET_CODE: Final = re.compile(r'&(?:"([^"]*)"|K[0-9A-Fa-f+-]{5,6}|[0-9]{1,3}|[A-Z])')
COMMENT: Final = 0x19  # the type of object that a comment is
DEEPEST: Final = 20  # a chart in a sheet is two
HIDDEN_ROW: Final = 0x20
FIRST_OWN_FORMAT: Final = 164
BUILT_IN: Final = 0x20
CHARTS: Final = frozenset(range(0x1001, 0x1070)) - {0x100D}
SILENT: Final = CHARTS | {  # numbers, sizes, colours, references
    0x0C, 0x0D, 0x0E, 0x0F, 0x10, 0x11, 0x12, 0x13, 0x17, 0x19, 0x1A, 0x1B, 0x1D, 0x26, 0x27, 0x28, 0x29, 0x2A, 0x2B,
    0x31, 0x3C, 0x3D, 0x40, 0x41, 0x4E, 0x55, 0x59, 0x5E, 0x5F, 0x63, 0x80,
    0x81, 0x82, 0x83, 0x84, 0x86, 0x8C, 0x8D, 0x90,
    0x92, 0x99, 0x9C, 0x9D, 0xA0, 0xA1, 0xAE, 0xBE, 0xC1, 0xD3, 0xD7, 0xDA, 0xDD, 0xE1, 0xE2, 0xE5, 0xED, 0xEF, 0xFF,
    0x13D, 0x160, 0x161, 0x1AF, 0x1B1, 0x1B0, 0x1B7, 0x1BC, 0x1C0, 0x1C1, 0x200, 0x201, 0x20B, 0x225, 0x23E, 0x850,
    0x851, 0x852, 0x853, 0x854, 0x855, 0x856, 0x858, 0x862, 0x863, 0x867, 0x868, 0x87C, 0x87D, 0x88B, 0x88C, 0x88E,
    0x8C1, 0x89A, 0x89B, 0x8A3, 0x8A4, 0x8A5, 0x8AD,
}  # fmt: skip


class Substream:
    """One part of the stream: what sheets share, a sheet, or a chart."""

    def __init__(self, grid: Grid, *, name: str, hidden: bool, chart: bool) -> None:
        self.grid, self.name, self.hidden, self.chart = grid, name, hidden, chart
        self.texts: dict[tuple[Where, str], dict[str, None]] = {}
        self.art: list[bytes] = []
        self.object_kind = 0
        self.waiting: tuple[int, int] | None = None
        self.inner: list[Inner] = []

    def say(self, where: Where, name: str, text: str) -> None:
        """Keep a text beside the cells, once."""
        if text:
            self.texts.setdefault((where, name), {})[text] = None

    def packed(self, row: int, column: int, style: int, value: int) -> None:
        """Take in a cell with a number in four bytes."""
        self.grid.add(row, column, self.grid.look.show(packed_number(value), style))

    def segments(self) -> Iterator[Found]:
        """Yield the cells and the texts."""
        shown, hidden = self.grid.text()
        where = Where.HIDDEN if self.hidden else Where.CHART if self.chart else Where.BODY
        yield Segment(where=where, text=shown, name=self.name)
        yield Segment(where=Where.HIDDEN, text=hidden, name=f"{self.name} hidden")
        for (place, name), texts in self.texts.items():
            yield Segment(where=place, text="\n".join(texts), name=name)
        yield from shape_words(b"".join(self.art))
        yield from self.inner


class Workbook:
    """What the parts of a workbook share, and how each kind of record is read."""

    def __init__(self) -> None:
        self.look = Look()
        self.strings = SharedStrings([])
        self.sheets: dict[int, tuple[str, bool]] = {}
        self.unread: list[int] = []
        self.code_page = ""
        self.art: list[bytes] = []
        self.loose: list[bytes] = []
        self.is_cut = False
        self.count = 0
        self.silent = SILENT
        self.readers: dict[int, Callable[[Substream, list[bytes]], None]] = {
            0x85: self._sheet, 0xFC: self._shared, 0x42: self._page, 0x22: self._epoch, 0xE0: self._style,
            0x41E: self._format, 0x5C: self._user, 0x18: self._name, 0x203: self._number, 0xBD: self._numbers,
            0x204: self._label, 0xD6: self._label, 0x205: self._truth, 0x06: self._formula, 0x207: self._result,
            0x221: self._array, 0x4BC: self._shared_formula, 0x208: self._row, 0x7D: self._columns, 0x1C: self._note,
            0x5D: self._object, 0x1B6: self._box, 0x14: self._header, 0x15: self._footer, 0x89C: self._more_headers,
            0x1BE: self._validation, 0x1B8: self._link, 0x800: self._link, 0x5A: self._outside, 0x1AE: self._link_to,
            0x23: self._link_to, 0x100D: self._chart_text, 0xEC: self._drawing, 0xEB: self._drawings,
            0x866: self._drawings, 0x4D: self._printer, 0x896: self._theme, 0xCD: self._cached,
            0x892: self._style_name,
        }  # fmt: skip

    def begin(self, at: int, content: bytes, path: list[Substream]) -> Substream:
        """Begin a part of the stream."""
        version, kind = struct.unpack_from("<HH", content)
        if len(path) >= DEEPEST:
            raise ValueError("parts within parts")
        if version < EXCEL_97 and not self.code_page:
            self.code_page = "cp1252"
        outer = path[-1] if path else None
        hidden = self.sheets.get(at, ("", False))[1] or (outer is not None and outer.hidden)
        self.count += kind not in {GLOBALS, CHART}
        name = f"sheet {self.count}" if kind != CHART else "chart"
        return Substream(Grid(self.look), name=name, hidden=hidden, chart=kind == CHART)

    def read(self, kind: int, part: Substream, pieces: list[bytes]) -> None:
        """Read a record; of one that is not as it should be, the letters are kept."""
        try:
            self.readers[kind](part, pieces)
        except (struct.error, IndexError, ValueError, OverflowError):
            self.is_cut = True
            self.loose += pieces

    def left(self) -> Iterator[Segment]:
        """Yield what no cell shows: names of sheets, unused strings, and the letters of all other records."""
        for hidden, where in ((False, Where.PROPERTY), (True, Where.HIDDEN)):
            names = [name for name, is_hidden in self.sheets.values() if is_hidden is hidden]
            yield Segment(where=where, text="\n".join(names), name="sheet names")
        yield Segment(where=Where.HIDDEN, text="\n".join(self.strings.unused()), name="unused strings")
        yield Segment(where=Where.HIDDEN, text="\n".join(self.strings.phonetic), name="phonetic")
        codes = [code for number, code in self.look.formats.codes.items() if number >= FIRST_OWN_FORMAT]
        yield Segment(where=Where.HIDDEN, text="\n".join(codes), name="number formats")
        yield Segment(where=Where.HIDDEN, text=strings(b"\0\0".join(self.loose)), name="other records")

    def _sheet(self, _: Substream, pieces: list[bytes]) -> None:
        at, state = struct.unpack_from("<LB", pieces[0])
        self.unread.append(at)
        self.sheets[at] = short_string(pieces[0], 6, self.code_page)[0], bool(state & 3)

    def _shared(self, _: Substream, pieces: list[bytes]) -> None:
        self.strings = SharedStrings(pieces)
        self.is_cut = self.is_cut or self.strings.short

    def _page(self, _: Substream, pieces: list[bytes]) -> None:
        if self.code_page:
            self.code_page = codec_of(struct.unpack_from("<H", pieces[0])[0]) or self.code_page

    def _epoch(self, _: Substream, pieces: list[bytes]) -> None:
        self.look.formats.is_1904 = pieces[0][:1] == b"\1"

    def _style(self, _: Substream, pieces: list[bytes]) -> None:
        self.look.formats.styles.append(struct.unpack_from("<2xH", pieces[0])[0])

    def _format(self, _: Substream, pieces: list[bytes]) -> None:
        (number,) = struct.unpack_from("<H", pieces[0])
        read = short_string if self.code_page else long_string
        self.look.formats.codes[number] = read(pieces[0], 2, self.code_page)[0]

    def _user(self, part: Substream, pieces: list[bytes]) -> None:
        read = short_string if self.code_page else long_string
        part.say(Where.PROPERTY, "user", read(pieces[0], 0, self.code_page)[0].strip())

    def _name(self, part: Substream, pieces: list[bytes]) -> None:
        content = b"".join(pieces)
        flags, count, size = struct.unpack_from("<HxBH", content)
        if self.code_page:
            name, at = content[14 : 14 + count].decode(self.code_page, "replace"), 14 + count
        else:
            name, at = characters(content, 14, count)
        if not flags & BUILT_IN:
            part.say(Where.HIDDEN, "defined names", name)
        part.say(Where.FORMULA, "", formula_words(content[at : at + size], self.code_page))
        part.say(Where.HIDDEN, "defined names", strings(content[at + size :]))

    def _number(self, part: Substream, pieces: list[bytes]) -> None:
        row, column, style, number = struct.unpack_from("<HHHd", pieces[0])
        part.grid.add(row, column, part.grid.look.show(number, style))

    def _numbers(self, part: Substream, pieces: list[bytes]) -> None:
        row, column = struct.unpack_from("<HH", pieces[0])
        cells = pieces[0][4 : 4 + (len(pieces[0]) - 6) // 6 * 6]
        for style, value in struct.iter_unpack("<HL", cells):
            part.packed(row, column, style, value)
            column += 1

    def _label(self, part: Substream, pieces: list[bytes]) -> None:
        row, column = struct.unpack_from("<HH", pieces[0])
        if len(pieces) > 1 and not self.code_page:
            (count,) = struct.unpack_from("<6xH", pieces[0])
            part.grid.add(row, column, joined([pieces[0][8:], *pieces[1:]], count))
        else:
            part.grid.add(row, column, long_string(b"".join(pieces), 6, self.code_page)[0])

    def _truth(self, part: Substream, pieces: list[bytes]) -> None:
        row, column, value, is_error = struct.unpack_from("<HH2xBB", pieces[0])
        part.grid.add(row, column, ERRORS.get(value, "#") if is_error else "TRUE" if value else "FALSE")

    def _formula(self, part: Substream, pieces: list[bytes]) -> None:
        content = pieces[0] if len(pieces) == 1 else b"".join(pieces)
        row, column, style, result, size = struct.unpack_from("<HHH8s6xH", content)
        if result[6:] != b"\xff\xff":
            part.grid.add(row, column, part.grid.look.show(DOUBLE.unpack(result)[0], style))
        elif result[0] == 0:  # a string follows
            part.waiting = row, column
        elif result[0] in {1, 2}:
            part.grid.add(row, column, ERRORS.get(result[2], "#") if result[0] > 1 else str(bool(result[2])).upper())
        self._constants(part, content, 22, size)

    def _constants(self, part: Substream, content: bytes, at: int, size: int) -> None:
        tokens = content[at : at + size]
        if CONSTANT.search(tokens):
            part.say(Where.FORMULA, "", formula_words(tokens, self.code_page, content[at + size :]))

    def _result(self, part: Substream, pieces: list[bytes]) -> None:
        (count,) = struct.unpack_from("<H", pieces[0])
        if self.code_page:
            text = long_string(b"".join(pieces), 0, self.code_page)[0]
        else:
            text = joined([pieces[0][2:], *pieces[1:]], count)
        row, column = part.waiting or (part.grid.row, 0)
        part.grid.add(row, column, text)
        part.waiting = None

    def _array(self, part: Substream, pieces: list[bytes]) -> None:
        content = b"".join(pieces)
        self._constants(part, content, 14, struct.unpack_from("<12xH", content)[0])

    def _shared_formula(self, part: Substream, pieces: list[bytes]) -> None:
        self._constants(part, pieces[0], 10, struct.unpack_from("<8xH", pieces[0])[0])

    def _row(self, part: Substream, pieces: list[bytes]) -> None:
        row, flags = struct.unpack_from("<H10xH", pieces[0])
        if flags & HIDDEN_ROW:
            part.grid.hidden_rows.add(row)

    def _columns(self, part: Substream, pieces: list[bytes]) -> None:
        first, last, flags = struct.unpack_from("<HH4xH", pieces[0])
        if flags & 1:
            part.grid.hidden_columns |= set(range(first, min(last, 255) + 1))

    def _note(self, part: Substream, pieces: list[bytes]) -> None:
        if self.code_page:
            part.say(Where.COMMENT, "", pieces[0][6:].decode(self.code_page, "replace"))
        else:
            part.say(Where.COMMENT, "authors", long_string(pieces[0], 8)[0])

    def _object(self, part: Substream, pieces: list[bytes]) -> None:
        (part.object_kind,) = struct.unpack_from("<4xH", pieces[0])
        part.say(Where.TEXTBOX if self.code_page else Where.HIDDEN, "object", strings(b"".join(pieces)))

    def _box(self, part: Substream, pieces: list[bytes]) -> None:
        (count,) = struct.unpack_from("<10xH", pieces[0])
        where = Where.COMMENT if part.object_kind == COMMENT else Where.TEXTBOX
        part.say(where, "", joined(pieces[1:], count))
        part.say(Where.FORMULA, "", strings(pieces[0][14:]))

    def _header(self, part: Substream, pieces: list[bytes]) -> None:
        self._edge(part, Where.HEADER, pieces[0])

    def _footer(self, part: Substream, pieces: list[bytes]) -> None:
        self._edge(part, Where.FOOTER, pieces[0])

    def _edge(self, part: Substream, where: Where, content: bytes) -> None:
        if len(content) > 1:
            read = short_string if self.code_page else long_string
            text = read(content, 0, self.code_page)[0]
            part.say(where, "sheet", SHEET_CODE.sub("\n", text).strip("\n"))
            part.say(Where.HIDDEN, "fonts", "\n".join(filter(None, SHEET_CODE.findall(text))))

    def _more_headers(self, part: Substream, pieces: list[bytes]) -> None:
        content, at = b"".join(pieces), 38
        counts = struct.unpack_from("<4H", content, 30)
        for count, where in zip(counts, (Where.HEADER, Where.FOOTER) * 2, strict=True):
            if count:
                _, end = long_string(content, at)
                self._edge(part, where, content[at:end])
                at = end

    def _validation(self, part: Substream, pieces: list[bytes]) -> None:
        content, at = b"".join(pieces), 4
        for _ in range(4):
            text, at = long_string(content, at)
            part.say(Where.HIDDEN, "validation", text.strip("\0"))
        for _ in range(2):
            (size,) = struct.unpack_from("<H", content, at)
            part.say(Where.FORMULA, "", formula_words(content[at + 4 : at + 4 + size]))
            at += 4 + size

    def _link(self, part: Substream, pieces: list[bytes]) -> None:
        part.say(Where.HIDDEN, "link", strings(b"".join(pieces)))

    def _outside(self, part: Substream, pieces: list[bytes]) -> None:
        content, at = b"".join(pieces), 4
        part.say(Where.HIDDEN, "external cells", strings(content) if self.code_page else "")
        while at + 3 <= len(content) and not self.code_page:
            kind = content[at]
            at += 1
            if kind == 2:  # noqa: PLR2004 - a string
                text, at = long_string(content, at)
                part.say(Where.HIDDEN, "external cells", text)
                continue
            if kind == 1 and at + 8 <= len(content):
                part.say(Where.HIDDEN, "external cells", part.grid.look.show(DOUBLE.unpack_from(content, at)[0], 0))
            at += 8

    def _link_to(self, part: Substream, pieces: list[bytes]) -> None:
        part.say(Where.HIDDEN, "external links", strings(b"".join(pieces)))

    def _chart_text(self, part: Substream, pieces: list[bytes]) -> None:
        part.say(Where.CHART, "", short_string(pieces[0], 2, self.code_page)[0])

    def _cached(self, part: Substream, pieces: list[bytes]) -> None:
        part.say(Where.HIDDEN, "pivot", long_string(b"".join(pieces), 0, self.code_page)[0])

    def _style_name(self, part: Substream, pieces: list[bytes]) -> None:
        if not pieces[0][12] & 1:  # no style that comes with the program
            part.say(Where.HIDDEN, "styles", strings(pieces[0]))

    def _drawing(self, part: Substream, pieces: list[bytes]) -> None:
        part.art.extend(pieces)

    def _drawings(self, _: Substream, pieces: list[bytes]) -> None:
        self.art.extend(pieces)

    def _printer(self, part: Substream, pieces: list[bytes]) -> None:
        part.say(Where.PROPERTY, "printer", strings(b"".join(pieces)))

    def _theme(self, part: Substream, pieces: list[bytes]) -> None:
        content = b"".join(pieces)
        if (at := content.find(b"PK\3\4")) >= 0:
            part.inner.append(Inner(name="theme", data=content[at:]))
