r"""RTF with a canary in every place where its specification (1.9.1) lets words stand."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator

from PIL import Image, ImageDraw, ImageFont

from gateway.testing.canaries import Cage, CanaryDocument
from gateway.testing.compound import compound

FONTS = r"{\fonttbl{\f0\fswiss\fcharset0 Arial;}{\f1\froman\fcharset204 Times New Roman Cyr;}}"


def ole1(kind: str, native: bytes) -> bytes:
    """Return an embedded object as OLE 1.0 writes one ([MS-OLEDS] 2.2.5)."""
    name = kind.encode() + b"\0"
    return b"".join(
        (
            *(number.to_bytes(4, "little") for number in (0x501, 2, len(name))),
            name,
            bytes(8),
            len(native).to_bytes(4, "little"),
            native,
            *(number.to_bytes(4, "little") for number in (0x501, 0)),
        )
    )


def package(label: str, path: str, content: bytes) -> bytes:
    """Return what the Object Packager keeps of a file."""
    names = [name.encode() + b"\0" for name in (label, path)]
    temporary = path.encode() + b"\0"
    sizes = [len(temporary).to_bytes(4, "little"), len(content).to_bytes(4, "little")]
    return b"\2\0" + b"".join(names) + b"\0\0\3\0" + sizes[0] + temporary + sizes[1] + content


def picture(word: str) -> bytes:
    """Return a PNG that shows a word, large and black on white."""
    image = Image.new("L", (60 + 30 * len(word), 110), 255)
    ImageDraw.Draw(image).text((30, 36), word, fill=0, font=ImageFont.load_default(36))
    target = io.BytesIO()
    image.save(target, "PNG")
    return target.getvalue()


def theme(word: str) -> bytes:
    """Return a theme as Word packs it."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr(zipfile.ZipInfo("[Content_Types].xml"), "<Types/>")
        file.writestr(zipfile.ZipInfo("theme/theme/theme1.xml"), f"<?xml version='1.0'?><a><b>{word}</b></a>")
    return target.getvalue()


def documents() -> Iterator[CanaryDocument]:
    """Yield the RTF documents."""
    cage = Cage.of("rtf")
    text = "\n".join((*_top(cage), *_margins(cage), *_body(cage), *_fields(cage), *_shapes(cage), *_objects(cage)))
    yield cage.document("canary.rtf", (text + "}\n" + cage("after the last brace")).encode("latin-1"))


def _top(cage: Cage) -> Iterator[str]:
    """Yield what stands before the body: properties, labels, variables, names of styles and authors."""
    yield r"{\rtf1\ansi\ansicpg1252\deff0\uc1" + FONTS
    yield rf"{{\stylesheet{{\s0 Normal;}}{{\s1 {cage('style name')};}}}}"
    yield rf"{{\*\revtbl{{Unknown;}}{{{cage('revision author')};}}}}"
    yield rf"{{\*\listtable{{\list{{\listname {cage('list name')};}}\listid1}}}}"
    yield rf"{{\*\generator {cage('generator')};}}{{\info"
    for word in ("title", "subject", "author", "operator", "keywords", "doccomm", "hlinkbase"):
        yield rf"{{\{word} {cage(f'property {word}')}}}"
    yield rf"{{\*\manager {cage('property manager')}}}{{\*\company {cage('property company')}}}"
    yield rf"{{\*\category {cage('property category')}}}{{\creatim\yr2026\mo1\dy2}}}}"
    yield rf"{{\*\userprops{{\propname Project}}\proptype30{{\staticval {cage('custom property')}}}"
    label = "MSIP_Label_0a1b2c3d-0000-4000-8000-000000000001_Name"
    yield rf"{{\propname {label}}}\proptype30{{\staticval {cage('Purview label')}}}"
    yield rf"{{\propname bjDocumentSecurityLabel}}\proptype30{{\staticval {cage('Boldon James label')}}}}}"
    yield rf"{{\*\docvar {{Case}}{{{cage('document variable')}}}}}"
    yield rf"{{\*\xmlnstbl {{\xmlns1 urn:{cage('XML name space')}}}}}"
    item = f"<?xml version='1.0'?><case>{cage('custom XML in the data store')}</case>"
    store = ole1("Msxml2.SAXXMLReader.6.0", compound({"MsoDataStore": {"A": {"Item": item.encode()}}}))
    yield rf"{{\*\datastore {store.hex()}}}"
    yield rf"{{\*\themedata {theme(cage('theme data')).hex()}}}"
    yield rf"{{\*\unknowndestination {cage('unknown destination')}}}"


