"""The quarantine in a real browser: no fault on any page, by keyboard alone, without scripts, on a phone, in Welsh."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

import pytest
from playwright.sync_api import Browser, Error, Page, expect

from gateway.console.held import reveals
from gateway.model.inspection import Where
from gateway.model.passage import MARKING, Passage, Run
from gateway.model.person import Role
from gateway.model.transfer import Transfer
from gateway.store.exchange import plain_passages
from tests.console.answering import show, showing
from tests.console.carrying import carried_out
from tests.console.eyes import NARROW, WIDE, Window, started, window
from tests.console.house import PATIENCE, House, Visitor, opened
from tests.console.seeds import BACKWARDS, MARKUP, USUAL, Seed, garden, plant

pytestmark = [pytest.mark.network, pytest.mark.needs("chromium")]

WHY: Final = "Agreed with the data owner, IG-114"
VECTORS: Final = (
    MARKUP,
    BACKWARDS,
    "\"><script>document.title='taken'</script>.pdf",
    "'-alert(1)-'.csv",
    "{{ 7*7 }}${7*7}#{7*7}.docx",
    "javascript:alert(1).html",
    "<svg/onload=alert(1)>.svg",
    '<div hx-get="/language" hx-trigger="load" hx-nonce="x">.txt',
    '<a href="//evil.example" style="position:fixed;inset:0">.txt',
    "%3Cscript%3Ealert(1)%3C/script%3E.txt",
    "</textarea><img src=//evil.example/x>.txt",
    "x" * 4_000,
)
"""Names of files that are markup, scripts, templates, htmx attributes, or too long for a line."""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with started() as found:
        yield found


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    with opened(tmp_path) as found:
        yield found


@pytest.fixture(autouse=True)
def _long_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a page wait for the daemon's part longer than that takes on any machine."""
    monkeypatch.setattr(reveals, "WAIT", PATIENCE)


@pytest.fixture
def officer(house: House) -> Visitor:
    house.visitor(Role.APPROVER, name="R. Patel")
    return house.visitor(Role.REVIEWER, name="A. Okafor")


def seen_by(browser: Browser, visitor: Visitor, **settings: Any) -> AbstractContextManager[Window]:  # noqa: ANN401 - of the window
    @contextmanager
    def lent() -> Iterator[Window]:
        with window(browser, visitor.url, **settings) as seen:
            seen.page.context.add_cookies([{"name": "visit", "value": visitor.cookie, "url": visitor.url}])
            yield seen

    return lent()


def path_of(transfer: Transfer) -> str:
    return f"/quarantine/{transfer.id}/{transfer.deliveries[0].id}"


def choose(page: Page, choice: str, reason: str = WHY) -> None:
    """Choose what should happen, and come to the page that says what it will do."""
    page.get_by_label(choice, exact=True).check()
    page.get_by_label("Reason", exact=True).fill(reason)
    page.get_by_role("button", name="Check and confirm").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Check your decision")


def release(page: Page) -> None:
    """Confirm a release, and come to the page that says what becomes of it."""
    page.get_by_role("button", name="Release as it is").click()
    expect(page.get_by_role("heading", name="Released by A. Okafor")).to_be_visible()


@pytest.mark.parametrize("settings", [{"color_scheme": "dark"}, {"forced_colors": "active"}], ids=["dark", "forced"])
def test_colours_of_others_serve_as_well(
    browser: Browser, house: House, officer: Visitor, settings: dict[str, Any]
) -> None:
    first, *_ = garden(house.store, house.clock.now())
    with seen_by(browser, officer, **settings) as seen:
        for path in ("/quarantine", path_of(first)):
            seen.go(path)
            assert seen.faults() == []


@pytest.mark.parametrize("width", [WIDE, NARROW])
def test_no_page_of_a_decision_has_a_fault(browser: Browser, house: House, officer: Visitor, width: int) -> None:
    first, marked, *_ = garden(house.store, house.clock.now())
    faults: dict[str, list[str]] = {}
    with seen_by(browser, officer, width=width) as seen:
        for name, path in (
            ("list", "/quarantine"),
            ("narrowed", "/quarantine?why=unread&q=council&late=yes"),
            ("one", path_of(first)),
            ("not to be released", path_of(marked)),
            ("reveal", f"{path_of(first)}/reveal/0"),
            ("several so far", "/quarantine/bulk"),
        ):
            seen.go(path)
            faults[name] = seen.faults()
        seen.go(path_of(first))
        choose(seen.page, "Release as it is")
        faults["check"] = seen.faults()
        release(seen.page)
        faults["decided"] = seen.faults()
        seen.go("/quarantine?why=recipient")
        seen.page.get_by_label("Everything that matches").check()
        seen.page.get_by_role("button", name="Refuse").click()
        expect(seen.page.get_by_role("heading", level=1)).to_have_text("Refuse 17")
        faults["several"] = seen.faults()
        seen.page.get_by_label("Reason", exact=True).fill(WHY)
        seen.page.get_by_role("button", name="Refuse 17").click()
        expect(seen.page.get_by_text("0 of 17")).to_be_visible()
        faults["under way"] = seen.faults()
    assert {name: found for name, found in faults.items() if found} == {}


