"""Seeing what was found: recorded first, shown once, to who decides and asked for it.

The words around it on the review page; a value after a fresh proof of who it is, and with a reason.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from typing import Final

import httpx2
import pytest

from gateway.console.held import reveals
from gateway.model.inspection import Where
from gateway.model.passage import MARKING, Passage, Run, Unshown
from gateway.model.person import FRESH, Role
from gateway.model.record import Act
from gateway.model.transfer import Transfer
from gateway.store.exchange import LIVES, plain_passages
from tests.console.answering import show, showing, to_be_shown
from tests.console.house import PATIENCE, House, Visitor, opened
from tests.console.seeds import USUAL, plant

pytestmark = pytest.mark.network

NAME: Final = USUAL[0].files[0][0]
WORDS: Final = Passage(
    part=NAME,
    where=Where.BODY,
    runs=(Run(text="Khan <b>S.</b>  NI "), Run(text="QQ ••••56 C", entity="NINO"), Run(text="  Housing, band B")),
)
MARKED: Final = Passage(
    part=NAME,
    where=Where.FOOTER,
    runs=(Run(text="OFFICIAL-SENSITIVE", entity=MARKING), Run(text=" for quarter 2")),
)
SAID: Final = plain_passages((WORDS, MARKED))
VALUE: Final = "QQ 12 34 56 C"
WHY: Final = "to tell whether it is a real number"


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
    return f"/quarantine/{transfer.id}/{transfer.deliveries[0].id}"


def value_of(transfer: Transfer) -> str:
    return f"{path_of(transfer)}/reveal/0"


def words(answer: httpx2.Response) -> str:
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", answer.text)).split())


def test_it_is_filed_with_who_asks_and_shown_at_its_place(
    house: House, transfer: Transfer, officer: Visitor, tmp_path: Path
) -> None:
    assert "Show the words around it (recorded)" in words(officer.get(path_of(transfer)))
    with showing(house, transfer, SAID):
        page = officer.post(f"{path_of(transfer)}/passages")
    assert page.status_code == 200
    assert page.headers["cache-control"] == "no-store"
    assert "Khan &lt;b&gt;S.&lt;/b&gt;" in page.text
    assert "NI QQ ••••56 C National Insurance number Housing, band B" in words(page)
    assert f"footer: {NAME} OFFICIAL-SENSITIVE Marking for quarter 2" in words(page)
    assert "Show the words around it" not in words(page)
    assert "Check and confirm" in words(page), "the decision is beside it"
    (filed,) = to_be_shown(house, transfer)
    assert (filed.act, filed.reason, filed.officer_account) == (Act.READ, "", f"console:{officer.me.id}")
    assert "Housing" not in officer.get(path_of(transfer)).text
    assert b"Housing" not in b"".join(each.read_bytes() for each in tmp_path.rglob("*") if each.is_file())


def test_who_comes_back_to_its_address_is_led_to_the_page(transfer: Transfer, officer: Visitor) -> None:
    page = officer.get(f"{path_of(transfer)}/passages")
    assert (page.status_code, page.headers["location"]) == (303, path_of(transfer))


def test_a_place_that_cannot_be_shown_says_so(house: House, transfer: Transfer, officer: Visitor) -> None:
    with showing(house, transfer, plain_passages((MARKED,))):
        page = words(officer.post(f"{path_of(transfer)}/passages"))
    assert "The words around this cannot be shown." in page
    assert "QQ ••••56 C" in page, "what was found is listed all the same"


def test_what_takes_longer_is_shown_later_once_and_to_nobody_else(
    house: House, transfer: Transfer, officer: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reveals, "WAIT", 0.0)
    page = officer.post(f"{path_of(transfer)}/passages")
    assert page.status_code == 202
    assert "It is being opened." in words(page)
    (filed,) = to_be_shown(house, transfer)
    again, other = f"{path_of(transfer)}/passages", house.visitor(Role.REVIEWER)
    assert other.post(again, instruction=filed.id).status_code == 410
    assert officer.post(again, instruction=filed.id).status_code == 202
    assert officer.post(f"{path_of(transfer)}/reveal/0/again", instruction=filed.id).status_code == 410
    show(house, filed, SAID)
    assert other.post(again, instruction=filed.id).status_code == 410
    assert "Housing" in officer.post(again, instruction=filed.id).text
    gone = officer.post(again, instruction=filed.id)
    assert gone.status_code == 410
    assert "They were shown already" in words(gone)


def test_what_nobody_fetched_in_a_minute_is_gone(
    house: House, transfer: Transfer, officer: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reveals, "WAIT", 0.0)
    officer.post(f"{path_of(transfer)}/passages")
    (filed,) = to_be_shown(house, transfer)
    show(house, filed, SAID)
    house.clock.move(LIVES)
    assert officer.post(f"{path_of(transfer)}/passages", instruction=filed.id).status_code == 410


def test_what_cannot_be_shown_says_why(house: House, transfer: Transfer, officer: Visitor) -> None:
    with showing(house, transfer, {"trouble": Unshown.LOCKED}):
        page = officer.post(f"{path_of(transfer)}/passages")
    assert "It cannot be shown: it opened with a password of its sender, which was destroyed." in words(page)


def test_no_fresh_proof_is_needed_for_no_value_is_shown(house: House, transfer: Transfer, officer: Visitor) -> None:
    house.clock.move(FRESH)
    with showing(house, transfer, SAID):
        assert "Housing" in officer.post(f"{path_of(transfer)}/passages").text


def test_who_does_not_decide_on_it_asks_in_vain(house: House, transfer: Transfer) -> None:
    auditor, path = house.visitor(Role.AUDITOR), f"{path_of(transfer)}/passages"
    assert "Show the words around it" not in words(auditor.get(path_of(transfer)))
    for visitor in (auditor, house.visitor(Role.MAIL_ADMIN), house.visitor(Role.SENDER)):
        assert visitor.post(path).status_code == 403
    party = house.visitor(Role.REVIEWER, address=transfer.sender)
    assert "Show the words around it" not in words(party.get(path_of(transfer)))
    assert party.post(path).status_code == 403
    assert to_be_shown(house, transfer) == []


# ——— one value ———


def test_it_is_filed_with_its_reason_and_shown(
    house: House, transfer: Transfer, officer: Visitor, tmp_path: Path
) -> None:
    said = {"before": "NI number <", "value": VALUE, "after": "> of", "entity": "NINO", "where": "body"}
    with showing(house, transfer, said):
        page = officer.post(value_of(transfer), reason=WHY)
    assert page.status_code == 200
    assert VALUE in page.text
    assert "NI number &lt;" in page.text
    assert 'data-hide-after="60"' in page.text
    assert page.headers["cache-control"] == "no-store"
    (filed,) = to_be_shown(house, transfer)
    assert (filed.reason, filed.officer_account) == (WHY, f"console:{officer.me.id}")
    assert filed.found is not None
    assert (filed.found.entity, filed.found.start) == ("NINO", 0)
    assert VALUE not in officer.get(value_of(transfer)).text
    assert VALUE.encode() not in b"".join(each.read_bytes() for each in tmp_path.rglob("*") if each.is_file())


def test_a_reason_is_needed(house: House, transfer: Transfer, officer: Visitor) -> None:
    for reason in ("", "   ", "x" * 1_001):
        page = officer.post(value_of(transfer), reason=reason)
        assert page.status_code == 422
        assert "<title>Error:" in page.text
    assert to_be_shown(house, transfer) == []


def test_a_value_that_takes_longer_is_shown_later_once_and_to_nobody_else(
    house: House, transfer: Transfer, officer: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reveals, "WAIT", 0.0)
    page = officer.post(value_of(transfer), reason=WHY)
    assert page.status_code == 202
    (filed,) = to_be_shown(house, transfer)
    other = house.visitor(Role.REVIEWER)
    assert other.post(f"{value_of(transfer)}/again", instruction=filed.id).status_code == 410
    assert officer.post(f"{value_of(transfer)}/again", instruction=filed.id).status_code == 202
    show(house, filed, {"before": "", "value": VALUE, "after": "", "entity": "NINO", "where": "body"})
    assert other.post(f"{value_of(transfer)}/again", instruction=filed.id).status_code == 410
    assert VALUE in officer.post(f"{value_of(transfer)}/again", instruction=filed.id).text
    assert officer.post(f"{value_of(transfer)}/again", instruction=filed.id).status_code == 410


def test_a_value_that_cannot_be_shown_says_why(house: House, transfer: Transfer, officer: Visitor) -> None:
    with showing(house, transfer, {"trouble": Unshown.GONE}):
        assert "It cannot be shown: what was found is not at its place any more." in words(
            officer.post(value_of(transfer), reason=WHY)
        )


def test_who_did_not_prove_it_lately_proves_it_first(house: House, transfer: Transfer, officer: Visitor) -> None:
    house.clock.move(FRESH)
    for page in (
        officer.get(value_of(transfer)),
        officer.post(value_of(transfer), reason=WHY, back=value_of(transfer)),
    ):
        assert page.status_code == 303
        assert page.headers["location"] == f"/step-up?next={value_of(transfer)}"
    assert to_be_shown(house, transfer) == []


def test_who_may_not_see_values_asks_in_vain(house: House, transfer: Transfer) -> None:
    for roles in ((Role.AUDITOR,), (Role.MAIL_ADMIN,), (Role.SENDER,)):
        assert house.visitor(*roles).post(value_of(transfer), reason=WHY).status_code == 403
    party = house.visitor(Role.REVIEWER, address=transfer.sender)
    assert party.get(value_of(transfer)).status_code == 403
    assert party.post(value_of(transfer), reason=WHY).status_code == 403
    assert to_be_shown(house, transfer) == []


@pytest.mark.parametrize("number", ["99999", "-1", "x", "1e1", "9" * 30])
def test_there_is_no_such_finding(transfer: Transfer, officer: Visitor, number: str) -> None:
    assert officer.get(value_of(transfer)[:-1] + number).status_code == 404
