"""Office documents written as one XML file: each becomes what its own extractor reads.

Flat OPC (`pkg:package`, ECMA-376 part 2) becomes a package again, flat OpenDocument (1.3 part 3, 3.1) becomes one too.
WordprocessingML and SpreadsheetML of Office 2003 are walked here: what stands apart is cut out first.
"""

from __future__ import annotations

import binascii
import io
import re
import zipfile
from collections.abc import Iterable, Iterator
from typing import Final

from gateway.extract import Inner, Limits
from gateway.extract.formats.columns import WIDEST
from gateway.extract.formats.leaves import EntityDeclared, properties
from gateway.extract.formats.office.markup import Markup
from gateway.model.inspection import Gap, GapKind, Segment, Where

START: Final = 20_000
SPACES: Final = (
    "schemas.microsoft.com/office/",
    "schemas.openxmlformats.org/",
    "urn:schemas-microsoft-com:office",
    "urn:oasis:names:tc:opendocument",
)
PART: Final = re.compile(
    r"<pkg:part\b([^>]*)>\s*(?:<pkg:xmlData\b[^>]*>(.*?)</pkg:xmlData>|<pkg:binaryData\b[^>]*>(.*?)</pkg:binaryData>)",
    re.DOTALL,
)
SAID: Final = re.compile(r'pkg:(name|contentType)\s*=\s*"([^"]*)"')
ROOT: Final = re.compile(r"<office:document\b[^>]*>")
KIND: Final = re.compile(r'office:mimetype\s*=\s*"([^"]*)"')
META: Final = re.compile(r"<office:meta\b.*?</office:meta>", re.DOTALL)
STYLES: Final = re.compile(r"<office:master-styles\b.*?</office:master-styles>", re.DOTALL)
BINARY: Final = re.compile(
    r"<((?:office:binary-data|(?:\w+:)?binData|(?:\w+:)?binaryData))\b([^>]*)>([^<]*)</\1>", re.DOTALL
)
NAME: Final = re.compile(r'\bname\s*=\s*"([^"]*)"')
ASIDE: Final = (
    (re.compile(r"<w:hdr\b.*?</w:hdr>", re.DOTALL), Where.HEADER),
    (re.compile(r"<w:ftr\b.*?</w:ftr>", re.DOTALL), Where.FOOTER),
    (re.compile(r'<aml:annotation\b[^>]*"Word\.Comment".*?</aml:annotation>', re.DOTALL), Where.COMMENT),
    (re.compile(r'<aml:annotation\b[^>]*"Word\.Deletion".*?</aml:annotation>', re.DOTALL), Where.TRACKED),
    (re.compile(r"<(?:ss:)?Comment\b.*?</(?:ss:)?Comment>", re.DOTALL), Where.COMMENT),
)
CUSTOM: Final = re.compile(r"<o:CustomDocumentProperties\b.*?</o:CustomDocumentProperties>", re.DOTALL)
PLAIN_PROPERTIES: Final = re.compile(r"<(?:o:)?DocumentProperties\b.*?</(?:o:)?DocumentProperties>", re.DOTALL)
GRID: Final = ((re.compile(r"<(/?)(?:ss:)?Row\b"), r"<\1row"), (re.compile(r"<(/?)(?:ss:)?Cell\b"), r"<\1tc"))
OPENED: Final = re.compile(r"<(?:ss:)?(Row|Cell)\b([^<>]*)")
STANDS: Final = re.compile(r'\bss:(Index|MergeAcross)\s*=\s*"([0-9]{1,5})"')
FORMULA: Final = re.compile(r'\bss:Formula="([^"]*)"')
DECLARATION: Final = re.compile(r"^\s*<\?xml[^>]*\?>")
ENTITY: Final = re.compile(r"<!ENTITY\b")
Found = Segment | Inner | Gap


def is_office(text: str) -> bool:
    """Say whether an XML file is an Office document."""
    start = text[:START]
    return any(space in start for space in SPACES)


def read_office(text: str, limits: Limits) -> Iterator[Found]:
    """Read an Office document in one file; `expat.ExpatError`, `EntityDeclared`."""
    if ENTITY.search(text[:START]):
        raise EntityDeclared
    if "<pkg:package" in text[:START] and (parts := PART.findall(text)):
        yield from _package(parts, limits)
    elif (root := ROOT.search(text[:START])) and (kind := KIND.search(root[0])):
        yield from _open_document(text, root[0], kind[1])
    else:
        yield from _of_2003(text)


