from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.model.subject import asks_for_encryption, without_wish


@pytest.mark.parametrize(
    "subject",
    [
        "Encrypt",
        "encrypt: results",
        "ENCRYPT your results",
        "Your results - Encrypt",
        "your results encrypt.",
        "Re: Encrypt results",
        "RE: Fwd: encrypt results",
        "[ENCRYPT] results",
        "results [encrypt]",
        "your [Secure] results",
        "(encrypt) results",
        "[ secure ] results",
        "\uff25ncrypt results",
    ],
)
def test_the_subject_asks_for_encryption(subject: str) -> None:
    assert asks_for_encryption(subject)


@pytest.mark.parametrize(
    "subject",
    [
        "",
        "Encryption project plan",
        "encrypted files",
        "how we encrypt our backups",
        "encrypt-then-mac review",
        "pre-encrypt",
        "Secure",
        "secure storage",
        "the doors are secure",
        "[insecure] site",
    ],
)
def test_the_subject_does_not_ask(subject: str) -> None:
    assert not asks_for_encryption(subject)


@pytest.mark.parametrize(
    ("subject", "left"),
    [
        ("Encrypt", ""),
        ("encrypt: results", "results"),
        ("Encrypt - results", "results"),
        ("Your results - Encrypt", "Your results"),
        ("your results encrypt.", "your results"),
        ("RE: Fwd: encrypt results", "RE: Fwd: results"),
        ("your [Secure] results", "your results"),
        ("(encrypt] results [ secure ]", "results"),
        ("[enc[encrypt]rypt] results", "[enc rypt] results"),
        ("encrypt Encrypt [encrypt] how we encrypt backups", "how we encrypt backups"),
        ("\uff25ncrypt \u00bd of it", "1\u20442 of it"),
        ("Encryption  project plan", "Encryption  project plan"),
        (" secure storage ", " secure storage "),
    ],
)
def test_only_the_words_that_ask_are_taken_out(subject: str, left: str) -> None:
    assert without_wish(subject) == left


WORDS = [
    "encrypt",
    "Encrypt:",
    "[",
    "]",
    "(encrypt)",
    "[secure]",
    "Re:",
    "-",
    "plan",
    "\uff25ncrypt",
    "encryption",
    " ",
    ".",
]


@given(st.lists(st.sampled_from(WORDS)), st.sampled_from(["", " "]))
def test_what_is_left_asks_no_more_and_what_never_asked_is_untouched(words: list[str], between: str) -> None:
    subject = between.join(words)
    left = without_wish(subject)
    assert not asks_for_encryption(left)
    assert left == subject or asks_for_encryption(subject)
    assert left.count("plan") == subject.count("plan")
    assert left.count("encryption") == subject.count("encryption")
