"""What is sealed holds together with what it answers, and its outside tells nothing but ids."""

from __future__ import annotations

import email
import email.policy
from collections.abc import Sequence
from email.message import EmailMessage, MIMEPart
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.intake.thread import references
from gateway.protect import Envelope, Plain, compose
from gateway.protect.content import Held
from gateway.protect.methods.zip_check import own_reader
from gateway.protect.methods.zip_writer import ZipEncryptor
from gateway.protect.seal import Protector
from gateway.protect.thread import MOST, threaded
from tests.unit.protect.sealing import NOW, ORGANISATION, RECIPIENT, SENDER, Kept, on_desk, opened, seal

HEAD = compose.Head(sender=SENDER, recipient=RECIPIENT, subject="s", date=NOW, message_id="<t-1.d-1@council.example>")
LONG = f"<{'A' * 120}@{'b' * 100}.prod.outlook.example>"


class Pgp:
    """Lays some bytes on the desk as if they were sealed, and keeps what it was given."""

    name, by_passphrase = "pgp", False

    def __init__(self) -> None:
        self.inside = b""

    def seal(self, parts: Sequence[Plain], recipient: str, name: str, desk: Path, words: str) -> Envelope:
        del recipient, name, words
        with parts[0].content.open() as source:
            self.inside = source.read(1 << 20)
        return on_desk(desk, b"sealed" * 20)


def letter(*fields: str) -> bytes:
    """Return a letter with text, page, picture and attachments, each with words of its own."""
    message = EmailMessage(policy=email.policy.SMTP)
    message["From"], message["To"], message["Subject"] = SENDER, RECIPIENT, "PROTECT - Anna's results"
    message.set_content("plain words\n")
    message.add_alternative("<p>page <img src='cid:p'> words</p>\n", subtype="html")
    _, page = message.iter_parts()
    assert isinstance(page, MIMEPart)
    page.add_related(b"picture bytes", "image", "png", cid="<p>")
    message.add_attachment(b"secret bytes" * 10, maintype="application", subtype="pdf", filename="Anna.pdf")
    inner = EmailMessage(policy=email.policy.SMTP)
    inner["Subject"] = "an attached mail"
    inner.set_content("attached words\n")
    message.add_attachment(inner)
    return "".join(f"{field}\r\n" for field in fields).encode() + message.as_bytes()


def outside(protector: Protector, message: bytes, kept: Kept) -> EmailMessage:
    part = Plain(name="message.eml", media_type="message/rfc822", content=Held(message))
    sealed, _ = seal(protector, [part], kept, message=True, as_message=True)
    raw = kept.objects[sealed.parts[0].object_id]
    assert all(len(line) < 998 for line in raw.split(b"\r\n"))
    read = email.message_from_bytes(raw, policy=email.policy.default)
    assert isinstance(read, EmailMessage)
    return read


def test_a_container_holds_all_of_the_message_and_its_cover_none() -> None:
    kept, message = Kept(), letter("Message-ID: <1@pc.council.example>", "Bcc: blind@x.example")
    read = outside(Protector(ORGANISATION, [ZipEncryptor(checkers=[own_reader])]), message, kept)
    (attachment,) = read.iter_attachments()
    content = attachment.get_payload(decode=True)
    assert isinstance(content, bytes)
    inside = opened(content, kept.objects["o-1"])["message.eml"]
    assert inside == message.replace(b"Bcc: blind@x.example\r\n", b"")
    whole = email.message_from_bytes(inside, policy=email.policy.default)
    kinds = [part.get_content_type() for part in whole.walk() if not part.is_multipart()]
    assert kinds == ["text/plain", "text/html", "image/png", "application/pdf", "text/plain"]
    for telling in ("plain words", "page <img", "Anna", "results", "PROTECT", "blind@", "picture bytes"):
        assert telling.encode() not in read.as_bytes().replace(content, b"")
    assert (read["From"], read["To"]) == (SENDER, RECIPIENT), "whoever answers reaches the sender"
    assert read["Reply-To"] is None


def test_the_outside_names_nothing_but_who_when_and_ids() -> None:
    fields = [
        "Message-ID: <1@pc>",
        f"References: <0@council.example> <0@womens-refuge.example>\r\n <0@mx.partner.example> {LONG}",
        f"In-Reply-To: {LONG}",
        "Keywords: Anna",
        "X-Y: Anna",
    ]
    for protector in (Protector(ORGANISATION, [ZipEncryptor(checkers=[own_reader])]), Protector(ORGANISATION, [Pgp()])):
        read = outside(protector, letter(*fields), Kept())
        shown = {name.lower() for name in read} - {"mime-version", "content-type", "content-transfer-encoding"}
        assert shown == {"from", "to", "subject", "date", "message-id", "in-reply-to", "references"}
        assert read["Message-ID"] == "<t-1.d-1@council.example>"
        assert str(read["In-Reply-To"]).split() == [LONG]
        assert str(read["References"]).split() == ["<0@council.example>", "<0@mx.partner.example>", LONG, "<1@pc>"]


