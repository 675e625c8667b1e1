"""Content on its way through the room: in a sealed file, bundled for one envelope, compared with what was sealed."""

from __future__ import annotations

import io
import mmap
import os
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final, overload

from gateway.errors import NotSealed
from gateway.model.content import Content, Held, Readable, Writable, chunks, pour, whole
from gateway.protect import Plain
from gateway.protect.naming import LONG_AGO, distinct, file_name
from gateway.system.pipes import Feed

__all__ = ["Comparing", "FileBytes", "FromFile", "Held", "InFile", "bundle", "chunks", "looked_at", "pour", "whole"]

MANY: Final = "files.zip"


@dataclass(frozen=True, slots=True)
class InFile:
    """Content in a file that nobody changes meanwhile."""

    path: Path

    @property
    def size(self) -> int:
        """How many bytes there are."""
        return self.path.stat().st_size

    @contextmanager
    def open(self) -> Iterator[Readable]:
        """Lend a reader."""
        with self.path.open("rb") as source:
            yield source


@dataclass(frozen=True, slots=True)
class FromFile:
    """A feed (`pipes.FileFeed`) of all the content of a file, which had `size` bytes when it was asked for."""

    content: InFile
    size: int

    def __call__(self, target: Writable) -> None:
        """Write all of it; `NotSealed`."""
        self.require_all(_poured(self.content, target))

    def lend(self) -> io.FileIO:
        """Lend the file, for a program to read."""
        return self.content.path.open("rb", buffering=0)

    def require_all(self, count: int) -> None:
        """Raise `NotSealed` unless so many bytes are all of it."""
        _require_all(count, self.size)


class FileBytes:
    """The bytes of a file, read from the disk where they are looked at: a number, or a slice."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._size = os.fstat(descriptor).st_size

    def __len__(self) -> int:
        """Return how many there are."""
        return self._size

    @overload
    def __getitem__(self, place: int) -> int: ...
    @overload
    def __getitem__(self, place: slice) -> bytes: ...
    def __getitem__(self, place: int | slice) -> int | bytes:
        """Return one byte, or those of a slice; `IndexError` for one that is not there."""
        if isinstance(place, int):
            return os.pread(self._descriptor, 1, range(self._size)[place])[0]
        start, stop, step = place.indices(self._size)
        if step == 1 or stop <= start:
            return os.pread(self._descriptor, max(0, stop - start), start)
        before = start % mmap.ALLOCATIONGRANULARITY  # mapped, not read: most of it is passed over
        size = before + stop - start
        with mmap.mmap(self._descriptor, size, access=mmap.ACCESS_READ, offset=start - before) as view:
            return view[before::step]


@contextmanager
def looked_at(path: Path) -> Iterator[FileBytes]:
    """Lend the bytes of a file."""
    with path.open("rb") as source:
        yield FileBytes(source.fileno())


def bundle(parts: Sequence[Plain], *, named: bool = False) -> tuple[str, int, Feed]:
    """Return what goes inside a seal for one file: its name, about how many bytes it has, and how to write it.

    One part as it is, unless it is to be `named` and the envelope has no place for its name; several in a plain ZIP,
    which is made while it is written.
    """
    if not parts:
        raise NotSealed("there is nothing to seal")
    if len(parts) == 1 and not named:
        only = parts[0].content
        return file_name(parts[0].name), only.size, _feed_of(only)
    return MANY, sum(part.content.size for part in parts), lambda target: _zip(parts, target)


def _feed_of(content: Content) -> Feed:
    if isinstance(content, InFile) and content.path.is_file():  # not what only looks like one: a pipe, a device
        return FromFile(content, content.size)
    return lambda target: _pour_all(content, target)


def _zip(parts: Sequence[Plain], target: Writable) -> None:
    with zipfile.ZipFile(_Onwards(target), "w", zipfile.ZIP_STORED) as archive:
        for name, part in zip(distinct(part.name for part in parts), parts, strict=True):
            about = zipfile.ZipInfo(name, LONG_AGO)
            about.file_size = part.content.size
            with archive.open(about, "w") as entry:
                _pour_all(part.content, entry)


def _pour_all(content: Content, target: Writable) -> None:
    """Write all of the content; `NotSealed` where it is not as long as it was said to be."""
    _require_all(_poured(content, target), content.size)


def _poured(content: Content, target: Writable) -> int:
    """Write content, and return how many bytes it had."""
    written = 0
    for piece in chunks(content):
        target.write(piece)
        written += len(piece)
    return written


def _require_all(count: int, size: int) -> None:
    if count != size:
        raise NotSealed("the content is not as long as it was", hint="it was changed or cut short; send it again")


class Comparing:
    """A target that compares what is written into it with some contents, one after the other."""

    def __init__(self, contents: Iterable[Content]) -> None:
        self._expected = _Reading(contents)
        self._differs = False

    def write(self, content: bytes) -> None:
        """Compare the next piece."""
        self._differs = self._differs or self._expected.take(len(content)) != content

    def same(self) -> bool:
        """Say whether all of it came, and nothing else."""
        return not self._differs and not self._expected.take(1)


class _Reading:
    """Several contents as one, taken in pieces of any size."""

    def __init__(self, contents: Iterable[Content]) -> None:
        self._pieces = (piece for content in contents for piece in chunks(content))
        self._piece, self._at = b"", 0

    def take(self, size: int) -> bytes:
        """Return so many bytes, fewer at the end."""
        taken = self._piece[self._at : self._at + size]
        self._at += len(taken)
        while len(taken) < size and (piece := next(self._pieces, b"")):
            self._piece, self._at = piece, min(len(piece), size - len(taken))
            taken += piece[: self._at]
        return taken


class _Onwards(io.RawIOBase):
    """A target that is only written, so that `zipfile` does not try to go back in it."""

    def __init__(self, target: Writable) -> None:
        self._target = target

    def writable(self) -> bool:
        """Say yes."""
        return True

    def write(self, content: bytes) -> int:  # type: ignore[override]  # zipfile gives bytes and nothing else
        """Pass it on."""
        self._target.write(content)
        return len(content)
