"""What operators taught the gateway: registers of people and learned forms, in two folders of the state folder.

Each folder has its key, made once and readable by its owner alone, and one file for each name. What is there and cannot
be read stops the start: a register that were passed over in silence would let its people through.
"""

from __future__ import annotations

import os
import secrets
import stat
from collections.abc import Callable, Iterable, Iterator
from enum import StrEnum
from pathlib import Path
from typing import Final, TypeVar

from gateway.classify import Examiner
from gateway.classify.forms.examiner import FormExaminer
from gateway.classify.forms.sketch import Sketch
from gateway.classify.keyed import KEY_SIZE, RESERVED, NotWhole, is_name
from gateway.classify.registers.examiner import RegisterExaminer
from gateway.classify.registers.index import Index
from gateway.errors import Unsound
from gateway.system import atomic

LARGEST: Final = 4 << 30
_MEND: Final = "make it again, or 'gateway detectors forget' it"

Read = TypeVar("Read", Index, Sketch)


class Taught(StrEnum):
    """What can be taught; the value is a word for it and, with an s, its folder."""

    FORM = "form"
    REGISTER = "register"

    def folder(self, state: Path) -> Path:
        """Return where it is kept."""
        return state / f"{self.value}s"


def names(state: Path, kind: Taught) -> list[str]:
    """Return what was taught of a kind; raises `Unsound` for what is in the folder and was not taught."""
    folder = kind.folder(state)
    try:
        entries = sorted(entry.name for entry in folder.iterdir())
    except FileNotFoundError:
        return []
    except OSError as trouble:
        raise Unsound(f"{folder} cannot be read ({(trouble.strerror or 'failed').lower()})") from None
    entries = [entry for entry in entries if not entry.startswith(".") and entry != RESERVED]
    if strange := [entry for entry in entries if not is_name(entry) or not (folder / entry).is_file()]:
        raise Unsound(f"in {folder} stands something that is no {kind}: {strange[0]!a}; take it away")
    return entries


def read_key(state: Path, kind: Taught) -> bytes:
    """Return the key of a kind; raises `Unsound` when it is not there or not a key."""
    path = kind.folder(state) / RESERVED
    try:
        key = _read(path)
    except FileNotFoundError:
        raise Unsound(f"the key of the {kind}s is gone ({path}); restore it, or forget and load them again") from None
    except OSError as trouble:
        raise Unsound(f"{path} cannot be read ({(trouble.strerror or 'failed').lower()})") from None
    if len(key) != KEY_SIZE:
        raise Unsound(f"{path} is no key; restore it, or forget the {kind}s, remove it, and load them again")
    return key


def own_key(state: Path, kind: Taught) -> bytes:
    """Return the key of a kind; make it the first time. Raises `Unsound` when others need the one that is gone."""
    folder = kind.folder(state)
    atomic.make_private_folder(folder)
    path = folder / RESERVED
    if not path.exists() and not names(state, kind):
        atomic.write(path, secrets.token_bytes(KEY_SIZE))
    return read_key(state, kind)


def write(state: Path, kind: Taught, name: str, pieces: Iterable[bytes]) -> None:
    """Keep what was taught under a name. What had the name before stays in force until the new one is whole."""
    atomic.write_with(kind.folder(state) / name, lambda target: target.writelines(pieces))


def forget(state: Path, kind: Taught, name: str) -> None:
    """Take a register or form away."""
    folder = kind.folder(state)
    (folder / name).unlink()
    atomic.sync_folder(folder)


def read_register(state: Path, name: str) -> Index:
    """Read a register; raises `Unsound` when it is damaged."""
    return _parsed(state, Taught.REGISTER, name, Index)


def read_form(state: Path, name: str) -> Sketch:
    """Read a form; raises `Unsound` when it is damaged."""
    return _parsed(state, Taught.FORM, name, Sketch.read)


def examiners(state: Path) -> Iterator[Examiner]:
    """Yield what finds everything that was taught; raises `Unsound` when any of it cannot be read."""
    if registers := names(state, Taught.REGISTER):
        yield RegisterExaminer({name: read_register(state, name) for name in registers})
    if forms := names(state, Taught.FORM):
        yield FormExaminer({name: read_form(state, name) for name in forms}, read_key(state, Taught.FORM))


def _parsed(state: Path, kind: Taught, name: str, parse: Callable[[bytes, bytes], Read]) -> Read:
    key = read_key(state, kind)
    try:
        return parse(_read(kind.folder(state) / name), key)
    except NotWhole as trouble:
        raise Unsound(f"the {kind} '{name}' cannot be read: {trouble}; {_MEND}") from None
    except (OSError, ValueError, KeyError, TypeError) as trouble:
        raise Unsound(f"the {kind} '{name}' cannot be read ({type(trouble).__name__}); {_MEND}") from None


def _read(path: Path) -> bytes:
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK)
    with os.fdopen(descriptor, "rb") as source:
        about = os.fstat(source.fileno())
        if not stat.S_ISREG(about.st_mode) or about.st_size > LARGEST:
            raise Unsound(f"{path} is no file of the gateway")
        return source.read()
