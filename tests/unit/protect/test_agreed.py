"""Standing passphrases: which are strong enough, and which of three ways a recipient's is told."""

from __future__ import annotations

import math
import secrets
import string
from collections.abc import Mapping
from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.errors import NotFound, NotSealed
from gateway.protect.agreed import estimate, weakness
from gateway.protect.passphrase import Agreements, Told, draw, words

ALPHABETS = [
    string.ascii_letters + string.digits,
    string.ascii_lowercase + string.digits,
    string.ascii_uppercase + "234567",
    "0123456789abcdef",
    string.ascii_letters + string.digits + "-_",
]


@pytest.mark.parametrize(
    ("weak", "why"),
    [
        ("", "neither"),
        ("correct horse", "neither"),
        ("gateway-secret-words", "about"),
        ("a" * 40, "about"),
        ("abcdefghijklmnopqrstuvwxyz", "about"),
        ("12345678901234567890123456", "about"),
        ("qwertyuiopasdfghjklzxcvbnm", "about"),
        ("passwordpasswordpassword1!", "about"),
        ("Council2026Safeguarding!", "about"),
        ("Exampleshire-County-Council-2027", "about"),
        ("thequickbrownfoxjumpsoverthelazydog", "about"),
        ("x7Kq9Zp2x7Kq9Zp2x7Kq9Zp2", "about"),
        ("correct-horse-battery-staple-correct-horse", "about"),  # four different words, two of them twice
        ("schr\u00f6dinger-katze-ist-m\u00fcde-und-wach", "ASCII"),
        ("tab\tbetween-words-is-no-character", "ASCII"),
        (" x7Kq9Zp2mW4vT8nB3cR6 ", "blank"),
        ("x7Kq9Zp2" * 20, "more than"),
    ],
)
def test_what_is_easy_to_guess_or_to_mistype_is_refused_with_the_reason(weak: str, why: str) -> None:
    said = weakness(weak)
    assert why in said
    assert not weak.strip() or weak.strip() not in said


def test_ours_are_always_strong_enough_however_they_are_divided() -> None:
    for _ in range(200):
        drawn = draw()
        if len({*drawn.split("-")}) == 6:
            assert weakness(drawn) == weakness(drawn.replace("-", " ")) == weakness(drawn.upper()) == ""


@pytest.mark.parametrize("alphabet", ALPHABETS, ids=len)
def test_random_characters_pass_nearly_always(alphabet: str) -> None:
    refused = sum(bool(weakness("".join(secrets.choice(alphabet) for _ in range(28)))) for _ in range(200))
    assert refused <= 20


@given(st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=60))
def test_no_text_counts_more_than_if_it_were_drawn(text: str) -> None:
    assert 0 <= estimate(text) <= len(text) * math.log2(95) + 1e-6


@given(st.text(max_size=200))
def test_every_text_has_an_answer(text: str) -> None:
    assert isinstance(weakness(text), str)


@given(st.lists(st.sampled_from(words()), min_size=1, max_size=5), st.sampled_from(["-", " ", "."]))
def test_fewer_than_six_words_never_do(chosen: list[str], between: str) -> None:
    assert weakness(between.join(chosen))


@dataclass
class Kept:
    """Standing passphrases in memory."""

    kept: dict[str, str] = field(default_factory=dict)

    def names(self) -> Mapping[str, str]:
        return dict.fromkeys(self.kept, "")

    def read(self, name: str) -> str:
        if name not in self.kept:
            raise NotFound(name)
        return self.kept[name]


PARTNERS = {"ward@trust.example": "trust", "desk@police.example": "police"}
PHONES = {"ward@trust.example": "+447700900001", "anna@home.example": "+447700900002"}


@pytest.mark.parametrize(
    ("recipient", "told"),
    [
        ("ward@trust.example", Told.AGREED),  # before the second channel
        ("desk@police.example", Told.SENDER),
        ("anna@home.example", Told.CHANNEL),
        ("bob@home.example", Told.SENDER),
    ],
)
def test_an_agreement_comes_before_the_second_channel_and_that_before_the_sender(recipient: str, told: Told) -> None:
    kept = Kept({"trust": "one agreed long before"})
    made = Agreements(kept, partner_of=lambda to: PARTNERS.get(to, ""), contact_of=lambda to: PHONES.get(to, ""))
    assert made.way(recipient) is told
    first, second = made.draw(recipient), made.draw(recipient)
    assert first.told is told
    if told is Told.AGREED:
        assert (first.text, first.agreed_with) == ("one agreed long before", "trust")
    else:
        assert first.text != second.text
        assert first.agreed_with == ""


def test_what_was_removed_between_two_looks_holds_and_is_not_replaced() -> None:
    kept = Kept({"trust": "x"})

    class Going(Kept):
        def read(self, name: str) -> str:
            raise NotFound(name)

    made = Agreements(Going(kept.kept), partner_of=lambda _: "trust", contact_of=lambda _: "")
    with pytest.raises(NotSealed, match="just removed"):
        made.draw("ward@trust.example")


def test_words_never_show_themselves() -> None:
    made = Agreements(Kept({"trust": "quetzal"}), partner_of=lambda _: "trust", contact_of=lambda _: "")
    assert "quetzal" not in repr(made.draw("ward@trust.example"))
