"""A real console on loopback, over a real store, and people who signed in.

`opened(folder)` makes one; `house.visitor(Role.REVIEWER)` returns somebody's browser without a browser.
"""

from __future__ import annotations

import secrets
import socket
import ssl
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import httpx2
import uvicorn
from starlette.types import ASGIApp

from gateway.config.console import ConsoleSettings
from gateway.config.load import read_set
from gateway.console.app import build
from gateway.console.entrance import sessions
from gateway.console.frame.desk import Desk
from gateway.console.frame.render import Renderer
from gateway.console.frame.visit import TOKEN, form_token
from gateway.decide.policy import Policy
from gateway.model.person import Person, Role, Session, Way
from gateway.store.embedded import Store, create_keys, open_store
from gateway.system import ids
from gateway.testing.values import SteppingClock

ROOT: Final = Path(__file__).parents[2]
NOW: Final = datetime(2026, 11, 24, 14, 30, tzinfo=UTC)
"""What the clock says: a Tuesday."""

FILES: Final = read_set(ROOT / "policies")
"""The policy set that ships."""

POLICY: Final[Policy] = FILES.parsed()

TRUSTED: Final = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
"""Whom a browser trusts that only goes to plain addresses: nobody. Reading everybody takes longer than what it asks."""


PATIENCE: Final = 60.0
"""Seconds that anybody waits for an answer: a machine may be slow and busy."""


class Visitor:
    """Somebody's browser, without a browser: it keeps a cookie and fills in the token of every form."""

    def __init__(self, url: str, desk: Desk, person: Person | None, cookie: str) -> None:
        self.person, self.cookie, self.url = person, cookie, url
        name = sessions.cookie_name(desk)
        self._client = httpx2.Client(
            base_url=url, cookies={name: cookie}, headers={"Origin": url}, timeout=PATIENCE, verify=TRUSTED
        )

    def close(self) -> None:
        """Close the browser."""
        self._client.close()

    @property
    def me(self) -> Person:
        """Who it is."""
        if self.person is None:
            raise AssertionError("nobody signed in")
        return self.person

    def get(self, path: str, **query: str) -> httpx2.Response:
        """Ask for a page; redirects are not followed."""
        return self._client.get(path, params=query or None)

    def post(self, path: str, files: Mapping[str, Any] | None = None, **fields: Any) -> httpx2.Response:  # noqa: ANN401 - fields
        """Send a form of the page."""
        return self._client.post(path, data={TOKEN: form_token(self.cookie), **fields}, files=files)


@dataclass(frozen=True, slots=True, kw_only=True)
class House:
    """A console that runs."""

    url: str
    desk: Desk
    clock: SteppingClock
    visitors: list[Visitor] = field(default_factory=list)

    @property
    def store(self) -> Store:
        """The store behind it."""
        return self.desk.store

    def visitor(self, *roles: Role, name: str = "", address: str = "") -> Visitor:
        """Return the browser of a person with these roles who has just signed in; of nobody where there is no role."""
        cookie = secrets.token_urlsafe(32)
        if not roles:
            return self._came_in(Visitor(self.url, self.desk, None, cookie))
        now = self.clock.now()
        named = name or f"{roles[0].value.replace('-', ' ').capitalize()} {secrets.token_hex(2)}"
        person = Person(
            id=ids.serial("p"),
            name=named,
            address=address or f"{secrets.token_hex(4)}@council.example",
            roles=frozenset(roles),
            since=now,
        )
        known = self.store.people.by_address(person.address)
        if known is None:
            self.store.people.add(person, (), ())
        session = Session(
            id=ids.serial("s"),
            begun=now,
            seen=now,
            until=now + timedelta(hours=10),
            person_id=(known or person).id,
            ways=(Way.PASSWORD, Way.CODE),
            stepped_up_at=now,
        )
        self.store.sessions.begin(cookie, session)
        return self._came_in(Visitor(self.url, self.desk, known or person, cookie))

    def _came_in(self, visitor: Visitor) -> Visitor:
        self.visitors.append(visitor)
        return visitor


@contextmanager
def opened(folder: Path, **settings: Any) -> Iterator[House]:  # noqa: ANN401 - of ConsoleSettings
    """Open a store in a folder, and serve a console over it until the block ends."""
    state, vault = folder / "state", folder / "quarantine"
    clock = SteppingClock(NOW)
    create_keys(state)
    store = open_store(state=state, vault=vault, clock=clock)
    with socket.create_server(("127.0.0.1", 0)) as listening:
        chosen = ConsoleSettings(listen=f"127.0.0.1:{listening.getsockname()[1]}", **settings)
        desk = Desk(
            organisation="Exampleshire Council",
            help="the Information Governance team, 01632 960001",
            settings=chosen,
            store=store,
            clock=clock,
            render=Renderer(chosen.look, clock),
            policy=lambda: POLICY,
        )
        try:
            with served(build(desk), listening):
                house = House(url=chosen.reached_at, desk=desk, clock=clock)
                yield house
                for visitor in house.visitors:
                    visitor.close()
        finally:
            store.close()


@contextmanager
def served(app: ASGIApp, listening: socket.socket) -> Iterator[None]:
    """Serve an application on an open socket until the block ends."""
    config = uvicorn.Config(
        app, http="h11", ws="none", lifespan="off", log_config=None, access_log=False, proxy_headers=False
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, name="console")
    thread.start()
    try:
        yield
    finally:
        server.should_exit = True
        thread.join()
