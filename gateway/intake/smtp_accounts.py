"""Accounts that may log in at the mail door: names and scrypt hashes of passwords (RFC 7914) in a private file.

One account a line, `name:scrypt$LOG2N$R$P$SALT$HASH`, salt and hash in base64; empty lines and those that begin with
`#` do not count. The file is read at each log-in, so that a change counts at once.
"""

from __future__ import annotations

import hmac
import os
import re
from base64 import b64decode, b64encode
from binascii import Error as NotBase64
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from gateway.errors import NotAccepted, Unsound
from gateway.store.master_key import read_private

NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@+-]{0,127}")
SHORTEST: Final = 12  # characters; NIST SP 800-63B section 5.1.1.2 asks for 8
LONGEST: Final = 1024  # bytes
HASH: Final = re.compile(r"scrypt\$(1[4-8])\$(8)\$([1-4])\$([A-Za-z0-9+/=]+)\$([A-Za-z0-9+/=]+)")
COST: Final = (15, 8, 3)
"""log2(N), r, p: as OWASP's Password Storage Cheat Sheet has them; 32 MiB a try."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hash:
    """The scrypt hash of one password and what it was made with."""

    cost: tuple[int, int, int]
    salt: bytes
    derived: bytes

    def fits(self, password: bytes) -> bool:
        """Say whether this is the password; takes the same time whatever it is."""
        return hmac.compare_digest(_derive(password, self.salt, self.cost), self.derived)


NOBODY: Final = Hash(cost=COST, salt=bytes(16), derived=bytes(32))
"""No password has this hash: a name that nobody has costs as much as one with a wrong password."""


class Accounts:
    """The accounts in a file."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def names(self) -> tuple[str, ...]:
        """Return whose they are; `Unsound` as `fits`."""
        return tuple(self._read())

    def fits(self, name: str, password: bytes) -> bool:
        """Say whether there is such an account and this is its password. Takes long: not on an event loop.

        `Unsound` when the file cannot be read, is open to others, or a line of it is not understood.
        """
        found = self._read().get(name)
        is_right = (found or NOBODY).fits(password[:LONGEST])
        return is_right and found is not None and len(password) <= LONGEST

    def _read(self) -> dict[str, Hash]:
        accounts: dict[str, Hash] = {}
        for number, line in enumerate(read_private(self._path).decode("utf-8", "replace").splitlines(), start=1):
            if line.strip() and not line.startswith("#"):
                name, _, rest = line.strip().partition(":")
                parsed = _parse(rest) if NAME.fullmatch(name) else None
                if parsed is None or name in accounts:
                    raise Unsound(
                        f"line {number} of {self._path} is no account, or one that stands there already",
                        hint="make lines with 'gateway mail account NAME'",
                    )
                accounts[name] = parsed
        return accounts


def make_line(name: str, password: str) -> str:
    """Return the line of a new account; `NotAccepted` when the name or the password will not do."""
    if not NAME.fullmatch(name):
        raise NotAccepted(f"'{name}' is no name for an account", hint="use letters, digits and . _ @ + -")
    if len(password) < SHORTEST or len(password.encode()) > LONGEST:
        raise NotAccepted(
            f"the password has {len(password)} characters", hint=f"take at least {SHORTEST}, and a few words at most"
        )
    salt = os.urandom(16)
    words = [*map(str, COST), b64encode(salt).decode(), b64encode(_derive(password.encode(), salt, COST)).decode()]
    return f"{name}:{'$'.join(['scrypt', *words])}"


def _parse(text: str) -> Hash | None:
    found = HASH.fullmatch(text)
    if found is None:
        return None
    try:
        salt, derived = b64decode(found[4], validate=True), b64decode(found[5], validate=True)
    except NotBase64:
        return None
    if len(derived) != len(NOBODY.derived):
        return None
    return Hash(cost=(int(found[1]), int(found[2]), int(found[3])), salt=salt, derived=derived)


def _derive(password: bytes, salt: bytes, cost: tuple[int, int, int]) -> bytes:
    log2n, r, p = cost
    return Scrypt(salt=salt, length=32, n=1 << log2n, r=r, p=p).derive(password)
