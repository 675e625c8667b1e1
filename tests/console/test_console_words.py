"""Every message of the console is there in Welsh, with the same places to fill in."""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

import pytest
from babel.messages.catalog import Catalog
from babel.messages.extract import extract
from babel.messages.pofile import read_po

from gateway.console.words import LANGUAGES, translations
from gateway.console.words.tongue import Tongue
from gateway.model.held import WORDS
from tests.architecture.test_words import banned_words

ROOT: Final = Path(__file__).parents[2]
CONSOLE: Final = ROOT / "gateway" / "console"
WELSH: Final = CONSOLE / "words" / "cy.po"
KEYWORDS: Final[dict[str, tuple[int, ...] | None]] = {
    "_": None,
    "gettext": None,
    "mark": None,
    "say": None,
    "ngettext": (1, 2),
    "several": (1, 2),
}
PLACE: Final = re.compile(r"%\((\w+)\)s|%(?!\()")
LATE: Final = datetime(2026, 6, 15, 9, 30, tzinfo=UTC)


def messages(method: str, source: bytes) -> Iterator[tuple[str, ...]]:
    """Yield the messages of a file: one text, or two where there is a plural."""
    if method == "python":
        yield from messages_of_code(ast.parse(source))
        return
    options = {"trimmed": "true", "silent": "false", "trim_blocks": "true", "lstrip_blocks": "true"}
    for _line, found, _comments, _context in extract(method, BytesIO(source), KEYWORDS, options=options):
        given = (found,) if isinstance(found, str) else tuple(found)
        if all(given):
            yield given


def messages_of_code(code: ast.AST) -> Iterator[tuple[str, ...]]:
    """Yield the messages of a module, those within f-strings too, which Babel's own reader does not see."""
    for call in (each for each in ast.walk(code) if isinstance(each, ast.Call)):
        name = getattr(call.func, "attr", getattr(call.func, "id", ""))
        if name in KEYWORDS:
            texts = [each.value for each in call.args if isinstance(each, ast.Constant) and isinstance(each.value, str)]
            found = tuple(texts[: len(KEYWORDS[name] or (1,))])
            if found and found[0]:
                yield found


def said() -> dict[tuple[str, ...], str]:
    """Return every message of the console, and where it stands."""
    found: dict[tuple[str, ...], str] = {}
    for path in sorted(CONSOLE.rglob("*")):
        method = {".html": "jinja2.ext:babel_extract", ".py": "python"}.get(path.suffix)
        if method:
            for message in messages(method, path.read_bytes()):
                found.setdefault(message, str(path.relative_to(ROOT)))
    return found | {(words,): "gateway/model/held.py" for words in WORDS.values()}


def welsh() -> Catalog:
    with WELSH.open("rb") as source:
        return read_po(source, locale="cy", abort_invalid=True)


def places(text: str) -> Counter[str]:
    return Counter(PLACE.findall(text))


def test_every_message_is_there_in_welsh() -> None:
    catalog = welsh()
    missing = []
    for message, where in said().items():
        entry = catalog.get(message[0])
        forms = entry.string if entry and isinstance(entry.string, tuple | list) else (entry.string,) if entry else ()
        if len(forms) < len(message) or not all(forms):  # the one of a plural also stands alone
            missing.append(f"{where}: {message}")
    assert missing == []


def test_welsh_has_the_same_places_to_fill_in() -> None:
    wrong = []
    for entry in welsh():
        english = entry.id if isinstance(entry.id, tuple | list) else (entry.id,)
        forms = entry.string if isinstance(entry.string, tuple | list) else (entry.string,)
        for text, form in zip(english, forms, strict=True) if entry.id else ():
            if places(text or "") != places(form or ""):
                wrong.append((text, form))
    assert wrong == []


def test_nothing_stands_in_the_catalogue_twice_or_for_nobody() -> None:
    ids = re.findall(r'^msgid ((?:".*"\n)+)', WELSH.read_text(encoding="utf-8"), flags=re.MULTILINE)
    assert [each for each, count in Counter(ids).items() if count > 1] == []
    used = {message[0] for message in said()}
    kept = {entry.id[0] if isinstance(entry.id, tuple | list) else entry.id for entry in welsh() if entry.id}
    assert kept - used == set()


