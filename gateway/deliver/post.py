"""Notices on their way to the sender: as a file in a folder, or as mail. They hold no content and go nowhere else."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Protocol

from gateway.deliver import Channel, Consignment
from gateway.errors import NotSealed, TryLater, Undeliverable
from gateway.model.transfer import Notice, Sealed, SealedPart
from gateway.system import atomic

LONGEST_SUBJECT = 160  # bytes: a file name has 255
READABLE = 0o640  # staff read their notices through the group of the folder


class Post(Protocol):
    """Tells a sender something. Telling twice has the effect of once, as far as the means allow."""

    def tell(self, notice: Notice, text: str, at: datetime) -> None:
        """Hand the notice over; raises `TryLater` or `Undeliverable`."""


class FolderPost:
    """Writes each notice as a text file, named so that a folder listing reads as a history."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def tell(self, notice: Notice, text: str, at: datetime) -> None:
        """Write `2026-11-22 0641 Sent (t-…).txt`; the same notice again replaces the same file."""
        words = notice.subject.replace("/", "-").encode()[:LONGEST_SUBJECT].decode(errors="ignore")
        name = f"{at:%Y-%m-%d %H%M%S} {words} {notice.id}.txt"  # whole ids: no notice may take another's place
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            atomic.write(self._folder / name, f"{notice.subject}\n\n{text}".encode(), mode=READABLE)
        except OSError as error:
            raise TryLater(f"the notices folder cannot be written ({type(error).__name__})") from None


class MailPost:
    """Sends each notice as mail through a channel of the house. `compose` builds the message (see `protect`)."""

    def __init__(self, channel: Channel, compose: Callable[[Notice, str, datetime], tuple[Sealed, bytes]]) -> None:
        self._channel = channel
        self._compose = compose

    def tell(self, notice: Notice, text: str, at: datetime) -> None:
        """Send the notice with a null envelope sender (RFC 5321 section 4.5.5), so that nothing answers it."""
        sealed, message = self._compose(notice, text, at)
        part = SealedPart(name="notice.eml", media_type="message/rfc822", object_id="", size=len(message), sha256="")
        try:
            self._channel.send(Consignment(sealed=sealed, sender="", recipient=notice.to, contents=[(part, message)]))
        except NotSealed as error:
            raise Undeliverable(error.message) from None
