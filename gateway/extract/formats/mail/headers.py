"""Header fields of mail: unfolded, decoded (RFC 5322 2.2.3, RFC 2047), and each where it belongs.

Labels that programs write: RFC 7444 (SIO-Label), Purview (msip_labels), Boldon James, Titus, X-Protective-Marking.
"""

from __future__ import annotations

import binascii
import email.errors
import email.header
import re
from collections.abc import Iterator
from email.message import Message
from typing import Final

from gateway.extract.decoding import decode, is_prose
from gateway.model.inspection import Segment, Where
from gateway.model.label_names import is_label

_COMMON: Final = """
    bcc cc content-disposition content-id content-transfer-encoding content-type date from in-reply-to message-id
    mime-version received references reply-to return-path sender subject thread-topic to user-agent x-mailer
"""
COMMON: Final = frozenset(_COMMON.split())
SUBJECTS: Final = frozenset({"subject", "thread-topic"})
FOLD: Final = re.compile(r"\r?\n(?=[ \t])")
ADDRESS: Final = re.compile(r"(?<![^\s<>,;=\"])[^\s<>,;=\"]+@[^\s<>,;\"]+")
CONTINUED: Final = re.compile(r"(?<!\w)(\w+)\*(\d{1,3})\*?=")
IN_BASE64: Final = re.compile(r"[A-Za-z0-9+/]{24,}={0,2}")
LONGEST_NAME: Final = 100
MANY: Final = 400
ENCODED: Final = re.compile(r"=\?[^?\s]*\?[bBqQ]\?[^?]*\?=")
BETWEEN: Final = re.compile(r"(?<=\?=)\s+(?==\?)")  # RFC 2047 6.2: white space between two encoded words is not text


def words(untrusted_value: object) -> str:
    """Return a header's value unfolded and decoded (RFC 2047); raw bytes in it are read as UTF-8 or Windows-1252."""
    raw = str(untrusted_value)
    if "\n" in raw:
        raw = FOLD.sub("", raw)
    if "=?" not in raw:
        return _piece(raw, None)
    if raw.count("=?") > MANY:
        return _many(raw)
    try:
        pieces = email.header.decode_header(raw)
    except (email.errors.HeaderParseError, binascii.Error, ValueError, AssertionError):
        pieces = [(raw, None)]
    shown = "".join(_piece(content, charset) for content, charset in pieces)
    return shown if shown.strip() else _piece(raw, None)  # nonsense that decodes to nothing is shown as it is


def _many(raw: str) -> str:
    """Decode encoded words one by one: the standard library's time grows with the square of their number."""
    joined = BETWEEN.sub("", raw)
    plain, encoded = ENCODED.split(joined), [words(word) for word in ENCODED.findall(joined)]
    return "".join(_piece(text, None) + word for text, word in zip(plain, [*encoded, ""], strict=True))


def _piece(content: str | bytes, charset: str | None) -> str:
    """Decode one piece of a header."""
    if isinstance(content, bytes):
        if charset is not None:
            return decode(content, charset)
        content = content.decode("raw-unicode-escape", "replace")  # how decode_header wraps what was not encoded
    return decode(content.encode("utf-8", "surrogateescape")) if not content.isascii() else content


def headers(message: Message, *, inner: bool) -> Iterator[Segment]:
    """Yield the headers of a message, or of a part within: its subject is none of the message's."""
    for name, value in message.raw_items():
        lowered = name.lower()
        text = words(value)
        if not text.strip():
            continue
        if lowered not in COMMON and is_label(name):
            yield from _label(name[:LONGEST_NAME], text)
        else:
            where = Where.SUBJECT if lowered in SUBJECTS and not inner else Where.MAIL_HEADER
            yield Segment(where=where, text=text, name=name[:LONGEST_NAME])


def _label(name: str, text: str) -> Iterator[Segment]:
    """Yield a label; the addresses in it are those of any header, and what is in base64 is shown as well.

    One that was cut in pieces is yielded as it stands and put together: of the pieces, only their names tell the order.
    """
    if "@" in text:
        yield Segment(where=Where.MAIL_HEADER, text=text, name=name)
        text = ADDRESS.sub("", text)
    joined = _joined(text)
    if joined != text:
        yield Segment(where=Where.LABEL, text=text, name=name)
    yield Segment(where=Where.LABEL, text=joined, name=name)
    for block in IN_BASE64.findall(joined):
        try:
            data = binascii.a2b_base64(block + "==")
        except binascii.Error:
            continue
        if is_prose(data):
            yield Segment(where=Where.LABEL, text=decode(data), name=name)


def _joined(text: str) -> str:
    """Return a field with each parameter that was cut in pieces, `marking*0="OFF"; marking*1="ICIAL"`, as one."""
    if not CONTINUED.search(text):
        return text
    pieces: dict[str, dict[int, str]] = {}
    rest = []
    for field in text.split(";"):
        match = CONTINUED.match(field.strip())
        if match:
            pieces.setdefault(match[1], {})[int(match[2])] = field.partition("=")[2].strip().strip('"')
        else:
            rest.append(field.strip())
    values = {key: "".join(piece for _, piece in sorted(found.items())) for key, found in pieces.items()}
    return "; ".join([*rest, *(f'{key}="{value}"' for key, value in values.items())])
