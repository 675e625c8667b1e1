"""What the console's process may touch, before it listens: its database, its own key, the ledger to read; no other key.

The daemon starts it under its own account, which can read every key. Whoever took the console over could then read what
is held. So its process is confined: no file of the vault, no master key, no memory of the daemon.
"""

from __future__ import annotations

import os
import sys
import sysconfig
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from gateway.config.settings import Settings
from gateway.console.frame.manual import SHELVES, folder_of
from gateway.store.codes_key import FOLDER
from gateway.store.database import beside
from gateway.store.embedded import DATABASE, open_store
from gateway.system.clock import MachineClock
from gateway.system.confine import confine
from gateway.system.harden import require_walls

MACHINE: Final = tuple(map(Path, ("/usr", "/lib", "/lib64", "/etc", "/dev/urandom")))
"""Libraries, certificates, names of hosts, time zones."""


@contextmanager
def confined(settings: Settings) -> Iterator[None]:
    """Confine this process for good; the database's files stay where they are during the block.

    Raises `OSError`, and `Unsound` on a kernel without landlock unless the configuration accepts weaker walls.
    """
    state = settings.paths.state
    open_store(state=state, vault=settings.paths.quarantine, clock=MachineClock()).close()  # made and up to date
    own = state / FOLDER
    own.mkdir(mode=0o700, exist_ok=True)
    tempfile.tempdir = os.environ["SQLITE_TMPDIR"] = str(own)  # what somebody tries is spooled there
    with beside(state / DATABASE) as database:
        if not confine(read=_readable(settings), write=[*database, Path(os.devnull)], own=[own]):
            require_walls(allow_degraded=settings.inspection.allow_degraded)
        yield


def _readable(settings: Settings) -> Iterator[Path]:
    yield from MACHINE
    yield Path(os.path.realpath("/etc/resolv.conf")).parent  # often a link to where the resolver writes it
    yield from {Path(sys.base_prefix), *(Path(sysconfig.get_path(name)) for name in ("purelib", "platlib", "stdlib"))}
    yield Path(__file__).parents[1]  # this package
    yield from {
        folder_of(place).joinpath(name) for place, _, name in (each.partition("/") for each in SHELVES.values())
    }
    yield settings.paths.state / "ledger"
    if tls := settings.console.tls:
        yield from (Path(tls.certificate), Path(tls.key))
