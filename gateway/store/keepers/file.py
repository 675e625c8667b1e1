"""The master key in a file, and those it replaced beside it: the keeper that needs nothing else.

    <folder>/master.key            the key in use, 0600
    <folder>/former/<id>.key       keys that headers may still name; gone once none does
    <folder>/master.key.owner      the installation whose key it is: another's rotation would destroy what it needs

Both are looked at again for every object, because another process may rotate them, and read again when they look
otherwise. At every instant each key that a header may name is in one of these files: the old one is durable in its
second place before the new one takes over.
"""

from __future__ import annotations

import os
import re
import secrets
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from gateway.errors import Unsound
from gateway.store import master_key
from gateway.store.master_key import MasterKey
from gateway.system import atomic

FORMER: Final = "former"
OWNER: Final = "owner"
GONE: Final = bytes(master_key.SIZE)
KEPT: Final = re.compile(r"[0-9a-f]{16}\.key")
SETTLED: Final = 2_000_000_000
"""Nanoseconds after which a change to a file is sure to show in its times: file systems count in steps."""

Looks = tuple[int, ...] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Known:
    """Keys that were read, and how their places looked then."""

    keys: tuple[MasterKey, ...] = field(repr=False)
    looks: dict[str, Looks]

    def is_current(self) -> bool:
        return all(_looks(path) == looked for path, looked in self.looks.items())

    def is_settled(self) -> bool:
        latest = time.time_ns() - SETTLED
        return all(looked is None or max(looked[-2:]) < latest for looked in self.looks.values())


class FileKeys:
    """A `Holder` of the keys in a folder."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._former = path.parent / FORMER
        self._known: _Known | None = None

    def __call__(self) -> Sequence[MasterKey]:
        """Return the key in use, and those before it that are kept; `Unsound`."""
        known = self._known
        if known is None or not known.is_current():
            looks = {path: _looks(path) for path in map(str, (self.path, self._former, *self._kept()))}
            known = _Known(keys=(master_key.read(self.path), *self.former()), looks=looks)
            # what changes while it is read, or may change without showing, is read again the next time
            self._known = known if known.is_settled() and known.is_current() else None
        return known.keys

    def former(self) -> Sequence[MasterKey]:
        """Return the keys that were in use before and are kept; `Unsound`."""
        keys = []
        for path in self._kept():
            try:
                key = master_key.read(path)
            except Unsound:
                if path.exists():
                    raise
                continue  # retired since the folder was read
            if f"{key.id}.key" == path.name:  # else it was being destroyed when the power went
                keys.append(key)
        return tuple(keys)

    def _kept(self) -> Sequence[Path]:
        try:
            return sorted(path for path in self._former.iterdir() if KEPT.fullmatch(path.name))
        except FileNotFoundError:
            return ()

    def require_owner(self, installation: str) -> None:
        """Refuse a key that is another installation's; `Unsound`. One that is nobody's yet will do."""
        if self._owner() not in {"", installation}:
            raise Unsound(
                f"the key {self.path} belongs to another installation, whose rotation would destroy it",
                hint="give each installation a key file in a folder of its own; where the other one is gone, remove "
                f"{self._owner_file}",
            )

    def claim(self, installation: str) -> None:
        """Make the key this installation's; `Unsound` when it is another's."""
        self.require_owner(installation)
        if not self._owner():
            atomic.write(self._owner_file, installation.encode())

    @property
    def _owner_file(self) -> Path:
        return self.path.with_name(f"{self.path.name}.{OWNER}")

    def _owner(self) -> str:
        try:
            return self._owner_file.read_text(encoding="utf-8", errors="replace")
        except FileNotFoundError:
            return ""
        except OSError as error:
            raise Unsound(f"{self._owner_file} cannot be read ({error.strerror})", hint="mend its mode") from None

    def draw(self) -> MasterKey:
        """Put a new key in use and keep the one that was; both are durable on return."""
        old, new = master_key.read(self.path), MasterKey(secret=secrets.token_bytes(master_key.SIZE))
        atomic.make_private_folder(self._former)
        atomic.sync_folder(self._former.parent)
        atomic.write(self._former / f"{old.id}.key", old.secret)
        atomic.write(self.path, new.secret)
        return new

    def tidy(self) -> None:
        """Remove what is left of keys whose destruction was cut short: files of zeros."""
        if self._former.is_dir():
            for path in self._former.iterdir():
                if KEPT.fullmatch(path.name) and path.read_bytes() == GONE:
                    path.unlink()

    def retire(self, key_id: str) -> None:
        """Destroy a former key. Only for one that no header names, and that none can name any more."""
        path = self._former / f"{key_id}.key"
        with path.open("r+b") as target:
            target.write(GONE)
            target.flush()
            os.fsync(target.fileno())
        path.unlink()
        atomic.sync_folder(self._former)


def _looks(path: str) -> Looks:
    """Return all of a file's state that changes when the file does, its times last; None where there is none."""
    try:
        found = os.lstat(path)
    except OSError:
        return None
    about = (found.st_dev, found.st_ino, found.st_mode, found.st_nlink, found.st_uid, found.st_size)
    return (*about, found.st_mtime_ns, found.st_ctime_ns)
