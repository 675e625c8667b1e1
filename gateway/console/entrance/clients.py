"""From where a request comes, where web servers stand before the console: what those say that the settings name.

Each proxy writes at the right end of `X-Forwarded-For` who asked it; what stands further left came with the request,
and anybody may have written it. So it is read from the right, and only as far as those go who are believed.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Sequence
from typing import Final, TypeAlias

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

Client: TypeAlias = ipaddress.IPv4Address | ipaddress.IPv6Address

NAMED: Final = "x-forwarded-for"
WITH_PORT: Final = re.compile(r"([0-9.]+)(?::[0-9]{1,5})?|\[([0-9A-Fa-f:.]+)\](?::[0-9]{1,5})?|([0-9A-Fa-f:.]+)")
"""An address as proxies write it: some add the port, and brackets around an IPv6 address."""


class Clients:
    """Puts the client's address in the place of a proxy's (pure ASGI)."""

    def __init__(self, app: ASGIApp, *, proxies: Sequence[str]) -> None:
        self._app, self._proxies = app, tuple(map(ipaddress.ip_network, proxies))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, as from whom it comes."""
        if self._proxies and scope["type"] == "http" and scope.get("client"):
            host, port = scope["client"]
            named = ",".join(Headers(scope=scope).getlist(NAMED))
            scope = {**scope, "client": (self._client(host, named.split(",")), port)}
        await self._app(scope, receive, send)

    def _client(self, host: str, named: Sequence[str]) -> str:
        """Return the last address that somebody names who is believed; what is no address ends it."""
        found, known = host, address_of(host)
        for each in reversed(named):
            if known is None or not any(known in network for network in self._proxies):
                break
            if (known := address_of(each)) is not None:
                found = str(known)
        return found


def address_of(written: str) -> Client | None:
    """Return the address that somebody wrote, without its port; None where it is none."""
    parts = WITH_PORT.fullmatch(written.strip())
    try:
        address = ipaddress.ip_address(next(filter(None, parts.groups()))) if parts else None
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return mapped or address
