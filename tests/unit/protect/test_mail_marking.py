"""A marking in the subject, the header and the text of real messages, and not one other byte changed."""

from __future__ import annotations

import base64
import email
import email.policy
from email.message import EmailMessage

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.errors import NotSealed
from gateway.model.verdict import Obligation
from gateway.protect.duties import MARKS
from gateway.protect.marking import HEADER, checked, in_front, marked

WORDS = "PROTECT"
SUBJECT = frozenset({Obligation.MARK_SUBJECT})
HEADERS = frozenset({Obligation.MARK_HEADER})
BODY = frozenset({Obligation.MARK_BODY})

PLAIN = (
    b"From: a@council.example\r\n"
    b"To: b@partner.example\r\n"
    b"Subject: Your visit\r\n"
    b"Content-Type: text/plain; charset=utf-8\r\n"
    b"Content-Transfer-Encoding: 8bit\r\n"
    b"\r\n"
    b"D\xc3\xa9j\xc3\xa0 vu\r\n"
)
PDF = b"JVBERi0xLjcNCiXi48/TDQo=\r\n"
MIXED = (
    b"From: a@council.example\r\n"
    b"Subject: =?utf-8?q?Caf=C3=A9?=\r\n =?utf-8?q?_plan?=\r\n"
    b"MIME-Version: 1.0\r\n"
    b'Content-Type: multipart/mixed; boundary="outer"\r\n'
    b"\r\n"
    b"preamble\r\n"
    b"--outer\r\n"
    b'Content-Type: multipart/alternative; boundary="inner"\r\n'
    b"\r\n"
    b"--inner\r\n"
    b"Content-Type: text/plain; charset=utf-8; format=flowed\r\n"
    b"Content-Transfer-Encoding: quoted-printable\r\n"
    b"\r\n"
    b"D=C3=A9j=C3=A0 vu =\r\nagain\r\n"
    b"--inner\r\n"
    b"Content-Type: text/html; charset=utf-8\r\n"
    b"Content-Transfer-Encoding: base64\r\n"
    b"\r\n"
    + base64.encodebytes(b"<html><!-- <body> --><body class='x'>\r\n<p>D\xc3\xa9j\xc3\xa0 vu</p></body></html>")
    + b"\r\n"
    b"--inner--\r\n"
    b"--outer\r\n"
    b"Content-Type: application/pdf; name=plan.pdf\r\n"
    b"Content-Disposition: attachment; filename=plan.pdf\r\n"
    b"Content-Transfer-Encoding: base64\r\n"
    b"\r\n" + PDF + b"--outer\r\n"
    b"Content-Type: text/plain\r\n"
    b"Content-Disposition: attachment; filename=notes.txt\r\n"
    b"\r\n"
    b"attached notes  \r\n\r\n"
    b"--outer--\r\n"
    b"epilogue\r\n"
)
SIGNED = (
    b"From: a@council.example\r\n"
    b"Subject: signed\r\n"
    b'Content-Type: multipart/signed; protocol="application/pgp-signature"; micalg=pgp-sha256; boundary="s"\r\n'
    b"\r\n"
    b"--s\r\n"
    b"Content-Type: text/plain\r\n"
    b"\r\n"
    b"every byte here is signed \r\n"
    b"--s\r\n"
    b"Content-Type: application/pgp-signature\r\n"
    b"\r\n"
    b"-----BEGIN PGP SIGNATURE-----\r\n"
    b"--s--\r\n"
)


def read(message: bytes) -> EmailMessage:
    parsed = email.message_from_bytes(message, policy=email.policy.default)
    assert isinstance(parsed, EmailMessage)
    return parsed


def text_of(message: EmailMessage, kind: str) -> str:
    body = message.get_body((kind,))
    assert body is not None
    return str(body.get_content())


def test_a_plain_message_is_marked_in_all_three_places_and_changes_in_no_other() -> None:
    done = marked(PLAIN, WORDS, MARKS)
    assert done == (
        PLAIN.replace(b"Subject: Your visit", b"Subject: [PROTECT] Your visit")
        .replace(b"8bit\r\n\r\n", b"8bit\r\nX-Protective-Marking: PROTECT\r\n\r\nPROTECT\r\n\r\n")
    )  # fmt: skip


