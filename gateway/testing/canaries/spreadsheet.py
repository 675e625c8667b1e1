"""An Excel workbook with a canary in every place where Excel keeps words."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from gateway.testing.canaries import Cage, CanaryDocument
from gateway.testing.canaries.office_parts import DRAWING, OFFICE, Files, chart, properties, spaces
from gateway.testing.canaries.package_bytes import office
from gateway.testing.canaries.word import small

MAIN: Final = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
TYPE: Final = f"{OFFICE}.spreadsheetml"
SPACES: Final = f'xmlns="{MAIN}" ' + spaces(
    x14="http://schemas.microsoft.com/office/spreadsheetml/2009/9/main",
    xm="http://schemas.microsoft.com/office/excel/2006/main",
    xdr=f"{DRAWING}/spreadsheetDrawing",
    a=f"{DRAWING}/main",
)
MICROSOFT: Final = "http://schemas.microsoft.com/office/2017/10/relationships"


def _part(element: str, inside: str) -> str:
    return f"<{element} {SPACES}>{inside}</{element}>"


def _text(reference: str, text: str) -> str:
    return f'<c r="{reference}" t="inlineStr"><is><t>{text}</t></is></c>'


def _sheet(cage: Cage) -> str:
    """Return the sheet that shows."""
    rows = (
        f'<row r="1"><c r="A1" t="s"><v>0</v></c>{_text("B1", cage("cell"))}'
        f'<c r="C1" t="str"><f>CONCATENATE("{cage("formula")}")</f><v>{cage("result of a formula")}</v></c>'
        f'{_text("D1", cage("hidden column"))}<c r="E1" t="s"><v>1</v></c></row>'
        f'<row r="2" hidden="1">{_text("A2", cage("hidden row"))}</row>'
    )
    edges = "".join(
        f"<{name}>&amp;L{cage(f'{name} left')}&amp;C&amp;&quot;Arial,Bold&quot;&amp;12{cage(f'{name} in the middle')}"
        f"&amp;R{cage(f'{name} right')}</{name}>"
        for name in ("oddHeader", "oddFooter", "evenHeader", "evenFooter", "firstHeader", "firstFooter")
    )
    rule = (
        '<dataValidations count="1"><dataValidation type="list" sqref="A3" '
        f'promptTitle="{cage("title of a prompt")}" '
        f'prompt="{cage("prompt")}" errorTitle="{cage("title of an error")}" error="{cage("error")}">'
        f'<formula1>"{cage("list of allowed values")}"</formula1></dataValidation></dataValidations>'
    )
    condition = (
        f'<conditionalFormatting sqref="A1"><cfRule type="containsText" priority="1" operator="containsText" '
        f'text="{cage("text of a condition")}"><formula>A1="'
        f'{cage("formula of a condition")}"</formula></cfRule>'
        "</conditionalFormatting>"
    )
    link = (
        f'<hyperlinks><hyperlink ref="B1" r:id="rId1" tooltip="{cage("tip of a link")}" '
        f'display="{cage("text of a link")}"/>'
        f'<hyperlink ref="C1" location="{cage("place of a link")}!A1"/></hyperlinks>'
    )
    return _part(
        "worksheet",
        f'<sheetPr codeName="{cage("code name of a sheet")}"/><cols><col min="4" max="4" '
        'width="9" hidden="1"/></cols>'
        f"<sheetData>{rows}</sheetData><autoFilter ref='A1:B2'><filterColumn colId='0'><filters><filter "
        f"val='{cage('filter')}'/></filters></filterColumn></autoFilter>"
        f'<protectedRanges><protectedRange name="{cage("protected range")}" sqref="A1"/></protectedRanges>'
        f'<scenarios><scenario name="{cage("scenario")}" '
        f'comment="{cage("comment of a scenario")}" user="u"><inputCells '
        f'r="A1" val="{cage("value of a scenario")}"/></scenario></scenarios>'
        f'{condition}{rule}{link}<headerFooter differentOddEven="1" differentFirst="1">{edges}</headerFooter>'
        '<drawing r:id="rId2"/><legacyDrawing r:id="rId3"/><tableParts><tablePart r:id="rId5"/></tableParts>',
    )


def _drawing(cage: Cage) -> str:
    box = f"<xdr:txBody><a:bodyPr/><a:p><a:r><a:t>{cage('text box')}</a:t></a:r></a:p></xdr:txBody>"
    name = f'<xdr:cNvPr id="2" name="Box" title="{cage("title of a shape")}" descr="{cage("alternative text")}"/>'
    where = "<xdr:from><xdr:col>1</xdr:col><xdr:row>1</xdr:row></xdr:from><xdr:to><xdr:col>2</xdr:col></xdr:to>"
    return (
        f"<xdr:wsDr {SPACES}><xdr:twoCellAnchor>{where}<xdr:sp><xdr:nvSpPr>{name}"
        "<xdr:cNvSpPr/></xdr:nvSpPr><xdr:spPr/>"
        f"{box}</xdr:sp><xdr:clientData/></xdr:twoCellAnchor></xdr:wsDr>"
    )


def _others(cage: Cage) -> dict[str, tuple[str, str, str]]:
    """Return all other parts of Excel's own: by name the link from the workbook, the type, and the content."""
    pivot = (
        '<cacheSource type="worksheet"><worksheetSource ref="A1:B2" sheet="x"/>'
        "</cacheSource><cacheFields><cacheField "
        f'name="{cage("field of a pivot cache")}"><sharedItems><s v="{cage("item of a pivot cache")}"/></sharedItems>'
        "</cacheField></cacheFields>"
    )
    outside = (
        f'<externalBook r:id="rId1"><sheetNames><sheetName val="{cage("sheet of a linked workbook")}"/></sheetNames>'
        '<sheetDataSet><sheetData sheetId="0"><row r="1"><cell r="A1" t="str">'
        f"<v>{cage('cell of a linked workbook')}</v>"
        "</cell></row></sheetData></sheetDataSet></externalBook>"
    )
    connection = (
        f'<connection id="1" name="{cage("connection")}" '
        f'description="{cage("description of a connection")}" type="5">'
        f'<dbPr connection="Provider={cage("source of a connection")}" '
        f'command="{cage("command of a connection")}"/></connection>'
    )
    change = (
        f'<rcc rId="1" sId="1"><oc r="A1" t="inlineStr"><is><t>{cage("cell before a tracked change")}</t></is></oc>'
        f'<nc r="A1" t="inlineStr"><is><t>{cage("cell after a tracked change")}</t></is></nc></rcc>'
    )
    person = cage("person who commented")
    return {
        "xl/pivotCache/pivotCacheDefinition1.xml": (
            "pivotCacheDefinition",
            "pivotCacheDefinition",
            (
                f'<pivotCacheDefinition {SPACES} refreshedBy="'
                f'{cage("who refreshed a pivot cache")}">{pivot}</pivotCacheDefinition>'
            ),
        ),
        "xl/pivotCache/pivotCacheRecords1.xml": (
            "pivotCacheRecords",
            "pivotCacheRecords",
            _part("pivotCacheRecords", f'<r><s v="{cage("record of a pivot cache")}"/><x v="0"/></r>'),
        ),
        "xl/externalLinks/externalLink1.xml": ("externalLink", "externalLink", _part("externalLink", outside)),
        "xl/connections.xml": ("connections", "connections", _part("connections", connection)),
        "xl/revisions/revisionLog1.xml": ("revisionLog", "revisionLog", _part("revisions", change)),
        "xl/persons/person.xml": (
            f"{MICROSOFT}/person",
            "person",
            f'<personList {SPACES}><person displayName="{person}" id="{{1}}"/></personList>',
        ),
    }


