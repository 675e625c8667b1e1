"""Mail messages (RFC 5322, RFC 2045-2049) and mail folders (RFC 4155), read by the standard library's tolerant parser.

Every header decoded, every alternative, every attachment, what stands before and after the parts, and messages within
messages. What cannot be decoded is a gap, and its raw bytes are read all the same. So is a message that two programs
would read in two ways (`mail_structure`).
"""

from __future__ import annotations

import binascii
import email.errors
import email.generator
import email.header
import email.parser
import email.policy
import io
import quopri
import re
from collections.abc import Iterable, Iterator
from email.message import Message

from gateway.extract import Inner, Limits, media
from gateway.extract.decoding import decode, has_binary
from gateway.extract.formats.mail_structure import AS_IT_IS, disputes, disputes_of_all
from gateway.extract.formats.text import armoured, second_reading, unescaped
from gateway.extract.identify import identify
from gateway.model.inspection import Gap, GapKind, Segment, Where

PLUMBING = frozenset({"content-type", "content-transfer-encoding", "content-disposition", "content-id", "mime-version"})
CODINGS = frozenset(
    {"", "7bit", "8bit", "binary", "base64", "quoted-printable", "x-uuencode", "uuencode", "x-uue", "uue"}
)
BROKEN = (email.errors.InvalidBase64CharactersDefect, email.errors.InvalidBase64LengthDefect)
SEPARATOR = re.compile(rb"^From [^\r\n]*\r?\n", re.MULTILINE)
UU = re.compile(r"^begin [0-7]{3,4} ([^\r\n]{1,255})\r?\n(.*?)^end\s*$", re.MULTILINE | re.DOTALL)
PLAIN_CHARSETS = frozenset({"", "us-ascii", "ascii", "utf-8", "utf8", "iso-8859-1", "latin-1", "windows-1252"})
LONGEST_NAME = 100
NOT_WHOLE = frozenset({"message/partial", "message/external-body"})  # RFC 2046 5.2.2 and 5.2.3
TRAILING = re.compile(rb"[ \t]+(?=\r?\n|$)")
TEXTS = frozenset(  # what is read as it stands where a message calls it text
    {media.TEXT, media.CSV, media.JSON, media.PEM, media.VCARD, media.CALENDAR, media.XML, media.HTML, media.MAIL}
    | {media.MBOX, media.PGP}
)
Found = Segment | Inner | Gap


def words(untrusted_value: object) -> str:
    """Return a header's value unfolded and decoded (RFC 2047); raw bytes in it are read as UTF-8 or Windows-1252."""
    raw = re.sub(r"\r?\n(?=[ \t])", "", str(untrusted_value))
    try:
        pieces = email.header.decode_header(raw)
    except (email.errors.HeaderParseError, binascii.Error, ValueError, AssertionError):
        pieces = [(raw, None)]
    shown = "".join(_piece(content, charset) for content, charset in pieces)
    return shown if shown.strip() else _piece(raw, None)  # nonsense that decodes to nothing is shown as it is


def _piece(content: str | bytes, charset: str | None) -> str:
    """Decode one piece of a header."""
    if isinstance(content, bytes):
        if charset is not None:
            return decode(content, charset)
        content = content.decode("raw-unicode-escape", "replace")  # how decode_header wraps what was not encoded
    return decode(content.encode("utf-8", "surrogateescape")) if not content.isascii() else content


def _headers(message: Message, *, inner: bool) -> Iterator[Segment]:
    """Yield the headers; of an inner part only those that are not plumbing."""
    for name, value in message.raw_items():
        if inner and name.lower() in PLUMBING:
            continue
        text = words(value)
        if text.strip():
            where = Where.SUBJECT if name.lower() in {"subject", "thread-topic"} and not inner else Where.MAIL_HEADER
            yield Segment(where=where, text=text, name=name[:LONGEST_NAME])


def _file_name(part: Message) -> str:
    """Return a part's file name, whichever way it is written (RFC 2183, RFC 2231, RFC 2047)."""
    try:
        name = part.get_filename() or part.get_param("name")
    except (ValueError, LookupError, TypeError, IndexError, AttributeError):
        return "undecodable"
    if isinstance(name, tuple):
        name = str(name[2])
    return words(name) if name else ""


class MailExtractor:
    """Reads one message."""

    name = "mail"
    media_types = frozenset({media.MAIL})

    def open(self, data: bytes, limits: Limits) -> Iterable[Found]:
        """Return headers, bodies and attachments."""
        del limits  # nothing in a message grows when it is decoded; the walk counts the parts
        try:
            message = email.parser.BytesParser(policy=email.policy.compat32).parsebytes(data)
        except RecursionError:
            yield Gap(part="", kind=GapKind.TOO_DEEP, detail="mime parts")
            yield Segment(where=Where.HIDDEN, text=decode(data), name="raw")
            return
        yield from _message(message, data)


def _message(message: Message, data: bytes) -> Iterator[Found]:
    """Walk the tree of parts without recursion; a message within the message is an inner part."""
    waiting = [message]
    troubles = dict.fromkeys(disputes_of_all(message, data))
    while waiting:
        part = waiting.pop()
        troubles |= dict.fromkeys(disputes(part))
        yield from _headers(part, inner=part is not message)
        if part.get_content_type() == "multipart/encrypted":
            yield Gap(part="", kind=GapKind.ENCRYPTED, detail="PGP/MIME")
        if part.get_content_type() in NOT_WHOLE:
            yield Gap(part="", kind=GapKind.UNSUPPORTED, detail=part.get_content_type())
        payload = part.get_payload()
        if part.get_content_maintype() == "message" and isinstance(payload, list):
            yield from _enclosed(part, [child for child in payload if isinstance(child, Message)])
        elif isinstance(payload, list):
            yield from _around(part)
            waiting.extend(reversed([child for child in payload if isinstance(child, Message)]))
        else:
            yield from _leaf(part)
    for trouble in troubles:
        yield Gap(part="", kind=GapKind.CORRUPT, detail=trouble)
    if troubles:
        yield Segment(where=Where.HIDDEN, text=decode(data), name="raw")


