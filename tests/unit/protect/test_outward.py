"""What the header of a mail tells outside, and what is taken out of it on the way."""

from __future__ import annotations

import email
import email.policy
import re
from email.header import Header
from typing import Final

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from gateway.intake.trace import subject
from gateway.model.subject import asks_for_encryption
from gateway.model.verdict import Network, Obligation
from gateway.protect import Plain
from gateway.protect.content import Held
from gateway.protect.outward import INTERNAL, Outward, Privacy, Trace
from gateway.protect.seal import Protector
from tests.unit.protect.sealing import ORGANISATION, Kept, seal

LABELS: Final = [
    "msip_labels: MSIP_Label_1_Enabled=True;\r\n MSIP_Label_1_Name=Secret",
    "X-Protective-Marking: VER=2018.1, NS=gov.au, SEC=PROTECTED",
    'SIO-Label: marking="RESTRICTED"; type=":ess"',
    "SIO-Label-History: marking=x",
    "X-Classification: PROTECT",
    "x-titus-metadata-40: abc",
    "X-BJDocumentLabel: OFFICIAL",
    "X-Label: internal",
]
OURS: Final = (
    "Received: from pc-17 ([10.1.2.3])\r\n\tby gw.example (secure-transfer-gateway) with ESMTP id t-1;\r\n"
    "\tSun, 22 Nov 2026 09:30:00 +0000\r\n"
)
THEIRS: Final = (
    "Received: from exch01.corp.local (10.9.8.7) by exch02.corp.local\r\n (10.9.8.8) with Microsoft SMTP Server;"
    " Sun, 22 Nov 2026\r\n 09:29:58 +0100\r\n"
)


def mail(*fields: str, body: str = "Dear Anna\r\n") -> bytes:
    return "".join(f"{field}\r\n" for field in ("From: a@b.example", *fields, "To: c@d.example", "", body)).encode()


def passed(
    message: bytes,
    *owed: Obligation,
    privacy: Privacy | None = None,
    channel: str = "",
    network: Network = Network.PUBLIC,
) -> bytes:
    """Return a message as it goes, unsealed."""
    kept = Kept()
    part = Plain(name="message.eml", media_type="message/rfc822", content=Held(message))
    protector = Protector(ORGANISATION, [], privacy=privacy or Privacy())
    sealed, _ = seal(
        protector, [part], kept, obligations=frozenset(owed), message=True, as_message=True, marking="PROTECT",
        channel=channel, network=network,
    )  # fmt: skip
    return kept.objects[sealed.parts[0].object_id]


WHOLE: Final = [
    mail("Subject: Minutes"),
    mail("Subject: Encryption project plan"),
    mail("Subject: =?utf-8?b?w6k=?=\r\n =?iso-8859-1?q?_encrypted?=", "Received: from x by y; never"),
    mail(
        "DKIM-Signature: v=1; a=rsa-sha256; h=from:to;\r\n b=abc",
        "Resent-To: d@e.example",
        "Return-Path: <a@b.example>",
    ),
    mail(*LABELS, "X-Mailer: a program", "X-MS-Has-Attach: yes", "X-Originating-Email: a@b.example"),
    (OURS + THEIRS).encode() + mail("Sensitivity: private"),
    mail("Subject: no body", body="")[:-4],
    b"\r\nno header\r\n",
    b"no field\r\n\r\nbody",
    mail("Subject: x", body="\xff long " * 5_000 + "\r\n\r\n.\r\nno end"),
]


@pytest.mark.parametrize("message", WHOLE, ids=range(len(WHOLE)))
def test_where_nothing_must_change_not_one_byte_does(message: bytes) -> None:
    assert passed(message) == message


def test_fields_of_mail_servers_are_taken_out() -> None:
    own = [
        "X-Originating-IP: [10.1.2.3]",
        "x-originating-ip : 10.1.2.3",
        "X-MS-Exchange-Organization-SCL: -1",
        "X-MS-Exchange-Organization-AuthAs: Internal\r\n folded\r\n\tagain",
        "X-Gateway-Anything: x",
    ]
    assert passed(mail("Subject: x", *own, "X-Kept: y")) == mail("Subject: x", "X-Kept: y")


def test_within_the_organisation_they_stay() -> None:
    message = (OURS + THEIRS).encode() + mail("X-Originating-IP: [10.1.2.3]", "Subject: [encrypt] Minutes")
    assert passed(message, privacy=Privacy(received=Trace.STRIP), network=Network.INTERNAL) == message