def test_a_review_by_keyboard_alone(browser: Browser, house: House, officer: Visitor) -> None:
    transfer = plant(house.store, USUAL[0], house.clock.now())
    with seen_by(browser, officer) as seen:
        page = seen.page

        def tab_to(words: str) -> int:
            for steps in range(1, 80):
                page.keyboard.press("Tab")
                if words in page.evaluate("(it => [it.id, it.innerText, it.value])(document.activeElement)"):
                    return steps
            raise AssertionError(f"{words} is not reached by the keyboard")

        seen.go("/quarantine")
        tab_to("casework-Q2-final.xlsx")
        page.keyboard.press("Enter")
        expect(page.get_by_role("heading", level=1)).to_have_text("casework-Q2-final.xlsx")
        tab_to("Check and confirm")
        page.keyboard.press("Enter")
        expect(page).to_have_title("Error: casework-Q2-final.xlsx – Secure transfer")  # noqa: RUF001 - as it stands
        expect(page.locator(".govuk-error-summary")).to_be_focused()
        seen.complaints.clear()  # the browser says that the form was refused (422)
        tab_to("Choose what should happen")
        page.keyboard.press("Enter")
        page.keyboard.press("Space")
        page.keyboard.press("ArrowDown")
        expect(page.get_by_label("Release as it is")).to_be_checked()
        page.keyboard.press("Tab")
        page.keyboard.type(WHY)
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        expect(page.get_by_role("heading", level=1)).to_have_text("Check your decision")
        tab_to("Release as it is")
        page.keyboard.press("Enter")
        expect(page.get_by_role("heading", name="Released by A. Okafor")).to_be_visible()
        tab_to("Stop this release")
        page.keyboard.press("Enter")
        expect(page.get_by_text("It was stopped in time.")).to_be_visible()
    assert list(house.store.transfers.instructions(transfer.id)) == []


def test_all_of_it_without_scripts(browser: Browser, house: House, officer: Visitor) -> None:
    transfer = plant(house.store, USUAL[0], house.clock.now())
    with seen_by(browser, officer, java_script_enabled=False) as seen:
        page = seen.page
        page.goto(f"{house.url}/quarantine")
        page.get_by_label("Many people at once").check()
        page.get_by_role("button", name="Apply filters").click()
        expect(page).to_have_url(re.compile("why=bulk"))
        page.get_by_role("link", name="casework-Q2-final.xlsx").click()
        choose(page, "Release as it is")
        release(page)
        house.clock.move(timedelta(seconds=61))
        carried_out(house.desk, transfer.id)
        page.get_by_role("link", name="Check again").click()
        expect(page.get_by_role("heading", name="On its way")).to_be_visible()


def test_the_page_of_a_decision_follows_by_itself(browser: Browser, house: House, officer: Visitor) -> None:
    transfer = plant(house.store, USUAL[0], house.clock.now())
    with seen_by(browser, officer) as seen:
        seen.go(path_of(transfer))
        choose(seen.page, "Release as it is")
        release(seen.page)
        left = seen.page.locator("#outcome strong").first
        expect(left).to_have_text(re.compile("^[1-5]?[0-9]$"))  # of 60; counted down here, whatever the time of day is
        house.clock.move(timedelta(seconds=61))
        carried_out(house.desk, transfer.id)
        expect(seen.page.get_by_role("heading", name="On its way")).to_be_visible()


def test_the_keyboard_stays_on_a_button_while_its_page_follows_by_itself(
    browser: Browser, house: House, officer: Visitor
) -> None:
    """A press of Enter went nowhere where the button had been replaced by its like a moment before."""
    transfer = plant(house.store, USUAL[0], house.clock.now())
    with seen_by(browser, officer) as seen:
        seen.go(path_of(transfer))
        choose(seen.page, "Release as it is")
        release(seen.page)
        seen.page.wait_for_load_state()
        stop = seen.page.get_by_role("button", name="Stop this release")
        stop.focus()
        seen.page.evaluate("document.getElementById('outcome').dataset.before = ''")
        expect(seen.page.locator("#outcome")).not_to_have_attribute("data-before", "")
        expect(stop).to_be_focused()
        seen.page.keyboard.press("Enter")
        expect(seen.page.get_by_text("It was stopped in time.")).to_be_visible()


