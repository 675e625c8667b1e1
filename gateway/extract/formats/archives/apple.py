"""What a Mac puts beside files in every archive that it makes: AppleDouble files (RFC 1740) and `.DS_Store`.

An AppleDouble file `._NAME` holds the Finder's flags, the attributes of a file (where it was loaded from, tags) and its
resource fork. A `.DS_Store` holds names and comments of a folder's files, and how its window stands.
"""

from __future__ import annotations

import plistlib
import re
import struct
from collections.abc import Iterable, Iterator
from typing import Final

from gateway.extract import Found, Inner, Limits, media
from gateway.extract.decoding import decode, looks_like_text
from gateway.extract.formats.office97.ole import strings
from gateway.model.inspection import Gap, GapKind, Segment, Where

SINGLE: Final = b"\x00\x05\x16\x00"
ENTRIES_AT, ENTRY = 24, 12
DATA_FORK, RESOURCE_FORK, REAL_NAME, COMMENT, FINDER_INFO = 1, 2, 3, 4, 9
ATTRIBUTES: Final = re.compile(rb"ATTR(?=.{30})", re.DOTALL)
BLANK_FORK: Final = b"This resource fork intentionally left blank"
FEW: Final = 128  # bytes: flags, times, and identifiers of the system
MOST_VALUES: Final = 10_000
WIDE: Final = re.compile(rb"(?:\0[\x20-\x7e\xa0-\xff]|[\x01-\x05][\x10-\xff]){3,}")
WITHIN: Final = re.compile(  # a file
    rb"\xff\xd8\xff[\xdb-\xee]|\x89PNG\r|PK\x03\x04|%PDF-|\{\\rtf|GIF8[79]a|7z\xbc\xaf|\xd0\xcf\x11\xe0\xa1"
)


class AppleExtractor:
    """Opens AppleDouble, AppleSingle and `.DS_Store`."""

    name = "apple"
    media_types = frozenset({media.APPLE_FILE, media.DS_STORE})

    def open(self, data: bytes, limits: Limits) -> Iterable[Found]:  # noqa: ARG002 - nothing is unpacked here
        """Return names, comments and attributes, and what else is within."""
        return _folder(data) if data.startswith(b"\0\0\0\1") else _forks(data)


def _folder(data: bytes) -> Iterator[Found]:
    """Yield the words of a `.DS_Store`; nobody has written down its format."""
    yield Segment(where=Where.HIDDEN, text=_words(data), name="folder view")
    if WITHIN.search(data):
        yield Gap(part="", kind=GapKind.UNSUPPORTED, detail="file in .DS_Store")


def _words(data: bytes) -> str:
    """Return the words in bytes, of one byte a letter or of two, the higher first."""
    wide = (run.decode("utf-16-be", "replace") for run in WIDE.findall(data))
    return "\n".join(dict.fromkeys([*wide, *strings(data).splitlines()]))


def _forks(data: bytes) -> Iterator[Found]:
    """Yield each entry that the header lists (RFC 1740, appendix A), and what lies behind all of them."""
    count = int.from_bytes(data[ENTRIES_AT : ENTRIES_AT + 2], "big")
    end = ENTRIES_AT + 2 + ENTRY * count
    for number in range(count):
        kind, at, size = struct.unpack_from(">3L", data, ENTRIES_AT + 2 + ENTRY * number)
        if at + size > len(data):
            yield Gap(part="", kind=GapKind.CORRUPT, detail="entry")
        body, end = data[at : at + size], max(end, at + size)
        if kind == FINDER_INFO:
            yield from _attributes(data, at, at + size)
        elif kind == RESOURCE_FORK:
            yield from _resources(body)
        elif kind in {REAL_NAME, COMMENT}:
            yield Segment(where=Where.ATTACHMENT_NAME if kind == REAL_NAME else Where.COMMENT, text=decode(body))
        elif body:
            yield from _value("data fork" if kind == DATA_FORK else "entry", body)
    if data[end:].strip(b"\0"):
        yield Inner(name="rest", data=data[end:])


def _resources(fork: bytes) -> Iterator[Found]:
    """Yield the words of a resource fork, and a gap if it could show more than words."""
    if BLANK_FORK in fork and len(fork) <= 4 * FEW:
        return
    if fork:
        yield Segment(where=Where.HIDDEN, text=_words(fork), name="resource fork")
    if len(fork) > 4 * FEW:
        yield Gap(part="", kind=GapKind.UNSUPPORTED, detail="resource fork")


def _attributes(data: bytes, start: int, end: int) -> Iterator[Found]:
    """Yield the attributes behind the Finder's flags: `attr_header` of Apple's xnu, `bsd/vfs/vfs_xattr.c`."""
    found = ATTRIBUTES.search(data, start, end)
    if found is None:
        yield Segment(where=Where.HIDDEN, text=_words(data[start:end]), name="Finder")
        return
    count = int.from_bytes(data[found.start() + 34 : found.start() + 36], "big")
    at, read = found.start() + 36, 0
    for _ in range(count):
        place, size, _, length = struct.unpack_from(">2LHB", data, at)
        name = decode(data[at + 11 : at + 11 + length].rstrip(b"\0"))
        if place + size > end:
            yield Gap(part="", kind=GapKind.CORRUPT, detail="attribute")
        yield Segment(where=Where.HIDDEN, text=name, name="attribute name")
        yield from _value(name, data[place : place + size])
        at, read = at + (11 + length + 3) // 4 * 4, read + size
    unread = data[at:end]
    if len(unread) - read > 0 and (words := _words(unread)):
        yield Segment(where=Where.HIDDEN, text=words, name="between attributes")
        if WITHIN.search(unread):
            yield Gap(part="", kind=GapKind.UNSUPPORTED, detail="file between attributes")


def _value(name: str, data: bytes) -> Iterator[Found]:
    """Yield one value: words, a property list, or a file."""
    if data.startswith(b"bplist00"):
        yield from _property_list(name, data)
    elif data and looks_like_text(data):
        yield Segment(where=Where.HIDDEN, text=decode(data), name=name)
    elif len(data) <= FEW:
        yield Segment(where=Where.HIDDEN, text=_words(data), name=name)
    else:
        yield Inner(name=name, data=data)


def _property_list(name: str, data: bytes) -> Iterator[Found]:
    """Yield what a binary property list says. It may hold itself: each thing is looked at once."""
    try:
        left = [plistlib.loads(data, fmt=plistlib.FMT_BINARY)]
    except (plistlib.InvalidFileException, ValueError, RecursionError):
        yield Inner(name=name, data=data)
        return
    said, seen = list[str](), set[int]()
    while left and len(seen) < MOST_VALUES:
        value = left.pop()
        if id(value) in seen:
            continue
        seen.add(id(value))
        if isinstance(value, dict):
            left += [*value.values(), *value]
        elif isinstance(value, list):
            left += value
        elif isinstance(value, bytes):
            yield from _value(name, value)
        else:
            said.append(str(value))
    if left:
        yield Gap(part="", kind=GapKind.TOO_MANY, detail="values")
    yield Segment(where=Where.HIDDEN, text="\n".join(said), name=name)
