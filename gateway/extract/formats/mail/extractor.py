"""Mail messages (RFC 5322, RFC 2045-2049) and mail folders (RFC 4155), read by the standard library's tolerant parser.

Every header decoded, every alternative, every attachment, what stands before and after the parts, and messages within
messages. What cannot be decoded is a gap, and its raw bytes are read all the same. So is a message that two programs
would read in two ways (`mail_structure`).
"""

from __future__ import annotations

import email.errors
import email.generator
import email.policy
import io
import re
from collections.abc import Iterable, Iterator
from email.message import Message

from gateway.extract import Inner, Limits, media
from gateway.extract.decoding import decode
from gateway.extract.formats.mail.coding import KNOWN, codings_of, content_of, from_base64, from_quoted_printable
from gateway.extract.formats.mail.headers import headers, words
from gateway.extract.formats.mail.lines import parsed
from gateway.extract.formats.mail.structure import AS_IT_IS, disputes, disputes_of_all
from gateway.extract.formats.text.extractor import read_text, second_reading
from gateway.extract.identify import identify
from gateway.extract.kinds_of_text import lines_of_folder
from gateway.model.inspection import Gap, GapKind, Segment, Where
from gateway.model.parameters import are_readable

PLAIN_CHARSETS = frozenset({"", "us-ascii", "ascii", "utf-8", "utf8", "iso-8859-1", "latin-1", "windows-1252"})
NOT_WHOLE = frozenset({"message/partial", "message/external-body"})  # RFC 2046 5.2.2 and 5.2.3
TEXTS = frozenset(  # what is read as it stands where a message calls it text
    {media.TEXT, media.CSV, media.TSV, media.JSON, media.PEM, media.XML, media.HTML, media.MAIL, media.MBOX, media.PGP}
)
FLOWING = re.compile(r" \r?\n")
HTML_KINDS = frozenset({"text/html", "application/xhtml+xml"})
STRUCTURE = re.compile(rb"^(?:--|content-)[^\r\n]*", re.MULTILINE | re.IGNORECASE)
Found = Segment | Inner | Gap


def _file_name(part: Message) -> str:
    """Return a part's file name, whichever way it is written (RFC 2183, RFC 2231, RFC 2047, RFC 2557)."""
    try:
        name = part.get_filename() or part.get_param("name")
    except (ValueError, LookupError, TypeError, IndexError, AttributeError):
        return "undecodable"
    if isinstance(name, tuple):
        name = str(name[2])
    return words(name) if name else ""


def _location(part: Message) -> str:
    """Return where a part of a saved web page came from."""
    return words(part.get("content-location", "")).partition("?")[0].rpartition("/")[2]


class MailExtractor:
    """Reads one message, or a web page saved as one (RFC 2557)."""

    name = "mail"
    media_types = frozenset({media.MAIL, media.MHT})

    def open(self, data: bytes, limits: Limits) -> Iterable[Found]:
        """Return headers, bodies and attachments."""
        del limits  # nothing in a message grows when it is decoded; the walk counts the parts
        if not are_readable(data):
            yield from _unread(data, GapKind.TOO_LARGE, "mime parameters")
            return
        try:
            message = parsed(data)
        except RecursionError:
            yield from _unread(data, GapKind.TOO_DEEP, "mime parts")
            return
        yield from _message(message, data)


def _unread(data: bytes, kind: GapKind, detail: str) -> Iterator[Found]:
    """Yield a message that nobody takes apart, as it stands."""
    yield Gap(part="", kind=kind, detail=detail)
    yield Segment(where=Where.HIDDEN, text=decode(data), name="raw")


def _message(message: Message, data: bytes) -> Iterator[Found]:
    """Walk the tree of parts without recursion; a message within the message is an inner part."""
    yield from _line_of_folder((message.get_unixfrom() or "").encode("utf-8", "surrogateescape"))
    waiting = [message]
    troubles = dict.fromkeys(disputes_of_all(message, data))
    while waiting:
        part = waiting.pop()
        troubles |= dict.fromkeys(disputes(part))
        yield from headers(part, inner=part is not message)
        if part.get_content_type() == "multipart/encrypted":
            yield Gap(part="", kind=GapKind.ENCRYPTED, detail="PGP/MIME")
        if part.get_content_type() in NOT_WHOLE:
            yield Gap(part="", kind=GapKind.UNSUPPORTED, detail=part.get_content_type())
        payload = part.get_payload()
        if part.get_content_maintype() == "message" and isinstance(payload, list):
            yield from _enclosed(part, [child for child in payload if isinstance(child, Message)])
        elif isinstance(payload, list):
            yield from _decoded_whole(part)
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
            coding, data = codings_of(part)[-1], _flat(message)
            if coding == "base64":
                data = from_base64(str(message.get_payload()).encode("ascii", "replace")).data
            elif coding not in AS_IT_IS:
                yield Inner(name=name, data=from_quoted_printable(data))
        except (LookupError, TypeError, ValueError, AttributeError, RecursionError) as trouble:
            yield Gap(part=name, kind=GapKind.CORRUPT, detail=type(trouble).__name__)
            yield from headers(message, inner=False)
            continue
        yield Inner(name=name, data=data)


