"""Whether what stands in an outbound folder is complete, and something we may take at all.

Complete: nothing about it changed between two looks at least the quiet time apart, and no process has it open for
writing, where the kernel can tell (`F_SETLEASE`: local Linux file systems, own files or CAP_LEASE). Fit: regular files
with one name, and folders of these. A link may lead elsewhere, a second name may be written through after the claim,
and a FIFO or a device is not content: those are never opened.
"""

from __future__ import annotations

import errno
import fcntl
import os
import pwd
import signal
import stat
import threading
from collections.abc import Callable, Generator, Iterable
from contextlib import closing
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

from gateway.intake.beside import Beside, kind_of

TEMPORARY: Final = (".part", ".tmp", ".filepart", ".crdownload", ".partial")
CANNOT_TELL: Final = frozenset({errno.EINVAL, errno.ENOTSUP, errno.EACCES, errno.EPERM, errno.ENOLCK})
READING: Final = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
ENTERING: Final = os.O_RDONLY | os.O_NOFOLLOW | os.O_DIRECTORY | os.O_CLOEXEC
MOST_FILES: Final = 10_000
DEEPEST: Final = 32

LINK: Final = "is a link"
MANY_NAMES: Final = "has a second name (a hard link)"
SPECIAL: Final = "is not a regular file"
UNREADABLE: Final = "cannot be read by the gateway"
TEMPORARY_WITHIN: Final = "holds a temporary or hidden file"
EMPTY: Final = "is an empty folder"
ONLY_BESIDE: Final = "holds nothing but passwords or reasons, which are never sent"
NO_BESIDE: Final = {
    kind: f"has beside it what is no file of {kind.value}{'s' if kind is Beside.REASON else ''}"
    f" (a link, or more than {kind.most_bytes} bytes)"
    for kind in Beside
}
TOO_MUCH: Final = f"is deeper than {DEEPEST} folders or has more than {MOST_FILES} entries"

Print = tuple[int, int, int]  # inode, size in bytes, time of last change in nanoseconds


