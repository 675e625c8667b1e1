"""Encryptor `zip`: a ZIP container with AE-2 entries, AES-256, for recipients who have no key.

What stays readable in such a container is neutral: entries are called `document-1.docx` and bear the oldest date
there is. The original names stand in `contents.txt`, which is sealed like the rest. A whole mail message also comes
as `message.txt` and with its attachments beside it, so that a person without a mail program can read it.
Format: WinZip AE-2 (https://www.winzip.com/en/support/aes-encryption/), stored, not compressed.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from pyzipper.zipfile_aes import AESZipInfo

from gateway.errors import NotSealed
from gateway.model.transfer import Evidence
from gateway.protect import Content, Envelope, Plain, passphrase
from gateway.protect.content import chunks
from gateway.protect.listing import arrange
from gateway.protect.methods.zip_check import Checker, own_reader, seven_zip
from gateway.protect.methods.zip_cipher import Ae2ZipFile
from gateway.protect.naming import LONG_AGO


class ZipEncryptor:
    """Seals for anybody; each of `checkers` in turn is asked whether it is here to verify."""

    name = "zip"
    by_passphrase = True

    def __init__(self, *, checkers: Sequence[Checker] = (seven_zip, own_reader)) -> None:
        self._checkers = tuple(checkers)

    def seal(self, parts: Sequence[Plain], recipient: str, name: str, desk: Path, words: str) -> Envelope:
        """Seal the parts; `NotSealed` when no second reader says that it holds."""
        del recipient
        if not parts:
            raise NotSealed("there is nothing to seal")
        entries = [(item.entry, item.content) for item in arrange(parts)]
        file = desk / f"{name}.zip"
        write(entries, words, file)
        evidence = Evidence(
            method=self.name,
            cipher="AES-256",
            verified_by=self._verify(file, entries, words),
            status=f"{len(entries)} entries, each AE-2 with AES-256; wrong passphrase refused; same bytes",
        )
        return Envelope(name=file.name, media_type="application/zip", file=file, evidence=evidence)

    def _verify(self, file: Path, entries: Sequence[tuple[str, Content]], words: str) -> str:
        """Return who verified. A checker that is not here returns an empty name; one that finds fault raises."""
        for check in self._checkers:
            if who := check(file, entries, words, passphrase.draw()):
                return who
        raise NotSealed("nobody but the writer could read the container", hint="install the package p7zip-full")


def write(entries: Iterable[tuple[str, Content]], words: str, file: Path) -> None:
    """Write a container of AE-2 entries, with ZIP64 where sizes or places ask for it."""
    with Ae2ZipFile(file, words) as archive:
        for name, content in entries:
            about = AESZipInfo(name, date_time=LONG_AGO)
            about.file_size = content.size  # it tells pyzipper whether the entry needs ZIP64
            left = content.size
            with archive.open(about, "w") as entry:
                for piece in chunks(content):
                    left -= len(piece)
                    if left < 0:
                        break
                    entry.write(piece)
            if left:
                raise NotSealed("content changed while it was sealed")
