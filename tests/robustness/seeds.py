"""The mails that are damaged: every mail of the corpora where they are, and our own, which are always there."""

from __future__ import annotations

import re
import tarfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from email.message import EmailMessage
from email.policy import SMTP
from functools import cache
from pathlib import Path
from typing import Final

from gateway.testing import documents
from gateway.testing.canaries import all_documents
from gateway.testing.documents import docx, zipped
from gateway.testing.scan_material import letter

CORPORA: Final = Path(__file__).parents[3] / "shared" / "corpora"
LINE_END: Final = re.compile(rb"\r\n|\r|\n")
FOLDER_LINE: Final = re.compile(rb"\AFrom [^\r\n]*(?:\r\n|\r|\n)")
FROM: Final = "staff@exampleshire.example"
TO: Final = "friend@partner.example"
PROTECT: Final = "PROTECT - PERSONAL"
RESTRICTED: Final = "RESTRICTED"
PROSE: Final = "The committee met on Tuesday and agreed the programme for the spring.\n"
LARGEST: Final = 120_000
"""Bytes of a mail that is damaged; larger ones are carried as they are."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Seed:
    """A whole mail. `marking` is what it is marked with, where its mark is a line or a file by itself."""

    name: str
    data: bytes
    marking: str = ""


def mail(sender: str, recipient: str, subject: str, text: str, files: Sequence[tuple[str, bytes]] = ()) -> bytes:
    """Return the same mail in every process: its id and its boundary are drawn elsewhere."""
    drawn = documents.mail(sender, recipient, subject, text, files)
    drawn = re.sub(rb"Message-ID: <\d+@", b"Message-ID: <4711@", drawn)
    return re.sub(rb"=={10,20}\d+==", b"===============0123456789==", drawn)


def as_sent(stored: bytes) -> bytes:
    """Return a stored mail as it is sent: with CRLF, and without the line that a mail folder puts in front of it."""
    return LINE_END.sub(b"\r\n", FOLDER_LINE.sub(b"", stored))


def corpora() -> Iterator[Seed]:
    """Yield every mail of the corpora as it is sent; none where they are not here."""
    packed = CORPORA / "spamassassin_mime" / "mail.tar.gz"
    if packed.is_file():
        with tarfile.open(packed) as archive:
            for member in sorted(archive, key=lambda each: each.name):
                file = archive.extractfile(member)
                if file and member.name.endswith(".eml"):
                    yield Seed(name=member.name, data=as_sent(file.read()))
    for folder in ("mail_parser_fixtures", "tika_extraction"):
        for path in sorted((CORPORA / folder).rglob("*.eml")):
            yield Seed(name=path.name, data=as_sent(path.read_bytes()))


def own() -> Iterator[Seed]:
    """Yield mails that were written here: marked, unmarked, with files, pages, mails within, and odd headers."""
    plan, marked = docx([PROSE] * 3), docx([PROSE], header=PROTECT)
    yield Seed(name="plain", data=mail(FROM, TO, "Minutes", PROSE * 20))
    yield Seed(name="with a file", data=mail(FROM, TO, "Plan", PROSE, [("plan.docx", plan)]))
    yield Seed(name="with an archive", data=mail(FROM, TO, "Plans", PROSE, [("p.zip", zipped({"plan.docx": plan}))]))
    yield Seed(name="marked above", data=mail(FROM, TO, "Visit", f"{PROTECT}\n\n{PROSE * 5}"), marking=PROTECT)
    yield Seed(name="marked below", data=mail(FROM, TO, "Visit", f"{PROSE * 5}\n{PROTECT}\n"), marking=PROTECT)
    yield Seed(name="restricted", data=mail(FROM, TO, "Plan", f"{RESTRICTED}\n\n{PROSE * 5}"), marking=RESTRICTED)
    yield Seed(name="marked file", data=mail(FROM, TO, "Plan", PROSE, [("plan.docx", marked)]), marking=PROTECT)
    yield Seed(name="people", data=mail(FROM, TO, "Referral", letter(7)))
    yield Seed(name="asks", data=mail(FROM, TO, "[encrypt] Minutes", PROSE * 5))
    yield Seed(name="letters", data=_letters())
    yield Seed(name="page", data=_page())
    yield Seed(name="within", data=_within(mail(FROM, TO, "Inner", f"{PROTECT}\n\n{PROSE}")), marking=PROTECT)
    yield Seed(name="trace", data=_traced())
    yield Seed(name="signed", data=_signed())
    for document in all_documents():
        if document.kind in {"eml", "ics", "vcf", "mbox"} and len(document.data) < LARGEST:
            yield Seed(name=document.name, data=as_sent(document.data))


def _letters() -> bytes:
    message = EmailMessage(policy=SMTP)
    message["From"], message["To"] = "Zo\u00eb O\u2019Neill <staff@exampleshire.example>", TO
    message["Subject"] = (
        "Sch\u00f6ne Gr\u00fc\u00dfe, \u0437\u0434\u0440\u0430\u0432\u0441\u0442\u0432\u0443\u0439 " * 3
    )
    message.set_content("caf\u00e9 \u20ac \u65e5\u672c\u8a9e\n" + "x" * 200 + "\n", cte="quoted-printable")
    message.add_attachment(b"a,b\r\n1,2\r\n", maintype="text", subtype="csv", filename="\u00fcber \u65e5\u672c.csv")
    return re.sub(rb"=={10,20}\d+==", b"===============0123456789==", message.as_bytes())


def _page() -> bytes:
    message = EmailMessage(policy=SMTP)
    message["From"], message["To"], message["Subject"] = FROM, TO, "A page"
    message.set_content(PROSE * 3)
    message.add_alternative(f"<html><body><p>{PROSE * 3}</p><img src='cid:one'></body></html>", subtype="html")
    return re.sub(rb"=={10,20}\d+==", b"===============0123456789==", message.as_bytes())


def _within(inner: bytes) -> bytes:
    head = f"From: {FROM}\r\nTo: {TO}\r\nSubject: Fwd: Inner\r\nMIME-Version: 1.0\r\n"
    head += "Content-Type: multipart/mixed; boundary=out\r\n\r\n--out\r\n\r\nsee below\r\n"
    return head.encode() + b"--out\r\nContent-Type: message/rfc822\r\n\r\n" + inner + b"\r\n--out--\r\n"


def _traced() -> bytes:
    head = (
        "Return-Path: <staff@exampleshire.example>\r\n"
        "Received: from pc-17 ([10.1.2.3]) by mail.exampleshire.example;\r\n\tSun, 22 Nov 2026 09:29:58 +0000\r\n"
        "DKIM-Signature: v=1; a=rsa-sha256; d=exampleshire.example; s=a; h=from:to; bh=x; b=y\r\n"
        "X-MS-Exchange-Organization-SCL: -1\r\nX-Originating-IP: [10.1.2.3]\r\n"
        "In-Reply-To: <1@partner.example>\r\nReferences: <0@partner.example>\r\n <1@partner.example>\r\n"
        "Bcc: hidden@elsewhere.example,\r\n\tmore.hidden@elsewhere.example\r\nResent-Bcc: third.hidden@x.example\r\n"
    )
    return head.encode() + mail(FROM, TO, "Re: Minutes", PROSE * 4)


def _signed() -> bytes:
    head = f"From: {FROM}\r\nTo: {TO}\r\nSubject: Signed\r\nMIME-Version: 1.0\r\n"
    head += 'Content-Type: multipart/signed; micalg=sha-256; protocol="application/pgp-signature"; boundary=s\r\n\r\n'
    body = f"--s\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n{PROSE.strip()}\r\n--s\r\n"
    body += "Content-Type: application/pgp-signature\r\n\r\n-----BEGIN PGP SIGNATURE-----\r\n\r\niQ==\r\n"
    return (head + body + "-----END PGP SIGNATURE-----\r\n--s--\r\n").encode()


@cache
def seeds() -> tuple[Seed, ...]:
    """Return all of them, ours first."""
    return (*own(), *corpora())
