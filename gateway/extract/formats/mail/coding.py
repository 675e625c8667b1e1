"""The transfer encodings of mail (RFC 2045 6), undone."""

from __future__ import annotations

import binascii
import quopri
import re
from dataclasses import dataclass
from email.message import Message
from typing import Final

from gateway.extract.decoding import is_prose

KNOWN: Final = frozenset(
    {"", "7bit", "8bit", "binary", "base64", "quoted-printable", "x-uuencode", "uuencode", "x-uue", "uue"}
)
TRAILING: Final = re.compile(rb"(?<![ \t])[ \t]++(?=\r?\n|\Z)")
BASE64_LINES: Final = re.compile(rb"(?:[ \t]*+[A-Za-z0-9+/]*+={0,2}[ \t]*+\r?+(?:\n|\Z))*+")
BEFORE_END: Final = (b" \n", b" \r", b"\t\n", b"\t\r")
BLANKS: Final = b" \t\r\n"
LEAST_HIDDEN = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """The bytes of a part; `tail` is text behind them that is not of them; `is_sound` where all readers agree."""

    data: bytes
    tail: bytes = b""
    is_sound: bool = True


def codings_of(part: Message) -> list[str]:
    """Return the transfer encodings that a part declares, the first at the end; an empty one if it declares none."""
    declared = [str(value).strip().lower() for value in part.get_all("content-transfer-encoding", [])]
    return list(dict.fromkeys(reversed(declared))) or [""]


def content_of(part: Message, coding: str) -> Content:
    """Return the bytes of a part without parts, by one transfer encoding."""
    # get_payload() decodes what is not ASCII by the declared charset: the bytes as they came would be lost
    payload = part._payload  # type: ignore[attr-defined]  # noqa: SLF001 - as said above
    text = payload if isinstance(payload, str) else ""
    try:
        raw = text.encode("ascii", "surrogateescape")
    except UnicodeEncodeError:
        raw = text.encode("raw-unicode-escape", "replace")
    if coding == "base64":
        return from_base64(raw)
    if coding == "quoted-printable":
        return Content(data=from_quoted_printable(raw))
    if "uu" in coding:
        del part["content-transfer-encoding"]
        part["content-transfer-encoding"] = coding
        content = part.get_payload(decode=True)
        return Content(data=content if isinstance(content, bytes) else raw)
    return Content(data=raw, is_sound=coding in KNOWN)


def from_quoted_printable(raw: bytes) -> bytes:
    """Undo quoted-printable: spaces at a line's end are not part of it, whatever the decoder thinks."""
    if any(blank in raw for blank in BEFORE_END):
        raw = TRAILING.sub(b"", raw)
    return quopri.decodestring(raw)


def from_base64(raw: bytes) -> Content:
    """Undo base64. A footer that a mailing list put behind it is text, if it hides no base64 itself."""
    data = _strictly(raw)
    if data is not None:
        return Content(data=data)
    match = BASE64_LINES.match(raw)
    lines, tail = (raw[: match.end()], raw[match.end() :]) if match else (b"", raw)
    data = _strictly(lines)
    if data and tail:
        hidden = _loosely(tail)
        if len(hidden) < LEAST_HIDDEN or not is_prose(hidden):
            return Content(data=data, tail=tail)
    return Content(data=_loosely(raw), is_sound=False)


def _strictly(raw: bytes) -> bytes | None:
    """Return what all readers decode alike; None where they do not. Missing padding matters to none."""
    kept = raw.translate(None, BLANKS)
    try:
        return binascii.a2b_base64(kept + b"=" * (-len(kept) % 4), strict_mode=True)
    except binascii.Error:
        return None if kept else b""


def _loosely(raw: bytes) -> bytes:
    """Return what most readers make of it: signs that are none are passed over."""
    try:
        return binascii.a2b_base64(raw + b"===")
    except binascii.Error:
        return b""
