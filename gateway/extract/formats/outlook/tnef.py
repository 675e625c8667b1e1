"""TNEF ([MS-OXTNEF]), which mail programs know as winmail.dat: every attribute, and the MAPI properties in it.

A message within, or an object, becomes a part of its own. Checksums are not looked at: readers do not agree on them.
What stands after a length that cannot be is a gap.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final, TypeAlias

from gateway.extract import Inner, Limits, media
from gateway.extract.decoding import decode
from gateway.extract.formats.code_pages import codec_of
from gateway.extract.formats.office97.ole import strings
from gateway.extract.formats.outlook.mapi import (
    BINARY,
    BOOLEAN,
    CURRENCY,
    DOUBLE,
    ERROR,
    FLOAT,
    GUID,
    INTEGER,
    LONG,
    NAMED,
    OBJECT,
    SEVERAL,
    SHORT,
    STRING,
    TIME,
    TIME_OF_DAY,
    UNICODE,
    Property,
    attached,
    content_of,
    name_of,
    named,
    told,
)
from gateway.extract.formats.outlook.mapi_icon import icon
from gateway.extract.formats.outlook.mapi_names import ATTACHED
from gateway.model.inspection import Gap, GapKind, Segment, Where

Found: TypeAlias = Segment | Inner | Gap

HEADER: Final = 6
SIGNATURE: Final = b"\x78\x9f\x3e\x22"
ROW, BEFORE, AFTER = 9, 9, 2
SIZES: Final = {
    SHORT: 4,
    INTEGER: 4,
    FLOAT: 4,
    ERROR: 4,
    BOOLEAN: 4,
    DOUBLE: 8,
    CURRENCY: 8,
    TIME_OF_DAY: 8,
    LONG: 8,
    TIME: 8,
    GUID: 16,
}
VARIABLE: Final = frozenset({STRING, UNICODE, BINARY, OBJECT})
IID_SIZE: Final = 16
MOST_VALUES: Final = 1 << 20

ATTACHMENT_BEGINS, ATTACHMENT_DATA, ATTACHMENT_NAME, ATTACHMENT_PROPERTIES = 0x9002, 0x800F, 0x8010, 0x9005
MESSAGE_PROPERTIES, RECIPIENTS, CODE_PAGE, ATTACHMENT_PICTURE, TRANSPORT_NAME = 0x9003, 0x9004, 0x9007, 0x8011, 0x9001
TEXTS: Final[dict[int, tuple[Where, str]]] = {  # [MS-OXTNEF] 2.1.3.2
    0x8004: (Where.SUBJECT, "Subject"),
    0x800C: (Where.BODY, "Body"),
    0x8008: (Where.PROPERTY, "MessageClass"),
    0x0600: (Where.PROPERTY, "OriginalMessageClass"),
    0x8009: (Where.MAIL_HEADER, "MessageId"),
    0x800A: (Where.MAIL_HEADER, "ParentId"),
    0x800B: (Where.MAIL_HEADER, "ConversationId"),
}
LETTERS: Final[dict[int, tuple[Where, str]]] = {  # structures of which the letters are all there is to read
    0x8000: (Where.MAIL_HEADER, "From"),
    0x0000: (Where.MAIL_HEADER, "Owner"),
    0x0001: (Where.MAIL_HEADER, "SentFor"),
    0x0002: (Where.PROPERTY, "Delegate"),
}
NO_WORDS: Final = frozenset(
    (0x9006, 0x9007, 0x9002, 0x800D, 0x8005, 0x8006, 0x8007, 0x8012, 0x8013, 0x8020, 0x0006, 0x0007, 0x0008, 0x0009)
)
"""Versions, dates, flags, numbers."""


@dataclass(slots=True, kw_only=True)
class _Attachment:
    """One attachment, while its attributes come in."""

    title: bytes = b""
    data: list[bytes] = field(default_factory=list)
    properties: list[Property] = field(default_factory=list)


class _Broken(ValueError):
    """A length that cannot be."""


class TnefExtractor:
    """Opens winmail.dat files."""

    name = "tnef"
    media_types = frozenset({media.TNEF})

    def open(self, data: bytes, limits: Limits) -> Iterable[Found]:
        """Return what every attribute says."""
        page, current = "", _Attachment()
        begun = False
        for attribute in _attributes(data):
            if isinstance(attribute, Gap | Segment):
                yield attribute
                continue
            identifier, content = attribute
            if identifier == CODE_PAGE:
                page = codec_of(int.from_bytes(content[:4], "little"))
            elif identifier == ATTACHMENT_BEGINS:
                if begun:
                    yield from _attachment(current, page, limits)
                current, begun = _Attachment(), True
            elif identifier in _KEPT:
                begun = True
                yield from _KEPT[identifier](current, content)
            else:
                yield from _message(identifier, content, page, limits)
        if begun:
            yield from _attachment(current, page, limits)


def _attributes(data: bytes) -> Iterator[tuple[int, bytes] | Gap | Segment]:
    """Yield every attribute with its number; whatever follows a broken one is read for letters, and a gap."""
    at = HEADER
    while at < len(data):
        size = int.from_bytes(data[at + 5 : at + BEFORE], "little")
        end = at + BEFORE + size
        if len(data) < at + BEFORE or end > len(data) or data[at] not in {1, 2}:
            rest = data[at:]
            if rest.strip(b"\0\r\n"):
                yield Gap(part="", kind=GapKind.CORRUPT, detail="attribute")
                yield Segment(where=Where.HIDDEN, text=strings(rest), name="after the attributes")
            return
        yield int.from_bytes(data[at + 1 : at + 3], "little"), data[at + BEFORE : end]
        at = end + AFTER


def _message(identifier: int, content: bytes, page: str, limits: Limits) -> Iterator[Found]:
    """Yield what an attribute of the message says."""
    if identifier == MESSAGE_PROPERTIES:
        properties = list[Property]()
        yield from _properties(_Cursor(content), properties)
        yield from told(properties, limits, page=page)
    elif identifier == RECIPIENTS:
        yield from _recipients(_Cursor(content), page, limits)
    elif identifier in TEXTS:
        where, name = TEXTS[identifier]
        yield Segment(where=where, text=decode(content.rstrip(b"\0"), page).replace("\0", "\n"), name=name)
    elif identifier not in NO_WORDS:
        where, name = LETTERS.get(identifier, (Where.HIDDEN, f"0x{identifier:04X}"))
        yield Segment(where=where, text=strings(content), name=name)


@dataclass(slots=True)
class _Cursor:
    """Reads little-endian fields; `_Broken` at the end."""

    data: bytes
    at: int = 0

    def take(self, size: int) -> bytes:
        if size > len(self.data) - self.at:
            raise _Broken
        self.at += size
        return self.data[self.at - size : self.at]

    def peek(self) -> None:
        """See that there is more."""
        if self.at >= len(self.data):
            raise _Broken

    def number(self, size: int = 4) -> int:
        return int.from_bytes(self.take(size), "little")

    def padded(self) -> bytes:
        """Read bytes with their length before them, and what fills them up to four."""
        size = self.number()
        value = self.take(size)
        self.at += -size % 4
        return value


def _properties(cursor: _Cursor, found: list[Property]) -> Iterator[Found]:
    """Read a list of properties ([MS-OXTNEF] 2.1.3.4); what follows a broken one is read for letters, and a gap."""
    try:
        for _ in range(cursor.number()):
            kind, tag = cursor.number(2), cursor.number(2)
            name, is_header = _named(cursor) if tag >= NAMED else ("", False)
            for value in _values(cursor, kind):
                plain = kind & ~SEVERAL
                found.append(Property(tag=tag, kind=plain, value=value, name=name, is_header=is_header))
    except _Broken:
        yield Gap(part="", kind=GapKind.CORRUPT, detail="properties")
        yield Segment(where=Where.HIDDEN, text=strings(cursor.data[cursor.at :]), name="after the properties")


def _named(cursor: _Cursor) -> tuple[str, bool]:
    """Read the name of a property."""
    guid, kind = cursor.take(16), cursor.number()
    if not kind:
        return named(guid, cursor.number())
    return named(guid, cursor.padded().decode("utf-16-le", "replace").rstrip("\0"))


def _values(cursor: _Cursor, kind: int) -> Iterator[str | bytes | int]:
    """Read the values of one property."""
    plain = kind & ~SEVERAL
    if plain not in VARIABLE and plain not in SIZES:
        raise _Broken
    count = cursor.number() if kind & SEVERAL or plain in VARIABLE else 1
    if count > MOST_VALUES:
        raise _Broken
    for _ in range(count):
        if plain in SIZES:
            value = cursor.take(SIZES[plain])
            yield value if plain == GUID else int.from_bytes(value, "little")
        else:
            data = cursor.padded()
            yield data.decode("utf-16-le", "replace") if plain == UNICODE else data


def _recipients(cursor: _Cursor, page: str, limits: Limits) -> Iterator[Found]:
    """Yield the recipients, a line for each."""
    lines = list[str]()
    try:
        for _ in range(cursor.number()):
            cursor.peek()
            row = list[Property]()
            for trouble in _properties(cursor, row):
                yield trouble
                cursor.at = len(cursor.data)  # nobody knows where the next one begins
            texts: dict[str, None] = {}
            for each in told(row, limits, page=page):
                if isinstance(each, Segment) and each.where is Where.MAIL_HEADER:
                    texts[" ".join(each.text.split())] = None
                else:
                    yield each
            lines.append("\t".join(texts))
    except _Broken:
        yield Gap(part="", kind=GapKind.CORRUPT, detail="recipients")
    if any(lines):
        yield Segment(where=Where.MAIL_HEADER, text="\n".join(lines), name="recipients")


def _attachment(attachment: _Attachment, page: str, limits: Limits) -> Iterator[Found]:
    """Yield an attachment: its names, and the file, message or object that it is."""
    title = decode(attachment.title.rstrip(b"\0"), page)
    if title:
        yield Segment(where=Where.ATTACHMENT_NAME, text=title, name="title")
    yield from told(attachment.properties, limits, page=page, display=Where.ATTACHMENT_NAME)
    name = name_of(attachment.properties, page) or title
    contents = dict.fromkeys(attachment.data)
    for each in attachment.properties:
        if each.tag == ATTACHED:
            contents[content_of(each)[IID_SIZE if each.kind == OBJECT else 0 :]] = None
    for data in contents:
        yield from attached(f"{name or 'message'}.dat" if data.startswith(SIGNATURE) else name, data)


def _keep_title(attachment: _Attachment, content: bytes) -> Iterator[Found]:
    attachment.title = content
    yield from ()


def _keep_data(attachment: _Attachment, content: bytes) -> Iterator[Found]:
    attachment.data.append(content)
    yield from ()


def _keep_properties(attachment: _Attachment, content: bytes) -> Iterator[Found]:
    yield from _properties(_Cursor(content), attachment.properties)


def _picture(_attachment: _Attachment, content: bytes) -> Iterator[Found]:
    yield from icon(content, "")


def _transport_name(_attachment: _Attachment, content: bytes) -> Iterator[Found]:
    yield Segment(where=Where.ATTACHMENT_NAME, text=decode(content.rstrip(b"\0")), name="transport name")


_KEPT: Final[dict[int, Callable[[_Attachment, bytes], Iterator[Found]]]] = {
    ATTACHMENT_NAME: _keep_title,
    ATTACHMENT_DATA: _keep_data,
    ATTACHMENT_PROPERTIES: _keep_properties,
    ATTACHMENT_PICTURE: _picture,
    TRANSPORT_NAME: _transport_name,
}
