"""Canary documents of PDF (ISO 32000-2), written object by object: no library writes all the places there are."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

import pikepdf
from pikepdf import Array, Dictionary, Name, Stream
from PIL import Image, ImageDraw, ImageFont

from gateway.testing.canaries import Cage, CanaryDocument

WIDTH, HEIGHT = 600, 800
XMP = """<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?><x:xmpmeta xmlns:x="adobe:ns:meta/">
<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about=""
 xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:pdfx="http://ns.adobe.com/pdfx/1.3/" xmlns:bj="urn:bj">%s
</rdf:Description></rdf:RDF></x:xmpmeta><?xpacket end="w"?>"""
XFA = (
    '<xdp:xdp xmlns:xdp="http://ns.adobe.com/xdp/"><xfa:datasets xmlns:xfa="http://www.xfa.org/schema/xfa-data/1.0/">'
    "<xfa:data><letter><name>%s</name></letter></xfa:data></xfa:datasets></xdp:xdp>"
)


class _Builder:
    """A document in the making, with one font for all."""

    def __init__(self) -> None:
        self.pdf = pikepdf.new()
        self.cage = Cage.of("pdf")
        self.font = self.pdf.make_indirect(
            Dictionary(Type=Name.Font, Subtype=Name.Type1, BaseFont=Name.Helvetica, Encoding=Name.WinAnsiEncoding)
        )
        self.lent = Dictionary(Font=Dictionary(F=self.font))

    def word(self, place: str) -> bytes:
        """Return a canary for a content stream."""
        return self.cage(place).encode()

    def page(self, content: bytes, **resources: Any) -> Dictionary:  # noqa: ANN401 - PDF objects have no types
        """Add a page and return it."""
        page = Dictionary(
            Type=Name.Page,
            MediaBox=Array([0, 0, WIDTH, HEIGHT]),
            Contents=self.pdf.make_stream(content),
            Resources=Dictionary(Font=Dictionary(F=self.font), **resources),
        )
        self.pdf.pages.append(pikepdf.Page(self.pdf.make_indirect(page)))
        return self.pdf.pages[-1].obj

    def stream(self, content: bytes, **entries: Any) -> Stream:  # noqa: ANN401 - as above
        """Return a stream as an object of its own."""
        return self.pdf.make_stream(content, **entries)

    def form(self, word: bytes, **entries: Any) -> Stream:  # noqa: ANN401 - as above
        """Return a form that shows a word."""
        return self.stream(
            shown(word, 2, 5),
            Type=Name.XObject, Subtype=Name.Form, BBox=Array([0, 0, 200, 20]), Resources=self.lent, **entries,
        )  # fmt: skip

    def note(self, kind: str, **entries: Any) -> Dictionary:  # noqa: ANN401 - as above
        """Return an annotation."""
        return self.pdf.make_indirect(
            Dictionary(Type=Name.Annot, Subtype=Name("/" + kind), Rect=Array([50, 50, 250, 70]), **entries)
        )

    def file(self, name: str, content: bytes, **entries: Any) -> Dictionary:  # noqa: ANN401 - as above
        """Return a file specification with a file."""
        stream = self.stream(content, Type=Name.EmbeddedFile)
        return self.pdf.make_indirect(
            Dictionary(Type=Name.Filespec, F=name, UF=name, EF=Dictionary(F=stream), **entries)
        )

    def document(self, name: str, **options: Any) -> CanaryDocument:  # noqa: ANN401 - as above
        """Return the document with all canaries so far."""
        return self.cage.document(name, saved(self.pdf, **options))


def saved(pdf: pikepdf.Pdf, **options: Any) -> bytes:  # noqa: ANN401 - options of the library
    """Return a document as a file, the same every time."""
    target = io.BytesIO()
    pdf.save(target, deterministic_id=True, **options)
    return target.getvalue()


def shown(word: bytes, x: int = 50, y: int = 700, more: bytes = b"") -> bytes:
    """Return the operators that show a word."""
    return b"BT /F 12 Tf %s %d %d Td (%s) Tj ET\n" % (more, x, y, word)


def picture_of(word: str) -> Image.Image:
    """Return a picture of a word that OCR can read."""
    picture = Image.new("L", (900, 160), 255)
    text = f"the word {word} stands here"
    ImageDraw.Draw(picture).text((40, 50), text, font=ImageFont.load_default(48), fill=0, stroke_width=1, stroke_fill=0)
    return picture


def documents() -> Iterator[CanaryDocument]:
    """Yield the documents."""
    yield _pages()
    yield _notes()
    yield _fields()
    yield _properties()
    yield _inner()
    yield _drawn()
    yield _revised()
    yield pictures()


def _pages() -> CanaryDocument:
    """What stands on pages, seen or not, and what structure and layers say."""
    made = _Builder()
    head, foot = made.word("repeated header"), made.word("repeated footer")
    layer = made.pdf.make_indirect(Dictionary(Type=Name.OCG, Name=made.cage("layer name")))
    made.pdf.Root.OCProperties = Dictionary(OCGs=Array([layer]), D=Dictionary(OFF=Array([layer]), Order=Array([layer])))
    edges = shown(head, y=780) + b"%s" + shown(foot, y=20)
    content = b"".join(
        (
            shown(made.word("page text")),
            shown(made.word("off the page"), -700, 660),
            shown(made.word("invisible text"), y=640, more=b"3 Tr") + b"BT 0 Tr ET\n",
            b"1 g " + shown(made.word("white on white"), y=620) + b"0 g\n",
            b"q 0 0 1 1 re W n " + shown(made.word("clipped away"), y=600) + b"Q\n",
            shown(made.word("of no size"), y=580).replace(b"/F 12 Tf", b"/F 0 Tf"),
            b"BT /F 12 Tf 0 0 0 0 50 560 Tm (%s) Tj ET\n" % made.word("of no area"),
            b"/Span <</ActualText (%s)>> BDC " % made.word("text in place of glyphs"),
            shown(made.word("glyphs with another text in their place"), y=540) + b"EMC\n",
            b"/OC /Layer BDC " + shown(made.word("hidden layer"), y=520) + b"EMC\n",
            b"/Artifact <</Type /Pagination>> BDC " + shown(made.word("artifact"), y=500) + b"EMC\n",
            b"BT /F 12 Tf 0 1 -1 0 300 300 Tm (%s) Tj ET\n" % made.word("turned text"),
        )
    )
    made.page(edges % content, Properties=Dictionary(Layer=layer))
    made.page(edges % shown(b"between", y=400))
    figure = Dictionary(
        Type=Name.StructElem, S=Name.Figure, Alt=made.cage("alternative text"), E=made.cage("expansion"),
        T=made.cage("title of an element"), ActualText=made.cage("replacement text of an element"),
    )  # fmt: skip
    made.pdf.Root.StructTreeRoot = Dictionary(Type=Name.StructTreeRoot, K=made.pdf.make_indirect(figure))
    made.pdf.Root.PageLabels = Dictionary(Nums=Array([0, Dictionary(P=made.cage("page label"))]))
    return made.document("pages.pdf")


def _notes() -> CanaryDocument:
    """Annotations of every kind that bears words."""
    made = _Builder()
    under = made.word("under a redaction mark")
    page = made.page(shown(b"page") + shown(under, y=55))
    rich = '<body xmlns="http://www.w3.org/1999/xhtml"><p>{}</p></body>'.format(made.cage("rich text"))
    stamp = Dictionary(N=made.form(made.word("stamp's appearance"), Matrix=Array([1, 0, 0, 1, 0, 0])))
    states = Dictionary(N=Dictionary(On=made.form(made.word("appearance of a state"))))
    note = made.note(
        "Text", Contents=made.cage("note"), T=made.cage("author"), Subj=made.cage("subject"), RC=rich,
        Popup=made.note("Popup", Contents=made.cage("popup")),
    )  # fmt: skip
    page.Annots = Array(
        [
            note,
            note.Popup,
            made.note("FreeText", Contents=made.cage("free text"), DA="/F 12 Tf"),
            made.note("Stamp", AP=stamp),
            made.note("Watermark", AP=Dictionary(N=made.form(made.word("watermark")))),
            made.note("Square", AP=states, AS=Name.Off),
            made.note("Redact", OverlayText=made.cage("text over a redaction")),
            made.note("Link", A=Dictionary(S=Name.URI, URI=f"https://example.org/?q={made.cage('link')}")),
            made.note("Link", A=Dictionary(S=Name.Launch, F=made.cage("file to launch"))),
            made.note("FileAttachment", FS=made.file("a.txt", made.word("file of a note")), Contents="c"),
        ]
    )
    return made.document("notes.pdf")


def _fields() -> CanaryDocument:
    """A form of both kinds, AcroForm and XFA, and scripts."""
    made = _Builder()
    page = made.page(shown(b"form"))
    text = made.note(
        "Widget", FT=Name.Tx, T=made.cage("field name"), V=made.cage("value"), DV=made.cage("default value"),
        TU=made.cage("tooltip"), AP=Dictionary(N=made.form(made.word("appearance of a field"))),
    )  # fmt: skip
    choice = made.note(
        "Widget", FT=Name.Ch, T="choice",
        Opt=Array([Array([made.cage("option's export value"), made.cage("option shown")]), "other"]),
    )  # fmt: skip
    radio = made.note("Widget", FT=Name.Btn, T="radio", V=Name("/" + made.cage("button's value")))
    long = made.note("Widget", FT=Name.Tx, T="long", V=made.stream(made.word("value as a stream")))
    rich = made.note("Widget", FT=Name.Tx, T="rich", RV=f"<body><p>{made.cage('rich value')}</p></body>")
    sign = Dictionary(Type=Name.Sig, Filter=Name("/Adobe.PPKLite"), Reason=made.cage("reason of a signature"))
    signed = made.note("Widget", FT=Name.Sig, T="sig", V=made.pdf.make_indirect(sign))
    page.Annots = Array([text, choice, radio, long, rich, signed])
    xfa = Array(["datasets", made.stream((XFA % made.cage("XFA value")).encode())])
    made.pdf.Root.AcroForm = Dictionary(Fields=page.Annots, XFA=xfa)
    made.pdf.Root.OpenAction = Dictionary(S=Name.JavaScript, JS=f"app.launchURL('{made.cage('script')}')")
    stream = made.stream(b"var x = '%s';" % made.word("script as a stream"))
    script = Dictionary(S=Name.JavaScript, JS=stream)
    made.pdf.Root.Names = Dictionary(JavaScript=Dictionary(Names=Array(["one", script])))
    return made.document("fields.pdf")


def _properties() -> CanaryDocument:
    """What is said about the document."""
    made = _Builder()
    page = made.page(shown(b"page"))
    info = made.pdf.docinfo
    info["/Title"], info["/Keywords"] = made.cage("title"), made.cage("keywords")
    info["/Department"] = made.cage("property of one's own")
    info["/MSIP_Label_1a2b_Name"] = made.cage("Purview label")
    info["/bjDocumentSecurityLabel"] = made.cage("Boldon James label")
    words = f"<dc:subject>{made.cage('XMP')}</dc:subject>"
    words += f"<pdfx:MSIP_Label_1a2b_Name>{made.cage('Purview label in XMP')}</pdfx:MSIP_Label_1a2b_Name>"
    made.pdf.Root.Metadata = made.stream((XMP % words).encode(), Type=Name.Metadata, Subtype=Name.XML)
    packet = (XMP % f"<dc:title>{made.cage('XMP of a page')}</dc:title>").encode("utf-16")
    page.Metadata = made.stream(packet, Type=Name.Metadata, Subtype=Name.XML)
    mark = Dictionary(Title=made.cage("bookmark"), Parent=Dictionary(), Dest=Array([page, Name.Fit]))
    made.pdf.Root.Outlines = made.pdf.make_indirect(Dictionary(First=made.pdf.make_indirect(mark), Count=1))
    dests = Dictionary(Names=Array([made.cage("named destination"), Array([page, Name.Fit])]))
    made.pdf.Root.Names = Dictionary(Dests=dests)
    made.pdf.Root.Threads = Array([Dictionary(Type=Name.Thread, I=Dictionary(Title=made.cage("article")))])
    made.pdf.Root.PieceInfo = Dictionary(Own=Dictionary(Private=Dictionary(Text=made.cage("private data"))))
    made.pdf.Root.SpiderInfo = Dictionary(V=1.0, C=Array([Dictionary(URL=made.cage("captured address"))]))
    made.pdf.Root.OutputIntents = Array([Dictionary(S=Name.GTS_PDFA1, Info=made.cage("output intent"))])
    return made.document("properties.pdf")


def _inner() -> CanaryDocument:
    """Files within, a portfolio, and what nothing leads to."""
    made = _Builder()
    made.page(shown(b"cover sheet"))
    inside = pikepdf.new()
    within = _Builder()
    within.pdf, within.cage = inside, made.cage
    within.font = inside.make_indirect(Dictionary(Type=Name.Font, Subtype=Name.Type1, BaseFont=Name.Helvetica))
    within.page(shown(made.word("PDF within the PDF")))
    item = Dictionary(Type=Name.CollectionItem, Note=made.cage("field of a portfolio"))
    first = made.file(
        f"{made.cage('name of a file')}.txt", made.word("attached file"), Desc=made.cage("description"), CI=item
    )
    names = Array([made.cage("name in the list of files"), first, "two", made.file("two.pdf", saved(inside))])
    made.pdf.Root.Names = Dictionary(EmbeddedFiles=Dictionary(Names=names))
    schema = Dictionary(Note=Dictionary(Subtype=Name.S, N=made.cage("column of a portfolio")))
    made.pdf.Root.Collection = Dictionary(Type=Name.Collection, Schema=schema)
    return made.document("portfolio.pdf")


def _drawn() -> CanaryDocument:
    """What is drawn by other means than the page's own operators."""
    made = _Builder()
    box = Array([0, 0, 200, 20])
    used = made.form(made.word("form on the page"))
    nested = made.form(b"", Group=Dictionary(S=Name.Transparency))
    nested.Resources = Dictionary(XObject=Dictionary(Inner=made.form(made.word("form within a form"))))
    nested.write(b"1 0 0 1 0 200 cm /Inner Do")
    unused = made.form(made.word("form that no page uses"))
    pattern = made.stream(
        shown(made.word("tiling pattern"), 2, 5),
        Type=Name.Pattern, PatternType=1, PaintType=1, TilingType=1, BBox=box, XStep=200, YStep=20, Resources=made.lent,
    )  # fmt: skip
    glyph = made.stream(b"1000 0 d0 " + shown(made.word("glyph of a Type 3 font"), 0, 0))
    drawn = made.pdf.make_indirect(
        Dictionary(
            Type=Name.Font, Subtype=Name.Type3, FontBBox=box, FontMatrix=Array([0.01, 0, 0, 0.01, 0, 0]),
            CharProcs=Dictionary(a=glyph), Encoding=Dictionary(Differences=Array([97, Name.a])), FirstChar=97,
            LastChar=97, Widths=Array([100]), Resources=made.lent,
        )
    )  # fmt: skip
    mask = made.form(made.word("soft mask"), Group=Dictionary(S=Name.Transparency, CS=Name.DeviceGray))
    state = Dictionary(Type=Name.ExtGState, SMask=Dictionary(S=Name.Luminosity, G=mask))
    split = made.word("word split by every operator")
    pieces = (split[:3], split[3:5], split[5:7], split[7:9], split[9:])
    content = b"BT /F 12 Tf 50 300 Td (%s) Tj 1 0 0 rg (%s) Tj /Span BMC [(%s) 5 (%s)] TJ EMC (%s) Tj ET\n" % pieces
    content += b"/Used Do /Nested Do /G gs /Pattern cs /P scn 0 0 200 20 re f BT /T 12 Tf 300 300 Td (a) Tj ET"
    page = made.page(
        shown(b"page") + content,
        XObject=Dictionary(Used=used, Nested=nested, Unused=unused),
        Pattern=Dictionary(P=pattern), ExtGState=Dictionary(G=state),
    )  # fmt: skip
    page.Resources.Font.T = drawn
    return made.document("drawn.pdf")


