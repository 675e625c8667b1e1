"""The pages in a browser: axe, 320 pixels, both languages, without JavaScript; and a file that is tried in earnest."""

from __future__ import annotations

import re
from collections.abc import Iterator
from http.client import HTTPConnection
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, expect

from gateway.console.pages import trying
from gateway.model.board import DaemonBoard
from gateway.model.person import Role
from gateway.model.transfer import Transfer
from tests.console import fates
from tests.console.answering import answering
from tests.console.eyes import NARROW, WIDE, Window, started, window
from tests.console.house import PATIENCE, House, Visitor, opened

pytestmark = [pytest.mark.network, pytest.mark.needs("chromium")]

EVERYBODY: Final = tuple(Role)
PAGES: Final = (
    "/dashboard",
    "/transfers",
    "/transfers/{delivered}",
    "/transfers/{held}",
    "/transfers/{unread}",
    "/mine",
    "/mine/{held}",
    "/mine/{waiting}",
    "/policy",
    "/policy/rules",
    "/policy/laws",
    "/policy/routes",
    "/policy/difference?before={before}&after={after}",
    "/policy/what-if?from=a@council.example&to=b@mail.example&people=30&tier=PROTECT&can=zip",
    "/policy/what-if?to=nobody&people=many",
    "/partners",
    "/keys",
    "/ledger",
    "/ledger/mine",
    "/doctor",
    "/help",
    "/help/runbook",
    "/help/configuration",
    "/try",
    "/notices",
)
SECRET: Final = b"PROTECT - PERSONAL\nNHS number 943 476 5919\n"


@pytest.fixture(autouse=True)
def _long_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a page wait for the daemon's answer longer than that takes on any machine."""
    monkeypatch.setattr(trying, "WAITS", PATIENCE)


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with opened(tmp_path_factory.mktemp("seen")) as found:
        yield found


@pytest.fixture(scope="module")
def named(house: House) -> dict[str, str]:
    now = house.clock.now()
    fates.boards(house.store, now)
    before, after = fates.versions(house.store, now)
    sent: dict[str, Transfer] = fates.fates(house.store, now)
    return {"before": before, "after": after} | {fate: one.id for fate, one in sent.items()}


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with started() as found:
        yield found


def enter(seen: Window, visitor: Visitor, language: str = "en") -> None:
    cookies = {"visit": visitor.cookie, "language": language}
    seen.page.context.add_cookies([{"name": name, "value": value, "url": seen.url} for name, value in cookies.items()])


def forgive(seen: Window) -> None:
    """Leave out what the browser itself says of a form that was not understood: it is answered with 422."""
    seen.complaints[:] = [each for each in seen.complaints if "422" not in each]


@pytest.mark.parametrize("path", PAGES)
def test_a_page_keeps_nobody_out(house: House, named: dict[str, str], browser: Browser, path: str) -> None:
    visitor = house.visitor(*EVERYBODY, address="ann@council.example")
    with window(browser, house.url) as seen:
        for width, language in ((WIDE, "en"), (NARROW, "cy")):
            enter(seen, visitor, language)
            seen.page.set_viewport_size({"width": width, "height": 900})
            seen.page.goto(f"{seen.url}{path.format(**named)}")
            assert seen.faults() == [], (width, language)
            assert seen.page.locator("html").get_attribute("lang") == language
            seen.page.set_viewport_size({"width": NARROW, "height": 900})
            assert seen.overflowing() == [], language
        forgive(seen)


def test_pages_work_without_javascript(house: House, named: dict[str, str], browser: Browser) -> None:
    visitor = house.visitor(*EVERYBODY, address="ann@council.example")
    with window(browser, house.url, java_script_enabled=False) as seen:
        enter(seen, visitor)
        seen.page.goto(f"{seen.url}/transfers")
        seen.page.fill("#q", "minutes")
        seen.page.click("text=Search >> nth=-1")
        expect(seen.page.locator("tbody tr")).to_have_count(1)
        seen.page.goto(f"{seen.url}/mine/{named['waiting']}")
        seen.page.click("summary:has-text('Have it back')")
        seen.page.click("button:has-text('Recall it')")
        expect(seen.page).to_have_title(re.compile("^Error:"))
        seen.page.fill("#reason-recall", "wrong file")
        seen.page.click("button:has-text('Recall it')")
        expect(seen.page.locator("main")).to_contain_text("It is being recalled")
        seen.page.goto(f"{seen.url}/policy/what-if")
        seen.page.fill("#from", "a@council.example")
        seen.page.fill("#to", "b@mail.example")
        seen.page.click("button:has-text('See what would happen')")
        expect(seen.page.locator("main")).to_contain_text("It would be sent")
        forgive(seen)