def test_what_others_named_is_text_and_nothing_else(browser: Browser, house: House, officer: Visitor) -> None:
    planted = [
        plant(house.store, replace(USUAL[0], files=[(name, 1)], reason=name[:500]), house.clock.now())
        for name in VECTORS
    ]
    with seen_by(browser, officer) as seen:
        asked: list[str] = []
        seen.page.on("request", lambda request: asked.append(request.url))
        seen.go("/quarantine")
        expect(seen.page.locator("tbody tr")).to_have_count(len(VECTORS))
        for transfer in planted:
            seen.go(path_of(transfer))
            choose(seen.page, "Refuse and tell the sender", transfer.parts[0].name[:900])
            assert seen.page.title().endswith("Secure transfer")
        assert [url for url in asked if not url.startswith(house.url)] == []
        assert (
            seen.page.locator("main img, main script, main svg, main style, [style], [onerror], [onload]").count() == 0
        )


def passages_of(transfer: Transfer, words: str = "Khan, S.") -> dict[str, object]:
    part = transfer.parts[0].name
    found = Run(text="QQ ••••56 C", entity="NINO"), Run(text="••/••/1984", entity="DATE_OF_BIRTH")
    runs = Run(text=f"{words}  NI "), found[0], Run(text="  born "), found[1], Run(text="  Housing, band B")
    marking = Run(text="OFFICIAL-SENSITIVE", entity=MARKING), Run(text=" casework return for quarter 2")
    return plain_passages(
        (Passage(part=part, where=Where.BODY, runs=runs), Passage(part=part, where=Where.HEADER, runs=marking))
    )


@pytest.mark.parametrize("width", [WIDE, NARROW])
def test_what_was_found_is_read_in_context_on_the_page_itself(
    browser: Browser, house: House, officer: Visitor, width: int
) -> None:
    transfer = plant(house.store, USUAL[0], house.clock.now())
    with seen_by(browser, officer, width=width) as seen, showing(house, transfer, passages_of(transfer)):
        seen.go(path_of(transfer))
        seen.page.get_by_role("button", name="Show the words around it").click()
        expect(seen.page.get_by_text("casework return for quarter 2")).to_be_visible()
        expect(seen.page.get_by_text("Khan, S.")).to_be_in_viewport()
        expect(seen.page.get_by_text("Housing, band B")).to_contain_text("Date of birth")
        assert seen.page.url.endswith("/passages#found")
        assert seen.faults() == []
        choose(seen.page, "Refuse and tell the sender")


def test_words_of_content_are_only_words(browser: Browser, house: House, officer: Visitor) -> None:
    transfer = plant(house.store, USUAL[0], house.clock.now())
    with seen_by(browser, officer) as seen:
        asked: list[str] = []
        seen.page.on("request", lambda request: asked.append(request.url))
        for vector in VECTORS[:-1]:
            seen.go(path_of(transfer))
            with showing(house, transfer, passages_of(transfer, vector)):
                seen.page.get_by_role("button", name="Show the words around it").click()
                expect(seen.page.get_by_text("casework return for quarter 2")).to_be_visible()
            assert seen.page.title() != "taken"
            assert seen.page.locator("main img, main script, main svg, main style, [style], [onerror]").count() == 0
        assert [url for url in asked if not url.startswith(house.url)] == []


def test_a_value_hides_itself_after_a_minute(
    browser: Browser, house: House, officer: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reveals, "WAIT", 0.0)
    transfer = plant(house.store, USUAL[0], house.clock.now())
    with seen_by(browser, officer) as seen:
        page = seen.page
        page.clock.install()
        seen.go(f"{path_of(transfer)}/reveal/0")
        page.get_by_label("Why do you need to see it?").fill(WHY)
        page.get_by_role("button", name="Show this value").click()
        expect(page.get_by_text("It is being opened.")).to_be_visible()
        (filed,) = house.store.transfers.instructions(transfer.id)
        said = {"before": "number ", "value": "QQ 12 34 56 C", "after": " of"}
        show(house, filed, said)
        page.get_by_role("button", name="Look again").click()
        expect(page.get_by_text("QQ 12 34 56 C")).to_be_visible()
        page.clock.fast_forward(30_000)
        expect(page.get_by_text("QQ 12 34 56 C")).to_be_visible()
        page.clock.fast_forward(31_000)
        expect(page.get_by_text("The value is hidden again.")).to_be_visible()
        assert "QQ 12 34 56 C" not in page.content()


