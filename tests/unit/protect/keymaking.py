"""Makes OpenPGP keys with gpg for tests, in a home of its own: good ones, and bad ones dated in the past."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path

LAST_YEAR = "20240101T000000"
ADDRESS = "alice@partner.example"
USER = f"Alice <{ADDRESS}>"


class KeyMaker:
    """A gpg home with private keys; the agent that gpg starts for them ends with `close`."""

    def __init__(self, home: Path) -> None:
        self.home = home

    def gpg(self, *arguments: str, stdin: bytes = b"", then: str = "", code: int = 0) -> bytes:
        """Run gpg, at the faked time `then` if given, and return its output."""
        faked = [f"--faked-system-time={then}!"] if then else []
        fixed = ["gpg", f"--homedir={self.home}", "--batch", "--no-tty", "--yes", "--trust-model=always"]
        unlocked = ["--pinentry-mode=loopback", "--passphrase="]
        ran = subprocess.run([*fixed, *unlocked, *faked, *arguments], input=stdin, capture_output=True, check=False)
        assert ran.returncode == code, ran.stderr
        return ran.stdout

    def make(self, user: str = USER, algorithm: str = "ed25519", use: str = "sign", expire: str = "never") -> str:
        """Make a primary key and return its fingerprint."""
        return self.make_then("", user, algorithm, use, expire)

    def make_then(
        self, then: str, user: str = USER, algorithm: str = "ed25519", use: str = "sign", expire: str = "never"
    ) -> str:
        """Make a primary key at another time and return its fingerprint."""
        before = set(self.fingerprints("pub"))
        self.gpg("--quick-generate-key", user, algorithm, use, expire, then=then)
        return next(iter(set(self.fingerprints("pub")) - before))

    def add(self, primary: str, algorithm: str = "cv25519", expire: str = "never", then: str = "") -> str:
        """Add an encryption subkey and return its fingerprint."""
        before = set(self.fingerprints("sub"))
        self.gpg("--quick-add-key", primary, algorithm, "encr", expire, then=then)
        return next(iter(set(self.fingerprints("sub")) - before))

    def fingerprints(self, kind: str) -> list[str]:
        """Return the fingerprints of all primary keys (`pub`) or subkeys (`sub`)."""
        listing = self.gpg("--with-colons", "--with-subkey-fingerprint", "--list-keys").decode().splitlines()
        return [after.split(":")[9] for row, after in pairwise(listing) if row[:3] == kind]

    def export(self, fingerprint: str) -> bytes:
        """Return the armoured certificate."""
        return self.gpg("--armor", "--export", fingerprint)

    def good(self, user: str = USER, algorithm: str = "cv25519") -> tuple[str, bytes]:
        """Make an ordinary key; return its fingerprint and certificate."""
        primary = self.make(user)
        self.add(primary, algorithm)
        return primary, self.export(primary)

    def revocation(self, fingerprint: str) -> bytes:
        """Return the revocation certificate that gpg made beside the key (its first line is guarded by a colon)."""
        kept = (self.home / "openpgp-revocs.d" / f"{fingerprint}.rev").read_text()
        return kept[kept.index(":-----BEGIN") + 1 :].encode()

    def revoke_subkey(self, primary: str, number: int) -> None:
        """Revoke subkey `number`, counted from 1."""
        words = f"key {number}\nrevkey\ny\n0\n\ny\nsave\n".encode()
        self.gpg("--no-batch", "--command-fd=0", "--edit-key", primary, stdin=words)

    def decrypt(self, message: bytes) -> bytes:
        """Open a message with the private key."""
        return self.gpg("--decrypt", stdin=message)


@contextmanager
def key_maker() -> Iterator[KeyMaker]:
    """Lend a home under a short path, and end its agent."""
    folder = tempfile.mkdtemp(prefix="k")
    try:
        yield KeyMaker(Path(folder))
    finally:
        subprocess.run(["gpgconf", f"--homedir={folder}", "--kill", "all"], capture_output=True, check=False)
        shutil.rmtree(folder, ignore_errors=True)