def test_what_others_sent_runs_nowhere(house: House, named: dict[str, str], browser: Browser) -> None:
    visitor = house.visitor(*EVERYBODY)
    with window(browser, house.url) as seen:  # fails on any dialog, error or refused script
        enter(seen, visitor)
        for path in ("/transfers", f"/transfers/{named['unread']}", "/ledger", "/notices"):
            seen.go(path)
            assert seen.page.locator("img").count() == 0


# ——— a file is tried ———


@pytest.fixture(scope="module")
def answered(house: House, named: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[str]]:
    assert named
    with answering(house, tmp_path_factory.mktemp("daemon")) as asked:
        yield asked


def test_a_file_is_tried_and_nothing_is_kept(
    house: House, answered: list[str], browser: Browser, tmp_path: Path
) -> None:
    assert answered == []
    file = tmp_path / "<b>list<b>.txt"
    file.write_bytes(SECRET * 3)
    before, known = list(house.store.ledger.entries()), [each.id for each in house.store.transfers.find(limit=1000)]
    visitor = house.visitor(Role.SENDER, address="hal@council.example")
    with window(browser, house.url, width=NARROW) as seen:
        enter(seen, visitor)
        seen.go("/try")
        seen.page.set_input_files("input[type=file]", str(file))
        seen.page.fill("#to", "jo@mail.example\nward@nhs.net")
        seen.page.click("button:has-text('See what would happen')")
        expect(seen.page.get_by_text("Nothing was sent or kept").first).to_be_visible()
        seen.page.wait_for_load_state()
        said = seen.page.inner_text("main")
        assert "<b>list<b>.txt" in said
        assert "NHS number (3)" in said
        assert "jo@mail.example" in said
        assert "secure-mail: the internet, by TLS with a verified certificate" in said
        assert seen.faults() == []
    assert list(house.store.ledger.entries()) == before
    assert [each.id for each in house.store.transfers.find(limit=1000)] == known


def test_a_sender_tries_as_themselves_only(house: House, answered: list[str]) -> None:
    assert answered == []
    file = {"file": ("a.txt", SECRET, "text/plain")}
    theirs = "This looks like the sender&#39;s own address elsewhere"
    sender = house.visitor(Role.SENDER, address="ida.jones@council.example")
    officer = house.visitor(Role.REVIEWER, address="joe.smith@council.example")
    to = "ida.jones@gmail.com"
    assert theirs in sender.post("/try", files=file, to=to, **{"from": "somebody@council.example"}).text
    assert theirs in officer.post("/try", files=file, to=to, **{"from": "ida.jones@council.example"}).text
    assert theirs not in officer.post("/try", files=file, to=to).text


@pytest.mark.parametrize(
    ("fields", "field"),
    [({"to": "a@b.example"}, "file"), ({}, "to"), ({"to": "a@b.example," * 51}, "to")],
)
def test_what_is_missing_is_said_beside_its_field(house: House, fields: dict[str, str], field: str) -> None:
    visitor = house.visitor(Role.SENDER)
    files = {"file": ("", b"", "application/octet-stream") if field == "file" else ("a.txt", b"x", "text/plain")}
    answer = visitor.post("/try", files=files, **fields)
    assert answer.status_code == 422
    assert f'id="{field}-error"' in answer.text


def test_what_is_too_large_is_not_tried(tmp_path_factory: pytest.TempPathFactory) -> None:
    with opened(tmp_path_factory.mktemp("large")) as house:
        visitor, most = house.visitor(Role.SENDER), house.desk.largest
        large = {"file": ("a.bin", bytes(most + 1), "application/octet-stream")}
        answer = visitor.post("/try", files=large, to="a@b.example")
        assert answer.status_code == 422
        assert "The file is too large to be tried here" in answer.text
        place = urlsplit(house.url)
        asking = HTTPConnection(str(place.hostname), place.port, timeout=PATIENCE)
        asking.putrequest("POST", "/try")
        asking.putheader("Content-Type", "multipart/form-data; boundary=x")
        asking.putheader("Content-Length", str(most + 2_000_000))
        asking.endheaders()  # nothing follows: it is refused before any of it is read
        assert asking.getresponse().status == 413
        asking.close()


def test_without_a_daemon_nobody_can_say(tmp_path_factory: pytest.TempPathFactory) -> None:
    with opened(tmp_path_factory.mktemp("alone")) as alone:
        visitor = alone.visitor(Role.SENDER)
        answer = visitor.post("/try", files={"file": ("a.txt", b"x", "text/plain")}, to="a@b.example")
        assert answer.status_code == 503
        assert "Nothing was sent or kept" in answer.text
        assert alone.store.boards.read(DaemonBoard.name) is None
