"""Channel kind folder: writes each sealed file, whole or not at all, into a folder for its recipient.

    <path>/<recipient>/<delivery id>-<number>-<name>

The names hold the delivery's id, so doing it again after a crash writes the same files again: exactly once.
"""

from __future__ import annotations

import hashlib
import os
import re
import stat
from functools import partial
from pathlib import Path
from typing import Final

from gateway.deliver import Consignment
from gateway.errors import NotSealed, TryLater
from gateway.model.content import pour
from gateway.model.transfer import Receipt
from gateway.system import atomic
from gateway.system.clock import Clock, MachineClock

UNSAFE: Final = re.compile(r"[^A-Za-z0-9@._+\-]")
TRIAL: Final = "trial: written to a folder, no TLS proved"
LONGEST: Final = 100  # characters of a name: with id, number and scratch ending well below 255 bytes


class FolderChannel:
    """Writes below one folder, which must exist: a share that is not mounted must not be taken for an empty one.

    With `trial` it stands for a next hop that proves TLS, and takes deliveries that demand it: each receipt says so.
    """

    takes_messages = False

    def __init__(
        self, name: str, *, path: Path, mode: int = 0o640, clock: Clock | None = None, trial: bool = False
    ) -> None:
        self.name = name
        self._path = path
        self._trial = trial
        self._mode = mode
        self._clock = clock or MachineClock()

    def send(self, consignment: Consignment) -> Receipt:
        """Write every part durably; raises `NotSealed` where verified TLS is demanded, `TryLater` for disk trouble."""
        if consignment.sealed.needs_verified_tls and not self._trial:
            raise NotSealed(
                f"the channel {self.name} is a folder, and this delivery demands verified TLS",
                hint="route the recipient through a mail channel with tls: verify",
            )
        size = 0
        try:
            folder = self._folder_for(consignment.recipient)
            for number, (part, content) in enumerate(consignment.contents, start=1):
                name = f"{consignment.sealed.delivery_id}-{number}-{safe_name(part.name)}"
                atomic.write_with(folder / name, partial(pour, content), mode=self._mode)
                size += content.size
        except OSError as error:
            raise TryLater(
                f"cannot write below {self._path}: {os.strerror(error.errno or 0)}",
                hint="check that it is mounted, has room and may be written by the gateway",
            ) from None
        answer = f"wrote {len(consignment.contents)} files, {size} bytes"
        if consignment.sealed.needs_verified_tls:
            answer = f"{TRIAL}; {answer}"
        return Receipt(channel=self.name, at=self._clock.now(), answer=answer)

    def _folder_for(self, recipient: str) -> Path:
        folder = self._path / safe_name(recipient)
        try:
            folder.mkdir(mode=0o750)
        except FileExistsError:
            if not stat.S_ISDIR(folder.lstat().st_mode):  # a link would let the far side choose another place
                raise NotADirectoryError(20, "not a folder") from None
        else:
            atomic.sync_folder(self._path)
        return folder


def safe_name(untrusted: str) -> str:
    """Return a name that is no path, not hidden and fit for any file system; a digest marks what had to change."""
    safe = UNSAFE.sub("_", untrusted).lstrip(".").rstrip(".")
    if safe == untrusted and 0 < len(safe) <= LONGEST:
        return safe
    digest = hashlib.sha256(untrusted.encode("utf-8", "surrogatepass")).hexdigest()[:8]
    stem, dot, ending = safe.rpartition(".")
    if not dot or len(ending) > len("tar.7z.gpg"):
        stem, ending = safe, ""
    return f"{stem[: LONGEST - 20]}-{digest}{'.' if ending else ''}{ending}"
