"""`gateway bench seal` for S/MIME: our sealing beside plain `openssl cms`, in the same run.

Each measurement is a fresh process; ours and openssl's take turns in every round, so that what else the machine does
falls on both. Ours reads a file, seals it through the method and has it verified; openssl reads and writes files by
itself. Import time is left out of ours, as is the start of a program: its own is in both.
"""

from __future__ import annotations

import json
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from gateway.cli.bench_child import HOUR, MEGA, PIECE, in_child, memory, write_random
from gateway.errors import GatewayError
from gateway.protect import Plain
from gateway.protect.compose_smime import ENTITY
from gateway.protect.content import InFile
from gateway.protect.methods import smime
from gateway.protect.methods.smime import LARGEST_GCM
from gateway.protect.methods.smime_engine import ENVIRONMENT, FORM, OAEP, OPENSSL
from gateway.system import programs
from gateway.system.clock import MachineClock

TARGET: Final = 0.9
OURS, PLAIN, OPENS = "ours", "openssl", "opens"


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipient:
    """A certificate made for the measurement, as the key ring would give it."""

    pem: bytes
    fingerprint: str
    issuer_der: bytes
    serial: int
    algorithm: str = "rsa"
    bits: int = 3072
    takes_gcm: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """Medians over the rounds: speeds in MB/s, our speed over openssl's in the same round, and our peak in MiB.

    `grew` is how much of the peak came with the sealing. The program openssl has about 7 MiB beside that, in both.
    """

    cipher: str
    megabytes: int
    ours: float
    openssl: float
    ratio: float
    peak: float
    grew: float

    @property
    def is_met(self) -> bool:
        """Whether the goal is reached."""
        return self.ratio >= TARGET


def measure_smime(megabytes: int = 200, rounds: int = 5, folder: Path | None = None) -> list[Measured]:
    """Seal a file of random bytes, with each cipher, so many times; each result is opened with openssl once.

    Of what is too large for openssl to open it, only CBC is measured: no GCM is made of it.
    """
    with tempfile.TemporaryDirectory(prefix="bench-smime-", dir=folder) as made:
        here = Path(made)
        write_random(here / "content", megabytes * MEGA)
        _write_key(here)
        is_large = megabytes * MEGA > LARGEST_GCM
        return [_measure(here, megabytes, rounds, gcm=gcm) for gcm in ((False,) if is_large else (True, False))]


def _measure(here: Path, megabytes: int, rounds: int, *, gcm: bool) -> Measured:
    runs: dict[str, list[Mapping[str, float]]] = {OURS: [], PLAIN: []}
    cipher = "gcm" if gcm else "cbc"
    for number in range(rounds + 1):  # the first one warms up
        for kind in (OURS, PLAIN) if number % 2 else (PLAIN, OURS):
            told = in_child(__name__, kind, str(here), cipher)
            runs[kind] += [told] if number else []
    if megabytes * MEGA <= LARGEST_GCM:
        in_child(__name__, OPENS, str(here), cipher)
    seconds = {kind: [each["seconds"] for each in told] for kind, told in runs.items()}
    return Measured(
        cipher="AES-256-GCM, OAEP" if gcm else "AES-256-CBC, PKCS #1 v1.5",
        megabytes=megabytes,
        ours=megabytes / statistics.median(seconds[OURS]),
        openssl=megabytes / statistics.median(seconds[PLAIN]),
        ratio=statistics.median(b / a for a, b in zip(seconds[OURS], seconds[PLAIN], strict=True)),
        peak=statistics.median(each["peak"] for each in runs[OURS]),
        grew=statistics.median(each["grew"] for each in runs[OURS]),
    )


def _ours(here: Path, *, gcm: bool) -> None:
    certificate = x509.load_pem_x509_certificate((here / "certificate.pem").read_bytes())
    recipient = Recipient(
        pem=certificate.public_bytes(Encoding.PEM),
        fingerprint=certificate.fingerprint(SHA256()).hex().upper(),
        issuer_der=certificate.issuer.public_bytes(),
        serial=certificate.serial_number,
        takes_gcm=gcm,
    )
    part = Plain(
        name="content", media_type=ENTITY, content=InFile(here / "content")
    )  # sealed as it is, as openssl does
    smime.encrypt(recipient, [part], here / "ours.p7m")


def _plain(here: Path, *, gcm: bool) -> None:
    """Let openssl do the same by itself."""
    cipher, key = ("-aes-256-gcm", OAEP) if gcm else ("-aes-256-cbc", ())
    _openssl(
        *("-encrypt", "-stream", *FORM, cipher, "-recip", str(here / "certificate.pem"), *key),
        *("-in", str(here / "content"), "-out", str(here / "openssl.p7m")),
    )


def _opens(here: Path, *, gcm: bool) -> None:
    """Let openssl open what we sealed last, and compare."""
    del gcm
    opened = here / "opened"
    _openssl(
        *("-decrypt", "-inform", "DER", "-inkey", str(here / "key.pem")),
        *("-in", str(here / "ours.p7m"), "-out", str(opened)),
    )
    with opened.open("rb") as one, (here / "content").open("rb") as other:
        while piece := one.read(PIECE):
            if piece != other.read(PIECE):
                raise GatewayError("openssl opens something else than was sealed")
        if other.read(1):
            raise GatewayError("openssl opens less than was sealed")
    opened.unlink()


def _openssl(*arguments: str) -> None:
    ran = programs.run([OPENSSL, "cms", *arguments], environment=ENVIRONMENT, seconds=HOUR)
    if ran.code != 0:
        raise GatewayError("openssl failed by itself", hint=ran.complaint.decode("utf-8", "replace")[-2000:])


KINDS: Final[Mapping[str, Callable[..., None]]] = {OURS: _ours, PLAIN: _plain, OPENS: _opens}


def _write_key(here: Path) -> None:
    key, now = rsa.generate_private_key(65537, 3072), datetime.fromtimestamp(MachineClock().now().timestamp(), UTC)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "bench")])
    builder = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
    builder = builder.not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=1))
    (here / "certificate.pem").write_bytes(builder.sign(key, SHA256()).public_bytes(Encoding.PEM))
    (here / "key.pem").write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))


def main(arguments: Sequence[str]) -> None:
    """Do one measurement; tell its seconds, and the peak memory of this process."""
    kind, here, cipher = arguments
    before, began = memory(), time.perf_counter()
    KINDS[kind](Path(here), gcm=cipher == "gcm")
    seconds = time.perf_counter() - began
    sys.stdout.write(json.dumps({"seconds": seconds, "peak": memory(), "grew": memory() - before}))


if __name__ == "__main__":
    main(sys.argv[1:])
