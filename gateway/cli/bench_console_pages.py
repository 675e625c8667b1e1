"""Whole pages of the console, from the request to the last byte, for `gateway bench console`."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Final

import httpx2

from gateway.config.console import ConsoleSettings
from gateway.console.app import build
from gateway.console.entrance import sessions
from gateway.console.frame.desk import Desk
from gateway.console.frame.render import Renderer
from gateway.errors import GatewayError
from gateway.model.held import Order
from gateway.model.person import Person, Role, Session, Way
from gateway.store.embedded import Store
from gateway.system import ids
from gateway.system.clock import MachineClock
from gateway.testing.full_store import PEOPLE, STAFF, TOPICS, people
from gateway.testing.people import Draw

ADDRESS: Final = "bench@council.example"
Ask = Callable[[], object]


@contextmanager
def pages(store: Store) -> Iterator[Mapping[str, Ask]]:
    """Lend the pages by what they are, each to be asked for by a call, as somebody who may see all of them."""
    clock = MachineClock()
    settings = ConsoleSettings()
    desk = Desk(
        organisation="Exampleshire Council",
        help="the gateway's team",
        settings=settings,
        store=store,
        clock=clock,
        render=Renderer(settings.look, clock),
        policy=lambda: None,
    )
    cookies = {sessions.cookie_name(desk): _signed_in(store, clock.now())}
    transport = httpx2.ASGITransport(app=build(desk))
    client = httpx2.AsyncClient(transport=transport, base_url=settings.reached_at, cookies=cookies)
    with asyncio.Runner() as runner:

        def ask(path: str, **query: str) -> object:
            answer = runner.run(client.get(path, params=query))
            if answer.status_code != httpx2.codes.OK:
                raise GatewayError(f"{path} answered {answer.status_code}", hint="this is a defect: report it")
            return answer

        yield _asked(store, ask)
        runner.run(client.aclose())


def _asked(store: Store, ask: Callable[..., object]) -> Mapping[str, Ask]:
    draw, some = Draw("pages"), store.held.list(order=Order.NEWEST, limit=500).rows

    def review() -> object:
        one = some[draw.below(len(some))]
        return ask(f"/quarantine/{one.transfer_id}/{one.delivery_id}")

    return {
        "dashboard": lambda: ask("/dashboard"),
        "quarantine": lambda: ask("/quarantine"),
        "quarantine, highest": lambda: ask("/quarantine", sort="highest"),
        "quarantine, largest": lambda: ask("/quarantine", sort="largest"),
        "quarantine, by reason": lambda: ask("/quarantine", why=draw.of(("unread", "bulk", "marking"))),
        "quarantine, past decision time": lambda: ask("/quarantine", late="yes"),
        "quarantine, search": lambda: ask("/quarantine", q=people()[draw.below(PEOPLE)][:6]),
        "quarantine, search, nothing": lambda: ask("/quarantine", q=f"zz{draw.below(100)}"),
        "review": review,
        "transfers": lambda: ask("/transfers"),
        "transfers, an address": lambda: ask("/transfers", q=f"{people()[draw.below(STAFF)]}@council.example"),
        "transfers, words": lambda: ask("/transfers", q=f"{people()[draw.below(PEOPLE)][:4]} {draw.of(TOPICS)[:4]}"),
        "a transfer": lambda: ask(f"/transfers/{some[draw.below(len(some))].transfer_id}"),
        "ledger": lambda: ask("/ledger"),
    }


def _signed_in(store: Store, now: datetime) -> str:
    """Return the cookie of somebody who has just signed in."""
    person = store.people.by_address(ADDRESS)
    if person is None:
        roles = frozenset({Role.REVIEWER, Role.AUDITOR})
        person = Person(id=ids.serial("p"), name="Bench", address=ADDRESS, roles=roles, since=now)
        store.people.add(person, (), ())
    cookie = secrets.token_urlsafe(32)
    session = Session(
        id=ids.serial("s"),
        begun=now,
        seen=now,
        until=now + timedelta(hours=10),
        person_id=person.id,
        ways=(Way.PASSWORD, Way.CODE),
        stepped_up_at=now,
    )
    store.sessions.begin(cookie, session)
    return cookie
