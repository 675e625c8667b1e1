"""Headers made to keep one regular expression busy: it holds the interpreter, so the whole daemon would stand still.

Times are those of the thread alone, so that a busy machine changes nothing. What took minutes takes milliseconds.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from time import thread_time
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.errors import NotSealed
from gateway.extract import Limits
from gateway.extract.builtin import builtin
from gateway.extract.kinds_of_text import kind_of_text
from gateway.extract.walk import extract
from gateway.model.normal_form import MOST as MOST_MARKS
from gateway.model.normal_form import nfkc
from gateway.model.normalise import Normalised
from gateway.model.subject import LONGEST, asks_for_encryption, has_wish, without_wish
from gateway.protect import compose
from gateway.protect.html_text import plain
from gateway.protect.original import HEAD, safe_fields
from gateway.protect.outward import INTERNAL, Outward, Trace
from gateway.protect.thread import threaded
from tests.unit.protect.sealing import NOW, RECIPIENT, SENDER

MOST: Final = 8.0  # seconds
MEGABYTE: Final = 1_000_000
OUTSIDE: Final = compose.Head(sender=SENDER, recipient=RECIPIENT, subject="s", date=NOW, message_id="<m@x>")
WHOLE: Final = Outward(received=Trace.ANONYMISE, fields=INTERNAL, labels=True, wish=True)

SUBJECTS: Final[dict[str, Callable[[int], str]]] = {
    "separators and no word behind them": lambda size: "[encrypt]" + "-:" * (size // 2) + "x",
    "blanks and no word behind them": lambda size: "[encrypt]" + " \u2003" * (size // 2) + "x",
    "the word again and again": lambda size: "encrypt " * (size // 8),
    "the word again and again at the end": lambda size: "x" + " encrypt" * (size // 8),
    "words within words": lambda size: "[en" * (size // 12) + "[encrypt]" + "crypt]" * (size // 12),
    "answers to answers": lambda size: "encrypt Re: " * (size // 12),
    "an answer that never says so": lambda size: "re" + " " * size + "[encrypt]",
    "accents in the wrong order": lambda size: "[encrypt]" + "\u0301\u0316" * (size // 2),
    "letters that grow": lambda size: "\uff25ncrypt " + "\ufdfa" * size,
}


def seconds(task: Callable[[], object]) -> float:
    start = thread_time()
    task()
    return thread_time() - start


@pytest.mark.parametrize("fold", [" x\r\n", "\t\r\n", " a: b\r\n", "a:\r\n", "a: \r\n", " \r\r\n"])
@pytest.mark.parametrize("begins", ["", "From a@b Mon Jan  1 00:00:00 2024\r\n"])
def test_one_field_of_many_lines_keeps_nobody_waiting(begins: str, fold: str) -> None:
    head = f"{begins}Received: x\r\n{fold * 10_000}".encode()
    for ending in (b"\x00", b"no field\r\n", b"\r\n\r\nwords\r\n"):
        assert seconds(partial(kind_of_text, head + ending)) < MOST


SLOW_TO_OPEN: Final = {
    "a label that is one word": b"X-Classification: @" + b"_" * MEGABYTE + b"\r\n\r\n",
    "a label that is almost an address": b"X-Classification: x@y " + b"a" * MEGABYTE + b"\r\n\r\n",
    "a line of blanks": b"Content-Transfer-Encoding: quoted-printable\r\n\r\n" + b" " * MEGABYTE + b"x",
    "a cell that never says how wide": b"Content-Type: text/html\r\n\r\n<table><tr><td colspan="
    + b" " * 100_000
    + b">",
}


@pytest.mark.parametrize("attack", SLOW_TO_OPEN)
def test_no_worker_is_kept_busy_by_one_expression(attack: str) -> None:
    message = b"From: a@b.example\r\nTo: c@d.example\r\nMIME-Version: 1.0\r\n" + SLOW_TO_OPEN[attack]
    assert seconds(lambda: extract("m.eml", message, Limits(), builtin())) < 2 * MOST


@pytest.mark.parametrize("size", [LONGEST - 50, 16_000, MEGABYTE])
@pytest.mark.parametrize("attack", SUBJECTS)
def test_a_subject_keeps_nobody_waiting(attack: str, size: int) -> None:
    subject = SUBJECTS[attack](size)
    assert seconds(lambda: asks_for_encryption(subject)) < MOST
    assert seconds(lambda: without_wish(subject)) < MOST
    assert not has_wish(without_wish(subject))


@pytest.mark.parametrize("attack", SUBJECTS)
def test_nor_does_its_field_on_the_way_out(attack: str) -> None:
    message = f"Subject: {SUBJECTS[attack](16_000)}\r\n\r\nbody\r\n".encode()

    def sent_or_held() -> None:
        with suppress(NotSealed):
            WHOLE(message)

    assert seconds(sent_or_held) < MOST


def test_a_long_subject_with_the_word_is_held_because_nobody_writes_it_anew() -> None:
    message = b"Subject: [encrypt] " + b"a" * LONGEST + b"\r\n\r\nbody\r\n"
    with pytest.raises(NotSealed, match="too long"):
        WHOLE(message)
    assert Outward()(message) == message, "nobody outside sees it where it is neutral"


def test_a_long_subject_without_the_word_goes_out_as_it_is_and_asks_all_the_same() -> None:
    assert not asks_for_encryption("a" * LONGEST)
    for subject in ("a" * LONGEST + "a", "Re: " * LONGEST + "how we encrypt " * LONGEST + "backups"):
        assert asks_for_encryption(subject)
        assert without_wish(subject) == subject
        message = f"Subject: {subject}\r\n\r\nbody\r\n".encode()
        assert WHOLE(message) == message


@pytest.mark.parametrize(
    "subject", ["{} [encrypt]", "{}( Secure ){}", "[\uff25ncrypt]{}", "Re: encrypt: {}", "{} Encrypt."]
)
def test_wherever_the_word_stands_in_a_long_subject_it_is_found(subject: str) -> None:
    for length in (LONGEST, LONGEST + 1, MEGABYTE):
        assert has_wish(subject.format("a" * length, "a" * length))


@pytest.mark.parametrize("text", ["\u0301\u0316" * (MEGABYTE // 2), "a" + "\u0316" * MOST_MARKS * 3 + "e\u0301"])
def test_marks_without_an_end_are_normalised_in_pieces(text: str) -> None:
    assert seconds(lambda: nfkc(text)) < MOST
    assert seconds(lambda: Normalised.of(text)) < MOST
    assert seconds(lambda: plain(text)) < MOST
    assert sorted(nfkc(text)) == sorted(text.replace("e\u0301", "\u00e9"))


@given(st.text(st.sampled_from("a\u0301\u0316\uff21\u1100\u1161\u0344\u00bd "), max_size=60), st.integers(1, 40))
def test_what_has_few_marks_in_a_row_has_the_form_that_the_library_gives(text: str, times: int) -> None:
    longer = f"{text} " * times
    assert nfkc(longer) == unicodedata.normalize("NFKC", longer)


FIELDS: Final = {
    "ids that never end": b"References: " + b"<" * MEGABYTE,
    "ids of nothing but @": b"References: " + (b"<" + b"@" * 250) * (MEGABYTE // 251),
    "ids with many @": b"In-Reply-To: " + (b"<" + b"a@" * 249) * (MEGABYTE // 499),
    "ids that end too late": b"Message-ID: " + (b"<" + b"a" * 251 + b"@") * (MEGABYTE // 253),
    "by and by": b"Received: " + b"by " * (MEGABYTE // 3),
    "by a word without an end": b"Received: by " + b"x" * MEGABYTE,
    "by many blanks": b"Received: by" + b" " * MEGABYTE + b"x",
    "a date without an end": b"Received: x; " + b"1:" * (MEGABYTE // 2),
    "a name like many labels": b"classif" * (MEGABYTE // 7) + b": x",
    "a name of dashes": b"x-" + b"-" * MEGABYTE + b": x",
    "folded without an end": b"X: " + b"\r\n " * (MEGABYTE // 3),
    "returns alone": b"X: " + b"\r" * MEGABYTE,
    "brackets in brackets": b"From: " + b"(" * 990,
    "words that never end": b"Subject: " + b"=?a?q?" * (MEGABYTE // 6),
}


@pytest.mark.parametrize("attack", FIELDS)
def test_a_field_of_a_megabyte_keeps_nobody_waiting(attack: str) -> None:
    message = FIELDS[attack] + b"\r\n\r\nbody\r\n"
    assert seconds(lambda: WHOLE(message)) < MOST
    assert seconds(lambda: compose.pass_through(message)) < MOST
    assert seconds(lambda: threaded(OUTSIDE, message)) < MOST
    assert seconds(lambda: safe_fields(message[:HEAD])) < MOST


def test_four_megabytes_of_broken_ids_are_not_all_read() -> None:
    message = b"References: " + (b"<" + b"@" * 250) * (4 * MEGABYTE // 251) + b" <last@council.example>\r\n\r\nbody\r\n"
    assert seconds(lambda: threaded(OUTSIDE, message)) < MOST / 4
    assert threaded(OUTSIDE, message).references == ("<last@council.example>",)
