"""gpgsm for tests: GnuPG's reader of S/MIME, with a home of its own and one private key."""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import PrivateFormat
from cryptography.hazmat.primitives.serialization.pkcs12 import PBES, serialize_key_and_certificates

from tests.unit.protect.smime_people import Person

PASSPHRASE = b"open sesame"


class Gpgsm:
    """The program, with somebody's private key."""

    def __init__(self, home: Path, owner: Person) -> None:
        self._environment = {**os.environ, "GNUPGHOME": str(home)}
        (home / "gpg-agent.conf").write_text("allow-loopback-pinentry\n")
        (home / "gpgsm.conf").write_text("disable-crl-checks\n")
        assert isinstance(owner.key, rsa.RSAPrivateKey)
        # the one encryption of PKCS #12 that GnuPG 2.2 reads
        builder = PrivateFormat.PKCS12.encryption_builder().kdf_rounds(2048)
        old = builder.key_cert_algorithm(PBES.PBESv1SHA1And3KeyTripleDESCBC).build(PASSPHRASE)
        held = home / "key.p12"
        held.write_bytes(serialize_key_and_certificates(b"k", owner.key, owner.certificate, None, old))
        code, _ = self.run("--import", str(held))
        assert code == 0

    def run(self, *arguments: str) -> tuple[int, bytes]:
        """Run it to its end."""
        with self.start(*arguments) as process:
            output, _ = process.communicate()
        return process.returncode, output

    def start(self, *arguments: str) -> subprocess.Popen[bytes]:
        """Start it; it has its passphrase already."""
        command = ["gpgsm", "--batch", "--pinentry-mode", "loopback", "--passphrase-fd", "0", *arguments]
        read, write = os.pipe()
        os.write(write, PASSPHRASE + b"\n")
        os.close(write)
        try:
            return subprocess.Popen(
                command, stdin=read, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=self._environment
            )
        finally:
            os.close(read)

    def end(self) -> None:
        """End its agent."""
        subprocess.run(["gpgconf", "--kill", "all"], check=False, env=self._environment)


@contextmanager
def gnupg(owner: Person) -> Iterator[Gpgsm]:
    """Lend the program; its home has a short path, because of the agent's socket."""
    with tempfile.TemporaryDirectory(prefix="g", ignore_cleanup_errors=True) as home:
        program = Gpgsm(Path(home), owner)
        try:
            yield program
        finally:
            program.end()
