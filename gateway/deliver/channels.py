"""The channels that come with the house, by kind, from plain settings."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path

from gateway.deliver import Channel
from gateway.deliver.account import Account
from gateway.deliver.folder import FolderChannel
from gateway.deliver.hop import Hop
from gateway.deliver.level import TlsLevel
from gateway.deliver.mail import SmtpChannel
from gateway.deliver.mta_sts import MtaSts
from gateway.deliver.next_hop import Dane, FixedHop, MxHops, NextHop
from gateway.deliver.resolver import Resolver
from gateway.errors import GatewayError
from gateway.system.clock import Clock, MachineClock


class ChannelKind(StrEnum):
    """What a built-in channel speaks."""

    FOLDER = "folder"
    SMTP = "smtp"


def build(  # noqa: PLR0913 - each is one line of configuration
    kind: ChannelKind,
    name: str,
    *,
    host: str = "",
    mx: bool = False,
    port: int = 25,
    tls: TlsLevel = TlsLevel.VERIFY,
    ca_file: str = "",
    implicit: bool = False,
    pins: frozenset[str] = frozenset(),
    resolver: tuple[str, int] = ("", 53),
    account: Account | None = None,
    ehlo: str = "",
    timeout: float = 60.0,
    path: Path | None = None,
    trial: bool = False,
    clock: Clock | None = None,
) -> Channel:
    """Return a channel: `host` to `timeout` (seconds) are for a mail server, `path` and `trial` for a folder.

    `resolver` is an address and a port, an empty one for those of the machine. Raises `GatewayError` when something it
    needs is missing or cannot be read.
    """
    match kind:
        case ChannelKind.SMTP:
            if not host and not mx:
                raise GatewayError(f"the channel {name} names no host", hint="set host: to the mail server")
            own = Hop(host=host, port=port, address=host, level=tls, implicit=implicit, pins=pins)
            clock = clock or MachineClock()
            next_hop = _by_dns(own, resolver, ca_file, clock, ehlo) if mx else _fixed(own, resolver)
            return SmtpChannel(
                name,
                next_hop=next_hop,
                tls=tls,
                ca_file=ca_file,
                account=account,
                ehlo=ehlo,
                timeout=timeout,
                clock=clock,
            )
        case ChannelKind.FOLDER:
            if path is None:
                raise GatewayError(f"the channel {name} names no path", hint="set path: to an existing folder")
            return FolderChannel(name, path=path, clock=clock, trial=trial)


def _fixed(own: Hop, resolver: tuple[str, int]) -> NextHop:
    return FixedHop(hop=own, dane=Dane(resolver=Resolver(*resolver)) if own.level is TlsLevel.DANE else None)


def _by_dns(own: Hop, resolver: tuple[str, int], ca_file: str, clock: Clock, ehlo: str) -> NextHop:
    asks = Resolver(*resolver)
    return MxHops(
        resolver=asks,
        port=own.port,
        level=own.level,
        pins=own.pins,
        own=ehlo.lower(),
        sts=MtaSts(asks, clock.monotonic, ca_file=ca_file) if own.level is TlsLevel.MTA_STS else None,
        dane=Dane(resolver=asks) if own.level is TlsLevel.DANE else None,
    )
