"""The master key: it wraps the data key of every object, and nothing else.

A file of 32 random bytes that only its owner may read. Its id is a fingerprint that says nothing about it. A data key
is wrapped with AES-256-GCM and a random nonce, bound to the object's id; that is safe for 2^32 objects (NIST SP
800-38D, 8.3), after which the key must be changed. Changing it rewraps data keys; content is never encrypted again.
"""

from __future__ import annotations

import hashlib
import os
import secrets
import stat
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from gateway.errors import Damaged, Unsound
from gateway.system import atomic

SIZE: Final = 32
NONCE: Final = 12
LARGEST: Final = 65_536
NAME: Final = "master.key"


@dataclass(frozen=True, slots=True, kw_only=True)
class MasterKey:
    """The key and its id (16 hexadecimal digits), the fingerprint by which headers name it."""

    secret: bytes = field(repr=False)
    id: str = field(init=False)

    def __post_init__(self) -> None:
        """Take the fingerprint."""
        object.__setattr__(self, "id", hashlib.sha256(b"gateway master key\x00" + self.secret).hexdigest()[:16])

    def wrap(self, data_key: bytes, bound_to: bytes) -> bytes:
        """Return a data key encrypted under this key and bound to `bound_to`."""
        nonce = secrets.token_bytes(NONCE)
        return nonce + AESGCM(self.secret).encrypt(nonce, data_key, bound_to)

    def unwrap(self, wrapped: bytes, bound_to: bytes) -> bytes:
        """Return the data key; `Damaged` when it was altered or belongs to another object."""
        try:
            return AESGCM(self.secret).decrypt(wrapped[:NONCE], wrapped[NONCE:], bound_to)
        except (InvalidTag, ValueError):
            raise Damaged("a wrapped data key does not verify") from None


def create(path: Path) -> None:
    """Draw a master key into `path`; an existing one is checked and left as it is."""
    if path.exists():
        read(path)
        return
    atomic.write(path, secrets.token_bytes(SIZE))


def read(path: Path) -> MasterKey:
    """Return the master key; `Unsound` when it is missing or anybody but its owner could have read or changed it."""
    return MasterKey(secret=read_private(path, SIZE))


def read_private(path: Path, size: int | None = None) -> bytes:
    """Return the content of a secret file: regular, ours, mode 0600 or 0400, of `size` bytes if given; `Unsound`."""
    return read_checked(path, size, _check)


def read_checked(path: Path, size: int | None, check: Callable[[Path, os.stat_result], None]) -> bytes:
    """Return the content of a secret file that `check` has nothing against, of `size` bytes if given; `Unsound`."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except FileNotFoundError:
        hint = "restore it from a backup; 'gateway init' makes the keys of a new installation"
        raise Unsound(f"the key {path} is missing", hint=hint) from None
    except OSError as error:
        raise Unsound(f"the key {path} cannot be opened ({error.strerror})", hint="mend its owner and mode") from None
    try:
        check(path, os.fstat(descriptor))
        with os.fdopen(descriptor, "rb", closefd=False) as source:
            content = source.read(LARGEST + 1)
    finally:
        os.close(descriptor)
    if size is not None and len(content) != size:
        raise Unsound(f"the key {path} has {len(content)} bytes instead of {size}", hint="restore it from a backup")
    if len(content) > LARGEST:
        raise Unsound(f"{path} is too large for a secret", hint="name the right file")
    return content


def _check(path: Path, about: os.stat_result) -> None:
    if not stat.S_ISREG(about.st_mode) or about.st_nlink > 1:  # 0: replaced since it was opened, and whole
        raise Unsound(f"the key {path} is not a plain file of one name", hint="put a copy in its place")
    if about.st_uid != os.geteuid():
        raise Unsound(f"the key {path} belongs to somebody else", hint=f"chown it to user {os.geteuid()}")
    if stat.S_IMODE(about.st_mode) not in (0o600, 0o400):
        raise Unsound(
            f"the key {path} has mode {stat.S_IMODE(about.st_mode):04o}",
            hint=f"chmod 600 {path}; if others could read it, change the key",
        )
