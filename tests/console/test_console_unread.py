"""What a request brings is read only from who may send it there, and how much of it at most; looking counts once."""

from __future__ import annotations

import re
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Final
from urllib.parse import urlencode

import pytest

from gateway.console.app import ALL
from gateway.console.entrance import sessions
from gateway.console.frame.visit import TOKEN, form_token
from gateway.console.routes import FORM
from gateway.model.person import Role
from tests.console.house import PATIENCE, House, Visitor, opened
from tests.console.seeds import USUAL, plant

pytestmark = pytest.mark.network

URLENCODED: Final = "application/x-www-form-urlencoded"
MULTIPART: Final = "multipart/form-data; boundary=b"


@pytest.fixture
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with opened(tmp_path_factory.mktemp("unread")) as made:
        yield made


@contextmanager
def asked(house: House, path: str, visitor: Visitor | None, **headers: object) -> Iterator[socket.socket]:
    """Send the header of a form and none of what it says that follows."""
    host, _, port = house.url.partition("://")[2].partition(":")
    said = {"Host": f"{host}:{port}", "Origin": house.url, "Connection": "close"}
    said |= {"Cookie": f"{sessions.cookie_name(house.desk)}={visitor.cookie}"} if visitor else {}
    lines = [f"POST {path} HTTP/1.1", *(f"{name}: {value}" for name, value in {**said, **headers}.items())]
    with socket.create_connection(("127.0.0.1", int(port)), timeout=PATIENCE) as line:
        line.sendall("\r\n".join([*lines, "", ""]).encode())
        yield line


def answer_of(line: socket.socket) -> str:
    """Return the answer; `TimeoutError` when the other side waits for more."""
    got = b""
    while chunk := line.recv(65_536):
        got += chunk
    return got.decode()


def head(length: int, kind: str = MULTIPART) -> dict[str, object]:
    return {"Content-Type": kind, "Content-Length": length}


def status(answer: str) -> int:
    return int(answer.split(" ", 2)[1])


@pytest.mark.parametrize("kind", [URLENCODED, MULTIPART])
def test_of_somebody_who_did_not_sign_in_nothing_is_read(house: House, kind: str) -> None:
    """Fifty megabytes of `%41` used to be read and decoded before anybody asked whose they are."""
    for visitor in (None, house.visitor()):
        with asked(house, "/try", visitor, **head(50_000_000, kind)) as line:
            answer = answer_of(line)
        assert status(answer) == 303
        assert "location: /sign-in" in answer


