"""The history of one transfer, out of the ledger: by the numbers that the index noted, and what it has not noted yet.

The index (`store.index`) is behind by a second or so; what it lacks is looked through.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from sqlalchemy import text

from gateway.store.index import mark_of

if TYPE_CHECKING:
    from sqlalchemy import Connection

ABOUT: Final = text(
    "SELECT seq, entry FROM (SELECT seq FROM told WHERE transfer_id = :transfer"
    " UNION SELECT seq FROM ledger WHERE seq > :after AND instr(entry, :named) > 0)"
    " JOIN ledger USING (seq) ORDER BY seq DESC LIMIT :most"
)


def about(connection: Connection, transfer_id: str, most: int) -> list[tuple[int, bytes]]:
    """Return the entries about a transfer with their numbers, oldest first: of very many the newest."""
    named = f'"transfer":{json.dumps(transfer_id)}'.encode("ascii")  # as canonical JSON has it, and no text within it
    about = {"transfer": transfer_id, "after": mark_of(connection), "named": named, "most": most}
    return [(seq, entry) for seq, entry in reversed(connection.execute(ABOUT, about).all())]
