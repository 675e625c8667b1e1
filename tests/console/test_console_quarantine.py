"""The list of what is held: reasons in words, filters with counts, pages, saved views; what others sent is text."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import timedelta
from html import unescape
from pathlib import Path

import pytest

from gateway.model.inspection import GapKind
from gateway.model.person import Person, Role
from gateway.store import held_counts
from gateway.store.people import SqlPeople
from tests.console import seeds
from tests.console.house import House, Visitor, opened
from tests.console.seeds import Seed, garden, plant

pytestmark = pytest.mark.network

HELD = sum(len(seed.to) for seed in seeds.USUAL)


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with opened(tmp_path_factory.mktemp("house")) as found:
        garden(found.store, found.clock.now())
        yield found


@pytest.fixture(scope="module")
def officer(house: House) -> Visitor:
    return house.visitor(Role.REVIEWER, name="A. Okafor")


def rows(page: str) -> list[str]:
    return re.findall(
        r'<tr class="govuk-table__row[^"]*" role="row">(.*?)</tr>', page.partition("<tbody")[2], re.DOTALL
    )


def words(html: str) -> str:
    return " ".join(
        unescape(re.sub(r"<[^>]*>", " ", html.replace("<wbr>", "").replace('<span class="gw-domain">', ""))).split()
    )


def test_every_row_says_why_by_whom_and_until_when(officer: Visitor) -> None:
    page = officer.get("/quarantine").text
    first = words(rows(page)[0])
    assert len(rows(page)) == HELD
    assert "casework-Q2-final.xlsx" in first
    assert "412 kB" in first
    assert "amira.khan@council.example to jo.bright@examplemail.example" in first
    assert "Many people at once Records of twenty people or more wait for an officer" in first
    assert "New Not assigned" in first
    assert "Late: Yesterday 3:30pm held 1 day 3 hours" in first


def test_what_waits_longest_is_first_and_other_orders_can_be_asked_for(officer: Visitor) -> None:
    def order(name: str) -> list[str]:
        return [re.search(r"<bdi>(.*?)</bdi>", row)[1] for row in rows(officer.get("/quarantine", sort=name).text)]  # type: ignore[index]

    assert order("oldest")[0] == "casework-Q2-final.xlsx"
    assert order("newest") == order("oldest")[::-1]
    assert order("highest")[0] == "Board paper, annex B.docx"
    assert order("largest")[0] == "&lt;img src=x onerror=alert(1)&gt;.zip"
    assert order("no such order") == order("oldest")


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ({"why": "unread"}, 4),
        ({"why": "marking"}, 1),
        ({"tier": "7"}, 3),
        ({"state": "new"}, HELD),
        ({"state": "claimed"}, 0),
        ({"whose": "nobody"}, HELD),
        ({"whose": "me"}, 0),
        ({"late": "yes"}, 5),
        ({"q": "annex"}, 3),
        ({"q": "ANNEX board@"}, 1),
        ({"q": "member3@parish"}, 1),
        ({"q": "PAPER.docx"}, 3),
        ({"q": "100%_"}, 0),
        ({"q": "' OR 1=1 --"}, 0),
        ({"why": "no such reason"}, HELD),
    ],
)
def test_filters_narrow_the_list_and_count(officer: Visitor, query: dict[str, str], count: int) -> None:
    page = officer.get("/quarantine", **query).text
    assert len(rows(page)) == count
    assert re.search(rf"\b{count} (matches|match|are held)\b", words(page))
    assert ("Nothing matches" in page) is (count == 0)


def test_counts_stand_beside_the_filters(officer: Visitor) -> None:
    page = words(officer.get("/quarantine").text)
    assert "Could not be read (4)" in page
    assert "SECRET (3)" in page
    assert f"New ({HELD})" in page
    assert f"Nobody ({HELD})" in page
    assert "Waiting for a second person 0" in page


def test_where_more_match_than_are_counted_no_filter_and_no_number_is_wrong(
    officer: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(held_counts, "MOST_COUNTED", 10)
    page = officer.get("/quarantine", q="example").text
    assert "10+ match" in words(page)
    assert re.search(r"Could not be read\s*</label>", page), "every choice is there, without a number"
    assert re.search(r">\s*SECRET\s*</label>", page)
    assert re.search(r">Me</option>", page)
    narrowed = officer.get("/quarantine", q="example", why="unread").text
    assert (len(rows(narrowed)), "4 match" in words(narrowed)) == (4, True)
    answer = officer.post("/quarantine/bulk", act="refuse", query="q=example", everything="yes")
    assert "This is everything that matches your list" in words(answer.text)
    assert f"Refuse {HELD}" in words(answer.text)
    assert " disabled" not in answer.text


def test_what_is_escalated_is_found_by_the_role_that_is_asked(tmp_path: Path) -> None:
    with opened(tmp_path) as house:
        garden(house.store, house.clock.now())
        officer = house.visitor(Role.APPROVER)
        assert "Escalated to" not in words(officer.get("/quarantine").text)
        first = house.store.held.list(limit=1).rows[0]
        house.store.held.escalate(first, to="approver", by=officer.me.id, now=house.clock.now())
        page = officer.get("/quarantine", role="approver").text
        assert len(rows(page)) == 1
        assert "1 matches" in words(page)
        assert "Escalated to Anybody Approvers (1)" in words(page)


def test_pages_follow_one_another_without_a_gap_or_a_repetition(tmp_path: Path) -> None:
    with opened(tmp_path) as house:
        for number in range(60):
            seed = Seed(files=[(f"file {number}", 1)], people=None, gaps=[GapKind.ENCRYPTED])
            plant(house.store, seed, house.clock.now() - timedelta(seconds=number))
        visitor, seen, path = house.visitor(Role.REVIEWER), [], "/quarantine?why=unread&state=new"
        while path:
            page = visitor.get(path).text
            seen += re.findall(r"<bdi>(file [0-9]+)</bdi>", page)
            following = re.search(r'href="([^"]*)" rel="next"', page)
            path = unescape(following[1]) if following else ""
    assert seen == [f"file {number}" for number in reversed(range(60))]


def test_a_place_that_no_page_gave_is_no_page(officer: Visitor) -> None:
    assert officer.get("/quarantine", after="WzAsMV0").status_code == 404


def test_names_that_deceive_are_text_and_show_what_they_hide(officer: Visitor) -> None:
    page = officer.get("/quarantine", why="unread").text
    assert "<img" not in page
    assert "&lt;img src=x onerror=alert(1)&gt;.zip" in page
    assert "\u202e" not in page
    assert "statement\ufffdfdp.exe" in page
    assert "a" * 200 not in page  # shortened


def test_a_view_is_saved_used_and_removed_by_its_owner_alone(house: House, officer: Visitor) -> None:
    other = house.visitor(Role.REVIEWER)
    query = "why=unread&sort=largest"
    officer.post("/quarantine/views", name="Not <b>read</b>", query=f"{query}&after=x&evil=1")
    page = officer.get("/quarantine").text
    assert "Not &lt;b&gt;read&lt;/b&gt;" in page
    assert 'href="/quarantine?why=unread&amp;sort=largest"' in page
    assert "Not &lt;b&gt;" not in other.get("/quarantine").text
    assert other.post("/quarantine/views/remove", name="Not <b>read</b>").status_code == 404
    assert officer.post("/quarantine/views/remove", name="Not <b>read</b>").status_code == 303
    assert "Not &lt;b&gt;" not in officer.get("/quarantine").text


def test_who_may_only_look_sees_no_way_to_decide(house: House) -> None:
    page = house.visitor(Role.AUDITOR).get("/quarantine").text
    assert rows(page)
    assert 'type="checkbox" name="item"' not in page
    assert "/quarantine/bulk" not in page


@pytest.mark.parametrize("page", ["/quarantine", "/quarantine/{row}", "/transfers/{transfer}", "/ledger?person=okafor"])
def test_a_page_asks_once_who_there_is(house: House, monkeypatch: pytest.MonkeyPatch, page: str) -> None:
    first = house.store.held.list(limit=1).rows[0]
    path = page.format(row=f"{first.transfer_id}/{first.delivery_id}", transfer=first.transfer_id)
    visitor = house.visitor(Role.REVIEWER, Role.AUDITOR)
    asked, everybody = [], SqlPeople.all

    def watched(people: SqlPeople) -> Sequence[Person]:
        asked.append(path)
        return everybody(people)

    monkeypatch.setattr(SqlPeople, "all", watched)
    assert visitor.get(path).status_code == 200
    assert asked == [path]
