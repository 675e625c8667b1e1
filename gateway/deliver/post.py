"""Notices on their way to the sender or an officer: as a file in a folder, or as mail. They hold no content."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Final, Protocol

from gateway.deliver import Channel, Consignment
from gateway.errors import NotSealed, TryLater, Undeliverable
from gateway.model.content import Held
from gateway.model.report import Enclosed
from gateway.model.transfer import Notice, Sealed, SealedPart
from gateway.model.verdict import Owing, named
from gateway.system import atomic

LONGEST_SUBJECT = 160  # bytes: a file name has 255
READABLE = 0o640  # staff read their notices through the group of the folder
FOR_OFFICERS: Final = "notices-for-officers"


class Post(Protocol):
    """Tells a sender or an officer something. Telling twice has the effect of once, as far as the means allow."""

    def tell(self, notice: Notice, text: str, at: datetime) -> None:
        """Hand the notice over; raises `TryLater` or `Undeliverable`."""


class FolderPost:
    """Writes each notice as a text file with this mode, named so that a folder listing reads as a history."""

    def __init__(self, folder: Path, *, mode: int = READABLE) -> None:
        self._folder = folder
        self._mode = mode

    def tell(self, notice: Notice, text: str, at: datetime) -> None:
        """Write `2026-11-22 0641 Sent (t-…).txt`; the same notice again replaces the same file."""
        words = notice.subject.replace("/", "-").encode()[:LONGEST_SUBJECT].decode(errors="ignore")
        name = f"{at:%Y-%m-%d %H%M%S} {words} {notice.id}.txt"  # whole ids: no notice may take another's place
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            atomic.write(self._folder / name, f"{notice.subject}\n\n{text}".encode(), mode=self._mode)
        except OSError as error:
            raise TryLater(f"the notices folder cannot be written ({type(error).__name__})") from None


class OfficersPost:
    """Writes notices to officers below the state folder, `notices-for-officers/ROLE/…`: staff read none of them."""

    def __init__(self, state: Path) -> None:
        self._folder = state / FOR_OFFICERS

    def tell(self, notice: Notice, text: str, at: datetime) -> None:
        """Write the notice as `FolderPost` does, for the account of the gateway only."""
        for role in named([notice.about], Owing.TELL):
            folder = self._folder / role
            try:
                for private in (self._folder, folder):
                    atomic.make_private_folder(private)
            except OSError as error:
                raise TryLater(f"the folder for officers cannot be made ({type(error).__name__})") from None
            return FolderPost(folder, mode=atomic.PRIVATE).tell(notice, text, at)
        raise Undeliverable(f"{notice.about} is for nobody with a role")


class MailPost:
    """Sends each notice as mail through a channel of the house. `compose` builds the message (see `protect`)."""

    def __init__(
        self, channel: Channel, compose: Callable[[Notice, str, datetime, Enclosed | None], tuple[Sealed, bytes]]
    ) -> None:
        self._channel = channel
        self._compose = compose

    def tell(self, notice: Notice, text: str, at: datetime, enclosed: Enclosed | None = None) -> None:
        """Send the notice with a null envelope sender (RFC 5321 section 4.5.5), so that nothing answers it."""
        sealed, message = self._compose(notice, text, at, enclosed)
        part = SealedPart(name="notice.eml", media_type="message/rfc822", object_id="", size=len(message), sha256="")
        try:
            self._channel.send(
                Consignment(sealed=sealed, sender="", recipient=notice.to, contents=[(part, Held(message))])
            )
        except NotSealed as error:
            raise Undeliverable(error.message) from None
