"""Contents for tests of sealing: one that changes meanwhile, and a hole of any size in a file that takes no room."""

from __future__ import annotations

import io
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from gateway.protect import Readable
from gateway.protect.content import InFile


@dataclass(frozen=True)
class Changing:
    """Content that has another size than it says."""

    size: int
    true: int

    @contextmanager
    def open(self) -> Iterator[Readable]:
        """Lend a reader."""
        yield io.BytesIO(bytes(self.true))


def sparse(folder: Path, size: int, end: bytes = b"") -> InFile:
    """Return content that is a hole with some bytes at its end."""
    file = folder / f"sparse-{size}"
    with file.open("wb") as target:
        target.truncate(size)
        target.seek(-len(end), os.SEEK_END)
        target.write(end)
    return InFile(file)
