"""Files that are there whole or not at all.

POSIX: the content is durable after `fsync` of the file, its name after `fsync` of the folder. A failed fsync leaves
the page state unknown, so it is never repeated: the error goes up. One writer to a path at a time.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

PRIVATE = 0o600


def sync_folder(folder: Path) -> None:
    """Make the names in a folder durable."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def write_with(path: Path, writer: Callable[[BinaryIO], None], *, mode: int = PRIVATE) -> None:
    """Create or replace `path` with what `writer` writes, durable on return."""
    scratch = path.with_name(f".{path.name}.new")
    scratch.unlink(missing_ok=True)
    try:
        descriptor = os.open(scratch, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, mode)
        with os.fdopen(descriptor, "wb") as target:
            writer(target)
            target.flush()
            os.fsync(target.fileno())
        scratch.replace(path)
    except BaseException:
        scratch.unlink(missing_ok=True)
        raise
    sync_folder(path.parent)


def write(path: Path, content: bytes, *, mode: int = PRIVATE) -> None:
    """Create or replace `path` with `content`, durable on return."""

    def writer(target: BinaryIO) -> None:
        target.write(content)

    write_with(path, writer, mode=mode)


def put_new(path: Path, target: Path) -> None:
    """Give a file its place where nothing is yet, on the same file system; `FileExistsError` otherwise.

    The name is taken first, so that what somebody else makes meanwhile is never overwritten.
    """
    os.close(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, PRIVATE))
    try:
        path.replace(target)
    except BaseException:
        target.unlink(missing_ok=True)
        raise


def make_private_folder(path: Path) -> None:
    """Create a folder that only its owner may enter; leave an existing one as it is."""
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