@pytest.mark.parametrize(
    ("subject", "shown"),
    [
        (b"Subject: Your visit\r\n", "[PROTECT] Your visit"),
        (b"subject:Your visit\r\n", "[PROTECT] Your visit"),
        (b"Subject:\r\n", "[PROTECT]"),
        (b"Subject:   \r\n", "[PROTECT]"),
        (b"Subject:\r\n folded at once\r\n", "[PROTECT] folded at once"),
        (b"Subject: folded\r\n\tlater\r\n", "[PROTECT] folded\tlater"),
        (b"Subject: =?utf-8?b?Q2Fmw6k=?=\r\n", "[PROTECT] Caf\u00e9"),
        (b"Subject: =?utf-8?q?Caf=C3=A9?=\r\n =?utf-8?q?_plan?=\r\n", "[PROTECT] Caf\u00e9 plan"),
        (b"Subject: " + b"long " * 30 + b"\r\n", "[PROTECT] " + ("long " * 30).strip()),
        (b"Subject: Re: visit\r\n", "[PROTECT] Re: visit"),
        (b"Subject: PROTECTED species\r\n", "[PROTECT] PROTECTED species"),
        (b"Subject: we PROTECT you\r\n", "[PROTECT] we PROTECT you"),
    ],
)
def test_a_subject_gets_the_marking_in_front(subject: bytes, shown: str) -> None:
    before = PLAIN.replace(b"Subject: Your visit\r\n", subject)
    done = marked(before, WORDS, SUBJECT)
    assert str(read(done)["Subject"]).strip() == shown
    value = subject.partition(b":")[2].strip()
    assert value in done, "what stood there stands there still, byte for byte"
    assert done.partition(b"\r\n\r\n")[2] == before.partition(b"\r\n\r\n")[2]
    assert max(map(len, done.partition(b"\r\n\r\n")[0].splitlines())) < 200


@pytest.mark.parametrize(
    "subject",
    [
        b"Subject: [PROTECT] visit\r\n",
        b"Subject: Re: [PROTECT] visit\r\n",
        b"Subject: PROTECT - PERSONAL: Anna\r\n",
        b"Subject: Fwd: PROTECT: visit\r\n",
        b"Subject: PROTECT\r\n",
        b"Subject: =?utf-8?b?W1BST1RFQ1RdIENhZsOp?=\r\n",
        b"Subject: =?utf-8?q?=5BPROT?=\r\n =?utf-8?q?ECT=5D_Caf=C3=A9?=\r\n",
    ],
)
def test_a_marking_that_is_there_is_not_put_there_twice(subject: bytes) -> None:
    before = PLAIN.replace(b"Subject: Your visit\r\n", subject)
    assert marked(before, WORDS, SUBJECT) == before
    assert marked(marked(PLAIN, WORDS, MARKS), WORDS, SUBJECT | HEADERS) == marked(PLAIN, WORDS, MARKS)


def test_an_8_bit_subject_stays_and_a_missing_one_is_made() -> None:
    raw = PLAIN.replace(b"Your visit", b"Caf\xc3\xa9 \xff")
    assert b"Subject: [PROTECT] Caf\xc3\xa9 \xff\r\n" in marked(raw, WORDS, SUBJECT)
    bare = PLAIN.replace(b"Subject: Your visit\r\n", b"")
    assert read(marked(bare, WORDS, SUBJECT))["Subject"] == "[PROTECT]"


def test_every_subject_is_marked_where_a_message_has_several() -> None:
    twice = PLAIN.replace(b"Subject: Your visit\r\n", b"Subject: one\r\nSubject: two\r\n")
    assert email.message_from_bytes(marked(twice, WORDS, SUBJECT)).get_all("subject") == [
        "[PROTECT] one", "[PROTECT] two",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "earlier",
    [
        b"X-Protective-Marking: VER=2018.1, SEC=OFFICIAL\r\n",
        b"x-protective-marking: UNCLASSIFIED\r\n",
        b"X-Protective-Marking:\r\n UNCLASSIFIED\r\nX-Protective-Marking: PROTECT\r\n",
        b"X-Protective-Marking: PROTECT\r\nX-Protective-Marking: PROTECT\r\n",
    ],
)
def test_no_other_label_stays_beside_ours(earlier: bytes) -> None:
    other = PLAIN.replace(b"To:", earlier + b"To:")
    done = marked(other, WORDS, HEADERS)
    assert read(done).get_all(HEADER) == ["PROTECT"]
    assert done == marked(PLAIN, WORDS, HEADERS)
    assert marked(done, WORDS, HEADERS) == done