class StillChanging(OSError):
    """A file changed while it was being taken."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sight:
    """What one look saw: the files under their relative names, or why this will never do as it stands.

    `owner` is the user id of the first file's owner, None where there is no file. `beside` is what stands beside it to
    go with it, and what that looks like.
    """

    is_folder: bool = False
    files: tuple[tuple[str, Print], ...] = ()
    unfit: str = ""
    owner: int | None = None
    beside: tuple[tuple[Beside, Print], ...] = ()

    @property
    def largest(self) -> int:
        """Bytes of the largest file."""
        return max((size for _, (_, size, _) in self.files), default=0)


@dataclass(slots=True)
class Watched:
    """What was seen before: for each path what it looked like, and since when (monotonic seconds)."""

    seen: dict[Path, tuple[Sight, float]] = field(default_factory=dict)

    def is_quiet(self, path: Path, sight: Sight, now: float, quiet: float) -> bool:
        """Say whether this is at least the second look, and all looks of the last `quiet` seconds saw the same."""
        known, since = self.seen.get(path, (None, now))
        if known != sight:
            self.seen[path] = (sight, now)
            return False
        return now - since >= quiet

    def forget_all_but(self, present: Iterable[Path]) -> None:
        """Drop what is not there any more."""
        kept = set(present)
        self.seen = {path: known for path, known in self.seen.items() if path in kept}


def is_temporary(name: str) -> bool:
    """Say whether programs use this kind of name for a file that they have not finished."""
    return name.startswith((".", "~$")) or name.lower().endswith(TEMPORARY)


def look_at_all(path: Path) -> Sight | None:
    """Look at a file or folder and at what stands beside it, as `look` does: they are taken together."""
    sight = look(path)
    for kind in Beside:
        other = kind.of(path)
        beside = look(other) if os.path.lexists(other) else None
        if sight is None or sight.unfit or beside is None or beside.is_folder:
            continue
        if beside.unfit or beside.largest > kind.most_bytes:
            return replace(sight, unfit=NO_BESIDE[kind])
        sight = replace(sight, beside=(*sight.beside, (kind, beside.files[0][1])))
    return sight


def look(path: Path) -> Sight | None:
    """Look at a file or a whole folder without opening any file; None when it is gone."""
    try:
        status = path.lstat()
        if not stat.S_ISDIR(status.st_mode):
            unfit = _unfit(status)
            if unfit:
                return Sight(unfit=unfit)
            return Sight(files=((path.name, _print(status)),), owner=status.st_uid)
        return _look_into(path)
    except FileNotFoundError:
        return None
    except OSError as trouble:
        return Sight(unfit=LINK if trouble.errno in {errno.ELOOP, errno.ENOTDIR} else UNREADABLE)


def _look_into(path: Path) -> Sight:
    files: list[tuple[str, Print]] = []
    owners: dict[str, int] = {}
    with closing(_walk(path)) as walk:
        for number, (name, status) in enumerate(walk):
            if number >= MOST_FILES or name.count("/") >= DEEPEST:
                return Sight(is_folder=True, unfit=TOO_MUCH)
            if is_temporary(name.rpartition("/")[2]):
                return Sight(is_folder=True, unfit=TEMPORARY_WITHIN)
            if stat.S_ISDIR(status.st_mode):
                continue
            if unfit := _unfit(status):
                return Sight(is_folder=True, unfit=f"holds something that {unfit}")
            files.append((name, _print(status)))
            owners[name] = status.st_uid
    if not files:
        return Sight(is_folder=True, unfit=EMPTY)
    if all(kind_of(name) for name, _ in files):
        return Sight(is_folder=True, unfit=ONLY_BESIDE)
    return Sight(is_folder=True, files=tuple(sorted(files)), owner=owners[min(owners)])


def account_of(owner: int | None) -> str:
    """Return the name of an account by its user id; empty where this machine does not know it."""
    try:
        return "" if owner is None else pwd.getpwuid(owner).pw_name
    except KeyError:
        return ""


def _walk(top: Path) -> Generator[tuple[str, os.stat_result]]:
    """Yield everything below `top` with its relative name; links are met but not followed."""
    waiting = [""]
    while waiting:
        folder = waiting.pop()
        descriptor = open_below(top, folder, ENTERING)
        try:
            with os.scandir(descriptor) as entries:
                for entry in entries:
                    status = entry.stat(follow_symlinks=False)
                    yield folder + entry.name, status
                    if stat.S_ISDIR(status.st_mode):
                        waiting.append(f"{folder}{entry.name}/")
        finally:
            os.close(descriptor)


def open_below(top: Path, name: str, flags: int) -> int:
    """Open a relative name below `top` and return its descriptor; no component of it may be a link."""
    descriptor = os.open(top, ENTERING if name else flags)
    steps = [step for step in name.split("/") if step]
    for number, step in enumerate(steps, start=1):
        try:
            inner = os.open(step, flags if number == len(steps) else ENTERING, dir_fd=descriptor)
        finally:
            os.close(descriptor)
        descriptor = inner
    return descriptor


def is_being_written(descriptor: int) -> bool:
    """Say whether any process has the file open for writing; False also where the kernel cannot tell."""
    try:
        fcntl.fcntl(descriptor, fcntl.F_SETLEASE, fcntl.F_RDLCK)  # wants a descriptor that is open for reading only
    except OSError as trouble:
        if trouble.errno == errno.EAGAIN:
            return True
        if trouble.errno in CANNOT_TELL:
            return False
        raise
    fcntl.fcntl(descriptor, fcntl.F_SETLEASE, fcntl.F_UNLCK)  # at once: a writer's open() waits for it
    return False


def ignore_lease_signals() -> None:
    """Survive a writer that meets our lease: the kernel then sends SIGIO, which ends a process by default."""
    if threading.current_thread() is threading.main_thread():  # nobody else may; the daemon starts the door from there
        signal.signal(signal.SIGIO, signal.SIG_IGN)


def is_free(path: Path, sight: Sight, beside: Callable[[Beside], Path] | None = None) -> bool:
    """Say whether every file of this sight looks as it did and is not being written; or raise `PermissionError`.

    `beside` tells where those stand that go with it, if not beside it.
    """
    files = [(path, name, expected, sight.is_folder) for name, expected in sight.files]
    files += [(beside(kind) if beside else kind.of(path), "", expected, False) for kind, expected in sight.beside]
    for top, name, expected, is_folder in files:
        try:
            descriptor = open_file(top, name, is_folder=is_folder)
        except OSError:
            return (
                False  # gone, changed into a link, leased by another process, or unreadable: the next look says which
            )
        try:
            if _print(os.fstat(descriptor)) != expected or is_being_written(descriptor):
                return False
        finally:
            os.close(descriptor)
    return True


def open_file(path: Path, name: str, *, is_folder: bool) -> int:
    """Open one file of a sight for reading and return its descriptor; `OSError` when it is not fit (any more)."""
    descriptor = open_below(path, name, READING) if is_folder else os.open(path, READING)
    if _unfit(os.fstat(descriptor)):
        os.close(descriptor)
        raise StillChanging(errno.ESTALE, "not a regular file with one name")
    return descriptor


def print_of(descriptor: int) -> Print:
    """Return what an open file looks like now."""
    return _print(os.fstat(descriptor))


def _print(status: os.stat_result) -> Print:
    return status.st_ino, status.st_size, status.st_mtime_ns


def _unfit(status: os.stat_result) -> str:
    if stat.S_ISLNK(status.st_mode):
        return LINK
    if not stat.S_ISREG(status.st_mode):
        return SPECIAL
    return MANY_NAMES if status.st_nlink != 1 else ""
