from __future__ import annotations

import email
import email.policy
from dataclasses import replace
from datetime import UTC, datetime
from email.message import EmailMessage
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.errors import NotSealed
from gateway.protect import Envelope, Plain, compose
from gateway.protect.content import Held
from gateway.protect.opening import Note
from gateway.protect.passphrase import Told
from tests.unit.protect.sealing import on_desk

HEAD = compose.Head(
    sender="officer@council.example",
    recipient="alice@partner.example",
    subject="Secure message from Council [t-1]",
    date=datetime(2026, 11, 22, 9, 30, tzinfo=UTC),
    message_id="<t-1.d-1@council.example>",
)
MESSAGE = (
    b"Received: from pc.council.example\r\n"
    b"From: officer@council.example\r\n"
    b"Bcc: boss@council.example,\r\n other@council.example\r\n"
    b"Subject: PROTECT - Anna\r\n"
    b"Content-Type: text/plain;\r\n charset=utf-8\r\n"
    b"Content-Transfer-Encoding: 8bit\r\n"
    b"\r\n"
    b"Bcc: this line is text\r\n\r\nd\xc3\xa9j\xc3\xa0 vu\r\n"
)


def parsed(message: bytes) -> EmailMessage:
    read = email.message_from_bytes(message, policy=email.policy.default)
    assert isinstance(read, EmailMessage)
    assert not read.defects
    return read


def envelope(desk: Path, method: str = "zip") -> Envelope:
    return replace(on_desk(desk, b"PK\x03", name=f"secure-t-1.{method}", method=method), media_type="application/zip")


def note(method: str = "zip", organisation: str = "Council", told: str = Told.SENDER) -> Note:
    name = f"secure-t-1.{method}"
    return Note(method=method, name=name, organisation=organisation, sender=HEAD.sender, reference="t-1", told=told)


def test_a_cover_carries_one_sealed_file_and_how_to_open_it(tmp_path: Path) -> None:
    message = parsed(compose.cover(HEAD, envelope(tmp_path), note()))
    body, attached = message.get_body(("plain",)), list(message.iter_attachments())
    assert body is not None
    assert "7-Zip" in body.get_content()
    assert "officer@council.example" in body.get_content()
    assert [part.get_filename() for part in attached] == ["secure-t-1.zip"]
    assert attached[0].get_payload(decode=True) == b"PK\x03"
    assert message["Subject"] == "Secure message from Council [t-1]"
    assert message["From"] == "officer@council.example"
    assert message["To"] == "alice@partner.example"
    assert message["Message-ID"] == "<t-1.d-1@council.example>"
    assert message["Date"].datetime == HEAD.date


def test_a_cover_for_a_key_does_not_speak_of_a_passphrase(tmp_path: Path) -> None:
    body = parsed(compose.cover(HEAD, envelope(tmp_path, "pgp"), note("pgp", told=""))).get_body(("plain",))
    assert body is not None
    assert "passphrase" not in body.get_content()
    assert "OpenPGP" in body.get_content()


def test_lines_end_with_crlf_and_are_seven_bit(tmp_path: Path) -> None:
    for message in (
        compose.cover(HEAD, envelope(tmp_path), note(organisation="Stadtverwaltung Köln")),
        compose.with_files(HEAD, [Plain(name="é.txt", media_type="text/plain", content=Held(b"a\nb\r\nc\r\xff"))]),
        compose.pgp_mime(HEAD, b"\x85" * 1000),
    ):
        assert message.replace(b"\r\n", b"").count(b"\n") == message.replace(b"\r\n", b"").count(b"\r") == 0
        assert message.isascii()


@given(st.text(), st.text(), st.text())
def test_no_name_or_subject_adds_a_header(
    tmp_path_factory: pytest.TempPathFactory, subject: str, name: str, organisation: str
) -> None:
    head = compose.Head(
        sender=HEAD.sender, recipient=HEAD.recipient, subject=subject, date=HEAD.date, message_id=HEAD.message_id
    )
    part = Plain(name=name, media_type=name, content=Held(b"x"))
    sealed = envelope(tmp_path_factory.getbasetemp())
    for message in (compose.with_files(head, [part]), compose.cover(head, sealed, note(organisation=organisation))):
        read = email.message_from_bytes(message, policy=email.policy.compat32)
        assert sorted(key.lower() for key in read.keys()) == [  # noqa: SIM118 - a message is not a dict: repeats count
            "content-type",
            "date",
            "from",
            "message-id",
            "mime-version",
            "subject",
            "to",
        ]


@pytest.mark.parametrize("name", ["a\r\nBcc: spy@elsewhere.example", "a\nBcc: spy@elsewhere.example", "a\x0bBcc: x"])
def test_line_ends_in_names_and_subjects_vanish(name: str) -> None:
    head = compose.Head(
        sender=HEAD.sender, recipient=HEAD.recipient, subject=name, date=HEAD.date, message_id=HEAD.message_id
    )
    message = parsed(compose.with_files(head, [Plain(name=name, media_type="text/plain", content=Held(b"x"))]))
    assert message["Bcc"] is None
    assert "\n" not in message["Subject"]


@pytest.mark.parametrize(
    "address",
    [
        "",
        "alice",
        "a@b@c",
        "a@b.example\r\nBcc: c@d.example",
        "a@b.example, c@d.example",
        "A <a@b.example>",
        "a b@c.example",
        "a@b.example\u202e",
    ],
)
def test_an_address_that_could_be_more_than_one_address_is_refused(address: str) -> None:
    for sender, recipient in ((address, HEAD.recipient), (HEAD.sender, address)):
        head = compose.Head(sender=sender, recipient=recipient, subject="s", date=HEAD.date, message_id="<a@b>")
        with pytest.raises(NotSealed, match="address"):
            compose.with_files(head, [])


