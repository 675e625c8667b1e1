"""What is held as a file: what the list shows, all of it, and the ledger knows who took it."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator

import pytest

from gateway.console.pages import quarantine_export
from gateway.model.person import Role
from tests.console.house import House, opened
from tests.console.seeds import garden

pytestmark = pytest.mark.network


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with opened(tmp_path_factory.mktemp("house")) as found:
        garden(found.store, found.clock.now())
        yield found


@pytest.mark.parametrize("query", [{}, {"why": "bulk"}, {"late": "yes", "sort": "newest"}, {"q": "amira"}])
def test_a_file_has_what_the_list_has_in_its_order(
    house: House, query: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(quarantine_export, "LARGEST_PAGE", 2)
    officer = house.visitor(Role.REVIEWER)
    page = officer.get("/quarantine", **query).text
    shown = re.findall(r'name="item"[^>]*value="([^"]*)"', page)
    (link,) = re.findall(r'href="(/quarantine/export\?[^"]*kind=json)"', page)
    rows = officer.get(link.replace("&amp;", "&")).json()["rows"]
    assert [f"{each['transfer']}.{each['delivery']}" for each in rows] == [each.rpartition(".")[0] for each in shown]
    assert rows
    lines = list(csv.DictReader(io.StringIO(officer.get("/quarantine/export", **query).text)))
    assert [each["delivery"] for each in lines] == [each["delivery"] for each in rows]
    assert set(lines[0]) == set(quarantine_export.COLUMNS)


def test_who_has_it_is_named_and_the_ledger_says_who_took_the_list(house: House) -> None:
    officer = house.visitor(Role.REVIEWER)
    held = house.store.held.list(limit=1).rows[0]
    house.store.held.claim(held, by=officer.me.id, now=house.clock.now())
    (row,) = officer.get("/quarantine/export", kind="json", whose="me").json()["rows"]
    assert (row["assigned_to"], row["states"]) == (officer.me.address, "claimed")
    *_, last = map(json.loads, house.store.ledger.entries())
    assert (last["event"], last["facts"]["list"]) == ("list:exported", "quarantine")


def test_who_may_not_see_the_list_takes_none_away(house: House) -> None:
    assert house.visitor(Role.MAIL_ADMIN).get("/quarantine/export").status_code == 403
    assert house.visitor(Role.AUDITOR).get("/quarantine/export", kind="xml").status_code == 404
