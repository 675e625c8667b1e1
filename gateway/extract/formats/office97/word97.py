"""Word 97 to 2003 documents ([MS-DOC]): every story of the text where it stands, and all that lies beside it."""

from __future__ import annotations

import re
import struct
from collections.abc import Iterable, Iterator
from typing import Final

from gateway.extract import Found, Inner, Limits, media
from gateway.extract.formats.office97.locked_binary import table_name, word_lock
from gateway.extract.formats.office97.office_art import blips, pictures, placeable, shape_words, without
from gateway.extract.formats.office97.ole import Storage, spoken, strings
from gateway.extract.formats.office97.ole_objects import beside
from gateway.extract.formats.office97.word97_text import Fib, Mark, Text
from gateway.model.inspection import Gap, GapKind, Segment, Where

WRITTEN: Final = (("\x07\x07", "\t\n"), ("\x07", "\t"), ("\r", "\n"), ("\x0b", "\n"), ("\x0c", "\n"), ("\x0e", "\n"),
                  ("\x1e", "-"))  # fmt: skip
NOT_WRITTEN: Final = re.compile("[\0-\x06\x08\x10-\x12\x16-\x1d\x1f]")  # marks of notes, comments, pictures
FIELD: Final = re.compile("([\x13\x14\x15])")
DRAWING: Final = re.compile(b"\\x0f\\x00\\x02\\xf0")
LINE: Final = "\r".encode("utf-16-le")
STORIES: Final = (
    (Where.BODY, ""), (Where.NOTE, "footnotes"), (Where.HEADER, ""), (Where.HIDDEN, "macro"), (Where.COMMENT, ""),
    (Where.NOTE, "endnotes"), (Where.TEXTBOX, ""), (Where.TEXTBOX, "header"),
)  # fmt: skip
LISTS: Final = (  # lists of strings ([MS-DOC] 2.5.6): where the table stream has them, and what they are
    (21, Where.HIDDEN, "bookmarks"), (32, Where.PROPERTY, "associated"), (51, Where.TRACKED, "authors"),
    (71, Where.PROPERTY, "saved by"), (91, Where.HIDDEN, "lists"),
)  # fmt: skip
AUTHORS, COMMENTS, HEADERS, VARIABLES, DRAWINGS, FONTS, PIECES = 36, 4, 11, 60, 50, 15, 33
READ: Final = (AUTHORS, COMMENTS, HEADERS, VARIABLES, DRAWINGS, FONTS, PIECES)
HEADER_KINDS: Final = (Where.HEADER, Where.HEADER, Where.FOOTER, Where.FOOTER, Where.HEADER, Where.FOOTER)
STREAMS: Final = (("WordDocument",), ("0Table",), ("1Table",), ("Data",))
ZIP_END: Final = 22
PICTURE_HEAD: Final = 68
METAFILE: Final = re.compile(b"\1\0\x09\0\0[\1\3]")
SEPARATORS: Final = 6  # stories ahead of the first header: the lines above notes


class Word97Extractor:
    """Opens Word documents of before 2007."""

    name = "word97"
    media_types = frozenset({media.WORD_97})

    def open(self, data: bytes, limits: Limits) -> Iterable[Found]:
        """Return all text where it stood, properties, pictures and embedded objects."""
        storage = Storage(data)
        lock = word_lock(storage, lambda: spoken(_document(storage, limits), storage))
        yield from spoken([lock] if lock else _document(storage, limits), storage)
        if lock and not storage.plain:
            yield from beside(storage, locked=True)


def _document(storage: Storage, limits: Limits) -> Iterator[Found]:
    """Read a document that is not encrypted."""
    document = storage.read("WordDocument")
    new = Fib(document, b"").new
    table = storage.read(table_name(document)) if new else document
    fib = Fib(document, table)
    text = Text(fib)
    yield from _words(text)
    (more,) = struct.unpack_from("<H", document, 8)
    if more:  # the entries of AutoText are a document of its own
        yield from _words(Text(Fib(document, table, 512 * more)))
    yield from _drawings(fib, limits)
    rest = _rest(text)
    start, end = rest.find(b"PK\3\4"), rest.rfind(b"PK\5\6") + ZIP_END
    if 0 <= start < end - ZIP_END:  # the theme, as Word 2007 and later write it
        yield Inner(name="theme", data=rest[start:end])
        rest = rest[:start] + rest[end:]
    yield Segment(where=Where.HIDDEN, text=strings(rest), name="table stream")
    unused = [name for name in ("0Table", "1Table") if not new or name != table_name(document)]
    left = "\n".join(strings(storage.read(name)) for name in unused)
    yield Segment(where=Where.HIDDEN, text=left, name="old table stream")
    data = storage.read("Data")
    found = blips(data)
    yield Segment(where=Where.HIDDEN, text=strings(without(data, found)), name="data stream")
    yield from pictures(data, found, limits)
    yield from _metafiles(data if fib.new else document)
    yield from pictures(document, blips(document), limits)
    yield from beside(storage, STREAMS)


