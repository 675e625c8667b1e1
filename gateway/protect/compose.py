"""Builds the messages that go out. Pure: bytes and values in, bytes out (RFC 5322, 2045, 3156, 9788).

What stands outside a seal is neutral: the house's name, a reference, and how to open what is attached. No marking,
no original subject, no original name. Whatever comes from outside is put on one line before it meets a header.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from email.mime.multipart import MIMEMultipart
from email.mime.nonmultipart import MIMENonMultipart
from email.policy import SMTP, SMTPUTF8, EmailPolicy
from email.utils import format_datetime
from typing import Final

from gateway.errors import NotSealed
from gateway.model.header_text import FOLDER_LINE
from gateway.protect import Envelope, Plain
from gateway.protect.armour import armour
from gateway.protect.content import whole
from gateway.protect.naming import distinct, one_line
from gateway.protect.opening import Note

ADDRESS: Final = re.compile(r"[^\s@<>()\[\],;:\\\"\x00-\x1f\x7f]+@[^\s@<>()\[\],;:\\\"\x00-\x1f\x7f]+")
MEDIA_TYPE: Final = re.compile(r"(application|audio|font|image|text|video)/([A-Za-z0-9][A-Za-z0-9.+-]{0,100})")
HEADER_END: Final = re.compile(rb"\r?\n(?=\r?\n)")
FIELD: Final = re.compile(rb"[^\r\n]*(?:(?:\r\n|\r|\n)[ \t][^\r\n]*)*(?:\r\n|\r|\n|\Z)")
_ENVELOPE: Final = b"apparently-to delivered-to envelope-to x-delivered-to x-envelope-to x-original-to x-rcpt-to"
BLIND: Final = frozenset({b"bcc", b"resent-bcc", *_ENVELOPE.split()})
"""Fields that name blind recipients: their own, and those in which mail servers note whom the envelope names."""
ABOUT: Final = frozenset({b"comments", b"keywords", b"subject", b"thread-index", b"thread-topic"})
TRACE: Final = frozenset({b"received", b"return-path"})
PROTECTED: Final = b'; hp="cipher"'
ASCII: Final[EmailPolicy[EmailMessage]] = SMTP.clone(cte_type="7bit")
UNICODE: Final[EmailPolicy[EmailMessage]] = SMTPUTF8.clone(cte_type="7bit")


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """What stands on the outside of a message: addresses, a date, an id between angle brackets, and a subject.

    `answers` and `references` are the ids of In-Reply-To and References (RFC 5322 section 3.6.4), each with brackets:
    printable ASCII without blanks. `reply_to` is an address for answers, where that is not the sender's.
    """

    sender: str
    recipient: str
    subject: str
    date: datetime
    message_id: str
    answers: tuple[str, ...] = ()
    references: tuple[str, ...] = ()
    reply_to: str = ""

    def fields(self) -> tuple[tuple[str, str], ...]:
        """Return the header fields; `NotSealed` when an address could be read as anything but one address."""
        for address in (self.sender, self.recipient, self.reply_to or self.sender):
            if not ADDRESS.fullmatch(address) or not address.isprintable():
                raise NotSealed("an address cannot stand in a message", hint="check the sender and the recipient")
        return (
            ("From", self.sender),
            *([("Reply-To", self.reply_to)] if self.reply_to else []),
            ("To", self.recipient),
            ("Subject", one_line(self.subject)),
            ("Date", format_datetime(self.date)),
            ("Message-ID", one_line(self.message_id)),
        )

    def thread(self, newline: str = "\r\n") -> tuple[tuple[str, str], ...]:
        """Return the fields that hold a thread together, an id on each line: a library would break long ones up."""
        fold = f"{newline} "
        found = (("In-Reply-To", fold.join(self.answers)), ("References", fold.join(self.references)))
        return tuple((name, value) for name, value in found if value)

    def above(self, message: bytes) -> bytes:
        """Return a message that was composed with `fields`, with those of the thread on top."""
        return "".join(f"{name}: {value}\r\n" for name, value in self.thread()).encode("ascii") + message

    @property
    def policy(self) -> EmailPolicy[EmailMessage]:
        """CRLF; with UTF-8 in headers only where an address needs it (RFC 6532)."""
        return ASCII if (self.sender + self.recipient + self.reply_to).isascii() else UNICODE


def neutral_subject(organisation: str, reference: str) -> str:
    """Return the only subject that a sealed message shows."""
    return one_line(f"Secure message from {organisation} [{reference}]")


def cover(head: Head, envelope: Envelope, note: Note) -> bytes:
    """Return a message that carries one sealed file and says how to open it, and nothing else."""
    message = _start(head)
    message.set_content(note.text())
    message.add_alternative(note.page(), subtype="html")
    maintype, _, subtype = envelope.media_type.partition("/")
    content = envelope.file.read_bytes()
    message.add_attachment(content, maintype=maintype, subtype=subtype, filename=envelope.name)
    return message.as_bytes()


def with_files(head: Head, parts: Sequence[Plain]) -> bytes:
    """Return a message with plain files attached, for a route that protects them itself."""
    message = _start(head)
    names = distinct(part.name for part in parts)
    message.set_content("\n".join(["Attached:", *names, ""]))
    for name, part in zip(names, parts, strict=True):
        known = MEDIA_TYPE.fullmatch(part.media_type)
        maintype, subtype = (known[1], known[2]) if known else ("application", "octet-stream")
        message.add_attachment(whole(part.content), maintype=maintype, subtype=subtype, filename=name)
    return message.as_bytes()


def _start(head: Head) -> EmailMessage:
    message = EmailMessage(policy=head.policy)
    for name, value in head.fields():
        message[name] = value
    return message


def pgp_mime(head: Head, sealed: bytes) -> bytes:
    """Return an RFC 3156 message around a binary OpenPGP message."""
    message = MIMEMultipart("encrypted", policy=head.policy, protocol="application/pgp-encrypted")
    for name, value in head.fields():
        message[name] = value
    control = MIMENonMultipart("application", "pgp-encrypted", policy=head.policy)
    control.set_payload("Version: 1\n")
    body = MIMENonMultipart("application", "octet-stream", policy=head.policy, name="encrypted.asc")
    body["Content-Disposition"] = 'inline; filename="encrypted.asc"'
    body.set_payload(armour(sealed).decode("ascii"))
    message.attach(control)
    message.attach(body)
    return message.as_bytes(policy=head.policy)


def protected(message: bytes, head: Head) -> bytes:
    """Return what goes inside PGP/MIME: the message with its true headers, said to be protected (RFC 9788).

    The body stays byte for byte. Blind recipients and the trace of our own machines are left out; `HP-Outer` repeats
    what the outside shows.
    """
    fields, body, newline = split(message)
    kept = [field for field in fields if field_name(field) not in BLIND | TRACE | {b"hp-outer"}]
    typed = [field for field in kept if field_name(field) == b"content-type"]
    others = [field for field in kept if field_name(field) != b"content-type"]
    declared = typed[0].rstrip(b"\r\n; \t") if typed else b"Content-Type: text/plain; charset=us-ascii"
    if b"mime-version" not in {field_name(field) for field in others}:
        others.append(b"MIME-Version: 1.0" + newline)
    shown = (*head.fields(), *head.thread(newline.decode("ascii")))
    outer = [f"HP-Outer: {name}: {value}".encode() + newline for name, value in shown]
    return b"".join([*others, *outer, declared, PROTECTED, newline, newline, body])


def pass_through(message: bytes, *, subject: str = "") -> bytes:
    """Return a message as it came, without the blind recipients.

    With another subject if one is given, and then without the fields that repeat it or say more of what it is about.
    """
    fields, at, newline = header(message)
    kept = [field for field in fields if field_name(field) not in BLIND]
    if not subject and len(kept) == len(fields):
        return message
    if subject:
        kept = [field for field in kept if field_name(field) not in ABOUT]
        encoded = EmailMessage(policy=ASCII)
        encoded["Subject"] = one_line(subject)
        kept.append(encoded.as_bytes().split(b"\r\n\r\n")[0].replace(b"\r\n", newline) + newline)
    return rebuilt(message, kept, at, newline)


def body_of(message: bytes) -> bytes:
    """Return what follows the headers of a message."""
    return split(message)[1]


def split(message: bytes) -> tuple[list[bytes], bytes, bytes]:
    """Return a message's header fields, each with its line ends, the body, and the line end in use."""
    fields, at, newline = header(message)
    return fields, message[message.find(b"\n", at) + 1 :] if at < len(message) else b"", newline


