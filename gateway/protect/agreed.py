"""Standing passphrases, agreed with partners: kept sealed in the vault, and strong enough or refused.

A partner's stands for all its people until it is replaced or removed; then it is destroyed. What was agreed elsewhere
must look like one of ours: six different words or more of the same list, in no order. Nothing else is taken, because
no measure tells what a machine drew from what a person made up. Let the gateway draw it wherever you can.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Final

from gateway.model.record import Entry
from gateway.protect.passphrase import LENGTH, words
from gateway.store import Secrets

PREFIX: Final = "passphrase/"
LONGEST: Final = 99
"""Characters that every method takes: 7-Zip opens a ZIP with 99 at most, a PDF has 127 bytes."""
DIVIDED: Final = re.compile(r"[ .,_-]+")


class StandingPassphrases:
    """The passphrases agreed with partners (`Agreed`), among the standing secrets of the vault."""

    def __init__(self, secrets: Secrets) -> None:
        self._secrets = secrets

    def names(self) -> Mapping[str, datetime]:
        """Return the partners that have one, and since when."""
        found = self._secrets.names().items()
        return {name.removeprefix(PREFIX): since for name, since in found if name.startswith(PREFIX)}

    def read(self, name: str) -> str:
        """Return a partner's; `NotFound`."""
        return self._secrets.read(PREFIX + name)

    def set(self, name: str, text: str, entry: Entry) -> None:
        """Keep a partner's from now on, and destroy the one before."""
        self._secrets.set(PREFIX + name, text, entry)

    def remove(self, name: str, entry: Entry) -> None:
        """Destroy a partner's; `NotFound`."""
        self._secrets.remove(PREFIX + name, entry)


def weakness(text: str) -> str:
    """Return why a passphrase will not do, empty where it will. Nothing of it stands in the answer."""
    if not text.isascii() or not text.isprintable():
        return "it has characters that not every keyboard has; use plain letters, digits and signs (ASCII)"
    if text != text.strip():
        return "it begins or ends with a blank, which people do not see"
    if len(text) > LONGEST:
        return f"it has more than {LONGEST} characters, which not every method takes"
    said = [each for each in DIVIDED.split(text.lower()) if each]
    if len(set(said)) < max(LENGTH, len(said)) or not set(said) <= set(words()):
        return f"it is not {LENGTH} different words or more of the list that the gateway draws from, and nothing else"
    if said in (sorted(said), sorted(said, reverse=True)):
        return "its words stand in the order of the list"
    return ""
