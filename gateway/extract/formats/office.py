"""OOXML, OpenDocument and EPUB packages: every part of them, by our own walk.

A ZIP of XML parts (ECMA-376 part 2, OpenDocument 1.3 part 2). What is not XML is handed on to be opened in turn:
pictures, embedded documents, macros. Only the place of a part's text is read off its name, never whether to read it.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from xml.parsers import expat

from gateway.extract import Inner, Limits, media
from gateway.extract.decoding import decode
from gateway.extract.formats.leaves import label_info, properties
from gateway.extract.formats.markup import EntityDeclared, Markup
from gateway.extract.formats.pictures import is_picture_only, picture_size
from gateway.extract.formats.sheet import Formats, Sheet, Strings, formats_of, strings_of
from gateway.extract.formats.zip import entries_of, outside
from gateway.model.inspection import Gap, GapKind, Segment, Where

PLACES: tuple[tuple[re.Pattern[str], Where], ...] = tuple(
    (re.compile(pattern, re.IGNORECASE), where)
    for pattern, where in (
        (r"word/header[^/]*\.xml", Where.HEADER),
        (r"word/footer[^/]*\.xml", Where.FOOTER),
        (r"ppt/(slideMasters|slideLayouts|notesMasters|handoutMasters)/.*", Where.HEADER),
        (r"ppt/notesSlides/.*|word/(footnotes|endnotes)\.xml", Where.NOTE),
        (r".*/comments[^/]*(/.*)?|.*/threadedComments/.*", Where.COMMENT),
        (r".*/charts/.*|.*/chartEx[^/]*\.xml", Where.CHART),
        (r".*/(diagrams|drawings)/.*", Where.TEXTBOX),
        (r"styles\.xml|(.*/)?settings\.xml|word/glossary/.*|.*/pivotCache/.*|.*/externalLinks/.*", Where.HIDDEN),
    )
)
NAMED_VALUES = re.compile(r"docProps/[^/]*\.xml|(.*/)?meta\.xml|customXml/[^/]*\.xml|.*\.opf", re.IGNORECASE)
LOOKS = re.compile(  # the parts that say how text looks: read for text, but not for attributes
    r"(word|xl|ppt)/(theme/[^/]*|styles|stylesWithEffects|fontTable|webSettings|calcChain|tableStyles)\.xml"
    r"|\[Content_Types\]\.xml|META-INF/manifest\.xml",
    re.IGNORECASE,
)
IS_XML = (".xml", ".rels", ".vml", ".opf", ".ncx", ".xhtml")
FIRST = ("xl/sharedStrings.xml", "xl/styles.xml")
TARGET = re.compile(r"""Target\s*=\s*["']([^"']*)["']""", re.IGNORECASE)
NO_WORDS_OF_THE_AUTHOR = re.compile(r"(xl|word|ppt)/printerSettings/printerSettings\d+\.bin|layout-cache")
THUMBNAIL = re.compile(r"docProps/thumbnail\.(jpeg|jpg|png)|Thumbnails/thumbnail\.png", re.IGNORECASE)
LIGHT = 64_000  # bytes of a thumbnail
MEDIA_TYPE = re.compile(rb"[a-z]+/[a-z][a-z0-9.+-]{1,100}\s{0,2}")
SMALL = 512  # pixels on the longer side: a picture of page one whose letters cannot be read; page one itself is
STRINGS = re.compile(rb"(?:[\x20-\x7e\xa0-\xff]\0){4,}|[\x20-\x7e]{4,}")
SPREADSHEETS = frozenset({"xl/worksheets/", "xl/chartsheets/", "xl/dialogsheets/", "xl/macrosheets/"})


@dataclass(slots=True)
class _Workbook:
    """What the sheets of a workbook share."""

    strings: Strings = field(default_factory=Strings)
    formats: Formats = field(default_factory=Formats)


class OfficeExtractor:
    """Opens Word, Excel, PowerPoint, OpenDocument and EPUB files."""

    name = "office"
    media_types = frozenset(
        {media.DOCX, media.XLSX, media.PPTX, media.ODT, media.ODS, media.ODP, media.EPUB, media.PACKAGE}
    )

    def open(self, data: bytes, limits: Limits) -> Iterable[Segment | Inner | Gap]:
        """Return every part's text where it stood, and what is embedded."""
        book = _Workbook()
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            if cipher := _locked(archive):
                yield Gap(part="", kind=GapKind.ENCRYPTED, detail=cipher)
                return
            boxes = Where.BODY if _is_presentation(archive) else Where.TEXTBOX
            archive.filelist.sort(key=lambda entry: entry.filename not in FIRST)  # the sheets need them first
            for entry in entries_of(archive, limits):
                if isinstance(entry, Gap):
                    yield entry
                else:
                    yield from _part(*entry, book, boxes)
            yield from book.strings.unused()
            if left := outside(archive, data):
                yield Inner(name="outside-entries", data=left)