def test_a_value_is_gone_when_somebody_comes_back(
    browser: Browser, house: House, officer: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reveals, "WAIT", 0.0)
    transfer = plant(house.store, USUAL[0], house.clock.now())
    with seen_by(browser, officer) as seen:
        page = seen.page
        seen.go(f"{path_of(transfer)}/reveal/0")
        page.get_by_label("Why do you need to see it?").fill(WHY)
        page.get_by_role("button", name="Show this value").click()
        expect(page.get_by_text("It is being opened.")).to_be_visible()
        (filed,) = house.store.transfers.instructions(transfer.id)
        said = {"before": "", "value": "QQ 12 34 56 C", "after": ""}
        show(house, filed, said)
        page.get_by_role("button", name="Look again").click()
        expect(page.get_by_text("QQ 12 34 56 C")).to_be_visible()
        page.get_by_role("link", name="Hide it and go back").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("casework-Q2-final.xlsx")
        with pytest.raises(Error, match="ERR_CACHE_MISS"):  # it was kept nowhere, and no form is sent again by itself
            page.go_back()
        expect(page.get_by_text("QQ 12 34 56 C")).to_have_count(0)


def test_rows_are_selected_and_counted(browser: Browser, house: House, officer: Visitor) -> None:
    garden(house.store, house.clock.now())
    with seen_by(browser, officer) as seen:
        page = seen.page
        seen.go("/quarantine?why=unread")
        page.get_by_label("Select all on this page").check(force=True)
        expect(page.get_by_text("4 selected")).to_be_visible()
        page.get_by_label(f"Select {MARKUP}").uncheck(force=True)
        expect(page.get_by_text("3 selected")).to_be_visible()
        page.get_by_role("button", name="Refuse").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Refuse 3")


def test_rows_stand_closer_where_somebody_wants_them_so(browser: Browser, house: House, officer: Visitor) -> None:
    plant(house.store, USUAL[0], house.clock.now())
    with seen_by(browser, officer) as seen:
        seen.go("/quarantine")
        before = seen.page.locator("tbody tr").first.bounding_box()
        seen.page.get_by_role("button", name="Show rows closer together").click()
        expect(seen.page.get_by_role("button", name="Show rows further apart")).to_be_visible()
        after = seen.page.locator("tbody tr").first.bounding_box()
        assert before
        assert after
        assert after["height"] < before["height"] * 0.85
        assert seen.faults() == []


@pytest.mark.parametrize("width", [WIDE, NARROW])
def test_in_welsh(browser: Browser, house: House, officer: Visitor, width: int) -> None:
    transfer = plant(house.store, USUAL[0], house.clock.now())
    with seen_by(browser, officer, width=width) as seen:
        seen.go("/quarantine")
        seen.page.get_by_role("button", name="Cymraeg").click()
        expect(seen.page.get_by_role("heading", level=1)).to_have_text("Cwarantin")
        expect(seen.page.get_by_text("Llawer o bobl ar unwaith").first).to_be_attached()
        assert seen.faults() == []
        seen.go(path_of(transfer))
        expect(seen.page.get_by_text("Nid oes dim wedi gadael y sefydliad.")).to_be_visible()
        assert seen.faults() == []


def test_the_panel_hides_none_of_its_buttons(browser: Browser, house: House, officer: Visitor) -> None:
    """All of it is reached by scrolling the page, with as many choices as there are."""
    table = replace(USUAL[0], files=[("table.csv", 900)], places=False)
    transfer = plant(house.store, table, house.clock.now())
    with seen_by(browser, officer) as seen:
        seen.go(path_of(transfer))
        assert seen.page.get_by_role("radio").count() == 4
        hidden = seen.page.evaluate("(it => it.scrollHeight - it.clientHeight)(document.querySelector('.gw-decision'))")
        assert hidden == 0
        seen.page.get_by_text("What happens next").scroll_into_view_if_needed()
        expect(seen.page.get_by_role("button", name="Check and confirm")).to_be_in_viewport(ratio=1)


def test_no_tag_breaks_within_a_word(browser: Browser, house: House, officer: Visitor) -> None:
    transfer = plant(house.store, USUAL[0], house.clock.now())
    with seen_by(browser, officer) as seen:
        seen.go("/quarantine")
        seen.page.get_by_role("button", name="Cymraeg").click()
        expect(seen.page.get_by_role("heading", level=1)).to_have_text("Cwarantin")
        seen.go(path_of(transfer))
        tag = seen.page.locator(".gw-rules .govuk-tag", has_text="Penderfynodd").first.bounding_box()
        assert tag
        assert tag["height"] < 40, "one line"


def test_on_paper_there_are_facts_and_no_buttons(browser: Browser, house: House, officer: Visitor) -> None:
    transfer = plant(house.store, Seed(files=[("a.docx", 1)], gaps=USUAL[3].gaps, people=None), house.clock.now())
    with seen_by(browser, officer) as seen:
        seen.go(path_of(transfer))
        seen.page.emulate_media(media="print")
        expect(seen.page.get_by_text("Nothing has left the organisation.")).to_be_visible()
        for hidden in ("Check and confirm", "Back to quarantine", "Sign out"):
            expect(seen.page.get_by_text(hidden).first).to_be_hidden()
