"""Documents of an everyday size, for measuring: of the sizes that the extraction report used, always the same bytes."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from email.message import EmailMessage
from email.policy import SMTP
from html import escape

import pikepdf

from gateway.testing.documents import DECLARATION, OFFICE, PACKAGE, WORD, W, docx, zipped

_WORDS = """
    the committee met on Tuesday and agreed a programme for spring ward councillor writes residents whose street is
    affected further report cost repairs expected before summer recess members asked officers confirm figures county
    treasurer works bridge begin survey river bed complete comments draft reach clerk month library opening hours
    playground parking permit market square planning appeal hearing notice footpath hedge lamp drainage school crossing
    patrol allotment waiting list recycling round winter gritting route pension board minutes item motion carried
"""
WORDS = _WORDS.split()
SHEET = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
SLIDES = "http://schemas.openxmlformats.org/presentationml/2006/main"
DRAWING = "http://schemas.openxmlformats.org/drawingml/2006/main"
TYPE = "application/vnd.openxmlformats-officedocument"
LINES_A_PAGE = 11


def _line(number: int) -> str:
    """Return a line of twelve words, another for each number."""
    state, words = number * 2_654_435_761 + 1, []
    for _ in range(12):
        state = (state * 1_103_515_245 + 12_345) % (1 << 31)
        words.append(WORDS[(state >> 8) % len(WORDS)])
    return f"{number}. {' '.join(words)}."


def word_document(*, runs: bool = False, first: int = 0) -> bytes:
    """Return a Word document with about 40 kB of text and the styles that Word puts into every file.

    With `runs` it is as Word keeps it after much typing: in pieces, each of which says how it looks. Lines are numbered
    from `first`.
    """
    plain = '<w:p><w:pPr><w:pStyle w:val="BodyText"/></w:pPr><w:r><w:t>{}</w:t></w:r></w:p>'
    paragraphs = [_paragraph(number) if runs else plain.format(_line(number)) for number in range(first, first + 450)]
    with zipfile.ZipFile(io.BytesIO(docx([], header="Exampleshire Council"))) as empty:
        files = {name: empty.read(name) for name in empty.namelist()}
    body, types, links = "word/document.xml", "[Content_Types].xml", "word/_rels/document.xml.rels"
    files[body] = files[body].replace(b"<w:body>", b"<w:body>" + "".join(paragraphs).encode())
    override = f'<Override PartName="/word/styles.xml" ContentType="{WORD}.styles+xml"/></Types>'
    files[types] = files[types].replace(b"</Types>", override.encode())
    link = f'<Relationship Id="r9" Type="{OFFICE}/styles" Target="styles.xml"/></Relationships>'
    files[links] = files[links].replace(b"</Relationships>", link.encode())
    files["word/styles.xml"] = _styles().encode()
    return zipped(files)


def _styles() -> str:
    """Return styles as Word writes them: what it knows of each of its own, and a hundred that are used."""
    latent = "".join(
        f'<w:lsdException w:name="List Table {n}" w:semiHidden="1" w:uiPriority="{n % 99}" w:unhideWhenUsed="1"/>'
        for n in range(376)
    )
    look = '<w:rPr><w:rFonts w:ascii="Arial" w:hAnsi="Arial" w:cs="Arial"/><w:b/><w:sz w:val="22"/></w:rPr>'
    used = "".join(
        f'<w:style w:type="paragraph" w:styleId="Style{n}"><w:name w:val="Style {n}"/><w:basedOn w:val="Normal"/>'
        f'<w:uiPriority w:val="99"/><w:qFormat/><w:pPr><w:spacing w:before="{n}" w:after="9"/></w:pPr>{look}</w:style>'
        for n in range(100)
    )
    return f"{DECLARATION}<w:styles {W}><w:latentStyles>{latent}</w:latentStyles>{used}</w:styles>"


def _paragraph(number: int) -> str:
    """Return a paragraph as Word writes one: cut into runs that each say how they look, with revision numbers."""
    words, look = _line(number).split(), '<w:rPr><w:rFonts w:ascii="Arial" w:hAnsi="Arial"/><w:sz w:val="22"/></w:rPr>'
    runs = "".join(
        f'<w:r w:rsidRPr="00{number:06X}">{look}<w:t xml:space="preserve">{" ".join(words[at : at + 4])} </w:t></w:r>'
        for at in range(0, len(words), 4)
    )
    style = '<w:pPr><w:pStyle w:val="BodyText"/><w:spacing w:after="120"/></w:pPr>'
    return f'<w:p w:rsidR="00{number:06X}" w:rsidRDefault="00A10000">{style}{runs}</w:p>'


def _package(main: str, parts: dict[str, str], types: dict[str, str], links: dict[str, list[str]]) -> bytes:
    """Return an OOXML package: `types` by part, `links` from a part to others by kind and target."""
    overrides = "".join(f'<Override PartName="/{name}" ContentType="{TYPE}.{said}"/>' for name, said in types.items())
    standard = (
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        '<Default Extension="xml" ContentType="application/xml"/>'
    )
    files = {"[Content_Types].xml": f'<Types xmlns="{PACKAGE}/content-types">{standard}{overrides}</Types>'}
    for source, targets in {"": [f"officeDocument {main}"], **links}.items():
        folder, _, name = source.rpartition("/")
        rows = "".join(
            f'<Relationship Id="r{number}" Type="{OFFICE}/{target.split()[0]}" Target="{target.split()[1]}"/>'
            for number, target in enumerate(targets, 1)
        )
        path = f"{folder}/_rels/{name}.rels" if folder else f"_rels/{name}.rels"
        files[path] = f'<Relationships xmlns="{PACKAGE}/relationships">{rows}</Relationships>'
    return zipped({name: (DECLARATION + text).encode() for name, text in {**files, **parts}.items()})


def workbook(rows: int = 2000, *, first: int = 0) -> bytes:
    """Return a workbook of `rows` by seven cells, four of them shared strings; texts are numbered from `first`."""
    cells: list[str] = []
    strings: list[str] = []
    for row in range(1, rows + 1):
        made = [f"Person {row}", f"{row} High Street", "Exampleford", _line(first + row)]
        texts = "".join(f'<c r="{"ABCD"[n]}{row}" t="s"><v>{len(strings) + n}</v></c>' for n in range(4))
        strings += made
        numbers = "".join(f'<c r="{"EFG"[n]}{row}"><v>{row * (n + 3) / 4}</v></c>' for n in range(3))
        cells.append(f'<row r="{row}">{texts}{numbers}</row>')
    shared = "".join(f"<si><t>{text}</t></si>" for text in strings)
    relations = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    parts = {
        "xl/workbook.xml": f'<workbook xmlns="{SHEET}" xmlns:r="{relations}"><sheets>'
        '<sheet name="People" sheetId="1" r:id="r1"/></sheets></workbook>',
        "xl/worksheets/sheet1.xml": f'<worksheet xmlns="{SHEET}"><dimension ref="A1:G{rows}"/>'
        f"<sheetData>{''.join(cells)}</sheetData></worksheet>",
        "xl/sharedStrings.xml": f'<sst xmlns="{SHEET}" count="{len(strings)}" uniqueCount="{len(strings)}">{shared}'
        "</sst>",
        "xl/styles.xml": f'<styleSheet xmlns="{SHEET}"><fonts count="1"><font/></fonts>'
        '<fills count="1"><fill><patternFill/></fill></fills>'
        '<borders count="1"><border/></borders><cellStyleXfs count="1"><xf/></cellStyleXfs>'
        '<cellXfs count="1"><xf numFmtId="0" xfId="0"/></cellXfs>'
        '<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>',
    }
    types = {
        "xl/workbook.xml": "spreadsheetml.sheet.main+xml",
        "xl/worksheets/sheet1.xml": "spreadsheetml.worksheet+xml",
        "xl/sharedStrings.xml": "spreadsheetml.sharedStrings+xml",
        "xl/styles.xml": "spreadsheetml.styles+xml",
    }
    links = {
        "xl/workbook.xml": ["worksheet worksheets/sheet1.xml", "sharedStrings sharedStrings.xml", "styles styles.xml"]
    }
    return _package("xl/workbook.xml", parts, types, links)


def _shape(number: int, text: str) -> str:
    """Return one text box of a slide."""
    runs = f"<a:r><a:rPr lang='en-GB'/><a:t>{escape(text)}</a:t></a:r>"
    return (
        f'<p:sp><p:nvSpPr><p:cNvPr id="{number + 2}" name="Text {number}"/><p:cNvSpPr/><p:nvPr/></p:nvSpPr><p:spPr/>'
        f"<p:txBody><a:bodyPr/><a:p>{runs}</a:p></p:txBody></p:sp>"
    )


def _slide(element: str, shapes: str) -> str:
    relations = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    return (
        f'<p:{element} xmlns:p="{SLIDES}" xmlns:a="{DRAWING}" xmlns:r="{relations}"><p:cSld><p:spTree><p:nvGrpSpPr>'
        f'<p:cNvPr id="1" name=""/><p:cNvGrpSpPr/><p:nvPr/></p:nvGrpSpPr><p:grpSpPr/>{shapes}</p:spTree></p:cSld>'
        f"</p:{element}>"
    )


def presentation(slides: int = 26) -> bytes:
    """Return slides with six text boxes and speaker notes each."""
    relations = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    listed = "".join(f'<p:sldId id="{256 + n}" r:id="r{n}"/>' for n in range(1, slides + 1))
    parts = {
        "ppt/presentation.xml": f'<p:presentation xmlns:p="{SLIDES}" xmlns:r="{relations}"><p:sldIdLst>{listed}'
        '</p:sldIdLst><p:sldSz cx="9144000" cy="6858000"/><p:notesSz cx="6858000" cy="9144000"/></p:presentation>'
    }
    types = {"ppt/presentation.xml": "presentationml.presentation.main+xml"}
    links = {"ppt/presentation.xml": [f"slide slides/slide{n}.xml" for n in range(1, slides + 1)]}
    for n in range(1, slides + 1):
        shapes = "".join(_shape(each, _line(n * 6 + each)) for each in range(6))
        parts[f"ppt/slides/slide{n}.xml"] = _slide("sld", shapes)
        parts[f"ppt/notesSlides/notesSlide{n}.xml"] = _slide(
            "notes", _shape(1, " ".join(_line(n * 9 + each) for each in range(5)))
        )
        types[f"ppt/slides/slide{n}.xml"] = "presentationml.slide+xml"
        types[f"ppt/notesSlides/notesSlide{n}.xml"] = "presentationml.notesSlide+xml"
        links[f"ppt/slides/slide{n}.xml"] = [f"notesSlide ../notesSlides/notesSlide{n}.xml"]
        links[f"ppt/notesSlides/notesSlide{n}.xml"] = [f"slide ../slides/slide{n}.xml"]
    return _package("ppt/presentation.xml", parts, types, links)


def portable_document(pages: int = 22, *, first: int = 0) -> bytes:
    """Return a PDF of `pages` pages with about 750 characters each; lines are numbered from `first`."""
    target = io.BytesIO()
    with pikepdf.new() as document:
        made = pikepdf.Dictionary(Type=pikepdf.Name.Font, Subtype=pikepdf.Name.Type1, BaseFont=pikepdf.Name.Helvetica)
        font = document.make_indirect(made)
        for page in range(pages):
            document.add_blank_page(page_size=(595, 842))
            lines = "".join(f"({_line(first + page * LINES_A_PAGE + n)}) ' " for n in range(LINES_A_PAGE))
            document.pages[page].Resources = pikepdf.Dictionary(Font=pikepdf.Dictionary(F1=font))
            content = f"BT /F1 11 Tf 16 TL 60 780 Td {lines} ET".encode()
            document.pages[page].Contents = document.make_stream(content)
        document.docinfo["/Title"] = "Minutes"
        document.save(target, deterministic_id=True)
    return target.getvalue()


def web_page() -> bytes:
    """Return a page of about 143 kB: paragraphs, links, a table."""
    rows = "".join(f"<tr><td>{n}</td><td class='c'>{_line(n)}</td><td>{n * 7}</td></tr>\n" for n in range(500))
    texts = "".join(
        f'<p class="text">{_line(n)} <a href="/minutes/{n}">Minutes</a> and <b>more</b> of it.</p>\n'
        for n in range(600)
    )
    head = "<!DOCTYPE html><html><head><title>Minutes</title></head>"
    return f"{head}<body>{texts}<table>{rows}</table></body></html>".encode()


def message() -> bytes:
    """Return a mail of about 92 kB: two alternatives and five attachments."""
    made = EmailMessage(policy=SMTP)
    made["From"], made["To"], made["Subject"] = "clerk@bench.example", "friend@partner.example", "Minutes of Tuesday"
    made["Date"], made["Message-ID"] = "Sun, 22 Nov 2026 09:00:00 +0000", "<bench@bench.example>"
    text = "\n".join(_line(n) for n in range(120))
    made.set_content(text)
    made.add_alternative(f"<html><body><p>{text}</p></body></html>", subtype="html")
    for number in range(5):
        content = "\n".join(_line(number * 130 + n) for n in range(130)).encode()
        made.add_attachment(content, maintype="application", subtype="octet-stream", filename=f"minutes-{number}.txt")
    return made.as_bytes()


def sizeable() -> Iterator[tuple[str, bytes]]:
    """Yield kind and bytes of each document."""
    yield "docx", word_document()
    yield "docx, many runs", word_document(runs=True)
    yield "xlsx", workbook()
    yield "pptx", presentation()
    yield "pdf", portable_document()
    yield "html", web_page()
    yield "eml", message()
