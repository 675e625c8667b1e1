"""Seeing a value: after a fresh proof of who it is, with a reason, recorded first, shown once, to who asked."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path

import httpx2
import pytest

from gateway.console.held import reveals
from gateway.model.passage import Unshown
from gateway.model.person import FRESH, Role
from gateway.model.transfer import Transfer
from tests.console.answering import show, showing, to_be_shown
from tests.console.house import PATIENCE, House, Visitor, opened
from tests.console.seeds import USUAL, plant

pytestmark = pytest.mark.network

VALUE = "QQ 12 34 56 C"
WHY = "to tell whether it is a real number"


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    with opened(tmp_path) as found:
        yield found


@pytest.fixture(autouse=True)
def _long_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a page wait for the daemon's part longer than that takes on any machine."""
    monkeypatch.setattr(reveals, "WAIT", PATIENCE / 2)


@pytest.fixture
def transfer(house: House) -> Transfer:
    return plant(house.store, USUAL[0], house.clock.now())


@pytest.fixture
def officer(house: House) -> Visitor:
    return house.visitor(Role.REVIEWER, name="A. Okafor")


def path_of(transfer: Transfer) -> str:
    return f"/quarantine/{transfer.id}/{transfer.deliveries[0].id}/reveal/0"


def words(answer: httpx2.Response) -> str:
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", answer.text)).split())


def test_it_is_filed_with_its_reason_and_shown(
    house: House, transfer: Transfer, officer: Visitor, tmp_path: Path
) -> None:
    said = {"before": "NI number <", "value": VALUE, "after": "> of", "entity": "NINO", "where": "body"}
    with showing(house, transfer, said):
        page = officer.post(path_of(transfer), reason=WHY)
    assert page.status_code == 200
    assert VALUE in page.text
    assert "NI number &lt;" in page.text
    assert 'data-hide-after="60"' in page.text
    assert page.headers["cache-control"] == "no-store"
    (filed,) = to_be_shown(house, transfer)
    assert (filed.reason, filed.officer_account) == (WHY, f"console:{officer.me.id}")
    assert filed.found is not None
    assert (filed.found.entity, filed.found.start) == ("NINO", 0)
    assert VALUE not in officer.get(path_of(transfer)).text
    assert VALUE.encode() not in b"".join(each.read_bytes() for each in tmp_path.rglob("*") if each.is_file())


def test_a_reason_is_needed(house: House, transfer: Transfer, officer: Visitor) -> None:
    for reason in ("", "   ", "x" * 1_001):
        page = officer.post(path_of(transfer), reason=reason)
        assert page.status_code == 422
        assert "<title>Error:" in page.text
    assert to_be_shown(house, transfer) == []


def test_what_takes_longer_is_shown_later_once_and_to_nobody_else(
    house: House, transfer: Transfer, officer: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reveals, "WAIT", 0.0)
    page = officer.post(path_of(transfer), reason=WHY)
    assert page.status_code == 202
    (filed,) = to_be_shown(house, transfer)
    other = house.visitor(Role.REVIEWER)
    assert other.post(f"{path_of(transfer)}/again", instruction=filed.id).status_code == 410
    assert officer.post(f"{path_of(transfer)}/again", instruction=filed.id).status_code == 202
    show(house, filed, {"before": "", "value": VALUE, "after": "", "entity": "NINO", "where": "body"})
    assert other.post(f"{path_of(transfer)}/again", instruction=filed.id).status_code == 410
    assert VALUE in officer.post(f"{path_of(transfer)}/again", instruction=filed.id).text
    assert officer.post(f"{path_of(transfer)}/again", instruction=filed.id).status_code == 410


def test_what_cannot_be_shown_says_why(house: House, transfer: Transfer, officer: Visitor) -> None:
    with showing(house, transfer, {"trouble": Unshown.GONE}):
        assert "It cannot be shown: what was found is not at its place any more." in words(
            officer.post(path_of(transfer), reason=WHY)
        )


def test_who_did_not_prove_it_lately_proves_it_first(house: House, transfer: Transfer, officer: Visitor) -> None:
    house.clock.move(FRESH)
    for page in (officer.get(path_of(transfer)), officer.post(path_of(transfer), reason=WHY, back=path_of(transfer))):
        assert page.status_code == 303
        assert page.headers["location"] == f"/step-up?next={path_of(transfer)}"
    assert to_be_shown(house, transfer) == []


def test_who_may_not_see_values_asks_in_vain(house: House, transfer: Transfer) -> None:
    for roles in ((Role.AUDITOR,), (Role.MAIL_ADMIN,), (Role.SENDER,)):
        assert house.visitor(*roles).post(path_of(transfer), reason=WHY).status_code == 403
    party = house.visitor(Role.REVIEWER, address=transfer.sender)
    assert party.get(path_of(transfer)).status_code == 403
    assert party.post(path_of(transfer), reason=WHY).status_code == 403
    assert to_be_shown(house, transfer) == []


@pytest.mark.parametrize("number", ["99999", "-1", "x", "1e1", "9" * 30])
def test_there_is_no_such_finding(transfer: Transfer, officer: Visitor, number: str) -> None:
    assert officer.get(path_of(transfer)[:-1] + number).status_code == 404
