"""Takes the pictures of the console that the documents show; somebody runs it when pages look different.

    .venv/bin/python -m tests.console.pictures gateway/docs/pictures

Letters look as meant where the machine has Arial or a font with its widths (Debian: fonts-liberation).
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import Any, Final

from playwright.sync_api import Browser

from gateway.console import sessions
from gateway.model.person import Role
from tests.console import fates
from tests.console.eyes import NARROW, started
from tests.console.house import House, Visitor, opened
from tests.console.seeds import garden

DESK: Final = {"width": 1360, "height": 1000}
PHONE: Final = {"width": NARROW, "height": 900}
DARK: Final = {"color_scheme": "dark"}


def picture(browser: Browser, house: House, visitor: Visitor, path: str, file: Path, **settings: Any) -> None:  # noqa: ANN401 - what a context takes
    """Take one picture of what stands in the window, and no more of the page."""
    context = browser.new_context(**{"viewport": DESK, "locale": "en-GB", **settings})
    context.add_cookies([{"name": sessions.cookie_name(house.desk), "value": visitor.cookie, "url": house.url}])
    if "compact" in file.name:
        context.add_cookies([{"name": "compact", "value": "yes", "url": house.url}])
    page = context.new_page()
    page.goto(f"{house.url}{path}", wait_until="load")
    page.screenshot(path=file)
    context.close()


def main(folder: Path) -> None:
    """Take them all."""
    with (
        tempfile.TemporaryDirectory() as place,
        opened(Path(place), look={"name": "Exampleshire secure transfer"}) as house,
    ):
        now = house.clock.now()
        held = garden(house.store, now)[0]
        fates.fates(house.store, now)
        fates.versions(house.store, now)
        fates.boards(house.store, now)
        officer = house.visitor(Role.APPROVER, name="A. Okafor")
        review = f"/quarantine/{held.id}/{held.deliveries[0].id}"
        with started() as browser:
            for name, path, settings in (
                ("dashboard", "/dashboard", {}),
                ("quarantine", "/quarantine", {}),
                ("quarantine-compact", "/quarantine", {}),
                ("review", review, {}),
                ("review-dark", review, DARK),
                ("review-phone", review, {"viewport": PHONE}),
                ("policy", "/policy", {}),
            ):
                picture(browser, house, officer, path, folder / f"console-{name}.png", **settings)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
