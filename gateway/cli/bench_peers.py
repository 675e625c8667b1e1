"""The peers of `gateway bench extract`: what other libraries make of the same bytes. Those not installed are left out.

Each is given every option that makes it say more. Installed by `pip install 'secure-transfer-gateway[bench]'`.
"""

from __future__ import annotations

import email
import email.policy
import importlib.util
import io
from collections.abc import Callable, Iterator
from typing import Any

from gateway.extract import media

Reads = Callable[[bytes], str]
TYPES = {
    "docx": media.DOCX, "xlsx": media.XLSX, "pptx": media.PPTX, "pdf": media.PDF, "html": media.HTML,
    "eml": media.MAIL, "rtf": media.RTF, "odt": media.ODT, "ods": media.ODS, "odp": media.ODP, "doc": media.WORD_97,
    "xls": media.EXCEL_97, "ppt": media.POWERPOINT_97, "msg": media.OUTLOOK, "epub": media.EPUB,
}  # fmt: skip


def _installed(name: str) -> bool:
    return importlib.util.find_spec(name) is not None


def _kreuzberg(kind: str) -> Reads:
    import kreuzberg  # noqa: PLC0415 - optional

    wanted = kreuzberg.ContentFilterConfig(include_headers=True, include_footers=True, strip_repeating_text=False)
    config = kreuzberg.ExtractionConfig(content_filter=wanted, use_cache=False)

    def read(data: bytes) -> str:
        result = kreuzberg.extract_bytes_sync(data, TYPES[kind], config)
        return f"{result.content}\n{result.metadata}\n{result.tables}\n{result.children}\n{result.annotations}"

    return read


def _core(properties: object) -> list[str]:
    """Return the core properties that hold words."""
    names = (
        "author category comments content_status identifier keywords language last_modified_by subject title version"
    )
    return [str(getattr(properties, name, "")) for name in names.split()]


def _python_docx() -> Reads:
    import docx  # noqa: PLC0415 - optional

    def read(data: bytes) -> str:
        document = docx.Document(io.BytesIO(data))
        said = [paragraph.text for paragraph in document.paragraphs]
        said += [cell.text for table in document.tables for row in table.rows for cell in row.cells]
        for section in document.sections:
            heads = (section.header, section.first_page_header, section.even_page_header)
            feet = (section.footer, section.first_page_footer, section.even_page_footer)
            said += [paragraph.text for edge in (*heads, *feet) for paragraph in edge.paragraphs]
        said += [comment.text + comment.author for comment in getattr(document, "comments", ())]
        return "\n".join([*said, *_core(document.core_properties)])

    return read


def _openpyxl() -> Reads:
    import openpyxl  # noqa: PLC0415 - optional

    def read(data: bytes) -> str:
        book = openpyxl.load_workbook(io.BytesIO(data))
        said: list[Any] = [book.properties.creator, book.properties.title, *book.sheetnames, *book.defined_names]
        said += [name.attr_text for name in book.defined_names.values()]
        said += [prop.value for prop in book.custom_doc_props.props]
        for sheet in book.worksheets:
            for row in sheet.iter_rows():
                said += [cell.value for cell in row]
                said += [cell.comment.text + cell.comment.author for cell in row if cell.comment]
                said += [cell.hyperlink.target for cell in row if cell.hyperlink]
            said += [sheet.oddHeader.center.text, sheet.oddFooter.center.text]
            for rule in sheet.data_validations.dataValidation:
                said += [rule.formula1, rule.prompt, rule.error]
        return "\n".join(str(each) for each in said)

    return read


def _python_pptx() -> Reads:
    import pptx  # noqa: PLC0415 - optional

    def of(shapes: Any) -> Iterator[str]:  # noqa: ANN401 - the library tells no types
        for shape in shapes:
            yield shape.name
            if shape.has_text_frame:
                yield shape.text_frame.text
            if getattr(shape, "has_table", False):
                yield from (cell.text for row in shape.table.rows for cell in row.cells)
            if hasattr(shape, "shapes"):
                yield from of(shape.shapes)

    def read(data: bytes) -> str:
        show = pptx.Presentation(io.BytesIO(data))
        said = _core(show.core_properties)
        for slide in show.slides:
            said += of(slide.shapes)
            if slide.has_notes_slide and slide.notes_slide.notes_text_frame is not None:
                said.append(slide.notes_slide.notes_text_frame.text)
        for master in show.slide_masters:
            said += of(master.shapes)
            said += [text for layout in master.slide_layouts for text in of(layout.shapes)]
        return "\n".join(said)

    return read


def _stdlib_mail() -> Reads:
    def read(data: bytes) -> str:
        message = email.message_from_bytes(data, policy=email.policy.compat32)
        said = []
        for part in message.walk():
            said += [f"{name}: {value}" for name, value in part.items()]
            content = part.get_payload(decode=True)
            said.append(content.decode("utf-8", "replace") if isinstance(content, bytes) else "")
        return "\n".join(said)

    return read


def peers(kind: str) -> dict[str, Reads]:
    """Return the peers that are installed and read this kind of document."""
    found: dict[str, Reads] = {}
    if _installed("kreuzberg") and kind in TYPES:
        found["kreuzberg"] = _kreuzberg(kind)
    own = {"docx": ("docx", _python_docx), "xlsx": ("openpyxl", _openpyxl), "pptx": ("pptx", _python_pptx)}
    if kind in own and _installed(own[kind][0]):
        found[{"docx": "python-docx", "pptx": "python-pptx"}.get(kind, own[kind][0])] = own[kind][1]()
    if kind == "eml":
        found["stdlib email"] = _stdlib_mail()
    return found
