"""The settings of channels: how what was sealed is handed over."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal, TypeAlias

from pydantic import Field

from gateway.config.mail import HIGHEST_PORT
from gateway.model.validation import Flag, Strict, Whole, Words


class FolderSettings(Strict):
    """Hands over by writing files into a folder on this machine.

    A folder proves no TLS. `trial` lets it stand for a next hop that would: for trying out, never for real content.
    """

    kind: Literal["folder"]
    path: Path
    trial: Flag = False


class SmtpSettings(Strict):
    """Hands over by SMTP. `verify` refuses to send without TLS 1.2 or later and a verified certificate."""

    kind: Literal["smtp"]
    host: Words
    port: Annotated[Whole, Field(ge=1, le=HIGHEST_PORT)] = 25
    tls: Literal["none", "may", "encrypt", "verify"]
    ca_file: Path | None = None


ChannelSettings: TypeAlias = Annotated[FolderSettings | SmtpSettings, Field(discriminator="kind")]
