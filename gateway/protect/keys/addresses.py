"""Mail addresses as they are compared: only then does a key that names one belong to a recipient who has it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import idna

OTHER_DOTS: Final = frozenset("\u3002\uff0e\uff61")  # idna takes them for dots
LONGEST: Final = 320  # 64, the sign and 255 (RFC 5321 section 4.5.3.1)


def canonical(address: str) -> str:
    """Return an address in lower case, its domain in A-labels (RFC 5890) as doors write it; empty for what is none.

    Nothing else is mapped: Unicode would fold other signs into plain letters (the Kelvin sign into k), and so one
    person's address into another's.
    """
    local, _, domain = address.rpartition("@")
    if not local.isascii() or len(address) > LONGEST or not OTHER_DOTS.isdisjoint(domain):
        return ""
    try:
        plain = domain if domain.isascii() else idna.encode(domain).decode("ascii")
    except (idna.IDNAError, UnicodeError):
        return ""
    return f"{local}@{plain}".lower() if local and plain and address.isprintable() else ""


def canonical_all(addresses: Iterable[str]) -> frozenset[str]:
    """Return those of them that are addresses."""
    return frozenset(filter(None, map(canonical, addresses)))