def test_blind_recipients_are_always_taken_out_and_what_was_sent_again_stays() -> None:
    again = ["Resent-From: a@b.example", "Resent-To: c@d.example", "Resent-Message-ID: <1@b.example>"]
    for network in Network:
        blind = mail("Bcc: x@y.example", "Subject: x", "Resent-Bcc:\r\n z@y.example", "BCC: q@y.example", *again)
        assert passed(blind, network=network) == mail("Subject: x", *again)


NOTED: Final = ("Apparently-To", "delivered-to", "Envelope-To", "X-Envelope-To", "X-ORIGINAL-TO", "X-Rcpt-To")


@pytest.mark.parametrize("name", NOTED)
def test_what_a_server_noted_of_the_envelope_names_no_blind_recipient(name: str) -> None:
    noted = mail(f"{name}: Blind\r\n <x@y.example>", "Subject: x")
    for network in Network:
        assert passed(noted, network=network) == mail("Subject: x")


def test_what_is_listed_is_taken_out_whatever_its_case_and_nothing_that_mail_needs() -> None:
    privacy = Privacy(fields=("x-mailer", "USER-*", "*"))
    message = mail(
        "X-Mailer: a", "User-Agent: b", "Subject: c", "MIME-Version: 1.0", "Content-Type: text/plain", "X-Y: z"
    )
    assert passed(message, privacy=privacy) == mail("Subject: c", "MIME-Version: 1.0", "Content-Type: text/plain")
    assert Outward(fields=("X.Y*",))(mail("XaY: b", "X-Mailer: a")) == mail("XaY: b", "X-Mailer: a")
    assert Outward()(mail("X-Mailer: a")) == mail("X-Mailer: a")


def test_a_signature_over_what_is_taken_out_keeps_nothing() -> None:
    signed = "DKIM-Signature: v=1; h=from:x-originating-ip:subject; b=abc"
    assert passed(mail(signed, "X-Originating-IP: 10.1.2.3")) == mail(signed)


def test_the_trace_inside_can_be_made_nobodys() -> None:
    message = (OURS + THEIRS + "RECEIVED: from x\r\n by y; nonsense\r\n").encode() + mail("Subject: x")
    done = passed(message, privacy=Privacy(received=Trace.ANONYMISE))
    assert done == (
        b"Received: from hidden.invalid\r\n\tby gw.example (secure-transfer-gateway) with ESMTP id t-1;\r\n"
        b"\tSun, 22 Nov 2026 09:30:00 +0000\r\n"
        b"Received: from hidden.invalid by hidden.invalid; Sun, 22 Nov 2026 09:29:58 +0100\r\n"
    ) + mail("Subject: x")


def test_or_taken_out_but_for_ours_by_which_loops_are_known() -> None:
    message = (OURS + THEIRS + OURS).encode() + mail("Subject: x")
    done = passed(message, privacy=Privacy(received=Trace.STRIP))
    assert done.count(b"Received:") == done.count(b"by gw.example (secure-transfer-gateway)") == 2
    for secret in (b"10.", b"pc-17", b"corp.local"):
        assert secret not in done


@pytest.mark.parametrize("date", ["", "yesterday", "Sun, 99 Nov 99999 25:61:61 +9999", "\u00e9", "1" * 5_000])
@pytest.mark.parametrize("trace", [Trace.ANONYMISE, Trace.STRIP])
def test_no_date_gives_a_host_away_or_stops_it(date: str, trace: Trace) -> None:
    message = f"Received: from pc-17 by pc-18; {date}\r\n".encode() + mail("Subject: x")
    assert b"pc-1" not in passed(message, privacy=Privacy(received=trace))


@pytest.mark.parametrize("label", LABELS)
def test_a_label_is_taken_out_where_that_is_owed(label: str) -> None:
    message = mail("Subject: x", label, "X-Other: y")
    assert passed(message) == message
    for network in Network:
        done = passed(message, Obligation.STRIP_LABELS, network=network)
        assert done == mail("Subject: x", "X-Other: y")


def test_a_marking_that_is_owed_is_put_where_labels_were() -> None:
    done = passed(mail("Subject: x", *LABELS), Obligation.STRIP_LABELS, Obligation.MARK_HEADER)
    read = email.message_from_bytes(done, policy=email.policy.default)
    assert read.get_all("X-Protective-Marking") == ["PROTECT"]
    assert read["msip_labels"] is None


