"""Encryptor `html`: a page that opens itself, for recipients who have a passphrase and a web browser, no more."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from gateway.errors import NotSealed
from gateway.model.transfer import Evidence
from gateway.protect import Envelope, Plain, passphrase
from gateway.protect.methods.page import inside, reader, writer


class PageEncryptor:
    """Seals for anybody. `organisation` and `help_contact` stand readable on the page."""

    name = "html"
    by_passphrase = True

    def __init__(self, organisation: str, help_contact: str) -> None:
        self._organisation = organisation
        self._help_contact = help_contact

    def seal(self, parts: Sequence[Plain], recipient: str, name: str, desk: Path, words: str) -> Envelope:
        """Seal the parts into one page; `NotSealed` when a second reader does not open it to the same bytes."""
        del recipient
        items = inside.arrange(parts)
        outside = writer.Outside(
            organisation=self._organisation, help_contact=self._help_contact, reference=name.removeprefix("secure-")
        )
        file = desk / f"{name}.html"
        with file.open("xb") as target:
            writer.write(items, words, outside, target)
        try:
            reader.check(file, items, words, passphrase.draw())
        except ValueError as error:
            raise NotSealed(f"the page is not well formed: {error}") from None
        evidence = Evidence(
            method=self.name,
            cipher="AES-256",
            verified_by="own page reader",
            status=f"AES-256-GCM, PBKDF2-HMAC-SHA-512 x {writer.ITERATIONS}; policy fits script and style; "
            "nothing from elsewhere; wrong passphrase refused; same bytes",
        )
        return Envelope(name=file.name, media_type="text/html", file=file, evidence=evidence)