def _margins(cage: Cage) -> Iterator[str]:
    """Yield headers and footers, and the footnotes' separator."""
    for word in ("header", "headerl", "headerr", "headerf", "footer", "footerl", "footerr", "footerf"):
        yield rf"{{\{word}\pard\plain {cage(word)}\par}}"
    yield rf"{{\*\ftnsep\pard {cage('footnote separator')}\par}}"


def _body(cage: Cage) -> Iterator[str]:
    """Yield the body: paragraphs, tables, notes, comments, hidden and tracked text, text in other alphabets."""
    yield rf"\pard\plain {cage('body')}\par {{\cf8 {cage('white text')}}}\par"
    yield rf"\trowd\cellx100\cellx200\intbl {cage('table cell')}\cell {cage('second cell')}\cell\row\pard"
    yield rf"{{\itap2 {cage('nested cell')}\nestcell{{\*\nesttableprops\trowd\nestrow}}{{\nonesttables\par}}}}"
    yield rf"x{{\super\chftn}}{{\footnote\pard {{\super\chftn}} {cage('footnote')}}}\par"
    yield rf"y{{\footnote\ftnalt\pard {cage('endnote')}}}\par"
    yield rf"z{{\*\atnid {cage('comment initials')}}}{{\*\atnauthor {cage('comment author')}}}\chatn"
    yield rf"{{\*\annotation{{\*\atndate 1234567890}}{cage('comment')}}}\par"
    yield rf"a {{\v {cage('hidden text')}}} {{\deleted\revauthdel1 {cage('tracked deletion')}}}"
    yield rf"{{\revised\revauth1 {cage('tracked insertion')}}} {{\mvf {cage('moved away')}}}\par"
    yield rf"{{\listtext {cage('list number')}\tab}}item\par{{\*\bkmkstart {cage('bookmark')}}}b"
    yield rf"{{\xe {{{cage('index entry')}}}}}{{\tc {cage('entry of contents')}}}\par"
    yield "".join(rf"\u{ord(char)}?" for char in cage("characters by number")) + r"\par"
    yield "".join(rf"\'{ord(char):02x}" for char in cage("characters in hexadecimal")) + r"\par"
    yield rf"{{\upr{{{cage('for programs without Unicode')}}}{{\*\ud{{{cage('for programs with Unicode')}}}}}}}\par"
    yield rf"{{\*\mmath{{\*\moMath{{\mr {cage('formula')}}}}}}}\par"


def _fields(cage: Cage) -> Iterator[str]:
    """Yield fields: codes, results, and forms."""
    yield rf'{{\field{{\*\fldinst HYPERLINK "https://{cage("link target")}"}}{{\fldrslt {cage("field result")}}}}}\par'
    form = rf"{{\*\ffname {cage('form field name')}}}{{\*\ffdeftext {cage('form default')}}}"
    form += rf"{{\*\ffhelptext {cage('form help')}}}{{\*\ffl {cage('form list entry')}}}"
    yield rf"{{\field{{\*\fldinst FORMTEXT {{\*\formfield{{\fftype0{form}}}}}}}{{\fldrslt x}}}}\par"


def _shapes(cage: Cage) -> Iterator[str]:
    """Yield drawings: text boxes new and old, WordArt, alternative text."""
    yield r"{\shp{\*\shpinst\shpleft0{\sp{\sn shapeType}{\sv 202}}"
    yield rf"{{\sp{{\sn wzDescription}}{{\sv {cage('alternative text')}}}}}"
    yield rf"{{\sp{{\sn wzName}}{{\sv {cage('shape name')}}}}}{{\shptxt\pard {cage('text box')}\par}}}}}}"
    yield rf"{{\header{{\shp{{\*\shpinst{{\sp{{\sn gtextUNICODE}}{{\sv {cage('watermark')}}}}}}}}}}}"
    yield rf"{{\*\do\dobxpage{{\dptxbx{{\dptxbxtext\pard {cage('old text box')}\par}}}}}}"


def _objects(cage: Cage) -> Iterator[str]:
    """Yield objects and pictures."""
    file = package(
        f"{cage('package label')} x.txt", f"C:\\{cage('package path')} x.txt", cage("file in a package").encode()
    )
    packed = ole1("Package", file).hex()
    yield rf"{{\object\objemb{{\*\objclass {cage('object class')}}}{{\*\objdata {packed}}}"
    yield rf"{{\result {cage('result')}}}}}\par"
    yield rf"{{\*\shppict{{\pict{{\*\picprop{{\sp{{\sn wzDescription}}{{\sv {cage('picture alt')}}}}}}}\pngblip"
    yield picture(cage("picture")).hex() + "}}"