def test_what_is_attached_stays_byte_for_byte() -> None:
    done = marked(MIXED, WORDS, MARKS)
    attached = MIXED[MIXED.index(b"--inner--") :]
    assert done.endswith(attached)
    message = read(done)
    assert message["Subject"] == "[PROTECT] Caf\u00e9 plan"
    assert text_of(message, "plain").splitlines()[:3] == ["PROTECT", "", "D\u00e9j\u00e0 vu again"]
    assert "<body class='x'><p><strong>PROTECT</strong></p>" in text_of(message, "html")
    assert "D\u00e9j\u00e0 vu</p>" in text_of(message, "html")
    assert message.preamble == read(MIXED).preamble
    unchanged = marked(MIXED, WORDS, SUBJECT | HEADERS)
    assert unchanged.partition(b"\r\n\r\n")[2] == MIXED.partition(b"\r\n\r\n")[2]


@pytest.mark.parametrize(
    ("page", "start"),
    [
        (b"<p>hi", b"<p><strong>PROTECT</strong></p>\r\n<p>hi"),
        (b"<!DOCTYPE html><p>hi", b"<!DOCTYPE html><p><strong>"),
        (b"<html><head><title><body></title></head><p>hi", b"<html><head><title><body></title></head><p><strong>"),
        (b'<BODY style="a>b">hi', b'<BODY style="a>b"><p><strong>'),
        (b"<script>'<body>'</script><body>hi", b"<script>'<body>'</script><body><p><strong>"),
        (b"<!-- <body> --><body>hi", b"<!-- <body> --><body><p><strong>"),
        (b"1 < 2 & 3", b"<p><strong>PROTECT</strong></p>\r\n1 < 2"),
    ],
)
def test_a_page_is_marked_where_it_shows(page: bytes, start: bytes) -> None:
    message = PLAIN.replace(b"text/plain", b"text/html").replace(b"D\xc3\xa9j\xc3\xa0 vu\r\n", page)
    assert marked(message, WORDS, BODY).partition(b"\r\n\r\n")[2].startswith(start)


@pytest.mark.parametrize("page", [b"<!-- never ends <body>", b"<p title='never ends>", b"<script>never ends", b"<p"])
def test_a_page_that_cannot_be_followed_is_not_marked(page: bytes) -> None:
    message = PLAIN.replace(b"text/plain", b"text/html").replace(b"D\xc3\xa9j\xc3\xa0 vu\r\n", page)
    with pytest.raises(NotSealed, match="does not end"):
        marked(message, WORDS, BODY)


def test_a_signed_message_bears_it_in_subject_and_header_only() -> None:
    done = marked(SIGNED, WORDS, SUBJECT | HEADERS)
    assert done.partition(b"\r\n\r\n")[2] == SIGNED.partition(b"\r\n\r\n")[2]
    assert b"Subject: [PROTECT] signed\r\n" in done
    with pytest.raises(NotSealed, match="signed or encrypted"):
        marked(SIGNED, WORDS, MARKS)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (b"text/plain; charset=utf-8", b"application/pkcs7-mime", "signed or encrypted"),
        (b"text/plain; charset=utf-8", b"application/pdf", "no text"),
        (b"charset=utf-8", b"charset=utf-16", "character set"),
        (b"charset=utf-8", b"charset=x-unknown", "character set"),
        (b"charset=utf-8", b"charset=cp037", "character set"),
        (b"8bit", b"x-uuencode", "transfer encoding"),
        (b"D\xc3\xa9", b"-----BEGIN PGP SIGNED MESSAGE-----\r\n", "signed or encrypted"),
        (b"Content-Transfer-Encoding: 8bit\r\n", b"Content-Type: text/html\r\n", "says twice"),
        (b"text/plain; charset=utf-8", b"multipart/mixed; boundary=none", "cannot be told apart"),
        (b"text/plain; charset=utf-8", b"multipart/mixed", "cannot be told apart"),
    ],
)
def test_a_text_that_cannot_be_changed_for_sure_is_not_marked(old: bytes, new: bytes, said: str) -> None:
    message = PLAIN.replace(old, new)
    assert message != PLAIN
    with pytest.raises(NotSealed, match=said):
        marked(message, WORDS, BODY)


