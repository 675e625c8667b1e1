"""protect: seals what may leave, and checks with other eyes that it is sealed.

In      a transfer's parts and a delivery whose verdict is `deliver`, with its obligations
Out     a `Sealed`: the only value that the delivery rooms take
Laws    fail shut: no key, no method, no verification means `NotSealed`, never clear content; AES-256 and nothing less;
        a passphrase never travels with what it opens; names and subject outside the seal are neutral;
        another program than the one that sealed verifies the result;
        an obligation that nobody in the house can meet means `NotSealed` as well (`duties`)
Fails   `NotSealed`
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, runtime_checkable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gateway.model.transfer import Evidence


@dataclass(frozen=True, slots=True, kw_only=True)
class Plain:
    """One plain file or message on its way into an envelope.

    `marking` is what an envelope should say of it inside, where it has a place for that: the list within a ZIP has, an
    OpenPGP message over files has none.
    """

    name: str
    media_type: str
    content: bytes
    marking: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """One sealed file and the evidence for it; `passphrase` is empty where a key opens it."""

    name: str
    media_type: str
    content: bytes
    evidence: Evidence
    passphrase: str = ""

    def __repr__(self) -> str:
        """Say what it is without the passphrase or the content."""
        return f"Envelope({self.name!r}, {len(self.content)} bytes, {self.evidence.method})"


class Encryptor(Protocol):
    """Does one kind of sealing. Entry-point group `gateway.encryptors`."""

    name: str

    def seal(self, parts: Sequence[Plain], recipient: str, name: str) -> Envelope:
        """Seal the parts for one recipient into a file called `name` plus the method's ending, and verify it.

        Raises `NotSealed` when that cannot be done and shown.
        """


@runtime_checkable
class Selective(Protocol):
    """What an encryptor also has when it cannot seal for everybody. One without it is taken to seal for anybody."""

    def may_seal_for(self, recipient: str) -> bool:
        """Say whether there is an approved, usable key (or the like) for this address."""
