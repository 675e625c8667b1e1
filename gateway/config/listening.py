"""Where a door listens, `host:port`, and the networks of those whom it hears."""

from __future__ import annotations

import ipaddress
import re
from typing import Annotated, Final, TypeAlias

from pydantic import AfterValidator

LISTEN: Final = re.compile(r"(?P<host>\[[0-9a-fA-F:.]+\]|[0-9A-Za-z.-]+):(?P<port>[0-9]{1,5})")
HIGHEST_PORT: Final = 65_535


def _listen(given: str) -> str:
    found = LISTEN.fullmatch(given)
    if found is None or int(found["port"]) > HIGHEST_PORT:
        raise ValueError(f"'{given}' is not understood; write host:port, for example 127.0.0.1:2525")
    return given


def _network(given: str) -> str:
    try:
        return str(ipaddress.ip_network(given))
    except ValueError:
        raise ValueError(f"'{given}' is no network; write for example 192.0.2.10 or 192.0.2.0/24") from None


Listen: TypeAlias = Annotated[str, AfterValidator(_listen)]
Network: TypeAlias = Annotated[str, AfterValidator(_network)]


def host_and_port(listen: str) -> tuple[str, int]:
    """Return the two parts of an address to listen at, without the brackets of an IPv6 address."""
    host, _, port = listen.rpartition(":")
    return host.strip("[]"), int(port)
