"""MAPI properties ([MS-OXCDATA] 2.11, [MS-OXPROPS]): what a message, a recipient or an attachment says of itself.

Outlook messages and TNEF keep them each in a way of its own; what they mean is read here. Every string comes out, under
its name where it has one. Bytes are opened where they are a file, and else read for the letters in them.
"""

from __future__ import annotations

import email.parser
import email.policy
import struct
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from gateway.extract import Inner, Limits, media
from gateway.extract.decoding import decode, has_binary, is_prose
from gateway.extract.formats.code_pages import codec_of
from gateway.extract.formats.mail.headers import headers
from gateway.extract.formats.office97.ole import strings
from gateway.extract.formats.outlook.mapi_html import as_html
from gateway.extract.formats.outlook.mapi_icon import icon
from gateway.extract.formats.outlook.mapi_names import (
    ATTACHED,
    BODY_HTML,
    CODE_PAGES,
    DATES,
    HEADERS,
    INTERNET_HEADERS,
    LIDS,
    PRIVACIES,
    PRIVACY,
    RTF,
    TAGS,
)
from gateway.extract.formats.outlook.rtf_compressed import NotCompressedRtf, TooMuch, decompressed
from gateway.extract.identify import identify
from gateway.model.inspection import Gap, GapKind, Segment, Where
from gateway.model.label_names import is_label

SHORT, INTEGER, FLOAT, DOUBLE, CURRENCY, TIME_OF_DAY, ERROR, BOOLEAN = 2, 3, 4, 5, 6, 7, 0x0A, 0x0B
OBJECT, LONG, STRING, UNICODE, TIME, GUID, BINARY = 0x0D, 0x14, 0x1E, 0x1F, 0x40, 0x48, 0x102
SEVERAL: Final = 0x1000
"""Property types ([MS-OXCDATA] 2.11.1); `SEVERAL` makes one a list."""

NAMED: Final = 0x8000
EPOCH: Final = date(1601, 1, 1)
LAST_DAY: Final = 3_000_000
DAY: Final = 24 * 60 * 60 * 10_000_000
ICON: Final = 0x3709
NAMES: Final = (0x3707, 0x3704, 0x3001, 0x370D, 0x3708, 0x3706)
FILE_SIZED, STRONG = 65_536, 1024
NO_FILE: Final = frozenset(
    {media.UNKNOWN, media.TEXT, media.CSV, media.JSON, media.PGP, media.CMS, media.SIGNATURE, "image/bmp", media.WMF}
)
RIGHTS_MANAGED: Final = bytes.fromhex("76e80460c411e386")  # [MS-OXORMMS] 2.2.1.1
PLAIN_HTML: Final = frozenset({"", "cp1252", "utf-8"})
Found = Segment | Inner | Gap


@dataclass(frozen=True, slots=True, kw_only=True)
class Property:
    """One property, or one value of a list. `name` is that of a named one, `is_header` whether it is a header field."""

    tag: int
    kind: int
    value: str | bytes | int
    name: str = ""
    is_header: bool = False


def named(guid: bytes, identifier: int | str) -> tuple[str, bool]:
    """Return what a named property is called, and whether it is a header field."""
    if isinstance(identifier, str):
        return identifier[:200], guid == INTERNET_HEADERS
    return LIDS.get(identifier, f"0x{identifier:04X}"), False


def code_page(properties: Iterable[Property]) -> str:
    """Return the code page of 8-bit strings, by Python's name; empty where nothing says."""
    pages = {each.tag: each.value for each in properties if each.tag in CODE_PAGES}
    return next(
        (codec_of(page) for tag in CODE_PAGES if isinstance(page := pages.get(tag), int) and codec_of(page)), ""
    )


def told(
    properties: Sequence[Property], limits: Limits, *, page: str = "", display: Where = Where.MAIL_HEADER
) -> Iterator[Found]:
    """Yield what properties say, each text once. `display` is where a display name stands."""
    page = code_page(properties) or page
    seen: set[tuple[Where, str]] = set()
    for each in properties:
        for found in _told(each, page, limits):
            if isinstance(found, Segment):
                if each.tag == NAMES[2]:
                    found = Segment(where=display, text=found.text, name=found.name)  # noqa: PLW2901 - the same, elsewhere
                if (found.where, found.text) in seen:
                    continue
                seen.add((found.where, found.text))
            yield found


def _told(each: Property, page: str, limits: Limits) -> Iterator[Found]:
    """Yield what one property says."""
    if each.tag == ATTACHED:
        return
    text = _text(each, page)
    if each.tag == RTF and isinstance(each.value, bytes):
        yield from _rtf(each.value, limits)
    elif each.tag == BODY_HTML:
        yield from _html(each.value, page)
    elif each.tag == HEADERS and text:
        yield from _headers(text)
    elif text:
        where, name = place_of(each)
        if has_binary(text.encode("utf-8", "replace")):
            yield Gap(part="", kind=GapKind.CORRUPT, detail="binary in text")
        yield Segment(where=where, text=text, name=name)
    elif isinstance(each.value, bytes) and each.kind != STRING:
        yield from icon(each.value, page) if each.tag == ICON else _bytes(each, each.value)


