from __future__ import annotations

import math

import pytest

from gateway.errors import NotSealed
from gateway.protect import passphrase


def test_six_words_of_the_list_with_hyphens_between_them() -> None:
    drawn = passphrase.draw()
    assert drawn.isascii()
    words = drawn.split("-")
    assert len(words) == 6
    assert set(words) <= set(passphrase.words())


def test_the_list_is_the_eff_long_list_without_its_four_words_with_a_hyphen() -> None:
    assert len(passphrase.words()) == 7776 - 4
    assert {"abacus", "zoom"} <= set(passphrase.words())
    assert not any("-" in word for word in passphrase.words())


def test_a_passphrase_carries_77_bits() -> None:
    assert 6 * math.log2(len(passphrase.words())) >= 77


def test_no_two_drawn_are_the_same() -> None:
    assert len({passphrase.draw() for _ in range(500)}) == 500


def test_a_damaged_list_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passphrase, "BITS_NEEDED", 78)  # as if half a per cent of the words were missing
    passphrase.words.cache_clear()
    try:
        with pytest.raises(NotSealed, match="too short"):
            passphrase.draw()
    finally:
        passphrase.words.cache_clear()
