"""unseal: opens what this gateway sealed, for whoever has the passphrase or the key. `gateway open`.

In      a sealed file, a folder for what is in it, the passphrase or the key
Out     the files that were in it, under names that are no paths; nothing where anything does not verify
Laws    no file is overwritten; nothing is left behind of what did not verify; secrets stand on no command line
Fails   `NotOpened`

The kind is told by content, not by name.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Final, TypeAlias

from gateway.errors import GatewayError
from gateway.protect.naming import distinct

START: Final = 4096
HEADS: Final[tuple[tuple[bytes, str], ...]] = (
    (b"PK\x03\x04", "zip"),
    (b"7z\xbc\xaf\x27\x1c", "7z"),
    (b"%PDF-", "pdf"),
    (b"<!doctype html", "html"),
    (b"-----BEGIN PGP MESSAGE-----", "pgp"),
    (b"0\x80", "smime"),
    (b"0\x82", "smime"),
    (b"0\x83", "smime"),
    (b"0\x84", "smime"),
)
SESSION_KEYS: Final = frozenset({0x84, 0x85, 0xC1})  # an OpenPGP message begins with a session key (RFC 9580 5.1)


class NotOpened(GatewayError):
    """It cannot be opened with this, or it is not what this gateway made."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Secrets:
    """What opens it: a passphrase, or a private key in a file (with its own passphrase, if it has one)."""

    words: str = field(default="", repr=False)
    key: Path | None = None


Unsealer: TypeAlias = Callable[[Path, Path, Secrets], None]
"""(sealed file, an empty folder of our own, secrets): writes what is inside into the folder."""


def unsealers() -> Mapping[str, Unsealer]:
    """Return what opens each kind; loaded late, because each needs its own library."""
    from gateway.protect.unseal import by_key, by_passphrase  # noqa: PLC0415 - as said

    return MappingProxyType(
        {
            "7z": by_passphrase.seven_zip,
            "html": by_passphrase.page,
            "pdf": by_passphrase.pdf,
            "pgp": by_key.openpgp,
            "smime": by_key.smime,
            "zip": by_passphrase.container,
        }
    )


def kind_of(file: Path) -> str:
    """Return the method that made a file; `NotOpened` where none of ours did."""
    with file.open("rb") as source:
        start = source.read(START)
    head = start.lstrip()[:64]
    for magic, kind in HEADS:
        if head.lower().startswith(magic.lower()):
            return kind
    if start[:1] and start[0] in SESSION_KEYS:
        return "pgp"
    raise NotOpened(
        f"{file.name} is nothing that this gateway seals", hint="it opens ZIP, 7z, PDF, HTML, OpenPGP, S/MIME"
    )


def unseal(file: Path, folder: Path, secrets: Secrets) -> tuple[str, list[Path]]:
    """Return the kind of a sealed file, and the files that came out of it, which are now in `folder`.

    All of them or none: what is inside is written to a private folder beside, and moved when all of it has verified.
    """
    kind = kind_of(file)
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".opening-", dir=folder) as private:
        place = Path(private) / "inside"
        place.mkdir()
        unsealers()[kind](file, place, secrets)
        found = sorted(path for path in place.rglob("*") if path.is_file() and not path.is_symlink())
        if not found:
            raise NotOpened(f"there is nothing in {file.name}")
        names = distinct(path.name for path in found)
        targets = [folder / name for name in names]
        taken = [target for target in targets if target.exists() or target.is_symlink()]
        if taken:
            raise NotOpened(f"{taken[0]} is there already", hint="name another folder with --out, or move it away")
        for path, target in zip(found, targets, strict=True):
            shutil.move(path, target)
    return kind, targets
