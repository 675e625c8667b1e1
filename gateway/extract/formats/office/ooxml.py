"""Parts of an Office Open XML file, one after the other (ECMA-376).

What is not XML is handed on to be opened in turn: pictures, embedded documents, macros. A part is read as its root
element says; only the place of its text is read off its name, never whether to read it.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator
from functools import lru_cache
from typing import Final
from xml.parsers import expat

from gateway.extract import Found, Inner
from gateway.extract.decoding import decode
from gateway.extract.formats.leaves import EntityDeclared, label_info, properties
from gateway.extract.formats.office import biff12
from gateway.extract.formats.office.flow import flowing
from gateway.extract.formats.office.fonts import is_font, keys_of
from gateway.extract.formats.office.links import links, says_nothing, targets
from gateway.extract.formats.office.markup import Markup
from gateway.extract.formats.office.package import Part
from gateway.extract.formats.office.plain import in_pieces, unindented
from gateway.extract.formats.office.shared import Shared
from gateway.extract.formats.office.sheet import Sheet
from gateway.extract.formats.office.vocabulary import ANY, CHARTS, PIVOTS, SHEETS, SLIDES, WORD, Vocabulary
from gateway.extract.formats.office.workbook import Workbook, formats_of, strings_of, unescaped
from gateway.model.inspection import Gap, GapKind, Segment, Where

PLACES: Final[tuple[tuple[re.Pattern[str], Where], ...]] = tuple(
    (re.compile(pattern, re.IGNORECASE), where)
    for pattern, where in (
        (r"word/header[^/]*\.xml", Where.HEADER),
        (r"word/footer[^/]*\.xml", Where.FOOTER),
        (r"ppt/(slideMasters|slideLayouts|notesMasters|handoutMasters)/.*", Where.HEADER),
        (r"ppt/notesSlides/.*|word/(footnotes|endnotes)\.xml", Where.NOTE),
        (r".*/comments[^/]*(/.*)?|.*/threadedComments/.*", Where.COMMENT),
        (r".*/charts/.*|.*/chartEx[^/]*\.xml", Where.CHART),
        (r".*/(diagrams|drawings)/.*", Where.TEXTBOX),
        (r"xl/revisions/.*", Where.TRACKED),
        (
            r"(.*/)?settings\.xml|word/glossary/.*|.*/pivotCache/.*|.*/externalLinks/.*|xl/(richData|persons)/.*",
            Where.HIDDEN,
        ),
    )
)
NAMED_VALUES: Final = re.compile(r"docProps/.*\.xml|customXml/.*\.xml|_xmlsignatures/.*\.xml", re.IGNORECASE)
LABEL_ROOT: Final = re.compile(r"ConfidentialityLabel$|^BindingInformation$|^sisl$")
"""Labels, wherever in a package a program binds them (STANAG 4774, 4778 profile for OPC, Boldon James)."""
LOOKS: Final = re.compile(  # the parts that say how text looks: read for text, but not for attributes
    r"(word|xl|ppt)/((glossary/)?(theme/[^/]*|styles|stylesWithEffects|fontTable|webSettings|calcChain|tableStyles"
    r"|presProps|viewProps)|(diagrams|charts)/(colors|layout|quickStyle?|style)[0-9]*)\.xml|\[Content_Types\]\.xml",
    re.IGNORECASE,
)
IS_XML: Final = (".xml", ".rels", ".vml", ".opf", ".ncx", ".rdf")
ROOT: Final = re.compile(rb"<(?![?!])(?:[\w.-]+:)?([\w.-]+)")
TEXT: Final = re.compile(rb">\s*[^<\s]")
CUSTOM_STYLE: Final = re.compile(rb"<w:style\b[^<>]*customStyle=\"(?:1|true)\"[^<>]*>\s*<w:name w:val=\"([^\"]*)\"")
WORKBOOK_LINKS: Final = re.compile(r"_rels/workbook\.(?:xml|bin)\.rels$", re.IGNORECASE)
HIDDEN_SLIDE: Final = re.compile(rb"<(?:\w+:)?sld\b[^<>]*\bshow\s*=\s*[\"'](?:0|false|off)[\"']")
BR: Final = re.compile(rb"<br\s*>", re.IGNORECASE)
PRINTER: Final = re.compile(
    r"(xl|word|ppt)/(printerSettings/[^/]*|customProperty\d*|activeX/activeX\d+)\.bin|layout-cache"
)
BINARY: Final = re.compile(  # parts of a binary workbook
    r"xl/(workbook|sharedStrings|styles|metadata|connections|calcChain|volatileDependencies"
    r"|(worksheets|chartsheets|dialogsheets|macrosheets)/(sheet|binaryIndex)\d+|(comments|table|queryTable)\d+"
    r"|(tables|queryTables|pivotTables|pivotCache|externalLinks|persons|threadedComments|revisions|slicers"
    r"|slicerCaches|timelines|timelineCaches|richData)/[^/]*)\.bin",
    re.IGNORECASE,
)
STRINGS: Final = re.compile(rb"(?:[\x20-\x7e\xa0-\xff]\0){4,}|[\x20-\x7e]{4,}")
SHEET_FOLDERS: Final = frozenset({"worksheet", "chartsheet", "dialogsheet", "macrosheet"})
THUMBNAIL: Final = re.compile(r"docProps/thumbnail\.jpe?g", re.IGNORECASE)
JPEG_END: Final = b"\xff\xd9"
WORDS: Final = re.compile(rb"(?:[\x20-\x7e]\0?){6,}")
UTF_16: Final = (b"\xff\xfe", b"\xfe\xff", b"<\0", b"\0<")
WEB_PAGES: Final = frozenset({b"html", b"svg"})
DECLARED: Final = (b"<?xml", b"\xef\xbb\xbf<?xml")
HEAD: Final = 4_000


class OfficeParts:
    """Reads the parts of one package. `shared` remembers those that documents share."""

    def __init__(self, shared: Shared) -> None:
        self.shared = shared
        self.book = Workbook()
        self.font_keys: list[bytes] = []

    def part(self, part: Part) -> Iterator[Found]:
        """Read one part of the package. One that is not well-formed is a gap, and its bare text is kept."""
        name, data = part.name, part.data
        if WORKBOOK_LINKS.search(name):
            self.book.links = targets(data)
        if not data or says_nothing(name, data):
            return
        first = ROOT.search(data, 0, HEAD)
        is_xml = name.lower().endswith(IS_XML) or data.startswith(DECLARED)
        if not is_xml or (first and first[1].lower() in WEB_PAGES):
            yield from self.not_xml(name, data)
            return
        if data.startswith(UTF_16):
            data = _as_utf_8(data)
        try:
            found = list(self.xml(name, data))
        except (expat.ExpatError, EntityDeclared, ValueError) as trouble:
            yield Gap(part=name, kind=GapKind.CORRUPT, detail=type(trouble).__name__)
            yield Segment(where=Where.HIDDEN, text=re.sub(r"<[^<>]{0,4096}>", "", decode(data)), name="raw")
        else:
            if part.packed and b"fontKey" not in data and b"styleSheet" not in data:  # which other parts need
                self.shared.keep(name, part.packed, found)
            yield from found

    def rest(self) -> Iterator[Found]:
        """Yield what only shows when all parts are read."""
        yield from self.book.strings.unused()

    def not_xml(self, name: str, data: bytes) -> Iterator[Found]:
        """Hand on what is embedded. What a program notes for itself is read here, by its strings."""
        if is_font(data, self.font_keys):
            return
        if BINARY.fullmatch(name) and not PRINTER.fullmatch(name):
            try:
                yield from list(self._binary(name, data))
            except (ValueError, struct.error, IndexError) as trouble:
                yield Gap(part=name, kind=GapKind.CORRUPT, detail=type(trouble).__name__)
                yield Segment(where=Where.HIDDEN, text="\n".join(biff12.strings_in(data)), name="raw")
            return
        if PRINTER.fullmatch(name) and not data.startswith(b"\xd0\xcf\x11\xe0"):
            said = b"\n".join(run.replace(b"\0", b"") for run in STRINGS.findall(data))
            yield Segment(where=Where.PROPERTY, text=said.decode("latin-1"), name=name.rpartition("/")[2])
            return
        yield Segment(where=Where.ATTACHMENT_NAME, text=name)
        yield Inner(name=name, data=_without_slack(data) if THUMBNAIL.fullmatch(name) else data)

    def _binary(self, name: str, data: bytes) -> Iterator[Segment]:
        """Read one part of a binary workbook."""
        last = name.rpartition("/")[2].lower()
        if last == "workbook.bin":
            yield from biff12.take_sheets(data, self.book)
        elif last == "sharedstrings.bin":
            self.book.strings = biff12.strings_of(data)
        elif last == "styles.bin":
            self.book.take_formats(biff12.formats_of(data))
            yield from biff12.others(data, Where.HIDDEN, last)
        elif "sheets/sheet" in name.lower():
            sheet = biff12.BinarySheet(last, self.book, hidden=last in self.book.hidden)
            yield from sheet.segments(data)
        else:
            where = _place_of(f"{name[:-3]}xml")
            where = Where.HIDDEN if where is Where.BODY else where
            yield from biff12.others(data, where, last)

    def xml(self, name: str, data: bytes) -> Iterator[Segment]:
        """Read one XML part by what its root element is."""
        found = ROOT.search(data)
        root = found[1].decode("latin-1") if found else ""
        if root == "Relationships":
            yield from links(data)
        elif root == "labelList":
            yield from label_info(data)
        elif NAMED_VALUES.fullmatch(name) or LABEL_ROOT.search(root):
            yield from properties(data)
        elif root in SHEET_FOLDERS or root == "sst":
            yield from self._cells(root, name, data)
        elif LOOKS.fullmatch(name):
            yield from self._looks(name, root, data)
        else:
            if root == "workbook":
                yield from self.book.take_sheets(data)
            yield from self._text(name, root, data)

    def _cells(self, root: str, name: str, data: bytes) -> Iterator[Segment]:
        """Read a sheet, or the strings that sheets share."""
        if root == "sst":
            self.book.strings = strings_of(data)
            return
        last = name.rpartition("/")[2]
        sheet = Sheet(last, self.book, hidden=last.lower() in self.book.hidden)
        sheet.read(data)
        yield from sheet.segments()

    def _looks(self, name: str, root: str, data: bytes) -> Iterator[Segment]:
        """Read a part that says how text looks: for text, names of own styles, number formats and fonts."""
        if root == "styleSheet":
            self.book.take_formats(formats_of(data))
            said = [code for code in self.book.formats.codes.values() if '"' in code]
            if said:
                yield Segment(where=Where.HIDDEN, text="\n".join(said), name="number formats")
        if root == "fonts":
            self.font_keys += keys_of(data)
        styles = [unescaped(style.decode("utf-8", "replace")) for style in CUSTOM_STYLE.findall(data)]
        if styles:
            yield Segment(where=Where.HIDDEN, text="\n".join(styles), name="styles")
        if b"<![" in data or TEXT.search(data, 1):
            part = Markup(Where.HIDDEN, name.rpartition("/")[2], attributes=False, vocabulary=_vocabulary(name, root))
            part.read(data)
            yield from part.segments()

    def _text(self, name: str, root: str, data: bytes) -> Iterator[Segment]:
        """Read any other part."""
        where = _place_of(name)
        if root == "sld" and HIDDEN_SLIDE.search(data, 0, 4000):
            where = Where.HIDDEN
        vocabulary = _vocabulary(name, root)
        data = unindented(data) if vocabulary is not SHEETS else data
        pieces = in_pieces(data)
        text = flowing(pieces) if pieces and vocabulary is WORD else None
        if text is not None:
            yield Segment(where=where, text=text, name=name.rpartition("/")[2])
            return
        part = Markup(where, name.rpartition("/")[2], vocabulary=vocabulary)
        try:
            part.read(pieces.joined() if pieces else data)
        except expat.ExpatError:
            if not name.lower().endswith(".vml"):
                raise
            part = Markup(where, name.rpartition("/")[2], vocabulary=vocabulary)
            part.read(BR.sub(b"<br/>", data))  # as Excel writes it
        yield from part.segments()


def _vocabulary(name: str, root: str) -> Vocabulary:
    """Return what names mean in a part."""
    if root in {"chartSpace", "chart"}:
        return CHARTS
    if root.startswith("pivotCache"):
        return PIVOTS
    return {"word": WORD, "xl": SHEETS, "ppt": SLIDES}.get(name.partition("/")[0].lower(), ANY)


@lru_cache(maxsize=1024)
def _place_of(name: str) -> Where:
    """Return where the running text of a part stands, by the part's name."""
    return next((where for pattern, where in PLACES if pattern.fullmatch(name)), Where.BODY)


def _without_slack(data: bytes) -> bytes:
    """Return a thumbnail without what PowerPoint for Mac leaves behind it: the rest of a buffer, and no words."""
    end = data.rfind(JPEG_END) + len(JPEG_END)
    return data[:end] if end > len(JPEG_END) and not WORDS.search(data, end) else data


def _as_utf_8(data: bytes) -> bytes:
    """Return a part in UTF-16 as one in UTF-8."""
    text = decode(data).lstrip("\ufeff")
    return re.sub(r"^<\?xml[^>]*\?>", "", text).encode("utf-8", "replace")
