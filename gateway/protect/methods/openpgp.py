"""Encryptor `pgp`: OpenPGP for an approved recipient key, AES-256 with integrity check (RFC 4880, RFC 9580 framing).

Small content is sealed in this process by PGPy and opened again by gpg with the session key: cipher, integrity and
every byte are gpg's word. All else is sealed by gpg, and the result read by our own packet reader. Both must name
the judged key and nobody else. PGPy comes first because it starts no second program for the sealing itself; where it
stumbles, gpg does the same work under the same checks, so a fallback is never weaker. For keys that gpg cannot read
Sequoia seals, and writes no name of a file: a file travels in a ZIP then, a message needs no name.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from gateway.errors import NotSealed
from gateway.model.transfer import Evidence
from gateway.protect import Envelope, Plain, gnupg, packets
from gateway.protect.content import bundle, looked_at
from gateway.protect.keys.judged import Engine, Judged
from gateway.protect.keys.ring import KeyRing
from gateway.protect.methods import pgpy_engine, sequoia_engine
from gateway.protect.naming import file_name
from gateway.protect.order import MESSAGE
from gateway.system.pipes import Feed

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
    by_passphrase = False

    def __init__(self, keys: KeyRing) -> None:
        self._keys = keys

    def may_seal_for(self, recipient: str) -> bool:
        """Say whether the key ring has an approved, usable key for this address."""
        return self._keys.find(recipient) is not None

    def seal(self, parts: Sequence[Plain], recipient: str, name: str, desk: Path, words: str) -> Envelope:
        """Seal one part, or several in a plain ZIP inside the seal; `NotSealed` when it cannot be done and shown."""
        del words
        key = self._keys.find(recipient)
        if key is None:
            raise NotSealed("no approved, usable key for the recipient", hint="see `gateway keys list`")
        file = desk / f"{name}.pgp"
        evidence = encrypt(key, parts, file)
        return Envelope(name=file.name, media_type="application/octet-stream", file=file, evidence=evidence)


def encrypt(key: Judged, parts: Sequence[Plain], file: Path) -> Evidence:
    """Write the binary OpenPGP message for a judged key, and return the evidence; `NotSealed` where a check fails."""
    is_new = key.engine is Engine.SEQUOIA
    name, size, feed = bundle(parts, named=is_new and parts[0].media_type != MESSAGE)
    if is_new:
        return _by_sequoia(key, feed, size, file)
    literal_name = _literal(name)
    if size <= SMALL and pgpy_engine.takes(key.chosen.algorithm, key.chosen.curve):
        target = io.BytesIO()
        feed(target)
        if _in_process(key, target.getvalue(), literal_name, file):
            return _evidence(key, "gpg", "sealed by PGPy; gpg: DECRYPTION_INFO 2 9, GOODMDC, same bytes")
    with file.open("wb") as sealed:
        gnupg.encrypt(key.certificate, feed, size, literal_name, sealed)
    _only_for(key, file)
    return _evidence(key, "own packet reader", "sealed by gpg: BEGIN_ENCRYPTION 2 9, END_ENCRYPTION")


def _by_sequoia(key: Judged, feed: Feed, size: int, file: Path) -> Evidence:
    """Seal for a key that gpg cannot read."""
    with file.open("wb") as sealed:
        sequoia_engine.encrypt(key.certificate, feed, size, sealed)
    with looked_at(file) as message:
        shown = sequoia_engine.read_back(message, key)
    return _evidence(key, "own packet reader", f"sealed by Sequoia: {shown}")


def _in_process(key: Judged, content: bytes, literal_name: str, file: Path) -> bool:
    """Seal with PGPy and have gpg open it; False where PGPy stumbles, `NotSealed` where gpg finds fault."""
    try:
        message, session_key = pgpy_engine.encrypt(key.certificate, key.chosen.fingerprint, content, literal_name)
    except PGPY_TROUBLE:
        return False
    _only(key, gnupg.opens_to(message, session_key, content))
    file.write_bytes(message)
    _only_for(key, file)
    return True


def _evidence(key: Judged, verified_by: str, status: str) -> Evidence:
    return Evidence(
        method=PgpEncryptor.name,
        cipher="AES-256",
        verified_by=verified_by,
        recipients=(key.chosen.fingerprint,),
        status=f"{status}; key wrap {key.key_wrap}",
    )


def _only_for(key: Judged, file: Path) -> None:
    """Require that a message is sealed, whole, and for the judged key only."""
    try:
        with looked_at(file) as message:
            named = packets.sealed_for(message)
    except ValueError as error:
        raise NotSealed(f"the sealed message is not well formed: {error}") from None
    _only(key, named)


def _only(key: Judged, named: frozenset[str]) -> None:
    """Require that exactly the judged key is named: by key id (version 3) or fingerprint (version 6)."""
    if not named or not named <= {key.chosen.key_id, key.chosen.fingerprint}:
        raise NotSealed("the sealed message names another key than the approved one")


def _literal(name: str) -> str:
    """Return a name that the literal packet has room for; `_CONSOLE` there would mean "do not store"."""
    text = file_name(name)
    while len(text.encode()) > LONGEST_NAME:
        text = text[:-1]
    return "file" if text == "_CONSOLE" else text
