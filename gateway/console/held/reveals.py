"""What officers asked to see and what is on its way: the keys that open it, in memory and nowhere else.

The console cannot open content. It files an instruction with a key that it drew in memory; the daemon records it, opens
the content, and leaves what was asked for sealed for that key.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Final

from gateway.console.held.filing import Case, drafted
from gateway.model.record import Act, FoundAt
from gateway.quarantine.filing import look_before
from gateway.store.exchange import LIVES, Waiting, wait_for_answer, waiting_to_see
from gateway.system.ids import serial

MOST: Final = 1_000
WAIT: Final = 4.0
"""Seconds that a page waits for the daemon before it says that it takes longer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reveal:
    """Something on its way: whose it is, on which page it is shown, since when, and how it is opened."""

    person_id: str
    path: str
    at: datetime
    waiting: Waiting = field(repr=False)

    @property
    def id(self) -> str:
        """The instruction that asks for it, by which it is looked for again."""
        return self.waiting.id


class Reveals:
    """What is on its way. Each is taken once, by who asked; what nobody took is forgotten with its parcel."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._known: dict[str, Reveal] = {}

    def keep(self, reveal: Reveal) -> None:
        """Remember one."""
        with self._lock:
            fresh = {name: each for name, each in self._known.items() if reveal.at - each.at < LIVES}
            self._known = dict(list(fresh.items())[-MOST:]) | {reveal.id: reveal}

    def of(self, instruction_id: str, person_id: str) -> Reveal | None:
        """Return one that this person asked for."""
        with self._lock:
            found = self._known.get(instruction_id)
        return found if found is not None and found.person_id == person_id else None

    def forget(self, instruction_id: str) -> None:
        """Forget one: it was taken."""
        with self._lock:
            self._known.pop(instruction_id, None)


WAITING: Final = Reveals()
"""What is on its way to this process."""


def ask_to_see(case: Case, path: str, act: Act, reason: str = "", found: FoundAt | None = None) -> Reveal:
    """File that the visitor asks to see something, for the page `path`; raises what carrying it out would raise."""
    waiting = waiting_to_see(serial("i"))
    filed = replace(drafted(case, act, reason), id=waiting.id, found=found, key=waiting.key.public)
    look_before(case.transfer, filed, case.acting_officer())
    reveal = Reveal(person_id=case.visit.me.id, path=path, at=case.desk.clock.now(), waiting=waiting)
    WAITING.keep(reveal)
    case.desk.store.transfers.instruct(filed)
    return reveal


def on_its_way(case: Case, path: str) -> Reveal | None:
    """Return what the visitor asked for on this page and looks for again; None once it was taken or took too long."""
    known = WAITING.of(case.visit.said("instruction"), case.visit.me.id)
    if known is None or known.path != path:
        return None
    if case.desk.clock.now() - known.at >= LIVES:
        WAITING.forget(known.id)
        return None
    return known


def what_came(case: Case, reveal: Reveal, *, seconds: float = 0.0) -> Mapping[str, Any] | None:
    """Return the daemon's answer, once, waiting so long for it; None where it is not there yet."""
    parcels, now = case.desk.store.parcels, case.desk.clock.now
    said = wait_for_answer(parcels, reveal.waiting, now, seconds=seconds)
    if said is not None:
        WAITING.forget(reveal.id)
    return said