def _locked(archive: zipfile.ZipFile) -> str:
    """Name the encryption that a manifest declares (OpenDocument part 2, 4.8; EPUB OCF 4.2.6.3.2)."""
    for name in ("META-INF/manifest.xml", "META-INF/encryption.xml"):
        entry = archive.NameToInfo.get(name)
        said = archive.read(entry) if entry and entry.file_size < 1 << 20 and not entry.flag_bits & 1 else b""
        if b"encryption-data" in said or b"EncryptedData" in said:
            return "AES-256" if b"aes256" in said else "Blowfish" if b"lowfish" in said else "package encryption"
    return ""


def _is_presentation(archive: zipfile.ZipFile) -> bool:
    """Say whether an OpenDocument file is slides: there every text stands in a frame."""
    entry = archive.NameToInfo.get("mimetype")
    return bool(entry) and entry is not None and entry.file_size < 200 and b"presentation" in archive.read(entry)  # noqa: PLR2004 - a media type is short


def _part(name: str, data: bytes, book: _Workbook, boxes: Where) -> Iterator[Segment | Inner | Gap]:
    """Read one part of the package. Parts that are not well-formed are a gap, and their bare text is kept."""
    if not data:
        return
    if name == "mimetype" and MEDIA_TYPE.fullmatch(data):
        yield Segment(where=Where.PROPERTY, text=data.decode("ascii"), name=name)
        return
    if not (name.lower().endswith(IS_XML) or data[:100].lstrip(b"\xef\xbb\xbf \r\n\t").startswith(b"<?xml")):
        yield from _not_xml(name, data)
        return
    try:
        yield from list(_xml(name, data, book, boxes))
    except (expat.ExpatError, EntityDeclared, ValueError) as trouble:
        yield Gap(part=name, kind=GapKind.CORRUPT, detail=type(trouble).__name__)
        yield Segment(where=Where.HIDDEN, text=re.sub(r"<[^<>]{0,4096}>", "", decode(data)), name="raw")


def _not_xml(name: str, data: bytes) -> Iterator[Segment | Inner]:
    """Hand on what is embedded. What a program notes for itself is read here, by its strings."""
    if NO_WORDS_OF_THE_AUTHOR.fullmatch(name):
        said = b"\n".join(run.replace(b"\0", b"") for run in STRINGS.findall(data))
        yield Segment(where=Where.PROPERTY, text=said.decode("latin-1"), name=name.rpartition("/")[2])
    elif not (THUMBNAIL.fullmatch(name) and _is_thumbnail(data)):
        yield Segment(where=Where.ATTACHMENT_NAME, text=name)
        yield Inner(name=name, data=data)


def _is_thumbnail(data: bytes) -> bool:
    """Say whether data is a small picture and nothing else."""
    return len(data) <= LIGHT and max(picture_size(data)) <= SMALL and is_picture_only(data)


def _xml(name: str, data: bytes, book: _Workbook, boxes: Where) -> Iterator[Segment]:
    """Read one XML part by what it is."""
    if name == "xl/sharedStrings.xml":
        book.strings = strings_of(data)
    elif name == "docMetadata/LabelInfo.xml":
        yield from label_info(data)
    elif NAMED_VALUES.fullmatch(name):
        yield from properties(data)
    elif name.endswith(".rels"):
        yield from _links(data)
    elif name.startswith(tuple(SPREADSHEETS)):
        sheet = Sheet(name.rpartition("/")[2], book.strings, book.formats)
        sheet.read(data)
        yield from sheet.segments()
    else:
        if name == "xl/styles.xml":
            book.formats = formats_of(data)
        where = next((where for pattern, where in PLACES if pattern.fullmatch(name)), Where.BODY)
        looks = bool(LOOKS.fullmatch(name))
        part = Markup(Where.HIDDEN if looks else where, name.rpartition("/")[2], boxes=boxes, attributes=not looks)
        part.read(data)
        yield from part.segments()


def _links(xml: bytes) -> Iterator[Segment]:
    """Yield where a part links to outside the package; links inside it are names of parts."""
    text = decode(xml)
    found = [match[1] for match in TARGET.finditer(text) if ":" in match[1] or "\\" in match[1]]
    if found:
        yield Segment(where=Where.FIELD, text="\n".join(dict.fromkeys(found)), name="links")
