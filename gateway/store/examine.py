"""What is in a vault, and whether all of it can be read: for `gateway vault status` and `verify`.

Runs beside a daemon: what is destroyed meanwhile is passed over, and what is not named yet is told from what is left.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from sqlalchemy import LargeBinary, bindparam, func, select

from gateway.errors import Damaged, NotFound, Unsound
from gateway.store import header, tables

if TYPE_CHECKING:
    from gateway.store.database import Database
    from gateway.store.keepers import Ring
    from gateway.store.vault import FileVault

PAGE: Final = 1000
UNREADABLE: Final = "unreadable"
YOUNG: Final = timedelta(days=1)
"""A body that no row names is younger than this while its step may still be under way."""

OBJECT: Final = tables.objects.c
AFTER: Final = (
    select(OBJECT.id, OBJECT.header, OBJECT.size, OBJECT.inline.is_(None).label("has_file"))
    .where(OBJECT.id > bindparam("after"))
    .order_by(OBJECT.id)
    .limit(PAGE)
)
KEY: Final = b'"key":"'
ID: Final = re.compile(rb"[0-9a-f]{16}")
START: Final = func.instr(OBJECT.header, bindparam("key", KEY, LargeBinary)) + len(KEY)
NAMED: Final = select(func.substr(OBJECT.header, START, 16)).distinct()
"""What headers name, read off by the database itself: nothing of a damaged one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Survey:
    """How many objects name each master key, and where their bodies lie; sizes are of content, in bytes.

    `orphans` are bodies that no object names: of a step that died, or of one that is under way.
    """

    keys: Mapping[str, int]
    inline: int
    inline_size: int
    files: int
    files_size: int
    orphans: Sequence[str]

    @property
    def count(self) -> int:
        """How many objects there are."""
        return self.inline + self.files


def survey(database: Database, vault: FileVault) -> Survey:
    """Count objects; no key is needed and nothing is opened."""
    keys: Counter[str] = Counter()
    counts, sizes = Counter[bool](), Counter[bool]()
    after = ""
    while True:
        with database.read() as connection:
            page = connection.execute(AFTER, {"after": after}).all()
        if not page:
            break
        for row in page:
            keys[_key_of(row.id, row.header)] += 1
            counts[row.has_file] += 1
            sizes[row.has_file] += row.size
        after = page[-1].id
    return Survey(
        keys=dict(keys.most_common()),
        inline=counts[False],
        inline_size=sizes[False],
        files=counts[True],
        files_size=sizes[True],
        orphans=tuple(path.name for path in vault.orphans()),
    )


def verify(vault: FileVault) -> Iterator[tuple[str, str]]:
    """Yield the id of every object, and what is wrong with it: empty when all of it is what was stored.

    What cannot be read at this moment, since its keeper or the disk does not answer, is told as that.
    """
    for object_id in vault.ids():
        try:
            vault.check(object_id)
        except NotFound:
            continue  # destroyed since the list was made
        except Damaged as damage:
            if vault.has(object_id):
                yield object_id, damage.message
        except Unsound as trouble:
            yield object_id, f"cannot be asked for now: {trouble.message}"
        else:
            yield object_id, ""


def require_keepers(database: Database, vault: FileVault) -> None:
    """Refuse a vault with objects under a master key that nobody here keeps; `Unsound`."""
    if missing := missing_keys(database, vault.ring):
        raise Unsound(
            f"objects in the vault are under a master key that is not here: {', '.join(missing)}",
            hint="name it under 'former' of 'vault' in the configuration, or restore it from a backup",
        )


def missing_keys(database: Database, ring: Ring) -> Sequence[str]:
    """Return the master keys that objects name and nobody in the ring keeps; `Unsound`."""
    with database.read() as connection:
        named = [bytes(each) for each in connection.execute(NAMED).scalars()]
    missing = []
    for key_id in (each.decode() for each in named if ID.fullmatch(each)):
        try:
            ring.find(key_id)
        except Damaged:
            missing.append(key_id)
    return missing


def _key_of(object_id: str, raw: bytes) -> str:
    try:
        return header.key_of(object_id, raw)
    except Damaged:
        return UNREADABLE
