"""Collectors that are told what is in the ledger (SIEM)."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Final, Literal, Self, TypeAlias

from pydantic import AfterValidator, Field, model_validator

from gateway.config.listening import host_and_port
from gateway.config.sections import is_loopback
from gateway.model.validation import Strict
from gateway.record.siem import Family

LABEL: Final = r"[0-9A-Za-z](?:[0-9A-Za-z-]{0,61}[0-9A-Za-z])?"
COLLECTOR: Final = re.compile(rf"(tls|tcp)://(\[[0-9a-fA-F:.]+\]|{LABEL}(?:\.{LABEL})*):[0-9]{{1,5}}")
USUAL: Final = (Family.DECISION, Family.DELIVERY, Family.SIGN_IN, Family.ACT)


def _collector(given: str) -> str:
    if not COLLECTOR.fullmatch(given) or not 0 < int(given.rpartition(":")[2]) < 1 << 16:
        raise ValueError(f"'{given}' is not understood; write for example tls://siem.exampleshire.example:6514")
    return given


CollectorAddress: TypeAlias = Annotated[str, AfterValidator(_collector)]


class SiemSettings(Strict):
    """One collector: where it listens, which format it reads, and what it is told.

    Over `tls` its certificate must be from one of the machine's authorities, or of `ca_file`. Plain `tcp` is for a
    relay on this machine only.
    """

    to: CollectorAddress
    format: Literal["rfc5424", "cef", "ecs", "ocsf"] = "rfc5424"
    tell: Annotated[tuple[Family, ...], Field(min_length=1)] = USUAL
    ca_file: Path | None = None

    @model_validator(mode="after")
    def _is_private(self) -> Self:
        if not self.is_tls and not is_loopback(self.host):
            raise ValueError("plain tcp is for a relay on this machine; write tls://")
        return self

    @property
    def is_tls(self) -> bool:
        """Whether it is told over TLS."""
        return self.to.startswith("tls:")

    @property
    def host(self) -> str:
        """Its name or address."""
        return host_and_port(self.to.partition("://")[2])[0]

    @property
    def port(self) -> int:
        """Its port."""
        return host_and_port(self.to.partition("://")[2])[1]