def header(message: bytes) -> tuple[list[bytes], int, bytes]:
    """Return a message's header fields, each with its line ends, where the line behind them begins, and the line end.

    That is the empty line, or the end of a message that has none. The body is not copied. The line of a mail folder on
    top (RFC 4155) is none of the fields: it stays where some of them are taken out, and not in what is written anew.
    """
    newline = b"\r\n" if b"\r\n" in message[:2000] else b"\n"
    if message.startswith((b"\r\n", b"\n")):
        return [], 0, newline
    end = HEADER_END.search(message)
    at = end.end() if end else len(message)
    fields = [field if field.endswith((b"\n", b"\r")) else field + newline for field in _fields(message[:at])]
    return fields[1:] if FOLDER_LINE.match(message) else fields, at, newline


def rebuilt(message: bytes, fields: Sequence[bytes], at: int, newline: bytes) -> bytes:
    """Return a message with other fields in the place of those that `header` found; the rest is as it was."""
    line = FOLDER_LINE.match(message)
    return b"".join([line[0] if line else b"", *fields, memoryview(message)[at:] if at < len(message) else newline])


def _fields(head: bytes) -> Iterator[bytes]:
    at = 0
    while at < len(head):
        found = FIELD.match(head, at)
        if found is None or found.end() == at:
            yield head[at:]
            return
        yield found[0]
        at = found.end()


def field_name(field: bytes) -> bytes:
    """Return the name of a header field, in lower case; empty for a line that is none, because it has no colon."""
    name, colon, _ = field.partition(b":")
    return name.strip().lower() if colon else b""