@pytest.mark.parametrize("told", [{"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "same-site"}])
def test_of_a_form_of_another_site_nothing_is_read(house: House, told: dict[str, object]) -> None:
    for path, length in (("/try", 50_000_000), ("/sign-in", FORM), ("/language", FORM)):
        with asked(house, path, house.visitor(Role.SENDER), **head(length), **told) as line:
            assert status(answer_of(line)) == 403


def test_of_somebody_who_may_not_nothing_is_read(house: House) -> None:
    with asked(house, "/quarantine/bulk/begin", house.visitor(Role.SENDER), **head(FORM, URLENCODED)) as line:
        assert status(answer_of(line)) == 403
    with asked(house, "/api/v1/held/t-1/d-1/release", None, **head(20_000, "application/json")) as line:
        assert status(answer_of(line)) == 401


def test_a_page_that_takes_a_file_takes_no_other_form(house: House) -> None:
    for kind in (URLENCODED, "text/plain", ""):
        with asked(house, "/try", house.visitor(Role.SENDER), **head(15_000_000, kind)) as line:
            assert status(answer_of(line)) == 415


def test_only_pages_that_take_a_file_take_more_than_a_usual_form() -> None:
    assert {page.path for page in ALL if page.largest > FORM} == {"/try"}


def test_beside_a_file_fields_are_as_small_as_elsewhere(house: House) -> None:
    member = house.visitor(Role.SENDER)
    parts = {"file": ("a.txt", b"x" * 200_000)}
    assert member.post("/try", parts, to="a@b.example", reason="x" * 200_000).status_code == 400
    assert member.post("/try", parts, reason="x" * 1_000).status_code == 422, "read: there is no address"


def test_who_may_not_any_more_when_all_of_it_has_come_may_not(house: House) -> None:
    """A session that ends while the form is on its way carries nothing out."""
    transfer = plant(house.store, USUAL[0], house.clock.now())
    member = house.visitor(Role.REVIEWER)
    fields = {TOKEN: form_token(member.cookie), "choice": "refuse", "reason": "x", "version": "1"}
    body = urlencode(fields).encode()
    path = f"/quarantine/{transfer.id}/{transfer.deliveries[0].id}/decide"
    with asked(house, path, member, **head(len(body), URLENCODED), Expect="100-continue") as line:
        assert line.recv(1_000).startswith(b"HTTP/1.1 100"), "it passed what is asked before, and is read"
        house.store.sessions.end(member.cookie)
        line.sendall(body)
        assert status(answer_of(line)) == 303
    assert list(house.store.transfers.instructions(transfer.id)) == []


# ——— what else a request may say ———


def test_a_language_that_is_none_of_ours_changes_nothing(house: House) -> None:
    member = house.visitor(Role.SENDER)
    for language in ("xx", "../en", "cy%00", ""):
        for path in ("/account", "/accessibility", "/no/such/page"):
            answer = member._client.get(path, headers={"Cookie": f"visit={member.cookie}; language={language}"})
            assert answer.status_code == (404 if "no" in path else 200), language
            assert '<html lang="en"' in answer.text


def test_a_page_that_asks_by_itself_keeps_nobody_signed_in(house: House) -> None:
    transfer = plant(house.store, USUAL[0], house.clock.now())
    member = house.visitor(Role.REVIEWER)
    page = f"/quarantine/{transfer.id}/{transfer.deliveries[0].id}/decision"
    idle = house.desk.settings.sign_in.idle
    for _ in range(3):
        house.clock.move(idle / 4)
        assert member._client.get(f"{page}/now", headers={"HX-Request": "true"}).status_code == 200
    house.clock.move(idle / 3)
    late = member._client.get(f"{page}/now", headers={"HX-Request": "true"})
    assert (late.status_code, late.headers["hx-refresh"], late.text) == (204, "true", "")
    assert member.get(page).headers["location"].startswith("/sign-in?next=")


def test_a_page_that_somebody_looks_at_keeps_them_signed_in(house: House) -> None:
    member, idle = house.visitor(Role.REVIEWER), house.desk.settings.sign_in.idle
    for _ in range(5):
        house.clock.move(idle - timedelta(minutes=2))
        assert member.get("/account").status_code == 200


def test_every_page_that_another_asks_for_again_and_again_says_so() -> None:
    assert {page.path for page in ALL if page.polls} == {page.path for page in ALL if page.path.endswith("/now")}
    assert {page.method for page in ALL if page.polls} == {"GET"}


def test_transfers_of_others_are_as_if_they_were_not_there(house: House) -> None:
    """By the beginning of an id somebody could find out, letter by letter, which there are."""
    transfer = plant(house.store, USUAL[0], house.clock.now())
    other = house.visitor(Role.SENDER)
    said = set()
    for name in (transfer.id, transfer.id[:-1], transfer.id[:6], "t-zz", "t-", "%", transfer.id.upper()):
        for answer in (other.get(f"/mine/{name}"), other.post(f"/mine/{name}", act="recall", reason="x")):
            assert answer.status_code == 404
            said.add(re.sub(r'nonce="[^"]*"|value="[^"]*"', "", answer.text))
    assert len(said) == 1
    own = house.visitor(Role.SENDER, address=transfer.sender)
    assert own.get(f"/mine/{transfer.id}").status_code == 200
    assert own.get(f"/mine/{transfer.id[:-1]}").status_code == 404
