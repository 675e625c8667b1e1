"""Runs the program openssl for S/MIME: it signs and encrypts a stream, in constant memory (decision 0023).

It reads no settings of the machine (they could change an algorithm), and no file by its name: certificates and keys are
handed to it as open descriptors that have no name anywhere, so that what was checked is what is used, and a passphrase
stands on no command line and in no environment.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import Final

from gateway.errors import NotSealed
from gateway.system.pipes import Feed, Writable, patience, pipe

OPENSSL: Final = "openssl"
ENVIRONMENT: Final = {"OPENSSL_CONF": os.devnull, "HOME": "/nonexistent", "LC_ALL": "C.UTF-8"}
FORM: Final = ("-binary", "-outform", "DER")
OAEP: Final = ("-keyopt", "rsa_padding_mode:oaep", "-keyopt", "rsa_oaep_md:sha256")
AGREED: Final = ("-keyopt", "ecdh_kdf_md:sha256")  # openssl derives the key with SHA-1 otherwise


@dataclass(frozen=True, slots=True, kw_only=True)
class Suite:
    """How content is encrypted for one recipient: the cipher, and how its key is.

    `gcm` shows an alteration and is for those who are known to read it; without it, it is CBC with RSA PKCS #1 v1.5 or
    ECDH, which every program for S/MIME of the last fifteen years reads.
    """

    gcm: bool
    rsa: bool

    @property
    def cipher(self) -> str:
        """What openssl calls the cipher."""
        return "-aes-256-gcm" if self.gcm else "-aes-256-cbc"

    @property
    def key_options(self) -> tuple[str, ...]:
        """What openssl is told of the recipient's key; to stand after it."""
        if not self.rsa:
            return AGREED
        return OAEP if self.gcm else ()

    @property
    def wrap(self) -> tuple[str, ...]:
        """What openssl is told of an agreed key: it encrypts the content's key with AES-256 too."""
        return () if self.rsa else ("-aes256-wrap",)

    def __str__(self) -> str:
        """Name the algorithms."""
        key = ("RSAES-OAEP with SHA-256" if self.gcm else "RSA PKCS #1 v1.5") if self.rsa else "ECDH, aes256-wrap"
        return f"aes256-{'GCM' if self.gcm else 'CBC'}, {key}"


@dataclass(frozen=True, slots=True, kw_only=True)
class SigningKey:
    """What is signed with, checked (`smime_signer`): PEM, and the key's passphrase where it has one."""

    certificate: bytes
    others: bytes = b""
    key: bytes = field(repr=False)
    passphrase: str | None = field(default=None, repr=False)


def encrypt(certificate: bytes, suite: Suite, feed: Feed, size: int, target: Writable) -> None:
    """Encrypt what `feed` writes for one certificate (PEM) into `target`; `NotSealed` unless openssl says it did.

    `size` is about how many bytes there are.
    """
    with handed(certificate) as (to,):
        recipient = ("-recip", path_of(to), *suite.key_options)
        command = [OPENSSL, "cms", "-encrypt", *_form(size), suite.cipher, *suite.wrap, *recipient]
        ran = pipe(command, feed=feed, target=target, environment=ENVIRONMENT, seconds=patience(size), files=(to,))
    if ran.code != 0:
        raise NotSealed("openssl did not seal the content", hint="look at the certificate with 'gateway keys list'")


def sign_stream(key: SigningKey, feed: Feed, size: int) -> Feed:
    """Return what writes signed data around what `feed` writes: content and signature in one (DER)."""

    def signed(target: Writable) -> None:
        with _signing(key) as (command, files):
            ran = pipe(
                [*command, "-nodetach", *_form(size)],
                feed=feed,
                target=target,
                environment=ENVIRONMENT,
                seconds=patience(size),
                files=files,
            )
        _require(ran.code)

    return signed


def sign(key: SigningKey, content: bytes) -> bytes:
    """Return a signature that stands beside the content (DER)."""
    signature = _Kept()
    with _signing(key) as (command, files):
        ran = pipe(
            [*command, *FORM],
            feed=lambda target: target.write(content),
            target=signature,
            environment=ENVIRONMENT,
            seconds=patience(len(content)),
            files=files,
        )
    _require(ran.code)
    return bytes(signature.content)


def _form(size: int) -> tuple[str, ...]:
    """Return how openssl writes. No bytes are no stream: openssl 3.0 fails at one, with GCM and with a signature."""
    return ("-stream", *FORM) if size else FORM


@contextmanager
def _signing(key: SigningKey) -> Iterator[tuple[list[str], tuple[int, ...]]]:
    """Lend the command that signs with SHA-256, and the descriptors that it inherits.

    It does not say what we can read (`-nosmimecap`): nobody here reads what would be sent back.
    """
    secret = () if key.passphrase is None else (f"{key.passphrase}\n".encode(),)
    with handed(key.certificate, key.key, key.others, *secret) as files:
        signer, private, others = files[:3]
        command = [OPENSSL, "cms", "-sign", "-md", "sha256", "-nosmimecap"]
        command += ["-signer", path_of(signer), "-inkey", path_of(private)]
        command += ["-certfile", path_of(others)] if key.others else []
        command += ["-passin", f"fd:{files[3]}"] if secret else []
        yield command, files


def _require(code: int) -> None:
    if code != 0:
        raise NotSealed("openssl did not sign the content", hint="see `gateway doctor` on the signing certificate")


@contextmanager
def handed(*contents: bytes) -> Iterator[tuple[int, ...]]:
    """Lend a descriptor for each content: a file in memory without a name."""
    with ExitStack() as stack:
        files = []
        for content in contents:
            descriptor = os.memfd_create("smime", os.MFD_CLOEXEC)
            stack.callback(os.close, descriptor)
            with os.fdopen(os.dup(descriptor), "wb") as target:
                target.write(content)
            os.lseek(descriptor, 0, os.SEEK_SET)
            files.append(descriptor)
        yield tuple(files)


def path_of(descriptor: int) -> str:
    """Return the path under which a program that inherits a descriptor reads it."""
    return f"/dev/fd/{descriptor}"


class _Kept:
    """Keeps what is written."""

    def __init__(self) -> None:
        self.content = bytearray()

    def write(self, content: bytes) -> None:
        """Take `content`."""
        self.content += content
