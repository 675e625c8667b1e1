"""Passwords: how they are kept, which may be one, and that hashing them is bounded."""

from __future__ import annotations

import re
import statistics
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.console.sign_in import passwords
from gateway.errors import Busy, NotAccepted

GOOD = "trombone kettle fjord"
ABOUT = ("Gwen Parry", "gwen.parry@council.example", "Exampleshire Council")


def test_a_password_is_kept_as_argon2id_with_its_parameters_and_a_salt() -> None:
    kept = passwords.hashed(GOOD)
    assert kept.startswith("$argon2id$v=19$m=65536,t=3,p=4$")
    assert kept != passwords.hashed(GOOD), "another salt"
    assert passwords.is_right(GOOD, kept)
    assert not passwords.is_right(GOOD + " ", kept)


def test_the_same_password_typed_on_another_keyboard_is_the_same() -> None:
    composed, apart = "caf\u00e9 trombone fjord", "cafe\u0301 trombone fjord"
    assert passwords.is_right(apart, passwords.hashed(composed))


def test_no_password_is_the_one_of_an_account_that_there_is_not() -> None:
    for guess in ("", GOOD, "\0" * 32):
        assert not passwords.is_right(guess, "")
    assert passwords.NOBODY.rpartition("$")[0].startswith(passwords.hashed(GOOD).rpartition("$")[0][:30])


def test_an_account_that_there_is_not_costs_the_same_time() -> None:
    kept = passwords.hashed(GOOD)
    known: list[float] = []
    unknown: list[float] = []
    for _ in range(5):  # in turns, and by the processor's time of this thread: who else works here changes nothing
        for hashed, times in ((kept, known), ("", unknown)):
            begun = time.thread_time()
            passwords.is_right("wrong", hashed)
            times.append(time.thread_time() - begun)
    assert 0.4 < statistics.median(unknown) / statistics.median(known) < 2.5


@pytest.mark.parametrize(
    "weak",
    [
        "short",
        "Password2026!",
        "P@55w0rd1234",
        "qwertyuiop12",
        "1234567890123",
        "aaaaaaaaaaaaaaa",
        "abababababab",
        "Winter-Is-2026",
        "Gwen.Parry.2026",
        "exampleshire council",
        "councilcouncil1",
        "letmeinletmein",
        "abcdefghijklmnop",
        "x" * 257,
    ],
)
def test_what_anybody_would_try_first_is_refused(weak: str) -> None:
    with pytest.raises(NotAccepted) as refused:
        passwords.require_good(weak, ABOUT)
    assert weak not in str(refused.value)


@pytest.mark.parametrize(
    "good", [GOOD, "correct horse battery", "plwmokijnuhb", "ysgol bws tegell", "\u5bc6\u7801" * 3 + "correcthorse"]
)
def test_long_ones_need_no_digits_or_signs(good: str) -> None:
    passwords.require_good(good, ABOUT)


@given(st.text(max_size=80))
def test_judging_a_password_ends_for_any_text(given: str) -> None:
    passwords.is_common(given, ABOUT)


def test_a_drawn_one_has_a_hundred_bits_and_would_be_taken() -> None:
    drawn = {passwords.drawn() for _ in range(100)}
    assert len(drawn) == 100
    assert all(re.fullmatch(r"[0-9a-z]{5}(-[0-9a-z]{5}){3}", each) for each in drawn)
    passwords.require_good(drawn.pop(), ABOUT)


def test_no_more_than_four_are_hashed_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passwords, "PATIENCE", 0.01)
    turns = [passwords._Turn() for _ in range(passwords.AT_ONCE)]
    for turn in turns:
        turn.__enter__()
    try:
        with pytest.raises(Busy):
            passwords.hashed(GOOD)
    finally:
        for turn in turns:
            turn.__exit__()
    assert passwords.is_right(GOOD, passwords.hashed(GOOD))