def test_an_alternative_that_could_not_be_marked_would_be_shown_instead() -> None:
    invitation = MIXED.replace(b"Content-Type: text/html; charset=utf-8", b"Content-Type: text/calendar; charset=utf-8")
    with pytest.raises(NotSealed, match="alternative"):
        marked(invitation, WORDS, BODY)


@pytest.mark.parametrize(
    "words",
    [
        "",
        "PROTECT\r\nBcc: a@elsewhere.example",
        "PROTECT\n",
        "protect",
        "<b>PROTECT</b>",
        "PROTECT]",
        "P" * 81,
        "\u202e",
    ],
)
def test_words_that_are_no_marking_go_nowhere(words: str) -> None:
    for marks in (SUBJECT, HEADERS, BODY):
        with pytest.raises(NotSealed, match="no marking"):
            marked(PLAIN, words, marks)


@pytest.mark.parametrize("words", ["PROTECT", "OFFICIAL-SENSITIVE", "TOP SECRET", "PROTECT - PERSONAL", "IL3"])
def test_words_of_markings_do(words: str) -> None:
    assert checked(words) == words
    assert in_front("visit", words) == f"[{words}] visit"
    assert in_front(in_front("visit", words), words) == f"[{words}] visit"


def test_what_we_write_is_read_as_a_marking_by_our_own_classifier() -> None:
    from gateway.extract import Aids, Limits  # noqa: PLC0415 - slow to import, needed here only
    from gateway.extract.builtin import builtin  # noqa: PLC0415 - the same
    from gateway.extract.walk import extract  # noqa: PLC0415 - the same
    from tests.unit.classify.classifying import classifier  # noqa: PLC0415 - the same

    for words in ("PROTECT", "OFFICIAL-SENSITIVE", "RESTRICTED"):
        for marks in (SUBJECT, HEADERS, BODY):
            done = marked(MIXED, words, marks)
            seen = classifier().classify(extract("m.eml", done, Limits(), builtin(), Aids()).parts)
            assert seen.marking is not None, marks
            assert seen.marking.tier.label == words, marks


HEAD = st.lists(
    st.sampled_from(
        [b"Subject: x\r\n", b"Subject: [PROTECT] x\r\n", b"From: a@b\r\n", b" folded\r\n", b"no field\r\n", b": \r\n",
         b"Content-Type: text/plain\r\n", b"Content-Type: multipart/mixed; boundary=b\r\n", b"\n", b"\r"]
    ),
    max_size=6,
).map(b"".join)  # fmt: skip
CONTENT = st.lists(
    st.sampled_from([b"text", b"--b\r\n", b"--b--\r\n", b"\r\n", b"Content-Type: text/html\r\n", b"<body>", b"\xff"]),
    max_size=8,
).map(b"".join)


@given(HEAD, CONTENT, st.sampled_from([SUBJECT, HEADERS, BODY, MARKS]))
def test_whatever_stands_there_is_marked_or_refused_and_never_half(
    head: bytes, content: bytes, marks: frozenset[str]
) -> None:
    message = head + b"\r\n" + content
    try:
        done = marked(message, WORDS, marks)
    except NotSealed:
        return
    parsed = email.message_from_bytes(done, policy=email.policy.compat32)
    if Obligation.MARK_SUBJECT in marks:
        assert "PROTECT" in parsed["Subject"]
    if Obligation.MARK_HEADER in marks:
        assert "PROTECT" in parsed[HEADER]
    before = email.message_from_bytes(message, policy=email.policy.compat32)
    assert [part.get_content_type() for part in parsed.walk()] == [part.get_content_type() for part in before.walk()]
    assert len(done) >= len(message)