def _words(text: Text) -> Iterator[Segment | Gap]:
    """Yield the text of a document and what belongs to it by position."""
    if sum(text.fib.counts) > len(text.utf16) // 2:
        yield Gap(part="", kind=GapKind.CORRUPT, detail="text")
    yield from _stories(text)
    yield from _comment_authors(text.fib)
    yield from _lists(text.fib)
    left = text.between()
    yield Segment(where=Where.HIDDEN, text=strings(without(left, blips(left))), name="left over")


def _stories(text: Text) -> Iterator[Segment]:
    """Yield the body and the stories beside it, in the order of the file ([MS-DOC] 2.3)."""
    at = 0
    for (where, name), count in zip(STORIES, text.fib.counts, strict=True):
        if where is Where.HEADER:
            yield from _headers(text, at, at + count)
        else:
            yield from _flow(text, at, at + count, where, name)
        at += count
    yield from _flow(text, at, len(text.utf16) // 2, Where.HIDDEN, "after the end")


def _headers(text: Text, start: int, end: int) -> Iterator[Segment]:
    """Yield the lines above notes, and each header and footer ([MS-DOC] 2.8.22)."""
    plc = text.fib.structure(HEADERS)
    bounds = struct.unpack_from(f"<{len(plc) // 4}L", plc)[1:]
    if not bounds or not text.fib.new:  # which are there, Word 95 says elsewhere
        yield from _flow(text, start, end, Where.HEADER, "")
        return
    at = start
    for number, bound in enumerate((*bounds, end - start), -SEPARATORS):
        where = HEADER_KINDS[number % 6] if number >= 0 else Where.NOTE
        last = max(at, min(end, start + bound))
        yield from _flow(text, at, last, where, "")
        at = last


def _flow(text: Text, start: int, end: int, where: Where, name: str) -> Iterator[Segment]:
    """Yield a stretch of text without what is hidden or deleted in it, and that apart, and the codes of fields."""
    if start >= end:
        return
    shown = list[bytes]()
    apart: dict[Mark, list[bytes]] = {Mark.HIDDEN: [], Mark.DELETED: []}
    at, last = start, {Mark.HIDDEN: start, Mark.DELETED: start}
    for marked in text.marks(start, end):
        shown.append(text.utf16[2 * at : 2 * marked.start])
        if marked.mark is Mark.SYMBOL:
            shown.append(marked.symbol.to_bytes(2, "little") * (marked.end - marked.start))
        else:
            if last[marked.mark] < marked.start:
                apart[marked.mark].append(LINE)
            apart[marked.mark].append(text.utf16[2 * marked.start : 2 * marked.end])
            last[marked.mark] = marked.end
        at = marked.end
    shown.append(text.utf16[2 * at : 2 * end])
    running, codes = _without_codes(b"".join(shown))
    yield Segment(where=where, text=running, name=name)
    yield Segment(where=Where.FIELD, text=codes, name="code")
    for mark, place, what in ((Mark.HIDDEN, Where.HIDDEN, "vanish"), (Mark.DELETED, Where.TRACKED, "")):
        running, codes = _without_codes(b"".join(apart[mark]))
        yield Segment(where=place, text=f"{running}\n{codes}".strip("\n"), name=what)


def _without_codes(utf16: bytes) -> tuple[str, str]:
    """Return text as it is read, and the codes of its fields ([MS-DOC] 2.8.25): they may stand in one another."""
    text = utf16.decode("utf-16-le", "replace")
    running, codes, in_code = list[str](), list[str](), list[bool]()
    depth = 0  # of codes within codes
    for piece in FIELD.split(text) if "\x13" in text else (text,):
        if piece == "\x13":
            in_code.append(True)
            codes.append("\n")
            depth += 1
        elif piece == "\x14" and in_code:
            depth -= in_code[-1]
            in_code[-1] = False
        elif piece == "\x15" and in_code:
            depth -= in_code.pop()
        else:
            (codes if depth else running).append(piece)
    return _written("".join(running)), _written("".join(codes)).strip("\n")


def _written(text: str) -> str:
    """Return text with the characters that it is written with in place of Word's own."""
    for mark, written in WRITTEN:
        if mark in text:
            text = text.replace(mark, written)
    return NOT_WRITTEN.sub("", text)


def _comment_authors(fib: Fib) -> Iterator[Segment]:
    """Yield who commented: names ([MS-DOC] 2.9.103), and initials from the references (2.9.5)."""
    if not fib.new:
        return
    owners, names = fib.structure(AUTHORS), list[str]()
    at = 0
    while at + 2 <= len(owners):
        (length,) = struct.unpack_from("<H", owners, at)
        names.append(owners[at + 2 : at + 2 + 2 * length].decode("utf-16-le", "replace"))
        at += 2 + 2 * length
    plc = fib.structure(COMMENTS)
    count = (len(plc) - 4) // 34
    for number in range(count):
        reference = plc[4 * (count + 1) + 30 * number :]
        initials = reference[2 : 2 + 2 * min(9, reference[0])].decode("utf-16-le", "replace")
        names.append(initials)
    yield Segment(where=Where.COMMENT, text="\n".join(dict.fromkeys(names)), name="authors")


def _lists(fib: Fib) -> Iterator[Segment]:
    """Yield bookmarks, authors of changes and other lists of strings, and the variables of the document."""
    if not fib.new:
        return
    for index, where, name in LISTS:
        yield Segment(where=where, text="\n".join(_list(fib.structure(index))), name=name)
    yield Segment(where=Where.PROPERTY, text=strings(fib.structure(VARIABLES)), name="document variables")


def _list(table: bytes) -> Iterator[str]:
    """Yield the strings of a list ([MS-DOC] 2.2.4); what is not a list of this kind, by its letters."""
    if len(table) < 6 or table[:2] != b"\xff\xff":  # noqa: PLR2004 - the head of a list
        yield strings(table)
        return
    count, extra = struct.unpack_from("<HH", table, 2)
    at = 6
    for _ in range(count):
        if at + 2 > len(table):
            return
        (length,) = struct.unpack_from("<H", table, at)
        yield table[at + 2 : at + 2 + 2 * length].decode("utf-16-le", "replace")
        at += 2 + 2 * length + extra


def _drawings(fib: Fib, limits: Limits) -> Iterator[Found]:
    """Yield what shapes say ([MS-DOC] 2.9.172): letters drawn in a header are a watermark."""
    art = fib.structure(DRAWINGS) if fib.new else b""
    starts = [match.start() for match in DRAWING.finditer(art)]
    for start, end in zip(starts, [*starts[1:], len(art) + 1], strict=False):
        in_header = start > 0 and art[start - 1] == 1
        yield from shape_words(art[start : end - 1], Where.WATERMARK if in_header else Where.TEXTBOX)
    yield from pictures(art, blips(art), limits)


def _metafiles(data: bytes) -> Iterator[Inner]:
    """Yield pictures as Word 95 and before kept them ([MS-DOC] 2.9.190): a metafile behind a head of 68 bytes."""
    for match in METAFILE.finditer(data):
        start = match.start() - PICTURE_HEAD
        if start >= 0 and data[start + 4 : start + 6] == PICTURE_HEAD.to_bytes(2, "little"):
            (length,) = struct.unpack_from("<L", data, start)
            yield Inner(name="picture.wmf", data=placeable(data[match.start() : start + length]))


def _rest(text: Text) -> bytes:
    """Return what of the table stream was not read: names of styles, and much else."""
    fib = text.fib
    rest = bytearray(fib.table)
    read = [fib.lies(index) for index in (*READ, *(index for index, _, _ in LISTS))] if fib.new else []
    if not fib.new:
        read = [(piece.offset, piece.count) for piece in text.pieces]
    for at, length in read:
        if at < len(rest):
            rest[at : at + length] = bytes(min(length, len(rest) - at))
    return bytes(rest)
