"""Connections that say nothing, or one byte at a time: they end, and shut nobody out. On real sockets."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any, Final

import anyio
import pytest
import uvicorn
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from gateway.console.entrance.deadlines import TimelyProtocol
from gateway.console.frame.visit import TOKEN, form_token
from gateway.console.serve import AT_ONCE, configured
from gateway.model.person import Role
from tests.console.house import House, opened

pytestmark = pytest.mark.network

SOON: Final = 0.5
"""Seconds that somebody may take here."""

AT_MOST: Final = 60.0
"""Seconds that a test waits for what must come."""


class Hasty(TimelyProtocol):
    """Waits not long."""

    within = SOON


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with opened(tmp_path_factory.mktemp("deadlines")) as made:
        yield made


@contextmanager
def console(
    house: House, *, http: type[TimelyProtocol] = Hasty, at_once: int = AT_ONCE, app: ASGIApp | None = None
) -> Iterator[int]:
    """Serve the console as it is served, but for how long it waits; return the port."""
    config = configured(house.desk)
    config.http, config.limit_concurrency = http, at_once
    config.app = app or config.app
    server = uvicorn.Server(config)
    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        try:
            yield listening.getsockname()[1]
        finally:
            server.should_exit = True
            thread.join()


def connected(port: int, raw: bytes = b"") -> socket.socket:
    line = socket.create_connection(("127.0.0.1", port), timeout=AT_MOST)
    line.sendall(raw)
    return line


def all_of(line: socket.socket) -> bytes:
    """Return what comes until the other side closes; `TimeoutError` when it does not."""
    got = b""
    try:
        while chunk := line.recv(65_536):
            got += chunk
    except ConnectionError:
        pass
    return got


def head(house: House, method: str = "GET", path: str = "/accessibility", **headers: object) -> bytes:
    host = house.url.partition("://")[2]
    lines = [f"{method} {path} HTTP/1.1", f"Host: {host}", *(f"{name}: {value}" for name, value in headers.items())]
    return "\r\n".join([*lines, "", ""]).encode()


def answered(house: House, port: int) -> bytes:
    with connected(port, head(house, Connection="close")) as line:
        return all_of(line)[:12]


FORM: Final = {"Content-Type": "application/x-www-form-urlencoded", "Content-Length": 5_000}
SILENT: Final[dict[str, Callable[[House], bytes]]] = {
    "nothing": lambda _: b"",
    "half a header": lambda house: head(house)[:-2],
    "half a body": lambda house: head(house, "POST", "/sign-in", Origin=house.url, **FORM) + b"name=",
    "half a second request": lambda house: head(house) + b"GET /",
    "a body that is not read": lambda house: head(house, "POST", "/try", **{"Content-Length": 50_000_000}) + b"x",
}


@pytest.mark.parametrize("name", SILENT)
def test_who_says_no_more_is_let_go_and_others_are_answered_meanwhile(house: House, name: str) -> None:
    with console(house) as port:
        begun = time.monotonic()
        with connected(port, SILENT[name](house)) as line:
            assert answered(house, port) == b"HTTP/1.1 200"
            all_of(line)
        assert time.monotonic() - begun >= SOON


@pytest.mark.parametrize("name", ["nothing", "half a body"])
def test_a_byte_now_and_then_gains_no_time(house: House, name: str) -> None:
    with console(house) as port, connected(port, SILENT[name](house)) as line:
        end = time.monotonic() + AT_MOST
        line.settimeout(SOON / 10)
        while time.monotonic() < end:
            try:
                line.sendall(b"x")
                if line.recv(1) == b"":
                    return
            except TimeoutError:
                continue
            except ConnectionError:
                return
    pytest.fail("it is still open")


def test_an_answer_that_nobody_takes_is_given_up(house: House) -> None:
    with console(house) as port, connected(port) as line, pytest.raises(ConnectionError):
        line.sendall(head(house) * 100_000)


def test_an_answer_that_takes_its_time_is_given(house: House) -> None:
    async def slow(scope: Scope, receive: Receive, send: Send) -> None:
        await anyio.sleep(SOON * 3)
        await PlainTextResponse("at last")(scope, receive, send)

    with console(house, app=slow) as port, connected(port, head(house, Connection="close")) as line:
        assert all_of(line).endswith(b"at last")


def test_a_large_file_has_the_time_that_its_length_needs(house: House) -> None:
    member = house.visitor(Role.SENDER)
    body = f'--b\r\nContent-Disposition: form-data; name="{TOKEN}"\r\n\r\n{form_token(member.cookie)}\r\n'.encode()
    body += b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.txt"\r\n\r\n' + b"x" * 900_000
    body += b"\r\n--b--\r\n"
    said: dict[str, Any] = {"Content-Type": "multipart/form-data; boundary=b", "Content-Length": len(body)}
    said |= {"Origin": house.url, "Cookie": f"visit={member.cookie}", "Connection": "close"}
    with console(house) as port, connected(port, head(house, "POST", "/try", **said)) as line:
        for start in range(0, len(body), len(body) // 8):
            time.sleep(SOON / 4)  # twice as long in all as somebody silent may take
            line.sendall(body[start : start + len(body) // 8])
        got = all_of(line)
    assert got.startswith(b"HTTP/1.1 422")
    assert b"Write at least one address" in got


@pytest.mark.parametrize("name", ["nothing", "half a header", "half a body"])
def test_more_silent_connections_than_there_are_places_shut_nobody_out(house: House, name: str) -> None:
    places = 20
    with console(house, http=TimelyProtocol, at_once=places) as port, ExitStack() as crowd:
        lines = []
        for _ in range(places * 3):
            lines.append(crowd.enter_context(connected(port, SILENT[name](house))))
            assert answered(house, port) == b"HTTP/1.1 200"
        for line in lines[:places]:
            assert all_of(line) == b"", "the oldest made room"


def test_while_all_are_being_answered_more_are_told_to_come_back(house: House) -> None:
    begun = threading.Semaphore(0)

    async def never(_scope: Scope, receive: Receive, _send: Send) -> None:
        begun.release()
        while (await receive())["type"] != "http.disconnect":
            pass

    with console(house, app=never, at_once=3) as port, ExitStack() as busy:
        for _ in range(2):
            busy.enter_context(connected(port, head(house)))
            assert begun.acquire(timeout=AT_MOST)
        assert answered(house, port) == b"HTTP/1.1 503"


def test_it_is_what_the_console_is_served_with(house: House) -> None:
    config: uvicorn.Config = configured(house.desk)
    assert config.http is TimelyProtocol
    assert config.limit_concurrency == AT_ONCE
    assert TimelyProtocol.within <= 30
