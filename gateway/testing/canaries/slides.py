"""A PowerPoint presentation with a canary in every place where PowerPoint keeps words."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from gateway.testing.canaries import Cage, CanaryDocument
from gateway.testing.canaries.office_parts import DRAWING, OFFICE, Files, chart, diagram, properties, spaces
from gateway.testing.canaries.package_bytes import office
from gateway.testing.canaries.word import small

MAIN: Final = "http://schemas.openxmlformats.org/presentationml/2006/main"
TYPE: Final = f"{OFFICE}.presentationml"
SPACES: Final = spaces(
    p=MAIN,
    a=f"{DRAWING}/main",
    c=f"{DRAWING}/chart",
    mc="http://schemas.openxmlformats.org/markup-compatibility/2006",
    p14="http://schemas.microsoft.com/office/powerpoint/2010/main",
    p188="http://schemas.microsoft.com/office/powerpoint/2018/8/main",
)


def _shape(text: str, *, kind: str = "", name: str = "", link: str = "", at: str = "") -> str:
    """Return a text box; `kind` makes it a placeholder, `name` are more attributes of its name."""
    place = f'<p:ph type="{kind}"/>' if kind else ""
    look = f"<a:xfrm><a:off {at}/></a:xfrm>" if at else ""
    return (
        f'<p:sp><p:nvSpPr><p:cNvPr id="2" name="Box"{name}/><p:cNvSpPr/><p:nvPr>{place}</p:nvPr></p:nvSpPr>'
        f"<p:spPr>{look}</p:spPr><p:txBody><a:bodyPr/><a:p><a:r><a:rPr lang='en-GB'>{link}"
        f"</a:rPr><a:t>{text}</a:t></a:r>"
        "</a:p></p:txBody></p:sp>"
    )


def _slide(element: str, shapes: str, *, attributes: str = "", more: str = "") -> str:
    group = '<p:nvGrpSpPr><p:cNvPr id="1" name=""/><p:cNvGrpSpPr/><p:nvPr/></p:nvGrpSpPr><p:grpSpPr/>'
    return (
        f"<p:{element} {SPACES}{attributes}><p:cSld><p:spTree>{group}{shapes}</p:spTree></p:cSld>{more}</p:{element}>"
    )


def _first(cage: Cage) -> str:
    """Return the slide that shows."""
    word = cage("word in two runs")
    runs = f"<a:r><a:rPr b='1'/><a:t>{word[:6]}</a:t></a:r><a:r><a:t>{word[6:]}</a:t></a:r>"
    cell = f"<a:tc><a:txBody><a:p><a:r><a:t>{cage('cell of a table')}</a:t></a:r></a:p></a:txBody></a:tc>"
    frame = (
        '<p:graphicFrame><p:nvGraphicFramePr><p:cNvPr id="3" name="x"/></p:nvGraphicFramePr><a:graphic>'
        '<a:graphicData uri="http://schemas.openxmlformats.org/drawingml/2006/'
    )
    group = (
        "<p:grpSp><p:nvGrpSpPr><p:cNvPr id='5' name='Group'/>"
        f"</p:nvGrpSpPr>{_shape(cage('shape in a group'))}</p:grpSp>"
    )
    choice = (
        f"<mc:AlternateContent><mc:Choice Requires='p14'>{_shape(cage('form for newer programs'))}</mc:Choice>"
        f"<mc:Fallback>{_shape(cage('form for older programs'))}</mc:Fallback></mc:AlternateContent>"
    )
    link = f'<a:hlinkClick r:id="rId1" tooltip="{cage("tip of a link")}"/>'
    named = f' title="{cage("title of a shape")}" descr="{cage("alternative text")}"'
    timing = (
        "<p:timing><p:tnLst><p:par><p:cTn><p:attrName>style.visibility</p:attrName>"
        "</p:cTn></p:par></p:tnLst></p:timing>"
    )
    return _slide(
        "sld",
        _shape(cage("title"), kind="title")
        + _shape(cage("body"), name=named)
        + (
            f"<p:sp><p:nvSpPr><p:cNvPr id='4' name='{cage('name of a shape')}'/></p:nvSpPr>"
            f"<p:txBody><a:p>{runs}</a:p></p:txBody></p:sp>"
        )
        + f'{frame}table"><a:tbl><a:tr>{cell}</a:tr></a:tbl></a:graphicData></a:graphic></p:graphicFrame>'
        + f"{frame}chart\"><c:chart r:id='rId3'/></a:graphicData></a:graphic></p:graphicFrame>{group}{choice}"
        + _shape(cage("text of a link"), link=link)
        + _shape(cage("box beside the slide"), at='x="-9000000" y="0"')
        + _shape(cage("footer"), kind="ftr")
        + _shape(cage("date"), kind="dt"),
        more=timing,
    )


def _parts(cage: Cage) -> Files:
    """Return the parts of PowerPoint's own."""
    show = f'<p:custShowLst><p:custShow name="{cage("name of a show")}" id="1"/></p:custShowLst>'
    section = (
        f'<p:extLst><p:ext uri="{{5}}"><p14:sectionLst><p14:section '
        f'name="{cage("section")}" id="{{6}}"/></p14:sectionLst></p:ext></p:extLst>'
    )
    listed = '<p:sldIdLst><p:sldId id="256" r:id="rId1"/><p:sldId id="257" r:id="rId2"/></p:sldIdLst>'
    answer = (
        f"<p188:reply id='{{2}}' authorId='{{1}}'><p188:txBody><a:p><a:r>"
        f"<a:t>{cage('answer in a thread')}</a:t></a:r></a:p></p188:txBody></p188:reply>"
    )
    modern = (
        f"<p188:cm id='{{1}}' authorId='{{1}}'><p188:replyLst>{answer}</p188:replyLst><p188:txBody><a:p><a:r><a:t>"
        f"{cage('comment of a thread')}</a:t></a:r></a:p></p188:txBody></p188:cm>"
    )
    return {
        "ppt/presentation.xml": f"<p:presentation {SPACES}>{listed}{show}{section}</p:presentation>",
        "ppt/slides/slide1.xml": _first(cage),
        "ppt/slides/slide2.xml": _slide("sld", _shape(cage("hidden slide")), attributes=' show="0"'),
        "ppt/notesSlides/notesSlide1.xml": _slide(
            "notes", _shape(cage("speaker notes")) + _shape(cage("header of notes"), kind="hdr")
        ),
        "ppt/slideMasters/slideMaster1.xml": _slide("sldMaster", _shape(cage("slide master"))),
        "ppt/slideLayouts/slideLayout1.xml": _slide("sldLayout", _shape(cage("slide layout"))),
        "ppt/notesMasters/notesMaster1.xml": _slide("notesMaster", _shape(cage("notes master"))),
        "ppt/handoutMasters/handoutMaster1.xml": _slide("handoutMaster", _shape(cage("handout master"))),
        "ppt/comments/comment1.xml": (
            f'<p:cmLst {SPACES}><p:cm authorId="0" idx="1"><p:text>{cage("comment")}</p:text></p:cm></p:cmLst>'
        ),
        "ppt/comments/modernComment_1.xml": f"<p188:cmLst {SPACES}>{modern}</p188:cmLst>",
        "ppt/commentAuthors.xml": (
            f'<p:cmAuthorLst {SPACES}><p:cmAuthor id="0" name="{cage("author of a comment")}" '
            'initials="x"/></p:cmAuthorLst>'
        ),
        "ppt/authors.xml": (
            f'<p188:authorLst {SPACES}><p188:author id="{{1}}" '
            f'name="{cage("author of a thread")}" userId="{cage("account of an author")}"/>'
            "</p188:authorLst>"
        ),
        "ppt/tags/tag1.xml": (
            f'<p:tagLst {SPACES}><p:tag name="{cage("name of a tag")}" val="{cage("value of a tag")}"/></p:tagLst>'
        ),
        "ppt/charts/chart1.xml": chart(cage),
        "ppt/diagrams/data1.xml": diagram(cage),
        "ppt/embeddings/Inner.docx": small(cage("embedded document")),
    }


