"""Reads files made by the tests, and makes those for which there is no library."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping

from gateway.extract import Extraction, Limits
from gateway.extract.builtin import builtin
from gateway.extract.walk import extract
from gateway.model.inspection import GapKind, Where
from gateway.testing.sealed import sealed

XML = '<?xml version="1.0"?>'
EXTRACTORS = builtin()
W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
MAIN = {
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml",
    "pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation.main+xml",
}


def opened(data: bytes, name: str = "file", limits: Limits | None = None) -> Extraction:
    """Extract under the seal: touching anything fails the test."""
    with sealed():
        return extract(name, data, limits or Limits(), EXTRACTORS)


def texts(extraction: Extraction, where: Where | None = None) -> str:
    """Return all text, or that of one place, one segment a line. The name that the file came with is left out."""
    return "\n".join(
        segment.text
        for part in extraction.parts
        for segment in part.segments
        if segment.name != "path" and (where is None or segment.where is where)
    )


def kinds(extraction: Extraction) -> set[GapKind]:
    """Return the kinds of all gaps."""
    return {gap.kind for gap in extraction.gaps}


def archive(parts: Mapping[str, bytes | str]) -> bytes:
    """Return a ZIP."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as file:
        for name, content in parts.items():
            file.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED)  # of 1980: the same bytes every time
    return target.getvalue()


def office(kind: str, parts: Mapping[str, bytes | str]) -> bytes:
    """Return an OOXML package."""
    types = f'<Types><Override PartName="/main.xml" ContentType="{MAIN[kind]}"/></Types>'
    return archive({"[Content_Types].xml": types, **parts})


def word(body: str, **parts: str) -> bytes:
    """Return a docx whose document body is `body`; further parts by name under `word/`, without `.xml`."""
    spaces = f'{W} xmlns:v="urn:v" xmlns:wps="urn:wps" xmlns:mc="urn:mc" xmlns:wp="urn:wp"'
    document = f'<?xml version="1.0"?><w:document {spaces}><w:body>{body}</w:body></w:document>'
    further = {f"word/{name}.xml": f'<?xml version="1.0"?><w:x {spaces}>{text}</w:x>' for name, text in parts.items()}
    return office("docx", {"word/document.xml": document, **further})
