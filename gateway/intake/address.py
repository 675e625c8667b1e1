"""Addresses as they are compared everywhere else in the house: one spelling each.

RFC 5321 section 4.1.2 with three things left out on purpose, because other programs read them differently from us and
a policy would then judge another address than the one that is served: quoted local parts, source routes, and a dot at
the end of the domain.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

import idna

from gateway.errors import NotAccepted

LONGEST: Final = 254  # bytes; RFC 5321 section 4.5.3.1.3, without the angle brackets
LOCAL: Final = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.\-\u0080-\U0010ffff]+")  # RFC 5322 atext, dots, RFC 6531
LABEL: Final = re.compile(r"[a-z0-9_]([a-z0-9_\-]{0,61}[a-z0-9_])?")  # underscores are seen inside organisations
LITERAL: Final = re.compile(r"\[[0-9a-z:.\-]+\]")


def normalised(untrusted: str) -> str:
    """Return the address with its domain in lower case and in A-labels; `NotAccepted` when it is malformed."""
    local, at, domain = untrusted.rpartition("@")
    if not at or not LOCAL.fullmatch(local) or not local.isprintable():
        raise NotAccepted("an address is malformed", hint="write it as name@domain, without spaces or quotes")
    address = f"{local}@{_domain(domain)}"
    if len(address.encode()) > LONGEST:
        raise NotAccepted(f"an address is longer than {LONGEST} bytes", hint="use a shorter address")
    return address


def _domain(untrusted: str) -> str:
    domain = untrusted.lower()
    if not domain.isascii():
        try:
            domain = idna.encode(domain, uts46=True).decode("ascii")
        except idna.IDNAError:
            domain = ""
    if not LITERAL.fullmatch(domain) and not all(LABEL.fullmatch(label) for label in domain.split(".")):
        raise NotAccepted("the domain of an address is malformed", hint="write it as name@domain")
    return domain


def normalised_sender(untrusted: str) -> str:
    """Return the sender's address; the null sender of RFC 5321 section 4.5.5 (`<>` or nothing) is the empty string."""
    return "" if untrusted in {"", "<>"} else normalised(untrusted)


def distinct(untrusted: Iterable[str]) -> tuple[str, ...]:
    """Return every address once, normalised, in the order of first mention; `NotAccepted` when one is malformed."""
    return tuple(dict.fromkeys(normalised(each) for each in untrusted))
