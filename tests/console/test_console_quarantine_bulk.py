"""One decision on many: shown by reason first, over exactly what was shown, each for itself, stopped at any time."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from typing import Any

import httpx2
import pytest

from gateway.daemon.bulks import BulkWorker
from gateway.model.bulk import BulkState
from gateway.model.person import Role
from gateway.model.record import Act
from tests.console.carrying import carried_out
from tests.console.house import POLICY, House, Visitor, opened
from tests.console.seeds import USUAL, garden, plant

pytestmark = pytest.mark.network

WHY = "Checked with the senders, IG-115"
MANY = 17
"""Deliveries of the garden that are held for their recipient."""


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    with opened(tmp_path) as found:
        garden(found.store, found.clock.now())
        yield found


@pytest.fixture
def officer(house: House) -> Visitor:
    return house.visitor(Role.REVIEWER, name="A. Okafor")


def worker(house: House) -> BulkWorker:
    """Return the daemon's own worker."""
    within = house.desk.settings.stop_within
    return BulkWorker(house.store, lambda: POLICY, house.clock, stop_within=within, ring=lambda: None)


def words(answer: httpx2.Response) -> str:
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", answer.text)).split())


def items(page: httpx2.Response) -> list[str]:
    return re.findall(r'name="item" value="([^"]+)"', page.text)


def shown(answer: httpx2.Response) -> dict[str, str]:
    """Return what a preview says that it shows, as its form sends it."""
    return dict(re.findall(r'name="((?:count|seen)-[a-z_]+)" value="([0-9a-f]+)"', answer.text))


def begun(visitor: Visitor, answer: httpx2.Response, **fields: Any) -> httpx2.Response:  # noqa: ANN401 - of the form
    return visitor.post("/quarantine/bulk/begin", None, reason=WHY, **shown(answer), **fields)


def test_it_is_shown_by_reason_and_by_recipient_before_anything_begins(house: House, officer: Visitor) -> None:
    page = officer.post("/quarantine/bulk", act="release", query="", everything="yes")
    said = words(page)
    assert page.status_code == 200
    assert "Release 24" in said
    assert f"To whom it would go {MANY}" in said
    assert "Protected information to ten or more people outside waits until an officer has looked. (15)" in said
    assert "Could not be read 4" in said
    assert "Which of these is your decision about?" in said
    assert "and 9 more recipients" in said
    assert not re.search(r'name="why"[^>]* checked', page.text)
    assert house.store.bulks.newest() == ()


def test_different_reasons_are_never_decided_together_unless_somebody_says_so(house: House, officer: Visitor) -> None:
    page = officer.post("/quarantine/bulk", act="refuse", query="", everything="yes")
    answer = begun(officer, page, act="refuse", query="", everything="yes")
    assert answer.status_code == 422
    assert "Choose which reasons your decision is about" in words(answer)
    assert house.store.bulks.newest() == ()
    assert begun(officer, page, act="refuse", query="", everything="yes", why=["unread"]).status_code == 303
    (bulk,) = house.store.bulks.newest()
    assert (bulk.total, bulk.act, bulk.reason) == (4, Act.REFUSE, WHY)


def test_each_is_filed_for_itself_and_has_its_result(house: House, officer: Visitor) -> None:
    mine = house.visitor(Role.REVIEWER, address=USUAL[0].sender)
    query = "why=unread"
    page = mine.post("/quarantine/bulk", act="release", query=query, everything="yes")
    assert "3 of them are your own, and will not be decided." in words(page)
    at = begun(mine, page, act="release", query=query, everything="yes", why=["unread"]).headers["location"]
    assert "0 of 4" in words(mine.get(at))
    worker(house).look()
    said = words(mine.get(at))
    assert "Done 4 of 4 · 3 not filed" in said
    assert said.count("Not permitted") == 3
    assert "is party to" in said
    assert words(mine.get(f"{at}?failed=yes")).count("Not permitted") == 3
    assert "Filed" not in words(mine.get(f"{at}?failed=yes")).partition("What came of each")[2]
    rows = house.store.held.list(limit=50).rows
    filed = [each for row in rows for each in house.store.transfers.instructions(row.transfer_id)]
    assert [(each.officer, each.act, each.reason) for each in filed] == [(mine.me.name, Act.RELEASE, WHY)]
    assert "A decision on several" in officer.get(at).text
    assert WHY in words(officer.get("/quarantine/bulk"))


def test_what_came_meanwhile_is_not_in_it(house: House, officer: Visitor) -> None:
    page = officer.post("/quarantine/bulk", act="refuse", query="why=unread", everything="yes")
    plant(house.store, USUAL[3], house.clock.now())
    answer = begun(officer, page, act="refuse", query="why=unread", everything="yes", why=["unread"])
    assert answer.status_code == 409
    assert "5 fit by now, not 4" in words(answer)
    assert house.store.bulks.newest() == ()


