"""The section `smime` of `config/gateway.yaml`: what the house signs S/MIME with. Without it nothing is signed."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from gateway.config.sections import SecretSettings
from gateway.model.validation import Strict

if TYPE_CHECKING:
    from gateway.protect.methods.smime_signer import SigningFiles


class SmimeSettings(Strict):
    """The certificate in PEM, with those between it and an authority after it; its key; the key's passphrase if any."""

    certificate: Path
    key: Path
    passphrase: SecretSettings | None = None

    def files(self) -> SigningFiles:
        """Return where they are, as the method reads them."""
        from gateway.protect.methods.smime_signer import SigningFiles  # noqa: PLC0415 - pulls in the ciphers

        passphrase = self.passphrase.secret() if self.passphrase else None
        return SigningFiles(certificate=self.certificate, key=self.key, passphrase=passphrase)
