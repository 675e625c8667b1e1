"""Tells a client that still waits that its message was refused, where the verdict comes in time.

The message is ours all the same: it is in the ledger, and nothing of it will leave. Whatever else becomes of it, and
whatever goes wrong while we look, the answer stays yes: held or sealed is the gateway's to say, by a notice.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable
from typing import Final

from gateway.errors import GatewayError
from gateway.intake.accept import Accept
from gateway.intake.message import Message
from gateway.model.lifecycle import DeliveryState
from gateway.model.transfer import Transfer
from gateway.model.verdict import Outcome
from gateway.system.clock import Clock

TAKEN: Final = re.compile(r"250 .*accepted as (t-[0-9a-z-]+)")
LONGEST: Final = 300  # characters of a rule's sentence in a reply: RFC 5321 section 4.5.3.1.5 has 512 for a line
AT_ONCE: Final = 8  # clients that wait at the same time: each keeps a thread; further ones hear yes at once
LOOK_EVERY: Final = 0.05  # seconds


class AnsweringRefusals:
    """Accepts as `accept` does, and waits up to `seconds` for the verdict, until `closing`. `get` finds a transfer."""

    def __init__(
        self,
        accept: Accept,
        get: Callable[[str], Transfer],
        *,
        seconds: float,
        closing: threading.Event,
        clock: Clock,
    ) -> None:
        self._accept = accept
        self._get = get
        self._seconds = seconds
        self._closing = closing
        self._clock = clock
        self._places = threading.Semaphore(AT_ONCE)

    def __call__(self, message: Message) -> str:
        """Return the reply to one message."""
        reply = self._accept(message)
        found = TAKEN.match(reply)
        if not found or message.preview or not self._places.acquire(blocking=False):
            return reply
        try:
            return self._refusal(found[1]) or reply
        except GatewayError:  # it was accepted: no other answer is true any more
            return reply
        finally:
            self._places.release()

    def _refusal(self, transfer_id: str) -> str:
        """Return the reply to a message that policy refuses for everybody; empty for any other, or not in time."""
        end = self._clock.monotonic() + self._seconds
        while self._clock.monotonic() < end and not self._closing.wait(LOOK_EVERY):
            transfer = self._get(transfer_id)
            if all(each.verdict or each.state is not DeliveryState.UNDECIDED for each in transfer.deliveries):
                return refusal_of(transfer)
        return ""


def refusal_of(transfer: Transfer) -> str:
    """Return the reply that says why policy refuses a transfer for everybody; empty where it does not."""
    verdicts = [each.verdict for each in transfer.deliveries if each.state is DeliveryState.REFUSED and each.verdict]
    if len(verdicts) < len(transfer.deliveries) or any(each.outcome is not Outcome.REFUSE for each in verdicts):
        return ""
    says = " ".join(verdicts[0].reasons[0].says.split()).encode("ascii", "replace").decode()
    return f"550 5.7.1 refused: {says[:LONGEST]} ({transfer.id})"
