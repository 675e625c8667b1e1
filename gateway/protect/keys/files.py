"""Finds certificates in files and folders that an officer names; mail messages among them are looked into."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from gateway.errors import NotAccepted
from gateway.protect.keys import mail
from gateway.protect.keys.found import Found
from gateway.protect.keys.judged import LARGEST

LARGEST_MESSAGE: Final = 64 << 20  # bytes
MOST: Final = 1000  # files in a folder
MESSAGE: Final = ".eml"


def files_at(path: Path) -> list[Path]:
    """Return a file, or the files of a folder but hidden ones; `NotAccepted` where there are too many, `OSError`."""
    if not path.is_dir():
        return [path]
    files = sorted(each for each in path.iterdir() if each.is_file() and not each.name.startswith("."))
    if len(files) > MOST:
        raise NotAccepted(f"there are more than {MOST} files in {path}", hint="import them in smaller folders")
    return files


def found_in(path: Path) -> tuple[Found, ...]:
    """Return what may be a certificate in a file; `NotAccepted`, `OSError`.

    A certificate that is too large comes out cut short to just above what is taken, so that it is refused as such.
    """
    is_message = path.suffix.lower() == MESSAGE
    with path.open("rb") as source:
        content = source.read((LARGEST_MESSAGE if is_message else LARGEST) + 1)
    if not is_message:
        return (Found(where=str(path), content=content),)
    if len(content) > LARGEST_MESSAGE:
        raise NotAccepted(f"{path} is larger than 64 MiB", hint="save the attached key by itself")
    found = mail.found_in(content, str(path))
    if not found:
        raise NotAccepted(f"there is no certificate in {path}", hint="ask its sender to attach the key")
    return found
