"""A Word document with a canary in every place where Word keeps words."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from gateway.testing.canaries import Cage, CanaryDocument
from gateway.testing.canaries.office_parts import DRAWING, OFFICE, chart, diagram, properties, spaces
from gateway.testing.canaries.package_bytes import office

MAIN: Final = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
TYPE: Final = f"{OFFICE}.wordprocessingml"
SPACES: Final = spaces(
    w=MAIN,
    v="urn:schemas-microsoft-com:vml",
    o="urn:schemas-microsoft-com:office:office",
    wp=f"{DRAWING}/wordprocessingDrawing",
    a=f"{DRAWING}/main",
    wps="http://schemas.microsoft.com/office/word/2010/wordprocessingShape",
    mc="http://schemas.openxmlformats.org/markup-compatibility/2006",
    m="http://schemas.openxmlformats.org/officeDocument/2006/math",
    c=f"{DRAWING}/chart",
    w15="http://schemas.microsoft.com/office/word/2012/wordml",
)
WHEN: Final = 'w:date="2026-01-01T00:00:00Z"'


def run(text: str, look: str = "", element: str = "t") -> str:
    """Return a run."""
    return f'<w:r><w:rPr>{look}</w:rPr><w:{element} xml:space="preserve">{text}</w:{element}></w:r>'


def paragraph(*runs: str) -> str:
    """Return a paragraph of runs; what is no mark-up becomes one."""
    return f"<w:p>{''.join(each if each.startswith('<') else run(each) for each in runs)}</w:p>"


def _part(element: str, inside: str) -> str:
    return f"<w:{element} {SPACES}>{inside}</w:{element}>"


def _halves(word: str) -> tuple[str, str]:
    return word[:8], word[8:]


def _box(text: str) -> str:
    return f"<w:txbxContent>{paragraph(text)}</w:txbxContent>"


def _changes(cage: Cage) -> Iterator[str]:
    """Yield paragraphs with tracked changes."""
    who = f'w:id="9" w:author="{cage("author of an insertion")}" {WHEN}'
    yield paragraph("kept ", f"<w:ins {who}>{run(cage('tracked insertion'))}</w:ins>", run(" kept"))
    who = f'w:id="10" w:author="{cage("author of a deletion")}" {WHEN}'
    gone = run(cage("tracked deletion"), element="delText")
    yield paragraph("kept ", f"<w:del {who}>{gone}</w:del>", run(" kept"))
    yield paragraph("kept ", f'<w:moveFrom w:id="11" w:author="x">{run(cage("moved from here"))}</w:moveFrom>')
    yield paragraph("kept ", f'<w:moveTo w:id="12" w:author="x">{run(cage("moved to here"))}</w:moveTo>')
    first, last = _halves(cage("whole only before an insertion"))
    yield paragraph(first, f'<w:ins w:id="13" w:author="x">{run(" between ")}</w:ins>', run(last))
    first, last = _halves(cage("whole only before a deletion"))
    yield paragraph(first, f'<w:del w:id="14" w:author="x">{run(last, element="delText")}</w:del>', run(" kept"))
    first, last = _halves(cage("whole only where hidden text is shown"))
    yield paragraph(first, run(last, "<w:vanish/>"), run(" kept"))


def _drawn(cage: Cage) -> Iterator[str]:
    """Yield paragraphs with text boxes, pictures, charts and diagrams."""
    modern = f"<wps:wsp><wps:txbx>{_box(cage('text box'))}</wps:txbx></wps:wsp>"
    anchor = (
        f'<wp:anchor><wp:positionH><wp:posOffset>914400</wp:posOffset></wp:positionH><wp:docPr id="1" name="Box" '
        f'title="{cage("title of a shape")}" descr="{cage("alternative text")}"/><a:graphic><a:graphicData>{modern}'
        "</a:graphicData></a:graphic></wp:anchor>"
    )
    old = f"<w:pict><v:shape><v:textbox>{_box(cage('form for older programs'))}</v:textbox></v:shape></w:pict>"
    yield paragraph(
        "<w:r><mc:AlternateContent><mc:Choice Requires='wps'><w:drawing>" + anchor + "</w:drawing></mc:Choice>"
        f"<mc:Fallback>{old}</mc:Fallback></mc:AlternateContent></w:r>"
    )
    yield paragraph(
        f'<w:r><w:pict><v:shape alt="{cage("alternative text of an old shape")}"><v:textbox>'
        f"{_box(cage('old text box'))}</v:textbox></v:shape></w:pict></w:r>"
    )
    yield paragraph(f'<w:r><w:pict><v:shape><v:textpath string="{cage("WordArt")}"/></v:shape></w:pict></w:r>')
    for link, kind in (("rId9", "chart"), ("rId10", "diagram")):
        what = f'<c:chart r:id="{link}"/>' if kind == "chart" else f'<a:ext r:dm="{link}"/>'
        yield paragraph(
            f'<w:r><w:drawing><wp:inline><wp:docPr id="2" name="x"/><a:graphic><a:graphicData '
            f'uri="{DRAWING}/{kind}">{what}</a:graphicData></a:graphic></wp:inline>'
            "</w:drawing></w:r>"
        )


def _fields(cage: Cage) -> Iterator[str]:
    """Yield paragraphs with fields, links, controls and marks."""
    code = f' QUOTE "{cage("field code")}" '
    begin, middle, end = (f'<w:r><w:fldChar w:fldCharType="{kind}"/></w:r>' for kind in ("begin", "separate", "end"))
    yield paragraph(begin, run(code, element="instrText"), middle, run(cage("result of a field")), end)
    yield paragraph(f'<w:fldSimple w:instr=" AUTHOR {cage("simple field")} ">{run("x")}</w:fldSimple>')
    tip = cage("tip of a link")
    yield paragraph(f'<w:hyperlink r:id="rId8" w:tooltip="{tip}">{run(cage("text of a link"))}</w:hyperlink>')
    yield paragraph(f'<w:bookmarkStart w:id="1" w:name="{cage("bookmark")}"/><w:bookmarkEnd w:id="1"/>')
    entry = cage("entry of a list")
    control = (
        f'<w:sdtPr><w:alias w:val="{cage("title of a control")}"/><w:tag w:val="{cage("tag of a control")}"/>'
        f'<w:dropDownList><w:listItem w:displayText="{entry}" w:value="v"/></w:dropDownList></w:sdtPr>'
    )
    yield f"<w:sdt>{control}<w:sdtContent>{paragraph(cage('content control'))}</w:sdtContent></w:sdt>"
    form = (
        f'<w:ffData><w:name w:val="Text1"/><w:helpText w:val="{cage("help of a form field")}"/><w:statusText '
        f'w:val="{cage("status text of a form field")}"/><w:textInput><w:default '
        f'w:val="{cage("default of a form field")}"/>'
        "</w:textInput></w:ffData>"
    )
    yield paragraph(f'<w:r><w:fldChar w:fldCharType="begin">{form}</w:fldChar></w:r>', end)
    yield f"<w:p><m:oMath><m:f><m:num><m:r><m:t>{cage('equation')}</m:t></m:r></m:num></m:f></m:oMath></w:p>"
    ruby = (
        f"<w:ruby><w:rt>{run(cage('pronunciation'))}</w:rt><w:rubyBase>{run(cage('ruby text'))}</w:rubyBase></w:ruby>"
    )
    yield paragraph(f"<w:r>{ruby}</w:r>")


def _body(cage: Cage) -> str:
    """Return the main text."""
    cell = (
        f"<w:tc>{paragraph(cage('cell'))}<w:tbl><w:tr><w:tc>{paragraph(cage('cell in a cell'))}</w:tc></w:tr></w:tbl>"
    )
    halves = _halves(cage("word in two runs"))
    notes = "<w:r><w:footnoteReference w:id='2'/></w:r><w:r><w:endnoteReference w:id='2'/></w:r>"
    sections = "".join(
        f'<w:{edge}Reference w:type="{kind}" r:id="rId{number}"/>'
        for number, (edge, kind) in enumerate(
            [
                ("header", "default"),
                ("header", "first"),
                ("header", "even"),
                ("footer", "default"),
                ("footer", "first"),
                ("footer", "even"),
            ],
            1,
        )
    )
    return "".join(
        [
            paragraph(cage("body")),
            f"<w:tbl><w:tr>{cell}{paragraph()}</w:tc></w:tr></w:tbl>",
            paragraph(halves[0], run(halves[1], "<w:b/><w:color w:val='FF0000'/>")),
            paragraph(run(cage("hidden text"), "<w:vanish/>")),
            paragraph(run(cage("white text"), '<w:color w:val="FFFFFF"/>')),
            paragraph(f"<w:commentRangeStart w:id='1'/>{run('x')}<w:commentRangeEnd w:id='1'/>", notes),
            *_changes(cage),
            *_drawn(cage),
            *_fields(cage),
            '<w:altChunk r:id="rId11"/><w:altChunk r:id="rId12"/>',
            '<w:p><w:pPr><w:sectPr><w:headerReference w:type="default" r:id="rId7"/></w:sectPr></w:pPr></w:p>',
            f"<w:sectPr>{sections}<w:titlePg/></w:sectPr>",
        ]
    )


def _edges(cage: Cage) -> dict[str, tuple[str, str, str]]:
    """Return headers and footers: by name the link, the type and the content."""
    mark = (
        f'<w:p><w:r><w:pict><v:shape id="PowerPlusWaterMarkObject1"><v:textpath string="{cage("watermark")}"/>'
        "</v:shape></w:pict></w:r></w:p>"
    )
    box = (
        f"<w:p><w:r><w:pict><v:shape><v:textbox>{_box(cage('text box in a header'))}"
        "</v:textbox></v:shape></w:pict></w:r></w:p>"
    )
    edges = {
        "header1": ("header", "hdr", paragraph(cage("header")) + mark),
        "header2": ("header", "hdr", paragraph(cage("header of the first page")) + box),
        "header3": ("header", "hdr", paragraph(cage("header of even pages"))),
        "footer1": ("footer", "ftr", paragraph(cage("footer"))),
        "footer2": ("footer", "ftr", paragraph(cage("footer of the first page"))),
        "footer3": ("footer", "ftr", paragraph(cage("footer of even pages"))),
        "header4": ("header", "hdr", paragraph(cage("header of another section"))),
    }
    return {f"word/{name}.xml": (kind, kind, _part(root, inside)) for name, (kind, root, inside) in edges.items()}


def _others(cage: Cage) -> dict[str, tuple[str, str, str]]:
    """Return all other parts of Word's own: by name the link, the type and the content."""
    who = f'w:author="{cage("author of a comment")}" {WHEN}'
    comments = (
        f"<w:comment w:id='1' {who}>{paragraph(cage('comment'))}</w:comment>"
        f"<w:comment w:id='2' w:author='x'>{paragraph(cage('answer to a comment'))}</w:comment>"
    )
    settings = (
        f'<w:mailMerge><w:connectString w:val="{cage("source of a mail merge")}"/><w:query w:val="SELECT '
        f'{cage("query of a mail merge")}"/></w:mailMerge><w:docVars><w:docVar w:name="{cage("name of a variable")}" '
        f'w:val="{cage("document variable")}"/></w:docVars>'
    )
    glossary = (
        f'<w:docParts><w:docPart><w:docPartPr><w:name w:val="{cage("name of a building block")}"/></w:docPartPr>'
        f"<w:docPartBody>{paragraph(cage('building block, as of a placeholder'))}"
        "</w:docPartBody></w:docPart></w:docParts>"
    )
    level = f'<w:lvlText w:val="{cage("text of a list number")} %1"/>'
    return _edges(cage) | {
        "word/footnotes.xml": ("footnotes", "footnotes", _part("footnotes", _note("footnote", cage))),
        "word/endnotes.xml": ("endnotes", "endnotes", _part("endnotes", _note("endnote", cage))),
        "word/comments.xml": ("comments", "comments", _part("comments", comments)),
        "word/settings.xml": ("settings", "settings", _part("settings", settings)),
        "word/glossary/document.xml": ("glossaryDocument", "document.glossary", _part("glossaryDocument", glossary)),
        "word/numbering.xml": (
            "numbering",
            "numbering",
            _part("numbering", f"<w:abstractNum><w:lvl>{level}</w:lvl></w:abstractNum>"),
        ),
        "word/styles.xml": (
            "styles",
            "styles",
            _part(
                "styles",
                (
                    '<w:style w:type="paragraph" w:customStyle="1" w:styleId="x"><w:name '
                    f'w:val="{cage("name of a style")}"/></w:style>'
                ),
            ),
        ),
        "word/people.xml": (
            "http://schemas.microsoft.com/office/2011/relationships/people",
            "people",
            (f'<w15:people {SPACES}><w15:person w15:author="{cage("person who commented")}"/></w15:people>'),
        ),
    }