def test_within_a_seal_the_sender_keeps_their_words_and_the_outside_is_told_there() -> None:
    pgp = Pgp()
    message = letter("Message-ID: <1@pc>", f"In-Reply-To: {LONG}").replace(b"PROTECT - ", b"[encrypt] PROTECT - ")
    outside(Protector(ORGANISATION, [pgp]), message, Kept())
    inside = email.message_from_bytes(pgp.inside, policy=email.policy.default)
    assert inside["Subject"] == "[encrypt] PROTECT - Anna's results"
    assert inside["Message-ID"] == "<1@pc>"
    told = dict(str(each).split(": ", 1) for each in inside.get_all("HP-Outer", []))
    assert told["Message-ID"] == "<t-1.d-1@council.example>"
    assert told["In-Reply-To"].split() == [LONG]
    assert told["References"].split() == [LONG, "<1@pc>"]


def test_an_answer_is_known_by_what_it_refers_to() -> None:
    """The recipient's program puts our Message-ID last, behind what our References named (RFC 5322 3.6.4)."""
    read = outside(Protector(ORGANISATION, [Pgp()]), letter("Message-ID: <1@pc>"), Kept())
    answer = f"In-Reply-To: {read['Message-ID']}\r\nReferences: {read['References']} {read['Message-ID']}\r\n\r\n"
    assert references(answer.encode()) == ("t-1.d-1@council.example", "1@pc")


@pytest.mark.parametrize(
    ("fields", "answers", "found"),
    [
        (b"Subject: x", (), ()),
        (b"In-Reply-To: nothing", (), ()),
        (b"In-Reply-To: <a@b> <c@d>", ("<c@d>",), ("<c@d>",)),
        (b"References: <a@OURS> <c@pc.OURS> <a@OURS>", (), ("<c@pc.OURS>", "<a@OURS>")),
        (b"References: <a@OURS\r\n .c>", (), ()),
        (b"References: <a b@OURS> <\xe9@OURS> <@> <a@b@OURS> <e@THEIRS>", (), ("<e@THEIRS>",)),
        (b"References: <a@notOURS> <a@OURS.example> <a@example> <a@x.THEIRS.> <OURS@>", (), ()),
        (b"Message-ID: <a@b>\r\nMessage-ID: <c@d>", (), ("<a@b>",)),
    ],
)
def test_only_what_is_an_id_is_shown(fields: bytes, answers: tuple[str, ...], found: tuple[str, ...]) -> None:
    written = fields.replace(b"OURS", b"Council.Example").replace(b"THEIRS", b"partner.EXAMPLE")
    head = threaded(HEAD, written + b"\r\n\r\nReferences: <x@council.example>\r\n")
    shown = tuple(each.replace("OURS", "Council.Example").replace("THEIRS", "partner.EXAMPLE") for each in found)
    assert (head.answers, head.references) == (answers, shown)


@pytest.mark.parametrize(
    ("fields", "reply_to"),
    [
        ("From: officer@council.example", ""),
        ("From: An Officer <Officer@COUNCIL.example>", ""),
        ("From: Case System <cases@council.example>", "cases@council.example"),
        ("From: officer@council.example\r\nReply-To: The Team\r\n <team@council.example>", "team@council.example"),
        ("From: cases@council.example\r\nReply-To: officer@council.example", ""),
        ("Reply-To: a@b.example, c@d.example", ""),
        ("Reply-To: a@b.example\r\nReply-To: c@d.example", ""),
        ("Reply-To: undisclosed:;", ""),
        ("Reply-To: caf\u00e9@b.example", ""),
        ("Reply-To: " + "(" * 5_000 + "a@b.example", ""),
        ("Reply-To: " + "(" * 980 + "a@b.example", ""),
        ('Reply-To: "a@b.example" <c@d.example>', "c@d.example"),
        ("Reply-To: a@b.example@c.example", ""),
    ],
)
def test_whoever_answers_reaches_whom_the_sender_meant(fields: str, reply_to: str) -> None:
    head = threaded(HEAD, f"{fields}\r\n\r\nbody".encode())
    assert head.reply_to == reply_to
    assert dict(head.fields()).get("Reply-To", "") == reply_to
    assert head.sender == SENDER


@given(st.lists(st.binary(max_size=30), max_size=60))
def test_whatever_stands_in_these_fields_the_outside_stays_a_header(words: list[bytes]) -> None:
    message = (
        b"Reply-To: "
        + b"".join(words)
        + b"\r\nReferences: "
        + b" <".join(words)
        + b"@x>\r\nIn-Reply-To: <"
        + b"@".join(words)
        + b">\r\n\r\nbody"
    )
    head = threaded(HEAD, message)
    assert len(head.references) <= MOST
    assert head.fields()
    above = head.above(b"From: a@b.example\r\n\r\nbody")
    read = email.message_from_bytes(above, policy=email.policy.compat32)
    assert set(read) <= {"In-Reply-To", "References", "From"}
    assert read.get_payload() == "body"
