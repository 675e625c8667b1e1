"""Proves that a sealed room touches nothing: an audit hook (PEP 578) that sees every open file, socket and process.

A hook cannot be taken away again, so there is one for the life of the process, and it only acts inside `sealed()`, in
the thread that entered it. A leak raises at once; because a room turns whatever is raised into a gap, it is raised
again at the end. The clock raises no audit event: import contracts cover it.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

FORBIDDEN = (
    "open",
    "socket.",
    "subprocess.",
    "os.system",
    "os.exec",
    "os.posix_spawn",
    "os.fork",
    "os.listdir",
    "os.scandir",
    "os.remove",
    "os.rename",
    "os.mkdir",
    "shutil.",
    "tempfile.",
    "sqlite3.",
    "urllib.",
    "smtplib.",
    "ctypes.dlopen",
)


class Leak(BaseException):
    """A sealed room touched the world. No `except Exception` can hide it."""


class _Seal(threading.local):
    """Whether this thread is inside `sealed()`, and what leaked."""

    armed = False
    leaks: tuple[str, ...] = ()


_seal = _Seal()


def _hook(event: str, _arguments: tuple[object, ...]) -> None:
    """Refuse what touches the world."""
    if _seal.armed and event.startswith(FORBIDDEN):
        _seal.leaks += (event,)
        raise Leak(event)


sys.addaudithook(_hook)


@contextmanager
def sealed() -> Iterator[None]:
    """Run the body with the world out of reach; raises `Leak` if it was reached for."""
    _seal.leaks = ()
    _seal.armed = True
    try:
        yield
    finally:
        _seal.armed = False
    if _seal.leaks:
        raise Leak(", ".join(_seal.leaks))
