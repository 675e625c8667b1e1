"""The page that opens itself, for everybody: by keyboard, by ear, on a telephone, in the dark, in Welsh, on paper.

Automatic checks (axe-core, WCAG 2.2 A and AA) find a part of what keeps people out; the others here find some more.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from gateway.protect import Plain
from gateway.protect.content import Held
from gateway.protect.methods.page.encryptor import PageEncryptor
from tests.integration.browser import Window, started, window

pytestmark = pytest.mark.needs("chromium")

WORDS = "crane-lucid-oven-maple-stray-tulip"
SAID = "Array.from(document.querySelectorAll('[data-say]'), (each) => `${each.dataset.say}: ${each.textContent}`)"
LONG_NAME = "A_very_long_name_without_a_place_to_break_it_" * 4 + ".txt"
MAIL = (
    b"From: jo@council.example\r\nSubject: The plan\r\nMIME-Version: 1.0\r\n"
    b"Content-Type: text/plain; charset=utf-8\r\n\r\nDear Alice,\r\n" + b"x" * 300 + b"\r\n"
)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with started() as found:
        yield found


def seal(folder: Path, *parts: Plain) -> Path:
    encryptor = PageEncryptor("Barchester & District Council", "help@council.example, 01234 567890")
    return encryptor.seal(parts, "alice@partner.example", "secure-t-1", folder, WORDS).file


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    content = Held(b"some text\r\n" * 5)
    return seal(
        tmp_path_factory.mktemp("files"),
        Plain(name=LONG_NAME, media_type="text/plain", content=content, marking="OFFICIAL-SENSITIVE"),
        Plain(name="plan.pdf", media_type="application/pdf", content=content),
    )


@pytest.fixture(scope="module")
def mail(tmp_path_factory: pytest.TempPathFactory) -> Path:
    part = Plain(name="m", media_type="message/rfc822", content=Held(MAIL), marking="PROTECT")
    return seal(tmp_path_factory.mktemp("mail"), part)


def width(found: Window) -> int:
    return int(found.page.evaluate("document.documentElement.scrollWidth"))


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("across", [320, 1280])
def test_nothing_keeps_people_out(scheme: str, across: int, browser: Browser, files: Path, mail: Path) -> None:
    with window(browser, color_scheme=scheme, viewport={"width": across, "height": 700}) as found:
        for file in (files, mail):
            found.go(file)
            assert (found.violations(), width(found)) == ([], across)
            found.type("wrong")
            found.refuses()
            assert (found.violations(), width(found)) == ([], across)
            found.type(WORDS)
            expect(found.page.locator("#opened")).to_be_visible()
            found.page.get_by_role("button", name="Read here").first.click()
            found.page.locator("summary").first.click()
            assert (found.violations(), width(found)) == ([], across)
            found.page.click("#language")
            assert (found.violations(), width(found)) == ([], across)
            assert found.complaints == []


def pressed(found: Window, name: str) -> None:
    """Go on with the Tab key until a button has the focus, and press it."""
    for _ in range(20):
        found.page.keyboard.press("Tab")
        if found.page.evaluate("document.activeElement.textContent") == name:
            found.page.keyboard.press("Enter")
            return
    pytest.fail(f"{name} is not reached")


def test_everything_is_done_by_keyboard(browser: Browser, files: Path) -> None:
    with window(browser) as found:
        found.go(files)
        for _ in range(2):
            found.page.keyboard.press("Tab")
        assert found.focused() == "passphrase"
        found.page.keyboard.type("wrong")
        found.page.keyboard.press("Enter")
        found.refuses()
        assert found.focused() == "problem"
        found.page.keyboard.press("Tab")
        found.page.keyboard.press("Enter")  # the complaint leads to the field
        assert found.focused() == "passphrase"
        found.page.keyboard.press("Control+A")
        found.page.keyboard.type(WORDS)
        pressed(found, "Show passphrase")
        assert found.page.get_attribute("#passphrase", "type") == "text"
        pressed(found, "Open")
        expect(found.page.locator("#opened")).to_be_visible()
        assert found.focused() == "done"
        with found.page.expect_download() as waiting:
            pressed(found, f"Save {LONG_NAME}")
        assert waiting.value.path().read_bytes() == b"some text\r\n" * 5
        pressed(found, f"Read here {LONG_NAME}")
        assert "some text" in found.page.inner_text("#files .text")
        pressed(found, "Lock again")
        assert found.focused() == "passphrase"
        assert found.page.get_attribute("#passphrase", "type") == "password"


def test_what_happens_is_said(browser: Browser, files: Path) -> None:
    with window(browser) as found:
        found.go(files)
        field = found.page.get_by_label("Passphrase", exact=True)
        assert str(field.get_attribute("aria-describedby")) == "hint"
        found.type("wrong")
        found.refuses()
        assert str(field.get_attribute("aria-describedby")) == "hint error"
        assert field.get_attribute("aria-invalid") == "true"
        found.type(WORDS)
        expect(found.page.get_by_role("status")).to_have_text("Open. Number of files: 2.")
        found.saved()
        expect(found.page.get_by_role("status")).to_have_text(f"Your browser is saving {LONG_NAME}.")
        expect(found.page.get_by_role("heading", level=1)).to_have_count(1)
        assert found.page.get_by_role("button", name="Save plan.pdf").count() == 1


def test_everything_is_said_in_welsh(browser: Browser, files: Path) -> None:
    with window(browser) as found:
        found.go(files)
        english = set(found.page.evaluate(SAID))
        found.page.click("#language")
        assert not english & set(found.page.evaluate(SAID))
        assert found.page.get_attribute("html", "lang") == "cy"
        assert found.page.title() == "Neges ddiogel gan Barchester & District Council"
        found.type("wrong")
        assert found.refuses().startswith("Nid yw\u2019r cyfrinair")
        found.page.click("#language")
        assert found.page.inner_text("#problem-text").startswith("That passphrase")
        found.type(WORDS)
        expect(found.page.locator("#opened")).to_be_visible()
        english = set(found.page.evaluate(SAID))
        found.page.click("#language")
        assert not english & set(found.page.evaluate(SAID))
        assert found.complaints == []


def test_who_reads_welsh_is_met_in_welsh(browser: Browser, files: Path) -> None:
    with window(browser, locale="cy-GB") as found:
        found.go(files)
        assert found.page.inner_text("h1").startswith("Neges ddiogel gan")


def test_without_scripts_it_says_what_to_do(browser: Browser, files: Path) -> None:
    with window(browser, java_script_enabled=False) as found:
        found.go(files)
        assert "needs JavaScript" in found.page.inner_text("main")
        expect(found.page.locator("#open")).to_be_disabled()
        expect(found.page.locator("#reveal")).to_be_hidden()


def test_on_paper_is_what_was_opened_and_nothing_to_press(browser: Browser, mail: Path) -> None:
    with window(browser) as found:
        found.open(mail, WORDS)
        found.page.emulate_media(media="print")
        expect(found.page.locator("#message")).to_be_visible()
        assert [each for each in found.page.get_by_role("button").all() if each.is_visible()] == []


def test_what_is_pressed_is_large_enough(browser: Browser, files: Path) -> None:
    with window(browser, forced_colors="active", viewport={"width": 320, "height": 700}) as found:
        found.open(files, WORDS)
        for each in [*found.page.get_by_role("button").all(), *found.page.locator("summary").all()]:
            box = each.bounding_box() if each.is_visible() else None
            assert box is None or min(box["width"], box["height"]) >= 24, each.inner_text()  # WCAG 2.5.8
