"""Every component in a browser: light, dark, on a phone, by keyboard, in forced colours, without JavaScript."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, Final

import pytest
from playwright.sync_api import Browser, Route, expect

from gateway.config.look import LookSettings
from tests.console.eyes import NARROW, WIDE, Window, started, window
from tests.console.showcase.app import build, renderer, serving

pytestmark = [pytest.mark.network, pytest.mark.needs("chromium")]

PAGES: Final = ("list", "list?compact", "review", "forms", "list?language=cy", "forms?done", "error")


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with serving(build(renderer())) as at:
        yield at


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with started() as one:
        yield one


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("width", [WIDE, NARROW])
def test_nothing_is_wrong_with_a_page(browser: Browser, url: str, page: str, width: int) -> None:
    with window(browser, url, width=width) as seen:
        seen.go(f"/{page}")
        for scheme in ("light", "dark"):
            seen.page.emulate_media(color_scheme=scheme)
            assert seen.faults() == [], scheme


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_errors_are_beside_their_fields_and_above_the_page(browser: Browser, url: str, scheme: str) -> None:
    with window(browser, url, color_scheme=scheme) as seen:
        seen.go("/forms")
        seen.page.get_by_role("button", name="Save").click()
        expect(seen.page).to_have_title(re.compile("^Error: Components"))
        summary = seen.page.locator(".govuk-error-summary")
        expect(summary).to_be_focused()
        summary.get_by_role("link", name="Write a reason").click()
        expect(seen.page.locator("#reason")).to_be_focused()
        assert seen.page.locator("#reason").get_attribute("aria-describedby") == "reason-hint reason-error"
        assert seen.faults() == []


@pytest.mark.parametrize("colours", [{}, {"header": "#5a2d0c", "brand": "#8a1f4b"}])
def test_the_organisations_colours_are_readable_in_light_and_dark(browser: Browser, colours: dict[str, str]) -> None:
    with serving(build(renderer(LookSettings(**colours)))) as url:
        for scheme in ("light", "dark"):
            with window(browser, url, color_scheme=scheme) as seen:
                seen.go("/list")
                header = seen.page.locator(".gw-header")
                red, green, blue = (int((colours.get("header") or "#0b0c0c")[at : at + 2], 16) for at in (1, 3, 5))
                expect(header).to_have_css("background-color", f"rgb({red}, {green}, {blue})")
                assert seen.violations() == []


def test_a_decision_is_made_with_the_keyboard_alone(browser: Browser, url: str) -> None:
    with window(browser, url) as seen:
        seen.go("/review")
        visited = tab_through(seen, 40)
        assert visited[0] == "Skip to main content"
        assert visited.index("act") < visited.index("reason") < visited.index("Check and confirm")
        assert visited.index("Back to quarantine") < visited.index("act")


def tab_through(seen: Window, most: int) -> list[str]:
    """Press Tab; return what had the focus, in its order."""
    visited: list[str] = []
    for _ in range(most):
        seen.page.keyboard.press("Tab")
        if (at := seen.focused()) in ("", visited[0] if visited else None):
            break
        visited.append(at)
    return visited


@pytest.mark.parametrize("page", ["list", "review", "forms"])
def test_where_the_focus_is_can_be_seen(browser: Browser, url: str, page: str) -> None:
    unseen = """() => { const it = document.activeElement, css = getComputedStyle(it);
      const has_edge = css.outlineStyle !== "none" && css.outlineColor !== "rgba(0, 0, 0, 0)";
      const label = it.labels?.[0] && getComputedStyle(it.labels[0], "::before").boxShadow;
      const is_seen = has_edge || css.boxShadow !== "none" || (label && label !== "none");
      return is_seen || it === document.body ? "" : it.outerHTML.slice(0, 100); }"""
    with window(browser, url) as seen:
        seen.go(f"/{page}")
        found = []
        for _ in range(40):
            seen.page.keyboard.press("Tab")
            found.append(seen.page.evaluate(unseen))
        assert [each for each in found if each] == []


def test_on_a_phone_filters_are_folded_and_rows_become_cards(browser: Browser, url: str) -> None:
    with window(browser, url, width=NARROW) as seen:
        seen.go("/list")
        expect(seen.page.get_by_label("Search")).to_be_hidden()
        seen.page.locator(".gw-filters__summary").click()
        expect(seen.page.get_by_label("Search")).to_be_visible()
        expect(seen.page.get_by_role("row").nth(1)).to_have_css("display", "block")
        assert seen.faults() == []


def test_with_room_filters_are_open_without_a_press(browser: Browser, url: str) -> None:
    with window(browser, url) as seen:
        seen.go("/list")
        expect(seen.page.get_by_label("Search")).to_be_visible()
        expect(seen.page.locator(".gw-filters__summary")).to_be_hidden()


@pytest.mark.parametrize("page", ["list", "review", "forms"])
def test_without_javascript_everything_is_there(browser: Browser, url: str, page: str) -> None:
    with window(browser, url, java_script_enabled=False) as seen:
        seen.go(f"/{page}")
        expect(seen.page.get_by_role("navigation", name="Menu").get_by_role("link", name="Quarantine")).to_be_visible()
        for select in ("#bulk-Q-2026-4117",) if page == "list" else ():
            expect(seen.page.locator(select)).to_be_visible()
        if page == "forms":
            expect(seen.page.get_by_role("heading", name="Folders")).to_be_visible()
            seen.page.get_by_role("button", name="Save").click()
            expect(seen.page.get_by_role("heading", name="There is a problem")).to_be_visible()


@pytest.mark.parametrize("page", ["list", "review"])
def test_in_forced_colours_findings_bars_and_tags_keep_an_edge(browser: Browser, url: str, page: str) -> None:
    with window(browser, url, forced_colors="active") as seen:
        seen.go(f"/{page}")
        expect(seen.page.locator(".govuk-tag").first).to_have_css("border-top-style", "solid")
        if page == "review":
            expect(seen.page.locator(".gw-extract__finding").first).to_have_css("border-top-width", "2px")
        assert seen.faults() == []


def test_on_paper_there_is_the_content_and_nothing_to_press(browser: Browser, url: str) -> None:
    with window(browser, url) as seen:
        seen.page.emulate_media(media="print")
        for page in ("list", "review"):
            seen.go(f"/{page}")
            for gone in (".gw-filters", ".gw-decision", ".govuk-service-navigation", ".govuk-footer", ".gw-bulk"):
                for each in seen.page.locator(gone).all():
                    expect(each).to_be_hidden()
        expect(seen.page.locator(".gw-extract").first).to_be_visible()


def test_the_number_selected_is_told_and_one_box_selects_all(browser: Browser, url: str) -> None:
    with window(browser, url) as seen:
        seen.go("/list")
        count = seen.page.locator("[data-count]")
        expect(count).to_have_text("None selected")
        seen.page.locator("#bulk-Q-2026-4118").check(force=True)
        expect(count).to_have_text("1 selected")
        seen.page.locator("#bulk-all").check(force=True)
        expect(count).to_have_text("5 selected")


def test_a_shown_value_is_hidden_again_and_seconds_are_counted_down(browser: Browser, url: str) -> None:
    with window(browser, url) as seen:
        seen.go("/forms")
        expect(seen.page.locator("#shown")).to_have_text("masked again")
        assert 0 <= int(seen.page.locator("[data-left], p span").first.inner_text()) <= 60


def test_a_part_is_fetched_again_where_the_element_bears_the_nonce(browser: Browser, url: str) -> None:
    with window(browser, url) as seen:
        seen.go("/list")
        expect(seen.page.locator("#waiting")).to_have_text("38 wait.")
        assert seen.violations() == []


@pytest.mark.parametrize("attempt", range(3))
def test_an_injected_element_without_the_nonce_does_nothing_on_a_cold_cache(
    browser: Browser, url: str, attempt: int
) -> None:
    """The profile is new each time; the script comes late, as on a slow line: what htmx did before hx-csp was there."""
    with window(browser, url) as seen:
        asked: list[str] = []
        seen.page.on("request", lambda request: asked.append(request.url))
        seen.page.route("**/static/htmx*", lambda route: late(route, 0.1 * attempt))
        seen.page.goto(f"{url}/review?inject", wait_until="networkidle")
        expect(seen.page.locator("#injected")).to_have_text("not touched")
        expect(seen.page.locator("#injected")).not_to_have_attribute("hx-get", "/fragment")
        seen.wait_for_complaint("blocked <div#injected>")
        assert [at for at in asked if at.endswith("/fragment")] == []
        assert len(seen.complaints) == 1
        assert "blocked <div#injected>: no hx-nonce attribute" in seen.complaints.pop()


def test_without_its_guard_the_same_element_acts(browser: Browser) -> None:
    """What the test before would see if hx-csp were not there, or not yet."""
    made = renderer()
    at = made.files.address("htmx-csp.min.js").removeprefix("/static/")
    both = made.files._files[at]
    htmx_alone = both.content.split(b"\n")[0]
    assert b"hx-csp" not in htmx_alone
    made.files._files[at] = replace(both, content=htmx_alone)
    with serving(build(made)) as url, window(browser, url) as seen:
        with seen.page.expect_request("**/fragment"):
            seen.page.goto(f"{url}/review?inject", wait_until="load")
        seen.wait_for_complaint("htmx:error")  # the last it says: Trusted Types refuse what comes back
        seen.complaints.clear()


def late(route: Route, seconds: float) -> None:
    """Let a file arrive late."""
    time.sleep(seconds)  # what is tested is a slow line
    route.continue_()


def test_script_that_writes_markup_is_refused(browser: Browser, url: str) -> None:
    """Trusted Types: even a script of ours could not write markup by accident."""
    with window(browser, url) as seen:
        seen.go("/review")
        wrote: Any = seen.page.evaluate(
            "() => { try { document.body.insertAdjacentHTML('beforeend', '<i></i>'); return 'wrote'; }"
            " catch (refused) { return refused.name; } }"
        )
        assert wrote == "TypeError"
        seen.wait_for_complaint("TrustedHTML")
        assert [each for each in seen.complaints if "TrustedHTML" not in each and "Trusted Type" not in each] == []
        seen.complaints.clear()


def test_a_hostile_name_is_words(browser: Browser, url: str) -> None:
    with window(browser, url) as seen:
        seen.go("/list")
        expect(seen.page.get_by_role("link", name="<img src=x onerror=alert(1)>.zip")).to_be_visible()
        assert seen.page.locator("img").count() == 0
