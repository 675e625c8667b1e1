"""What others named, wrote or sent is text on every page: 108 vectors through real transfers, in a real browser."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

import httpx2
import openpyxl
import pytest
from playwright.sync_api import Browser, Page, expect

from gateway.console.frame.exports import FORMULAS as CALCULATED
from gateway.console.roles import Permission
from gateway.model.inspection import Gap
from gateway.model.person import ApiToken
from gateway.model.transfer import Transfer
from gateway.system import ids
from tests.console.eyes import Window, started
from tests.console.house import PATIENCE
from tests.console.vectors import BREAKING_OUT, FORMULAS, LANGUAGES, MARKUP, MISLEADING, POLYGLOTS, VECTORS, as_name
from tests.console.whole import CLOCK, Member, WholeGateway, decided, hired, started_whole, tried
from tests.scenarios.gateway_process import FRIEND, STAFF, wait_for

pytestmark = [pytest.mark.network, pytest.mark.needs("chromium", "7z"), pytest.mark.timeout(900)]
NUMBER: Final = "943 476 5919"
STRANGER: Final = "someone@gmail.com"
ALONE: Final = (MARKUP[4], MARKUP[9], BREAKING_OUT[0], BREAKING_OUT[9], LANGUAGES[0], MISLEADING[0], *POLYGLOTS[1:2])
"""Those that are the names of files on their own, so that they stand in lists and headings."""

TURNING: Final = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\U000e0000-\U000e007f]"
)
"""Controls, and what sets the direction of text."""

MADE: Final = """() => [...document.querySelectorAll("*")].filter(it => {
    const attributes = [...it.attributes].map(each => [each.name, each.value])
    const foreign = value => new URL(value, location.href).origin !== location.origin
    return ["iframe", "object", "embed", "img", "video", "audio", "math", "style", "base", "template", "marquee",
            "dialog", "animate", "use", "foreignobject", "hx-partial", "b", "frame", "applet"]
        .includes(it.localName)
      || it.localName === "script" && !it.src.startsWith(location.origin + "/static/")
      || it.localName === "link" && !it.href.startsWith(location.origin + "/static/")
      || it.localName === "meta" && it.httpEquiv !== ""
      || it.localName === "svg" && !it.classList.contains("gw-chart__picture")
        && !it.closest("button, a.govuk-back-link, .govuk-pagination")
      || it.shadowRoot
      || attributes.some(([name, value]) => name.startsWith("on") || name === "style" || name.startsWith("hx-on")
        || /[^a-z0-9:._-]/i.test(name)
        || ["href", "src", "action", "formaction", "ping", "srcset", "xlink:href"].includes(name) && foreign(value)
        || ["hx-get", "hx-post", "data-hx-get", "data-hx-post"].includes(name) && !value.startsWith("/quarantine/"))
  }).map(it => it.outerHTML.slice(0, 200))"""
"""Everything on a page that no template of ours makes."""


def unreadable(seed: int) -> bytes:
    return b"\x7fELF" + bytes((seed + each) % 256 for each in range(300))


def workbook(titles: Sequence[str], around: str) -> bytes:
    """Return a workbook with these sheets, and a number in each with markup around it."""
    made, target = openpyxl.Workbook(), io.BytesIO()
    made.remove(made.active)
    for title in titles:
        sheet = made.create_sheet(title)
        sheet.append(["Name", "NHS number", "Remark"])
        sheet.append([around, NUMBER, around])
    made.save(target)
    return target.getvalue()


def message(number: int, names: Sequence[str]) -> bytes:
    """Return mail whose subject, people, reason and attachments are vectors."""
    made = EmailMessage(policy=SMTP)
    vector = MARKUP[number * 3]
    made["From"] = f'"{vector.replace(chr(34), chr(39))}" <{STAFF}>'
    made["To"] = f'"{BREAKING_OUT[number].replace(chr(34), chr(39))}" <{FRIEND}>'
    made["Subject"] = f"{vector} {LANGUAGES[number]}"
    made["Message-ID"] = f"<inert-{number}@mail.exampleshire.example>"
    made["Date"] = "Sun, 22 Nov 2026 09:00:00 +0000"
    made["X-Transfer-Reason"] = vector
    made.set_content(f"{vector}\n")
    made.add_alternative(f"<p>{vector}</p>", subtype="html")
    for at, name in enumerate(names):
        made.add_attachment(unreadable(number * 40 + at), maintype="application", subtype="octet-stream", filename=name)
    return made.as_bytes()


@dataclass(frozen=True, slots=True, kw_only=True)
class Planted:
    """A gateway with hostile transfers in it, and who looks at them."""

    gateway: WholeGateway
    officer: Member
    sender: Member
    transfers: dict[str, dict[str, Any]]

    def path(self, transfer: str) -> str:
        """Return the address of the page of its first delivery."""
        return f"/quarantine/{transfer}/{self.transfers[transfer]['deliveries'][0]['id']}"

    def named(self, name: str) -> str:
        """Return the transfer whose first file has this name."""
        return next(str(each["id"]) for each in self.transfers.values() if each["parts"][0]["name"] == name)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with started() as found:
        yield found


@pytest.fixture(scope="module")
def planted(tmp_path_factory: pytest.TempPathFactory, browser: Browser) -> Iterator[Planted]:
    home = tmp_path_factory.mktemp("gateway")
    with started_whole(home, stop_within="0 s") as gateway:
        to = home / "outbound" / "to" / FRIEND
        to.mkdir(parents=True)
        for number, vector in enumerate(ALONE):
            (to / f"{as_name(vector)}.reason").write_text(vector, encoding="utf-8")
            gateway.drop(as_name(vector), unreadable(number))
        many = home / "many"
        many.mkdir()
        for number, vector in enumerate(VECTORS):
            (many / as_name(vector, f"{number}.bin")).write_bytes(unreadable(number))
        many.rename(to / "many")
        around = MARKUP[4]
        cells = f'Name;NHS number;Remark\r\n"{around}";{NUMBER};"NHS number {around}"\r\n'
        gateway.drop("around.csv", cells.encode(), to=STRANGER)
        gateway.drop("sheets.xlsx", workbook([MARKUP[4], "'><svg onload=alert(1)>", "{{config}}"], around), to=STRANGER)
        lines = [each for each in VECTORS if len(each.splitlines()) == 1]  # a header holds no other
        parts = [lines[at : at + 18] for at in range(0, len(lines), 18)]
        for number, names in enumerate(parts):
            gateway.mail(message(number, names))
        transfers = {each["id"]: each for each in gateway.settled(len(ALONE) + 3 + len(parts))}
        for vector in ALONE:
            gateway.held(as_name(vector))  # the list finds what it is asked for a moment after it is held
        officer = hired(
            gateway, browser, MARKUP[4], "reviewer", "approver", "auditor", "user-admin", address="o@x.example"
        )
        sender = hired(gateway, browser, BREAKING_OUT[0], "sender", address=STAFF)
        yield Planted(gateway=gateway, officer=officer, sender=sender, transfers=transfers)


def watched(seen: Window) -> list[str]:
    """Return where every request goes that leaves our own address, from now on."""
    elsewhere: list[str] = []

    def asked(request: Any) -> None:  # noqa: ANN401 - of the browser
        if not request.url.startswith((f"{seen.url}/", "data:image/svg+xml;base64", "data:image/svg+xml,")):
            elsewhere.append(request.url)

    seen.page.on("request", asked)
    seen.page.on("popup", lambda popup: elsewhere.append(f"popup {popup.url}"))
    return elsewhere


def text_of(page: Page) -> str:
    """Return what a page says, as it was written."""
    return page.locator("body").text_content() or ""


def visible(text: str) -> str:
    """Return text as pages show it: what is not seen, or turns text around, stands there as a sign of its own."""
    return TURNING.sub("\ufffd", text)


def test_every_page_shows_all_of_it_as_text(planted: Planted) -> None:
    faults: dict[str, list[str]] = {}
    with planted.officer.at_work() as seen:
        elsewhere = watched(seen)

        def look(path: str, *expected: str) -> None:
            seen.go(path)
            made = seen.page.evaluate(MADE)
            shown = text_of(seen.page)
            missing = [f"not shown as it is: {each!r}" for each in expected if visible(each) not in shown]
            if made or missing:
                faults[path] = [*made, *missing]

        names = {each["id"]: [part["name"] for part in each["parts"]] for each in planted.transfers.values()}
        for sort in ("oldest", "newest"):
            look(f"/quarantine?sort={sort}")
        for each in map(as_name, [ALONE[0], *ALONE[2:]]):  # the second is refused by another of these tests
            look(f"/quarantine?q={planted.named(each)}", each)
        look("/transfers", *(as_name(each) for each in ALONE))
        for transfer, found in names.items():
            look(f"/transfers/{transfer}", *found)
            look(planted.path(transfer), *found[:20])
        for name in ("/ledger", "/ledger/mine", "/people", "/account", "/notices", "/dashboard", "/policy", "/mine"):
            look(name, MARKUP[4])
        assert elsewhere == []
    assert faults == {}


def gaps_of(transfer: Transfer) -> Sequence[Gap]:
    assert transfer.inspection is not None
    return transfer.inspection.gaps


def test_what_a_mail_carries_is_text_where_it_says_what_was_not_read(planted: Planted) -> None:
    """Extract names them by the last part of their path, without quotes and brackets around it."""
    ids_of_mail = [each["id"] for each in planted.transfers.values() if each["parts"][0]["name"] == "message.eml"]
    with planted.gateway.beside() as store:
        gaps = {each: [gap.part for gap in gaps_of(store.transfers.get(each))] for each in ids_of_mail}
    parts = [part for found in gaps.values() for part in found]
    assert sum(any(sign in part for sign in ("=alert(1)", "{{", "<", "javascript:")) for part in parts) > 20
    with planted.officer.at_work() as seen:
        for transfer, found in gaps.items():
            seen.go(planted.path(transfer))
            assert seen.page.evaluate(MADE) == []
            shown = text_of(seen.page)
            missing = [part for part in found[:20] if visible(part) not in shown]
            assert missing == []


def test_what_the_visitor_types_comes_back_as_text(planted: Planted, tmp_path: Path) -> None:
    with planted.officer.at_work() as seen:
        page, elsewhere = seen.page, watched(seen)
        for vector in (*MARKUP[::6], *BREAKING_OUT, *LANGUAGES, *MISLEADING[::3], *FORMULAS, *POLYGLOTS):
            word = quote(vector, safe="")
            for path in (
                f"/quarantine?q={word}&why={word}&sort={word}&whose={word}",
                f"/transfers?q={word}&since={word}&state={word}",
            ):
                answer = page.goto(f"{seen.url}{path}")
                assert answer is not None
                assert answer.status in {200, 422}, path
                assert page.evaluate(MADE) == [], path
                typed = page.get_by_label("Search").first.input_value()
                assert typed == visible(vector)[: len(typed)]
                assert len(typed) >= min(len(vector), 100)
        for vector in (MARKUP[4], BREAKING_OUT[0], POLYGLOTS[1]):
            word = quote(vector, safe="")
            for path in (
                f"/ledger?person={word}&event={word}&transfer={word}",
                f"/policy/what-if?from={word}&to={word}",
            ):
                page.goto(f"{seen.url}{path}")
                assert page.evaluate(MADE) == [], path
            file = tmp_path / as_name(vector)
            file.write_bytes(unreadable(200))
            tried(seen, file=file, to=FRIEND, Subject=vector, Why_it_is_sent=vector)
            assert page.evaluate(MADE) == []
            named = file.name.replace('"', "%22")  # as browsers send it (HTML, "multipart/form-data")
            assert visible(named) in text_of(page)
        seen.complaints[:] = [each for each in seen.complaints if "status of 422" not in each]
        assert elsewhere == []


def test_reasons_questions_answers_and_views_are_text(planted: Planted) -> None:
    words = " ".join(["Because:", *MARKUP[:6], *BREAKING_OUT[:6], *LANGUAGES[:8]])[:900]
    asked, refused = planted.named(as_name(ALONE[0])), planted.named(as_name(ALONE[1]))
    with planted.officer.at_work() as seen:
        page, elsewhere = seen.page, watched(seen)
        seen.go(planted.path(asked))
        decided(page, "Ask the sender", words)
        assert page.evaluate(MADE) == []
        assert words in text_of(page)
        page.get_by_role("button", name="Ask the sender").click()
        expect(page.get_by_text("The sender is sent your question.")).to_be_visible()
        seen.go(planted.path(refused))
        decided(page, "Refuse and tell the sender", words)
        page.get_by_role("button", name="Refuse and tell the sender").click()
        expect(page.get_by_text("It will not go.").first).to_be_visible()
        assert page.evaluate(MADE) == []
        seen.go("/quarantine?why=unread")
        page.get_by_label("Name of this view").fill(MARKUP[4])
        with page.expect_navigation():
            page.get_by_role("button", name="Save this view").click()
        seen.go("/quarantine")
        expect(page.get_by_role("link", name=MARKUP[4]).first).to_be_visible()
        assert page.evaluate(MADE) == []
        assert elsewhere == []
    with planted.sender.at_work() as seen:
        page, elsewhere = seen.page, watched(seen)

        def has_come() -> bool:
            seen.go(f"/mine/{asked}")
            return words in text_of(page)

        wait_for(has_come, "the question")
        assert page.evaluate(MADE) == []
        page.get_by_label("Your answer").fill(words)
        page.get_by_role("button", name="Send the answer").click()
        expect(page.get_by_text("Your answer is sent to the officer.")).to_be_visible()
        for path in ("/mine", f"/mine/{asked}", f"/mine/{refused}"):
            seen.go(path)
            assert page.evaluate(MADE) == []
        assert elsewhere == []
    with planted.officer.at_work() as seen:

        def is_answered() -> bool:
            seen.go(planted.path(asked))
            return text_of(seen.page).count(words) > 1

        wait_for(is_answered, "the answer")
        for path in (planted.path(asked), f"/transfers/{asked}", f"/transfers/{refused}", "/ledger", "/notices"):
            seen.go(path)
            assert seen.page.evaluate(MADE) == [], path


def test_a_value_that_is_shown_stands_in_its_surroundings_as_text(planted: Planted) -> None:
    with planted.officer.at_work():
        pass
    planted.officer.proved()
    with planted.officer.at_work() as seen:
        page, elsewhere = seen.page, watched(seen)
        opening = page.get_by_text("It is being opened.")
        for name in ("around.csv", "sheets.xlsx"):
            seen.go(planted.path(planted.named(name)))
            page.get_by_role("link", name="Show the value of").first.click()
            page.get_by_label("Why do you need to see it?").fill(POLYGLOTS[1])
            page.get_by_role("button", name="Show this value").click()

            def shown() -> bool:
                expect(opening.or_(page.locator(".gw-revealed")).first).to_be_visible()
                if opening.is_visible():
                    with page.expect_navigation():
                        page.get_by_role("button", name="Look again").click()
                return NUMBER in text_of(page) or NUMBER.replace(" ", "") in text_of(page)

            wait_for(shown, "the value")
            assert page.evaluate(MADE) == []
            assert "onerror" in text_of(page), "what stood around it was markup"
        assert elsewhere == []


def test_files_calculate_nothing_and_programs_get_json(planted: Planted) -> None:
    secret, now = ids.draw(40), CLOCK.now()
    with planted.officer.at_work():
        pass  # a first sign-in, where this is one, ends tokens
    with planted.gateway.beside() as store:
        person = store.people.by_address(planted.officer.address)
        assert person is not None
        scopes = frozenset(Permission)
        until = now + timedelta(hours=1)
        store.tokens.add(
            secret,
            ApiToken(id=ids.serial("k"), person_id=person.id, name="t", scopes=scopes, since=now, until=until),
            (),
        )
    with planted.officer.at_work() as seen:
        for path in ("/transfers/export?kind=csv", "/ledger/export?kind=csv", "/ledger/mine/export?kind=csv"):
            answer = seen.page.request.get(f"{seen.url}{path}")
            assert answer.headers["content-disposition"].startswith("attachment")
            cells = [cell for row in csv.reader(io.StringIO(answer.text())) for cell in row]
            assert len(cells) > 20
            assert [cell for cell in cells if cell.lstrip(" ").startswith(CALCULATED)] == []
        for path in ("/transfers/export?kind=json", "/ledger/export?kind=json", "/quarantine/export?kind=json"):
            answer = seen.page.request.get(f"{seen.url}{path}")
            assert (answer.headers["content-type"], answer.headers["x-content-type-options"]) == (
                "application/json",
                "nosniff",
            )
            assert MARKUP[4] in json.dumps(answer.json(), ensure_ascii=False)
    bearer = {"Authorization": f"Bearer {secret}"}
    with httpx2.Client(base_url=f"{planted.gateway.url}/api/v1", headers=bearer, timeout=PATIENCE) as program:
        for transfer in planted.transfers.values():
            told = program.get(f"/transfers/{transfer['id']}")
            assert told.headers["content-type"] == "application/json"
            assert told.headers["x-content-type-options"] == "nosniff"
            assert [file["name"] for file in told.json()["files"]] == [part["name"] for part in transfer["parts"]]
