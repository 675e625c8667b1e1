"""7z, RAR, CAB, LHA, cpio, ar and disc images, through libarchive; what it cannot read is a gap.

libarchive undoes no encryption of these formats, so nothing here can be unlocked: an encrypted file is a gap with its
cipher. 7z: 7zFormat.txt; RAR: see `rar`; CAB: [MS-CAB].
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final

from gateway.extract import ROOM, Inner, Limits, media
from gateway.extract.formats.archives.cpio import cpio_end
from gateway.extract.formats.archives.rar import RAR_4, RAR_5, Account, account_of
from gateway.extract.libarchive_reader import MISSING, Archive, Entry, Unreadable
from gateway.extract.locked import seven_zip_cipher, seven_zip_end
from gateway.extract.names import name_segments
from gateway.extract.unpack import room_for
from gateway.model.inspection import Gap, GapKind, Segment, Where

SEVEN_ZIP: Final = b"7z\xbc\xaf\x27\x1c"
KINDS: Final[tuple[tuple[bytes, int, tuple[str, ...]], ...]] = (
    (SEVEN_ZIP, 0, ("7zip",)),
    (RAR_5, 0, ("rar5",)),
    (RAR_4, 0, ("rar",)),
    (b"MSCF\0\0\0\0", 0, ("cab",)),
    (b"!<arch>\n", 0, ("ar",)),
    (b"CD001", 32_769, ("iso9660",)),
    (b"-lh", 2, ("lha",)),
)
CPIO: Final = ("cpio",)
DISC: Final = ("iso9660",)
Found = Segment | Inner | Gap


@dataclass(slots=True)
class _Reading:
    """One archive while it is read."""

    data: bytes
    limits: Limits
    formats: tuple[str, ...]
    account: Account
    folders: dict[str, None] = field(default_factory=dict)
    spent: int = 0
    passed: int = 0


class ArchiveExtractor:
    """Opens the archives that libarchive reads."""

    name = "archive"
    media_types = frozenset({media.SEVEN_ZIP, media.RAR, media.CAB, media.LHA, media.CPIO, media.AR, media.ISO})

    def open(self, data: bytes, limits: Limits) -> Iterable[Found]:
        """Return every file and every name; a gap for whatever was not read."""
        if MISSING:
            yield Gap(part="", kind=GapKind.UNSUPPORTED, detail="libarchive is missing")
            return
        data = data[_archive_start(data) :]
        formats = next((formats for magic, at, formats in KINDS if data.startswith(magic, at)), CPIO)
        reading = _Reading(data, limits, formats, _account(data, formats))
        yield from _said(reading)
        if reading.account.hidden_by:
            yield Gap(part="", kind=GapKind.ENCRYPTED, detail=reading.account.hidden_by)
            return
        if reading.account.is_volume:
            yield Gap(part="", kind=GapKind.UNSUPPORTED, detail="one volume of several")
        try:
            with Archive(data, formats) as archive:
                yield from _entries(archive, reading)
        except Unreadable as trouble:
            yield _end(reading, trouble.detail)
        if rest := data[reading.account.end :].strip(b"\0"):
            yield Inner(name="after-end", data=rest)


def _archive_start(data: bytes) -> int:
    """Return where the archive begins: behind the program in one that unpacks itself, behind a picture."""
    if any(data.startswith(magic, at) for magic, at, _ in KINDS):
        return 0
    found = [data.find(magic) for magic in (SEVEN_ZIP, RAR_4, RAR_5)]
    return min((at for at in found if at >= 0), default=0)


def _account(data: bytes, formats: tuple[str, ...]) -> Account:
    """Return what the archive says of itself, as far as that is read here."""
    if formats in {("rar",), ("rar5",)}:
        return account_of(data)
    account = Account(end=len(data))
    if formats == CPIO:
        end = cpio_end(data)
        account.end, account.is_cut = len(data) if end is None else end, end is None
    elif formats == ("7zip",):
        end = seven_zip_end(data)
        account.end, account.is_volume = min(end, len(data)), end > len(data)
    elif formats == ("cab",):
        account.end = min(len(data), int.from_bytes(data[8:12], "little"))
        account.is_volume = bool(data[30] & 3) if len(data) > 30 else True  # noqa: PLR2004 - [MS-CAB] 2.1: flags
    return account


def _said(reading: _Reading) -> Iterator[Found]:
    """Yield the comments, and gaps for what stands in the archive and is not read."""
    for comment in reading.account.comments:
        yield Segment(where=Where.COMMENT, text=comment)
    if reading.account.is_cut:
        yield Gap(part="", kind=GapKind.CORRUPT, detail="header")
    for unread in dict.fromkeys(reading.account.unread):
        yield Gap(part="", kind=GapKind.UNSUPPORTED, detail=unread)
    if reading.formats == DISC:  # a disc may hold several trees of names, and libarchive shows one
        yield Gap(part="", kind=GapKind.UNSUPPORTED, detail="disc image")


def _end(reading: _Reading, detail: str) -> Gap:
    """Return the gap for an archive that could not be read to its end, and was not encrypted by its own account."""
    if reading.formats == ("7zip",) and seven_zip_cipher(reading.data):
        return Gap(part="", kind=GapKind.ENCRYPTED, detail="AES-256")
    kind = GapKind.UNSUPPORTED if detail.startswith("libarchive") else GapKind.CORRUPT
    return Gap(part="", kind=kind, detail=detail)


def _entries(archive: Archive, reading: _Reading) -> Iterator[Found]:
    """Yield what is in each entry."""
    for number, entry in enumerate(archive.entries()):
        if number >= reading.limits.parts:
            yield Gap(part="", kind=GapKind.TOO_MANY, detail="parts")
            return
        if not entry.is_named:
            yield Gap(part="", kind=GapKind.CORRUPT, detail="name of an entry")
        elif not entry.is_whole:
            yield Gap(part=entry.name, kind=GapKind.CORRUPT, detail="header")
        yield from name_segments(dict.fromkeys([entry.name, entry.link]), known=reading.folders)
        holds = entry.is_file or (entry.size > 0 and reading.formats != DISC)  # the folders of a disc have a size
        if holds and not entry.link:
            yield from _content(archive, entry, reading)
        if reading.passed > max(ROOM, reading.limits.part_size):  # to pass over a file costs as much as to read it
            yield Gap(part="", kind=GapKind.TOO_LARGE, detail="part_size")
            return


def _content(archive: Archive, entry: Entry, reading: _Reading) -> Iterator[Inner | Gap]:
    """Yield the content of an entry, or the gap that stands for it."""
    cipher = reading.account.locked.get(entry.name, "")
    if cipher or entry.is_locked:
        by_kind = {"7zip": "AES-256", "rar5": "AES-256", "rar": "AES-128"}
        yield Gap(part=entry.name, kind=GapKind.ENCRYPTED, detail=cipher or by_kind.get(reading.formats[0], "unknown"))
        return
    room = room_for(len(reading.data), reading.limits, reading.spent)
    if entry.size > room.size:
        reading.passed += entry.size
        yield Gap(part=entry.name, kind=GapKind.TOO_LARGE, detail=room.limit)
        return
    unpacked, fault = archive.read(room)
    reading.spent += len(unpacked)
    if fault:
        yield Gap(part=entry.name, kind=fault.kind, detail=fault.detail)
        if fault.kind is GapKind.TOO_LARGE:
            reading.passed += len(unpacked)
            return
    elif len(unpacked) < entry.size:
        yield Gap(part=entry.name, kind=GapKind.CORRUPT, detail="truncated")
    yield Inner(name=entry.name, data=unpacked)