def _note(kind: str, cage: Cage) -> str:
    return f"<w:{kind} w:id='2'>{paragraph(cage(kind))}</w:{kind}>"


def small(text: str) -> bytes:
    """Return a Word document that says one thing."""
    body = _part("document", f"<w:body>{paragraph(text)}</w:body>")
    types = {"word/document.xml": f"{TYPE}.document.main+xml"}
    return office({"word/document.xml": body}, types, {"": [("officeDocument", "word/document.xml")]})


def documents() -> Iterator[CanaryDocument]:
    """Yield a Word document with all its hiding places."""
    cage = Cage.of("docx")
    parts, types, package_links = properties(cage)
    others = _others(cage)
    parts["word/document.xml"] = _part("document", f"<w:body>{_body(cage)}</w:body>")
    parts |= {name: content for name, (_, _, content) in others.items()}
    parts["word/charts/chart1.xml"] = chart(cage)
    parts["word/diagrams/data1.xml"] = diagram(cage)
    parts["word/embeddings/Inner.docx"] = small(cage("embedded document"))
    parts["word/afchunk1.html"] = f"<html><body><p>{cage('web page taken in')}</p></body></html>".encode()
    parts["word/afchunk2.rtf"] = f"{{\\rtf1 {cage('RTF taken in')}\\par}}".encode()
    types |= {name: f"{TYPE}.{said}+xml" for name, (_, said, _) in others.items()}
    types |= {
        "word/document.xml": f"{TYPE}.document.main+xml",
        "word/charts/chart1.xml": f"{OFFICE}.drawingml.chart+xml",
        "word/diagrams/data1.xml": f"{OFFICE}.drawingml.diagramData+xml",
    }
    edges = [
        f"word/{name}.xml" for name in ("header1", "header2", "header3", "footer1", "footer2", "footer3", "header4")
    ]
    links = [(others[name][0], name.removeprefix("word/")) for name in edges]
    links += [
        ("hyperlink", f"https://example.org/{cage('target of a link')}"),
        ("chart", "charts/chart1.xml"),
        ("diagramData", "diagrams/data1.xml"),
        ("aFChunk", "afchunk1.html"),
        ("aFChunk", "afchunk2.rtf"),
        ("package", "embeddings/Inner.docx"),
    ]
    links += [(kind, name.removeprefix("word/")) for name, (kind, _, _) in others.items() if name not in edges]
    settings_link = [("attachedTemplate", f"file:///C:/{cage('attached template')}.dotx")]
    data = office(
        parts,
        types,
        {
            "": [("officeDocument", "word/document.xml"), *package_links],
            "word/document.xml": links,
            "word/settings.xml": settings_link,
        },
    )
    yield cage.document("canaries.docx", data)
