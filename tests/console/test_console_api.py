"""The API: what its document promises, and the same rules as on the pages."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import get_args

import httpx2
import pytest

from gateway.console.api import OPERATIONS
from gateway.console.api.shapes import TierLabel
from gateway.console.roles import PERSONAL, Permission
from gateway.console.sign_in.tokens import SCOPES, scopes_of
from gateway.model.inspection import MarkingStatus
from gateway.model.person import ApiToken, Person, Role
from gateway.model.record import Act
from gateway.model.tier import Tier
from gateway.model.transfer import Question, Transfer
from gateway.system import ids
from tests.console import fates
from tests.console.house import PATIENCE, House, opened
from tests.console.seeds import Seed, garden, marked, plant

pytestmark = pytest.mark.network


@pytest.fixture
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with opened(tmp_path_factory.mktemp("api")) as found:
        yield found


@pytest.fixture
def planted(house: House) -> list[Transfer]:
    return garden(house.store, house.clock.now())


def program(house: House, *roles: Role, person: Person | None = None) -> httpx2.Client:
    """Return a program that acts for somebody with these roles."""
    secret, now = ids.draw(40), house.clock.now()
    token = ApiToken(
        id=ids.serial("k"),
        person_id=(person or house.visitor(*roles).me).id,
        name="tests",
        scopes=frozenset(Permission),
        since=now,
        until=now + timedelta(days=1),
    )
    house.store.tokens.add(secret, token, ())
    return httpx2.Client(
        base_url=f"{house.url}/api/v1", headers={"Authorization": f"Bearer {secret}"}, timeout=PATIENCE
    )


def first(client: httpx2.Client) -> dict[str, str]:
    item: dict[str, str] = client.get("/held").json()["items"][0]
    return item


def at(item: dict[str, str]) -> str:
    return f"/held/{item['transfer']}/{item['delivery']}"


@pytest.mark.usefixtures("planted")
def test_a_list_is_walked_from_place_to_place(house: House) -> None:
    with program(house, Role.REVIEWER) as client:
        everything = client.get("/held", params={"limit": 500}).json()
        assert len(everything["items"]) > 5
        seen, place = [], ""
        while True:
            page = client.get("/held", params={"limit": 2, "place": place}).json()
            seen += page["items"]
            place = page["next"]
            if not place:
                break
        assert seen == everything["items"]
        some = client.get("/held", params={"why": ["unread", "bulk"]}).json()["items"]
        assert {each["why"] for each in some} <= {"unread", "bulk"}
        assert some


@pytest.mark.usefixtures("planted")
def test_a_release_names_what_was_seen_waits_and_can_be_stopped(house: House) -> None:
    with program(house, Role.APPROVER) as one, program(house, Role.APPROVER) as other:
        item = first(one)
        body = {"version": item["version"], "reason": "agreed with the data owner"}
        late = other.post(f"{at(item)}/assign", json={"version": item["version"], "to": ""})
        assert late.status_code == 200
        assert one.post(f"{at(item)}/release", json=body).status_code == 409
        again = one.get(at(item)).json()
        filed = one.post(f"{at(item)}/release", json=body | {"version": again["version"]})
        assert filed.status_code == 202, filed.text
        assert filed.json()["not_before"] > filed.json()["at"]
        assert other.post(f"{at(item)}/refuse", json=body | {"version": again["version"]}).status_code == 409
        stopped = other.post(f"{at(item)}/stop", json={"instruction": filed.json()["instruction"]})
        assert stopped.json() == {"instruction": filed.json()["instruction"]}
        assert other.post(f"{at(item)}/stop", json={"instruction": "i-x"}).status_code == 409


def test_nobody_decides_on_their_own_by_a_program_either(house: House, planted: list[Transfer]) -> None:
    sender = house.visitor(Role.APPROVER, address=planted[0].sender).me
    with program(house, person=sender) as client:
        item = next(each for each in client.get("/held").json()["items"] if each["sender"] == planted[0].sender)
        for act in ("release", "refuse", "ask"):
            answer = client.post(f"{at(item)}/{act}", json={"version": item["version"], "reason": "mine"})
            assert answer.status_code == 403


@pytest.mark.usefixtures("planted")
@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{}",
        b"[]",
        b"{",
        b'{"version": "1", "reason": "x"}',
        b'{"version": 1, "reason": " "}',
        b'{"version": 1, "reason": "x", "more": 1}',
        b'{"version": 1, "reason": "' + b"x" * 1_001 + b'"}',
        b'{"version": 1, "reason": "\xff"}',
        b'{"version": 1e400, "reason": "x"}',
    ],
)
def test_what_is_not_understood_is_refused_and_never_quoted(house: House, body: bytes) -> None:
    with program(house, Role.APPROVER) as client:
        answer = client.post(f"{at(first(client))}/release", content=body)
        assert answer.status_code == 422
        assert set(answer.json()) == {"error", "hint"}
        assert "xx" not in answer.text


def test_everything_of_one_transfer_without_its_content(house: House, planted: list[Transfer]) -> None:
    with program(house, Role.AUDITOR) as client:
        shown = client.get(f"/transfers/{planted[0].id}").json()
        assert shown["findings"]
        assert all("•" in each["masked"] for each in shown["findings"])
        assert {each["state"] for each in shown["deliveries"]} == {"held"}
        assert client.get(f"/transfers/{planted[0].id[:-1]}").status_code == 404
        ledger = client.get("/ledger", params={"limit": 5}).json()
        assert [each["number"] for each in ledger["items"]] == list(range(5))
        assert client.get("/ledger", params={"start": ledger["next"], "limit": 1}).json()["items"][0]["number"] == 5
        assert client.get("/policy").json()["rules"]


def test_what_the_sender_was_asked_and_answered_is_read_by_who_may_read_it_on_pages(house: House) -> None:
    now = house.clock.now()
    transfer = fates.held(house.store, now)
    open_question = Question(
        id=ids.serial("q"),
        delivery_id=transfer.deliveries[0].id,
        officer="Jo Bright",
        address="jo@council.example",
        text="For whom is it?",
        at=now,
    )
    answered = replace(open_question, id=ids.serial("q"), answer="For the panel of Friday.", answered_at=now)
    fates.stepped(house.store, transfer, now, questions=(open_question, answered))
    with program(house, Role.REVIEWER) as client:
        first_asked, then_asked = client.get(f"/transfers/{transfer.id}").json()["questions"]
    assert (first_asked["officer"], first_asked["question"]) == ("Jo Bright", "For whom is it?")
    assert (first_asked["answer"], first_asked["answered_at"]) == ("", None)
    assert then_asked["delivery"] == transfer.deliveries[0].id
    assert then_asked["answer"] == "For the panel of Friday."
    assert then_asked["answered_at"] == now.isoformat().replace("+00:00", "Z")
    with program(house, Role.SENDER) as client:
        assert client.get(f"/transfers/{transfer.id}").status_code == 403


def test_what_is_restricted_is_released_by_people_who_have_just_shown_who_they_are(house: House) -> None:
    seed = Seed(files=[("restricted.docx", 9_000)], marking=marked(Tier.RESTRICTED), status=MarkingStatus.MARKED)
    plant(house.store, seed, house.clock.now())
    with program(house, Role.APPROVER) as client:
        item = first(client)
        answer = client.post(f"{at(item)}/release", json={"version": item["version"], "reason": "agreed"})
        assert answer.status_code == 403
        assert "people" in answer.json()["error"]


def test_a_token_can_be_for_what_some_operation_asks_for_and_for_nothing_else(house: House) -> None:
    assert set(SCOPES) == {each.needs for each in OPERATIONS}
    assert PERSONAL.isdisjoint(SCOPES)
    assert scopes_of(house.visitor(Role.SENDER).me) == []
    page = house.visitor(Role.REVIEWER).get("/account").text
    assert re.findall(r'name="scopes"[^>]*value="([a-z_]*)"', page) == ["list", "masked", "decide", "policy_read"]
    assert "Decide on what is held" in page


@pytest.mark.usefixtures("planted")
def test_a_list_is_narrowed_as_on_the_page(house: House) -> None:
    assert get_args(TierLabel) == tuple(tier.label for tier in Tier)
    with program(house, Role.APPROVER) as client:
        everything = client.get("/held", params={"limit": 500}).json()["items"]
        wanted = everything[0]["tier"]
        some = client.get("/held", params={"tier": wanted}).json()["items"]
        assert some == [each for each in everything if each["tier"] == wanted]
        assert client.get("/held", params={"tier": "MOSTLY SECRET"}).status_code == 422
        late = client.get("/held", params={"late": "true", "limit": 500}).json()["items"]
        assert late == [each for each in everything if each["decide_by"] < house.clock.now().isoformat()]
        item = everything[0]
        client.post(f"{at(item)}/escalate", json={"version": item["version"], "role": "approver"})
        (asked,) = client.get("/held", params={"escalated_to": "approver"}).json()["items"]
        assert (asked["transfer"], asked["escalated_to"]) == (item["transfer"], "approver")


def test_a_notice_that_failed_is_told_again(house: House) -> None:
    transfer = fates.held(house.store, house.clock.now())
    (notice,) = transfer.notices
    path = f"/held/{transfer.id}/{transfer.deliveries[0].id}/resend"
    with program(house, Role.REVIEWER) as client:
        assert client.post(path, json={"notice": "n-none"}).status_code == 404
        filed = client.post(path, json={"notice": notice.id})
        assert (filed.status_code, filed.json()["act"]) == (202, "resend")
    (instruction,) = house.store.transfers.instructions(transfer.id)
    assert (instruction.act, instruction.notice) == (Act.RESEND, notice.id)
    with program(house, Role.AUDITOR) as client:
        assert client.post(path, json={"notice": notice.id}).status_code == 403
