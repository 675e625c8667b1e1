"""Encryptor `zip`: a ZIP container with AE-2 entries, AES-256, for recipients who have no key.

What stays readable in such a container is neutral: entries are called `document-1.docx` and bear the oldest date
there is. The original names stand in `contents.txt`, which is sealed like the rest. A whole mail message also comes
as `message.txt` and with its attachments beside it, so that a person without a mail program can read it.
Format: WinZip AE-2 (https://www.winzip.com/en/support/aes-encryption/), stored, not compressed.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Final

import pyzipper
from pyzipper.zipfile_aes import AESZipInfo

from gateway.errors import NotSealed
from gateway.model.transfer import Evidence
from gateway.protect import Envelope, Plain, passphrase
from gateway.protect.container_check import Checker, own_reader, seven_zip
from gateway.protect.naming import LONG_AGO, file_name, neutral_name
from gateway.protect.readable import readable

MESSAGE: Final = "message/rfc822"
NEWLINE: Final = "\r\n"  # whoever opens it may have nothing better than Notepad


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One thing to go into the container, under its neutral name; `says` is its line in `contents.txt`."""

    entry: str
    says: str
    content: bytes


class ZipEncryptor:
    """Seals with a fresh passphrase, for anybody; each of `checkers` in turn is asked whether it is here to verify."""

    name = "zip"

    def __init__(
        self,
        *,
        draw: Callable[[], str] = passphrase.draw,
        checkers: Sequence[Checker] = (seven_zip, own_reader),
    ) -> None:
        self._draw = draw
        self._checkers = tuple(checkers)

    def may_seal_for(self, recipient: str) -> bool:
        """Say yes: whoever can be told a passphrase can open a ZIP."""
        return bool(recipient)

    def seal(self, parts: Sequence[Plain], recipient: str, name: str) -> Envelope:  # noqa: ARG002 - for anybody
        """Seal the parts into one container; `NotSealed` when no second reader says that it holds."""
        if not parts:
            raise NotSealed("there is nothing to seal")
        entries = [(item.entry, item.content) for item in arrange(parts)]
        words = self._draw()
        container = write(entries, words)
        verified_by = self._verify(container, entries, words)
        evidence = Evidence(
            method=self.name,
            cipher="AES-256",
            verified_by=verified_by,
            status=f"{len(entries)} entries, each AE-2 with AES-256; wrong passphrase refused; same bytes",
        )
        return Envelope(
            name=f"{name}.zip", media_type="application/zip", content=container, evidence=evidence, passphrase=words
        )

    def _verify(self, container: bytes, entries: Sequence[tuple[str, bytes]], words: str) -> str:
        """Return who verified. A checker that is not here returns an empty name; one that finds fault raises."""
        for check in self._checkers:
            if who := check(container, entries, words, self._draw()):
                return who
        raise NotSealed("nobody but the writer could read the container", hint="install the package p7zip-full")


def write(entries: Sequence[tuple[str, bytes]], words: str) -> bytes:
    """Return a container of AE-2 entries; pyzipper refuses to write without a passphrase."""
    target = io.BytesIO()
    with pyzipper.AESZipFile(target, "w", compression=pyzipper.ZIP_STORED, encryption=pyzipper.WZ_AES) as archive:
        archive.setpassword(words.encode("ascii"))
        for name, content in entries:
            archive.writestr(AESZipInfo(name, date_time=LONG_AGO), content)
    return target.getvalue()


def arrange(parts: Sequence[Plain]) -> list[Item]:
    """Return what goes into the container, `contents.txt` first."""
    if len(parts) == 1 and parts[0].media_type == MESSAGE:
        heading, items = _message(parts[0])
    else:
        heading, items = "", _documents((part.name, part.content) for part in parts)
    markings = dict.fromkeys(part.marking for part in parts if part.marking)
    lines = [f"Protective marking: {marking}{NEWLINE}" for marking in markings] + ([heading] if heading else [])
    lines += [f"{item.entry}: {item.says}" for item in items]
    listing = NEWLINE.join([*lines, ""]).encode("utf-8-sig")
    return [Item(entry="contents.txt", says="this list", content=listing), *items]


def _message(message: Plain) -> tuple[str, list[Item]]:
    """Return the heading of the list and the entries for a whole mail message."""
    read = readable(message.content)
    items = [
        Item(entry="message.eml", says="the whole message, for a mail program", content=message.content),
        Item(entry="message.txt", says="the message, to read", content=read.text.encode("utf-8-sig", "replace")),
    ]
    return read.heading + NEWLINE, items + _documents(read.attachments)


def _documents(files: Iterable[tuple[str, bytes]]) -> list[Item]:
    return [
        Item(entry=neutral_name(number, name), says=file_name(name), content=content)
        for number, (name, content) in enumerate(files, start=1)
    ]
