"""Small documents for trying, testing and measuring: made here, so that none has to be stored."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence
from email.message import EmailMessage
from email.policy import SMTP
from html import escape

W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
R = 'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"'
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml"
DECLARATION = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'


def _paragraphs(lines: Sequence[str]) -> str:
    return "".join(f'<w:p><w:r><w:t xml:space="preserve">{escape(line)}</w:t></w:r></w:p>' for line in lines)


def docx(lines: Sequence[str], *, header: str = "") -> bytes:
    """Return a Word document (ECMA-376) with these paragraphs, and `header` on top of every page."""
    types = (
        f'{DECLARATION}<Types xmlns="{PACKAGE}/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        '<Default Extension="xml" ContentType="application/xml"/>'
        f'<Override PartName="/word/document.xml" ContentType="{WORD}.document.main+xml"/>'
        f'<Override PartName="/word/header1.xml" ContentType="{WORD}.header+xml"/></Types>'
    )
    to_document = (
        f'{DECLARATION}<Relationships xmlns="{PACKAGE}/relationships">'
        f'<Relationship Id="r1" Type="{OFFICE}/officeDocument" Target="word/document.xml"/></Relationships>'
    )
    to_header = (
        f'{DECLARATION}<Relationships xmlns="{PACKAGE}/relationships">'
        f'<Relationship Id="r1" Type="{OFFICE}/header" Target="header1.xml"/></Relationships>'
    )
    section = '<w:sectPr><w:headerReference w:type="default" r:id="r1"/></w:sectPr>'
    body = f"{DECLARATION}<w:document {W} {R}><w:body>{_paragraphs(lines)}{section}</w:body></w:document>"
    files = {
        "[Content_Types].xml": types,
        "_rels/.rels": to_document,
        "word/document.xml": body,
        "word/header1.xml": f"{DECLARATION}<w:hdr {W}>{_paragraphs([header])}</w:hdr>",
        "word/_rels/document.xml.rels": to_header,
    }
    return zipped({name: text.encode() for name, text in files.items()})


def zipped(files: dict[str, bytes]) -> bytes:
    """Return a ZIP of these files, the same bytes each time."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(zipfile.ZipInfo(name, (2026, 1, 1, 0, 0, 0)), content, zipfile.ZIP_DEFLATED)
    return target.getvalue()


def mail(sender: str, recipient: str, subject: str, text: str, attachments: Sequence[tuple[str, bytes]] = ()) -> bytes:
    """Return a message (RFC 5322) as a mail program would send it."""
    message = EmailMessage(policy=SMTP)
    message["From"], message["To"], message["Subject"] = sender, recipient, subject
    message["Message-ID"] = f"<{abs(hash((sender, recipient, subject, text)))}@mail.test>"
    message["Date"] = "Sun, 22 Nov 2026 09:00:00 +0000"
    message.set_content(text)
    for name, content in attachments:
        message.add_attachment(content, maintype="application", subtype="octet-stream", filename=name)
    return message.as_bytes()


def samples() -> dict[str, bytes]:
    """Return the documents a newcomer tries first."""
    letter = ["Dear colleague,", "The plan for the spring term is attached for your comments.", "Kind regards"]
    return {
        "harmless.docx": docx(letter),
        "protect.docx": docx(letter, header="PROTECT - PERSONAL"),
        "restricted.docx": docx(letter, header="RESTRICTED"),
    }
