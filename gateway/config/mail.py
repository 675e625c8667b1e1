"""The mail door's settings."""

from __future__ import annotations

import re
from typing import Annotated, Final

from pydantic import AfterValidator

from gateway.config.units import Size
from gateway.model.validation import Strict

LISTEN: Final = re.compile(r"(?P<host>\[[0-9a-fA-F:.]+\]|[0-9A-Za-z.-]+):(?P<port>[0-9]{1,5})")
HIGHEST_PORT: Final = 65_535
MB: Final = 1_000_000


def _listen(given: str) -> str:
    found = LISTEN.fullmatch(given)
    if found is None or int(found["port"]) > HIGHEST_PORT:
        raise ValueError(f"'{given}' is not understood; write host:port, for example 127.0.0.1:2525")
    return given


class Mail(Strict):
    """The mail door. Peers in `xforward_peers` are believed when they say for whom they relay."""

    listen: Annotated[str, AfterValidator(_listen)] = "127.0.0.1:2525"
    max_size: Size = 50 * MB
    xforward_peers: tuple[str, ...] = ()

    @property
    def host(self) -> str:
        """The host part of `listen`, without the brackets of an IPv6 address."""
        return self.listen.rpartition(":")[0].strip("[]")

    @property
    def port(self) -> int:
        """The port part of `listen`."""
        return int(self.listen.rpartition(":")[2])
