"""Pages are words: whatever a file is called, a page stays the page that we wrote."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jinja2 import DictLoader, UndefinedError
from pydantic import ValidationError
from selectolax.lexbor import LexborHTMLParser

from gateway.config.look import LookSettings, contrast, lighter, luminance
from gateway.console.frame.render import Renderer, _changed_address, shortened
from gateway.console.frame.static_files import NIGHT, brand
from gateway.testing.values import SteppingClock

NOW: Final = datetime(2026, 6, 15, 9, 30, tzinfo=UTC)
CALLS: Final = {
    "button": "button(x)",
    "link that looks like a button": "button(x, href='/a')",
    "input": "input('n', x, value=x, hint=x, suffix=x)",
    "textarea": "textarea('n', x, value=x, hint=x)",
    "select": "select('n', x, [(x, x)], hint=x)",
    "radios": "radios('n', x, [{'value': x, 'text': x, 'hint': x}], hint=x)",
    "checkboxes": "checkboxes('n', x, [{'value': x, 'text': x, 'hint': x}], hint=x)",
    "error summary": "error_summary({'n': x})",
    "tag": "tag(x)",
    "banner": "banner(x, title=x)",
    "warning": "warning(x)",
    "panel": "panel(x, x)",
    "lines": "lines(x, x, href='/a')",
    "select row": "select_row('n', x, x, 'f')",
    "summary list": "summary_list([(x, x)])",
    "timeline": "timeline([{'title': x, 'text': x, 'at': now, 'by': x}])",
    "rules": "rules([{'tag': x, 'name': x, 'text': x, 'detail': x}])",
    "figures": "figures([{'label': x, 'value': x, 'href': '/a'}])",
    "chart": "bar_chart('c', x, [(x, 3)], of=x)",
    "extract": "extract([{'text': x}, {'text': x, 'label': x}], where=x)",
    "task list": "task_list([{'text': x, 'hint': x, 'status': x, 'href': '/a'}])",
    "back": "back('/a', x)",
    "nothing": "nothing(x)",
}
"""Every component, given the same text wherever it takes text."""

HOSTILE: Final = (
    "<img src=x onerror=alert(1)>",
    '"><script>alert(1)</script>',
    "' autofocus onfocus=alert(1) '",
    '" onmouseover="alert(1)',
    "</textarea><svg onload=alert(1)>",
    "</title><script>alert(1)</script>",
    "{{ 7*7 }}{% raw %}",
    "&lt;b&gt;",
    "\u202egpj.exe",
)


@cache
def renderer(page: str) -> Renderer:
    """Return a renderer with one more page."""
    made = Renderer(LookSettings(), SteppingClock(NOW))
    for environment in made._environments.values():
        shipped: Any = environment.loader
        environment.loader = DictLoader(
            {"page.html": page, "macros.html": shipped.get_source(environment, "macros.html")[0]}
        )
    return made


def shape(html: str) -> list[tuple[str, tuple[str, ...]]]:
    """Return the elements of a page and the names of their attributes, in order."""
    parsed = LexborHTMLParser(html)
    assert parsed.root is not None
    return [(str(node.tag), tuple(sorted(node.attributes))) for node in parsed.root.traverse()]


@pytest.mark.parametrize("name", CALLS)
@pytest.mark.parametrize("hostile", HOSTILE)
def test_no_component_lets_text_become_markup(name: str, hostile: str) -> None:
    page = renderer('{% import "macros.html" as ui with context %}{{ ui.' + CALLS[name] + " }}")
    innocent = page.render("page.html", "en", x="word", now=NOW)
    attacked = page.render("page.html", "en", x=hostile, now=NOW)
    assert shape(attacked) == shape(innocent)


ANY: Final = renderer(
    '{% import "macros.html" as ui with context %}{{ ui.' + CALLS["input"] + "}}{{ ui." + CALLS["extract"] + "}}"
)
PLAIN: Final = shape(ANY.render("page.html", "en", x="word"))


@given(st.text(min_size=1).filter(str.strip))
def test_no_text_at_all_becomes_markup(text: str) -> None:
    assert shape(ANY.render("page.html", "en", x=text)) == PLAIN


def test_a_name_that_is_missing_is_an_error() -> None:
    with pytest.raises(UndefinedError):
        renderer("{{ nothing_of_that_name }}").render("page.html", "en")


@pytest.mark.parametrize("language", ["en", "cy", "xx", "", "../en"])
def test_an_unknown_language_is_english(language: str) -> None:
    said = renderer('{{ _("Sign out") }}').render("page.html", language)
    assert said == ("Allgofnodi" if language == "cy" else "Sign out")


def test_what_is_filled_into_a_sentence_is_escaped() -> None:
    page = renderer('{{ _("Select %(item)s", item=x) }}')
    assert page.render("page.html", "en", x="<b>") == "Select &lt;b&gt;"
    assert page.render("page.html", "cy", x="<b>") == "Dewis &lt;b&gt;"


def test_a_message_out_of_a_variable_is_escaped_and_not_filled_in() -> None:
    """Jinja's newer style of gettext marks every message as markup: `_(name of a file)` would have been a hole."""
    page = renderer("{{ _(x) }}{% trans y=x %}[{{ y }}]{% endtrans %}")
    assert page.render("page.html", "en", x="<b> 100%(z)s") == "&lt;b&gt; 100%(z)s[&lt;b&gt; 100%(z)s]"


