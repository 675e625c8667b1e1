"""What looks at pages: Debian's Chromium, axe-core 4.14.1, and the checks that axe does not make.

`with started() as browser, window(browser, url) as seen: seen.go("/quarantine"); assert seen.faults() == []`
Leaving a window fails when the page complained in any way: that is the test of the content security policy.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from playwright.sync_api import Browser, ConsoleMessage, Dialog, Page, expect, sync_playwright

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
AXE: Final = (Path(__file__).parent / "data" / "axe.min.js").read_text(encoding="utf-8")
NARROW: Final = 320
WIDE: Final = 1360
SMALLEST: Final = 24
expect.set_options(timeout=60_000)  # ms until something must be there; five seconds pass on a busy machine
PATIENCE: Final = 90_000.0
"""Milliseconds for the browser to start, for a page to come and for something on it to be pressed."""

SMALL: Final = """smallest => [...document.querySelectorAll("a, button, input, select, textarea, summary")]
  .filter(it => it.type !== "hidden" && it.checkVisibility({visibilityProperty: true, contentVisibilityAuto: true}))
  .filter(it => getComputedStyle(it).display !== "inline" && !it.className.includes("skip-link"))
  .filter(it => it.getBoundingClientRect().width < smallest || it.getBoundingClientRect().height < smallest)
  .map(it => it.outerHTML.slice(0, 120))"""
"""Targets under 24 by 24 pixels (WCAG 2.5.8); a link inside of text is as high as its line."""

FOUND: Final = """async rules => {
  const found = await axe.run(document, {runOnly: rules, resultTypes: ["violations"]})
  const faults = found.violations.flatMap(rule => rule.nodes.map(node => `${rule.id}: ${node.target}`))
  return {faults, looked: found.passes.length} }"""
"""What axe-core finds, and how many rules found something that is right: each of these with one place, not with all."""

OVERFLOWING: Final = """() => [...document.querySelectorAll("body *")]
  .filter(it => it.getBoundingClientRect().right > innerWidth + 1 && it.checkVisibility()
    && !["absolute", "fixed"].includes(getComputedStyle(it).position))
  .map(it => it.outerHTML.slice(0, 120)).slice(0, 5)"""


@dataclass(slots=True)
class Window:
    """One page of the browser, and what it complained of."""

    page: Page
    url: str
    complaints: list[str] = field(default_factory=list)

    def listen(self) -> None:
        """Keep whatever the page complains of."""

        def said(message: ConsoleMessage) -> None:
            if message.type == "error":
                self.complaints.append(message.text)

        def asked(dialog: Dialog) -> None:
            self.complaints.append(dialog.message)
            dialog.dismiss()

        self.page.on("console", said)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("dialog", asked)

    def wait_for_complaint(self, words: str) -> None:
        """Wait until the page has complained of something: what it did is seen before it is told."""
        end = time.monotonic() + PATIENCE / 1000
        while not any(words in each for each in self.complaints):
            assert time.monotonic() < end, (words, self.complaints)
            self.page.wait_for_timeout(20)  # lets the browser tell what it has to

    def come_in(self, name: str, cookie: str) -> None:
        """Take somebody's session."""
        self.page.context.add_cookies([{"name": name, "value": cookie, "url": self.url}])

    def go(self, path: str) -> None:
        """Open a page of ours, and wait until all of it is there."""
        self.page.goto(f"{self.url}{path}", wait_until="load")

    def violations(self, *rules: str) -> list[str]:
        """Return what axe-core finds on the page as it stands, by all rules or some: the rule, and where."""
        self.page.wait_for_load_state()
        if not self.page.evaluate("'axe' in window"):
            self.page.evaluate(AXE)
        found = self.page.evaluate(FOUND, list(rules) or RULES)
        assert found["looked"] > (0 if rules else 10), "axe looked at next to nothing"
        return list(found["faults"])

    def overflowing(self) -> list[str]:
        """Return what stands beyond the right edge, where the page must be scrolled sideways (WCAG 1.4.10)."""
        width = self.page.evaluate("document.documentElement.scrollWidth - innerWidth")
        return [f"{width} pixels too wide", *self.page.evaluate(OVERFLOWING)] if width > 0 else []

    def small(self) -> list[str]:
        """Return what is too small to be pressed."""
        return list(self.page.evaluate(SMALL, SMALLEST))

    def faults(self) -> list[str]:
        """Return everything that is wrong with the page as it stands."""
        return self.violations() + self.overflowing() + self.small()

    def faults_in_every_light(self) -> list[str]:
        """Return everything that is wrong with the page at a desk, in the dark and on a phone, loaded once."""
        at_a_desk = self.faults()
        self.page.emulate_media(color_scheme="dark")
        in_the_dark = self.violations("color-contrast")
        self.page.emulate_media(color_scheme="light")
        self.page.set_viewport_size({"width": NARROW, "height": 900})
        return [*at_a_desk, *in_the_dark, *self.faults()]

    def focused(self) -> str:
        """Return what has the focus: its id, or its words."""
        return str(self.page.evaluate("document.activeElement.id || document.activeElement.innerText"))


@contextmanager
def started() -> Iterator[Browser]:
    """Start the browser, and end it."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS, timeout=PATIENCE)
        yield browser
        browser.close()


@contextmanager
def window(browser: Browser, url: str, *, width: int = WIDE, **settings: Any) -> Iterator[Window]:  # noqa: ANN401 - what a context takes
    """Lend a page in a profile of its own: cold cache, no cookies. Fails when the page complained."""
    context = browser.new_context(viewport={"width": width, "height": 900}, locale="en-GB", **settings)
    context.set_default_timeout(PATIENCE)
    seen = Window(context.new_page(), url)
    seen.listen()
    yield seen
    context.close()
    assert seen.complaints == []
