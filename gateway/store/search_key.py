"""The search key: with it a record can be searched for a person. 32 random bytes that only their owner may read.

Without it findings have no keys, and nothing else is missing: an installation made before there was one goes on.
"""

from __future__ import annotations

import os
import secrets
from pathlib import Path
from typing import Final

from gateway.store.master_key import read_private
from gateway.system import atomic

SIZE: Final = 32
NAME: Final = "search.key"


def create(keys: Path) -> None:
    """Draw a search key into the folder of keys; an existing one is checked and left as it is."""
    if (keys / NAME).exists():
        read_private(keys / NAME, SIZE)
        return
    atomic.write(keys / NAME, secrets.token_bytes(SIZE))


def read_search_key(state: Path) -> bytes:
    """Return the search key below a state folder; `Unsound` when others could read it.

    Empty when there is none, or none for this account: who only asks what would happen needs no key.
    """
    path = state / "keys" / NAME
    return read_private(path, SIZE) if os.access(path, os.R_OK) else b""
