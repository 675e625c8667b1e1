"""The media types that extract speaks of, by the names registered with IANA where there is one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

TEXT: Final = "text/plain"
CSV: Final = "text/csv"
HTML: Final = "text/html"
XML: Final = "application/xml"
JSON: Final = "application/json"
PEM: Final = "application/x-pem-file"
VCARD: Final = "text/vcard"
CALENDAR: Final = "text/calendar"
MAIL: Final = "message/rfc822"
MBOX: Final = "application/mbox"
PDF: Final = "application/pdf"
ZIP: Final = "application/zip"
OLE: Final = "application/x-ole-storage"
PGP: Final = "application/pgp-encrypted"
CMS: Final = "application/pkcs7-mime"
SIGNATURE: Final = "application/pkcs7-signature"
SEVEN_ZIP: Final = "application/x-7z-compressed"
RAR: Final = "application/vnd.rar"
TAR: Final = "application/x-tar"
LOCKED_OFFICE: Final = "application/vnd.ms-office.encrypted"
WORD_97: Final = "application/msword"
EXCEL_97: Final = "application/vnd.ms-excel"
POWERPOINT_97: Final = "application/vnd.ms-powerpoint"
OUTLOOK: Final = "application/vnd.ms-outlook"
UNKNOWN: Final = "application/octet-stream"

OOXML: Final = "application/vnd.openxmlformats-officedocument."
DOCX: Final = OOXML + "wordprocessingml.document"
XLSX: Final = OOXML + "spreadsheetml.sheet"
PPTX: Final = OOXML + "presentationml.presentation"
ODT: Final = "application/vnd.oasis.opendocument.text"
ODS: Final = "application/vnd.oasis.opendocument.spreadsheet"
ODP: Final = "application/vnd.oasis.opendocument.presentation"
EPUB: Final = "application/epub+zip"
PACKAGE: Final = "application/vnd.ms-package.opc"  # an OPC or OpenDocument package of some other kind
XLSB: Final = "application/vnd.ms-excel.sheet.binary.macroenabled.12"
RTF: Final = "application/rtf"
TNEF: Final = "application/vnd.ms-tnef"
MHT: Final = "multipart/related"  # a message whose body is a web page: RFC 2557
TSV: Final = "text/tab-separated-values"
GZIP: Final = "application/gzip"
BZIP2: Final = "application/x-bzip2"
XZ: Final = "application/x-xz"
ZSTD: Final = "application/zstd"
LZMA: Final = "application/x-lzma"
COMPRESS: Final = "application/x-compress"
CAB: Final = "application/vnd.ms-cab-compressed"
CPIO: Final = "application/x-cpio"
AR: Final = "application/x-archive"
LHA: Final = "application/x-lzh-compressed"
ISO: Final = "application/vnd.efi.iso"
SVG: Final = "image/svg+xml"
EMF: Final = "image/emf"
WMF: Final = "image/wmf"
SVM: Final = "image/x-svm"  # StarView's metafiles
APPLE_FILE: Final = "application/applefile"
DS_STORE: Final = "application/x-apple-dsstore"


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What a name's ending says: the types that a person expects behind it."""

    ending: str
    types: frozenset[str]


PROSE: Final = frozenset({TEXT, CSV, TSV, JSON, XML, HTML, SVG, PEM, VCARD, CALENDAR, MAIL, MBOX, MHT})
_OFFICE = frozenset({DOCX, XLSX, XLSB, PPTX, LOCKED_OFFICE, PACKAGE})
_OPEN = frozenset({ODT, ODS, ODP, PACKAGE})
_BY_ENDING: Final[tuple[tuple[str, frozenset[str]], ...]] = (
    ("txt csv tsv json xml html htm md log vcf ics eml mbox xhtml mht mhtml", PROSE),
    ("docx docm dotx dotm", _OFFICE - {XLSX, XLSB, PPTX}),
    ("xlsx xlsm xltx xltm xlsb", _OFFICE - {DOCX, PPTX}),
    ("pptx pptm ppsx ppsm potx potm", _OFFICE - {DOCX, XLSX, XLSB}),
    ("doc dot", frozenset({WORD_97, RTF, DOCX, HTML, XML, MHT, LOCKED_OFFICE})),  # Word has always written all of these
    ("xls xlt", frozenset({EXCEL_97, XLSX, HTML, XML, MHT, CSV, TSV, TEXT, LOCKED_OFFICE})),
    ("ppt pps pot", frozenset({POWERPOINT_97, PPTX, LOCKED_OFFICE})),
    ("odt ott ods ots odp otp", _OPEN),
    ("epub", frozenset({EPUB})),
    ("rtf", frozenset({RTF})),
    ("pdf", frozenset({PDF})),
    ("msg", frozenset({OUTLOOK})),
    ("dat", frozenset()),
    ("zip", frozenset({ZIP, DOCX, XLSX, PPTX, EPUB, *_OPEN})),
    ("7z", frozenset({SEVEN_ZIP})),
    ("rar", frozenset({RAR})),
    ("tar", frozenset({TAR})),
    ("gz tgz", frozenset({GZIP})),
    ("bz2 tbz tbz2", frozenset({BZIP2})),
    ("xz txz", frozenset({XZ})),
    ("lzma", frozenset({LZMA})),
    ("z taz", frozenset({COMPRESS})),
    ("cab", frozenset({CAB})),
    ("iso", frozenset({ISO})),
    ("cpio", frozenset({CPIO})),
    ("lzh lha", frozenset({LHA})),
    ("zst tzst", frozenset({ZSTD})),
    ("png", frozenset({"image/png"})),
    ("jpg jpeg", frozenset({"image/jpeg"})),
    ("gif", frozenset({"image/gif"})),
    ("tif tiff", frozenset({"image/tiff"})),
    ("webp", frozenset({"image/webp"})),
    ("bmp", frozenset({"image/bmp"})),
    ("svg", frozenset({SVG, XML, HTML})),
    ("heic heif", frozenset({"image/heif"})),
    ("avif", frozenset({"image/avif"})),
    ("pgp gpg asc", frozenset({PGP, PEM, TEXT})),
    ("p7m p7s p7b", frozenset({CMS, SIGNATURE})),
)
BY_ENDING: Final = {ending: Said(ending=ending, types=types) for endings, types in _BY_ENDING
                    for ending in endings.split() if types}  # fmt: skip


def said_by_name(name: str) -> Said | None:
    """Return what a name's ending says; None where it has none, or one that says nothing."""
    return BY_ENDING.get(name.rpartition(".")[2].lower()) if "." in name else None