SUBJECTS: Final = [
    ("[encrypt] Minutes", "Minutes"),
    ("Encrypt: Minutes", "Minutes"),
    ("Re: Minutes [SECURE]", "Re: Minutes"),
    ("Minutes -\r\n\tEncrypt", "Minutes"),
    ("[en\r\n crypt] Minutes", "[en crypt] Minutes"),
    ("=?utf-8?q?=5Bencrypt=5D_caf=C3=A9?=", "café"),
    ("=?utf-8?b?W2VuY3J5?=\r\n =?utf-8?b?cHRdIGNhZsOp?=", "café"),
    ("=?iso-8859-1?q?Encrypt_caf=E9?= au lait", "café au lait"),
    ("\uff25\uff4e\uff43\uff52\uff59\uff50\uff54 caf\u00e9", "caf\u00e9"),
    ("[encrypt]", ""),
    ("[enc[encrypt]rypt] [secure] " + "long words " * 200, ("[enc rypt] " + "long words " * 200).strip()),
]


@pytest.mark.parametrize(("written", "seen"), SUBJECTS)
def test_the_word_that_asked_for_encryption_is_taken_out_of_a_subject_that_is_seen(written: str, seen: str) -> None:
    done = passed(mail(f"Subject: {written}", "X-Other: y"))
    assert email.message_from_bytes(done, policy=email.policy.default)["Subject"] == seen
    others = re.compile(rb"^Subject:(?:[^\r]|\r\n[ \t])*\r\n", re.MULTILINE)
    assert others.sub(b"", done) == others.sub(b"", mail(f"Subject: {written}", "X-Other: y"))
    assert max(map(len, done.split(b"\r\n"))) < 998


def test_bytes_of_no_encoding_stay_letters() -> None:
    done = passed(mail("Subject: ?").replace(b"?", b"[encrypt] caf\xe9"))
    assert email.message_from_bytes(done, policy=email.policy.default)["Subject"] == "café"


@pytest.mark.parametrize(
    "written",
    [
        b"[encrypt]r\xe9sum\xe9[secure]=?utf-8?B?=5Bx",
        b"[encrypt] =?utf-8?q?=3D=3Futf-8=3Fq=3F=5Bencrypt=5D=3F=3D?=",
        b"\xe9 Encrypt",
        b"r\xe9sum\xe9 =?utf-8?q?x?= [encrypt]",
        b"caf\xe9encrypt [secure]",
    ],
)
def test_no_broken_or_nested_word_keeps_a_subject_asking_or_stops_the_mail(written: bytes) -> None:
    message = mail("Subject: ?").replace(b"?", written)
    assert asks_for_encryption(subject(message))
    done = Outward(wish=True)(message)
    assert not asks_for_encryption(subject(done))
    assert done.split(b"\r\n", 2)[2] == message.split(b"\r\n", 2)[2]


def test_a_next_hop_that_acts_on_the_word_gets_it() -> None:
    privacy = Privacy(wish_kept=frozenset({"nhsmail"}))
    message = mail("Subject: [secure] Results")
    assert passed(message, privacy=privacy, channel="nhsmail") == message
    assert passed(message, privacy=privacy, channel="other") == mail("Subject: Results")
    neutral = passed(message, Obligation.NEUTRAL_SUBJECT, privacy=privacy, channel="nhsmail")
    assert b"secure" not in neutral.lower().replace(b"secure message from council", b"")


def test_a_marking_stands_in_front_of_the_subject_without_the_word() -> None:
    done = passed(mail("Subject: Encrypt Results"), Obligation.MARK_SUBJECT)
    assert email.message_from_bytes(done, policy=email.policy.default)["Subject"] == "[PROTECT] Results"


@given(st.text(st.characters(exclude_categories=("Cs", "Cc", "Zl", "Zp")), max_size=40))
@example("encrypt Re: [secure]")
def test_no_subject_that_goes_out_asks_any_more_and_no_other_changes(subject: str) -> None:
    for asked in (subject, f"[encrypt] {subject}", f"{subject} encrypt"):
        message = mail(f"Subject: {Header(asked, 'utf-8').encode(linesep=chr(13) + chr(10))}")
        read = email.message_from_bytes(Outward(wish=True)(message), policy=email.policy.default)
        assert not asks_for_encryption(str(read["Subject"]))
        if not asks_for_encryption(asked):
            assert Outward(wish=True)(message) == message


@given(
    st.lists(
        st.sampled_from(
            [b"a: b", b"Received: x; y", b"Subject: [encrypt]", b"X-Gateway-A: b", b"x", b":", b" ", b"", b"\xff: \xff"]
        ),
        max_size=8,
    )
)
def test_whatever_a_header_is_what_stays_stays_in_its_order(lines: list[bytes]) -> None:
    message = b"".join(line + b"\r\n" for line in lines) + b"\r\nbody"
    once = Outward(received=Trace.ANONYMISE, fields=INTERNAL, labels=True, wish=True)(message)
    assert Outward(received=Trace.ANONYMISE, fields=INTERNAL, labels=True, wish=True)(once) == once
    assert once.endswith(b"body")
    assert once.count(b"a: b") == message.count(b"a: b")
