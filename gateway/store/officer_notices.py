"""Notices to officers about no single transfer: each is told of one thing once, and what failed can go again."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import bindparam, delete, select, update
from sqlalchemy.dialects.sqlite import insert as upsert

from gateway.errors import Conflict, NotFound
from gateway.model.lifecycle import NoticeState
from gateway.model.officer_notice import OfficerNotice
from gateway.store import codec
from gateway.store.console_tables import officer_notices
from gateway.store.ledger import entry_bytes, write_entries

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import Connection

    from gateway.model.record import Entry
    from gateway.store.database import Database

NOTICE: Final = officer_notices.c
ADD: Final = upsert(officer_notices).on_conflict_do_nothing()
ONE: Final = select(NOTICE.value).where(NOTICE.id == bindparam("named"))
CHANGE: Final = update(officer_notices).where(NOTICE.id == bindparam("named"))
DUE: Final = (
    select(NOTICE.value)
    .where(NOTICE.state == NoticeState.WAITING.value, NOTICE.due <= bindparam("now"))
    .order_by(NOTICE.due)
    .limit(bindparam("most"))
)
NEWEST: Final = select(NOTICE.value).order_by(NOTICE.at.desc(), NOTICE.id).limit(bindparam("most"))
STANDING: Final = NEWEST.where(NOTICE.state == bindparam("stands"))
OVER: Final = delete(officer_notices).where(NOTICE.at < bindparam("before"), NOTICE.state == NoticeState.SENT.value)


class SqlOfficerNotices:
    """Notices to officers."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, notices: Sequence[OfficerNotice]) -> int:
        """Let these wait to be told, but those of whose `key` the same officer has one; return how many are new."""
        if not notices:
            return 0
        return self._database.write(lambda connection: write_notices(connection, notices))

    def due(self, now: datetime, most: int = 100) -> Sequence[OfficerNotice]:
        """Return those that are to be told now, what waits longest first."""
        with self._database.read() as connection:
            return _read(connection, DUE, now=codec.write_time(now), most=most)

    def newest(self, most: int = 100) -> Sequence[OfficerNotice]:
        """Return the newest, whatever became of them."""
        with self._database.read() as connection:
            return _read(connection, NEWEST, most=most)

    def standing(self, state: NoticeState, most: int = 100) -> Sequence[OfficerNotice]:
        """Return the newest that stand so, however much was told since."""
        with self._database.read() as connection:
            return _read(connection, STANDING, stands=state.value, most=most)

    def told(self, notice: OfficerNotice, entries: Sequence[Entry] = ()) -> None:
        """Write what became of one, with its entries."""
        lines, row = [entry_bytes(entry) for entry in entries], _row(notice)

        def write(connection: Connection) -> None:
            connection.execute(CHANGE.values(**row), {"named": notice.id})
            write_entries(connection, lines)

        self._database.write(write)

    def again(self, notice_id: str, now: datetime) -> OfficerNotice:
        """Let one that failed be told again; `NotFound`, `Conflict` where it did not fail."""

        def write(connection: Connection) -> OfficerNotice:
            text = connection.execute(ONE, {"named": notice_id}).scalar()
            if text is None:
                raise NotFound(f"there is no notice {notice_id}", hint="load the page again")
            notice = codec.loads(OfficerNotice, text)
            if notice.state is not NoticeState.FAILED:
                raise Conflict(f"notice {notice_id} did not fail", hint="load the page again")
            waits = replace(notice, state=NoticeState.WAITING, attempts=0, due=now, at=now)
            connection.execute(CHANGE.values(**_row(waits)), {"named": notice_id})
            return waits

        return self._database.write(write)

    def forget(self, before: datetime) -> int:
        """Forget those that were told before then; return how many there were."""
        about = {"before": codec.write_time(before)}
        return self._database.write(lambda connection: connection.execute(OVER, about).rowcount)


def write_notices(connection: Connection, notices: Sequence[OfficerNotice]) -> int:
    """Let these wait to be told, with whatever else the transaction writes; return how many are new."""
    return sum(connection.execute(ADD, _row(each)).rowcount for each in notices)


def _read(connection: Connection, statement: Any, **about: object) -> Sequence[OfficerNotice]:  # noqa: ANN401 - a select
    return [codec.loads(OfficerNotice, text) for text in connection.execute(statement, about).scalars()]


def _row(notice: OfficerNotice) -> dict[str, Any]:
    return {
        "id": notice.id,
        "key": notice.key,
        "goes_to": notice.to,
        "at": codec.write_time(notice.at),
        "state": notice.state.value,
        "due": codec.write_time(notice.due or notice.at),
        "value": codec.dumps(OfficerNotice, notice),
    }
