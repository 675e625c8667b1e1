"""Officers who decide in the console, over a real gateway: the pages hold no key, and what they ask for happens."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from html import unescape
from pathlib import Path

import httpx2
import pytest

from gateway.model.person import Role
from tests.console.house import House, Visitor, opened
from tests.scenarios.gateway_process import Gateway, wait_for
from tests.scenarios.test_stories_of_mail_admins import opened_with_7z

pytestmark = [pytest.mark.network, pytest.mark.needs("7z"), pytest.mark.needs("gpg")]
NHS_NUMBER = "943 476 5919"
LIST = f"Name;NHS number;Remark\r\nPat Doe;{NHS_NUMBER};NHS number checked\r\n".encode()
WEBMAIL = "someone@gmail.com"  # what is protected waits there for an officer
ALICE = "alice@exampleshire.example"
WHY = "agreed with the data owner, reference IG-114"


@contextmanager
def console(gateway: Gateway, *, stop_within: timedelta = timedelta(seconds=3)) -> Iterator[House]:
    """Serve the console over the gateway's own database."""
    with opened(gateway.home, stop_within=stop_within) as house:
        house.clock.at = datetime.now(UTC)
        yield house


def held(gateway: Gateway) -> str:
    """Wait until one transfer is held; return the address of its page."""
    (transfer,) = gateway.settled(1)
    (delivery,) = transfer["deliveries"]
    assert delivery["state"] == "held"
    return f"/quarantine/{transfer['id']}/{delivery['id']}"


def words(answer: httpx2.Response) -> str:
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", answer.text.replace("<wbr>", ""))).split())


def decide(officer: Visitor, path: str, choice: str, reason: str = WHY) -> str:
    """Check a decision and confirm it; return what the check said."""
    seen = re.search(r'name="version" value="([0-9]+)"', officer.get(path).text)
    assert seen
    page = officer.post(f"{path}/check", version=seen[1], choice=choice, reason=reason)
    now = re.search(r'name="version" value="([0-9]+)"', page.text)
    assert now, words(page)
    answer = officer.post(f"{path}/decide", version=now[1], choice=choice, reason=reason)
    assert answer.status_code == 303, words(answer)
    return words(page)


def test_what_was_found_is_looked_at_released_masked_and_followed_to_the_next_hop(
    gateway: Gateway, tmp_path: Path
) -> None:
    gateway.drop("list.csv", LIST, to=WEBMAIL)
    path = held(gateway)
    with console(gateway) as house:
        officer = house.visitor(Role.REVIEWER, name="Alice")
        assert "list.csv" in words(officer.get("/quarantine"))
        page = officer.get(path)
        assert NHS_NUMBER not in page.text
        number = re.search(
            r'/reveal/([0-9]+)">Show<span class="govuk-visually-hidden"> the value of NHS number', page.text
        )
        assert number, page.text
        shown = officer.post(f"{path}/reveal/{number[1]}", reason="is it a real one?")
        while shown.status_code == 202:
            waiting = re.search(r'name="instruction" value="([^"]+)"', shown.text)
            assert waiting
            shown = officer.post(f"{path}/reveal/{number[1]}/again", instruction=waiting[1])
        assert NHS_NUMBER in shown.text
        assert f"It will be delivered to {WEBMAIL}" in decide(officer, path, "redacted")
        wait_for(lambda: gateway.states() == ["delivered"], "the release")
        page = officer.get(f"{path}/decision")
        assert "Delivered The next hop took it" in words(page)
        history = words(officer.get(path))
    assert "Alice looked at a value (NHS number): is it a real one?" in history
    assert f"Released for {WEBMAIL} by Alice: {WHY}" in history
    (sealed,) = gateway.delivered()
    gateway.settled(1)
    (notice,) = [each for each in gateway.notices() if re.search(r"\n\n {4}\S+\n", each)]
    inside = opened_with_7z(tmp_path, sealed.name, sealed.read_bytes(), notice)
    assert any(b"NHS number checked" in content for content in inside.values())
    assert all(NHS_NUMBER.encode() not in content for content in inside.values())


def test_a_release_that_was_stopped_does_not_go_and_a_refusal_tells_the_sender_why(gateway: Gateway) -> None:
    gateway.drop("list.csv", LIST, to=WEBMAIL)
    path = held(gateway)
    with console(gateway, stop_within=timedelta(hours=1)) as house:  # however slow the machine is, it can be stopped
        officer = house.visitor(Role.REVIEWER, name="Alice", address=ALICE)
        decide(officer, path, "release")
        (waiting,) = house.store.transfers.instructions(path.split("/")[2])
        assert officer.post(f"{path}/stop", instruction=waiting.id).status_code == 303
        assert "stopped what Alice had asked for" in words(officer.get(path))
    with console(gateway) as house:
        officer = house.visitor(Role.REVIEWER, name="Alice", address=ALICE)
        decide(officer, path, "refuse", "wrong recipient, use the partner's own address")
        wait_for(lambda: gateway.states() == ["refused"], "the refusal")
        assert "Refused by Alice" in words(officer.get(f"{path}/decision"))
    wait_for(lambda: [each for each in gateway.notices() if "wrong recipient" in each], "the sender's notice")
    assert gateway.delivered() == []


def test_a_question_reaches_the_sender(gateway: Gateway) -> None:
    gateway.drop("list.csv", LIST, to=WEBMAIL)
    path = held(gateway)
    with console(gateway) as house:
        officer = house.visitor(Role.REVIEWER, name="Alice")
        decide(officer, path, "ask", "Which patient is it about?")
        wait_for(lambda: [each for each in gateway.notices() if "Which patient is it about?" in each], "the question")
        assert "Alice asked: “Which patient is it about?” The sender has not answered yet." in words(officer.get(path))
        assert gateway.states() == ["held"]
