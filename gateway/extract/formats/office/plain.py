"""Takes tags that say nothing out of a part before the parser sees them: most tags of a document only say how it looks.

What is taken out does nothing to the text around it and has no attribute that holds words, so the parser reads the
same text without them, in a fraction of the time. Whatever stands between two tags stays, and whatever is not on the
list. Parts with comments or literal sections are left as they are.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final, NamedTuple

LEAST, MOST = 1_500, 8_000_000
"""Bytes: for shorter parts it does not pay, for longer ones the pieces would fill the memory."""

_BORDERS = "top bottom left right start end insideH insideV between bar tl2br tr2bl"
_WORD = f"""
    t rPr pPr b bCs i iCs u sz szCs rFonts color lang spacing jc ind pStyle rStyle keepNext keepLines widowControl
    numPr ilvl numId tabs tbl tcPr tcW tblPr tblW tblLook tblGrid gridCol trPr tblStyle tblBorders shd vAlign noProof
    proofErr lastRenderedPageBreak bookmarkEnd lvl numFmt lvlJc abstractNum nsid multiLevelType tmpl num
    abstractNumId lvlRestart suff styleLink zoom rsids rsid rsidRoot compat compatSetting clrSchemeMapping decimalSymbol
    listSeparator defaultTabStop characterSpacingControl proofState themeFontLang pgSz pgMar cols docGrid
    contextualSpacing highlight caps smallCaps strike
    dstrike outline shadow emboss imprint vertAlign position kern w fitText em effect rtl cs outlineLvl textAlignment
    suppressAutoHyphens suppressLineNumbers autoSpaceDE autoSpaceDN adjustRightInd snapToGrid tcBorders vMerge
    hMerge tcMar noWrap trHeight cantSplit tblHeader hideMark tblInd tblCellMar tblLayout tblCellSpacing tblpPr
    tblOverlap pBdr bdr pageBreakBefore mirrorIndents bidi softHyphen webHidden headerReference footerReference titlePg
    pgNumType sectPr body type formProt textDirection lnNumType bidiVisual commentRangeStart commentRangeEnd
    footnotePr endnotePr {_BORDERS}
"""
_DRAWN = """
    t rPr endParaRPr pPr latin ea cs sym solidFill srgbClr schemeClr sysClr prstClr bodyPr lstStyle normAutofit
    noAutofit spAutoFit spcBef spcAft spcPts spcPct lnSpc buNone buFont buAutoNum buClr buClrTx buSzPct buSzTx buFontTx
    ln noFill off ext xfrm prstGeom avLst gd lumMod lumOff tint shade alpha satMod defRPr lvl1pPr lvl2pPr lvl3pPr
    lvl4pPr lvl5pPr lvl6pPr lvl7pPr lvl8pPr lvl9pPr chOff chExt effectLst tabLst tab round headEnd tailEnd prstDash
    highlight uFillTx tailEnd gridCol tblGrid tcPr lnL lnR lnT lnB bevel miter pathLst path moveTo lnTo close pt rect
    custGeom ahLst cxnLst spLocks grpSpLocks picLocks graphicFrameLocks stretch fillRect srcRect
"""
_SLIDE = """
    spPr txBody nvPr cNvSpPr nvSpPr cSld spTree cNvGrpSpPr nvGrpSpPr grpSpPr clrMapOvr bg bgRef bgPr style
    nvCxnSpPr cNvCxnSpPr cNvPicPr nvPicPr blipFill nvGraphicFramePr cNvGraphicFramePr xfrm
"""
_LOOKS = """
    style:style style:default-style style:page-layout style:page-layout-properties style:header-style style:footer-style
    style:header-footer-properties style:font-face style:default-page-layout style:section-properties
    style:table-properties style:drawing-page-properties style:ruby-properties style:chart-properties
    text:list-style text:list-level-style-number text:outline-style text:outline-level-style
    text:notes-configuration text:linenumbering-configuration text:sequence-decls
    number:number-style number:number number:date-style number:day number:month number:year number:time-style
    number:hours number:minutes number:seconds number:text-style number:text-content number:boolean-style number:boolean
    number:currency-style number:percentage-style number:am-pm number:day-of-week number:era number:scientific-number
    style:text-properties style:paragraph-properties style:tab-stop style:tab-stops style:table-cell-properties
    style:table-column-properties style:table-row-properties style:background-image style:graphic-properties
    text:soft-page-break style:columns style:column style:footnote-sep style:list-level-properties
    style:list-level-label-alignment text:list text:list-item text:list-level-style-bullet style:drop-cap
