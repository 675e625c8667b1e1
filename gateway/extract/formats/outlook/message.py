"""Outlook messages ([MS-OXMSG]): every property of the message, its recipients, its attachments, messages within it.

Read over olefile, storage by storage. A message or an object that is attached becomes a file of its own, and is opened
in its turn. Streams that the format does not know are handed on as they are.
"""

from __future__ import annotations

import io
import re
import struct
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final, TypeAlias

import olefile

from gateway.extract import Inner, Limits, media
from gateway.extract.formats.office97.ole import OUT_OF_PLACE
from gateway.extract.formats.office97.ole_pack import packed
from gateway.extract.formats.outlook.mapi import (
    BINARY,
    GUID,
    NAMED,
    OBJECT,
    SEVERAL,
    STRING,
    UNICODE,
    Property,
    attached,
    code_page,
    content_of,
    name_of,
    named,
    told,
)
from gateway.extract.formats.outlook.mapi_names import ATTACHED, INTERNET_HEADERS
from gateway.model.inspection import Gap, GapKind, Segment, Where

Found: TypeAlias = Segment | Inner | Gap
Name: TypeAlias = tuple[str, bool]

VALUE: Final = re.compile(r"__substg1\.0_([0-9A-F]{4})([0-9A-F]{4})(?:-([0-9A-F]{8}))?", re.IGNORECASE)
FIXED, NAMES, RECIPIENT, ATTACHMENT = (
    *("__properties_version1.0", "__nameid_version1.0", "__recip_version1.0_", "__attach_version1.0_"),
)
TOP, WITHIN, LEAST = 32, 24, 8
"""Lengths of what stands before the properties of fixed size: of a file, of a message within, of all else (2.4.1)."""
GUIDS, ENTRIES, TEXTS = (f"__substg1.0_{number:04X}0102" for number in (2, 3, 4))
WELL_KNOWN: Final = (
    b"",
    bytes.fromhex("2803020000000000c000000000000046"),
    bytes.fromhex("2903020000000000c000000000000046"),
)
"""GUIDs 0 to 2 of [MS-OXMSG] 2.2.3.1.2: none, PS_MAPI, PS_PUBLIC_STRINGS."""


@dataclass(slots=True, kw_only=True)
class _Folder:
    """One storage: its streams, and the storages in it."""

    streams: dict[str, bytes] = field(default_factory=dict)
    folders: dict[str, _Folder] = field(default_factory=dict)


class OutlookExtractor:
    """Opens Outlook messages, appointments, contacts, tasks."""

    name = "outlook"
    media_types = frozenset({media.OUTLOOK})

    def open(self, data: bytes, limits: Limits) -> Iterable[Found]:
        """Return what every storage says."""
        troubles: list[Gap] = []
        with olefile.OleFileIO(io.BytesIO(data)) as file:
            top = _read(file, _Room(len(data)), troubles)
        yield from troubles
        names = _names(top.folders.pop(NAMES, _Folder()))
        called = dict.fromkeys(name for name, _ in names.values() if not name.startswith("0x"))
        if called:
            yield Segment(where=Where.HIDDEN, text="\n".join(called), name="property names")
        message = _properties(top, TOP, names)
        page = code_page(message)
        yield from told(message, limits)
        yield from _recipients(top, names, page, limits)
        for title, folder in top.folders.items():
            if title.startswith(ATTACHMENT):
                yield from _attachment(folder, names, page, limits)
            elif not title.startswith(RECIPIENT):
                yield Inner(name=title, data=packed(_flat(folder, ())))
        yield from _strangers(top)


@dataclass(slots=True)
class _Room:
    """All streams together are no longer than the file, unless some share their sectors."""

    left: int


def _read(file: olefile.OleFileIO, room: _Room, troubles: list[Gap]) -> _Folder:
    """Read all storages, without recursion. A stream that is damaged is a gap."""
    top = _Folder()
    waiting = [(file.root, top)]
    while waiting:
        storage, folder = waiting.pop()
        for entry in storage.kids:
            title = entry.name.lower() if not VALUE.fullmatch(entry.name) else entry.name
            if entry.entry_type == olefile.STGTY_STORAGE:
                waiting.append((entry, folder.folders.setdefault(title, _Folder())))
            elif title in folder.streams:
                troubles.append(Gap(part="", kind=GapKind.CORRUPT, detail="two streams of one name"))
            else:
                folder.streams[title] = _stream(file, entry, room, troubles)
    return top


def _stream(file: olefile.OleFileIO, entry: olefile.OleDirectoryEntry, room: _Room, troubles: list[Gap]) -> bytes:
    """Read one stream."""
    try:
        with file._open(entry.isectStart, entry.size) as stream:  # noqa: SLF001 - by path, olefile looks for it anew
            data: bytes = stream.read()
    except OUT_OF_PLACE as trouble:
        troubles.append(Gap(part="", kind=GapKind.CORRUPT, detail=f"stream: {type(trouble).__name__}"))
        return b""
    room.left -= len(data)
    if len(data) < entry.size or room.left < 0:
        troubles.append(
            Gap(part="", kind=GapKind.CORRUPT, detail="streams overlap" if room.left < 0 else "stream cut short")
        )
        return b"" if room.left < 0 else data
    return data


