"""Shuts this process out of every file that it was not lent, for good: landlock(7), with a rule for each.

For a process that faces the network and needs some files. It can then neither read nor write any other, nor look into
or signal a process that is not as confined as itself (ptrace(2), kill(2)), although the account that it runs as could.
What is open already stays open. Only this thread is confined and those that it starts: call it before there are others.
"""

from __future__ import annotations

import ctypes
import os
import struct
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Final

from gateway.system.harden import (
    FILE_RIGHTS,
    LANDLOCK_CREATE,
    LANDLOCK_RESTRICT,
    LIBC,
    PR_SET_NO_NEW_PRIVS,
    SCOPE_FROM,
    landlock_abi,
)

LANDLOCK_ADD: Final = 445  # the same number on every architecture
PATH_BENEATH: Final = 1
EXECUTE, WRITE_FILE, READ_FILE, READ_DIR, REMOVE_FILE, MAKE_REG, TRUNCATE = (1 << n for n in (0, 1, 2, 3, 5, 8, 14))
READ: Final = EXECUTE | READ_FILE | READ_DIR
WRITE: Final = READ_FILE | WRITE_FILE | TRUNCATE
OF_FILES: Final = EXECUTE | READ_FILE | WRITE_FILE | TRUNCATE
"""The rights that a rule about a file, and no folder, may name."""
SIGNALS: Final = 0b10  # of the scopes: no signal to a process outside


def confine(*, read: Iterable[Path] = (), write: Iterable[Path] = (), own: Iterable[Path] = ()) -> bool:
    """Leave this process these files and folders, with all below them; whatever is not there is left out.

    `read` are to be read, `write` are files to be read and written, `own` folders in which files are made and removed
    too. Return False where the kernel has no landlock: then nothing is confined. Raises `OSError`.
    """
    abi = landlock_abi()
    if not abi:
        return False
    known = (1 << FILE_RIGHTS.get(abi, 16)) - 1
    attributes = struct.pack("=QQQ", known, 0, SIGNALS if abi >= SCOPE_FROM else 0)
    ruleset = _asked(LANDLOCK_CREATE, attributes, len(attributes) if abi >= SCOPE_FROM else 8, 0)
    try:
        for paths, rights in ((read, READ), (write, WRITE), (own, WRITE | READ_DIR | REMOVE_FILE | MAKE_REG)):
            for path in paths:
                with suppress(FileNotFoundError):
                    _lend(ruleset, path, rights & known)
        LIBC.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
        _asked(LANDLOCK_RESTRICT, ruleset, 0)
    finally:
        os.close(ruleset)
    return True


def _lend(ruleset: int, path: Path, rights: int) -> None:
    place = os.open(path, os.O_PATH | os.O_CLOEXEC)
    try:
        allowed = rights if path.is_dir() else rights & OF_FILES
        _asked(LANDLOCK_ADD, ruleset, PATH_BENEATH, struct.pack("=Qi", allowed, place), 0)
    finally:
        os.close(place)


def _asked(call: int, *arguments: object) -> int:
    answer = LIBC.syscall(call, *arguments)
    if answer < 0:
        raise OSError(ctypes.get_errno(), "landlock")
    return int(answer)
