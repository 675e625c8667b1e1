"""Which method seals for a recipient: the house's order, what they can open, whose key we have, who tells a passphrase.

The order is the recipient's own where the policy says what they can open, and the house's otherwise. The first method
that works is chosen; where none does the delivery is held, and the reason names each method and what to do.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Final, TypeAlias

from gateway.errors import NotSealed
from gateway.protect import Encryptor, Selective
from gateway.protect.passphrase import Passphrases, Told

TO_DO: Final = "import a key of theirs, agree a passphrase with their organisation, or allow another method"

Opens: TypeAlias = Callable[[str], Sequence[str]]
"""Says which methods a recipient can open, in their order of preference; empty where the policy does not say."""


def anything(_recipient: str) -> Sequence[str]:
    """Say of nobody what they can open."""
    return ()


class Choice:
    """Chooses among encryptors. `methods` is the house's order; what is not in it is not used."""

    def __init__(
        self,
        encryptors: Mapping[str, Encryptor],
        methods: Sequence[str],
        passphrases: Passphrases,
        opens: Opens = anything,
    ) -> None:
        self._encryptors = encryptors
        self._methods = tuple(method for method in methods if method in encryptors)
        self._passphrases = passphrases
        self._opens = opens
        # found out once: to ask an encryptor what it can takes longer than all else here
        self._selective = {name: each for name, each in encryptors.items() if isinstance(each, Selective)}

    def can(self, recipient: str, *, may_tell: bool) -> frozenset[str]:
        """Return the methods that this recipient can take today; a fresh passphrase needs somebody to be told it.

        `may_tell` says whether the sender can be told one.
        """
        none: frozenset[str] = frozenset()
        verdicts = self._verdicts(recipient, may_tell=may_tell, barred=none, apart=False)
        return frozenset(method for method, trouble in verdicts if not trouble)

    def chosen(
        self, recipient: str, *, may_tell: bool, barred: frozenset[str], apart: bool, by_key: bool = False
    ) -> Encryptor:
        """Return the first encryptor that this recipient and the policy take; `NotSealed`.

        `barred` methods may not be chosen. With `apart` a passphrase may not go by the sender; `by_key` none will do.
        """
        troubles = []
        for method, why_not in self._verdicts(recipient, may_tell=may_tell, barred=barred, apart=apart):
            trouble = why_not
            if not trouble and by_key and self._encryptors[method].by_passphrase:
                trouble = "opens with a passphrase, and a key of theirs is wanted"
            if not trouble:
                return self._encryptors[method]
            troubles.append(f"{method} {trouble}")
        said = ", ".join(troubles) or "this gateway has none"
        raise NotSealed(f"no sealing method works for this recipient ({said}); {TO_DO}")

    def told(self, recipient: str, encryptor: Encryptor) -> Told | None:
        """Say how this recipient would learn a passphrase; None where a key opens what the encryptor seals."""
        return self._passphrases.way(recipient) if encryptor.by_passphrase else None

    def _verdicts(
        self, recipient: str, *, may_tell: bool, barred: frozenset[str], apart: bool
    ) -> Iterator[tuple[str, str]]:
        """Yield each method in question, in order of preference, with why it does not do, empty where it does."""
        way: Told | None = None
        for method in self._opens(recipient) or self._methods:
            if method not in self._methods:
                yield method, "is not among the methods of this gateway"
                continue
            encryptor = self._encryptors[method]
            if method in barred:
                yield method, "is barred by a rule"
            elif method in self._selective and not self._selective[method].may_seal_for(recipient):
                yield method, "has no usable key of theirs"
            elif not encryptor.by_passphrase:
                yield method, ""
            else:
                way = way or self._passphrases.way(recipient)
                yield method, _untold(way, may_tell=may_tell, apart=apart)


def _untold(way: Told, *, may_tell: bool, apart: bool) -> str:
    """Return why nobody may tell a recipient a passphrase, empty where somebody may."""
    if way is not Told.SENDER:
        return ""
    if apart:
        return "needs a passphrase, and there is no other channel to tell it by"
    return "" if may_tell else "needs a passphrase, and nobody can tell it apart from the message"
