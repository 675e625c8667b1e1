"""Plain text, tables, JSON and XML; Office documents in one XML file."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator

from gateway.testing.canaries import Cage, CanaryDocument


def documents() -> Iterator[CanaryDocument]:
    """Yield one document of each format."""
    yield _text()
    yield from _tables()
    yield _json()
    yield _xml()
    yield _word_2003()
    yield _flat_odf()


def _pasted(word: str) -> str:
    """Return a text in base64, long enough to be taken for one."""
    return base64.encodebytes(
        f"A text that was encoded and pasted, and says {word}. {'More of it. ' * 20}".encode()
    ).decode()


def _text() -> CanaryDocument:
    """Return a text in UTF-16 with files pasted into it."""
    put = Cage.of("txt")
    text = f"first {put('first line')}\n\n{_pasted(put('base64'))}\nthen\nbegin-base64 644 {put('name')}.txt\n"
    text += f"{base64.b64encode(put('uuencoded').encode()).decode()}\n====\nlast {put('last line')}\n"
    return put.document("letter.txt", text.encode("utf-16"))


def _tables() -> Iterator[CanaryDocument]:
    """Return a table with commas, and one with tabs in UTF-16."""
    put = Cage.of("csv")
    rows = (
        f'name,{put("heading")},note\nx,{put("cell")},"one\ntwo {put("line in a cell")}"\ny,"a ""{put("quoted")}""",\n'
    )
    yield put.document("table.csv", rows.encode())
    put = Cage.of("tsv")
    rows = f"name\t{put('heading')}\nx\t{put('cell')}\ny\t{put('last cell')}\n"
    yield put.document("table.tsv", rows.encode("utf-16"))


def _json() -> CanaryDocument:
    """Return JSON."""
    put = Cage.of("json")
    escaped = "".join(f"\\u{ord(letter):04x}" for letter in put("escaped"))
    made = {
        put("key"): put("value"),
        "list": [1, put("item"), {"deep": {"deeper": put("nested")}}],
        "inner": json.dumps({"a": put("JSON in a string")}),
        "file": _pasted(put("base64")),
    }
    return put.document("data.json", json.dumps(made)[:-1].encode() + f', "e": "{escaped}"}}'.encode())


def _xml() -> CanaryDocument:
    """Return XML of a vocabulary of its own."""
    put = Cage.of("xml")
    xml = f"""<?xml version="1.0" encoding="iso-8859-1"?><?note {put("instruction")}?><!-- {put("comment")} -->
<people><person id="{put("attribute")}"><name>{put("text")}</name><note>mixed <i>{put("mixed")}</i></note>
<x><![CDATA[<raw> {put("cdata")}]]></x></person><{put("element name")}>y</{put.canaries[-1].word}></people>"""
    return put.document("people.xml", xml.encode())


def _word_2003() -> CanaryDocument:
    """Return a document of Word 2003 in XML."""
    put = Cage.of("wordml")
    file = base64.b64encode(f"text {put('binary data')}".encode()).decode()
    xml = f"""<?xml version="1.0"?><?mso-application progid="Word.Document"?>
<w:wordDocument xmlns:w="http://schemas.microsoft.com/office/word/2003/wordml" xmlns:v="urn:schemas-microsoft-com:vml"
 xmlns:aml="http://schemas.microsoft.com/aml/2001/core" xmlns:o="urn:schemas-microsoft-com:office:office"
 xmlns:dt="uuid:C2F41010-65B3-11d1-A29F-00AA00C14882">
<o:DocumentProperties><o:Title>{put("title")}</o:Title><o:Author>{put("author")}</o:Author></o:DocumentProperties>
<o:CustomDocumentProperties><o:bjDocumentSecurityLabel dt:dt="string">{put("label")}</o:bjDocumentSecurityLabel>
</o:CustomDocumentProperties><w:body><w:p><w:r><w:t>{put("paragraph")}</w:t></w:r></w:p>
<w:p><w:r><w:pict><v:textbox><w:txbxContent>
<w:p><w:r><w:t>{put("text box")}</w:t></w:r></w:p></w:txbxContent></v:textbox>
<w:binData w:name="wordml://note.txt">{file}</w:binData></w:pict></w:r></w:p>
<w:p><aml:annotation aml:author="{put("comment author")}" w:type="Word.Comment"><aml:content><w:p><w:r>
<w:t>{put("comment")}</w:t></w:r></w:p></aml:content></aml:annotation><aml:annotation aml:author="x"
 w:type="Word.Deletion"><aml:content><w:r><w:delText>{put("deleted")}</w:delText></w:r></aml:content></aml:annotation>
</w:p>
<w:sectPr><w:hdr w:type="odd"><w:p><w:r><w:t>{put("header")}</w:t></w:r></w:p></w:hdr>
<w:ftr w:type="odd"><w:p><w:r><w:t>{put("footer")}</w:t></w:r></w:p></w:ftr></w:sectPr></w:body></w:wordDocument>"""
    return put.document("letter-2003.xml", xml.encode())


def _flat_odf() -> CanaryDocument:
    """Return flat OpenDocument."""
    put = Cage.of("fodt")
    file = base64.b64encode(f"text {put('binary data')}".encode()).decode()
    spaces = " ".join(
        f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"'
        for name in ("office", "text", "style", "meta", "draw")
    )
    xml = f"""<?xml version="1.0"?><office:document {spaces} xmlns:dc="http://purl.org/dc/elements/1.1/"
 office:version="1.3" office:mimetype="application/vnd.oasis.opendocument.text">
<office:meta><dc:title>{put("title")}</dc:title>
<meta:user-defined meta:name="Note">{put("own property")}</meta:user-defined>
</office:meta><office:master-styles><style:master-page style:name="S"><style:header><text:p>{put("header")}</text:p>
</style:header></style:master-page></office:master-styles><office:body><office:text><text:p>{put("paragraph")}
<office:annotation><dc:creator>{put("comment author")}</dc:creator><text:p>{put("comment")}</text:p></office:annotation>
<draw:frame><draw:image><office:binary-data>{file}</office:binary-data></draw:image></draw:frame></text:p>
</office:text></office:body></office:document>"""
    return put.document("letter.fodt", xml.encode())
