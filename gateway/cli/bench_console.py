"""`gateway bench console`: how long pages of the console take, and what they ask of the store, with much in it."""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any, Final

import click

from gateway.cli import show
from gateway.model.held import HeldQuery, HeldState, Order, Why
from gateway.model.lifecycle import DeliveryState
from gateway.model.search import TransferQuery
from gateway.model.tier import Tier
from gateway.model.transfer import Origin
from gateway.store.embedded import Store, create_keys, open_store
from gateway.store.paging import Page
from gateway.system.clock import MachineClock
from gateway.testing.full_store import OFFICERS, PEOPLE, STAFF, TOPICS, fill, hash_of, people
from gateway.testing.people import Draw

AIM_MS: Final = 300.0
"""What 95 of 100 pages should take at most, with a million transfers and a hundred thousand held."""
WITHIN: Final = timedelta(hours=4)
DEEP: Final = 40
"""Pages that are turned before a deep one is measured."""
Ask = Callable[[], object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Timing:
    """How long something takes, in milliseconds; `processor` is the p95 of the processor's time."""

    what: str
    p50: float
    p95: float
    worst: float
    processor: float


@click.command("console")
@click.option("--transfers", default=100_000, show_default=True, type=click.IntRange(1_000), help="A tenth is held.")
@click.option("--rounds", default=40, show_default=True, type=click.IntRange(2), help="Times each is asked.")
@click.option("--folder", type=click.Path(path_type=Path, file_okay=False), help="Where the store is kept, or is.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
def bench_console(transfers: int, rounds: int, folder: Path | None, *, as_json: bool) -> None:
    """Measure whole pages of the console, and what they ask of the store: lists, filters, counts, search, one transfer.

    The store is filled with made-up transfers, the same each time; every question is asked with other words, pages and
    filters in each round, in one thread. A million transfers need 4 GB and minutes to make: with a folder that is
    kept, they are made once.

    \b
    Example:
      gateway bench console --transfers 1000000 --folder /var/tmp/bench-console
    """
    from gateway.cli.bench_console_pages import pages  # noqa: PLC0415 - the console is large, and seldom measured

    with _filled(folder, transfers) as (store, now):
        timings = [_timed(what, ask, rounds) for what, ask in _questions(store, now)]
        with pages(store) as asked:
            timings += [_timed(f"page: {what}", ask, rounds) for what, ask in asked.items()]
    if as_json:
        show.print_json({"aim_ms": AIM_MS, "transfers": transfers, "timings": [asdict(each) for each in timings]})
        return
    rows = [(each.what, *_plain(each), _verdict(each)) for each in timings]
    heads = ("question", "p50, ms", "p95, ms", "worst, ms", "processor, p95", f"p95 at most {AIM_MS:.0f} ms")
    show.table(heads, rows)


@contextmanager
def _filled(folder: Path | None, transfers: int) -> Iterator[tuple[Store, datetime]]:
    """Lend a store with so many transfers, made now or found in the folder, and the time of its newest."""
    with tempfile.TemporaryDirectory(prefix="gateway-bench-console-") as scratch:
        home = folder or Path(scratch)
        home.mkdir(parents=True, exist_ok=True)
        create_keys(home / "state")
        store = open_store(state=home / "state", vault=home / "vault", clock=MachineClock())
        try:
            if next(store.transfers.find(limit=1), None) is None:
                fill(store, transfers, MachineClock().now())
            yield store, next(store.transfers.find(limit=1)).received_at + timedelta(minutes=1)
        finally:
            store.close()


def _timed(what: str, ask: Ask, rounds: int) -> Timing:
    ask()  # a page that was just opened: what it reads is in memory
    taken, worked = [], []
    for _ in range(rounds):
        begin, began = time.perf_counter(), time.process_time()
        ask()
        taken.append((time.perf_counter() - begin) * 1_000)
        worked.append((time.process_time() - began) * 1_000)
    return Timing(what=what, p50=statistics.median(taken), p95=_p95(taken), worst=max(taken), processor=_p95(worked))


def _p95(taken: list[float]) -> float:
    return sorted(taken)[int(len(taken) * 0.95)]


def _questions(store: Store, now: datetime) -> Iterator[tuple[str, Ask]]:
    draw = Draw("questions")
    yield from _of_held(store, now, draw)
    yield from _of_transfers(store, now, draw)
    yield from _of_one(store, now, draw)


def _of_held(store: Store, now: datetime, draw: Draw) -> Iterator[tuple[str, Ask]]:
    held = store.held
    yield "dashboard: four figures", lambda: held.figures(now, WITHIN)
    for order in Order:
        place = _deep(partial(held.list, order=order))
        yield f"held, first page, {order}", partial(held.list, order=order)
        yield f"held, page {DEEP + 1}, {order}", partial(held.list, order=order, place=place)
    queries: Mapping[str, Callable[[], HeldQuery]] = {
        "by reason and tier": lambda: HeldQuery(
            why=frozenset({tuple(Why)[draw.below(len(Why))]}), tier=frozenset({tuple(Tier)[draw.below(6)]})
        ),
        "somebody's": lambda: HeldQuery(assigned_to=f"p-{draw.below(OFFICERS)}"),
        "nobody's, by state": lambda: HeldQuery(
            assigned_to="", states=frozenset({tuple(HeldState)[draw.below(len(HeldState))]})
        ),
        "by sender": lambda: HeldQuery(words=(people()[draw.below(STAFF)],)),
        "by a sender there is not": lambda: HeldQuery(words=(f"nobody{draw.below(100)}@",)),
        "past decision time": lambda: HeldQuery(held_before=now - WITHIN),
        "past decision time, escalated": lambda: HeldQuery(
            held_before=now - WITHIN, states=frozenset({HeldState.ESCALATED})
        ),
        "what all have, by reason": lambda: HeldQuery(words=("example",), why=frozenset({Why.UNREAD})),
        "by everything": lambda: HeldQuery(
            why=frozenset({Why.UNREAD, Why.BULK}),
            route=frozenset({"public"}),
            states=frozenset({HeldState.CLAIMED}),
            words=(people()[draw.below(PEOPLE)][:6],),
        ),
    }
    for what, query in queries.items():
        yield f"held, {what}", _asked(held.list, query)
        yield f"held, {what}: counts", _asked(held.counts, query)
    yield "held: counts beside all filters", held.counts


def _of_transfers(store: Store, now: datetime, draw: Draw) -> Iterator[tuple[str, Ask]]:
    old = now - timedelta(days=3_650)
    queries: Mapping[str, Callable[[], TransferQuery]] = {
        "list, 30 days": TransferQuery,
        "list, all": lambda: TransferQuery(since=old),
        "list, held": lambda: TransferQuery(delivery=DeliveryState.HELD, since=old),
        "list, of a state that none has": lambda: TransferQuery(delivery=DeliveryState.UNDELIVERABLE, since=old),
        "list, by door and route": lambda: TransferQuery(door=Origin.FOLDER, route="pnn", since=old),
        "list, by a route that none has": lambda: TransferQuery(route="none", since=old),
        "search, an address": lambda: TransferQuery(text=f"{people()[draw.below(STAFF)]}@council.example"),
        "search, an address, all": lambda: TransferQuery(text=f"{people()[draw.below(PEOPLE)]}@nhs.example", since=old),
        "search, beginnings of words, all": lambda: TransferQuery(
            text=f"{people()[draw.below(PEOPLE)][:4]} {draw.of(TOPICS)[:4]}", since=old
        ),
        "search, what all have, all": lambda: TransferQuery(text="counc", since=old),
        "search, a file's name, all": lambda: TransferQuery(
            text=f"{draw.of(TOPICS)}-{draw.of(TOPICS)}-{draw.below(10_000)}.docx", since=old
        ),
        "search, nothing": lambda: TransferQuery(text=f"zz{draw.below(1_000)}", since=old),
        "search, a hash": lambda: TransferQuery(text=hash_of(draw.below(1_000))),
        "search, a day": lambda: TransferQuery(text=f"{now - timedelta(days=draw.below(20)):%d/%m/%Y}"),
    }
    for what, query in queries.items():
        yield f"transfers, {what}", _asked(partial(store.search.find, now=now), query)
    place = _deep(lambda place="": store.search.find(TransferQuery(since=old), now=now, place=place))
    yield f"transfers, page {DEEP + 1}", lambda: store.search.find(TransferQuery(since=old), now=now, place=place)
    place = _deep(lambda place="": store.search.find(TransferQuery(text="plan", since=old), now=now, place=place))
    yield (
        f"transfers, search, page {DEEP + 1}",
        lambda: store.search.find(TransferQuery(text="plan", since=old), now=now, place=place),
    )


def _of_one(store: Store, now: datetime, draw: Draw) -> Iterator[tuple[str, Ask]]:
    some = store.held.list(order=Order.NEWEST, limit=500).rows

    def read() -> object:
        one = some[draw.below(len(some))]
        transfer = store.transfers.get(one.transfer_id)
        return transfer, store.held.get(one.transfer_id, one.delivery_id), store.ledger.about(transfer.id)

    def claim() -> object:
        one = some[draw.below(len(some))]
        seen = store.held.get(one.transfer_id, one.delivery_id)
        return store.held.assign(seen, to=f"p-{draw.below(OFFICERS)}", by="p-0", now=now)

    yield "one transfer with its hold and history", read
    yield "to assign one (a write)", claim


def _asked(ask: Callable[[Any], object], query: Callable[[], object]) -> Ask:
    """Return the question with another query each time."""
    return lambda: ask(query())


def _deep(page: Callable[..., Page[Any]]) -> str:
    """Return the place of a page far into a list."""
    place = ""
    for _ in range(DEEP):
        place = page(place=place).next or place
    return place


def _plain(timing: Timing) -> list[str]:
    return [f"{each:.1f}" for each in (timing.p50, timing.p95, timing.worst, timing.processor)]


def _verdict(timing: Timing) -> str:
    return "met" if timing.p95 <= AIM_MS else "not met"
