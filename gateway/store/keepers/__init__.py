"""Key keepers: who holds the vault's master key and wraps every object's data key with it.

    file         32 random bytes in a file of our own                       keepers/file.py
    credential   32 random bytes that systemd hands to the service          keepers/credential.py
    pkcs11       an AES-256 key that never leaves its token                 keepers/token.py
    transit      a key that never leaves its service (Vault, OpenBao)       keepers/transit.py

The vault has a ring of them. The primary wraps what is new; the former ones still open what names them, until a
rotation has wrapped it anew.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from typing import Final, Protocol, TypeAlias

from gateway.errors import Busy, Damaged, StoreError, Unsound

TRIAL: Final = bytes(32)


class KeyKeeper(Protocol):
    """Holds one master key. May be used from any number of threads."""

    @property
    def id(self) -> str:
        """By what headers name this key: 16 hexadecimal digits that say nothing about it."""

    def wrap(self, data_key: bytes, bound_to: bytes, /) -> bytes:
        """Return a data key encrypted under this key and bound to `bound_to`; `Unsound` when that cannot be now."""

    def unwrap(self, wrapped: bytes, bound_to: bytes, /) -> bytes:
        """Return the data key; `Damaged` when it was altered or belongs elsewhere, `Unsound` when it cannot be now."""


Holder: TypeAlias = Callable[[], Sequence[KeyKeeper]]
"""Says which keys a place holds at this moment, the one in use first. `Unsound` when it cannot say."""


class Ring:
    """The keepers of one vault. Each place is asked again every time: a rotation may have changed what it holds."""

    def __init__(self, primary: Holder, *former: Holder) -> None:
        self._holders = (primary, *former)

    def primary(self) -> KeyKeeper:
        """Return the keeper that wraps what is new; `Unsound`."""
        return self._holders[0]()[0]

    def find(self, key_id: str) -> KeyKeeper:
        """Return the keeper of that id; `Damaged` when there is none, `Unsound` when a place could not be asked."""
        failure: Unsound | None = None
        for holder in self._holders:
            try:
                found = next((keeper for keeper in holder() if keeper.id == key_id), None)
            except Unsound as error:
                failure = failure or error
            else:
                if found:
                    return found
        if failure:
            raise failure
        raise Damaged(
            f"there is no master key {key_id} here",
            hint="restore the key that wrote it, or name it under 'former' of 'vault' in the configuration",
        )

    def require(self, key_id: str) -> None:
        """Refuse what is under a key that was retired meanwhile; `Busy`: nothing is lost, it is written again."""
        try:
            self.find(key_id)
        except Damaged:
            raise Busy("the vault's key was changed while this was written", hint="try again") from None


def try_out(holder: Holder) -> tuple[str, str]:
    """Return the id of the key that a place has in use, and why it cannot be used: empty when it can."""
    try:
        keeper = holder()[0]
    except StoreError as error:
        return "", error.message
    try:
        works = keeper.unwrap(keeper.wrap(TRIAL, b"trial"), b"trial") == TRIAL
    except StoreError as error:
        return keeper.id, error.message
    return keeper.id, "" if works else "it does not open what it wrapped"


def fingerprint(kind: str, *told: str) -> str:
    """Return the id of a key that is known by where it is kept only."""
    return hashlib.sha256("\x00".join(("gateway key", kind, *told)).encode()).hexdigest()[:16]
