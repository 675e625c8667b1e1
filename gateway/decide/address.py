"""What a plain address is, and what its domain is; the rest of this room knows no other kind.

Only `local@domain` is plain (RFC 5321 section 4.1.2 without quoted strings, source routes, comments, address literals
and trailing dots; RFC 5890 A-labels). Nothing is mapped to make it fit: what needs mapping is not plain.

The doors let more in, so that a sender is told why; `tests/unit/decide/test_decide_addresses.py` lists the differences.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Final

import idna

# '%' and '!' are left out: mail relays once read them as routes (RFC 1123 section 5.2.16)
LOCAL: Final = re.compile(r"[A-Za-z0-9#$&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9#$&'*+/=?^_`{|}~-]+)*")
LABEL: Final = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")
LONGEST_LOCAL: Final = 64
LONGEST_DOMAIN: Final = 253
LOWER: Final = {upper: upper + 32 for upper in range(ord("A"), ord("Z") + 1)}  # str.lower would map the Kelvin sign
OTHER_DOTS: Final = frozenset("\u3002\uff0e\uff61")  # idna takes them for dots
ANY_LABEL: Final = "*."


def parts_of(address: str) -> tuple[str, str] | None:
    """Return local part and domain of a plain address, the domain in lower case and A-labels; None when not plain."""
    local, at, domain = address.partition("@")
    if not at or len(local) > LONGEST_LOCAL or not LOCAL.fullmatch(local):
        return None
    plain = plain_domain(domain)
    return (local, plain) if plain is not None else None


def domain_of(address: str) -> str | None:
    """Return the domain of a plain address in lower case and A-labels; None when the address is not plain."""
    parts = parts_of(address)
    return parts[1] if parts is not None else None


def plain_domain(domain: str) -> str | None:
    """Return a domain in lower case and A-labels; None when it is not a plain one of at least two labels."""
    domain = domain.translate(LOWER)
    if not domain.isascii():
        if not OTHER_DOTS.isdisjoint(domain):
            return None
        try:
            domain = idna.encode(domain, uts46=False).decode("ascii")
        except (idna.IDNAError, UnicodeError):
            return None
    labels = domain.split(".")
    fits = len(domain) <= LONGEST_DOMAIN and len(labels) > 1 and all(LABEL.fullmatch(label) for label in labels)
    return domain if fits and not labels[-1].isdigit() else None


def is_suffix(domain: str, suffixes: Collection[str]) -> bool:
    """Say whether organisations stand below a plain domain and it is none itself.

    `suffixes` is written as in the Public Suffix List: `*.sch.uk` takes in every name directly below `sch.uk`.
    """
    return domain in suffixes or ANY_LABEL + domain.partition(".")[2] in suffixes


def not_plain(domain: str) -> str:
    """Return the complaint about what is not a plain domain."""
    return f"'{domain}' is not a plain domain; write at least two labels and no dot at the end: council.example"
