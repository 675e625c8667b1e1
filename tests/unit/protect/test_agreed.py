"""Standing passphrases: which are strong enough, and which of three ways a recipient's is told."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.errors import NotFound, NotSealed
from gateway.protect.agreed import weakness
from gateway.protect.passphrase import Agreements, Told, draw, words


@pytest.mark.parametrize(
    ("weak", "why"),
    [
        ("", "different words"),
        ("correct horse", "different words"),
        ("gateway-secret-words", "different words"),
        ("a" * 40, "different words"),
        ("abcdefghijklmnopqrstuvwxyz", "different words"),
        ("12345678901234567890123456", "different words"),
        ("qwertyuiopasdfghjklzxcvbnm", "different words"),
        ("passwordpasswordpassword1!", "different words"),
        ("Council2026Safeguarding!", "different words"),
        ("Exampleshire-County-Council-2027", "different words"),
        ("thequickbrownfoxjumpsoverthelazydog", "different words"),
        ("x7Kq9Zp2x7Kq9Zp2x7Kq9Zp2", "different words"),
        ("x7Kq9Zp2mW4vT8nB3cR6", "different words"),
        ("iloveyoubabyiloveyoubaby1", "different words"),
        ("StElsewhereHospital2026!Ward7", "different words"),
        ("I1L0v3Y0uS0Much4Ev3rAndEv3r", "different words"),
        ("abacus abdomen abdominal abide abiding ability", "order of the list"),
        ("zoom zone zombie zodiac zips zippy", "order of the list"),
        ("underwire-spotless-shield-chief-tidiness-underwire", "different words"),
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
        said = drawn.split("-")
        if len({*said}) == 6 and said not in (sorted(said), sorted(said, reverse=True)):
            assert weakness(drawn) == weakness(drawn.replace("-", " ")) == weakness(drawn.upper()) == ""


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
