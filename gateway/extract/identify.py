"""What a file is, by structure alone: every container found in it, and whether it is encrypted.

Names are ignored: a type is what parses. Several sightings of one file are a polyglot, and each is opened.
Signatures: PKWARE APPNOTE 6.3.10, ISO 32000-2 7.5.2, [MS-CFB] 2.2, RFC 9580 4.2, RFC 5652 3, 7zFormat.txt.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Final

import olefile

from gateway.extract import media
from gateway.extract.cms_kinds import cms_kind
from gateway.extract.decoding import looks_like_text
from gateway.extract.kinds_of_text import kind_of_text, may_be_folder, may_be_page
from gateway.extract.packets import is_openpgp
from gateway.extract.signatures import signed_as
from gateway.extract.tar_header import is_header
from gateway.extract.unpack import Room
from gateway.extract.zip_content import content
from gateway.extract.zip_directory import END, LOCAL, TAIL, Directory, Entry, entries, find_directories

JUNK_BEFORE: Final = 1024  # readers accept so much before a header of PDF, and of RTF
NOT_READ_WHOLE: Final = 1 << 20
LARGE_DIRECTORY: Final = 10_000_000  # no document has a hundred thousand parts
IN_PICTURE: Final = re.compile(rb"<(?:!doctype html|html|body|script)[\s>]", re.IGNORECASE)
PICTURE_START: Final = 65_536
STREAMS: Final[tuple[tuple[str, str], ...]] = (
    ("encryptedpackage", media.LOCKED_OFFICE),
    ("\tdrmcontent", media.LOCKED_OFFICE),
    ("__properties_version1.0", media.OUTLOOK),
    ("worddocument", media.WORD_97),
    ("workbook", media.EXCEL_97),
    ("book", media.EXCEL_97),
    ("powerpoint document", media.POWERPOINT_97),
    ("visiodocument", "application/vnd.visio"),
    ("quill/quillsub/contents", "application/x-mspublisher"),
    ("   1/projprop", "application/vnd.ms-project"),
)
PACKAGES: Final[tuple[tuple[bytes, str], ...]] = (  # by the main part: others name what is embedded
    (b"wordprocessingml.document.main", media.DOCX),
    (b"wordprocessingml.template.main", media.DOCX),
    (b"ms-word.document.macroenabled.main", media.DOCX),
    (b"ms-word.template.macroenabledtemplate.main", media.DOCX),
    (b"ms-word.template.macroenabled.main", media.DOCX),
    (b"ms-excel.sheet.binary.macroenabled.main", media.XLSB),
    (b"ms-excel.sheet.macroenabled.main", media.XLSX),
    (b"ms-excel.template.macroenabled.main", media.XLSX),
    (b"ms-excel.addin.macroenabled.main", media.XLSX),
    (b"presentationml.presentation.main", media.PPTX),
    (b"presentationml.slideshow.main", media.PPTX),
    (b"presentationml.template.main", media.PPTX),
    (b"ms-powerpoint.presentation.macroenabled.main", media.PPTX),
    (b"ms-powerpoint.slideshow.macroenabled.main", media.PPTX),
    (b"ms-powerpoint.template.macroenabled.main", media.PPTX),
    (b"ms-powerpoint.addin.macroenabled.main", media.PPTX),
    (b"spreadsheetml.template.main", media.XLSX),
    (b"sheet.main", media.XLSX),
)
MARKERS: Final[tuple[tuple[bytes, str], ...]] = (
    (b"application/epub+zip", media.EPUB),
    (b"opendocument.text", media.ODT),
    (b"opendocument.spreadsheet", media.ODS),
    (b"opendocument.presentation", media.ODP),
)
MOST_MARKERS: Final = 4
TYPES, MARKER = b"[Content_Types].xml", b"mimetype"
TAKES_IN: Final = frozenset({  # types that hold other files as they are; a ZIP that is none of those: see `beside`
    media.TAR, media.CPIO, media.AR, media.ISO, media.CAB, media.RAR, media.SEVEN_ZIP, media.TNEF, media.LHA,
    media.GZIP, media.BZIP2, media.XZ, media.LZMA, media.ZSTD, media.COMPRESS, media.PGP, media.CMS, media.SIGNATURE,

})  # fmt: skip
PLAIN: Final = frozenset({media.TEXT, media.CSV, media.TSV, media.JSON})
BEHIND: Final[tuple[tuple[bytes, str], ...]] = (
    (b"7z\xbc\xaf\x27\x1c\x00", media.SEVEN_ZIP),
    (b"Rar!\x1a\x07\x00", media.RAR),
    (b"Rar!\x1a\x07\x01\x00", media.RAR),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sighting:
    """One container seen in a file. `cipher` is empty, or says how it is encrypted."""

    media_type: str
    cipher: str = ""


def identify(data: bytes) -> tuple[Sighting, ...]:
    """Return every container in the file, the outermost first; never empty. Raises nothing."""
    seen: dict[str, Sighting] = {}
    for sighting in _sightings(data):
        seen.setdefault(sighting.media_type, sighting)
    if len(seen) > 1:
        seen.pop(media.UNKNOWN, None)
    return tuple(seen.values())


def _sightings(data: bytes) -> Iterator[Sighting]:
    """Yield what a file is, and then what else it is."""
    kinds = signed_as(data)
    if is_header(data[:512]) or data[257:262] == b"ustar":
        kinds.append(media.TAR)
    is_zip = data.startswith((LOCAL, END, b"PK\x07\x08PK", b"PK00PK"))
    if not kinds and not is_zip:
        kinds = _others(data)
    for kind in kinds:
        yield _ole(data) if kind == media.OLE else Sighting(media_type=kind)
    first = kinds[0] if kinds else ""
    if first not in TAKES_IN and (is_zip or data.rfind(END, max(0, len(data) - TAIL)) >= 0):
        yield from _zip(data, is_zip=is_zip, is_ole=first == media.OLE)
    if first not in TAKES_IN and not is_zip and first != media.OLE:
        yield from (Sighting(media_type=kind) for magic, kind in BEHIND if data.find(magic, 1) > 0)
    if first.startswith("image/") and first != media.SVG and IN_PICTURE.search(data, 0, PICTURE_START):
        yield Sighting(media_type=media.HTML)


def _others(data: bytes) -> list[str]:
    """Name what has no plain signature: sealed messages, text, and what begins behind something else."""
    if is_openpgp(data):
        return [media.PGP]
    if kind := cms_kind(data):
        return [kind]
    if data[:1] == b"\x30" and b"\x2a\x86\x48\x86\xf7\x0d\x01\x07" in data[:64] and data[4:7] == b"\x02\x01\x03":
        return ["application/x-pkcs12"]
    front = data[: max(0, data.find(LOCAL))] if data.rfind(END, max(0, len(data) - TAIL)) >= 0 else data
    own = kind_of_text(front) if looks_like_text(front) and (front or not data) else media.UNKNOWN
    start = data[:JUNK_BEFORE]
    behind = [kind for magic, kind in ((b"%PDF-", media.PDF), (b"{\\rtf", media.RTF)) if magic in start]
    is_blank = start.lstrip(b"\0\t\r\n\x0c \xef\xbb\xbf").startswith((b"%PDF-", b"{\\rtf"))
    if behind and (is_blank or own == media.UNKNOWN):
        return behind
    if own not in PLAIN:
        return [own, media.MBOX, *behind] if own == media.MAIL and may_be_folder(data) else [own, *behind]
    return [*behind, own, media.HTML] if own != media.JSON and may_be_page(front) else [*behind, own]


def _ole(data: bytes) -> Sighting:
    """Tell the kinds of OLE file apart by their streams ([MS-CFB]); one that will not open is plain OLE."""
    try:
        with olefile.OleFileIO(io.BytesIO(data)) as file:
            names = {"/".join(path).lower() for path in file.listdir()}
            kind = next((kind for name, kind in STREAMS if name in names), media.OLE)
            return Sighting(media_type=kind, cipher=_ole_cipher(kind, file, names))
    except (OSError, ValueError, TypeError, IndexError, KeyError, AttributeError, OverflowError, RecursionError):
        return Sighting(media_type=media.OLE)  # still a gap: nothing opens plain OLE


def _ole_cipher(kind: str, file: olefile.OleFileIO, names: set[str]) -> str:
    """Name the encryption of an OLE document: [MS-OFFCRYPTO], [MS-DOC] 2.5.1, [MS-XLS] 2.4.117, [MS-PPT] 2.3.2."""
    if kind == media.LOCKED_OFFICE:
        return "encrypted Office document"
    if kind == media.WORD_97 and file.openstream("WordDocument").read(12)[11] & 1:
        return "encrypted Word 97 document"
    if kind == media.EXCEL_97:
        book = file.openstream("Workbook" if "workbook" in names else "Book").read(4096)
        at, records = 0, set()
        while at + 4 <= len(book):
            records.add(int.from_bytes(book[at : at + 2], "little"))
            at += 4 + int.from_bytes(book[at + 2 : at + 4], "little")
        return "encrypted Excel 97 workbook" if 0x2F in records else ""  # noqa: PLR2004 - the record FilePass
    if "current user" in names and file.openstream("Current User").read(16)[12:16] == b"\xdf\xc4\xd1\xf3":
        return "encrypted PowerPoint 97 presentation"
    return ""


def _is_in_ole(data: bytes, at: int) -> bool:
    """Say whether a place lies in a sector that an OLE file uses: what stands there is embedded, not appended."""
    try:
        with olefile.OleFileIO(io.BytesIO(data)) as file:
            sector = at // file.sector_size - 1
            return 0 <= sector < len(file.fat) and bool(file.fat[sector] != olefile.FREESECT)
    except (OSError, ValueError, TypeError, IndexError, KeyError, AttributeError, OverflowError, RecursionError):
        return False


def _zip(data: bytes, *, is_zip: bool, is_ole: bool) -> Iterator[Sighting]:
    """Tell what a ZIP holds by its content types. Where there are several directories, all are read as plain ZIP."""
    directories = find_directories(data)
    if is_ole and directories and _is_in_ole(data, directories[0].end - 1):
        return
    if not directories:
        if is_zip:
            yield Sighting(media_type=media.ZIP)
        return
    kind = _package(data, directories[0])
    yield Sighting(media_type=kind)
    if len(directories) > 1:
        yield Sighting(media_type=media.ZIP)


def _package(data: bytes, directory: Directory) -> str:
    """Name a package by its content types (ECMA-376 part 2, 10.1.2.2), or its `mimetype` (OpenDocument part 2, 3.3)."""
    start, end = directory.start, directory.start + directory.size
    if directory.size > LARGE_DIRECTORY or not any(data.find(each, start, end) >= 0 for each in (TYPES, MARKER)):
        return media.ZIP
    said = b"".join(
        _small(data, entry)
        for entry in islice(
            (each for each in entries(data, directory) if each.raw_name in {TYPES, MARKER}), MOST_MARKERS
        )
    ).lower()
    return next((kind for mark, kind in (*PACKAGES, *MARKERS) if mark in said), media.PACKAGE if said else media.ZIP)


def _small(data: bytes, entry: Entry) -> bytes:
    """Return what is in a small entry."""
    if entry.size >= NOT_READ_WHOLE or entry.flags & 1:
        return b""
    unpacked, _ = content(data, entry, Room(size=NOT_READ_WHOLE, limit="part_size"))
    return unpacked