def _around(part: Message) -> Iterator[Segment]:
    """Yield what stands before and after the parts of a multipart, which most readers do not show."""
    for name, text in (("preamble", part.preamble), ("epilogue", part.epilogue)):
        if isinstance(text, str) and text.strip():
            yield Segment(where=Where.HIDDEN, text=decode(text.encode("utf-8", "surrogateescape")), name=name)


def _enclosed(part: Message, messages: list[Message]) -> Iterator[Found]:
    """Yield each message (or delivery report block) within the message."""
    name = _file_name(part) or "message.eml"
    yield Segment(where=Where.ATTACHMENT_NAME, text=name)
    for message in messages:
        try:
            coding, data = _codings(part)[-1], _flat(message)
            if coding == "base64":
                data = binascii.a2b_base64(str(message.get_payload()).encode("ascii", "replace"))
            elif coding not in AS_IT_IS:
                yield Inner(name=name, data=quopri.decodestring(TRAILING.sub(b"", data)))
        except (LookupError, TypeError, ValueError, AttributeError, RecursionError) as trouble:
            yield Gap(part=name, kind=GapKind.CORRUPT, detail=type(trouble).__name__)
            yield from _headers(message, inner=False)
            continue
        yield Inner(name=name, data=data)


def _flat(message: Message) -> bytes:
    """Write a message out again as it came."""
    target = io.BytesIO()
    email.generator.BytesGenerator(target, mangle_from_=False, policy=email.policy.compat32).flatten(message)
    return target.getvalue()


def _codings(part: Message) -> list[str]:
    """Return the transfer encodings that a part declares, the first at the end; an empty one if it declares none."""
    declared = [str(value).strip().lower() for value in part.get_all("content-transfer-encoding", [])]
    return list(dict.fromkeys(reversed(declared))) or [""]


def _decoded(part: Message, coding: str) -> bytes:
    """Return a part's bytes by one transfer encoding (RFC 2045 6.7, 6.8)."""
    del part["content-transfer-encoding"]
    if coding != "quoted-printable":
        part["content-transfer-encoding"] = coding
    content = part.get_payload(decode=True)
    data = content if isinstance(content, bytes) else b""
    if coding == "quoted-printable":  # spaces at a line's end are not part of it, whatever the decoder thinks
        data = quopri.decodestring(TRAILING.sub(b"", data))
    return data


def _leaf(part: Message) -> Iterator[Found]:
    """Read a part that holds no parts: a body, or a file."""
    name, codings = _file_name(part), _codings(part)
    if name:
        yield Segment(where=Where.ATTACHMENT_NAME, text=name)
    for coding in codings:
        data = _decoded(part, coding)
        if coding not in CODINGS or any(isinstance(defect, BROKEN) for defect in part.defects):
            yield Gap(part=name, kind=GapKind.CORRUPT, detail="transfer encoding")
        if data:
            yield from _content(part, name, data)


def _content(part: Message, name: str, data: bytes) -> Iterator[Found]:
    """Read a decoded part as text where the message calls it text; whatever is no text is opened by what it is."""
    is_text, kind, charset = part.get_content_maintype() == "text", part.get_content_type(), _charset(part)
    if not is_text or not TEXTS.issuperset(sighting.media_type for sighting in identify(data)):
        yield Inner(name=name or f"unnamed.{part.get_content_subtype()[:20]}", data=data)
        if not is_text or charset in PLAIN_CHARSETS:
            return
    if kind == "text/html" or (name and charset not in PLAIN_CHARSETS):
        yield Inner(name=name or "body.html", data=decode(data, charset).encode("utf-8-sig", "replace"))
    elif name:
        yield Inner(name=name, data=data)
    else:
        yield from _body(data, charset)
    yield from second_reading(data, charset)


def _body(data: bytes, charset: str) -> Iterator[Found]:
    """Read a body, and what is written into it."""
    text = decode(data, charset)
    if has_binary(data) and charset in PLAIN_CHARSETS:
        yield Gap(part="", kind=GapKind.CORRUPT, detail="binary in text")
    yield Segment(where=Where.BODY, text=text)
    yield from unescaped(text)
    yield from armoured(text)
    yield from _uuencoded(text)


def _charset(part: Message) -> str:
    """Return the charset that a part declares, or empty."""
    try:
        return str(part.get_content_charset("") or "").lower()
    except (LookupError, ValueError, TypeError, AttributeError, IndexError):
        return ""


def _uuencoded(text: str) -> Iterator[Found]:
    """Open files written into a body the old way (POSIX uuencode)."""
    for match in UU.finditer(text) if "\nend" in text else ():
        yield Segment(where=Where.ATTACHMENT_NAME, text=match[1])
        try:
            data = b"".join(binascii.a2b_uu(line) for line in match[2].encode("ascii", "replace").splitlines() if line)
        except (binascii.Error, ValueError):
            yield Gap(part=match[1], kind=GapKind.CORRUPT, detail="uuencode")
        else:
            yield Inner(name=match[1], data=data)


class MboxExtractor:
    """Splits a mail folder into its messages."""

    name = "mbox"
    media_types = frozenset({media.MBOX})

    def open(self, data: bytes, limits: Limits) -> Iterable[Found]:
        """Return each message."""
        del limits  # the walk counts the parts
        for number, message in enumerate(SEPARATOR.split(data)):
            if message.strip():
                yield Inner(name=f"message-{number}.eml", data=message)
