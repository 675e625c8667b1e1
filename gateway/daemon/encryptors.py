"""The encryptors of this installation, our own and those of other makers that the configuration names."""

from __future__ import annotations

from gateway.config.settings import Settings
from gateway.plugins import Seam, load_named
from gateway.protect import Encryptor
from gateway.protect.methods.openpgp import PgpEncryptor
from gateway.protect.methods.page.encryptor import PageEncryptor
from gateway.protect.methods.pdf import PdfEncryptor
from gateway.protect.methods.seven_zip import SevenZipEncryptor
from gateway.protect.methods.smime import SmimeEncryptor
from gateway.protect.methods.zip_writer import ZipEncryptor


def build_encryptors(settings: Settings) -> tuple[Encryptor, ...]:
    """Return all that can seal here. Which of them is used for whom is `protect.choice`'s to say."""
    ring = settings.keys.ring(settings.paths.state)
    page = PageEncryptor(settings.organisation.name, settings.organisation.help)
    pdf = PdfEncryptor(settings.organisation.name, settings.organisation.help)
    smime = SmimeEncryptor(ring, settings.smime.files() if settings.smime else None)
    strangers = (each.loaded() for each in load_named(Seam.ENCRYPTORS, settings.plugins.encryptors))
    return (PgpEncryptor(ring), smime, ZipEncryptor(), pdf, SevenZipEncryptor(), page, *strangers)
