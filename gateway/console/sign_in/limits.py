"""How often somebody may try. The same for accounts that there are not, so that a refusal tells nothing.

A stranger who tries another's name keeps them out for a minute at most, and never from their passkey. Codes are asked
for only behind a right password, so that only there a day counts: of a million codes three are right at any moment.
"""

from __future__ import annotations

import hashlib
import ipaddress
from datetime import timedelta
from typing import Final

from gateway.config.sections import is_loopback
from gateway.model.person import folded
from gateway.store.attempts import Limit

MINUTE: Final = timedelta(minutes=1)
DAY: Final = timedelta(days=1)
PER_ACCOUNT: Final = 5
PER_NETWORK: Final = 20
PER_PROXY: Final = 300
CODES_A_DAY: Final = 20
NETWORK_BITS: Final = 64
"""Of an IPv6 address this much is one household's or office's (RFC 6177)."""


def first(name: str, network_address: str) -> tuple[Limit, ...]:
    """Return the limits of trying a password for a name."""
    return (Limit(key=about_name(name), most=PER_ACCOUNT, window=MINUTE), _from(network_address))


def second(person_id: str, network_address: str) -> tuple[Limit, ...]:
    """Return the limits of trying a code, a recovery code or a password of somebody who proved one thing already."""
    key = about_person(person_id)
    return (
        Limit(key=key, most=PER_ACCOUNT, window=MINUTE),
        Limit(key=key, most=CODES_A_DAY, window=DAY),
        _from(network_address),
    )


def beginning(network_address: str) -> tuple[Limit, ...]:
    """Return the limits of beginning a sign-in that needs a row in the database before anything is known."""
    return (_from(network_address, "begun"),)


def about_name(name: str) -> str:
    """Return the key for a name as somebody typed it: hashed, because people type passwords there."""
    return f"name:{hashlib.sha256(folded(name).encode()).hexdigest()}"


def about_person(person_id: str) -> str:
    """Return the key for somebody's second factor."""
    return f"second:{person_id}"


def _from(network_address: str, what: str = "from") -> Limit:
    """Return the limit for a network: this machine stands for many where a web server is before the console."""
    network = _network(network_address)
    return Limit(key=f"{what}:{network}", most=PER_PROXY if is_loopback(network) else PER_NETWORK, window=MINUTE)


def _network(network_address: str) -> str:
    try:
        address = ipaddress.ip_address(network_address)
    except ValueError:
        return network_address
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is None:
        return str(ipaddress.ip_network((address, NETWORK_BITS), strict=False))
    return str(address)