def _revised() -> CanaryDocument:
    """A file that was changed by appending, and has something behind its end."""
    made = _Builder()
    made.page(shown(made.word("page text of an earlier revision")))
    made.pdf.docinfo["/Title"] = made.cage("title of an earlier revision")
    first = saved(made.pdf, object_stream_mode=pikepdf.ObjectStreamMode.disable, compress_streams=False)
    with pikepdf.open(io.BytesIO(first)) as pdf:
        contents, info, size = pdf.pages[0].obj.Contents.objgen[0], pdf.docinfo.objgen[0], int(pdf.trailer["/Size"])
        root = pdf.Root.objgen[0]
    last = first + _appended(first, contents, info, root, size, made)
    return made.cage.document("revised.pdf", last + b"\n" + made.word("after the end") + b"\n")


def _appended(first: bytes, contents: int, info: int, root: int, size: int, made: _Builder) -> bytes:
    """Return an incremental update with another content and title (7.5.6)."""
    content = shown(made.word("page text of the last revision"))
    objects = {
        contents: b"<< /Length %d >>\nstream\n%s\nendstream" % (len(content), content),
        info: b"<< /Title (%s) >>" % made.word("title of the last revision"),
    }
    body, table = b"", b""
    for number, value in objects.items():
        table += b"%d 1\n%010d 00000 n \n" % (number, len(first) + len(body))
        body += b"%d 0 obj\n%s\nendobj\n" % (number, value)
    before = int(first.rpartition(b"startxref")[2].split()[0])
    trailer = b"trailer\n<< /Size %d /Root %d 0 R /Info %d 0 R /Prev %d >>\n" % (size, root, info, before)
    return body + b"xref\n" + table + trailer + b"startxref\n%d\n%%%%EOF\n" % (len(first) + len(body))


