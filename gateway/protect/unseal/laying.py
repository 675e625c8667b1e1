"""Lays what comes out of a seal into files: never more than was said, never over what is there."""

from __future__ import annotations

import shutil
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO, Final

from gateway.protect.naming import LONG_AGO, distinct

PIECE: Final = 1 << 18
LOCKED: Final = 1  # the flag of an encrypted entry


class Files:
    """A target that cuts what is written into it into files of these names and sizes, one after the other.

    `ValueError` for a byte more than all of them hold, and at the end for one less; `OSError` where there is no room.
    """

    def __init__(self, folder: Path, files: Sequence[tuple[str, int]]) -> None:
        self.paths = [folder / name for name in distinct(name for name, _ in files)]
        self._left = [size for _, size in files]
        self._at = 0
        if min(self._left, default=0) < 0:
            raise ValueError("a size in its list is none")
        require_room(folder, sum(self._left))
        for path in self.paths:
            path.touch(exist_ok=False)

    def write(self, content: bytes) -> None:
        """Take the next piece."""
        rest = memoryview(content)
        while rest:
            while self._left[self._at : self._at + 1] == [0]:
                self._at += 1
            if self._at == len(self.paths):
                raise ValueError("there is more in it than its list says")
            piece = rest[: self._left[self._at]]
            with self.paths[self._at].open("ab") as target:
                target.write(piece)
            self._left[self._at] -= len(piece)
            rest = rest[len(piece) :]

    def end(self) -> None:
        """Require that everything came."""
        if any(self._left):
            raise ValueError("there is less in it than its list says")


class Limited:
    """A target that takes so many bytes and no more: then `ValueError`."""

    def __init__(self, target: BinaryIO, most: int) -> None:
        self._target = target
        self._left = most

    def write(self, content: bytes) -> None:
        """Take the next piece."""
        self._left -= len(content)
        if self._left < 0:
            raise ValueError("there is more in it than was sealed")
        self._target.write(content)


def require_room(folder: Path, size: int) -> None:
    """Raise `OSError` where a folder has no room for so many bytes."""
    if size > shutil.disk_usage(folder).free:
        raise OSError(0, "there is no room for it")


def lay(content: Path, name: str, folder: Path) -> None:
    """Put the one file that was inside a seal into the folder: under its name, or the files of our own bundle.

    Our bundle is what `content.bundle` makes: a plain ZIP of stored entries that bear no date. `ValueError` where one
    of them was altered.
    """
    if not _unbundled(content, folder):
        content.rename(folder / distinct([name])[0])


def _unbundled(content: Path, folder: Path) -> bool:
    """Lay the files of a bundle; False where it is none of ours."""
    try:
        archive = zipfile.ZipFile(content)
    except (zipfile.BadZipFile, NotImplementedError, ValueError):
        return False
    with archive:
        entries = archive.infolist()
        if not entries or not all(map(_is_ours, entries)):
            return False
        if sum(entry.file_size for entry in entries) > content.stat().st_size:
            raise ValueError("its entries lie one upon the other")
        files = Files(folder, [(entry.filename, entry.file_size) for entry in entries])
        try:
            for entry in entries:
                with archive.open(entry) as source:
                    while piece := source.read(PIECE):
                        files.write(piece)
        except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError):
            raise ValueError("an entry was altered") from None
        files.end()
    content.unlink()
    return True


def _is_ours(entry: zipfile.ZipInfo) -> bool:
    is_stored = entry.compress_type == zipfile.ZIP_STORED and entry.compress_size == entry.file_size
    return is_stored and entry.date_time == LONG_AGO and not entry.flag_bits & LOCKED
