"""Strings of binary workbooks ([MS-XLS] 2.5.240, 2.5.293, 2.5.294): 8-bit or UTF-16, cut across records at will."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from typing import Final

from gateway.extract.decoding import decode

WIDE, PHONETIC, RICH = 1, 4, 8
HEAD: Final = struct.Struct("<HB")


def short_string(data: bytes, at: int, code_page: str = "") -> tuple[str, int]:
    """Read a string whose length takes one byte, and return where it ends. With a code page it is one of before 97."""
    if code_page:
        return decode(data[at + 1 : at + 1 + data[at]], code_page), at + 1 + data[at]
    return characters(data, at + 1, data[at])


def long_string(data: bytes, at: int, code_page: str = "") -> tuple[str, int]:
    """Read a string whose length takes two bytes, and return where it ends."""
    (count,) = struct.unpack_from("<H", data, at)
    if code_page:
        return decode(data[at + 2 : at + 2 + count], code_page), at + 2 + count
    return characters(data, at + 2, count)


def characters(data: bytes, at: int, count: int) -> tuple[str, int]:
    """Read as many characters, after the byte that says how wide they are, and return where they end."""
    flags = data[at] if count else 0
    at += 1
    after = 0
    if flags & RICH:
        after += 4 * struct.unpack_from("<H", data, at)[0]
        at += 2
    if flags & PHONETIC:
        after += struct.unpack_from("<L", data, at)[0]
        at += 4
    end = at + (2 * count if flags & WIDE else count)
    if end > len(data):
        raise ValueError("a string is cut short")
    return data[at:end].decode("utf-16-le" if flags & WIDE else "latin-1", "replace"), end + after


def joined(pieces: Sequence[bytes], count: int) -> str:
    """Read a string of so many characters from records that follow one another; each says anew how wide they are."""
    found = list[str]()
    for piece in pieces:
        if count <= 0 or not piece:
            break
        wide = piece[0] & WIDE
        text = piece[1:].decode("utf-16-le" if wide else "latin-1", "replace")[:count]
        found.append(text)
        count -= len(text)
    return "".join(found)


class SharedStrings:
    """The table of strings ([MS-XLS] 2.4.265) in its records, and which of them a cell shows."""

    def __init__(self, pieces: Sequence[bytes]) -> None:
        self.pieces = pieces
        self.number = 0
        self.piece = pieces[0] if pieces else b""
        self.at = 8
        self.texts: list[str] = []
        self.phonetic: list[str] = []
        count = struct.unpack_from("<4xL", self.piece)[0] if len(self.piece) >= 8 else 0  # noqa: PLR2004 - two counts
        self._read(min(count, sum(map(len, pieces)) // 3))
        self.short = count > len(self.texts)
        self.used = bytearray(len(self.texts))

    def _read(self, count: int) -> None:
        """Read so many strings: at once those that are neither rich nor cut, as most are."""
        texts, unpack = self.texts, HEAD.unpack_from
        while len(texts) < count and self._more():
            piece, at = self.piece, self.at
            last = len(piece) - 3
            while at <= last and len(texts) < count:
                length, flags = unpack(piece, at)
                end = at + 3 + (length << 1 if flags else length)
                if flags > 1 or end > last + 3:
                    break
                raw = piece[at + 3 : end]
                texts.append(raw.decode("utf-16-le", "replace") if flags else raw.decode("latin-1"))
                at = end
            self.at = at
            if len(texts) < count and self._more():
                texts.append(self._string())

    def _more(self) -> bool:
        """Go on to the next record at the end of one; say whether there is more."""
        while self.at >= len(self.piece):
            if self.number + 1 >= len(self.pieces):
                return False
            self.at -= len(self.piece)
            self.number += 1
            self.piece = self.pieces[self.number]
        return self.at + 3 <= len(self.piece)

    def _string(self) -> str:
        """Read one string; most of them lie in one piece."""
        count, flags = HEAD.unpack_from(self.piece, self.at)
        self.at += 3
        runs = extra = 0
        if flags & RICH:
            (runs,) = struct.unpack_from("<H", self.piece, self.at)
            self.at += 2
        if flags & PHONETIC:
            (extra,) = struct.unpack_from("<L", self.piece, self.at)
            self.at += 4
        end = self.at + (2 * count if flags & WIDE else count)
        if end <= len(self.piece):
            raw = self.piece[self.at : end]
            self.at = end
            text = raw.decode("utf-16-le", "replace") if flags & WIDE else raw.decode("latin-1")
        else:
            text = self._cut(count, flags)
        self._pass(4 * runs)
        if extra:
            self.phonetic.append(self._pass(extra).decode("utf-16-le", "replace"))
        return text

    def _cut(self, count: int, flags: int) -> str:
        """Read a string that goes on in the next record, which says anew how wide its characters are."""
        found = list[bytes]()
        while count > 0:
            wide = flags & WIDE
            piece = self.piece[self.at : self.at + (2 * count if wide else count)]
            found.append(piece if wide else piece.decode("latin-1").encode("utf-16-le"))
            count -= len(piece) // 2 if wide else len(piece)
            self.at += len(piece)
            if count > 0:
                if self.number + 1 >= len(self.pieces):
                    break
                self.number += 1
                self.piece = self.pieces[self.number]
                flags, self.at = (self.piece[0] if self.piece else 0), 1
        return b"".join(found).decode("utf-16-le", "replace")

    def _pass(self, count: int) -> bytes:
        """Pass over bytes, which may go on in the next record, and return them."""
        found = b""
        while count > 0:
            piece = self.piece[self.at : self.at + count]
            found += piece
            count -= len(piece)
            self.at += len(piece)
            if count > 0:
                if self.number + 1 >= len(self.pieces):
                    break
                self.number += 1
                self.piece, self.at = self.pieces[self.number], 0
        return found

    def unused(self) -> list[str]:
        """Return the strings that no cell shows."""
        return [text for text, used in zip(self.texts, self.used, strict=True) if not used]
