"""Carries out decisions over many: files an instruction for each delivery, as its person would, and notes the result.

Nobody gains anything by deciding of many at once: each delivery is checked as if it were the only one, with the rights
that the person has at that moment, and of the version that was held when they decided. After a crash it goes on where
it was: an instruction's id names its place, so that none is filed twice.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Final

from gateway.daemon.rounds import Rounds
from gateway.decide.consequence import Fate, consequence
from gateway.decide.policy import Policy
from gateway.errors import Conflict, NotFound, NotPermitted
from gateway.model.bulk import Bulk, BulkItem, Result
from gateway.model.record import DECIDING, Act, Instruction, Officer
from gateway.model.transfer import Transfer
from gateway.model.verdict import METHODS
from gateway.quarantine.filing import instruction, look_before
from gateway.quarantine.people import deciding, officer_of, people_of
from gateway.quarantine.review import carry_out
from gateway.store.embedded import Store
from gateway.system.clock import Clock

LOOK_EVERY: Final = 1.0  # seconds
AT_A_TIME: Final = 50
NO_OFFICER: Final = "who decided may not decide any more"
NO_DECISION: Final = "this can be done one at a time only"
SECOND: Final = "filed; a second person must release it too"


class BulkWorker(Rounds):
    """The thread. `look` carries on what is running, a piece of each.

    `officers` are those of the settings and `methods` the house's order of sealing: what is foretold here is what the
    console foretells of one delivery.
    """

    def __init__(
        self,
        store: Store,
        policy: Callable[[], Policy],
        clock: Clock,
        *,
        stop_within: timedelta,
        ring: Callable[[], None],
        officers: Sequence[Officer] = (),
        methods: Sequence[str] = METHODS,
    ) -> None:
        super().__init__("bulks", every=LOOK_EVERY, failed="bulk:failed")
        self._store, self._policy, self._clock = store, policy, clock
        self._stop_within, self._ring = stop_within, ring
        self._officers, self._methods = officers, methods

    def look(self) -> int:
        """Carry on with each that is running, by so many deliveries; return how many there were."""
        done = 0
        for bulk in self._store.bulks.running():
            officer = self._officer(bulk)
            for item in self._store.bulks.next(bulk.id, AT_A_TIME):
                if self._stopping.is_set():
                    return done
                self._store.bulks.record(bulk.id, [self._carried_out(bulk, item, officer)])
                done += 1
            self._ring()
        return done

    def _officer(self, bulk: Bulk) -> Officer | None:
        try:
            return officer_of(self._store.people.get(bulk.person_id))
        except NotFound:
            return None

    def _carried_out(self, bulk: Bulk, item: BulkItem, officer: Officer | None) -> BulkItem:
        """Return one delivery with what came of it."""
        if officer is None or bulk.act not in DECIDING:
            return replace(item, result=Result.REFUSED, words=NO_DECISION if officer else NO_OFFICER)
        try:
            words = self._filed(bulk, item, officer)
        except NotPermitted as refusal:
            return replace(item, result=Result.REFUSED, words=refusal.message)
        except (Conflict, NotFound) as missed:
            return replace(item, result=Result.MISSED, words=missed.message)
        return replace(item, result=Result.FILED, words=words)

    def _filed(self, bulk: Bulk, item: BulkItem, officer: Officer) -> str:
        """File the instruction for one delivery, and return what its officer should know of it, if anything."""
        transfer = self._store.transfers.get(item.transfer_id)
        name = f"i-{bulk.id}-{item.position}"
        if self._store.transfers.was_instructed(name):
            return ""  # before a crash; it may be carried out by now
        filed = instruction(
            transfer,
            item.delivery_id,
            bulk.act,
            instruction_id=name,
            officer=officer,
            account=officer.accounts[0],
            reason=bulk.reason,
            now=self._clock.now(),
            stop_within=self._stop_within,
            method=bulk.method,
        )
        look_before(transfer, filed, officer)
        words = self._foreseen(transfer, filed)
        self._store.transfers.instruct(filed, seen=item.version)
        return words

    def _foreseen(self, transfer: Transfer, filed: Instruction) -> str:
        """Say whether it will wait for a second person."""
        if filed.act is not Act.RELEASE:
            return ""
        after = carry_out(transfer, filed, self._officers, people_of(self._store.people.get))
        delivery = next(each for each in after.deliveries if each.id == filed.delivery_id)
        roles = {role for each in deciding(self._store.people.all(), self._officers) for role in each.roles}
        found = consequence(self._policy(), delivery, at=filed.at, methods=self._methods, roles=roles)
        return SECOND if found and found.fate is Fate.SECOND_PERSON else ""
