"""Opens what a private key opens: OpenPGP by the program gpg, S/MIME by openssl. The key stays in its file."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final
from urllib.parse import unquote_to_bytes

from gateway.protect import gnupg
from gateway.protect.naming import file_name
from gateway.protect.unseal import NotOpened, Secrets
from gateway.system import programs
from gateway.system.pipes import patience

KEY_NEEDED: Final = "name the private key with --key FILE; its passphrase, if it has one, goes into --password-file"
AGENT: Final = ("--batch", "--no-tty", "--no-options", "--no-auto-key-retrieve", "--pinentry-mode=loopback")


def openpgp(file: Path, folder: Path, secrets: Secrets) -> None:
    """Open an OpenPGP message, which must be whole: gpg checks its integrity."""
    key = _key(secrets)
    with gnupg.private_home() as home:
        try:
            words = home / "w"
            words.write_text(secrets.words)
            words.chmod(0o600)
            base = ["gpg", f"--homedir={home}", *AGENT, f"--passphrase-file={words}"]
            programs.run([*base, "--import", str(key)], environment=gnupg.ENVIRONMENT)
            inside = folder / "file"
            command = [*base, "--status-fd=2", f"--output={inside}", "--decrypt", str(file)]
            ran = programs.run(command, environment=gnupg.ENVIRONMENT, seconds=patience(file.stat().st_size))
        finally:
            programs.run(["gpgconf", f"--homedir={home}", "--kill", "all"])
    if ran.code != 0 or not gnupg.status(ran, "GOODMDC"):
        inside.unlink(missing_ok=True)
        raise NotOpened(f"gpg could not open {file.name} with this key", hint=KEY_NEEDED)
    told = gnupg.status(ran, "PLAINTEXT")
    name = unquote_to_bytes(told[0][2]).decode("utf-8", "replace") if told and len(told[0]) > 2 else ""  # noqa: PLR2004 - GnuPG doc/DETAILS: format, time, name
    inside.rename(folder / file_name(name or "file"))


def smime(file: Path, folder: Path, secrets: Secrets) -> None:
    """Open a CMS message in DER or BER; a signature inside is left for a mail program to judge."""
    key = _key(secrets)
    inside = folder / (file.stem or "file")
    with _descriptor(secrets.words) as words:
        command = ["openssl", "cms", "-decrypt", "-binary", "-inform", "DER", "-in", str(file), "-inkey", str(key)]
        ran = programs.run(
            [*command, "-passin", f"fd:{words}", "-out", str(inside)],
            seconds=patience(file.stat().st_size),
            files=[words],
        )
    if ran.code != 0:
        inside.unlink(missing_ok=True)
        raise NotOpened(f"openssl could not open {file.name} with this key", hint=KEY_NEEDED)


def _key(secrets: Secrets) -> Path:
    if secrets.key is None:
        raise NotOpened("a private key opens this file", hint=KEY_NEEDED)
    return secrets.key


@contextmanager
def _descriptor(words: str) -> Iterator[int]:
    """Lend a descriptor from which a program reads a passphrase."""
    reading, writing = os.pipe()
    try:
        os.write(writing, f"{words}\n".encode())
        os.close(writing)
        yield reading
    finally:
        os.close(reading)
