"""What those who watch are told: what waits, whether every thread is at work, whether content can come in."""

from __future__ import annotations

import shutil
import threading
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from typing import Final

from gateway.config.listening import host_and_port
from gateway.config.settings import Settings
from gateway.daemon.metrics import Metrics
from gateway.daemon.probes import Probes
from gateway.errors import GatewayError
from gateway.store.embedded import Store
from gateway.store.numbers import deliveries_by_state
from gateway.system.clock import Clock

NEEDED: Final = (
    *("store-writer", "ledger", "sweeper", "mail-door", "milter", "folder-door", "policy", "keys", "runner-", "siem-"),
    *("orphans", "boards", "console-requests", "bulks", "officers"),
)
WRITES_WITHIN: Final = 5.0  # seconds


class Health:
    """What is wrong with a daemon whose threads are those that ran when this was made."""

    def __init__(self, settings: Settings, store: Store) -> None:
        self._settings, self._store = settings, store
        self._threads = [each for each in threading.enumerate() if each.name.startswith(NEEDED)]

    def live(self) -> Sequence[str]:
        """Return what only a restart would mend."""
        ended = [f"the thread {each.name} has ended" for each in self._threads if not each.is_alive()]
        return [*(["the store has failed"] if self._store.database.failure else []), *ended]

    def ready(self) -> Sequence[str]:
        """Return why nothing can come in for now."""
        places = (self._settings.paths.state, self._settings.paths.quarantine)
        reserve = self._settings.mail.limits.reserve
        full = [f"the disk of {place} is full" for place in places if shutil.disk_usage(place).free < reserve]
        try:
            self._store.vault.ring.primary()
        except GatewayError as error:
            full = [f"the vault's key cannot be used: {error.message}", *full]
        return [*full, *self._writes()]

    def _writes(self) -> Sequence[str]:
        """Have a transaction of nothing at all committed, in its turn: it waits for what all others wait for."""
        try:
            written = self._store.database.submit(lambda _connection: None)
            try:
                written.result(WRITES_WITHIN)
            except TimeoutError:
                written.cancel()
                return [f"the database took no write within {WRITES_WITHIN:.0f} seconds"]
        except GatewayError as error:
            return [f"the database takes no write: {error.message}"]
        return ()


def _without_domain(lane: str) -> str:
    """Return a lane as it is shown to anybody: who is written to is nobody's business, and there may be any number."""
    return lane.partition("/")[0]


def watch(settings: Settings, store: Store, metrics: Metrics, clock: Clock, up: ExitStack) -> None:
    """Listen for those who watch, if the settings say where; everything must run already. `GatewayError`."""
    if settings.monitoring.listen is None:
        return

    def waiting() -> Mapping[str, float]:
        counts = Counter[str]()
        for each in store.lanes.waiting(clock.now()):
            counts[_without_domain(each.lane)] += each.transfers
        return counts

    def oldest() -> Mapping[str, float]:
        now, ages = clock.now(), dict[str, float]()
        for each in store.lanes.waiting(now):
            if each.oldest:
                lane = _without_domain(each.lane)
                ages[lane] = max(ages.get(lane, 0.0), (now - each.oldest).total_seconds())
        return ages

    metrics.ask_when_looked_at("queue_transfers", "Transfers that wait, by lane", "lane", waiting)
    metrics.ask_when_looked_at("queue_oldest_seconds", "How long ago the oldest of them came in", "lane", oldest)
    metrics.ask_when_looked_at(
        "deliveries_unended", "Deliveries that have not ended", "state", lambda: deliveries_by_state(store.database)
    )
    health = Health(settings, store)
    host, port = host_and_port(settings.monitoring.listen)
    probes = Probes(host, port, registry=metrics.registry, live=health.live, ready=health.ready)
    probes.start()
    up.callback(probes.stop)
