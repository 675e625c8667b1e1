"""Behind web servers: whom the console believes about where a request comes from."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from gateway.config.console import ConsoleSettings
from gateway.console.entrance.clients import Clients
from gateway.console.serve import configured
from gateway.console.sign_in import limits
from gateway.model.person import Role
from tests.console.house import House, opened
from tests.console.signing_in import Browser, code_of, settled

FORWARDED = "X-Forwarded-For"
PROXIES = ("127.0.0.1", "10.0.0.0/24", "2001:db8:1::/48")


def seen_from(peer: str, *named: str, proxies: Sequence[str] = PROXIES) -> str:
    """Return from where an application sees a request that a peer brings with these headers."""
    seen: list[Any] = []

    async def app(scope: Any, _receive: object, _send: object) -> None:  # noqa: ANN401 - a scope of ASGI
        seen.append(scope["client"][0])

    async def nothing(*_given: object) -> Any:  # noqa: ANN401 - nobody reads or writes
        return {}

    headers = [(FORWARDED.lower().encode(), each.encode("latin-1")) for each in named]
    scope = {"type": "http", "client": (peer, 50_000), "headers": headers}
    asyncio.run(Clients(app, proxies=proxies)(scope, nothing, nothing))
    (found,) = seen
    return str(found)


@pytest.mark.parametrize(
    ("peer", "named", "client"),
    [
        ("127.0.0.1", (), "127.0.0.1"),
        ("127.0.0.1", ("203.0.113.9",), "203.0.113.9"),
        ("127.0.0.1", ("198.51.100.1, 203.0.113.9",), "203.0.113.9"),
        ("127.0.0.1", ("198.51.100.1", "203.0.113.9"), "203.0.113.9"),
        ("127.0.0.1", ("198.51.100.1, 203.0.113.9, 10.0.0.7,10.0.0.8",), "203.0.113.9"),
        ("127.0.0.1", ("10.0.0.7",), "10.0.0.7"),
        ("127.0.0.1", ("2001:db8:2::9",), "2001:db8:2::9"),
        ("127.0.0.1", ("2001:DB8:2:0::9, 2001:db8:1::1",), "2001:db8:2::9"),
        ("2001:db8:1::1", ("[2001:db8:2::9]:4711",), "2001:db8:2::9"),
        ("::ffff:10.0.0.7", ("203.0.113.9:4711",), "203.0.113.9"),
        ("127.0.0.1", ("::ffff:203.0.113.9",), "203.0.113.9"),
    ],
)
def test_who_is_believed_names_the_client(peer: str, named: tuple[str, ...], client: str) -> None:
    assert seen_from(peer, *named) == client


@pytest.mark.parametrize("peer", ["203.0.113.66", "10.0.1.7", "2001:db8:2::66", "::ffff:203.0.113.66", "unix"])
@pytest.mark.parametrize("named", ["198.51.100.1", "127.0.0.1", "10.0.0.7, 10.0.0.7"])
def test_a_stranger_is_not_believed(peer: str, named: str) -> None:
    assert seen_from(peer, named) == peer


def test_nobody_is_believed_where_the_settings_name_nobody() -> None:
    assert seen_from("127.0.0.1", "203.0.113.9", proxies=ConsoleSettings().proxies) == "127.0.0.1"


@pytest.mark.parametrize(
    "garbage",
    [
        "",
        ",",
        "unknown",
        "_hidden",
        "1.2.3",
        "203.0.113.9 203.0.113.10",
        "203.0.113.9:",
        "203.0.113.09",
        "[203.0.113.9",
        "2001:db8::1::2",
        "fe80::1%<script>",
        "\xff",
        "9" * 5_000,
        ":" * 5_000,
    ],
)
def test_what_is_no_address_is_ignored_and_so_is_all_before_it(garbage: str) -> None:
    assert seen_from("127.0.0.1", garbage) == "127.0.0.1"
    assert seen_from("127.0.0.1", f"198.51.100.1, {garbage}") == "127.0.0.1"
    assert seen_from("127.0.0.1", f"198.51.100.1, {garbage}, 10.0.0.7") == "10.0.0.7"
    assert seen_from("127.0.0.1", f"{garbage}, 203.0.113.9") == "203.0.113.9"


@pytest.mark.parametrize("wrong", ["everybody", "10.0.0.1/8", "*", "0.0.0.0/0", "::/0", "proxy.council.example"])
def test_the_settings_name_addresses_and_networks_and_never_everybody(wrong: str) -> None:
    with pytest.raises(ValidationError):
        ConsoleSettings(proxies=(wrong,))


def recorded(house: House) -> list[str]:
    """Return from where sign-ins came, by the ledger."""
    entries = map(json.loads, house.store.ledger.entries())
    return [each["facts"]["from"] for each in entries if each["event"] in {"person:signed_in", "person:refused"}]


@pytest.mark.network
def test_sessions_the_ledger_and_limits_have_the_clients_address(tmp_path: Path) -> None:
    with opened(tmp_path, proxies=("127.0.0.1",)) as house:
        person, secret = settled(house, Role.REVIEWER)
        browser = Browser(house, **{FORWARDED: "198.51.100.1, 203.0.113.9"})
        browser.sign_in(person, "wrong")
        house.clock.move(timedelta(minutes=1))
        browser.sign_in(person, code=code_of(secret, house))
        assert recorded(house) == ["203.0.113.9", "203.0.113.9"]
        assert [each.network_address for each in house.store.sessions.of(person.id)] == ["203.0.113.9"]
        for _ in range(limits.PER_NETWORK):
            assert house.store.attempts.take(limits.beginning("203.0.113.9"), house.clock.now())
        statuses = []
        for client in ("203.0.113.9", "203.0.113.10"):
            stranger = Browser(house, **{FORWARDED: client})
            stranger.get("/sign-in")
            statuses.append(stranger.post("/sign-in/passkey").status_code)
        assert statuses == [429, 200]


@pytest.mark.network
def test_a_forged_header_does_nothing(tmp_path: Path) -> None:
    with opened(tmp_path, proxies=("192.0.2.1",)) as house:
        person, _ = settled(house, Role.REVIEWER)
        Browser(house, **{FORWARDED: "203.0.113.9"}).sign_in(person, "wrong")
        assert recorded(house) == ["127.0.0.1"]
        assert not configured(house.desk).proxy_headers, "else what serves it believes this machine by itself"
