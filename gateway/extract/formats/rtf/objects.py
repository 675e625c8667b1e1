r"""Bytes within RTF: pictures, and objects as OLE 1.0 writes them ([MS-OLEDS] 2.2).

Malware hides objects by what it writes among the hexadecimal digits. Spaces, control words and braces are gone here; of
bytes written as `\'hh`, on which readers differ, both readings are tried.
"""

from __future__ import annotations

import binascii
import contextlib
import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from gateway.extract import Inner
from gateway.extract.formats.office97.office_art import bitmap, placeable
from gateway.extract.formats.office97.ole import strings
from gateway.extract.formats.rtf.reader import Bytes, Escaped
from gateway.model.inspection import Gap, Segment, Where

NOT_HEXADECIMAL: Final = bytes(byte for byte in range(256) if byte not in b"0123456789abcdefABCDEF")
COMPOUND: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
LINKED, EMBEDDED, PRESENTED = 1, 2, 5
COLOURS: Final = re.compile(
    rb"(<\?xml[^<>?]{0,80}\?>)?\s*<a:clrMap( [a-zA-Z0-9:]{1,12}=\"[a-zA-Z0-9:/._-]{1,80}\")*\s*/>\s*"
)
LONGEST_TEXT: Final = 4096
Found = Segment | Inner | Gap


def readings(pieces: Bytes) -> Iterator[bytes]:
    r"""Yield what hexadecimal digits and `\bin` come to: once without bytes that were written as `\'hh`, once with."""
    for escaped in (False, True):
        data, digits = bytearray(), bytearray()
        for piece in pieces:
            if isinstance(piece, str):
                digits += piece.encode("latin-1", "ignore").translate(None, NOT_HEXADECIMAL)
            elif escaped or not isinstance(piece, Escaped):
                data += _unhexed(digits)
                digits.clear()
                data += piece
        data += _unhexed(digits)
        if data:
            yield bytes(data)
        if not any(isinstance(piece, Escaped) for piece in pieces):
            return


def _unhexed(digits: bytearray) -> bytes:
    """Return the bytes that digits stand for; half a byte at the end is none."""
    return binascii.unhexlify(memoryview(digits)[: len(digits) & ~1])


def opened(word: str, ending: str, pieces: Bytes, number: int) -> Iterator[Found]:
    """Yield what a destination with bytes holds. `ending` is that of its picture's type; `number` tells two apart."""
    for data in readings(pieces):
        if word == "pict":
            yield from _picture(data, ending, number)
        elif word in {"objdata", "datastore"}:
            yield from _object(data, number)
        elif word == "datafield":
            yield from _said(data, "datafield")
        elif not (word == "colorschememapping" and COLOURS.fullmatch(data)):
            yield Inner(name=f"{word}-{number}", data=data)


def _said(data: bytes, name: str) -> Iterator[Segment]:
    """Yield the runs of letters among bytes."""
    if said := strings(data):
        yield Segment(where=Where.HIDDEN, text=said, name=name)


def _picture(data: bytes, ending: str, number: int) -> Iterator[Found]:
    """Hand on a picture, with the file header that RTF leaves out of bitmaps and metafiles."""
    with contextlib.suppress(struct.error):  # too short to be one
        data = bitmap(data) if ending == ".bmp" else placeable(data) if ending == ".wmf" else data
    yield Inner(name=f"picture-{number}{ending}", data=data)


@dataclass(slots=True)
class _Cursor:
    """Reads little-endian fields; `ValueError` at the end."""

    data: bytes
    at: int = 0

    def take(self, size: int) -> bytes:
        if size < 0 or self.at + size > len(self.data):
            raise ValueError
        self.at += size
        return self.data[self.at - size : self.at]

    def number(self, size: int = 4) -> int:
        return int.from_bytes(self.take(size), "little")

    def text(self) -> str:
        """Read a string with its length before it."""
        size = self.number()
        if size > LONGEST_TEXT:
            raise ValueError
        return self.take(size).rstrip(b"\0").decode("cp1252", "gateway.windows")

    def ended_text(self) -> str:
        """Read a string that ends with NUL."""
        end = self.data.index(b"\0", self.at)
        said = self.take(end - self.at)
        self.at += 1
        return said.decode("cp1252", "gateway.windows")


def _object(data: bytes, number: int) -> Iterator[Found]:
    """Open an object; what does not read as one is looked for a compound file, and handed on as it is."""
    try:
        found = list(_ole(_Cursor(data), number))
    except ValueError:
        at = data.find(COMPOUND)
        found = [Inner(name=f"object-{number}", data=data[max(0, at) :])]
    yield from found


def _ole(cursor: _Cursor, number: int) -> Iterator[Found]:
    """Read an ObjectHeader and what follows ([MS-OLEDS] 2.2.4 to 2.2.6); `ValueError` where there is none."""
    cursor.number()  # the version: readers do not look at it
    kind = cursor.number()
    if kind not in {LINKED, EMBEDDED}:
        raise ValueError
    said = [cursor.text(), cursor.text(), cursor.text()]
    if kind == LINKED:
        said.append(cursor.text())
        cursor.take(8)
        yield Segment(where=Where.FIELD, text="\n".join(filter(None, said)), name="link")
    else:
        yield Segment(where=Where.HIDDEN, text="\n".join(filter(None, said)), name="object")
        native = cursor.take(cursor.number())
        yield from _native(native, said[0], number)
    yield from _presentation(cursor, number)


def _native(native: bytes, kind: str, number: int) -> Iterator[Found]:
    """Open what a program keeps of its own: a file in a package, else as it is."""
    if kind.lower() == "package":
        try:
            yield from list(_package(_Cursor(native)))
        except ValueError:
            yield Inner(name=f"package-{number}", data=native)
    elif native:
        yield Inner(name=f"object-{number}", data=native)


def _package(cursor: _Cursor) -> Iterator[Found]:
    """Read what the Object Packager writes: names, and the file itself. Not in [MS-OLEDS]; as seen in many files."""
    cursor.number(2)
    label, path = cursor.ended_text(), cursor.ended_text()
    cursor.number()
    temporary = cursor.text()
    yield Segment(where=Where.ATTACHMENT_NAME, text="\n".join(dict.fromkeys((label, path, temporary))), name="package")
    yield Inner(name=label or path, data=cursor.take(cursor.number()))
    yield from _said(cursor.data[cursor.at :], "package")


def _presentation(cursor: _Cursor, number: int) -> Iterator[Found]:
    """Hand on the picture that stands for an object ([MS-OLEDS] 2.2.2), and anything after it."""
    rest = cursor.data[cursor.at :]
    try:
        cursor.number()
        if cursor.number() == PRESENTED:
            kind = cursor.text()
            cursor.take(8)
            picture = cursor.take(cursor.number())
            is_metafile = kind.upper() == "METAFILEPICT"
            yield Inner(name=f"presentation-{number}", data=placeable(picture[8:]) if is_metafile else picture)
        rest = cursor.data[cursor.at :]
    except ValueError:
        pass
    if rest.strip(b"\0"):
        yield from _said(rest, "after the object")
