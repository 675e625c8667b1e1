"""How often somebody may try. The same for accounts that there are not, so that a refusal tells nothing.

A stranger who tries another's name five times a minute keeps their password out for as long as they go on; a passkey
and the provider let them in all the same. Codes are asked for only behind a right password, so that only there a day
counts: of a million codes three are right at any moment. Where a web server is before the console that its settings do
not name (`proxies`), all strangers come from its address, and many of them together keep passwords out; whoever proved
one thing is counted by who they are.
"""

from __future__ import annotations

import ipaddress
from datetime import timedelta
from typing import Final

from gateway.config.sections import is_loopback
from gateway.model.person import EMERGENCY, folded
from gateway.store import codes_key
from gateway.store.attempts import Limit
from gateway.store.embedded import Store

MINUTE: Final = timedelta(minutes=1)
DAY: Final = timedelta(days=1)
PER_ACCOUNT: Final = 5
PER_NETWORK: Final = 20
PER_PROXY: Final = 300
CODES_A_DAY: Final = 20
NETWORK_BITS: Final = 64
"""Of an IPv6 address this much is one household's or office's (RFC 6177)."""


def first(store: Store, name: str, network_address: str) -> tuple[Limit, ...]:
    """Return the limits of trying a password for a name.

    The emergency account's is drawn, 100 random bits that no trying finds: nobody can keep it out by its name.
    """
    by_network = _from(network_address)
    if folded(name) == EMERGENCY:
        return (by_network,)
    return (Limit(key=about_name(store, name), most=PER_ACCOUNT, window=MINUTE), by_network)


def second(person_id: str) -> tuple[Limit, ...]:
    """Return the limits of trying a code, a recovery code or a password of somebody who proved one thing already."""
    key = about_person(person_id)
    return (Limit(key=key, most=PER_ACCOUNT, window=MINUTE), Limit(key=key, most=CODES_A_DAY, window=DAY))


def beginning(network_address: str) -> tuple[Limit, ...]:
    """Return the limits of beginning a sign-in that needs a row in the database before anything is known."""
    return (_from(network_address, "begun"),)


def answering(network_address: str) -> tuple[Limit, ...]:
    """Return the limits of bringing what a passkey signed, or what the provider says."""
    return (_from(network_address, "answered"),)


def telling(reached: Limit) -> Limit:
    """Return the limit of recording that this one is reached: a spray must not fade, nor flood the ledger."""
    return Limit(key=f"told:{reached.key}", most=1, window=MINUTE)


def about_name(store: Store, name: str) -> str:
    """Return the key for a name as somebody typed it: under a key, because people type passwords there."""
    return f"name:{codes_key.keyed(store.database.path.parent, folded(name))}"


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
