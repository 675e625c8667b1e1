"""deliver: hands a sealed form over, and says what the far side answered.

In      a `Sealed` and its envelope (sender, recipient); never plain content
Out     a `Receipt`; or `TryLater`, or `Undeliverable`
Laws    a form that needs verified TLS is not handed over without TLS 1.2 or later and a far side that proved itself;
        a file appears at its destination whole or not at all; retries for days, then the sender is told;
        what was handed over to one recipient is not sent again because it failed for another
Fails   `NotSealed` (held), `NotProved` (later, then decided again), `TryLater`, `Undeliverable`
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, runtime_checkable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gateway.errors import NotSealed, TryLater, Undeliverable
    from gateway.model.content import Content
    from gateway.model.transfer import Receipt, Reply, Sealed, SealedPart


@dataclass(frozen=True, slots=True, kw_only=True)
class Consignment:
    """A sealed form with its content, on its way out. `contents` pairs each sealed part with its content.

    `returns`, `envelope_id`, `notify` and `original` are what the sender wants reported (RFC 3461), as in `Transfer`
    and `Delivery`.
    """

    sealed: Sealed
    sender: str
    recipient: str
    contents: Sequence[tuple[SealedPart, Content]]
    returns: str = ""
    envelope_id: str = ""
    notify: frozenset[str] = frozenset()
    original: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What came of one consignment: a receipt, or what stood against it; and what a mail server said of it.

    `met` is true where a server took the connection, as safe as it had to be, so that all that came of it is about the
    message. `in_doubt` is true where the far side may have it though it did not say so.
    """

    receipt: Receipt | None = None
    trouble: NotSealed | TryLater | Undeliverable | None = None
    reply: Reply | None = None
    met: bool = False
    in_doubt: bool = False


class Channel(Protocol):
    """A means of hand-over. Entry-point group `gateway.channels`."""

    name: str
    takes_messages: bool

    def send(self, consignment: Consignment) -> Receipt:
        """Hand over; raises `NotSealed`, `TryLater` or `Undeliverable`."""


@runtime_checkable
class GroupChannel(Channel, Protocol):
    """A channel that hands the same content to several recipients at once. For a channel to be one is optional."""

    def send_group(self, consignments: Sequence[Consignment]) -> Sequence[Result]:
        """Hand over what differs in its recipient alone, and return what came of each, in the same order."""


@runtime_checkable
class Closing(Protocol):
    """A channel that keeps something open between hand-overs."""

    def close(self) -> None:
        """Close it; what is handed over later opens it again."""
