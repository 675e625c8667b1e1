"""Names beside an e-mail address that repeats them: what counts, and the mailboxes and firms that are no people."""

from __future__ import annotations

import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.classify.detectors.person_name import PersonName
from gateway.classify.names.addressed import Addressed, name_beside
from gateway.model.inspection import COUNTS_FROM
from tests.unit.classify.classifying import classifier, classify, part_of


def beside(text: str) -> list[Addressed]:
    """Return what stands beside the addresses of a text."""
    found = (name_beside(text, each.start()) for each in re.finditer("@", text))
    return [each for each in found if each]


def sure(text: str, where: str = "body") -> list[str]:
    """Return the names that count."""
    found = [each for each in classify(text, where).findings if each.entity == "PERSON_NAME"]
    return [text[each.start : each.end] for each in found if each.confidence >= COUNTS_FROM]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Ann Lee <ann.lee@example.org>", ["Ann Lee"]),
        ('"Lee, Ann" <alee@example.org>', ["Lee, Ann"]),
        ("LEE, Ann <lee.ann@example.org>", ["LEE, Ann"]),
        ("Ann Lee (ann.lee@example.org)", ["Ann Lee"]),
        ("Ann Lee, ann_lee42@example.org", ["Ann Lee"]),
        ("ann.lee@example.org (Ann Lee)", ["Ann Lee"]),
        ("<ann.lee@example.org> (Lee, Ann)", ["Lee, Ann"]),
        ("Ann Lee [mailto:ann.lee@example.org]", ["Ann Lee"]),
        ("Ann Lee<mailto:ann.lee@example.org>", ["Ann Lee"]),
        ("[Ann Lee](mailto:ann.lee@example.org)", ["Ann Lee"]),
        ('<a href="mailto:ann.lee@example.org">Ann Lee</a>', ["Ann Lee"]),
        ("Please contact Ann Lee at ann.lee@example.org.", ["Ann Lee"]),
        ("Ann Lee - E-mail: annl@example.org", ["Ann Lee"]),
        ("visit?name=Ann Lee&email=ann.lee@example.org", ["Ann Lee"]),
        ("{'by': 'Ann Lee', 'email': 'lee.a7@example.org'}", ["Ann Lee"]),
        ("> Ann Lee\n> ann.lee@example.org\n", ["Ann Lee"]),
        ("Bob Hay <bhay@a.example>, Ann Lee <ann.lee+nhs@b.example>", ["Bob Hay", "Ann Lee"]),
        ("José García <jgarcia@example.org>", ["José García"]),
        ("Jan van der Berg <jan.vanderberg@example.org>", ["Jan van der Berg"]),
        ("Anne-Marie O'Brien <annemarie.obrien@example.org>", ["Anne-Marie O'Brien"]),
        ("John A. Smith <jasmith@example.org>", ["John A. Smith"]),
        ("John A. Smith <john.smith@example.org>", ["John A. Smith"]),
        ("Mary Ann Lee <maryann-lee@example.org>", ["Mary Ann Lee"]),
        ("Mary Ann Lee <ann.lee@example.org>", ["Ann Lee"]),
        ("Mrs Ann Lee <ann.lee@example.org>", ["Ann Lee"]),
        ("Councillors Ann Lee (ann.lee@example.org)", ["Ann Lee"]),
        ("Ann \u200bLee <\u0430nn.lee@example.org>", ["Ann \u200bLee"]),  # invisible, and a Cyrillic look-alike
    ],
)
def test_a_name_that_its_address_repeats(text: str, expected: list[str]) -> None:
    assert sure(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "Customer Service <service@example.org>\nCustomer Service <customer.service@example.org>",
        "Human Resources <human.resources@example.org>\nHuman Resources <hresources@example.org>",
        "No Reply <noreply@example.org>\nNo Reply <no.reply@example.org>",
        "Adult Safeguarding <adult.safeguarding@council.example>",
        "Council Tax <council.tax@council.example>, Foi Requests <foi.requests@council.example>",
        "Accounts Payable (accounts.payable@example.org)",
        "Service Desk, service.desk@example.org",
        "Mail Delivery System <mailer-daemon@example.org>",
        "Baker Street <baker.street@example.org>",
        "Quick Topic <qtopic@quicktopic.example>",  # a firm at its own domain
        "FOXSports Daily <foxsportsdaily@sports.example>",  # a brand
        "Ann Lee <bob.hall@example.org>",  # somebody else's
        "Ann Lee <ann@example.org>, Ann Lee <lee@example.org>",  # half of it may be chance
        "Ann Lee <al@example.org>, R. A. Hart <rah@example.org>",  # so may initials
        "Ann Lee <ann.lee.smith@example.org>, Ann Lee <leeann2nd@example.org>",  # more than the name
        "q7.ann.lee@example.org (Ann Lee)",
        "ann lee <ann.lee@example.org>",  # words without capitals are words
        "Ann met Lee <ann.lee@example.org>",
        "Ann Lee and many others write to us: ann.lee@example.org",
        "Ann Lee\n\n\nann.lee@example.org",  # not beside it
        "Ann Lee ann.lee at example.org, Ann Lee @annlee",  # no address
        "Ann.Lee@example.org",
    ],
)
def test_what_is_no_name_of_a_person(text: str) -> None:
    assert sure(text) == []


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("Ann Lee <ann.lee@example.org>", "mail_header"),  # how mail is addressed
        ("From: Ann Lee <ann.lee@example.org>", "body"),
        ('From: "Lee, Ann" <ann.lee@example.org>', "body"),
        ("Dr Ann Lee <ann.lee@example.org>", "body"),
        ("Kind regards\nAnn Lee\nann.lee@example.org", "body"),
    ],
)
def test_who_writes_or_acts_is_shown_and_does_not_count(text: str, where: str) -> None:
    (found,) = [each for each in classify(text, where).findings if each.entity == "PERSON_NAME"]
    assert "Ann" in text[found.start : found.end]
    assert "role" in found.why
    assert found.confidence < COUNTS_FROM


