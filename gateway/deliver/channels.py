"""The channels that come with the house, by kind, from plain settings."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path

from gateway.deliver import Channel
from gateway.deliver.folder import FolderChannel
from gateway.deliver.mail import SmtpChannel
from gateway.deliver.tls import TlsLevel
from gateway.errors import GatewayError
from gateway.system.clock import Clock


class ChannelKind(StrEnum):
    """What a built-in channel speaks."""

    FOLDER = "folder"
    SMTP = "smtp"


def build(  # noqa: PLR0913 - each is one line of configuration
    kind: ChannelKind,
    name: str,
    *,
    host: str = "",
    port: int = 25,
    tls: TlsLevel = TlsLevel.VERIFY,
    ca_file: str = "",
    timeout: float = 60.0,
    path: Path | None = None,
    trial: bool = False,
    clock: Clock | None = None,
) -> Channel:
    """Return a channel: `host` to `timeout` (seconds) are for a mail server, `path` and `trial` for a folder.

    Raises `GatewayError` when something it needs is missing or cannot be read.
    """
    match kind:
        case ChannelKind.SMTP:
            if not host:
                raise GatewayError(f"the channel {name} names no host", hint="set host: to the mail server")
            return SmtpChannel(name, host=host, port=port, tls=tls, ca_file=ca_file, timeout=timeout, clock=clock)
        case ChannelKind.FOLDER:
            if path is None:
                raise GatewayError(f"the channel {name} names no path", hint="set path: to an existing folder")
            return FolderChannel(name, path=path, clock=clock, trial=trial)