def _names(folder: _Folder) -> dict[int, Name]:
    """Return what each named property is called, by its number ([MS-OXMSG] 2.2.3)."""
    streams = {title.upper(): data for title, data in folder.streams.items()}
    guids, entries, texts = (streams.get(title.upper(), b"") for title in (GUIDS, ENTRIES, TEXTS))
    names = {}
    for identifier, kind, index in struct.iter_unpack("<IHH", entries[: len(entries) & ~7]):
        at = 16 * ((kind >> 1) - 3)
        guid = WELL_KNOWN[kind >> 1] if kind >> 1 < 3 else guids[at : at + 16]  # noqa: PLR2004 - three need no GUID
        called: int | str = identifier
        if kind & 1:
            size = int.from_bytes(texts[identifier : identifier + 4], "little")
            called = texts[identifier + 4 : identifier + 4 + size].decode("utf-16-le", "replace")
        names[NAMED + index] = named(guid, called)
    return names


def _properties(folder: _Folder, before: int, names: Mapping[int, Name]) -> list[Property]:
    """Return the properties of one storage: those of fixed size, then those with a stream of their own."""
    found = []
    rows = folder.streams.get(FIXED, b"")[before:]
    for kind, tag, value in struct.iter_unpack("<HH4xQ", rows[: len(rows) & ~15]):
        if kind not in {STRING, UNICODE, BINARY, OBJECT, GUID} and not kind & SEVERAL:
            found.append(_property(tag, kind, value, names))
    for title, data in folder.streams.items():
        match = VALUE.fullmatch(title)
        if match is None:
            continue
        tag, kind = int(match[1], 16), int(match[2], 16)
        if kind & SEVERAL and match[3] is None and kind & ~SEVERAL in {STRING, UNICODE, BINARY}:
            continue  # the lengths of the values, which have streams of their own
        kind &= ~SEVERAL
        found.append(_property(tag, kind, data.decode("utf-16-le", "replace") if kind == UNICODE else data, names))
    return found


def _property(tag: int, kind: int, value: str | bytes | int, names: Mapping[int, Name]) -> Property:
    """Return a property under its name."""
    name, is_header = names.get(tag, ("", False)) if tag >= NAMED else ("", False)
    return Property(tag=tag, kind=kind, value=value, name=name, is_header=is_header)


def _recipients(top: _Folder, names: Mapping[int, Name], page: str, limits: Limits) -> Iterator[Found]:
    """Yield the recipients, a line for each, and what else is kept with them."""
    lines: dict[str, None] = {}
    for title, folder in top.folders.items():
        if not title.startswith(RECIPIENT):
            continue
        texts: dict[str, None] = {}
        for found in told(_properties(folder, LEAST, names), limits, page=page):
            if isinstance(found, Segment) and found.where is Where.MAIL_HEADER:
                texts[" ".join(found.text.split())] = None
            else:
                yield found
        lines["\t".join(texts)] = None
        yield from _strangers(folder)
    if any(lines):
        yield Segment(where=Where.MAIL_HEADER, text="\n".join(lines), name="recipients")


def _attachment(folder: _Folder, names: Mapping[int, Name], page: str, limits: Limits) -> Iterator[Found]:
    """Yield an attachment: its names, and the file, message or object that it is."""
    properties = _properties(folder, LEAST, names)
    yield from told(properties, limits, page=page, display=Where.ATTACHMENT_NAME)
    name = name_of(properties, page)
    for each in properties:
        if each.tag == ATTACHED:
            yield from attached(name, content_of(each))
    for inner in folder.folders.values():
        streams = _flat(inner, ())
        if (FIXED,) in streams:
            yield Inner(name=f"{name or 'message'}.msg", data=packed(_as_file(streams, names)))
        elif streams:
            yield Inner(name=name or "object", data=packed(streams))
    yield from _strangers(folder)


def _flat(folder: _Folder, path: tuple[str, ...]) -> dict[tuple[str, ...], bytes]:
    """Return every stream of a storage by its path."""
    flat = {(*path, title): data for title, data in folder.streams.items()}
    for title, inner in folder.folders.items():
        flat |= _flat(inner, (*path, title))
    return flat


def _as_file(streams: dict[tuple[str, ...], bytes], names: Mapping[int, Name]) -> dict[tuple[str, ...], bytes]:
    """Return a message within a message as a file has it: its header is longer, and it names its properties itself."""
    fixed = streams[(FIXED,)]
    streams[(FIXED,)] = fixed[:WITHIN] + bytes(TOP - WITHIN) + fixed[WITHIN:]
    if any(path[0] == NAMES for path in streams):
        return streams
    entries, texts = bytearray(), bytearray()
    for tag, (name, is_header) in names.items():
        raw = name.encode("utf-16-le", "surrogatepass")
        entries += struct.pack("<IHH", len(texts), (3 if is_header else 2) << 1 | 1, tag - NAMED)
        texts += len(raw).to_bytes(4, "little") + raw + bytes(-len(raw) % 4)
    for title, data in ((GUIDS, INTERNET_HEADERS), (ENTRIES, entries), (TEXTS, texts)):
        streams[(NAMES, title)] = bytes(data)
    return streams


def _strangers(folder: _Folder) -> Iterator[Inner]:
    """Hand on the streams that the format does not know."""
    for title, data in folder.streams.items():
        if title != FIXED and not VALUE.fullmatch(title) and data:
            yield Inner(name=title, data=data)
