"""What the elements of Office, OpenDocument and EPUB mean for the text around them.

Names count without their prefix, but for the few that have one here; one vocabulary for each family, because the
families share names: `f` is a formula in a sheet and a fraction in a document. Elements: ECMA-376 parts 1 and 4,
[MS-ODRAWXML], [MS-XLSX], [MS-PPTX], OpenDocument 1.3 part 3.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum, auto
from typing import Final

from gateway.model.inspection import Where

MOST_NAMES = 4096  # so many names of other people are remembered


class Kind(IntEnum):
    """What an element does to the text around it."""

    NOTHING = auto()  # but its attributes may tell
    PARAGRAPH = auto()  # inside, mark-up separates nothing
    CELL = auto()  # the same; a tab follows
    ROW = auto()  # a line ends
    RUN = auto()  # text that may turn out to be hidden, or a footer
    ELSEWHERE = auto()  # its text goes to another segment, where mark-up separates again
    INLINE_ELSEWHERE = auto()  # its text goes to another segment and nothing else changes
    INSERTED = auto()  # a tracked insertion: the text as it is now
    DELETED = auto()  # a tracked deletion: the text as it was
    CHOICE = auto()  # one content in several forms, for newer and older programs
    FALLBACK = auto()  # the form for older programs
    WRITTEN = auto()  # stands for a character
    SPACES = auto()  # stands for as many spaces as an attribute says
    SYMBOL = auto()  # stands for a character that an attribute names
    CONCEALS = auto()  # the run around it is hidden
    PLACEHOLDER = auto()  # the shape around it may be a slide's header or footer
    RECORD = auto()  # its value is text: the cells that a pivot table keeps
    FIELD_MARK = auto()  # where a field begins or ends
    SPANS = auto()  # the cell around it takes several columns


@dataclass(frozen=True, slots=True, kw_only=True)
class Meaning:
    """What one element does, where its text goes, and which of its attributes hold words."""

    kind: Kind = Kind.NOTHING
    where: Where = Where.BODY
    name: str = ""
    text: str = ""
    values: frozenset[str] = frozenset()


class Vocabulary(dict[str, Meaning | None]):
    """Meanings by name as it is written; a name that is met for the first time is looked up without its prefix."""

    def __init__(self, meanings: Mapping[str, Meaning]) -> None:
        super().__init__(meanings)
        self.known = dict(meanings)
        self.plain: set[str] = set()  # attributes that were met and hold no words, but on the elements that say so

    def __missing__(self, name: str) -> Meaning | None:
        """Look a name up, and remember it."""
        meaning = self.known.get(name.rpartition(":")[2])
        if len(self) < MOST_NAMES:
            self[name] = meaning
        return meaning


def _all(names: str, meaning: Meaning) -> dict[str, Meaning]:
    return dict.fromkeys(names.split(), meaning)


def _aside(names: str, where: Where, name: str = "", *, inline: bool = False) -> dict[str, Meaning]:
    kind = Kind.INLINE_ELSEWHERE if inline else Kind.ELSEWHERE
    return _all(names, Meaning(kind=kind, where=where, name=name))


def _shapes(names: str, where: Where, name: str = "") -> dict[str, Meaning]:
    return _all(names, Meaning(kind=Kind.ELSEWHERE, where=where, name=name, values=frozenset({"name"})))


def _valued(names: str, attributes: str) -> dict[str, Meaning]:
    return _all(names, Meaning(values=frozenset(attributes.split())))


PARAGRAPH, BREAK = Meaning(kind=Kind.PARAGRAPH), Meaning(kind=Kind.WRITTEN, text="\n")
TAB, HYPHEN = Meaning(kind=Kind.WRITTEN, text="\t"), Meaning(kind=Kind.WRITTEN, text="-")
LAYOUT: Final = "layout"
_COMMON: Final = {
    **_all("p h h1 h2 h3 h4 h5 h6 li div", PARAGRAPH),
    **_all("tc td th", Meaning(kind=Kind.CELL)),
    **_all("tr", Meaning(kind=Kind.ROW)),
    **_all("r", Meaning(kind=Kind.RUN)),
    **_all("AlternateContent", Meaning(kind=Kind.CHOICE)),
    **_all("Fallback", Meaning(kind=Kind.FALLBACK)),
    **_all("br cr", BREAK),
    **_aside("posOffset pctPosHOffset pctPosVOffset align sizeRelH sizeRelV pctWidth pctHeight", Where.HIDDEN, LAYOUT),
    **_aside("attrName trace", Where.HIDDEN, LAYOUT),  # what an animation moves; where a pen went
    **_valued("cNvPr docPr", "name"),
    **_valued("property", "name value"),
}
_VML: Final = _aside(
    "Anchor Row Column AutoFill AutoPict AutoLine SizeWithCells MoveWithCells Visible CF", Where.HIDDEN, LAYOUT
)
_WORD: Final = {
    **_COMMON,
    **_VML,
    **_aside("drawing pict object", Where.TEXTBOX),
    **_aside("rt", Where.HIDDEN, "phonetic", inline=True),
    **_aside("instrText delInstrText", Where.FIELD, "code", inline=True),
    **_aside("fldData", Where.HIDDEN, "field data"),
    **_all("fldChar", Meaning(kind=Kind.FIELD_MARK)),
    **_all("del moveFrom", Meaning(kind=Kind.DELETED, where=Where.TRACKED)),
    **_all("ins moveTo", Meaning(kind=Kind.INSERTED)),
    **_all("vanish", Meaning(kind=Kind.CONCEALS)),
    **_all("sym", Meaning(kind=Kind.SYMBOL)),
    **_all("tab ptab", TAB),
    **_all("gridSpan", Meaning(kind=Kind.SPANS)),
    **_all("noBreakHyphen", HYPHEN),
    **_valued("alias tag default helpText statusText lvlText name description category addressFieldName mailSubject "
              "connectString query mappedName udl documentType listEntry", "val"),
    **_valued("docVar", "name val"),
    **_valued("listItem", "displayText value"),
    **_valued("bookmarkStart", "name"),
}  # fmt: skip
_SLIDE: Final = {
    **_COMMON,
    **_all("text", PARAGRAPH),
    **_all("sp", Meaning(kind=Kind.RUN)),
    **_all("ph", Meaning(kind=Kind.PLACEHOLDER)),
    **_valued("cmAuthor author", "name"),
    **_valued("tag", "name val"),
    **_valued("custShow section prstTxWarp", "name"),
    **_valued("cat title desc", "val"),
}
_RECORDS: Final = _all("s n d e b", Meaning(kind=Kind.RECORD))
_SHEET: Final = {
    **_COMMON,
    **_VML,
    **_all("si is text", PARAGRAPH),
    **_all("row", Meaning(kind=Kind.ROW)),
    **_all("sp", Meaning(kind=Kind.RUN)),
    **_aside("from to ext pos", Where.HIDDEN, LAYOUT),
    **_aside("rPh", Where.HIDDEN, "phonetic", inline=True),
    **_aside("f formula1 formula2 formula definedName calculatedColumnFormula totalsRowFormula oldFormula "
             "FmlaLink FmlaRange FmlaMacro FmlaGroup FmlaPict FmlaTxbx", Where.FORMULA),
    **_aside("oddHeader evenHeader firstHeader", Where.HEADER, "sheet"),
    **_aside("oddFooter evenFooter firstFooter", Where.FOOTER, "sheet"),
    **_valued("table pivotTableDefinition cacheField pivotField dataField connection queryTable protectedRange slicer "
              "tableColumn queryTableField customWorkbookView scenario webPublishItem cacheHierarchy dbPr", "name"),
    **_valued("sheetName", "val"),
    **_valued("item", "val"),  # of a list box
    **_valued("cfRule", "text"),
    **_valued("filter customFilter", "val"),
    **_valued("inputCells", "val"),
}  # fmt: skip
_ODF_SHAPES: Final = """
    draw:frame draw:custom-shape draw:rect draw:ellipse draw:circle draw:line draw:connector draw:caption draw:path
    draw:polyline draw:polygon draw:regular-polygon draw:measure draw:g draw:control dr3d:scene