KINDS: Final = {
    "presentation": "presentation.main",
    "slides/slide1": "slide",
    "slides/slide2": "slide",
    "notesSlides/notesSlide1": "notesSlide",
    "slideMasters/slideMaster1": "slideMaster",
    "slideLayouts/slideLayout1": "slideLayout",
    "notesMasters/notesMaster1": "notesMaster",
    "handoutMasters/handoutMaster1": "handoutMaster",
    "comments/comment1": "comments",
    "commentAuthors": "commentAuthors",
    "tags/tag1": "tags",
}


def documents() -> Iterator[CanaryDocument]:
    """Yield a presentation with all its hiding places."""
    cage = Cage.of("pptx")
    parts, types, package_links = properties(cage)
    parts |= _parts(cage)
    types |= {f"ppt/{name}.xml": f"{TYPE}.{kind}+xml" for name, kind in KINDS.items()}
    types |= {
        "ppt/charts/chart1.xml": f"{OFFICE}.drawingml.chart+xml",
        "ppt/diagrams/data1.xml": f"{OFFICE}.drawingml.diagramData+xml",
        "ppt/authors.xml": "application/vnd.ms-powerpoint.authors+xml",
        "ppt/comments/modernComment_1.xml": "application/vnd.ms-powerpoint.comments+xml",
    }
    data = office(
        parts,
        types,
        {
            "": [("officeDocument", "ppt/presentation.xml"), *package_links],
            "ppt/presentation.xml": [
                ("slide", "slides/slide1.xml"),
                ("slide", "slides/slide2.xml"),
                ("slideMaster", "slideMasters/slideMaster1.xml"),
                ("notesMaster", "notesMasters/notesMaster1.xml"),
                ("handoutMaster", "handoutMasters/handoutMaster1.xml"),
                ("commentAuthors", "commentAuthors.xml"),
                ("tags", "tags/tag1.xml"),
            ],
            "ppt/slides/slide1.xml": [
                ("hyperlink", f"https://example.org/{cage('target of a link')}"),
                ("notesSlide", "../notesSlides/notesSlide1.xml"),
                ("chart", "../charts/chart1.xml"),
                ("diagramData", "../diagrams/data1.xml"),
                ("package", "../embeddings/Inner.docx"),
                ("comments", "../comments/comment1.xml"),
                ("slideLayout", "../slideLayouts/slideLayout1.xml"),
            ],
            "ppt/slides/slide2.xml": [("slideLayout", "../slideLayouts/slideLayout1.xml")],
            "ppt/slideLayouts/slideLayout1.xml": [("slideMaster", "../slideMasters/slideMaster1.xml")],
            "ppt/slideMasters/slideMaster1.xml": [("slideLayout", "../slideLayouts/slideLayout1.xml")],
            "ppt/notesSlides/notesSlide1.xml": [("slide", "../slides/slide1.xml")],
        },
    )
    yield cage.document("canaries.pptx", data)
