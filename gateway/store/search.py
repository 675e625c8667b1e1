"""Lists of transfers, and the one box that finds them by address, file name, hash, Message-ID, reference or day.

The newest come first: a transfer's id begins with the second in which it came. What is asked for chooses one index to
walk, and each page looks at so many transfers and no more: where few of very many fit, a page may be short and still
say where the next one begins.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import bindparam, text

from gateway.model.search import TransferQuery
from gateway.store import codec, index
from gateway.store.lines import lines_of
from gateway.store.paging import LARGEST_PAGE, Page, Place, place_of
from gateway.store.search_terms import Terms, read

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import datetime

    from sqlalchemy import Connection, TextClause

    from gateway.model.search import Line
    from gateway.store.database import Database

EVERYTHING: Final = TransferQuery()
WINDOW: Final = timedelta(days=30)
"""How far back a list goes where nobody names a day; a reference, a hash and a Message-ID are found however old."""

CHUNK: Final = 500
MOST_LOOKED_AT: Final = 5_000
"""Transfers that one page looks at."""

FIRST_ID: Final = "t"
LAST_ID: Final = "u"
BY_ID: Final = "SELECT id FROM transfers WHERE id >= :low AND id < :high AND id {0} :after ORDER BY id {1} LIMIT :most"
BY_DELIVERY: Final = (
    "SELECT DISTINCT transfer_id FROM deliveries WHERE state = :state AND transfer_id >= :low AND transfer_id < :high"
    " AND transfer_id {0} :after ORDER BY transfer_id {1} LIMIT :most"
)
BY_WORDS: Final = (
    "SELECT t.id FROM search CROSS JOIN transfers t ON t.rowid = search.rowid WHERE search MATCH :match"
    " AND search.rowid >= :first AND search.rowid {0} coalesce((SELECT rowid FROM transfers WHERE id = :after), :end)"
    " AND t.id >= :low AND t.id < :high ORDER BY search.rowid {1} LIMIT :most"
)
BY_DIGEST: Final = (
    "SELECT DISTINCT transfer_id FROM messages WHERE digest IN (SELECT value FROM json_each(:digests))"
    " AND transfer_id >= :low AND transfer_id < :high AND transfer_id {0} :after ORDER BY transfer_id {1} LIMIT :most"
)
FIRST_ROW: Final = text("SELECT min(rowid) FROM (SELECT rowid FROM transfers WHERE id >= :low ORDER BY id LIMIT 100)")
"""Rows are numbered as they came, within a few: where to begin to look."""

NO_ROW: Final = 1 << 62
FITS: Final = {
    "state": "EXISTS (SELECT 1 FROM deliveries d WHERE d.state = :state AND d.transfer_id = t.id)",
    "door": "json_extract(t.value, '$.origin') = :door",
    "route": (
        "(json_extract(t.value, '$.route') = :route OR EXISTS (SELECT 1 FROM deliveries d WHERE d.transfer_id = t.id"
        " AND json_extract(d.verdict, '$.route') = :route))"
    ),
}
"""What a transfer must meet besides what it was found by."""


class SqlSearch:
    """Transfers, listed and found."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def find(self, query: TransferQuery = EVERYTHING, *, now: datetime, place: str = "", limit: int = 50) -> Page[Line]:
        """Return a page of transfers, the newest first; `NotFound` for a place that no page gave.

        Without a `since` or an `until` those of the last 30 days, but for what is asked for by its reference, hash or
        Message-ID, which stands for itself; with an `until` alone, however old. Words are compared from their
        beginnings, in whatever case and with any accents.
        """
        walk = _Walk(query, read(query.text), now, place_of(place, (str,)))
        with self._database.read() as connection:
            return walk.page(connection, min(limit, LARGEST_PAGE))

    def catch_up(self) -> int:
        """Take what happened since into the index, a batch in a short transaction; return how much, 0 when all is.

        For the daemon's ledger thread, between its checkpoints.
        """
        return index.catch_up(self._database)