def test_messages_are_found_wherever_they_may_stand() -> None:
    template = b'{{ _("one") }}{% trans n=2 %}two{% pluralize %}%(n)s twos{% endtrans %}{{ ui.x(_("three")) }}'
    assert set(messages("jinja2.ext:babel_extract", template)) == {("one",), ("two", "%(n)s twos"), ("three",)}
    code = b'NEAR = mark("four")\ntongue.say("five %(x)s", x=1)\ntongue.several("one six", "%(num)s sixes", 3)\n'
    assert set(messages("python", code)) == {("four",), ("five %(x)s",), ("one six", "%(num)s sixes")}
    within = b"x = f\"{tongue.say('seven')} {say(words)} {say('')}\"\n"
    assert set(messages("python", within)) == {("seven",)}


def test_both_languages_are_spoken() -> None:
    assert translations("en").gettext("Sign out") == "Sign out"
    assert translations("cy").gettext("Sign out") == "Allgofnodi"
    assert set(LANGUAGES) == {"en", "cy"}


def tongue(language: str) -> Tongue:
    return Tongue(language=language, zone=ZoneInfo("Europe/London"))


@pytest.mark.parametrize(
    ("at", "english", "in_welsh"),
    [
        (LATE, "Today 10:30am", "Heddiw 10:30yb"),  # British Summer Time: an hour ahead of UTC
        (LATE + timedelta(hours=2, minutes=30), "Today 1:00pm", "Heddiw 1:00yh"),
        (datetime(2026, 6, 15, 23, 5, tzinfo=UTC), "Tomorrow 12:05am", "Yfory 12:05yb"),
        (datetime(2026, 6, 14, 8, 2, tzinfo=UTC), "Yesterday 9:02am", "Ddoe 9:02yb"),
        (datetime(2026, 1, 5, 12, 0, tzinfo=UTC), "5 January 12:00pm", "5 Ionawr 12:00yh"),
        (datetime(2025, 12, 31, 9, 0, tzinfo=UTC), "31 December 2025 9:00am", "31 Rhagfyr 2025 9:00yb"),
    ],
)
def test_times_are_told_as_people_say_them(at: datetime, english: str, in_welsh: str) -> None:
    assert tongue("en").time(at, LATE) == english
    assert tongue("cy").time(at, LATE) == in_welsh


@pytest.mark.parametrize(
    ("span", "english", "in_welsh"),
    [
        (timedelta(days=1, hours=3, minutes=9), "1 day 3 hours", "1 diwrnod 3 o oriau"),
        (timedelta(days=2), "2 days", "2 o ddiwrnodau"),
        (timedelta(hours=7, minutes=50), "7 hours", "7 o oriau"),
        (timedelta(hours=1, minutes=5), "1 hour 5 minutes", "1 awr 5 o funudau"),
        (timedelta(minutes=48), "48 minutes", "48 o funudau"),
        (timedelta(seconds=59), "less than a minute", "llai na munud"),
        (timedelta(seconds=-5), "less than a minute", "llai na munud"),
    ],
)
def test_spans_are_as_exact_as_anybody_wants(span: timedelta, english: str, in_welsh: str) -> None:
    assert tongue("en").lasted(span) == english
    assert tongue("cy").lasted(span) == in_welsh


@pytest.mark.parametrize(
    ("octets", "english"),
    [
        (1, "1 byte"),
        (999, "999 bytes"),
        (1000, "1 kB"),
        (412_345, "412 kB"),
        (1_234_567, "1.2 MB"),
        (10**16, "10,000 TB"),
    ],
)
def test_sizes(octets: int, english: str) -> None:
    assert tongue("en").size(octets) == english


def test_lists_and_numbers() -> None:
    assert tongue("en").listed(["a", "b", "c"]) == "a, b and c"
    assert tongue("cy").listed(["a", "b"]) == "a a b"
    assert tongue("en").listed(["a"]) == "a"
    assert tongue("en").listed([]) == ""
    assert tongue("en").number(18432) == "18,432"


def test_no_message_has_a_banned_word() -> None:
    found = {message: where for message, where in said().items() if any(banned_words(text) for text in message)}
    assert found == {}
