"""What a gateway's database says of all its transfers at once, read while it runs."""

from __future__ import annotations

import json
import sqlite3
from collections import defaultdict
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from gateway.model.record import Event

UNSETTLED: Final = """\
SELECT count(*) FROM transfers AS t WHERE t.state NOT IN ('finished', 'destroyed') AND (
  t.state != 'decided'
  OR EXISTS (SELECT 1 FROM deliveries AS d WHERE d.transfer_id = t.id AND d.state IN ('undecided', 'cleared', 'sealed'))
  OR EXISTS (SELECT 1 FROM notices AS n WHERE n.transfer_id = t.id AND n.state = 'waiting')
)"""
HELD: Final = "SELECT json_extract(value, '$.recipient') FROM deliveries WHERE state = 'held'"
UNREAD: Final = """\
SELECT json_extract(d.value, '$.recipient') FROM deliveries AS d JOIN transfers AS t ON t.id = d.transfer_id
WHERE d.state = 'held' AND EXISTS (
  SELECT 1 FROM json_each(t.inspection, '$.gaps') AS g WHERE json_extract(g.value, '$.kind') = 'crashed'
)"""
TRIES: Final = "SELECT coalesce(max(tries), 0) FROM wakes"
REPEATS: Final = "SELECT id FROM transfers WHERE coalesce(json_extract(value, '$.repeats'), '') != ''"


@dataclass
class Marks:
    """How often the gateway said of a transfer that somebody may have it twice."""

    repeats: int = 0
    attempts: int = 0


class Watch:
    """Asks the database of one installation. A connection that only reads does no harm with any build of SQLite."""

    def __init__(self, state: Path) -> None:
        self._path = state / "gateway.db"

    def _ask(self, statement: str, *values: object) -> Sequence[Any]:
        with closing(sqlite3.connect(f"file:{self._path}?mode=ro", uri=True, timeout=60)) as base:
            return list(base.execute(statement, values))

    def transfers(self) -> int:
        """Return how many transfers there are."""
        return int(self._ask("SELECT count(*) FROM transfers")[0][0])

    def unsettled(self) -> int:
        """Return how many can still move without a person."""
        return int(self._ask(UNSETTLED)[0][0])

    def most_tries(self) -> int:
        """Return how often in a row one and the same transfer was tried without a move, this time too, at most."""
        return int(self._ask(TRIES)[0][0])

    def held(self) -> set[str]:
        """Return the recipients of what is held."""
        return {row[0] for row in self._ask(HELD)}

    def unread(self) -> set[str]:
        """Return the recipients of what is held because two children that read it were killed: never sent unread."""
        return {row[0] for row in self._ask(UNREAD)}

    def marks(self) -> dict[str, Marks]:
        """Return what was marked as possibly there twice, by transfer."""
        marks: dict[str, Marks] = defaultdict(Marks)
        for (transfer,) in self._ask(REPEATS):
            marks[transfer].repeats = 1
        for (line,) in self._ask("SELECT entry FROM ledger"):
            entry = json.loads(line)
            if entry["event"] == Event.DELIVERY_ATTEMPTED and entry["facts"].get("possibly_duplicate"):
                marks[entry["transfer"]].attempts += 1
        return marks
