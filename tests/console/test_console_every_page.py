"""Every page of the console, looked at: light and dark, at a desk and on a phone; no complaint of the browser."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

import pytest
from playwright.sync_api import Browser

from gateway.console.entrance import sessions
from gateway.console.pages import PAGES
from gateway.model.person import Role
from tests.console import fates
from tests.console.eyes import started, window
from tests.console.house import House, Visitor, opened
from tests.console.seeds import garden

pytestmark = [pytest.mark.network, pytest.mark.needs("chromium")]

NO_PAGE: Final[Mapping[str, str]] = {
    "/static/{name}": "scripts and stylesheets",
    "/ledger/export": "a file",
    "/ledger/mine/export": "a file",
    "/ledger/checkpoint": "a file",
    "/transfers/export": "a file",
    "/quarantine/export": "a file",
    "/quarantine/bulk/{bulk}": "there is none before somebody decided on several: test_console_quarantine_bulk.py",
    "/quarantine/bulk/{bulk}/now": "a part of a page",
    "/quarantine/{transfer}/{delivery}/decision/now": "a part of a page",
    "/quarantine/{transfer}/{delivery}/passages": "leads to another page of ours",
    "/sign-in/provider": "leads to somebody else's page",
    "/sign-in/provider/back": "leads to another page of ours",
    "/step-up/provider": "leads to somebody else's page",
}
"""What is asked for with GET and is no page that anybody reads."""

ADDRESSES: Final = tuple(
    sorted(page.path for page in PAGES if page.method == "GET" and not page.api and page.path not in NO_PAGE)
)
OUTSIDE: Final = tuple(path for path in ADDRESSES if path.startswith(("/sign-in", "/accessibility")))


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """A console with something in it, and where that is."""

    house: House
    visitor: Visitor
    places: Mapping[str, str]

    def address(self, path: str) -> str:
        """Return the address of a page with what is there filled in."""
        for name, value in self.places.items():
            path = path.replace(name, value)
        return path


@pytest.fixture(scope="module")
def everything(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Seen]:
    with opened(tmp_path_factory.mktemp("house")) as house:
        now = house.clock.now()
        transfer, *others = garden(house.store, now)
        own = others[0]
        before, after = fates.versions(house.store, now)
        fates.boards(house.store, now)
        visitor = house.visitor(*Role, name="A. Okafor", address=own.sender)
        places = {
            "/policy/difference": f"/policy/difference?before={before}&after={after}",
            "/mine/{transfer}": f"/mine/{own.id}",
            "{transfer}": transfer.id,
            "{delivery}": transfer.deliveries[0].id,
            "{finding}": "0",
            "{id}": visitor.me.id,
            "/help/{name}": "/help/glossary",
            "/help/decisions/{name}": "/help/decisions/0002-libraries",
        }
        yield Seen(house=house, visitor=visitor, places=places)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with started() as one:
        yield one


@pytest.mark.parametrize("path", ADDRESSES)
def test_nothing_is_wrong_with_a_page(browser: Browser, everything: Seen, path: str) -> None:
    with window(browser, everything.house.url) as seen:
        seen.come_in(sessions.cookie_name(everything.house.desk), everything.visitor.cookie)
        seen.go(everything.address(path))
        assert seen.page.locator("h1").count() == 1
        assert not seen.page.title().startswith(("Sorry", "Error"))
        assert seen.faults_in_every_light() == []


@pytest.mark.parametrize("path", OUTSIDE)
def test_nothing_is_wrong_with_what_strangers_see(browser: Browser, everything: Seen, path: str) -> None:
    with window(browser, everything.house.url) as seen:
        seen.go(everything.address(path))
        assert seen.faults_in_every_light() == []


def test_every_address_is_filled_in(everything: Seen) -> None:
    assert [path for path in ADDRESSES if "{" in everything.address(path)] == []
    assert set(NO_PAGE) <= {page.path for page in PAGES}


@pytest.mark.parametrize(
    ("path", "current"),
    [
        ("/quarantine", ["Quarantine"]),
        ("/quarantine/bulk", ["Quarantine"]),
        ("/ledger/mine", ["What I did"]),
        ("/ledger", ["Ledger"]),
        ("/policy/rules", ["Policy"]),
        ("/account", []),
    ],
)
def test_the_part_that_one_is_in_is_marked_and_no_other(everything: Seen, path: str, current: list[str]) -> None:
    page = everything.visitor.get(path).text
    assert re.findall(r'aria-current="(?:page|true)">\s*<strong[^>]*>(.*?)</strong>', page) == current