def test_files_come_as_they_were() -> None:
    contents = [b"a\nb\r\nc\r", b"", bytes(range(256))]
    kinds = ["text/plain", "message/rfc822", "application/pdf"]
    parts = [
        Plain(name="same.txt", media_type=kind, content=Held(each)) for kind, each in zip(kinds, contents, strict=True)
    ]
    attached = list(parsed(compose.with_files(HEAD, parts)).iter_attachments())
    assert [part.get_payload(decode=True) for part in attached] == contents
    assert [part.get_filename() for part in attached] == ["same.txt", "same-2.txt", "same-3.txt"]
    assert [part.get_content_type() for part in attached] == ["text/plain", "application/octet-stream", kinds[2]]


def test_an_address_beyond_ascii_stays_itself() -> None:
    head = compose.Head(
        sender="jos\u00e9@council.example", recipient=HEAD.recipient, subject="s", date=HEAD.date, message_id="<a@b>"
    )
    assert "From: jos\u00e9@council.example\r\n".encode() in compose.with_files(head, [])


def test_a_message_without_blind_recipients_passes_byte_for_byte() -> None:
    for message in (b"", b"\r\n", b"no header at all", b"A: b\n\nbody\r\nmixed", MESSAGE.replace(b"Bcc", b"Xcc", 1)):
        assert compose.pass_through(message) == message


@given(st.binary(max_size=300))
def test_whatever_has_no_blind_recipients_passes_byte_for_byte(message: bytes) -> None:
    if b"bcc" not in message.lower():
        assert compose.pass_through(message) == message


@pytest.mark.parametrize("newline", [b"\r\n", b"\n", b"\r"])
@pytest.mark.parametrize("name", [b"Bcc:", b"bcc :", b"BCC:", b"Resent-Bcc:"])
def test_only_blind_recipients_are_taken_out(newline: bytes, name: bytes) -> None:
    before, after = b"From: a@b.example" + newline, b"To: c@d.example" + newline
    hidden = name + b" x@y.example," + newline + b"\tz@y.example" + newline
    end = newline + b"Bcc: in the body" + newline if newline != b"\r" else b"\r\n\r\nbody"
    assert compose.pass_through(before + hidden + after + end) == before + after + end


LINE = b"From root@pc-17 Sun Nov 22 09:30:00 2026\r\n"


def test_the_line_of_a_mail_folder_stays_where_fields_are_taken_out_and_is_not_sealed() -> None:
    letter = b"From: a@b.example\r\nSubject: x\r\n"
    assert compose.pass_through(LINE + letter + b"Bcc: c@d.example\r\n\r\nx") == LINE + letter + b"\r\nx"
    assert compose.header(LINE + letter + b"\r\nx")[0] == compose.header(letter + b"\r\nx")[0]
    assert b"root@pc-17" not in compose.protected(LINE + letter + b"\r\nx", HEAD)
    for other in (b"From : a@b.example\r\n\r\nx", b"From the desk of our chairman\r\n\r\nx"):
        assert compose.split(other)[0] == [other.partition(b"\r\n")[0] + b"\r\n"]


def test_another_subject_changes_nothing_else() -> None:
    changed = compose.pass_through(MESSAGE, subject="Secure message\r\nX-Bad: 1")
    assert b"Subject: Secure message X-Bad: 1\r\n" in changed
    assert b"PROTECT" not in changed
    assert changed.partition(b"\r\n\r\n")[2] == MESSAGE.partition(b"\r\n\r\n")[2]
    assert parsed(changed)["From"] == "officer@council.example"


def test_what_is_protected_keeps_its_headers_and_every_byte_of_its_body() -> None:
    payload = compose.protected(MESSAGE, HEAD)
    assert payload.partition(b"\r\n\r\n")[2] == MESSAGE.partition(b"\r\n\r\n")[2]
    read = parsed(payload)
    assert read["Subject"] == "PROTECT - Anna"
    assert read["Bcc"] is None
    assert read["Received"] is None
    assert read.get_content_type() == "text/plain"
    assert read.get_param("hp") == "cipher"
    assert read.get_param("charset") == "utf-8"
    assert read.get_content().endswith("d\u00e9j\u00e0 vu\r\n")
    assert "Subject: Secure message from Council [t-1]" in read.get_all("HP-Outer", [])


def test_what_is_protected_without_any_header_is_plain_text() -> None:
    read = parsed(compose.protected(b"\r\nhello\r\n", HEAD))
    assert read.get_content_type() == "text/plain"
    assert read.get_content() == "hello\r\n"


def test_pgp_mime_has_the_two_parts_of_the_rfc() -> None:
    message = parsed(compose.pgp_mime(HEAD, b"\x85\x01sealed"))
    assert message.get_content_type() == "multipart/encrypted"
    assert message.get_param("protocol") == "application/pgp-encrypted"
    control, body = message.iter_parts()
    assert control.get_content_type() == "application/pgp-encrypted"
    assert control.get_payload(decode=True) == b"Version: 1\r\n"
    assert body.get_content_type() == "application/octet-stream"
    assert str(body.get_payload()).startswith("-----BEGIN PGP MESSAGE-----")
