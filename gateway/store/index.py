"""What is found by search, and which entries of the ledger are about which transfer: kept up beside the walk.

The ledger says in order what happened. Somebody who is in no hurry goes through it, a batch at a time: notes for each
entry whose it is, and takes in the words of each transfer that was received or inspected. No step pays for it.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from gateway.model.inspection import LONGEST_NAME
from gateway.model.record import Event
from gateway.store import codec
from gateway.store.boards import NO_TIME, PUT_UP, READ
from gateway.store.prepared import driver_of

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from gateway.store.database import Database

MARK: Final = "index"
"""The board that says how far it has come: the number of the last entry that is taken in."""

BATCH: Final = 250
"""Entries that one transaction takes in: it may keep no step waiting for long."""
MOST_NAMES: Final = 200
"""Names of files that one transfer is found by, and of parts that were named only where something was found."""
MOST_RECIPIENTS: Final = 5_000
HASH: Final = 16
"""Characters of a SHA-256 that it is found by."""
TELLING: Final = frozenset({Event.TRANSFER_RECEIVED.value, Event.TRANSFER_INSPECTED.value})

# Plain SQL on the plain connection: this runs for every transfer, if beside the walk.
ENTRIES: Final = "SELECT seq, entry FROM ledger WHERE seq > :after ORDER BY seq LIMIT :most"
WORDS: Final = (
    "SELECT t.rowid, json_extract(t.value, '$.sender', '$.sent_sha256', '$.parts'),"
    " (SELECT group_concat(json_extract(d.value, '$.recipient'), ' ') FROM"
    "  (SELECT value FROM deliveries WHERE transfer_id = t.id LIMIT :recipients) d),"
    " json_extract(t.inspection, '$.names'),"
    " (SELECT group_concat(name, ' ') FROM (SELECT substr(json_extract(f.value, '$.part'), -:longest) AS name"
    "  FROM json_each(t.inspection, '$.findings') f UNION SELECT substr(json_extract(g.value, '$.part'), -:longest)"
    "  FROM json_each(t.inspection, '$.gaps') g LIMIT :names))"
    " FROM json_each(:ids) named CROSS JOIN transfers t ON t.id = named.value"
)
NOTE: Final = "INSERT OR IGNORE INTO told (transfer_id, seq) VALUES (?, ?)"
TAKE_IN: Final = "INSERT OR REPLACE INTO search (rowid, sender, recipients, names, hashes) VALUES (?, ?, ?, ?, ?)"


def mark_of(connection: Connection) -> int:
    """Return the number of the last entry that was taken in, -1 before the first."""
    row = connection.execute(READ, {"named": MARK}).first()
    return -1 if row is None else int(json.loads(row.value))


def catch_up(database: Database) -> int:
    """Take in the next entries of the ledger in one short transaction; return how many, 0 when there are none left.

    For one caller at a time; two do the same twice.
    """
    with database.read() as connection:
        driver = driver_of(connection)
        entries = driver.execute(ENTRIES, {"after": mark_of(connection), "most": BATCH}).fetchall()
        lines = [(seq, *_read(entry)) for seq, entry in entries]
        named = sorted({transfer for _, event, transfer in lines if event in TELLING})
        bounds = {"recipients": MOST_RECIPIENTS, "names": MOST_NAMES, "longest": LONGEST_NAME}
        about = {"ids": json.dumps(named), **bounds}
        words = [_words(*row) for row in driver.execute(WORDS, about)] if named else []
    if not lines:
        return 0
    notes = [(transfer, seq) for seq, _, transfer in lines if transfer]
    mark = {"name": MARK, "at": codec.write_time(NO_TIME), "value": str(lines[-1][0])}

    def write(connection: Connection) -> None:
        driver = driver_of(connection)
        driver.executemany(NOTE, notes)
        driver.executemany(TAKE_IN, words)
        connection.execute(PUT_UP, mark)

    database.write(write)
    return len(lines)


def _read(entry: bytes) -> tuple[str, str]:
    """Return the event and the transfer of an entry; of one that cannot be read, nothing: `verify` says what it is."""
    try:
        line = json.loads(entry)
        return str(line["event"]), str(line["transfer"])
    except (ValueError, TypeError, KeyError):
        return "", ""


def _words(
    number: int, own: str, recipients: str | None, within: str | None, named: str | None
) -> tuple[int, str, str, str, str]:
    """Return the row of a transfer in the table of words.

    `within` are the parts that were opened, `named` those of findings and gaps: what was not opened is a gap alone, and
    an older gateway kept no others.
    """
    sender, sent, parts = json.loads(own)
    hashes = {sent or "", *(each["sha256"] for each in parts[:MOST_NAMES])}
    names = " ".join([*(each["name"] for each in parts[:MOST_NAMES]), *json.loads(within or "[]"), named or ""])
    return number, sender, recipients or "", names, " ".join(sorted(each[:HASH] for each in hashes))
