"""What the recipient is told: plain steps for every method, whom to ask, and nothing of what is inside."""

from __future__ import annotations

import html
import re
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.model.verdict import METHODS
from gateway.protect.opening import OPENINGS, TOLD, WIDTH, Note
from gateway.protect.passphrase import Told

SENDER = "officer@council.example"


def note(method: str = "zip", *, organisation: str = "Council", told: str = Told.SENDER) -> Note:
    name = f"secure-t-1.{method}"
    return Note(method=method, name=name, organisation=organisation, sender=SENDER, reference="t-1", told=told)


class Shown(HTMLParser):
    """What a browser would show, and every element and attribute there is."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.text, self.tags, self.attributes = "", list[str](), dict[str, str | None]()
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes |= dict(attrs)

    def handle_data(self, data: str) -> None:
        self.text += data


def test_every_method_has_its_words() -> None:
    assert set(OPENINGS) == set(METHODS)
    assert set(TOLD) == set(Told)


@pytest.mark.parametrize("method", METHODS)
def test_text_and_page_say_the_same_and_whom_to_ask(method: str) -> None:
    made = note(method)
    page = " ".join(Shown(made.page()).text.split())
    for line in (*made.opening.steps, made.opening.what, made.opening.unable, SENDER, "Reference: t-1"):
        assert line in page
        assert line in " ".join(made.text().split())
    assert max(map(len, made.text().splitlines())) <= WIDTH + 20, "a step and its number"


@pytest.mark.parametrize("told", list(Told))
def test_it_says_how_the_passphrase_comes_and_never_that_it_is_in_the_mail(told: Told) -> None:
    said = " ".join(note(told=told).text().split())
    assert TOLD[told] in said
    assert not any(other in said for way, other in TOLD.items() if way is not told)


def test_what_a_key_opens_speaks_of_no_passphrase() -> None:
    for method in ("pgp", "smime"):
        assert "passphrase" not in note(method, told="").text()


def test_an_unknown_method_is_told_to_ask() -> None:
    assert "Ask the sender how to open it." in note("their-own").text()


@given(st.text(max_size=40))
def test_no_name_becomes_markup(organisation: str) -> None:
    """Attack: an organisation or a file called like an element."""
    shown, plain = Shown(note(organisation=organisation).page()), Shown(note().page())
    assert shown.tags == plain.tags
    assert html.escape(organisation) in note(organisation=organisation).page()


def test_the_page_needs_nothing_from_elsewhere_and_says_its_language() -> None:
    shown = Shown(note().page())
    assert not {"script", "img", "link", "iframe", "a"} & set(shown.tags)
    assert not re.search(r"https?:|src=|href=", note().page())
    assert shown.attributes["lang"] == "en"
