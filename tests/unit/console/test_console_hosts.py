"""Whoever asks for the console by another name gets nothing of it."""

from __future__ import annotations

import asyncio
from collections.abc import MutableMapping
from typing import Any

import pytest
from pydantic import ValidationError

from gateway.config.console import ConsoleSettings
from gateway.console.entrance.hosts import Hosts


def asked(settings: ConsoleSettings, *hosts: str) -> int:
    """Return the status with which a request is answered that names these hosts."""
    said: list[int] = []

    async def page(_scope: object, _receive: object, send: Any) -> None:  # noqa: ANN401 - as ASGI has it
        await send({"type": "http.response.start", "status": 200, "headers": []})

    async def receive() -> MutableMapping[str, Any]:
        return {"type": "http.request"}

    async def send(message: MutableMapping[str, Any]) -> None:
        said.extend([message["status"]] if "status" in message else [])

    headers = [(b"host", host.encode()) for host in hosts]
    scope = {"type": "http", "headers": headers, "method": "GET", "path": "/"}
    asyncio.run(Hosts(page, settings=settings)(scope, receive, send))
    return said[0]


BEHIND = ConsoleSettings(listen="127.0.0.1:8040", address="https://gateway.example")


@pytest.mark.parametrize("host", ["gateway.example", "GATEWAY.example", "localhost:8040", "127.0.0.1:8040"])
def test_its_own_names_are_answered(host: str) -> None:
    assert asked(BEHIND, host) == 200


@pytest.mark.parametrize(
    "host", ["evil.example", "gateway.example.evil.example", "localhost.example", "gateway.example:81", ""]
)
def test_others_are_not(host: str) -> None:
    assert asked(BEHIND, host) == 421


def test_no_name_is_none_of_them() -> None:
    assert asked(BEHIND) == 421


def test_on_every_address_it_must_be_said_how_it_is_reached(tmp_path: Any) -> None:  # noqa: ANN401 - a path
    tls = {"certificate": tmp_path / "c.pem", "key": tmp_path / "k.pem"}
    with pytest.raises(ValidationError, match="every address"):
        ConsoleSettings.model_validate({"listen": "0.0.0.0:8443", "tls": tls})
    told = ConsoleSettings.model_validate({"listen": "0.0.0.0:8443", "tls": tls, "address": "https://gateway.example"})
    assert told.is_secure