"""
_OPEN: Final = {
    **_all("p h", PARAGRAPH),
    **_all("svg:title svg:desc table:title table:desc", PARAGRAPH),
    **_all("table-cell covered-table-cell", Meaning(kind=Kind.CELL)),
    **_all("table-row", Meaning(kind=Kind.ROW)),
    **_all("line-break", BREAK),
    **_all("text:tab", TAB),
    **_all("text:s", Meaning(kind=Kind.SPACES)),
    **_shapes(_ODF_SHAPES, Where.TEXTBOX),
    **_aside("office:annotation", Where.COMMENT),
    **_aside("math:annotation annotation", Where.FORMULA),
    **_aside("note presentation:notes", Where.NOTE),
    **_aside("office:chart", Where.CHART),
    **_aside("ruby-text", Where.HIDDEN, "phonetic", inline=True),
    **_aside("style:header style:header-left style:header-first header-first header-left", Where.HEADER),
    **_aside("style:footer style:footer-left style:footer-first footer-first footer-left", Where.FOOTER),
    **_shapes("style:master-page", Where.HEADER, "master"),
    **_aside("presentation:header-decl", Where.HEADER, "master"),
    **_aside("presentation:footer-decl", Where.FOOTER, "master"),
    **_aside("tracked-changes", Where.TRACKED),
    **_aside("office:scripts script script:module", Where.HIDDEN, "script"),
    **_aside("table:help-message table:error-message", Where.HIDDEN, "validation"),
    **_aside("binary-data", Where.HIDDEN, LAYOUT),
    **_valued("form:text form:textarea form:password form:file form:formatted-text form:combobox form:listbox "
              "form:item form:option form:button form:fixed-text form:checkbox form:radio form:hidden form:frame "
              "form:date form:time form:number form:image form:grid form:column form:generic-control",
              "name label value current-value title"),
    **_valued("table:table table:named-range table:named-expression table:database-range table:content-validation "
              "table:data-pilot-table", "name"),
    **_valued("draw:page draw:layer text:section text:bookmark "
              "text:bookmark-start text:reference-mark text:reference-mark-start text:user-field-decl "
              "text:variable-decl text:sequence-decl text:user-index", "name"),
}  # fmt: skip

WORD: Final = Vocabulary(_WORD)
SLIDES: Final = Vocabulary(_SLIDE)
SHEETS: Final = Vocabulary(_SHEET)
PIVOTS: Final = Vocabulary({**_SHEET, **_RECORDS, **_all("r sharedItems", Meaning(kind=Kind.ROW))})
CHARTS: Final = Vocabulary({**_COMMON, **_aside("f", Where.CHART, "references")})
OPEN: Final = Vocabulary(_OPEN)
ANY: Final = Vocabulary({**_SHEET, **_SLIDE, **_WORD, **_OPEN, **_all("text title desc", PARAGRAPH)})

_TELLING: Final = """
    alt author base-cell-address caption cell-range-address codeName column-name comment command condition connection
    content creator cstDescription ddeService ddeTopic descr description destinationFile display displayName
    displayText dataCaption editPage error errorTitle expression formatCode grandTotalCaption help-text href initials
    key1 key2 label lastEdited link location macroName message moniker oleLink original page post prompt promptTitle
    query-name refreshedBy reference-name screentip shapeName siteId sourceFile src string-value string-value-if-true
    string-value-if-false supertip table-name target-frame-name title tooltip totalsRowLabel url user userId userName
    application dde-application dde-topic dde-item program docLocation
"""
TELLING: Final = frozenset(_TELLING.split())
"""Attributes that hold words, on whatever element."""
