"""The master key as a systemd credential: decrypted by systemd for the service, in memory, gone when it ends.

systemd.exec(5), LoadCredentialEncrypted=: the file is in $CREDENTIALS_DIRECTORY, below /run/credentials, belongs to
root or to the service's account, and nobody can write it. The disk holds it encrypted only, by the machine's TPM where
there is one. A secret that another keeper needs (a PIN, a token) is read the same way.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from gateway.errors import Unsound
from gateway.store.master_key import SIZE, MasterKey, read_checked, read_private

DIRECTORY: Final = "CREDENTIALS_DIRECTORY"
ROOT: Final = 0
NOT_FOR_US: Final = 0o337
"""Bits that a credential may not have: only its owner and its group may read it, and nobody may write it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Credential:
    """A credential by its name. `folder` is where it lies when no service manager says so."""

    name: str
    folder: Path | None = None

    def read(self, size: int | None = None) -> bytes:
        """Return its content, of `size` bytes if given; `Unsound`."""
        folder = os.environ.get(DIRECTORY) or self.folder
        if not folder:
            raise Unsound(
                f"there are no credentials here, and {self.name} is wanted",
                hint=f"start the service by systemd with LoadCredentialEncrypted={self.name}:..., or set 'folder'",
            )
        return read_checked(Path(folder) / self.name, size, _check)


@dataclass(frozen=True, slots=True, kw_only=True)
class Secret:
    """A secret of a keeper: in a private file or a credential, one of the two."""

    file: Path | None = None
    credential: Credential | None = None

    def read(self) -> str:
        """Return its text without the end of the line; `Unsound`."""
        content = self.credential.read() if self.credential else read_private(self.file or Path())
        try:
            return content.decode("utf-8").rstrip("\r\n")
        except UnicodeDecodeError:
            where = f"in credential {self.credential.name}" if self.credential else f"in {self.file}"
            raise Unsound(f"the secret {where} is not text", hint="write it as UTF-8") from None


class CredentialKeys:
    """A `Holder` of the one key in a credential."""

    def __init__(self, credential: Credential) -> None:
        self._credential = credential

    def __call__(self) -> Sequence[MasterKey]:
        """Return the key; `Unsound`."""
        return (MasterKey(secret=self._credential.read(SIZE)),)


def _check(path: Path, about: os.stat_result) -> None:
    if not stat.S_ISREG(about.st_mode):
        raise Unsound(f"the credential {path} is not a plain file", hint="let systemd make it")
    if about.st_uid not in {ROOT, os.geteuid()}:
        raise Unsound(f"the credential {path} belongs to somebody else", hint="let systemd make it")
    if stat.S_IMODE(about.st_mode) & NOT_FOR_US:
        raise Unsound(
            f"the credential {path} has mode {stat.S_IMODE(about.st_mode):04o}", hint="it must be 0400 or 0440"
        )
