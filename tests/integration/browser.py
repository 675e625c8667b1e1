"""A web browser for tests of the page that opens itself: Debian's Chromium, without a network, its complaints kept."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.integration.postfix import wait_until

CHROMIUM: Final = "/usr/bin/chromium"
ARGUMENTS: Final = (
    "--no-sandbox",  # the tests may run as root
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
RULES: Final = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
PATIENCE: Final = 60_000  # ms
expect.set_options(timeout=PATIENCE)


@dataclass(slots=True)
class Window:
    """One page of the browser, and what it asked for and complained of."""

    page: Page
    asked: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    def go(self, file: Path) -> None:
        """Open a file."""
        self.page.goto(file.as_uri())

    def type(self, words: str) -> None:
        """Type a passphrase and press Open."""
        self.page.fill("#passphrase", words)
        self.page.click("#open")

    def open(self, file: Path, words: str) -> None:
        """Open a file with its passphrase, and wait until it is open."""
        self.go(file)
        self.type(words)
        expect(self.page.locator("#opened")).to_be_visible()

    def refuses(self) -> str:
        """Wait for a complaint; return it, once nothing of the content is on the page."""
        expect(self.page.locator("#problem")).to_be_visible()
        expect(self.page.locator("#opened")).to_be_hidden()
        assert self.page.locator("#files li").count() == 0
        assert self.page.text_content("#message") == ""
        return self.page.inner_text("#problem-text")

    def saved(self, at: int = 0) -> tuple[str, bytes]:
        """Press one of the buttons to save; return the name and the bytes that the browser saved."""
        with self.page.expect_download() as waiting:
            self.page.get_by_role("button", name="Save").nth(at).click()
        return waiting.value.suggested_filename, waiting.value.path().read_bytes()

    def complains_of(self, words: str, *, times: int = 1) -> None:
        """Wait until the browser has complained of something so many times: what it says comes when it comes."""

        def has_complained() -> bool:
            self.page.title()  # what the browser says is heard while something is asked of it
            return sum(words in each for each in self.complaints) >= times

        wait_until(has_complained)

    def violations(self) -> list[str]:
        """Return the rules of accessibility that the page breaks as it stands, by axe-core."""
        found = Axe().run(self.page, options={"runOnly": {"type": "tag", "values": RULES}})
        assert len(found.response["passes"]) > 20
        return [str(each["id"]) for each in found.response["violations"] + found.response["incomplete"]]

    def focused(self) -> str:
        """Return the id of what has the focus."""
        return str(self.page.evaluate("document.activeElement.id"))


@contextmanager
def started() -> Iterator[Browser]:
    """Start the browser, and end it."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS, timeout=PATIENCE)
        yield browser
        browser.close()


@contextmanager
def window(browser: Browser, **settings: Any) -> Iterator[Window]:  # noqa: ANN401 - what a context takes
    """Lend a page in a profile of its own, without a network."""
    context = browser.new_context(offline=True, **({"locale": "en-GB"} | settings))
    context.set_default_timeout(PATIENCE)
    opened = Window(context.new_page())
    opened.page.on("request", lambda request: opened.asked.append(request.url))
    opened.page.on("console", lambda message: opened.complaints.append(message.text))
    opened.page.on("pageerror", lambda error: opened.complaints.append(str(error)))
    opened.page.on("dialog", lambda dialog: opened.complaints.append(dialog.message))
    try:
        yield opened
    finally:
        context.close()
