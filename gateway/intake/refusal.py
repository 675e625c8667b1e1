"""Tells a client that still waits that its message was refused, where the verdict comes in time.

The message is ours all the same: it is in the ledger, and nothing of it will leave. Whatever else becomes of it, the
answer stays yes: held or sealed is the gateway's to say, by a notice.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable
from typing import Final

from gateway.intake.accept import Accept
from gateway.intake.message import Message
from gateway.model.lifecycle import DeliveryState
from gateway.model.transfer import Transfer
from gateway.system.clock import Clock

TAKEN: Final = re.compile(r"250 .* (t-[0-9a-z-]+)")
LONGEST: Final = 300  # characters of a rule's sentence in a reply: RFC 5321 section 4.5.3.1.5 has 512 for a line
LOOK_EVERY: Final = 0.05  # seconds


def answering_refusals(accept: Accept, get: Callable[[str], Transfer], seconds: float, clock: Clock) -> Accept:
    """Return what accepts as before, and waits so long for the verdict; `get` finds a transfer by its id."""

    def answer(message: Message) -> str:
        reply = accept(message)
        found = TAKEN.match(reply)
        if not found:
            return reply
        end, pause = clock.monotonic() + seconds, threading.Event()
        while clock.monotonic() < end:
            transfer = get(found[1])
            if all(each.verdict or each.state is not DeliveryState.UNDECIDED for each in transfer.deliveries):
                return _refusal(transfer) or reply
            pause.wait(LOOK_EVERY)
        return reply

    return answer


def _refusal(transfer: Transfer) -> str:
    """Return the reply to a message that was refused for everybody, empty for any other."""
    verdicts = [each.verdict for each in transfer.deliveries if each.state is DeliveryState.REFUSED and each.verdict]
    if len(verdicts) < len(transfer.deliveries):
        return ""
    says = " ".join(verdicts[0].reasons[0].says.split()).encode("ascii", "replace").decode()
    return f"550 5.7.1 refused: {says[:LONGEST]} ({transfer.id})"
