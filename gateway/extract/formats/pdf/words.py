"""Strings of a PDF as text (ISO 32000-2, 7.9.2), where they stand by the key they hang under, and rich text."""

from __future__ import annotations

import html
import re
from typing import Final, NamedTuple

from pikepdf.codec import PdfDocCodec

from gateway.model.inspection import Where

PDF_DOC: Final = PdfDocCodec()


class Place(NamedTuple):
    """Where text stands, and what its segment is called."""

    where: Where
    name: str


_HIDDEN = {
    "/JS": "script",
    "/Alt": "alternative text",
    "/ActualText": "alternative text",
    "/E": "alternative text",
    "/URI": "links",
    "/Dests": "names",
    "/D": "names",
    "/Dest": "names",
    "/Names": "names",
    "/Nums": "page labels",
    "/P": "page labels",
}
BY_KEY: Final = {
    **{key: Place(Where.HIDDEN, name) for key, name in _HIDDEN.items()},
    **dict.fromkeys(("/Contents", "/RC", "/Subj", "/OverlayText", "/CA", "/RO"), Place(Where.ANNOTATION, "annotation")),
    **dict.fromkeys(("/V", "/DV", "/RV", "/TU", "/TM", "/Opt"), Place(Where.FIELD, "field")),
    **dict.fromkeys(("/UF", "/DOS", "/Mac", "/Unix", "/Desc"), Place(Where.ATTACHMENT_NAME, "")),
}
OWN: Final = frozenset({"/JS", "/URI", "/Alt", "/ActualText", "/UF", "/Desc", "/D", "/Dest"})  # whatever they stand in
RICH: Final = frozenset({"/RC", "/RV", "/RO"})
DATES: Final = frozenset({"/M", "/CreationDate", "/ModDate", "/LastModified"})
DATE: Final = re.compile(r"(?:D:)?\d{4,14}(?:[-+Z]\d{0,2}'?\d{0,2}'?)?")
CODES: Final = {  # strings of these keys that look so are for programs
    **dict.fromkeys(DATES, DATE),
    "/DA": re.compile(r"[^()]*\sTf\b[^()]*"),
    "/CharSet": re.compile(r"(?:/[A-Za-z0-9._]+)+"),
    "/Lang": re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8})*"),
    "/Registry": re.compile("Adobe"),
    "/ID": re.compile(r".{14,16}|[0-9A-Fa-f]{32}", re.DOTALL),
}
LANGUAGE: Final = re.compile("\x1b[^\x1b]{2,8}\x1b")  # 7.9.2.2.1: an escape that names the language
BLOCK: Final = re.compile(r"<(?:/?(?:p|div|li|ul|ol|tr|h[1-6]|body)|br)\b[^>]*>", re.IGNORECASE)
TAG: Final = re.compile(r"<[^>]*>")
ATTRIBUTE: Final = re.compile(r"=\s*(?:\"([^\"]*)\"|'([^']*)')")
PRINTABLE: Final = re.compile(r"[^\x00-\x08\x0e-\x1f\x7f-\x9f\ufffd]")
MOSTLY: Final = 0.9
RUN: Final = re.compile(r"[\x20-\x7e]{8,}")


def place_of(key: str, place: Place) -> Place:
    """Return where a string stands: by its key, but inside an annotation or a field by that."""
    if key in BY_KEY and (key in OWN or place == (Where.HIDDEN, "objects")):
        return BY_KEY[key]
    return place


def spoken(value: str, key: str) -> str:
    """Return the words of a string as qpdf writes it in JSON; nothing where they are for programs."""
    if value.startswith("u:"):
        text = value[2:]
    elif value.startswith("b:"):
        text = _of_bytes(bytes.fromhex(value[2:]))
    else:
        return ""
    if key == "/Lookup":  # the colours of a palette (8.6.6.3)
        return "\n".join(RUN.findall(text))
    if len(PRINTABLE.findall(text)) < MOSTLY * len(text):
        text = "\n".join(RUN.findall(text))
    if not text.strip() or (text.startswith("D:") and DATE.fullmatch(text)):
        return ""
    if key in CODES and CODES[key].fullmatch(text.strip()):
        return ""
    if "\x1b" in text:
        text = LANGUAGE.sub("", text)
    return plain_of_rich(text) if key in RICH or text.startswith("<?xml") else text


def _of_bytes(raw: bytes) -> str:
    """Return the words of a string that is not clean text: all of it where it mostly is, else what can be read."""
    if raw[:2] == b"\xff\xfe":
        return raw.decode("utf-16", "replace")
    text = PDF_DOC.decode(raw, "replace")[0]
    is_text = len(PRINTABLE.findall(raw.decode("latin-1"))) >= MOSTLY * len(raw)
    return text if is_text else "\n".join(RUN.findall(text))


def plain_of_rich(text: str) -> str:
    """Return the words of rich text (12.7.4.4, XHTML): only blocks separate; attributes stand behind."""
    if "<" not in text:
        return text
    aside = [one or other for tag in TAG.findall(text) for one, other in ATTRIBUTE.findall(tag)]
    words = html.unescape(TAG.sub("", BLOCK.sub("\n", text))).strip()
    kept = [value for value in aside if " " in value or value.isdigit()]
    return "\n".join([words, *(html.unescape(value) for value in kept if not value.startswith("http"))])


def text_of(raw: bytes) -> str:
    """Return a stream of text (7.9.3), whatever its encoding; nothing where it is none."""
    if raw[:2] in {b"\xfe\xff", b"\xff\xfe"}:
        return raw.decode("utf-16", "replace")
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = raw.decode("latin-1")
    return text if len(PRINTABLE.findall(text)) >= MOSTLY * len(text) else ""
