"""The master key in a file, and those it replaced beside it: the keeper that needs nothing else.

    <folder>/master.key            the key in use, 0600
    <folder>/former/<id>.key       keys that headers may still name; gone once none does
    <folder>/master.key.owner      the installation whose key it is: another's rotation would destroy what it needs

Both are read again for every object, because another process may rotate them. At every instant each key that a
header may name is in one of these files: the old one is durable in its second place before the new one takes over.
"""

from __future__ import annotations

import os
import re
import secrets
from collections.abc import Sequence
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


class FileKeys:
    """A `Holder` of the keys in a folder."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._former = path.parent / FORMER

    def __call__(self) -> Sequence[MasterKey]:
        """Return the key in use, and those before it that are kept; `Unsound`."""
        return (master_key.read(self.path), *self.former())

    def former(self) -> Sequence[MasterKey]:
        """Return the keys that were in use before and are kept; `Unsound`."""
        try:
            paths = sorted(path for path in self._former.iterdir() if KEPT.fullmatch(path.name))
        except FileNotFoundError:
            return ()
        keys = []
        for path in paths:
            try:
                key = master_key.read(path)
            except Unsound:
                if path.exists():
                    raise
                continue  # retired since the folder was read
            if f"{key.id}.key" == path.name:  # else it was being destroyed when the power went
                keys.append(key)
        return tuple(keys)

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
