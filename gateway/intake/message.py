"""One message as it stands at a mail door, and what a door asks of the house: the reply, once it is durable or not."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final, TypeAlias

OUR_FAULT: Final = "451 4.3.0 temporary failure, try again later"


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One message as it came over the wire. `client` and `helo` are whom it came from, as XFORWARD or the peer says.

    `dsn` holds the parameters of MAIL (`RET`, `ENVID`), `dsn_recipients` those of each RCPT (`NOTIFY`, `ORCPT`).
    `preview` is true for what only asks what would happen. `protocol` is how it came, in the words of RFC 3848;
    `login` who logged in to bring it, if anybody did.
    """

    sender: str
    recipients: tuple[str, ...]
    content: bytes
    client: str
    helo: str
    dsn: dict[str, str]
    dsn_recipients: tuple[dict[str, str], ...]
    preview: bool = False
    protocol: str = "ESMTP"
    login: str = ""


Take: TypeAlias = Callable[[Message], Awaitable[str]]
