"""Notices of all transfers by how they stand: which wait to be told, and which could not be."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from sqlalchemy import text

from gateway.store import rows
from gateway.store.paging import Page, Place, place_of

if TYPE_CHECKING:
    from gateway.model.lifecycle import NoticeState
    from gateway.model.transfer import Notice
    from gateway.store.database import Database

OF: Final = text(
    "SELECT n.transfer_id, n.id, n.state, n.value, n.position, json_extract(t.value, '$.sender') AS sender,"
    " t.state AS stands"
    " FROM notices n JOIN transfers t ON t.id = n.transfer_id WHERE n.state = :state"
    " AND (n.transfer_id, n.position) < (:transfer, :position)"
    " ORDER BY n.transfer_id DESC, n.position DESC LIMIT :most"
)
LAST: Final = ("u", 0)
"""A place behind all ids of transfers, which begin with a t."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Untold:
    """A notice of a transfer, whose transfer it is, and whether that is over (then its words are destroyed)."""

    transfer_id: str
    sender: str
    is_over: bool
    notice: Notice


class SqlNotices:
    """Notices of transfers."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def standing(self, state: NoticeState, *, place: str = "", limit: int = 50) -> Page[Untold]:
        """Return a page of those in a state, of the newest transfer first; `NotFound` for a place that no page gave."""
        found = place_of(place, (str, int))
        transfer, position = found.key if found else LAST
        about = {"state": state.value, "transfer": transfer, "position": position, "most": limit + 1}
        with self._database.read() as connection:
            read = [dict(row) for row in connection.execute(OF, about).mappings()]
        page = read[:limit]
        more = str(Place(key=(page[-1]["transfer_id"], page[-1]["position"]))) if len(read) > limit else ""
        return Page(rows=tuple(_untold(row) for row in page), next=more)


def _untold(row: rows.Row) -> Untold:
    return Untold(
        transfer_id=row["transfer_id"],
        sender=row["sender"] or "",
        is_over=row["stands"] in {"finished", "destroyed"},
        notice=rows.NOTICE.from_row(row),
    )