class _Walk:
    """One walk through transfers in the order of their ids, in either direction."""

    def __init__(self, query: TransferQuery, terms: Terms, now: datetime, place: Place | None) -> None:
        self._place = place
        self._backwards = place is not None and place.backwards
        self._found_by = _found_by(query, terms)
        others = {"state": query.delivery, "door": query.door, "route": query.route}
        fits = {name: str(value) for name, value in others.items() if value}
        self._about: dict[str, Any] = {**_bounds(query, terms, now), **fits}
        if self._found_by is BY_DELIVERY:
            del fits["state"]
        self._fits = _fitting(fits)

    def page(self, connection: Connection, limit: int) -> Page[Line]:
        """Return the page that begins here."""
        found: list[str] = []
        looked_at, last, is_over = 0, str(self._place.key[0]) if self._place else "", False
        if self._found_by is BY_WORDS:
            self._about["first"] = connection.execute(FIRST_ROW, {"low": self._about["low"]}).scalar() or NO_ROW
        while len(found) <= limit and looked_at < MOST_LOOKED_AT and not is_over:
            most = limit + 1 if self._fits is None else CHUNK
            ids = self._next(connection, last, most)
            is_over, looked_at, last = len(ids) < most, looked_at + len(ids), ids[-1] if ids else last
            found += self._of_those(connection, ids)
        end = found[limit - 1] if len(found) > limit else "" if is_over else last
        return self._page(connection, found[:limit], end)

    def _page(self, connection: Connection, found: list[str], end: str) -> Page[Line]:
        """Return a page of these; `end` is where the walk goes on, empty where it is over."""
        ahead = str(Place(key=(end,), backwards=self._backwards)) if end else ""
        behind = ""
        if self._place is not None:
            back = found[0] if found else str(self._place.key[0])
            behind = str(Place(key=(back,), backwards=not self._backwards))
        if self._backwards:
            return Page(rows=lines_of(connection, found[::-1]), next=behind, previous=ahead)
        return Page(rows=lines_of(connection, found), next=ahead, previous=behind)

    def _next(self, connection: Connection, last: str, most: int) -> Sequence[str]:
        """Return the next ids after one, or the first."""
        beyond, way, start, end = (">", "ASC", FIRST_ID, 0) if self._backwards else ("<", "DESC", LAST_ID, NO_ROW)
        about = {**self._about, "after": last or start, "end": end, "most": most}
        return connection.execute(text(self._found_by.format(beyond, way)), about).scalars().all()

    def _of_those(self, connection: Connection, ids: Sequence[str]) -> Iterator[str]:
        """Yield those that fit, in their order."""
        if self._fits is None or not ids:
            return iter(ids)
        fit = set(connection.execute(self._fits, {**self._about, "ids": ids}).scalars())
        return (each for each in ids if each in fit)


def _found_by(query: TransferQuery, terms: Terms) -> str:
    """Return the statement that yields ids, by the most telling thing that is asked for."""
    if terms.digests:
        return BY_DIGEST
    if terms.match and not terms.reference:
        return BY_WORDS
    return BY_DELIVERY if query.delivery else BY_ID


def _bounds(query: TransferQuery, terms: Terms, now: datetime) -> dict[str, str]:
    """Return between which ids to look, and for what."""
    until = terms.until or query.until
    since = terms.since or query.since or (None if terms.is_exact or until else now - WINDOW)
    low, high = (_first_id(since) if since else FIRST_ID), (_first_id(until) if until else LAST_ID)
    if terms.reference:
        low, high = max(low, terms.reference), min(high, f"{terms.reference}~")
    return {"low": low, "high": high, "match": terms.match, "digests": codec.canonical(list(terms.digests))}


def _first_id(moment: datetime) -> str:
    """Return what comes before the ids of all transfers from that second on (`system.ids`)."""
    return f"t-{max(int(moment.timestamp()), 0):08x}"


def _fitting(fits: Iterable[str]) -> TextClause | None:
    """Return the statement that chooses among ids, None where all fit."""
    conditions = "".join(f" AND {FITS[name]}" for name in fits)
    if not conditions:
        return None
    chosen = text(f"SELECT t.id FROM transfers t WHERE t.id IN :ids{conditions}")  # noqa: S608 - our own words
    return chosen.bindparams(bindparam("ids", expanding=True))
