"""Opens what a private key opens: OpenPGP by the program gpg, S/MIME by openssl. The key stays in its file.

What gpg must have in a folder of its own is in memory where the machine has a place for that, and a guard removes it
and ends gpg's agent when we are gone, however that happens.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final
from urllib.parse import unquote_to_bytes

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, load_der_public_key

from gateway.protect import gnupg
from gateway.protect.content import MANY
from gateway.protect.methods import cms_reader, smime_engine
from gateway.protect.methods.cms_reader import SEQUENCE, element, integer
from gateway.protect.methods.smime_engine import OPENSSL, handed, path_of
from gateway.protect.naming import file_name, one_line
from gateway.protect.unseal import NEEDED, NotOpened, Secrets, Shown
from gateway.protect.unseal.laying import Limited, lay, require_room
from gateway.system import programs
from gateway.system.pipes import patience, pipe

ALWAYS: Final = ("--batch", "--no-tty", "--no-options", "--no-auto-key-retrieve", "--pinentry-mode=loopback")
GUARD: Final = """\
trap "" INT TERM HUP
cat
gpgconf "--homedir=$0" --kill all
rm -rf -- "$0"
"""
"""Waits for the end of its input, which is our own end at the latest."""
MOST: Final = 4  # times the size of a message: we never compress
MARGIN: Final = 1 << 20
SIGNED_DATA: Final = bytes.fromhex("06092a864886f70d010702")
MULTIPART_SIGNED: Final = b"content-type: multipart/signed"
ENTITY: Final = (b"content-", b"mime-version:")
HEAD: Final = 64
UNVERIFIED: Final = "AES-256-CBC without a signature cannot show whether it was altered on its way"


def openpgp(file: Path, folder: Path, secrets: Secrets) -> Shown:
    """Open an OpenPGP message, which must be whole: gpg checks its integrity."""
    key, size, words = _key(secrets), file.stat().st_size, f"{secrets.words}\n".encode()
    require_room(folder, size)
    inside = folder.parent / "content"
    with _home() as home, handed(words, words) as (first, second), inside.open("xb") as target:
        base = ["gpg", f"--homedir={home}", *ALWAYS]
        programs.run(
            [*base, f"--passphrase-fd={first}", "--import", "--", str(key)],
            environment=gnupg.ENVIRONMENT,
            files=[first],
        )
        ran = pipe(
            [*base, f"--passphrase-fd={second}", "--status-fd=2", "--output=-", "--decrypt", "--", str(file)],
            feed=lambda _: None,
            target=Limited(target, MOST * size + MARGIN),
            environment=gnupg.ENVIRONMENT,
            seconds=patience(size),
            files=[second],
        )
    if ran.code != 0 or not gnupg.status(ran, "GOODMDC"):
        raise ValueError("gpg does not open it")
    told = gnupg.status(ran, "PLAINTEXT")
    name = unquote_to_bytes(told[0][2]).decode("utf-8", "replace") if told and len(told[0]) > 2 else ""  # noqa: PLR2004 - GnuPG doc/DETAILS: format, time, name
    if name in {"", MANY}:
        lay(inside, name, folder)
    else:
        inside.rename(folder / file_name(name))
    return Shown()


@contextmanager
def _home() -> Iterator[Path]:
    """Lend a private folder for gpg, in memory where there is a place for that, under a guard."""
    places = (os.environ.get("XDG_RUNTIME_DIR", ""), "/dev/shm")  # noqa: S108 - a private folder is made in it
    memory = next((each for each in places if each and os.access(each, os.W_OK | os.X_OK)), None)
    home = tempfile.mkdtemp(prefix="g", dir=memory)
    with Path(os.devnull).open("wb") as nowhere:
        guard = programs.start(["sh", "-c", f"exec 2>&1\n{GUARD}", home], None, None, output=nowhere.fileno())
    with guard:
        yield Path(home)


def smime(file: Path, folder: Path, secrets: Secrets) -> Shown:
    """Open a CMS message that is sealed for the certificate of this key, and look at a signature inside."""
    key, said, size = _key(secrets), cms_reader.read(file), file.stat().st_size
    require_room(folder, size)
    certificate = _certificate(secrets, said.named)
    inside = folder.parent / "content"
    with handed(*[f"{secrets.words}\n".encode()] * 2, certificate.public_bytes(Encoding.PEM)) as files:
        first, second, recipient = files
        public = _openssl(["pkey", "-in", str(key), "-passin", f"fd:{first}", "-pubout", "-outform", "DER"], 0, files)
        if load_der_public_key(public) != certificate.public_key():
            raise NotOpened(f"{key.name} is not the key of the certificate", hint=NEEDED[True][1])
        command = ["cms", "-decrypt", "-binary", "-inform", "DER", "-in", str(file), "-recip", path_of(recipient)]
        _openssl([*command, "-inkey", str(key), "-passin", f"fd:{second}", "-out", str(inside)], size, files)
    signer, content = _signature(inside, size)
    lay(content, f"{file.stem}{'.eml' if _head(content).lower().startswith(ENTITY) else ''}", folder)
    if signer:
        return Shown(remark=f"signed by {signer}; whose certificate that is was not judged here")
    return Shown() if said.authenticated else Shown(verified=False, remark=UNVERIFIED)


def _certificate(secrets: Secrets, named: bytes) -> x509.Certificate:
    """Return the certificate that a sealed file names, from the file of certificates or of the key; `NotOpened`."""
    source = secrets.certificate or _key(secrets)
    try:
        found = x509.load_pem_x509_certificates(source.read_bytes())
    except ValueError:
        raise NotOpened(
            f"there is no certificate in {source.name}",
            hint="name the certificate of the key with --certificate FILE, or put both into the file of the key (PEM)",
        ) from None
    for each in found:
        if named == element(SEQUENCE, each.issuer.public_bytes(), integer(each.serial_number)):
            return each
    raise NotOpened(f"it is sealed for another certificate than that in {source.name}", hint=NEEDED[True][1])


def _signature(inside: Path, size: int) -> tuple[str, Path]:
    """Return who signed what is inside, empty where nobody did, and the file with the content.

    `ValueError` where it is not what was signed. Signed data is taken off; a message keeps the signature beside it.
    """
    head, content, signer = _head(inside), inside.with_name("signed"), inside.with_name("signer")
    is_message = head.lower().startswith(MULTIPART_SIGNED)
    if not is_message and SIGNED_DATA not in head:
        return "", inside
    form = ["SMIME"] if is_message else ["DER", "-binary"]
    command = ["cms", "-verify", "-noverify", "-inform", *form, "-in", str(inside), "-signer", str(signer)]
    _openssl([*command, "-out", os.devnull if is_message else str(content)], size)
    subject = x509.load_pem_x509_certificates(signer.read_bytes())[0].subject.rfc4514_string()
    return one_line(subject) or "somebody without a name", inside if is_message else content


def _head(path: Path) -> bytes:
    with path.open("rb") as source:
        return source.read(HEAD)


def _openssl(arguments: Sequence[str], size: int, files: Sequence[int] = ()) -> bytes:
    """Run openssl over about so many bytes; return what it answered, `ValueError` unless it ended with 0."""
    environment = smime_engine.ENVIRONMENT
    ran = programs.run([OPENSSL, *arguments], environment=environment, seconds=patience(size), files=files)
    if ran.code != 0:
        raise ValueError("openssl does not open it")
    return ran.output


def _key(secrets: Secrets) -> Path:
    if secrets.key is None:
        raise NotOpened("a private key opens this file", hint=NEEDED[True][1])
    return secrets.key