def _package(parts: Iterable[tuple[str, str, str]], limits: Limits) -> Iterator[Found]:
    """Put the parts of Flat OPC into a package; what is in base64 was only ever written so."""
    files: dict[str, bytes] = {}
    types = []
    for head, xml, binary in parts:
        said = dict(SAID.findall(head))
        name = said.get("name", "").lstrip("/")
        types.append(f'<Override PartName="/{name}" ContentType="{said.get("contentType", "")}"/>')
        data = xml.encode("utf-8", "replace") if xml else _from_base64(binary)
        if data is None:
            yield Gap(part=name.rpartition("/")[2], kind=GapKind.CORRUPT, detail="base64")
            continue
        files[name] = data
        if len(files) > limits.parts:
            yield Gap(part="", kind=GapKind.TOO_MANY, detail="parts")
            break
    listed = f'<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">{"".join(types)}</Types>'
    yield Inner(name="package", data=_zip({"[Content_Types].xml": listed.encode("utf-8", "replace"), **files}))


def _open_document(text: str, root: str, kind: str) -> Iterator[Found]:
    """Put flat OpenDocument into a package: properties and page styles apart from the content, as they are there."""
    files = {"mimetype": kind.encode("utf-8", "replace")}
    embedded: list[Inner | Gap] = []
    text = BINARY.sub(lambda match: _embedded(match, embedded), text)
    for pattern, name in ((META, "meta.xml"), (STYLES, "styles.xml")):
        found = pattern.findall(text)
        if found:
            files[name] = f"{root}{''.join(found)}</office:document>".encode("utf-8", "replace")
            text = pattern.sub("", text)
    files["content.xml"] = text.encode("utf-8", "replace")
    yield from embedded
    yield Inner(name="package", data=_zip(files))


def _of_2003(text: str) -> Iterator[Found]:
    """Walk a document of Office 2003, or a part of a package that stands by itself."""
    embedded: list[Inner | Gap] = []
    text = BINARY.sub(lambda match: _embedded(match, embedded), text)
    yield from embedded
    for pattern in (PLAIN_PROPERTIES, CUSTOM):
        for block in pattern.findall(text):
            yield from properties(block.encode("utf-8", "replace"))
        text = pattern.sub("", text)
    for pattern, where in ASIDE:
        for block in pattern.findall(text):
            yield from _walked(block.replace("aml:annotation", "aml:content"), where)
        text = pattern.sub("", text)
    text = text.replace("aml:annotation", "aml:content")  # insertions and formats: part of the text
    for formula in dict.fromkeys(FORMULA.findall(text)):
        yield Segment(where=Where.FORMULA, text=formula)
    text = OPENED.sub(_Places().placed, text)
    for pattern, made in GRID:
        text = pattern.sub(made, text)
    yield from _walked(text, Where.BODY)


class _Places:
    """Where the cells of a workbook stand, while they are met one after the other."""

    def __init__(self) -> None:
        self.written = 0
        self.following = 1

    def placed(self, opened: re.Match[str]) -> str:
        """Return the tag of a row, or that of a cell behind an empty one for each that is missing before it."""
        if opened[1] == "Row":
            self.written, self.following = 0, 1
            return opened[0]
        said = dict(STANDS.findall(opened[2]))
        column = int(said.get("Index", self.following))
        empty = min(column - self.written - 1, WIDEST)
        self.written, self.following = column, column + 1 + int(said.get("MergeAcross", 0))
        return "<tc/>" * empty + opened[0]


def _walked(xml: str, where: Where) -> list[Segment]:
    """Return the words of a piece of mark-up."""
    markup = Markup(where)
    markup.read(DECLARATION.sub("", xml, count=1).encode("utf-8", "replace"))
    return list(markup.segments())


def _embedded(match: re.Match[str], embedded: list[Inner | Gap]) -> str:
    """Take a file out of the mark-up."""
    data = _from_base64(match[3])
    named = NAME.search(match[2])
    name = named[1].rpartition("/")[2] if named else "embedded"
    embedded.append(
        Gap(part=name, kind=GapKind.CORRUPT, detail="base64") if data is None else Inner(name=name, data=data)
    )
    return ""


def _from_base64(text: str) -> bytes | None:
    """Return the bytes of base64; None where it is none."""
    try:
        return binascii.a2b_base64(text.encode("ascii", "replace"))
    except binascii.Error:
        return None


def _zip(files: dict[str, bytes]) -> bytes:
    """Return a package of files, not compressed."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as package:
        for name, data in files.items():
            package.writestr(zipfile.ZipInfo(name), data)
    return target.getvalue()