def _workbook(cage: Cage) -> str:
    sheets = (
        f'<sheet name="{cage("name of a sheet")}" sheetId="1" r:id="rId1"/><sheet '
        f'name="{cage("name of a hidden sheet")}" '
        'sheetId="2" state="hidden" r:id="rId2"/><sheet name="Very" sheetId="3" state="veryHidden" r:id="rId3"/>'
    )
    names = f'<definedName name="Own" comment="{cage("comment of a name")}">"{cage("defined name")}"</definedName>'
    return _part("workbook", f"<sheets>{sheets}</sheets><definedNames>{names}</definedNames>")


def _strings(cage: Cage) -> str:
    word = cage("shared string in two runs")
    return _part(
        "sst",
        f"<si><r><t>{word[:7]}</t></r><r><rPr><b/></rPr><t>{word[7:]}</t></r></si><si><t>{cage('shared string')}</t>"
        f"<rPh sb='0' eb='1'><t>{cage('pronunciation')}</t></rPh></si>"
        f"<si><t>{cage('string that no cell shows')}</t></si>",
    )


def documents() -> Iterator[CanaryDocument]:
    """Yield a workbook with all its hiding places."""
    cage = Cage.of("xlsx")
    parts, types, package_links = properties(cage)
    others = _others(cage)
    parts |= {name: content for name, (_, _, content) in others.items()} | _sheets(cage)
    main = {
        "xl/workbook.xml": "sheet.main",
        **{f"xl/worksheets/sheet{n}.xml": "worksheet" for n in (1, 2, 3)},
        "xl/sharedStrings.xml": "sharedStrings",
        "xl/styles.xml": "styles",
        "xl/comments1.xml": "comments",
        "xl/tables/table1.xml": "table",
    }
    types |= {name: f"{TYPE}.{said}+xml" for name, said in main.items()}
    types |= {name: f"{TYPE}.{said}+xml" for name, (_, said, _) in others.items()}
    types |= {
        "xl/drawings/drawing1.xml": f"{OFFICE}.drawing+xml",
        "xl/charts/chart1.xml": f"{OFFICE}.drawingml.chart+xml",
        "xl/threadedComments/threadedComment1.xml": "application/vnd.ms-excel.threadedcomments+xml",
    }
    links = [("worksheet", f"worksheets/sheet{n}.xml") for n in (1, 2, 3)]
    links += [("sharedStrings", "sharedStrings.xml"), ("styles", "styles.xml")]
    links += [(kind, name.removeprefix("xl/")) for name, (kind, _, _) in others.items()]
    data = office(
        parts,
        types,
        {
            "": [("officeDocument", "xl/workbook.xml"), *package_links],
            "xl/workbook.xml": links,
            "xl/worksheets/sheet1.xml": [
                ("hyperlink", f"https://example.org/{cage('target of a link')}"),
                ("drawing", "../drawings/drawing1.xml"),
                ("vmlDrawing", "../drawings/vmlDrawing1.vml"),
                ("comments", "../comments1.xml"),
                ("table", "../tables/table1.xml"),
                (f"{MICROSOFT}/threadedComment", "../threadedComments/threadedComment1.xml"),
                ("package", "../embeddings/Inner.docx"),
            ],
            "xl/drawings/drawing1.xml": [("chart", "../charts/chart1.xml")],
            "xl/externalLinks/externalLink1.xml": [("externalLinkPath", f"file:///C:/{cage('linked workbook')}.xlsx")],
        },
    )
    yield cage.document("canaries.xlsx", data)


