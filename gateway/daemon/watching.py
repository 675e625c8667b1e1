"""Sees that the files of a policy folder have changed and come to rest."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TypeAlias

from gateway.config.load import text_files

Look: TypeAlias = frozenset[tuple[str, int, int]]
"""Names, times of change in nanoseconds, and sizes."""


def look_at(folder: Path) -> Look:
    """Return what the files of a policy folder look like; one that is gone meanwhile is left out."""
    return frozenset(_seen(folder))


def _seen(folder: Path) -> Iterator[tuple[str, int, int]]:
    yaml = (path for path in folder.rglob("*") if path.suffix.lower() in {".yaml", ".yml"})
    for path in (*yaml, *text_files(folder)):
        try:
            about = path.stat()
        except OSError:
            continue
        yield path.relative_to(folder).as_posix(), about.st_mtime_ns, about.st_size


class Watched:
    """Remembers how a folder looked, so that a set is read when it is new and whole: two looks in a row are equal."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._last: Look | None = None
        self._taken: Look | None = None

    def is_due(self) -> bool:
        """Look again; say whether there is something that was not taken yet and has come to rest."""
        before, self._last = self._last, look_at(self.folder)
        return self._last == before and self._last != self._taken

    def is_still(self) -> bool:
        """Say whether it looks as it did at the last look; what was read since then is whole if it does."""
        return look_at(self.folder) == self._last

    def look(self) -> None:
        """Look again without waiting for it to come to rest."""
        self._last = look_at(self.folder)

    def take(self) -> None:
        """Remember the last look as taken: it is not due again until something changes."""
        self._taken = self._last