@pytest.mark.parametrize("act", ["refuse", "release"])
def test_what_came_in_the_place_of_what_left_is_not_in_it(house: House, officer: Visitor, act: str) -> None:
    """The number is the same, and it was shown to nobody."""
    other = house.visitor(Role.APPROVER)
    page = officer.post("/quarantine/bulk", act=act, query="why=unread", everything="yes")
    transfer, delivery, version = items(officer.get("/quarantine", why="unread"))[0].split(".")
    other.post(f"/quarantine/{transfer}/{delivery}/decide", choice="refuse", reason="no", version=version)
    carried_out(house.desk, transfer)
    came = plant(house.store, USUAL[3], house.clock.now())
    assert officer.get(f"/quarantine/{came.id}/{came.deliveries[0].id}").status_code == 200
    answer = begun(officer, page, act=act, query="why=unread", everything="yes", why=["unread"])
    assert answer.status_code == 409
    assert "not what you were shown" in words(answer)
    assert house.store.bulks.newest() == ()
    page = officer.post("/quarantine/bulk", act=act, query="why=unread", everything="yes")
    again = begun(officer, page, act=act, query="why=unread", everything="yes", why=["unread"])
    assert again.status_code == 303, "of what is shown now it does"


def test_a_form_that_does_not_say_what_was_shown_begins_nothing(house: House, officer: Visitor) -> None:
    said = {"act": "refuse", "query": "why=unread", "everything": "yes", "why": ["unread"], "reason": WHY}
    for seen in ({}, {"seen-unread": ""}, {"seen-unread": "0" * 64}, {"seen-recipient": "0" * 64}):
        answer = officer.post("/quarantine/bulk/begin", None, **said, **{"count-unread": "4"}, **seen)
        assert answer.status_code == 409
    assert house.store.bulks.newest() == ()


def test_what_was_picked_is_decided_and_nothing_else(house: House, officer: Visitor) -> None:
    picked = items(officer.get("/quarantine", why="unread"))[:2]
    page = officer.post("/quarantine/bulk", act="refuse", query="why=unread", item=picked)
    assert "Refuse 2" in words(page)
    assert items(page) == picked
    at = begun(officer, page, act="refuse", query="why=unread", item=picked, why=["unread"]).headers["location"]
    worker(house).look()
    assert "Done 2 of 2" in words(officer.get(at))
    chosen = {tuple(each.split(".")[:2]) for each in picked}
    page_of = house.store.bulks.items(at.rpartition("/")[2])
    assert {(each.transfer_id, each.delivery_id) for each in page_of.rows} == chosen


def test_what_was_picked_and_changed_since_is_not_decided(house: House, officer: Visitor) -> None:
    picked = items(officer.get("/quarantine", why="unread"))[:2]
    page = officer.post("/quarantine/bulk", act="refuse", query="", item=picked)
    transfer, delivery, _ = picked[0].split(".")
    held = house.store.held.get(transfer, delivery)
    house.store.held.claim(held, by="p-other", now=house.clock.now())
    assert begun(officer, page, act="refuse", query="", item=picked, why=["unread"]).status_code == 409
    assert house.store.bulks.newest() == ()


def test_nothing_picked_is_nothing_decided(officer: Visitor) -> None:
    answer = officer.post("/quarantine/bulk", act="refuse", query="")
    assert answer.status_code == 422
    assert "Select what your decision is about" in words(answer)
    assert officer.post("/quarantine/bulk", act="refuse", query="", item=["x", "a.b", "a.b.c"]).status_code == 422
    assert officer.post("/quarantine/bulk", act="destroy", query="", everything="yes").status_code == 422


def test_it_is_stopped_and_what_was_not_reached_is_left(house: House, officer: Visitor) -> None:
    page = officer.post("/quarantine/bulk", act="refuse", query="why=recipient", everything="yes")
    answer = begun(officer, page, act="refuse", query="why=recipient", everything="yes", why=["recipient"])
    at = answer.headers["location"]
    assert officer.post(f"{at}/stop").status_code == 303
    worker(house).look()
    (bulk,) = house.store.bulks.newest()
    assert (bulk.state, bulk.done, bulk.total) == (BulkState.STOPPED, 0, MANY)
    assert f"Stopped 0 of {MANY}" in words(officer.get(at))
    assert 'action="/quarantine/bulk/' not in officer.get(at).text


def test_several_are_taken_on_at_once_but_for_what_somebody_has(house: House, officer: Visitor) -> None:
    picked = items(officer.get("/quarantine", why="unread"))
    transfer, delivery, _ = picked[0].split(".")
    house.store.held.claim(house.store.held.get(transfer, delivery), by="p-other", now=house.clock.now())
    answer = officer.post("/quarantine/bulk", act="take", query="", item=picked)
    assert answer.headers["location"] == "/quarantine?whose=me&left=1"
    assert len(items(officer.get("/quarantine?whose=me"))) == len(picked) - 1


def test_a_demand_goes_with_each(house: House, officer: Visitor) -> None:
    page = officer.post("/quarantine/bulk", act="release", query="why=unread", everything="yes")
    begun(officer, page, act="release", query="why=unread", everything="yes", why=["unread"], how="key")
    (bulk,) = house.store.bulks.newest()
    assert bulk.method == "pgp"


def test_who_may_only_look_begins_nothing(house: House) -> None:
    auditor = house.visitor(Role.AUDITOR)
    for path in ("/quarantine/bulk", "/quarantine/bulk/begin", "/quarantine/bulk/b-1/stop"):
        assert auditor.post(path, act="refuse", everything="yes").status_code == 403
    assert auditor.get("/quarantine/bulk").status_code == 200
