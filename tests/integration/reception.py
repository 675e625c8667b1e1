"""A listening mail door with a store in memory behind it, for tests of the dialogue."""

from __future__ import annotations

from types import TracebackType
from typing import Self

from gateway.intake.accept import Acceptor
from gateway.intake.door import MainDoor
from gateway.intake.mail import MailDoor
from gateway.intake.smtp_lobby import Terms
from gateway.model.transfer import Transfer
from tests.unit.intake.memory_store import HandClock, MemoryTransfers, MemoryVault


class Reception:
    """Start it with `with`; `transfers` and `vault` show what came in and can be told to fail."""

    def __init__(
        self,
        *,
        max_size: int = 1 << 20,
        xforward_peers: tuple[str, ...] = (),
        terms: Terms | None = None,
        tls_at: tuple[str, int] | None = None,
    ) -> None:
        self.transfers = MemoryTransfers()
        self.vault = MemoryVault()
        self.clock = HandClock()
        self.door = MailDoor(
            Acceptor(MainDoor(self.transfers, self.vault, self.clock), hostname="gw.example", clock=self.clock),
            port=0,
            terms=terms or Terms(max_size=max_size, xforward_peers=xforward_peers),
            tls_at=tls_at,
            hostname="gw.example",
        )

    def __enter__(self) -> Self:
        self.door.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.door.stop()

    @property
    def address(self) -> tuple[str, int]:
        """Where it listens."""
        return self.door.address

    @property
    def admitted(self) -> list[Transfer]:
        """What came in, oldest first."""
        return list(self.transfers.kept.values())

    def content(self, transfer: Transfer) -> bytes:
        """Return the message as it was stored: our trace field, then what the sender sent."""
        return self.vault.read(transfer.parts[0].object_id)

    def sent(self, transfer: Transfer) -> bytes:
        """Return the message as the sender sent it."""
        content = self.content(transfer)
        for _ in range(3):  # the lines of our trace field
            content = content.partition(b"\r\n")[2]
        return content
