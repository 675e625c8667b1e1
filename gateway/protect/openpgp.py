"""Encryptor `pgp`: OpenPGP for an approved recipient key, AES-256 with integrity check (RFC 4880, RFC 9580 framing).

Small content is sealed in this process by PGPy and opened again by gpg with the session key: cipher, integrity and
every byte are gpg's word. All else is sealed by gpg, and the result read by our own packet reader. Both must name
the judged key and nobody else. PGPy comes first because it starts no second program for the sealing itself; where it
stumbles, gpg does the same work under the same checks, so a fallback is never weaker.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence
from typing import Final

from gateway.errors import NotSealed
from gateway.model.transfer import Evidence
from gateway.protect import Envelope, Plain, gnupg, packets, pgpy_engine
from gateway.protect.judge import Judged
from gateway.protect.keyring import KeyRing
from gateway.protect.naming import LONG_AGO, distinct, file_name

SMALL: Final = 10 * 1024 * 1024  # bytes; PGPy needs four to eight times that in memory
LONGEST_NAME: Final = 200  # octets of UTF-8; the literal packet has room for 255
PGPY_TROUBLE: Final = (  # what PGPy has been seen to raise on certificates that gpg takes
    ArithmeticError,
    AttributeError,
    LookupError,
    NotImplementedError,
    StopIteration,
    TypeError,
    ValueError,
)


class PgpEncryptor:
    """Seals for the approved key of a recipient in the key ring."""

    name = "pgp"

    def __init__(self, keys: KeyRing) -> None:
        self._keys = keys

    def may_seal_for(self, recipient: str) -> bool:
        """Say whether the key ring has an approved, usable key for this address."""
        return self._keys.find(recipient) is not None

    def seal(self, parts: Sequence[Plain], recipient: str, name: str) -> Envelope:
        """Seal one part, or several in a plain ZIP inside the seal; `NotSealed` when it cannot be done and shown."""
        key = self._keys.find(recipient)
        if key is None:
            raise NotSealed("no approved, usable key for the recipient", hint="see `gateway keys list`")
        inner_name, content = _bundle(parts)
        message, evidence = encrypt(key, content, inner_name)
        return Envelope(name=f"{name}.pgp", media_type="application/octet-stream", content=message, evidence=evidence)


def encrypt(key: Judged, content: bytes, name: str) -> tuple[bytes, Evidence]:
    """Return the binary OpenPGP message for a judged key, and the evidence; `NotSealed` where a check fails."""
    literal_name = _literal(name)
    if len(content) <= SMALL and pgpy_engine.takes(key.chosen.algorithm, key.chosen.curve):
        try:
            message, session_key = pgpy_engine.encrypt(key.certificate, key.chosen.fingerprint, content, literal_name)
        except PGPY_TROUBLE:
            pass  # nothing was made: gpg makes it below, or raises
        else:
            said = gnupg.opens_to(message, session_key, content)
            _only_for(key, said)
            _only_for(key, _read(message))
            return message, _evidence(key, "gpg", "sealed by PGPy; gpg: DECRYPTION_INFO 2 9, GOODMDC, same bytes")
    message = gnupg.encrypt(key.certificate, content, literal_name)
    _only_for(key, _read(message))
    return message, _evidence(key, "own packet reader", "sealed by gpg: BEGIN_ENCRYPTION 2 9, END_ENCRYPTION")


def _evidence(key: Judged, verified_by: str, status: str) -> Evidence:
    return Evidence(
        method=PgpEncryptor.name,
        cipher="AES-256",
        verified_by=verified_by,
        recipients=(key.chosen.fingerprint,),
        status=status,
    )


def _read(message: bytes) -> frozenset[str]:
    try:
        return packets.sealed_for(message)
    except ValueError as error:
        raise NotSealed(f"the sealed message is not well formed: {error}") from None


def _only_for(key: Judged, named: frozenset[str]) -> None:
    """Require that exactly the judged key is named: by key id (version 3) or fingerprint (version 6)."""
    if not named or not named <= {key.chosen.key_id, key.chosen.fingerprint}:
        raise NotSealed("the sealed message names another key than the approved one")


def _bundle(parts: Sequence[Plain]) -> tuple[str, bytes]:
    """Return the name and content that go inside the seal."""
    if not parts:
        raise NotSealed("there is nothing to seal")
    if len(parts) == 1:
        return file_name(parts[0].name), parts[0].content
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as archive:
        for name, part in zip(distinct(part.name for part in parts), parts, strict=True):
            archive.writestr(zipfile.ZipInfo(name, LONG_AGO), part.content)
    return "files.zip", target.getvalue()


def _literal(name: str) -> str:
    """Return a name that the literal packet has room for; `_CONSOLE` there would mean "do not store"."""
    text = file_name(name)
    while len(text.encode()) > LONGEST_NAME:
        text = text[:-1]
    return "file" if text == "_CONSOLE" else text
