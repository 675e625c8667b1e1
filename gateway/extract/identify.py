"""What a file is, by structure alone: every container found in it, and whether it is encrypted.

Names are ignored: a type is what parses. Several sightings of one file are a polyglot, and each is opened.
Signatures: PKWARE APPNOTE 6.3.10, ISO 32000-2 7.5.2, [MS-CFB] 2.2, RFC 9580 4.2, RFC 5652 3, 7zFormat.txt.
"""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from dataclasses import dataclass

import olefile

from gateway.extract import media
from gateway.extract.decoding import looks_like_text
from gateway.extract.locked import pgp_packet, seven_zip_cipher

WINDOW = 20_000
JUNK_BEFORE_PDF = 1024
NOT_READ_WHOLE = 1 << 20

MAGIC: tuple[tuple[bytes, str], ...] = (
    (b"%PDF-", media.PDF),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"II*\x00", "image/tiff"),
    (b"MM\x00*", "image/tiff"),
    (b"\xd7\xcd\xc6\x9a", "image/wmf"),
    (b"{\\rtf", media.RTF),
    (b"7z\xbc\xaf\x27\x1c", media.SEVEN_ZIP),
    (b"Rar!\x1a\x07", media.RAR),
    (b"\x1f\x8b", media.GZIP),
    (b"BZh", media.BZIP2),
    (b"\xfd7zXZ\x00", media.XZ),
    (b"\x28\xb5\x2f\xfd", media.ZSTD),
    (b"!BDN", "application/vnd.ms-outlook-pst"),
    (b"\x78\x9f\x3e\x22", media.TNEF),
    (b"SQLite format 3\x00", "application/vnd.sqlite3"),
    (b"\x7fELF", "application/x-elf"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", media.OLE),
    (b"-----BEGIN PGP MESSAGE", media.PGP),
)
STREAMS: tuple[tuple[str, str], ...] = (
    ("encryptedpackage", media.LOCKED_OFFICE),
    ("\tdrmcontent", media.LOCKED_OFFICE),
    ("__properties_version1.0", media.OUTLOOK),
    ("worddocument", media.WORD_97),
    ("workbook", media.EXCEL_97),
    ("book", media.EXCEL_97),
    ("powerpoint document", media.POWERPOINT_97),
)
PACKAGES: tuple[tuple[bytes, str], ...] = (
    (b"wordprocessingml.document.main", media.DOCX),
    (b"wordprocessingml.template.main", media.DOCX),
    (b"ms-word.document.macro", media.DOCX),
    (b"ms-word.template.macro", media.DOCX),
    (b"sheet.main", media.XLSX),
    (b"ms-excel", media.XLSX),
    (b"spreadsheetml.template.main", media.XLSX),
    (b"presentationml", media.PPTX),
    (b"ms-powerpoint", media.PPTX),
    (b"application/epub+zip", media.EPUB),
    (b"opendocument.text", media.ODT),
    (b"opendocument.spreadsheet", media.ODS),
    (b"opendocument.presentation", media.ODP),
)
CMS_TYPES = {  # RFC 5652, RFC 5083: what the outermost content type object identifier means
    bytes.fromhex("06092a864886f70d010703"): (media.CMS, "CMS"),
    bytes.fromhex("060b2a864886f70d0109100117"): (media.CMS, "CMS"),
    bytes.fromhex("06092a864886f70d010702"): (media.SIGNATURE, ""),
}
HEADERS = re.compile(r"(?:[A-Za-z][A-Za-z0-9_-]{1,60}:(?:[ \t].*)?\r?\n(?:[ \t].*\r?\n)*){2,}")
MAIL_FIELD = re.compile(
    r"^(From|To|Cc|Subject|Date|Received|Return-Path|Message-ID|MIME-Version):", re.MULTILINE | re.IGNORECASE
)
MIME_FIELD = re.compile(r"^(MIME-Version|Content-Type|Content-Transfer-Encoding)[ \t]*:", re.MULTILINE | re.IGNORECASE)
PARAGRAPH = re.compile(r"\r?\n\r?\n")
HTML_TAG = re.compile(r"<(!doctype html|html|head|body|table|div|p|span|br|title|meta)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sighting:
    """One container seen in a file. `cipher` is empty, or says how it is encrypted."""

    media_type: str
    cipher: str = ""


def identify(data: bytes) -> tuple[Sighting, ...]:
    """Return every container in the file, the outermost first; never empty. Raises nothing."""
    seen = [_binary(kind, data) for magic, kind in MAGIC if data.startswith(magic)]
    if not seen and b"%PDF-" in data[:JUNK_BEFORE_PDF]:  # readers accept junk before the header
        seen = [Sighting(media_type=media.PDF)]
    if data[257:262] == b"ustar":
        seen.append(Sighting(media_type=media.TAR))
    package = _zip(data)
    if not seen and not (package and data.startswith(b"PK")):
        seen = [_other(data)]
    if package and package not in seen:
        seen = [*(sighting for sighting in seen if sighting.media_type != media.UNKNOWN), package]
    return tuple(seen)


def _binary(kind: str, data: bytes) -> Sighting:
    """Look closer at what has a signature."""
    if kind == media.OLE:
        return _ole(data)
    if kind == media.SEVEN_ZIP:
        return Sighting(media_type=kind, cipher=seven_zip_cipher(data))
    return Sighting(media_type=kind, cipher="OpenPGP" if kind == media.PGP else "")


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


def _zip(data: bytes) -> Sighting | None:
    """Tell what a ZIP holds by its content types; None when there is no central directory at the end."""
    if data.rfind(b"PK\x05\x06", -66_000 if len(data) > 66_000 else 0) < 0 and not data.startswith(b"PK\x03\x04"):  # noqa: PLR2004 - the longest comment and its record
        return None
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            said = b"".join(
                archive.read(entry)
                for entry in archive.infolist()
                if entry.filename in ("[Content_Types].xml", "mimetype")
                and entry.file_size < NOT_READ_WHOLE
                and not entry.flag_bits & 1
            )
    except (zipfile.BadZipFile, zlib.error, OSError, EOFError, ValueError, NotImplementedError, RuntimeError):
        return Sighting(media_type=media.ZIP)  # the extractor meets the same trouble and reports it
    found = next((kind for mark, kind in PACKAGES if mark in said), media.PACKAGE if said else media.ZIP)
    return Sighting(media_type=found)


def _other(data: bytes) -> Sighting:
    """Name what has no plain signature: encrypted messages, pictures in boxes, programs, text."""
    if cipher := pgp_packet(data):
        return Sighting(media_type=media.PGP, cipher=cipher)
    if data[:1] == b"\x30":
        for identifier, (kind, cipher) in CMS_TYPES.items():
            if identifier in data[:32]:
                return Sighting(media_type=kind, cipher=cipher)
    kind = _picture(data) or (_plain(data) if looks_like_text(data) else media.UNKNOWN)
    return Sighting(media_type=kind)


def _picture(data: bytes) -> str:
    """Return the media type of a picture whose signature is not at the start, or empty."""
    if data[:2] == b"BM" and data[6:10] == b"\0\0\0\0":
        return "image/bmp"
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "image/webp"
    if data[4:8] == b"ftyp":
        return "image/heif" if data[8:12] in {b"heic", b"heix", b"mif1", b"avif"} else media.UNKNOWN
    return "image/emf" if data[:4] == b"\1\0\0\0" and data[40:44] == b" EMF" else ""


def _plain(data: bytes) -> str:
    """Tell kinds of text apart; each of them can also be read as plain text, so a mistake hides nothing."""
    text = data[:WINDOW].decode("utf-8", "replace").lstrip("\ufeff")
    start = text.lstrip()
    if text.startswith("From ") and HEADERS.match(text.partition("\n")[2]):
        return media.MBOX
    if HEADERS.match(start) and MAIL_FIELD.search(start):
        return media.MAIL
    if MIME_FIELD.search(PARAGRAPH.split(start, maxsplit=1)[0]):  # headers that some programs take for headers
        return media.MAIL
    prefixes = {"<?xml": media.XML, "BEGIN:VCARD": media.VCARD, "BEGIN:VCALENDAR": media.CALENDAR}
    for prefix, kind in prefixes.items():
        if start.startswith(prefix):
            return media.HTML if kind == media.XML and HTML_TAG.search(text[:2000]) else kind
    if HTML_TAG.search(text[:4000]):
        return media.HTML
    return _rows(text, start)


def _rows(text: str, start: str) -> str:
    """Tell keys, JSON and tables from prose."""
    if "PRIVATE KEY-----" in text:
        return media.PEM
    if start[:1] in {"[", "{"}:
        return media.JSON
    commas = {line.count(",") for line in text.split("\n")[:10] if line}
    return media.CSV if len(commas) == 1 and min(commas) > 1 else media.TEXT
