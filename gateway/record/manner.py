"""How senders of mail are told: in which languages, whether they may answer by mail, and when they hear of a delay."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from gateway.model.lifecycle import DeliveryState
from gateway.model.transfer import Delivery, Transfer
from gateway.record.notices import DELAY, Ways, wants
from gateway.record.sentences import Sentences
from gateway.record.words import ENGLISH

ANSWERS_FOR: Final = timedelta(days=7)
"""How long an answer to a notice is read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Manner:
    """`answers_from` are the domains whose people may answer by mail, `late_after` is when a delay is told of."""

    languages: Sequence[Sentences] = (ENGLISH,)
    answers_from: frozenset[str] = frozenset()
    late_after: timedelta = timedelta(hours=4)

    def ways(self, transfer: Transfer, *, now: datetime, give_up_after: timedelta) -> Ways:
        """Return what a sender can do by mail now, and which delays they must be told of."""
        late = {each.id: begun + give_up_after for each, begun in self._late(transfer) if self.tells(begun) <= now}
        may_answer = transfer.sender.rpartition("@")[2].lower() in self.answers_from
        return Ways(answers_until=now + ANSWERS_FOR if may_answer else None, late=late)

    def tells(self, begun: datetime) -> datetime:
        """Return when the sender is told of what was first due to go at `begun`."""
        return begun + self.late_after

    def times(self, transfer: Transfer) -> Iterator[datetime]:
        """Yield when the sender must be told of a delay, as it stands."""
        return (self.tells(begun) for _, begun in self._late(transfer))

    @staticmethod
    def _late(transfer: Transfer) -> Iterator[tuple[Delivery, datetime]]:
        """Yield what was tried and waits, the sender of which does not know and wants to, with when it was first due.

        A null sender is nobody, and a machine does not wait (RFC 3834).
        """
        if not transfer.sender or transfer.automatic or transfer.preview:
            return
        for each in transfer.deliveries:
            waits = each.state is DeliveryState.SEALED and each.attempts and each.due and not each.delay_told
            if waits and each.begun and wants(each, DELAY):
                yield each, each.begun