def test_a_correspondent_is_not_whom_a_record_is_about() -> None:
    assert classify("Bob Hay <bhay@a.example>, Ann Lee <ann.lee@b.example>").people is None


def test_a_value_is_one_however_it_is_written() -> None:
    texts = ("Ann Lee <annlee@x.example>", '"Lee, Ann" <a.lee@x.example>', "LEE Ann (lee_a@x.example)")
    assert {each.value for text in texts for each in beside(text)} == {"lee ann"}
    assert [each.value for each in beside("A. Lee <a.lee@x.example>")] == ["lee a"]


_NAMES = st.text(alphabet="dfgkoaz", min_size=3, max_size=9).map(str.capitalize)  # no listed word has only these
_LAYOUTS = st.sampled_from(
    ["{0} <{1}@x.example>", "{1}@x.example ({0})", "{0}, {1}@x.example", "{0} [mailto:{1}@x.example]"]
)
_LOCALS = st.sampled_from(["{0}.{1}", "{1}_{0}", "{0}{1}", "{2}{1}", "{2}.{1}", "{1}{2}", "{0}{3}", "{0}-{1}7"])


@given(_NAMES, _NAMES, _LAYOUTS, _LOCALS)
def test_any_two_words_count_when_they_are_repeated_and_only_then(
    first: str, last: str, layout: str, local: str
) -> None:
    name, repeated = f"{first} {last}", local.format(first, last, first[0], last[0]).lower()
    text = layout.format(name, repeated)
    assert [text[each.start : each.end] for each in beside(text)] == [name]
    assert beside(layout.format(name, f"{repeated}.q")) == []


@given(st.text(alphabet="Aan L.e,<>@\"'()x\n", max_size=80))
def test_what_is_found_stands_in_the_text(text: str) -> None:
    for each in beside(text):
        assert 0 <= each.start < each.end <= len(text)
        assert text[each.start : each.end].strip() == text[each.start : each.end]
        assert each.value == each.value.casefold()


@pytest.mark.parametrize(
    "text",
    [
        "Ann Lee <ann.lee@x.example>, " * 6_000,
        "Lee " * 40_000 + "<lee.lee@x.example>",
        "Lee Lee Lee Lee Lee Lee lee.lee.lee@x.example " * 4_000,
        "ann.lee@x.example (Ann Lee " * 6_000,
        "A'A'A'A'A'A'A'A'A'A'A a-a-a-a-a-a@x.example" * 4_000,
        "ann.lee@" * 20_000,
        "Ann.<ann.lee@x.example>" * 8_000,  # no blank anywhere
        "Ann Lee " + "<" * 100_000 + "ann.lee@x.example",
    ],
    ids=["list", "words", "repeats", "behind", "apostrophes", "ats", "no-blank", "brackets"],
)
def test_hostile_texts_take_no_time_that_grows_with_their_square(text: str) -> None:
    begun = time.process_time()
    classifier().classify((part_of(("body", text)),))
    assert time.process_time() - begun < 5.0


def test_only_addresses_are_looked_at() -> None:
    (pattern,) = [each for each in PersonName.patterns if each.name == "address"]
    assert not re.search(pattern.expression, "Ann Lee, @property, an @ or @@, ann.lee at x")


@pytest.mark.parametrize(
    "line",
    [
        "To: Ann Lee <ann.lee@example.org>",
        "> Cc: Ann Lee <ann.lee@example.org>",
        "  **Reply-To:** Ann Lee <ann.lee@example.org>",
    ],
)
def test_whom_a_quoted_mail_was_sent_to_is_not_whom_it_is_about(line: str) -> None:
    assert sure(f"Before.\n{line}\nAfter.\n") == []
