"""What was opened in a file or a mail: found by its name though nothing was found in it, and shown as text."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Final
from zoneinfo import ZoneInfo

import pytest
from markupsafe import escape

from gateway.console.held.inside import SHOWN, inside
from gateway.console.words.tongue import Tongue
from gateway.model.inspection import MOST_NAMES, GapKind
from gateway.model.person import Role
from gateway.model.transfer import Transfer
from gateway.testing.values import an_inspection
from tests.console.house import House, opened
from tests.console.seeds import BACKWARDS, MARKUP, Seed, plant

pytestmark = pytest.mark.network

ATTACHED: Final = (f"message.eml/1/{MARKUP}", "message.eml/2/plan.docx", f"message.eml/3/{BACKWARDS}")
OTHERS: Final = tuple(f"set.zip/{number}/{number:02}.csv" for number in range(MOST_NAMES))
SEEDS: Final = (
    Seed(files=[("message.eml", 9_000)], gaps=(GapKind.ENCRYPTED,), message=True, inside=ATTACHED),
    Seed(files=[("set.zip", 9_000)], gaps=(GapKind.ENCRYPTED,), inside=OTHERS),
    Seed(files=[("note.txt", 9_000)], gaps=(GapKind.ENCRYPTED,)),
)


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with opened(tmp_path_factory.mktemp("house")) as found:
        yield found


@pytest.fixture(scope="module")
def planted(house: House) -> list[Transfer]:
    """Return a mail with attachments, an archive with many parts, and a file with none."""
    made = [plant(house.store, seed, house.clock.now()) for seed in SEEDS]
    while house.store.search.catch_up():
        pass
    return made


def row(page: str) -> str:
    """Return what stands in the row of a page that lists what was opened; empty where there is none."""
    found = re.search(r'<dt class="govuk-summary-list__key">Inside</dt>\s*<dd[^>]*>(.*?)</dd>', page, re.DOTALL)
    return found[1] if found else ""


@pytest.mark.parametrize("text", ["plan.docx", "PLAN"])
def test_a_mail_is_found_by_an_attachment_in_which_nothing_was(
    house: House, planted: list[Transfer], text: str
) -> None:
    officer, auditor = house.visitor(Role.REVIEWER), house.visitor(Role.AUDITOR)
    for page in (officer.get("/quarantine", q=text).text, auditor.get("/transfers", q=text).text):
        assert [each.id in page for each in planted] == [True, False, False]


def test_the_pages_of_a_mail_name_its_attachments_as_text(house: House, planted: list[Transfer]) -> None:
    mail = planted[0]
    officer, auditor = house.visitor(Role.REVIEWER), house.visitor(Role.AUDITOR)
    review = officer.get(f"/quarantine/{mail.id}/{mail.deliveries[0].id}").text
    for page in (review, auditor.get(f"/transfers/{mail.id}").text):
        assert "<bdi>message.eml/2/plan.docx</bdi>" in row(page)
        assert f"message.eml/1/{escape(MARKUP)}" in row(page)
        assert MARKUP not in page
        assert "\u202e" not in page
        assert "more" not in row(page)


def test_of_very_many_parts_some_are_named_and_no_number_is_made_up(house: House, planted: list[Transfer]) -> None:
    page = house.visitor(Role.AUDITOR).get(f"/transfers/{planted[1].id}").text
    assert row(page).count("<bdi>") == SHOWN
    assert "and more<" in row(page)


def test_a_file_with_nothing_within_has_no_such_row(house: House, planted: list[Transfer]) -> None:
    page = house.visitor(Role.AUDITOR).get(f"/transfers/{planted[2].id}").text
    assert planted[2].id in page
    assert row(page) == ""


@pytest.mark.parametrize(
    ("many", "english", "welsh"),
    [
        (0, "", ""),
        (SHOWN, "", ""),
        (SHOWN + 1, "and 1 more", "a 1 arall"),
        (MOST_NAMES - 1, "and 79 more", "a 79 arall"),
        (MOST_NAMES, "and more", "a mwy"),
    ],
)
def test_what_is_not_listed_is_said_in_both_languages(many: int, english: str, welsh: str) -> None:
    names = tuple(map(str, range(many)))
    seen = replace(an_inspection(), names=names)
    for language, rest in (("en", english), ("cy", welsh)):
        assert inside(seen, Tongue(language=language, zone=ZoneInfo("Europe/London"))) == (names[:SHOWN], rest)
    assert inside(None, Tongue(language="en", zone=ZoneInfo("Europe/London"))) == ((), "")
