"""Every error a person can meet, as one tree.

    GatewayError                  something a person must know; never holds content
    ├── Invalid                   configuration or policy: complaints with file:line:column   (exit 3)
    ├── NotAccepted               what stands at a door cannot become a transfer               (exit 2)
    ├── NotFound                  no such transfer, delivery, key or file                     (exit 4)
    ├── NotPermitted              this person may not do that                                 (exit 1)
    ├── StoreError                the database, the content store or the ledger
    │   ├── Busy                  another process or step has it; ask again
    │   ├── Conflict              somebody else moved the transfer first; ask again
    │   ├── Damaged               stored content or ledger does not verify
    │   ├── StorageFull           no room: tell the sender to try later
    │   └── Unsound               this SQLite build, disk or key may not be used
    │       └── NotInstalled      a program that is needed is not on this machine
    ├── NotSealed                 protection failed: the transfer is held, never sent in clear
    ├── TryLater                  a channel could not hand over now; the sealed form waits
    │   └── NotProved             its far side could not prove how safe the connection is
    └── Undeliverable             a channel will never hand this over; the sender is told

Three kinds of trouble, three ways: trouble in *content* is a `Gap` (a value, not an error); trouble in the
*world* is an error of this tree; *our own* mistakes are plain exceptions, and hold the transfer.
Voice: lower case, no full stop, what is wrong, then what to do.
"""

from __future__ import annotations

from dataclasses import dataclass


class GatewayError(Exception):
    """Base of the tree. `hint` says what the reader can do about it."""

    exit_code = 1

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        """Return the one or two lines a person is shown."""
        return f"{self.message}\n  {self.hint}" if self.hint else self.message


@dataclass(frozen=True, slots=True, kw_only=True)
class Complaint:
    """One thing wrong in one file: where it stands (line and column count from 1) and what to do."""

    file: str
    line: int
    column: int
    message: str

    def __str__(self) -> str:
        """Return `file:line:column: message`."""
        return f"{self.file}:{self.line}:{self.column}: {self.message}"


class Invalid(GatewayError):
    """Configuration or policy that may not be loaded; every complaint at once."""

    exit_code = 3

    def __init__(self, complaints: tuple[Complaint, ...]) -> None:
        super().__init__("\n".join(str(complaint) for complaint in complaints))
        self.complaints = complaints


class NotAccepted(GatewayError):
    """What stands at a door cannot become a transfer: no recipient, no content, a malformed address."""

    exit_code = 2


class NotFound(GatewayError):
    """What was asked for is not there."""

    exit_code = 4


class NotPermitted(GatewayError):
    """The person asking may not do this."""


class StoreError(GatewayError):
    """The durable state could not be read or written."""


class Busy(StoreError):
    """Another process or step has it; nothing is lost, ask again."""


class Conflict(StoreError):
    """The transfer moved since it was read; nothing was written."""


class Repeated(StoreError):
    """Mail with the same Message-ID came not long before; nothing was written."""


class Damaged(StoreError):
    """Something stored does not verify: truncated, altered, or under another key."""


class StorageFull(StoreError):
    """There is no room left for content; nothing was accepted."""


class Unsound(StoreError):
    """A part of the storage may lose or expose data and is refused at the start."""


class NotInstalled(Unsound):
    """A program that is needed is not on this machine."""


class NotSealed(GatewayError):
    """Protection failed or could not be verified. The delivery is held."""


class TryLater(GatewayError):
    """The far side could not take it now."""


class NotProved(TryLater):
    """The far side could not prove what the connection must be: no TLS, another name, a certificate that fails."""


class Undeliverable(GatewayError):
    """The far side will not take it, now or later. `status` is why, as RFC 3463 has it; empty where nobody knows."""

    def __init__(self, message: str, *, hint: str = "", status: str = "") -> None:
        super().__init__(message, hint=hint)
        self.status = status
