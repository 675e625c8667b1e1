"""intake: the doors. A file, a message or a command comes in, a durably accepted transfer comes out.

In      a complete file or folder in an outbound folder, a message over SMTP, `gateway send`
Out     a `Transfer` that is RECEIVED, committed with its content and first ledger entry
Laws    accepted means durable: SMTP 250, or the file leaving the outbound folder, only after the commit;
        one `admit()` for all three doors; names are data, never paths; a file is claimed by rename, once;
        passwords and reasons that come with content are never part of it
Fails   `NotAccepted` (no recipient, no content, a malformed address: answered 55x; a file is reported and stays);
        `StorageFull` and `StoreError` (answered 452 and 451; a file stays where it is). What is passed over for good
        (a link, a FIFO, a hard link) is reported, not only skipped, and never stops what stands beside it
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from gateway.model.content import Readable
    from gateway.model.transfer import Origin, Transfer


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """What stands at a door. `parts` are (untrusted name, content) pairs; a mail message is one part and `message`.

    A door that may knock twice for the same content (after a crash, say) names its `transfer_id` beforehand: the
    second time it gets the transfer that is there already. Empty: a new id is drawn. `account` names the account of the
    operating system that brought it, where the door can tell, or as `smtp:NAME` one of the mail door.
    `passwords` are for looking inside what is locked.
    `reason` is why it is sent and `consent` what the person concerned said, both as `explanation` checks them. `shown`
    are the addresses that every recipient of a message sees, `authors` those of who wrote it; `refers_to` the
    Message-IDs of what it answers, as `thread` writes them. `message_id`, `sent_sha256`, `urgent`, `returns`,
    `envelope_id`, `automatic` and `preview` are as in `Transfer`; `reports` holds for each recipient what RCPT said
    (`NOTIFY`, `ORCPT`), or is empty.
    """

    origin: Origin
    sender: str
    recipients: tuple[str, ...]
    parts: Sequence[tuple[str, Readable]]
    route: str = ""
    subject: str = ""
    message: bool = False
    transfer_id: str = ""
    account: str = ""
    passwords: tuple[str, ...] = field(default=(), repr=False)
    reason: str = ""
    consent: str = ""
    shown: frozenset[str] = frozenset()
    authors: frozenset[str] = frozenset()
    refers_to: tuple[str, ...] = ()
    message_id: str = ""
    sent_sha256: str = ""
    urgent: bool = False
    returns: str = ""
    envelope_id: str = ""
    automatic: bool = False
    preview: bool = False
    reports: Sequence[Mapping[str, str]] = ()


class Door(Protocol):
    """Takes an arrival into the house."""

    def admit(self, arrival: Arrival) -> Transfer:
        """Spool, hash, record and commit; return the durable transfer."""
