"""Help for tests of OpenPGP: seal some bytes for a judged key, by the engine of choice or by gpg alone."""

from __future__ import annotations

import tempfile
from pathlib import Path

from gateway.model.transfer import Evidence
from gateway.protect import Plain, gnupg
from gateway.protect.content import Held
from gateway.protect.keys.judged import Judged
from gateway.protect.methods import openpgp


def sealed(key: Judged, content: bytes, name: str = "a") -> tuple[bytes, Evidence]:
    """Seal with whichever engine fits; return the message and the evidence."""
    with tempfile.TemporaryDirectory() as desk:
        file = Path(desk) / "sealed"
        evidence = openpgp.encrypt(key, [Plain(name=name, media_type="", content=Held(content))], file)
        return file.read_bytes(), evidence


def by_choice(key: Judged, content: bytes, name: str = "a") -> bytes:
    """Return the message that the engine of choice makes."""
    return sealed(key, content, name)[0]


def by_gpg_alone(key: Judged, content: bytes, name: str = "a") -> bytes:
    """Return the message that gpg makes."""
    with tempfile.TemporaryFile() as target:
        name = openpgp._literal(name)
        gnupg.encrypt(key.certificate, lambda stdin: stdin.write(content), len(content), name, target)
        target.seek(0)
        return target.read()