def _decoded_whole(part: Message) -> Iterator[Segment | Inner]:
    """Read a multipart in quoted-printable once more, decoded as a whole: the standard forbids it, some write it.

    Where its parts stay the same parts, their texts were decoded twice.
    """
    if codings_of(part) != ["quoted-printable"]:
        return
    body = _flat(part).partition(b"\n\n")[2]
    whole = from_quoted_printable(body)
    if STRUCTURE.findall(whole) == STRUCTURE.findall(body):
        yield Segment(where=Where.HIDDEN, text=decode(from_quoted_printable(whole)), name="decoded twice")
        return
    yield _as_message(part, whole)


def _as_message(part: Message, body: bytes) -> Inner:
    """Return a multipart that was decoded as a whole."""
    kind = " ".join(str(part.get("content-type", "")).split()).encode("utf-8", "surrogateescape")
    return Inner(name="decoded.eml", data=b"Content-Type: " + kind + b"\n\n" + body)


def _flat(message: Message) -> bytes:
    """Write a message out again as it came."""
    target = io.BytesIO()
    email.generator.BytesGenerator(target, mangle_from_=False, policy=email.policy.compat32).flatten(message)
    return target.getvalue()


def _leaf(part: Message) -> Iterator[Found]:
    """Read a part that holds no parts: a body, or a file."""
    name = _file_name(part)
    if name:
        yield Segment(where=Where.ATTACHMENT_NAME, text=name)
    for coding in codings_of(part):
        content = content_of(part, coding)
        if not content.is_sound or coding not in KNOWN:
            yield Gap(part=name, kind=GapKind.CORRUPT, detail="transfer encoding")
        if content.tail.strip():
            yield Segment(where=Where.HIDDEN, text=decode(content.tail), name="after base64")
        if part.get_content_maintype() == "multipart" and coding not in AS_IT_IS:
            yield _as_message(part, content.data)
        elif content.data:
            yield from _content(part, name or _location(part), content.data)


def _content(part: Message, name: str, data: bytes) -> Iterator[Found]:
    """Read a decoded part as text where the message calls it text; whatever is no text is opened by what it is."""
    is_text, kind, charset = part.get_content_maintype() == "text", part.get_content_type(), _charset(part)
    if not is_text or not TEXTS.issuperset(sighting.media_type for sighting in identify(data)):
        yield Inner(name=name or f"unnamed.{part.get_content_subtype()[:20]}", data=data)
        if not is_text or charset in PLAIN_CHARSETS:
            return
    if kind in HTML_KINDS or (name and charset not in PLAIN_CHARSETS):
        yield Inner(name=name or "body.html", data=decode(data, charset).encode("utf-8-sig", "replace"))
    elif name:
        yield Inner(name=name, data=data)
    else:
        yield from read_text(data, charset)
        if str(part.get_param("delsp", "")).lower() == "yes":  # RFC 3676 4.1: lines that flow, joined without the space
            text = decode(data, charset)
            if (joined := FLOWING.sub("", text)) != text:
                yield Segment(where=Where.HIDDEN, text=joined, name="flowed")
    yield from second_reading(data, charset)


def _charset(part: Message) -> str:
    """Return the charset that a part declares, or empty."""
    try:
        return str(part.get_content_charset("") or "").lower()
    except (LookupError, ValueError, TypeError, AttributeError, IndexError):
        return ""


class MboxExtractor:
    """Splits a mail folder into its messages."""

    name = "mbox"
    media_types = frozenset({media.MBOX})

    def open(self, data: bytes, limits: Limits) -> Iterable[Found]:
        """Return each message, one at a time."""
        del limits  # the walk counts the parts
        number, begun, line = 0, 0, b""
        for match in lines_of_folder(data):
            yield from _one(number, line, data[begun : match.start()])
            number, begun, line = number + 1, match.end(), match[0]
        yield from _one(number, line, data[begun:])


def _one(number: int, line: bytes, message: bytes) -> Iterator[Segment | Inner]:
    """Yield one message of a folder, and the line that goes before it."""
    yield from _line_of_folder(line)
    if message.strip():
        yield Inner(name=f"message-{number}.eml", data=message)


def _line_of_folder(line: bytes) -> Iterator[Segment]:
    """Yield the line that goes before a message of a folder (RFC 4155), if there is one."""
    if line.strip():
        yield Segment(where=Where.MAIL_HEADER, text=decode(line).strip(), name="From_")
