"""Encryptor `smime`: CMS for the approved certificate of a recipient, AES-256 (RFC 8551, RFC 5652, RFC 5083).

The program openssl signs, where the house has a certificate for that, and encrypts, both as streams. The result is read
by our own reader, and must name the judged certificate and nobody else, with exactly the algorithms that were asked
for, and hold as many octets as went in. AES-256-GCM shows an alteration by itself; it is used for those who are known
to read it. AES-256-CBC does not: only a signature within shows that nothing was altered on the way.

A message is signed as mail programs do it, with the signature beside it. Files lie under their true names in a plain
ZIP inside, because CMS has no place for a name; where the house signs, it is signed data around that.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final, Protocol

from gateway.errors import NotSealed, Unsound
from gateway.model.transfer import Evidence
from gateway.protect import Envelope, Plain, compose_smime
from gateway.protect.content import FromFile, Held, bundle, pour, whole
from gateway.protect.methods import cms_reader, smime_engine
from gateway.protect.methods.cms_check import X509Recipient, require
from gateway.protect.methods.smime_engine import Suite
from gateway.protect.methods.smime_signer import Signer, SigningFiles, read_signer
from gateway.system.clock import Clock, MachineClock
from gateway.system.pipes import Feed, Writable

LARGEST_GCM: Final = 2_000_000_000
"""Bytes. openssl 3.0 reads a sealed file as a whole and opens none of 2.1 GB; gpgsm, which streams, knows no GCM."""


class X509Keys(Protocol):
    """Where recipients' certificates come from (`keys.ring.KeyRing`)."""

    def find_x509(self, address: str) -> X509Recipient | None:
        """Return the approved, usable certificate for an address."""


class SmimeEncryptor:
    """Seals for the approved certificate of a recipient; `signing` says what to sign with before, if anything."""

    name = "smime"
    by_passphrase = False

    def __init__(self, keys: X509Keys, signing: SigningFiles | None = None, clock: Clock | None = None) -> None:
        self._keys = keys
        self._signing = signing
        self._clock = clock or MachineClock()

    def may_seal_for(self, recipient: str) -> bool:
        """Say whether there is an approved, usable certificate for this address."""
        return self._keys.find_x509(recipient) is not None

    def seal(self, parts: Sequence[Plain], recipient: str, name: str, desk: Path, words: str) -> Envelope:
        """Seal a message as it is, files in a plain ZIP inside; `NotSealed` when it cannot be done and shown."""
        del words
        key = self._keys.find_x509(recipient)
        if key is None:
            raise NotSealed("no approved, usable certificate for the recipient", hint="see `gateway keys list`")
        file = desk / f"{name}.p7m"
        evidence = encrypt(key, parts, file, self._signer())
        return Envelope(
            name=file.name, media_type=compose_smime.media_type(gcm=key.takes_gcm), file=file, evidence=evidence
        )

    def _signer(self) -> Signer | None:
        if self._signing is None:
            return None
        try:
            return read_signer(self._signing, self._clock.now())
        except Unsound as error:
            raise NotSealed(error.message, hint=error.hint) from None


def encrypt(key: X509Recipient, parts: Sequence[Plain], file: Path, signer: Signer | None = None) -> Evidence:
    """Write the CMS file for a judged certificate, and return the evidence; `NotSealed` where a check fails."""
    size, feed = _signed(parts, signer) if signer else _bundled(parts)
    if key.takes_gcm and size > LARGEST_GCM:
        raise NotSealed("too large for S/MIME with AES-256-GCM: more than 2 GB", hint="send it with pgp, zip or 7z")
    suite = Suite(gcm=key.takes_gcm, rsa=key.algorithm == "rsa")
    counted = feed if isinstance(feed, FromFile) else _Counted(feed)
    file.write_bytes(b"")  # what stood there before must not be read
    with cms_reader.follow(file) as reading, file.open("wb") as sealed:
        smime_engine.encrypt(key.pem, suite, counted, size, sealed)
    try:
        said = reading.result()
    except cms_reader.Malformed as error:
        raise NotSealed(f"the sealed file is not well formed: {error}") from None
    require(said, key, suite, counted.size)
    by = f", signed by {signer.fingerprint} with SHA-256" if signer else ""
    return Evidence(
        method=SmimeEncryptor.name,
        cipher="AES-256",
        verified_by="own CMS reader",
        recipients=(key.fingerprint,),
        status=f"sealed by openssl (0): {suite}{by}",
    )


def _signed(parts: Sequence[Plain], signer: Signer) -> tuple[int, Feed]:
    """Return about how many bytes the parts have when they are signed, and what writes them."""
    if len(parts) == 1 and parts[0].media_type == compose_smime.ENTITY:
        entity = whole(parts[0].content)
        message = Held(compose_smime.multipart_signed(entity, smime_engine.sign(signer.key, entity)))
        return message.size, lambda target: pour(message, target)
    size, feed = _bundled(parts)
    return size, smime_engine.sign_stream(signer.key, feed, size)


def _bundled(parts: Sequence[Plain]) -> tuple[int, Feed]:
    """Return about how many bytes the parts have, and what writes them: CMS has no place for the name of a file."""
    is_entity = len(parts) == 1 and parts[0].media_type == compose_smime.ENTITY
    _, size, feed = bundle(parts, named=not is_entity)
    return (size if is_entity else max(size, 1)), feed


class _Counted:
    """A feed that counts on the way how many bytes went in."""

    def __init__(self, feed: Feed) -> None:
        self._feed = feed
        self._target: Writable | None = None
        self.size = 0

    def __call__(self, target: Writable) -> None:
        """Write all of it."""
        self._target = target
        self._feed(self)

    def write(self, content: bytes) -> None:
        """Pass it on."""
        self.size += len(content)
        if self._target is not None:
            self._target.write(content)
