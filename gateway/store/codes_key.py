"""The key of code apps: their secrets must be read again, and are locked with it. 32 random bytes.

What must be compared and is too easily guessed for a plain hash is kept under it as well (`keyed`).

It opens nothing of a transfer, and lies apart from the keys that do, which the console need not read. A copy of the
database alone then shows no secret of a code app; without the key code apps have to be set up again, and nothing else
is lost.
"""

from __future__ import annotations

import hmac
import secrets
from base64 import b64decode, b64encode
from contextlib import suppress
from pathlib import Path
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from gateway.errors import Damaged
from gateway.store.master_key import read_private
from gateway.system import atomic

SIZE: Final = 32
NONCE: Final = 12
FOLDER: Final = "console"
NAME: Final = "codes.key"


def lock(state: Path, text: str, bound_to: str) -> str:
    """Return a text encrypted (AES-256-GCM) under the key below a state folder, and bound to whose it is."""
    nonce = secrets.token_bytes(NONCE)
    return b64encode(nonce + AESGCM(_key(state)).encrypt(nonce, text.encode(), bound_to.encode())).decode()


def unlock(state: Path, locked: str, bound_to: str) -> str:
    """Return what was locked; `Damaged` when it was altered, is somebody else's, or is under another key."""
    try:
        raw = b64decode(locked, validate=True)
        return AESGCM(_key(state)).decrypt(raw[:NONCE], raw[NONCE:], bound_to.encode()).decode()
    except (InvalidTag, ValueError):
        raise Damaged(
            "the secret of a code app does not open",
            hint="set the person's second factor up again: gateway people reset",
        ) from None


def keyed(state: Path, text: str) -> str:
    """Return by what a text is known again, and by nobody without the key: HMAC-SHA-256, in hexadecimal digits."""
    return hmac.digest(_key(state), b"keyed\0" + text.encode(), "sha256").hex()


def _key(state: Path) -> bytes:
    """Return the key, drawn the first time; `Unsound` when others could read it."""
    path = state / FOLDER / NAME
    if not path.exists():
        atomic.make_private_folder(path.parent)
        scratch = path.with_name(f".{NAME}.{secrets.token_hex(8)}")
        atomic.write(scratch, secrets.token_bytes(SIZE))
        with suppress(FileExistsError):  # another process was quicker: its key counts
            path.hardlink_to(scratch)
        scratch.unlink()
        atomic.sync_folder(path.parent)
    return read_private(path, SIZE)
