"""The section `smime` of `config/gateway.yaml`: what the house signs S/MIME with. Without it nothing is signed."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from gateway.config.vault import SecretSettings
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

    def below(self, home: Path) -> SmimeSettings:
        """Return the same with absolute paths: relative ones are below `home`."""
        passphrase = self.passphrase
        if passphrase is not None:
            paths = {"file": passphrase.file, "folder": passphrase.folder}
            passphrase = passphrase.model_copy(update={name: path and home / path for name, path in paths.items()})
        update = {"certificate": home / self.certificate, "key": home / self.key, "passphrase": passphrase}
        return self.model_copy(update=update)
