"""A house on a real store, with a channel that keeps whom it was asked to hand over to."""

from __future__ import annotations

import io
import time
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from threading import Lock

from gateway.config.load import load_policies
from gateway.daemon.runner import Runner
from gateway.deliver import Channel, Consignment
from gateway.intake import Arrival
from gateway.intake.door import MainDoor
from gateway.model.inspection import Inspection
from gateway.model.lifecycle import DeliveryState
from gateway.model.schedule import Schedule
from gateway.model.transfer import Origin, Receipt, Transfer
from gateway.moves.house import House
from gateway.protect.seal import Protector
from gateway.store.embedded import Store
from gateway.system.clock import MachineClock
from gateway.testing.values import an_inspection

POLICY = load_policies(Path(__file__).parents[3] / "policies")
SOON = Schedule(first=timedelta(seconds=1), longest=timedelta(seconds=1), give_up_after=timedelta(hours=1))


class SlowChannel:
    """Takes its time, and keeps whom it was asked to hand over to."""

    name = "slow"
    takes_messages = False

    def __init__(self, seconds: float = 0) -> None:
        self.seconds = seconds
        self.sent: Counter[str] = Counter()
        self._lock = Lock()

    def send(self, consignment: Consignment) -> Receipt:
        time.sleep(self.seconds)
        with self._lock:
            self.sent[consignment.recipient] += 1
        return Receipt(channel=self.name, at=MachineClock().now(), answer="250 ok")


def clean(_: Transfer) -> Inspection:
    return an_inspection()


def house(store: Store, channel: Channel, inspect: Callable[[Transfer], Inspection] = clean) -> House:
    return House(
        transfers=store.transfers,
        vault=store.vault,
        clock=MachineClock(),
        policy=lambda: POLICY,
        inspect=inspect,
        protector=Protector("Council", ()),
        channels={route.channel: channel for route in POLICY.routes.values()},
        post=lambda *_: None,
        may_tell=lambda *_: True,
        schedule=SOON,
        internal_domains=frozenset({"council.example"}),
        help_contact="it@council.example",
    )


def admit(store: Store, *recipients: str, name: str = "note.txt", content: bytes = b"a note") -> Transfer:
    arrival = Arrival(
        origin=Origin.COMMAND,
        sender="staff@council.example",
        recipients=recipients,
        parts=[(name, io.BytesIO(content))],
    )
    return MainDoor(store.transfers, store.vault, MachineClock()).admit(arrival)


def carried(store: Store, runner: Runner) -> None:
    """Run until nothing is due any more."""
    runner.start()
    end = time.monotonic() + 90
    while store.wakes.next_due() is not None and time.monotonic() < end:
        time.sleep(0.05)
    runner.stop()
    assert store.wakes.next_due() is None


def states(store: Store, transfer: Transfer) -> set[DeliveryState]:
    return {delivery.state for delivery in store.transfers.get(transfer.id).deliveries}