"""
LOOKED_AT, UNINDENTED = 4_000, 3
INDENT: Final = re.compile(  # between tags, but not within elements that hold text
    rb"(?<!<[a-z]:t)(?<!<t)(?<!<w:delText)(?<!<w:instrText)(?<!preserve[\"'])>\s*\n\s*<"
)
PROLOG: Final = re.compile(rb"\?>\s+<")
SESSIONS: Final = tuple(  # which session typed it, and the number of the paragraph: in the tag, never in the text
    (tag, re.compile(tag + rb'(?: w(?:14)?:(?:rsid[A-Za-z]{1,9}|paraId|textId)="[0-9A-Fa-f]{8}")++'))
    for tag in (b"<w:p", b"<w:r", b"<w:tr", b"<w:sectPr")
)
_HIDING: Final = (b'text:display="', b"text:display='", b"visibility", b"text:condition", b"<text:hidden")


def _tags(**names: str) -> re.Pattern[bytes]:
    """Return a pattern for a run of tags with these names, by prefix."""
    families = [f"{prefix}:(?:{'|'.join(dict.fromkeys(said.split()))})" for prefix, said in names.items()]
    return re.compile(rf"(?:</?(?:{'|'.join(families)})(?![\w.:-])[^<>]*>)++".encode())


TEXT: Final = re.compile(rb">([^<>]+)<")


def _of(prefix: str) -> str:
    return " ".join(name.partition(":")[2] for name in _LOOKS.split() if name.startswith(prefix))


TAGS: Final = (
    _tags(w=_WORD + " r", a=_DRAWN + " r", p=_SLIDE),
    _tags(w=_WORD, a=_DRAWN + " r", p=_SLIDE),
    _tags(text=_of("text:") + " span", style=_of("style:"), number=_of("number:")),
)
OFFICE, OFFICE_HIDING, OPEN = range(len(TAGS))


class Pieces(NamedTuple):
    """A part in pieces: mark-up, text, mark-up and so on, and what is left of each piece of mark-up."""

    texts: list[bytes]
    first: bytes
    between: list[bytes]
    last: bytes
    short: dict[bytes, bytes]

    def joined(self) -> bytes:
        """Return the part without what was taken out."""
        pieces = [self.first, *map(self.short.__getitem__, self.between), self.last]
        whole = [b""] * (2 * len(pieces) - 1)
        whole[::2], whole[1::2] = pieces, self.texts or [b""]
        return b"".join(whole)


def unindented(xml: bytes) -> bytes:
    """Return a part of an OOXML package without the white space that only makes XML look tidy."""
    return INDENT.sub(b"><", xml) if xml.count(b"\n", 0, LOOKED_AT) > UNINDENTED and b"<!" not in xml else xml


def in_pieces(xml: bytes) -> Pieces | None:
    """Return a part of an OOXML package in pieces; None where it is too short, too long, or not plain mark-up."""
    return _in_pieces(OFFICE, xml)


def without_plain_open(xml: bytes) -> bytes:
    """Return a part of an OpenDocument package without tags that say nothing; those that may hide text stay."""
    pieces = None if any(mark in xml for mark in _HIDING) else _in_pieces(OPEN, xml)
    return pieces.joined() if pieces else xml


@lru_cache(maxsize=4096)
def _shortened(tags: int, piece: bytes) -> bytes:
    """Return mark-up between two texts without the tags. Programs write the same few runs of tags again and again."""
    return TAGS[tags].sub(b"", b"<%b>" % piece)


def _in_pieces(tags: int, xml: bytes) -> Pieces | None:
    """Take out the tags, once for each distinct run of mark-up between two texts."""
    if not LEAST < len(xml) < MOST:
        return None
    if prolog := PROLOG.search(xml, 0, LOOKED_AT):
        xml = xml[: prolog.start() + 2] + xml[prolog.end() - 1 :]
    if b" w:rsid" in xml or b" w14:paraId" in xml:  # by these Word tells otherwise equal tags apart
        for tag, numbered in SESSIONS:
            xml = numbered.sub(tag, xml)
    pieces = TEXT.split(xml)
    between = pieces[2:-1:2]
    distinct = set(between)
    ends = [pieces[0], b""] if len(pieces) == 1 else [pieces[0] + b">", b"<" + pieces[-1]]
    said = b"><".join((*ends, *distinct))
    if b"!" in said and b"<!" in said:
        return None
    if tags == OFFICE and b"vanish" in said:
        tags = OFFICE_HIDING
    short = {piece: _shortened(tags, piece) for piece in distinct}
    first, last = (TAGS[tags].sub(b"", end) for end in ends)
    return Pieces(pieces[1::2], first, between, last, short)
