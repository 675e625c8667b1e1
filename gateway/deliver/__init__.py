"""deliver: hands a sealed form over, and says what the far side answered.

In      a `Sealed` and its envelope (sender, recipient); never plain content
Out     a `Receipt`; or `TryLater`, or `Undeliverable`
Laws    a form that needs verified TLS is not handed over without TLS 1.2 or later and a verified certificate;
        a file appears at its destination whole or not at all; retries for days, then the sender is told
Fails   `NotSealed` (held), `TryLater`, `Undeliverable`
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gateway.model.content import Content
    from gateway.model.transfer import Receipt, Sealed, SealedPart


@dataclass(frozen=True, slots=True, kw_only=True)
class Consignment:
    """A sealed form with its content, on its way out. `contents` pairs each sealed part with its content."""

    sealed: Sealed
    sender: str
    recipient: str
    contents: Sequence[tuple[SealedPart, Content]]


class Channel(Protocol):
    """A means of hand-over. Entry-point group `gateway.channels`."""

    name: str
    takes_messages: bool

    def send(self, consignment: Consignment) -> Receipt:
        """Hand over; raises `NotSealed`, `TryLater` or `Undeliverable`."""
