"""A claim on something in an outbound folder: it stands in `.work/<transfer id>/`, and one process holds it.

    .work/t-…/note       where it came from (JSON); locked (flock) by the process that is taking it
    .work/t-…/content    the file or the folder itself, moved here by one rename: there is one winner
    .work/t-…/passwords  the file of passwords that stood beside it, if any, moved here by that winner
    .work/t-…/reason     the file that says why, likewise

The id of the transfer is fixed before anything moves, so after a crash the database says what to do with a claim:
its transfer is there, so all of it is removed; or it is not, so all of it goes back to where it came from.
"""

from __future__ import annotations

import errno
import fcntl
import io
import json
import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Final

from gateway.intake.beside import Beside, kind_of
from gateway.intake.explanation import checked_reason, read_reason
from gateway.intake.passwords import checked, read_lines
from gateway.intake.ready import Print, Sight, StillChanging, open_file, print_of
from gateway.system.atomic import sync_folder

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

NOTE: Final = "note"
CONTENT: Final = "content"


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """A claim that this process holds. `origin` is where the content came from."""

    id: str
    folder: Path
    origin: Path

    @property
    def content(self) -> Path:
        """Where the content stands while it is claimed."""
        return self.folder / CONTENT

    def beside(self, kind: Beside) -> Path:
        """Return where what stood beside it stands while it is claimed, if there was such a file."""
        return self.folder / kind.value

    def remove(self) -> None:
        """Remove the claim with all that is in it."""
        with suppress(FileNotFoundError):
            shutil.rmtree(self.folder)
        sync_folder(self.folder.parent)

    def give_back(self) -> bool:
        """Put everything back where it came from; False when a name is taken or the folder is gone."""
        every = [*((self.beside(kind), kind.of(self.origin)) for kind in Beside), (self.content, self.origin)]
        moves = [(source, target) for source, target in every if os.path.lexists(source)]
        try:
            for source, target in moves:
                _refuse_if_taken(source, target)  # all or nothing
            for source, target in moves:
                _move_unless_taken(source, target)
            if moves:
                sync_folder(self.origin.parent)
        except OSError:
            return False
        self.remove()
        return True


