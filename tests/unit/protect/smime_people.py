"""Recipients and signers of S/MIME for tests, with keys of their own, and openssl as their mail program."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
)

from gateway.protect.methods.smime_signer import SigningFiles
from gateway.store.keepers.credential import Secret
from tests.unit.protect.x509making import MAIL, SIGN, Authority, ec_key, name, names, purposes, rsa_key, usage

KINDS = ("rsa2048", "rsa3072", "p256", "p384", "p521")
HOUSE = "gateway@council.example"


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipient:
    """A judged certificate, as the key ring would give it."""

    pem: bytes
    fingerprint: str
    issuer_der: bytes
    serial: int
    algorithm: str
    bits: int
    takes_gcm: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody with a certificate and its private key."""

    certificate: x509.Certificate
    key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey

    def judged(self, *, gcm: bool) -> Recipient:
        """Return the certificate as the key ring would give it."""
        return Recipient(
            pem=self.pem,
            fingerprint=self.certificate.fingerprint(SHA256()).hex().upper(),
            issuer_der=self.certificate.issuer.public_bytes(),
            serial=self.certificate.serial_number,
            algorithm="rsa" if isinstance(self.key, rsa.RSAPrivateKey) else "ec",
            bits=self.key.key_size,
            takes_gcm=gcm,
        )

    @property
    def pem(self) -> bytes:
        return self.certificate.public_bytes(Encoding.PEM)

    @property
    def key_pem(self) -> bytes:
        return self.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())

    def decrypt(self, file: Path, *, form: str = "DER", code: int = 0) -> bytes:
        """Open a file with openssl and the private key, as its owner would."""
        held = file.with_name("owner.key")
        held.write_bytes(self.key_pem)
        read, output = openssl("cms", "-decrypt", "-inform", form, "-in", str(file), "-inkey", str(held))
        assert read == code
        return output


@dataclass(frozen=True, slots=True, kw_only=True)
class Ring:
    """A key ring that knows one certificate."""

    recipient: Recipient | None

    def find_x509(self, _address: str) -> Recipient | None:
        return self.recipient


@cache
def authority() -> Authority:
    return Authority("Example Mail Root")


@cache
def person(kind: str, which: int = 0) -> Person:
    """Return somebody with a key of a kind; another one for another `which`."""
    curves: dict[str, ec.EllipticCurve] = {"p256": ec.SECP256R1(), "p384": ec.SECP384R1(), "p521": ec.SECP521R1()}
    key = ec_key(curves[kind]) if kind in curves else rsa_key(int(kind.removeprefix("rsa")), which)
    return Person(certificate=authority().issue(key), key=key)


@cache
def house(kind: str = "rsa2048", days: tuple[float, float] = (-10, 300)) -> Person:
    """Return the house, which signs."""
    key = ec_key() if kind == "p256" else rsa_key(2048, 7)
    extensions = [usage(SIGN), names(HOUSE), purposes(MAIL)]
    return Person(certificate=authority().issue(key, extensions, subject=name("Council"), days=days), key=key)


def signing(folder: Path, signer: Person, *, passphrase: str = "", others: bytes = b"") -> SigningFiles:
    """Lay what the house signs with into files, as an operator would."""
    certificate, key, secret = folder / "smime.pem", folder / "smime.key", folder / "smime.passphrase"
    certificate.write_bytes(signer.pem + others)
    locked = BestAvailableEncryption(passphrase.encode()) if passphrase else NoEncryption()
    private(key, signer.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, locked))
    if passphrase:
        private(secret, f"{passphrase}\n".encode())
    return SigningFiles(certificate=certificate, key=key, passphrase=Secret(file=secret) if passphrase else None)


def private(path: Path, content: bytes) -> None:
    path.touch(mode=0o600)
    path.write_bytes(content)


def verify(signed: bytes, folder: Path, *, form: str = "DER", more: Sequence[str] = ()) -> tuple[int, bytes]:
    """Verify with openssl, up to the authority; return its code and the content that was signed."""
    held, root, content = folder / "signed", folder / "root.pem", folder / "content"
    held.write_bytes(signed)
    root.write_bytes(authority().certificate.public_bytes(Encoding.PEM))
    content.unlink(missing_ok=True)
    command = ["cms", "-verify", "-inform", form, "-in", str(held), "-CAfile", str(root), "-out", str(content), *more]
    code, _ = openssl(*command, *(["-binary"] if form == "DER" else []))
    return code, content.read_bytes() if content.exists() else b""


def openssl(*arguments: str, stdin: bytes = b"") -> tuple[int, bytes]:
    ran = subprocess.run(["openssl", *arguments], input=stdin, capture_output=True, check=False)
    return ran.returncode, ran.stdout
