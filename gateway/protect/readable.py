"""A mail message for people without a mail program: the headers that matter, the text, and the attachments.

Reads untrusted mail with the lenient side of the standard library (RFC 5322, RFC 2045 to 2047). It only makes a
message easier to read; the message itself travels beside it, byte for byte.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from email.errors import MessageError
from email.header import decode_header
from email.message import Message
from typing import Final

from gateway.model.header_text import LONGEST as MOST_DECODED
from gateway.protect.naming import one_line
from gateway.protect.parsed import parsed

HEADINGS: Final = ("From", "To", "Cc", "Date", "Subject")
LONGEST: Final = 2000  # characters of one header that are shown
NO_TEXT: Final = "(This message has no plain text. Its text is in one of the documents beside this file.)"
ENDINGS: Final = {
    "application/pdf": ".pdf",
    "image/gif": ".gif",
    "image/jpeg": ".jpg",
    "image/png": ".png",
    "message/rfc822": ".eml",
    "text/calendar": ".ics",
    "text/csv": ".csv",
    "text/html": ".html",
    "text/plain": ".txt",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Readable:
    """`heading` is the headers, one a line; `text` the headers and the body; `attachments` are (name, content)."""

    heading: str
    text: str
    attachments: tuple[tuple[str, bytes], ...]


def readable(message: bytes) -> Readable:
    """Return the message as a person reads it, lines ended by CRLF; `NotSealed` where that takes too long."""
    whole = parsed(message)
    shown = [(name, decoded(str(value))) for name in HEADINGS if (value := whole.get(name)) is not None]
    heading = "\r\n".join(f"{name}: {one_line(value, longest=LONGEST)}" for name, value in shown)
    body: str | None = None
    attachments: list[tuple[str, bytes]] = []
    for part in _leaves(whole):
        named = part.get_filename() is not None or part.get_content_disposition() == "attachment"
        if body is None and part.get_content_type() == "text/plain" and not named:
            body = _text(part)
        else:
            attachments.append((_name(part), _content(part)))
    lines = "\r\n".join((NO_TEXT if body is None else body).splitlines())
    return Readable(heading=heading, text=f"{heading}\r\n\r\n{lines}\r\n", attachments=tuple(attachments))


def _leaves(part: Message) -> Iterator[Message]:
    """Yield the parts that are not containers; an attached message counts as one part."""
    waiting = [part]
    while waiting:
        here = waiting.pop()
        inner = here.get_payload() if here.get_content_maintype() == "multipart" else None
        if isinstance(inner, list):
            waiting.extend(each for each in reversed(inner) if isinstance(each, Message))
        else:
            yield here


def _content(part: Message) -> bytes:
    inner = part.get_payload()
    if isinstance(inner, list):  # an attached message
        return b"".join(each.as_bytes() for each in inner if isinstance(each, Message))
    decoded = part.get_payload(decode=True)
    return decoded if isinstance(decoded, bytes) else b""


def _text(part: Message) -> str:
    charset = part.get_content_charset("utf-8")
    try:
        return _content(part).decode(charset, "replace")
    except (LookupError, ValueError):  # no such charset: show what can be shown
        return _content(part).decode("latin-1")


def _name(part: Message) -> str:
    given = decoded(part.get_filename() or "")
    return given or "part of the message" + ENDINGS.get(part.get_content_type(), "")


def decoded(text: str) -> str:
    """Return a header with its encoded words (RFC 2047) decoded, or as it stands where they are broken."""
    try:
        pieces = decode_header(text[:MOST_DECODED])
        shown = (
            piece if isinstance(piece, str) else piece.decode(charset or "latin-1", "replace")
            for piece, charset in pieces
        )
        return "".join([*shown, text[MOST_DECODED:]])
    except (MessageError, LookupError, ValueError):
        return text
