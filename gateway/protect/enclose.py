"""One sealing by one encryptor, and what is taken for an envelope."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from gateway.errors import NotSealed
from gateway.protect import Encryptor, Envelope, Plain

CIPHER: Final = "AES-256"


def enclose(
    encryptor: Encryptor, parts: Sequence[Plain], recipient: str, name: str, desk: Path, words: str
) -> Envelope:
    """Seal, and take only a file on the desk with evidence for AES-256 by this method, said by somebody.

    Raises `NotSealed`; whatever else the encryptor raises goes up.
    """
    envelope = encryptor.seal(parts, recipient, name, desk, words)
    evidence, file = envelope.evidence, envelope.file
    is_here = file.parent == desk and file.is_file() and not file.is_symlink() and file.stat().st_size
    if evidence.method != encryptor.name or evidence.cipher != CIPHER or not evidence.verified_by or not is_here:
        raise NotSealed(f"the encryptor {encryptor.name} gave no evidence for AES-256")
    return envelope
