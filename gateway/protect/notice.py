"""The mail form of a notice to the sender: our own words and no content.

Where it reports a failure, a delay or what a sender wanted reported it is a delivery status notification, which mail
programs know and lists and forms can read: RFC 6522 (multipart/report), RFC 3464 (its second part), RFC 3461.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from datetime import datetime
from email.message import EmailMessage, MIMEPart
from email.policy import SMTP
from email.utils import format_datetime
from typing import Final, Protocol

from gateway.model.report import Action, Enclosed, Report, Reported
from gateway.model.transfer import Evidence, Notice, Sealed

WIDTH: Final = 76
FIELDS_ONLY: Final = "text/rfc822-headers"  # RFC 6522 section 4


class Compose(Protocol):
    """Turns a notice into a message, and the `Sealed` that says it is ours."""

    def __call__(
        self, notice: Notice, text: str, at: datetime, enclosed: Enclosed | None = None
    ) -> tuple[Sealed, bytes]:
        """Return both; what is `enclosed` goes with the text."""


def notice_composer(own_address: str, hostname: str = "", *, leaves_machine: bool = True) -> Compose:
    """Return what turns a notice into a message from `own_address`; `hostname` is which mail server reports.

    What may hold a passphrase needs verified TLS, unless it goes to a mail server on this very machine.
    """
    reporting = hostname or own_address.rpartition("@")[2]

    def compose(notice: Notice, text: str, at: datetime, enclosed: Enclosed | None = None) -> tuple[Sealed, bytes]:
        enclosed = enclosed or Enclosed()
        message = EmailMessage(policy=SMTP if notice.to.isascii() else SMTP.clone(utf8=True))
        message["From"] = own_address
        message["To"] = notice.to
        message["Subject"] = notice.subject
        message["Date"] = format_datetime(at)
        message["Message-ID"] = f"<{notice.id}@{own_address.rpartition('@')[2]}>"
        message["Auto-Submitted"] = "auto-replied"  # RFC 3834: nobody's machine answers it
        if enclosed.reply_to:
            message["Reply-To"] = enclosed.reply_to
        head = message.as_bytes().removesuffix(b"\r\n") + _thread(enclosed)
        body = _report(notice.id, text, enclosed, reporting) if enclosed.report else _text(text)
        needs_proof = leaves_machine and bool(notice.delivery_id)
        return _ours(notice, needs_verified_tls=needs_proof), head + b"MIME-Version: 1.0\r\n" + body

    return compose


def _ours(notice: Notice, *, needs_verified_tls: bool) -> Sealed:
    return Sealed(
        delivery_id=notice.id,
        method="none",
        message=True,
        parts=(),
        evidence=Evidence(method="none", cipher="none", verified_by="notice"),
        needs_verified_tls=needs_verified_tls,
        rule="notice-to-sender",
    )


def _thread(enclosed: Enclosed) -> bytes:
    """Return the fields by which a mail program shows it beside the message it is about: RFC 5322 section 3.6.4."""
    said = enclosed.message_id.encode("ascii")
    return b"In-Reply-To: " + said + b"\r\nReferences: " + said + b"\r\n" if said else b""


def _text(text: str) -> bytes:
    """Return words as a part in seven bits: a server that takes no others may be on the way."""
    part = MIMEPart(policy=SMTP)
    part.set_content(text, cte="7bit" if text.isascii() else "quoted-printable")
    return part.as_bytes()


def _report(serial: str, text: str, enclosed: Enclosed, reporting: str) -> bytes:
    """Return a body of three parts: for people, for programs, and what the message was; RFC 6522 section 3."""
    boundary = f"report-{serial}"
    report = enclosed.report
    status = b"Content-Type: message/delivery-status\r\n\r\n" + (_status(report, reporting) if report else b"")
    fields = f"Content-Type: {FIELDS_ONLY}\r\n\r\n".encode() + enclosed.fields
    head = f'Content-Type: multipart/report; report-type=delivery-status;\r\n boundary="{boundary}"\r\n\r\n'
    parts = (_text(text), status, fields)
    return head.encode() + b"".join(_delimited(boundary, part) for part in parts) + f"--{boundary}--\r\n".encode()


def _delimited(boundary: str, part: bytes) -> bytes:
    return f"--{boundary}\r\n".encode() + part + b"\r\n"


def _status(report: Report, reporting: str) -> bytes:
    """Return the fields about the message, and those about each recipient, each group ended by an empty line."""
    message = {"Reporting-MTA": f"dns; {reporting}", "Arrival-Date": format_datetime(report.arrived)}
    if report.envelope_id:
        message = {"Original-Envelope-Id": report.envelope_id} | message
    groups = [message.items(), *(_about(each) for each in report.recipients)]
    return b"\r\n".join(b"".join(_field(name, value) for name, value in group) for group in groups)


def _about(reported: Reported) -> Iterator[tuple[str, str]]:
    """Yield the fields about one recipient: RFC 3464 section 2.3."""
    reply = reported.reply
    if reported.original:
        yield "Original-Recipient", reported.original.replace(";", "; ", 1)
    yield "Final-Recipient", _address(reported.recipient)
    yield "Action", reported.action
    yield "Status", reported.status
    if reply:
        yield "Remote-MTA", f"dns; {reply.host}"
        yield "Diagnostic-Code", " ".join(f"smtp; {reply.code} {reply.enhanced} {reply.text}".split())
    elif reported.diagnosis:
        yield "Diagnostic-Code", f"X-Gateway; {reported.diagnosis}"
    if reported.action is Action.DELAYED and reported.retry_until:
        yield "Will-Retry-Until", format_datetime(reported.retry_until)


def _address(address: str) -> str:
    r"""Return an address with its type; one that is not ASCII as RFC 6533 section 3 writes it in ASCII: `\x{E9}`."""
    if address.isascii():
        return f"rfc822; {address}"
    written = (each if "!" <= each <= "~" and each not in "\\+=" else f"\\x{{{ord(each):X}}}" for each in address)
    return "utf-8; " + "".join(written)


def _field(name: str, value: str) -> bytes:
    """Return one field, folded between words (RFC 5322 section 2.2.3), in printable ASCII."""
    said = "".join(each if " " <= each <= "~" else "?" for each in value)
    lines = textwrap.wrap(f"{name}: {said}", WIDTH, break_long_words=False, break_on_hyphens=False)
    return "\r\n ".join(lines).encode("ascii") + b"\r\n"
