"""Starts what the daemon does for the console and for officers: boards, answers, decisions over many, notices."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias
from zoneinfo import ZoneInfo

from gateway.config.settings import Settings
from gateway.daemon.assembly import build_officers_post
from gateway.daemon.boards import Boards
from gateway.daemon.bulks import BulkWorker
from gateway.daemon.console_requests import ConsoleRequests
from gateway.daemon.duty import Duty
from gateway.daemon.inspectors import Inspectors
from gateway.daemon.officers import OfficersTold
from gateway.daemon.reload import PolicyInForce
from gateway.moves.house import House
from gateway.store.embedded import Store
from gateway.system.parcels import ParcelKey

ConsolePart: TypeAlias = Boards | BulkWorker | ConsoleRequests | OfficersTold


def console_parts(
    settings: Settings,
    store: Store,
    policy: PolicyInForce,
    inspectors: Inspectors,
    house: House,
    *,
    ring: Callable[[], None],
    config: Path | None,
) -> list[ConsolePart]:
    """Return what runs beside the walk. `ring` wakes who carries instructions out, `config` is what `doctor` reads."""
    key, clock, console = ParcelKey(), house.clock, settings.console
    boards = Boards(settings, store, policy, clock, key=key.public, config=config)
    requests = ConsoleRequests(settings, store, policy, inspectors, clock, key=key, refresh=boards.ask)
    duty = Duty(
        tell=build_officers_post(settings, house.channels).tell,
        schedule=house.schedule,
        console=house.console,
        help_contact=house.help_contact,
        decide_within=console.decide_within,
        zone=ZoneInfo(console.look.zone),
        policy=policy,
        officers=house.officers,
    )
    bulks = BulkWorker(
        store,
        policy,
        clock,
        stop_within=console.stop_within,
        ring=ring,
        officers=house.officers,
        methods=settings.protect.methods,
    )
    return [boards, requests, bulks, OfficersTold(store, duty, clock)]
