"""Policies that were in force, with the text of their files, so that versions can be shown and compared."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Final

from sqlalchemy import bindparam, select
from sqlalchemy.dialects.sqlite import insert as upsert

from gateway.errors import NotFound
from gateway.store import codec
from gateway.store.console_tables import saved_policies

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gateway.store.database import Database

POLICY: Final = saved_policies.c
KNOWN: Final = select(POLICY.hash).where(POLICY.hash == bindparam("named"))
SAVE: Final = upsert(saved_policies).on_conflict_do_nothing(index_elements=[POLICY.hash])
NEWEST: Final = select(POLICY.hash, POLICY.at).order_by(POLICY.at.desc(), POLICY.hash).limit(bindparam("most"))
TEXTS: Final = select(POLICY.value).where(POLICY.hash == bindparam("named"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Saved:
    """A policy by its hash, and since when it is known: when it was first in force."""

    hash: str
    at: datetime


class SqlPolicies:
    """Policies by their hash."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def save(self, policy_hash: str, files: Mapping[str, str], at: datetime) -> None:
        """Keep a policy that is in force: its files as text, by name. One that is known stays as it is."""
        with self._database.read() as connection:
            if connection.execute(KNOWN, {"named": policy_hash}).first():
                return
        row = {"hash": policy_hash, "at": codec.write_time(at), "value": codec.canonical(dict(files))}
        self._database.write(lambda connection: connection.execute(SAVE, row).rowcount)

    def newest(self, limit: int = 100) -> tuple[Saved, ...]:
        """Return those that are kept, the newest first."""
        with self._database.read() as connection:
            rows = connection.execute(NEWEST, {"most": limit}).all()
        return tuple(Saved(hash=row.hash, at=codec.read_time(row.at)) for row in rows)

    def files(self, policy_hash: str) -> Mapping[str, str]:
        """Return the files of one as text, by name; `NotFound`."""
        with self._database.read() as connection:
            text = connection.execute(TEXTS, {"named": policy_hash}).scalar()
        if text is None:
            raise NotFound(f"policy {policy_hash} is not kept", hint="it was in force before this was begun")
        found: Mapping[str, str] = json.loads(text)
        return found