def _old_drawing(cage: Cage) -> bytes:
    """Return a drawing in VML, with a tag that is never closed, as Excel writes it."""
    return (
        "<v:shape xmlns:v='urn:schemas-microsoft-com:vml' "
        "xmlns:x='urn:schemas-microsoft-com:office:excel'><v:textbox>"
        f"<div>{cage('old text box')}<br></div></v:textbox><x:ClientData "
        "ObjectType='Note'><x:Anchor>1, 15, 0</x:Anchor>"
        f"<x:FmlaMacro>{cage('macro of a button')}</x:FmlaMacro></x:ClientData></v:shape>"
    ).encode()


def _sheets(cage: Cage) -> Files:
    """Return the workbook's main parts."""
    comment = (
        f"<authors><author>{cage('author of a comment')}</author></authors><commentList>"
        '<comment ref="A1" authorId="0">'
        f"<text><r><t>{cage('comment')}</t></r></text></comment></commentList>"
    )
    thread = (
        f'<threadedComment ref="B1" id="{{1}}" personId="{{1}}">'
        f"<text>{cage('comment of a thread')}</text></threadedComment>"
        f'<threadedComment ref="B1" id="{{2}}" parentId="{{1}}">'
        f"<text>{cage('answer in a thread')}</text></threadedComment>"
    )
    table = (
        f'<tableColumns count="1"><tableColumn id="1" name="{cage("column of a table")}" '
        f'totalsRowLabel="{cage("total of a table")}"/></tableColumns>'
    )
    return {
        "xl/workbook.xml": _workbook(cage),
        "xl/worksheets/sheet1.xml": _sheet(cage),
        "xl/worksheets/sheet2.xml": _part(
            "worksheet", f'<sheetData><row r="1">{_text("A1", cage("hidden sheet"))}</row></sheetData>'
        ),
        "xl/worksheets/sheet3.xml": _part(
            "worksheet", f'<sheetData><row r="1">{_text("A1", cage("very hidden sheet"))}</row></sheetData>'
        ),
        "xl/sharedStrings.xml": _strings(cage),
        "xl/styles.xml": _part(
            "styleSheet",
            '<numFmts count="1"><numFmt numFmtId="164" formatCode="0 '
            f'&quot;{cage("number format")}&quot;"/></numFmts>'
            '<cellXfs count="1"><xf numFmtId="0"/></cellXfs>',
        ),
        "xl/comments1.xml": _part("comments", comment),
        "xl/threadedComments/threadedComment1.xml": '<ThreadedComments xmlns="http://schemas.microsoft.com/office/spreadsheetml/'
        f'2018/threadedcomments">{thread}</ThreadedComments>',
        "xl/tables/table1.xml": (
            f'<table {SPACES} id="1" ref="A5:A6" displayName="{cage("table")}" '
            f'comment="{cage("comment of a table")}">{table}</table>'
        ),
        "xl/drawings/drawing1.xml": _drawing(cage),
        "xl/drawings/vmlDrawing1.vml": _old_drawing(cage),
        "xl/charts/chart1.xml": chart(cage),
        "xl/embeddings/Inner.docx": small(cage("embedded document")),
        "xl/customProperty1.bin": cage("binary property").encode("utf-16-le"),
    }
