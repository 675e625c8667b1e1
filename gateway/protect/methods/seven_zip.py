"""Encryptor `7z`: a 7z archive under AES-256 that hides its names too, for recipients who have 7-Zip and no key.

We write the archive, and the program 7z, which none of us wrote, opens it: where it is not installed the method is not
available. Files lie in it under their true names. A whole mail message also comes as `message.txt` and with its
attachments beside it. The format has no authentication but CRC-32 within the seal: damage is noticed, and so is a
changed bit, but not with a cryptographic certainty; the evidence says so.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Final, TypeAlias

from gateway.errors import NotSealed
from gateway.model.transfer import Evidence
from gateway.protect import Content, Envelope, Plain, passphrase
from gateway.protect.listing import arrange_named
from gateway.protect.methods import by_7z
from gateway.protect.methods.seven_zip_writer import write

METHOD: Final = "7zAES:19"

Entries: TypeAlias = Sequence[tuple[str, Content]]


class SevenZipEncryptor:
    """Seals for anybody, where the program 7z is here to verify."""

    name = "7z"
    by_passphrase = True

    def may_seal_for(self, _recipient: str) -> bool:
        """Say whether the program is installed."""
        return by_7z.is_here()

    def seal(self, parts: Sequence[Plain], recipient: str, name: str, desk: Path, words: str) -> Envelope:
        """Seal the parts; `NotSealed` when 7z does not say that it holds."""
        if not self.may_seal_for(recipient):
            raise NotSealed("the program 7z is not installed", hint="install the package p7zip-full")
        if not parts:
            raise NotSealed("there is nothing to seal")
        entries = [(item.entry, item.content) for item in arrange_named(parts)]
        file = desk / f"{name}.7z"
        write(entries, words, file)
        verify(file, entries, words, passphrase.draw())
        evidence = Evidence(
            method=self.name,
            cipher="AES-256",
            verified_by=by_7z.PROGRAM,
            status=f"{len(entries)} files, 7zAES with hidden names; wrong passphrase refused; same bytes; "
            "integrity is CRC-32 within the seal",
        )
        return Envelope(name=file.name, media_type="application/x-7z-compressed", file=file, evidence=evidence)


def verify(file: Path, entries: Entries, words: str, other: str) -> None:
    """Have 7z list and read everything, and refuse another passphrase; `NotSealed` when anything is otherwise."""
    with ThreadPoolExecutor(2) as pool:
        listing = pool.submit(listed, file, words)
        hiding = pool.submit(hides, file, other)
        is_read = by_7z.reads(file, words, (content for _, content in entries))
    if _quietly(listing) != [(name, content.size) for name, content in entries]:
        raise NotSealed("7z does not list every file as sealed with AES-256")
    if not is_read:
        raise NotSealed("7z does not read what was sealed")
    if not hiding.result():
        raise NotSealed("7z lists the archive with another passphrase")


def listed(file: Path, words: str) -> list[tuple[str, int]]:
    """Return the files in an archive, with their sizes and in order, as 7z lists them with a passphrase.

    `ValueError` unless it is a 7z archive and every file in it is stored under AES-256.
    """
    ran = by_7z.ask(("l", "-slt"), file, words)
    listing = ran.output.decode("utf-8", "replace")
    about = by_7z.fields(listing.partition(by_7z.FILES)[0].partition("\n--\n")[2])
    if ran.code != 0 or about.get("Type") != "7z":
        raise ValueError("it is no 7z archive, or has another passphrase")
    found = by_7z.files(listing)
    full = [each for each in found if each.get("Size") != "0"]
    if any((each.get("Method"), each.get("Encrypted")) != (METHOD, "+") for each in full):
        raise ValueError("not every file in it is sealed with AES-256")
    return [(each["Path"], int(each.get("Size", ""))) for each in found]


def _quietly(listing: Future[list[tuple[str, int]]]) -> list[tuple[str, int]] | None:
    try:
        return listing.result()
    except ValueError:
        return None


def hides(file: Path, other: str) -> bool:
    """Say whether 7z lists nothing of an archive with another passphrase."""
    hidden = by_7z.ask(("l", "-slt"), file, other)
    return hidden.code != 0 and not by_7z.files(hidden.output.decode("utf-8", "replace"))