def test_several_are_counted_in_both_ways_of_writing_it() -> None:
    page = renderer(
        '{{ ngettext("%(num)s day", "%(num)s days", n) }}, {% trans num=n %}{{ num }} day{% pluralize %}{{ num }} days'
        "{% endtrans %}"
    )
    assert page.render("page.html", "en", n=1) == "1 day, 1 day"
    assert page.render("page.html", "en", n=2) == "2 days, 2 days"


def test_times_bear_their_iso_form() -> None:
    page = renderer("{{ at|time }} {{ at|day }} {{ at|since }} {{ at|is_past }}")
    told = page.render("page.html", "en", at=NOW - timedelta(minutes=30))
    stamp = '<time datetime="2026-06-15T09:00:00+00:00">'
    assert told == f"{stamp}Today 10:00am</time> {stamp}Today</time> 30 minutes True"


def test_an_address_is_changed_and_no_other() -> None:
    here = _changed_address("/quarantine", [("q", "a b&c"), ("why", "x"), ("why", "y"), ("after", "9")])
    assert here() == "/quarantine?q=a+b%26c&why=x&why=y&after=9"
    assert here(after=None, sort="-due") == "/quarantine?q=a+b%26c&why=x&why=y&sort=-due"
    assert here(why=["z"], q=None, after=None) == "/quarantine?why=z"
    assert _changed_address("/", [])() == "/"


def test_a_digest_keeps_its_ends() -> None:
    assert shortened("9f2c8a" + "0" * 54 + "41d7") == "9f2c8a…41d7"
    assert shortened("9f2c") == "9f2c"


@pytest.mark.parametrize(
    ("one", "other", "ratio"), [("#000000", "#ffffff", 21.0), ("#ffffff", "#ffffff", 1.0), ("#767676", "#ffffff", 4.54)]
)
def test_contrast_is_that_of_wcag(one: str, other: str, ratio: float) -> None:
    assert contrast(one, other) == pytest.approx(ratio, abs=0.01)
    assert luminance("#ffffff") == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("colour", "complaint"),
    [
        ("#ffdd00", "cannot be read"),
        ("#777777", "contrast is 4.48"),
        ("red", "six digits"),
        ("#1d70b8;}", "six digits"),
    ],
)
def test_colours_that_nobody_can_read_or_that_are_none_are_refused(colour: str, complaint: str) -> None:
    with pytest.raises(ValidationError, match=complaint):
        LookSettings(brand=colour)


def test_a_time_zone_must_be_one() -> None:
    assert LookSettings(zone="Europe/Dublin").zone == "Europe/Dublin"
    with pytest.raises(ValidationError, match="no time zone"):
        LookSettings(zone="../../etc/passwd")


@given(st.integers(0, 0xFFFFFF).map(lambda number: f"#{number:06x}"))
def test_any_colour_becomes_readable_at_night(colour: str) -> None:
    assert contrast(lighter(colour, NIGHT), NIGHT) >= 4.5


def test_the_organisations_colours_are_in_the_stylesheet() -> None:
    css = brand(LookSettings(brand="#8A1F4B", header="#5a2d0c")).decode()
    assert "--govuk-brand-colour:#8a1f4b;--header-colour:#5a2d0c" in css
    assert f"--govuk-brand-colour:{lighter('#8a1f4b', NIGHT)}" in css