def pictures() -> CanaryDocument:
    """Words that only OCR can read: a scanned page, a picture beside text, one in a stamp, one written inline."""
    made = _Builder()
    scan, beside, stamped, inline = (
        picture_of(made.cage(place))
        for place in ("scanned page", "picture beside text", "picture in a stamp", "picture written into a page")
    )

    def image(picture: Image.Image) -> Stream:
        return made.stream(
            picture.tobytes(),
            Type=Name.XObject, Subtype=Name.Image, Width=picture.width, Height=picture.height,
            ColorSpace=Name.DeviceGray, BitsPerComponent=8,
        )  # fmt: skip

    made.page(b"q 450 0 0 80 50 600 cm /I Do Q", XObject=Dictionary(I=image(scan)))
    page = made.page(shown(b"page") + b"q 450 0 0 80 50 600 cm /I Do Q", XObject=Dictionary(I=image(beside)))
    stamp = made.stream(
        b"q 450 0 0 80 0 0 cm /I Do Q",
        Type=Name.XObject, Subtype=Name.Form, BBox=Array([0, 0, 450, 80]),
        Resources=Dictionary(XObject=Dictionary(I=image(stamped))),
    )  # fmt: skip
    page.Annots = Array([made.note("Stamp", AP=Dictionary(N=stamp))])
    packed = b"q 450 0 0 80 50 400 cm BI /W %d /H %d /CS /G /BPC 8 /F /AHx ID %s> EI Q"
    made.page(shown(b"page") + packed % (inline.width, inline.height, inline.tobytes().hex().encode()))
    return made.document("pictures.pdf")
