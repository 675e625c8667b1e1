"""Mail that probably came before: its sender did not read our 250 in time and sent it again (RFC 5321 4.5.3.2.6).

The same within an hour in everything that a sender repeats: Message-ID, envelope, and every byte of the content as it
is kept, but for the trace field, which tells one passage from another. Both are delivered: nobody can know that it was
no second message, and a lost one is worse than one that comes twice. The second is marked, in the ledger too.

One without a Message-ID is not known. What only asks what would happen neither repeats nor is repeated. Whether there
may be one before is asked within the commit, where that is next to nothing: which one it was, only then.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from gateway.model.transfer import Transfer
from gateway.store import Transfers

WITHIN: Final = timedelta(hours=1)


def alone_since(transfer: Transfer) -> datetime | None:
    """Return since when mail with the same Message-ID may be what this one repeats, None where it can repeat none."""
    may_repeat = transfer.message_id and transfer.sent_sha256 and not transfer.preview
    return transfer.received_at - WITHIN if may_repeat else None


def earlier(transfer: Transfer, transfers: Transfers) -> str:
    """Return the id of the latest transfer that this one probably is once more, empty where there is none."""
    since = alone_since(transfer)
    if since is None:
        return ""
    alike = transfers.with_message_id(transfer.message_id, since=since, sent=transfer.sent_sha256)
    known = (transfers.get(each) for each in alike if each != transfer.id)
    return next((each.id for each in known if not each.preview and _envelope(each) == _envelope(transfer)), "")


def _envelope(transfer: Transfer) -> tuple[str, str, frozenset[str]]:
    return transfer.sender, transfer.sent_sha256, frozenset(each.recipient for each in transfer.deliveries)
