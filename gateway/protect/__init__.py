"""protect: seals what may leave, and checks with other eyes that it is sealed.

In      a transfer's parts and a delivery whose verdict is `deliver`, with its obligations
Out     a `Sealed`: the only value that the delivery rooms take
Laws    fail shut: no key, no method, no verification means `NotSealed`, never clear content; AES-256 and nothing less;
        a passphrase never travels with what it opens; names and subject outside the seal are neutral;
        another program than the one that sealed verifies the result;
        an obligation that nobody in the house can meet means `NotSealed` as well (`duties`);
        content is poured, not held: files of any size pass in constant memory, and clear content touches no disk
Fails   `NotSealed`
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from gateway.model.content import Content, Readable

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from gateway.model.transfer import Evidence

__all__ = ["Content", "Encryptor", "Envelope", "Plain", "Readable", "Selective"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Plain:
    """One plain file or message on its way into an envelope.

    `marking` is what an envelope should say of it inside, where it has a place for that: the list within a ZIP has, an
    OpenPGP message over files has none.
    """

    name: str
    media_type: str
    content: Content
    marking: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """One sealed file on the desk, the name it may carry outside, and the evidence for it."""

    name: str
    media_type: str
    file: Path
    evidence: Evidence


class Encryptor(Protocol):
    """Does one kind of sealing. Entry-point group `gateway.encryptors`."""

    name: str
    by_passphrase: bool
    """Whether a passphrase opens what it seals; it takes no notice of one otherwise."""

    def seal(self, parts: Sequence[Plain], recipient: str, name: str, desk: Path, words: str) -> Envelope:
        """Seal the parts for one recipient into a file on the desk, and verify it.

        `name` plus the method's ending is its name outside. `desk` is a private folder for sealed bytes only: clear
        content never goes there. `words` is the passphrase. Raises `NotSealed` when it cannot be done and shown.
        """


@runtime_checkable
class Selective(Protocol):
    """What an encryptor also has when it cannot seal for everybody. One without it is taken to seal for anybody."""

    def may_seal_for(self, recipient: str) -> bool:
        """Say whether there is an approved, usable key (or the like) for this address."""
