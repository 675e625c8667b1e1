"""unseal: opens what this gateway sealed, for whoever has the passphrase or the key. `gateway open`.

In      a sealed file, a folder for what is in it, the passphrase or the key
Out     the files that were in it, under names that are no paths; nothing where anything does not verify
Laws    what is opened was sealed as the gateway seals, by the readers that verify at sealing; nothing else is taken;
        no file is overwritten; of what did not verify nothing is left behind; whether a format can show an alteration
        is said; secrets stand on no command line and in no file on a disk; no more comes out than was sealed
Fails   `NotOpened`

The kind is told by content, not by name.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Final, TypeAlias

from gateway.errors import GatewayError
from gateway.system.atomic import PRIVATE, put_new

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
BY_KEY: Final = frozenset({"pgp", "smime"})
NEEDED: Final = (
    ("passphrase", "put the passphrase into a file and name it with --password-file; mind the hyphens"),
    ("key", "name the private key with --key FILE; its passphrase, if it has one, goes into --password-file"),
)
"""What opens it, and how it is given: without a key, and with one."""


class NotOpened(GatewayError):
    """It cannot be opened with this, or it is not what this gateway made."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Secrets:
    """What opens it: a passphrase, or a private key in a file (with its own passphrase, if it has one).

    `certificate` is that of the key, for S/MIME, where it does not stand in the same file.
    """

    words: str = field(default="", repr=False)
    key: Path | None = None
    certificate: Path | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """Whether it is shown that nothing was altered on the way, and what else is to be said of it."""

    verified: bool = True
    remark: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """What was opened: its method, the files that came out of it, and what was shown."""

    method: str
    files: Sequence[Path]
    shown: Shown


Unsealer: TypeAlias = Callable[[Path, Path, Secrets], Shown]
"""(sealed file, an empty folder of our own, secrets): writes what is inside into the folder, under its names.

Raises `ValueError` or `OSError` where it does not open; what it wrote until then is removed. The folder above is its
own too, for what is on the way.
"""


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


def unseal(file: Path, folder: Path, secrets: Secrets) -> Opened:
    """Open a sealed file; what came out of it is then in `folder`, for its owner alone.

    All of it or none: what is inside is written to a private folder beside, and moved when all of it has verified.
    """
    kind = kind_of(file)
    what, hint = NEEDED[kind in BY_KEY]
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".opening-", dir=folder) as private:
            inside = Path(private) / "inside"
            inside.mkdir()
            shown = unsealers()[kind](file, inside, secrets)
            return Opened(method=kind, files=_put(sorted(inside.iterdir()), folder), shown=shown)
    except ValueError:
        message = f"{file.name} does not open with this {what}, was altered, or is nothing that this gateway seals"
        raise NotOpened(message, hint=hint) from None
    except OSError as error:
        raise NotOpened(f"{file.name} could not be opened: {error.strerror or 'it took too long'}") from None


def _put(found: Sequence[Path], folder: Path) -> list[Path]:
    """Move files into the folder, all or none; `NotOpened` where one of the names is taken there."""
    if not found:
        raise ValueError("there is nothing in it")
    done: list[Path] = []
    try:
        for path in found:
            path.chmod(PRIVATE)
            put_new(path, folder / path.name)
            done.append(folder / path.name)
    except BaseException as error:
        for each in done:
            each.unlink()
        if isinstance(error, FileExistsError):
            taken = folder / found[len(done)].name
            raise NotOpened(
                f"{taken} is there already", hint="name another folder with --out, or move it away"
            ) from None
        raise
    return done
