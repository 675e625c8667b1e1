"""The lives of a transfer, of each of its deliveries, and of each notice: the only moves there are.

A transfer is read once and has one delivery per recipient, because one mail may be delivered to one recipient and
held for another. The tables draw the diagrams in `gateway/README.md`; a test keeps them in step. The store asks
`may_move` on every write, so a move that is in no table cannot become durable.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Final, TypeVar

if TYPE_CHECKING:
    from collections.abc import Mapping

S = TypeVar("S", bound=StrEnum)


class TransferState(StrEnum):
    """Where a transfer stands."""

    RECEIVED = "received"
    INSPECTED = "inspected"
    DECIDED = "decided"
    FINISHED = "finished"
    DESTROYED = "destroyed"


class DeliveryState(StrEnum):
    """Where one recipient's delivery stands."""

    UNDECIDED = "undecided"
    CLEARED = "cleared"
    SEALED = "sealed"
    HELD = "held"
    DELIVERED = "delivered"
    REFUSED = "refused"
    UNDELIVERABLE = "undeliverable"


class NoticeState(StrEnum):
    """Where a notice stands."""

    WAITING = "waiting"
    SENT = "sent"
    FAILED = "failed"


T = TransferState
D = DeliveryState
N = NoticeState

TRANSFER_MOVES: Final[dict[TransferState, dict[str, TransferState]]] = {
    T.RECEIVED: {"inspected": T.INSPECTED},
    T.INSPECTED: {"decided": T.DECIDED},
    T.DECIDED: {"finished": T.FINISHED},
    T.FINISHED: {"destroyed": T.DESTROYED},
    T.DESTROYED: {},
}

DELIVERY_MOVES: Final[dict[DeliveryState, dict[str, DeliveryState]]] = {
    D.UNDECIDED: {"cleared": D.CLEARED, "held": D.HELD, "refused": D.REFUSED},
    D.CLEARED: {"sealed": D.SEALED, "held": D.HELD},
    D.SEALED: {
        "delivered": D.DELIVERED,
        "held": D.HELD,
        "failed": D.UNDELIVERABLE,
        "recalled": D.REFUSED,
        "not proved": D.UNDECIDED,  # its route could not prove how safe it is: decided again, more strictly
    },
    D.HELD: {"released": D.UNDECIDED, "refused": D.REFUSED},
    D.DELIVERED: {},
    D.REFUSED: {},
    D.UNDELIVERABLE: {},
}

NOTICE_MOVES: Final[dict[NoticeState, dict[str, NoticeState]]] = {
    N.WAITING: {"sent": N.SENT, "failed": N.FAILED},
    N.SENT: {},
    N.FAILED: {},
}

ENDED: Final = frozenset(state for state, moves in DELIVERY_MOVES.items() if not moves)


class IllegalMove(Exception):
    """Our own mistake: a move that is in no table."""


def may_move(moves: Mapping[S, Mapping[str, S]], before: S, after: S) -> bool:
    """Say whether the table has a move from `before` to `after`; standing still is always allowed."""
    return before == after or after in moves[before].values()