@contextmanager
def claimed(work: Path, transfer_id: str, origin: Path, *, beside: Sequence[Beside]) -> Iterator[Claim | None]:
    """Move `origin` into a new claim and hold it; None when somebody else was quicker. `OSError` when it cannot move.

    What stands `beside` it comes too, after it: whoever has the one has the other.
    The move is durable before the body runs, so that no crash can show the content in its old place after its commit.
    """
    claim = Claim(id=transfer_id, folder=work / transfer_id, origin=origin)
    claim.folder.mkdir(mode=0o700)
    descriptor = os.open(claim.folder / NOTE, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        yield claim if _lock(descriptor) and _move(claim, descriptor, work, beside) else None
    finally:
        os.close(descriptor)


def _move(claim: Claim, note: int, work: Path, beside: Sequence[Beside]) -> bool:
    os.write(note, json.dumps(str(claim.origin.relative_to(work.parent))).encode("ascii"))
    os.fsync(note)
    sync_folder(claim.folder)
    sync_folder(work)
    try:
        claim.origin.rename(claim.content)
    except FileNotFoundError:
        claim.remove()
        return False
    except OSError:
        claim.remove()
        raise
    try:
        for kind in beside:
            kind.of(claim.origin).rename(claim.beside(kind))
    except OSError:  # it went away, or may not be moved: nothing is taken without it
        claim.give_back()
        raise
    sync_folder(claim.folder)
    sync_folder(claim.origin.parent)
    return True


@contextmanager
def found(folder: Path) -> Iterator[Claim | None]:
    """Hold a claim that an earlier run left behind; None when a living process holds it, or there is none."""
    try:
        descriptor = os.open(folder / NOTE, os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC)
    except OSError:
        with suppress(OSError):  # not empty, or gone: somebody is making or removing this very claim
            folder.rmdir()
        yield None
        return
    try:
        yield Claim(id=folder.name, folder=folder, origin=_origin(descriptor, folder)) if _lock(descriptor) else None
    finally:
        os.close(descriptor)


def _lock(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _origin(note: int, folder: Path) -> Path:
    """Return the place in the note. A crash while it was written leaves it broken, but then nothing was moved yet."""
    try:
        place = Path(json.loads(os.pread(note, 1 << 16, 0)))
    except (ValueError, TypeError):
        return folder / NOTE  # a name that is taken: whatever is there is reported and stays
    if place.is_absolute() or ".." in place.parts:
        return folder / NOTE
    return folder.parent.parent / place


def _refuse_if_taken(source: Path, target: Path) -> None:
    if os.path.lexists(target) and not target.samefile(source):
        raise FileExistsError(errno.EEXIST, "the name is taken")


def _move_unless_taken(source: Path, target: Path) -> None:
    """Rename without ever replacing a file; `OSError` when the name is taken."""
    _refuse_if_taken(source, target)
    if source.is_file():
        with suppress(FileExistsError):  # it is there already: a crash came between the two lines
            try:
                os.link(source, target, follow_symlinks=False)
            except PermissionError:  # another's file, or a file system without links: the check above must do
                source.rename(target)
                return
        if not target.samefile(source):
            raise FileExistsError(errno.EEXIST, "the name is taken")
        source.unlink()
    else:
        source.rename(target)


class _Steady(io.RawIOBase):
    """One claimed file, opened when it is first read. Its end is an error unless it still looks as it was seen."""

    def __init__(self, path: Path, name: str, expected: Print, *, is_folder: bool) -> None:
        super().__init__()
        self._where = (path, name, is_folder)
        self._expected = expected
        self._descriptor = -1
        self._at_end = False

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer) -> int:
        if self._at_end:
            return 0
        if self._descriptor < 0:
            path, name, is_folder = self._where
            self._descriptor = open_file(path, name, is_folder=is_folder)
        count = os.readv(self._descriptor, [buffer])
        if not count:
            if print_of(self._descriptor) != self._expected:
                raise StillChanging(errno.ESTALE, "changed while it was being taken")
            self._at_end = True
            self._let_go()
        return count

    def close(self) -> None:
        self._let_go()
        super().close()

    def _let_go(self) -> None:
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1


def streams(claim: Claim, sight: Sight) -> list[tuple[str, BinaryIO]]:
    """Return every file of a claim with its name; in a folder, that of the folder that was dropped stands before it.

    A folder's name may bear the marking of everything in it. Passwords and reasons are left out.
    """
    top = claim.origin.name
    return [
        (f"{top}/{name}" if sight.is_folder else top, _stream(claim.content, name, expected, sight))
        for name, expected in sight.files
        if not (sight.is_folder and kind_of(name))
    ]


def passwords_in(claim: Claim, sight: Sight) -> tuple[str, ...]:
    """Return the passwords that came with a claim: from beside it, and from within a folder.

    Raises `NotAccepted` for what is no file of passwords, `OSError` for one that changed.
    """
    return checked(line for raw in _beside(claim, sight, Beside.PASSWORDS) for line in read_lines(raw))


def reason_in(claim: Claim, sight: Sight) -> str:
    """Return why a claim is sent, as what came with it says; raises as `passwords_in` does."""
    return checked_reason([read_reason(raw) for raw in _beside(claim, sight, Beside.REASON)])


def _beside(claim: Claim, sight: Sight, kind: Beside) -> Iterator[bytes]:
    """Yield what the files of a kind hold: the one from beside, and those from within a folder."""
    for each, expected in sight.beside:
        if each is kind:
            with io.BufferedReader(_Steady(claim.beside(kind), "", expected, is_folder=False)) as source:
                yield source.read(kind.most_bytes + 1)
    for name, expected in sight.files:
        if sight.is_folder and kind_of(name) is kind:
            with _stream(claim.content, name, expected, sight) as source:
                yield source.read()


def _stream(path: Path, name: str, expected: Print, sight: Sight) -> BinaryIO:
    return io.BufferedReader(_Steady(path, name, expected, is_folder=sight.is_folder), 1 << 16)
