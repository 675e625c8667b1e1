"""Notices by mail as programs read them: Python's own parser is the other reader of what we write by hand."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from email import message_from_bytes
from email.message import EmailMessage, Message
from email.policy import default
from email.utils import parsedate_to_datetime
from typing import Final

import pytest
from flufl.bounce import all_failures
from hypothesis import given
from hypothesis import strategies as st

from gateway.model.report import Action, Enclosed, Report, Reported
from gateway.model.transfer import Notice, Reply
from gateway.protect.notice import notice_composer
from gateway.protect.original import safe_fields
from gateway.testing.values import NOON

NOTICE: Final = Notice(
    id="n-0123456789abcdef", about="undeliverable", to="staff@council.example", subject="Could not be delivered",
    object_id="o-1",
)  # fmt: skip
WORDS: Final = "What happened: it could not be delivered.\n\nBeth ddigwyddodd: ni ellid ei danfon, ŵyr neb pam.\n"
REPLY: Final = Reply(host="mx.partner.example", code=550, enhanced="5.1.1", text="no such mailbox here")
FAILED: Final = Reported(
    recipient="friend@partner.example", original="rfc822;Friend+1@partner.example", action=Action.FAILED,
    status="5.1.1", reply=REPLY,
)  # fmt: skip
REPORT: Final = Report(arrived=NOON, envelope_id="QQ314159", recipients=(FAILED,))
ENCLOSED: Final = Enclosed(
    report=REPORT, message_id="<m1@council.example>", fields=b"Message-ID: <m1@council.example>\r\n"
)


def composed(notice: Notice = NOTICE, text: str = WORDS, enclosed: Enclosed = ENCLOSED) -> EmailMessage:
    _, raw = notice_composer("gateway@council.example", "gw.council.example")(notice, text, NOON, enclosed)
    assert raw.count(b"\r\n") == raw.count(b"\n") == raw.count(b"\r")
    assert max(map(len, raw.split(b"\r\n"))) <= 998, "RFC 5322 section 2.1.1"
    parsed = message_from_bytes(raw, policy=default)
    assert isinstance(parsed, EmailMessage)
    assert [each for part in parsed.walk() for each in part.defects] == []
    return parsed


def parts(message: EmailMessage) -> list[EmailMessage]:
    found = message.get_payload()
    assert isinstance(found, list)
    assert all(isinstance(each, EmailMessage) for each in found)
    return [each for each in found if isinstance(each, EmailMessage)]


def status(message: EmailMessage) -> list[Message]:
    """Return the groups of fields of the second part: about the message, then about each recipient."""
    groups = parts(message)[1].get_payload()
    assert isinstance(groups, list)
    return [each for each in groups if isinstance(each, Message) and each.keys()]


def test_a_report_has_the_three_parts_of_rfc_6522_and_comes_from_nobody() -> None:
    message = composed()
    assert message.get_content_type() == "multipart/report"
    assert message.get_param("report-type") == "delivery-status"
    kinds = [each.get_content_type() for each in parts(message)]
    assert kinds == ["text/plain", "message/delivery-status", "text/rfc822-headers"]
    assert parts(message)[0].get_content().replace("\r\n", "\n") == WORDS
    assert parts(message)[2].get_payload() == "Message-ID: <m1@council.example>\r\n"
    assert (message["Auto-Submitted"], message["In-Reply-To"]) == ("auto-replied", "<m1@council.example>")
    assert message["References"] == "<m1@council.example>"
    assert message["Reply-To"] is None


def test_the_fields_of_a_failure_are_those_of_rfc_3464() -> None:
    about, recipient = status(composed())
    assert dict(about.items()) == {
        "Original-Envelope-Id": "QQ314159",
        "Reporting-MTA": "dns; gw.council.example",
        "Arrival-Date": "Sun, 22 Nov 2026 12:00:00 +0000",
    }
    assert dict(recipient.items()) == {
        "Original-Recipient": "rfc822; Friend+1@partner.example",
        "Final-Recipient": "rfc822; friend@partner.example",
        "Action": "failed",
        "Status": "5.1.1",
        "Remote-MTA": "dns; mx.partner.example",
        "Diagnostic-Code": "smtp; 550 5.1.1 no such mailbox here",
    }


def test_a_delay_says_until_when_it_is_tried() -> None:
    until = NOON + timedelta(days=5)
    late = Reported(recipient="a@b.example", action=Action.DELAYED, status="4.4.1", retry_until=until)
    _, recipient = status(composed(enclosed=replace(ENCLOSED, report=replace(REPORT, recipients=(late,)))))
    assert (recipient["Action"], recipient["Status"]) == ("delayed", "4.4.1")
    assert parsedate_to_datetime(recipient["Will-Retry-Until"]) == until
    assert recipient["Diagnostic-Code"] is None


def test_every_recipient_has_fields_of_their_own() -> None:
    many = tuple(replace(FAILED, recipient=f"friend{number}@partner.example") for number in range(50))
    _, *recipients = status(composed(enclosed=replace(ENCLOSED, report=replace(REPORT, recipients=many))))
    assert [each["Final-Recipient"] for each in recipients] == [f"rfc822; {each.recipient}" for each in many]


def test_an_address_that_is_not_ascii_is_written_as_rfc_6533_says() -> None:
    one = replace(FAILED, recipient="zoë+x@partner.example")
    _, recipient = status(composed(enclosed=replace(ENCLOSED, report=replace(REPORT, recipients=(one,)))))
    assert recipient["Final-Recipient"] == r"utf-8; zo\x{EB}\x{2B}x@partner.example"


def test_a_notice_to_an_address_that_is_not_ascii_names_it() -> None:
    assert "zoë@council.example" in composed(replace(NOTICE, to="zoë@council.example"))["To"]


def test_what_is_no_report_is_a_plain_message_in_seven_bits() -> None:
    _, raw = notice_composer("gateway@council.example")(NOTICE, WORDS, NOON)
    assert raw.isascii()
    message = composed(enclosed=Enclosed(reply_to="answer+x@gateway.council.example"))
    assert message.get_content_type() == "text/plain"
    assert message.get_content().replace("\r\n", "\n") == WORDS
    assert message["Reply-To"] == "answer+x@gateway.council.example"
    assert message["In-Reply-To"] is None


def read_by_mailman(*recipients: Reported) -> tuple[set[bytes], set[bytes]]:
    """Return who is late and who failed, as the program reads it that most mailing lists run on."""
    report = replace(REPORT, recipients=recipients)
    _, raw = notice_composer("gateway@council.example")(NOTICE, WORDS, NOON, replace(ENCLOSED, report=report))
    late, failed = all_failures(message_from_bytes(raw))
    return set(late), set(failed)


def test_mailman_reads_who_failed_who_is_late_and_that_success_is_neither() -> None:
    many = [replace(FAILED, original="", recipient=f"friend{number}@partner.example") for number in range(3)]
    assert read_by_mailman(*many) == (set(), {each.recipient.encode() for each in many})
    late = replace(many[0], action=Action.DELAYED, status="4.4.1", retry_until=NOON, reply=None)
    assert read_by_mailman(late, many[1]) == ({b"friend0@partner.example"}, {b"friend1@partner.example"})
    relayed = replace(many[0], action=Action.RELAYED, status="2.0.0", reply=None)
    assert read_by_mailman(relayed) == (set(), set())
    assert read_by_mailman(FAILED) == (set(), {b"Friend+1@partner.example"}), "as its sender wrote it"


LINES: Final = st.text(st.characters(codec="utf-8", exclude_characters="\r"), max_size=300)


@given(text=LINES, said=LINES, host=LINES, diagnosis=LINES, envelope_id=LINES)
def test_nothing_that_others_said_becomes_a_field_or_a_part(
    text: str, said: str, host: str, diagnosis: str, envelope_id: str
) -> None:
    reply = Reply(host=host, code=550, text=said) if said else None
    one = replace(FAILED, reply=reply, diagnosis=diagnosis, original="")
    report = Report(arrived=NOON, recipients=(one,), envelope_id=envelope_id)
    message = composed(text=text or "x", enclosed=replace(ENCLOSED, report=report))
    assert len(parts(message)) == 3
    about, recipient = status(message)
    assert set(about.keys()) <= {"Original-Envelope-Id", "Reporting-MTA", "Arrival-Date"}
    allowed = {"Final-Recipient", "Action", "Status", "Remote-MTA", "Diagnostic-Code"}
    assert set(recipient.keys()) <= allowed
    assert (recipient["Action"], recipient["Status"]) == ("failed", "5.1.1")


HEAD: Final = (
    b"Received: from a ([10.0.0.1])\r\n\tby b; Sun, 22 Nov 2026 12:00:00 +0000\r\n"
    b"From: Staff <staff@council.example>\r\nTO: a@b.example,\r\n c@d.example\r\nSubject: Anna Smith\r\n"
    b"Bcc: secret@council.example\r\nDate: Sun, 22 Nov 2026 12:00:00 +0000\r\nMessage-Id: <m1@council.example>\r\n"
    b"\r\nTo: the body says this\r\n"
)


def test_of_a_message_only_what_says_nothing_is_given_back() -> None:
    message_id, fields = safe_fields(HEAD)
    assert message_id == "<m1@council.example>"
    assert fields == (
        b"From: Staff <staff@council.example>\r\nTO: a@b.example,\r\n c@d.example\r\n"
        b"Date: Sun, 22 Nov 2026 12:00:00 +0000\r\nMessage-Id: <m1@council.example>\r\n"
    )


@pytest.mark.parametrize(
    "head",
    [
        b"",
        b"no field at all",
        b"Message-ID: none\r\n\r\n",
        b"Message-ID: <a b@c>\r\n\r\n",
        b"Message-ID: <" + b"a" * 300 + b"@c>\r\n\r\n",
        b"Message-ID: <a\r\nBcc: x@y>\r\n\r\n",
        b"Subject: x\r\n\r\nMessage-ID: <of-the-body@c>\r\n",
    ],
)
def test_a_message_without_a_usable_id_is_in_no_thread(head: bytes) -> None:
    assert safe_fields(head)[0] == ""


def test_a_field_that_is_too_long_or_not_ascii_is_left_out_whole() -> None:
    head = b"To: " + b"a" * 3000 + b"\r\nFrom: Zo\xc3\xab <z@council.example>\r\nDate: now\r\n\r\n"
    assert safe_fields(head) == ("", b"Date: now\r\n")
    cut = b"Date: now\r\nTo: somebody who is cut o"
    assert safe_fields(cut) == ("", b"Date: now\r\n")


@pytest.mark.parametrize(("about", "leaves", "needs"), [("d-1", True, True), ("d-1", False, False), ("", True, False)])
def test_what_can_hold_a_passphrase_needs_verified_tls_wherever_it_leaves_the_machine(
    about: str, *, leaves: bool, needs: bool
) -> None:
    compose = notice_composer("gateway@council.example", leaves_machine=leaves)
    sealed, _ = compose(replace(NOTICE, delivery_id=about), WORDS, NOON)
    assert sealed.needs_verified_tls is needs
    careful, _ = notice_composer("gateway@council.example")(replace(NOTICE, delivery_id=about), WORDS, NOON)
    assert careful.needs_verified_tls is bool(about), "who does not say takes it to leave"