def _text(each: Property, page: str) -> str:
    """Return the text of a property; empty for bytes, and for numbers that say nothing to a reader."""
    if isinstance(each.value, str):
        return each.value.rstrip("\0").replace("\0", "\n")
    if isinstance(each.value, bytes):
        return decode(each.value.rstrip(b"\0"), page).replace("\0", "\n") if each.kind == STRING else ""
    if each.tag == PRIVACY:
        return PRIVACIES.get(each.value, "")
    day, is_own = each.value // DAY, bool(each.name) and not each.name.startswith("0x")
    if each.kind == TIME and 0 < day < LAST_DAY and (each.tag in DATES or is_own):
        return f"{DATES.get(each.tag, '')} {(EPOCH + timedelta(days=day)).strftime('%d/%m/%Y')}".strip()
    return _number(each.kind, each.value) if is_own else ""


def _number(kind: int, value: int) -> str:
    """Return a number that somebody gave a field of their own."""
    raw = (value & (1 << 64) - 1).to_bytes(8, "little")
    if kind == DOUBLE:
        return f"{struct.unpack('<d', raw)[0]:.15g}"
    if kind == CURRENCY:
        return f"{struct.unpack('<q', raw)[0] / 10_000:.15g}"
    return str(value) if kind in {INTEGER, LONG} else ""


def place_of(each: Property) -> tuple[Where, str]:
    """Return where a property's text stands, and what it is called there."""
    if each.tag == PRIVACY:
        return Where.MAIL_HEADER, "Sensitivity"
    if not each.name:
        return TAGS.get(each.tag, (Where.PROPERTY, f"0x{each.tag:04X}"))
    if is_label(each.name):
        return Where.LABEL, each.name
    return (Where.MAIL_HEADER if each.is_header else Where.PROPERTY), each.name


def _headers(text: str) -> Iterator[Found]:
    """Read the header fields that a message came with, and what else is kept with them."""
    message = email.parser.HeaderParser(policy=email.policy.compat32).parsestr(text)
    yield from headers(message, inner=False)
    rest = message.get_payload()
    if isinstance(rest, str) and rest.strip():
        yield Segment(where=Where.HIDDEN, text=rest, name="after the headers")


def _html(value: str | bytes | int, page: str) -> Iterator[Found]:
    """Hand on the HTML body, in a form that says how it is encoded."""
    if isinstance(value, str):
        yield Inner(name="body.html", data=as_html(value.rstrip("\0")))
    elif isinstance(value, bytes) and value:
        yield Inner(name="body.html", data=as_html(value))
        if page not in PLAIN_HTML and (text := decode(value, page)) != decode(value):
            yield Inner(name="body.html", data=as_html(text))


def _rtf(data: bytes, limits: Limits) -> Iterator[Found]:
    """Unpack the RTF body."""
    most = min(limits.part_size, limits.total_size)
    try:
        rtf = decompressed(data, most)
    except TooMuch:
        yield Gap(
            part="body.rtf", kind=GapKind.TOO_LARGE, detail="part_size" if most == limits.part_size else "total_size"
        )
    except NotCompressedRtf:
        if data.strip(b"\0"):
            yield Inner(name="body.rtf", data=data)
    else:
        if rtf.strip(b"\0"):
            yield Inner(name="body.rtf", data=rtf)


def _bytes(each: Property, data: bytes) -> Iterator[Found]:
    """Read the bytes of a property: as the file that they are, as text, or the letters in them."""
    where, name = place_of(each)
    kind = identify(data)[0].media_type if len(data) >= STRONG else media.UNKNOWN
    if kind not in NO_FILE or len(data) > FILE_SIZED:
        yield Inner(name=name, data=data)
        return
    text = decode(data) if is_prose(data) else strings(data)
    if text.strip():
        yield Segment(where=Where.HIDDEN if where is Where.BODY else where, text=text, name=name)


def content_of(each: Property) -> bytes:
    """Return the content of an attachment, whatever type its property says that it has."""
    if isinstance(each.value, bytes):
        return each.value
    return each.value.encode("utf-8-sig", "replace") if isinstance(each.value, str) else b""


def attached(name: str, data: bytes) -> Iterator[Found]:
    """Hand on an attachment; one under rights management is encrypted."""
    if data.startswith(RIGHTS_MANAGED):
        yield Gap(part=name, kind=GapKind.ENCRYPTED, detail="rights-managed message")
    elif data:
        yield Inner(name=name, data=data)


def name_of(properties: Iterable[Property], page: str) -> str:
    """Return the name of an attachment, the longest way that it is written."""
    texts = {each.tag: _text(each, page) for each in properties if each.tag in NAMES}
    return next((texts[tag] for tag in NAMES if texts.get(tag)), "")
