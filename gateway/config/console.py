"""The console's settings. No room is imported here: the console may use this module, and may not use the rooms."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Final, Self, TypeAlias

from pydantic import AfterValidator, model_validator

from gateway.config.listening import Listen, Network, host_and_port
from gateway.config.look import LookSettings
from gateway.config.sections import is_loopback
from gateway.config.sign_in import SignInSettings
from gateway.config.units import Duration, Pause
from gateway.model.validation import Strict

ADDRESS: Final = re.compile(r"https?://[a-z0-9.-]+(:[0-9]{1,5})?|https?://\[[0-9a-f:]+\](:[0-9]{1,5})?")


def _address(given: str) -> str:
    if not ADDRESS.fullmatch(given):
        raise ValueError(f"'{given}' is not understood; write for example https://gateway.exampleshire.example")
    return given


def _proxy(given: str) -> str:
    if given.endswith("/0"):
        raise ValueError(f"'{given}' is everybody, and who is believed may say any address; name your web servers")
    return given


Proxy: TypeAlias = Annotated[Network, AfterValidator(_proxy)]
Address: TypeAlias = Annotated[str, AfterValidator(_address)]


class ConsoleTls(Strict):
    """TLS of the console: `certificate` in PEM with those between it and an authority after it, and its private key."""

    certificate: Path
    key: Path


class ConsoleSettings(Strict):
    """The pages for officers and staff. `listen` is where they are served, `address` how browsers reach them.

    Without `tls` it listens on this machine only: for a trial, or behind a web server that has TLS, which `address`
    then names; `proxies` are the web servers that are believed when they say from where a request comes, and nobody
    else is. A release waits for `stop_within` and can be stopped until then. A held delivery should be decided
    within `decide_within`.
    """

    listen: Listen = "127.0.0.1:8040"
    address: Address = ""
    proxies: tuple[Proxy, ...] = ()
    tls: ConsoleTls | None = None
    sign_in: SignInSettings = SignInSettings()
    stop_within: Pause = timedelta(seconds=60)
    decide_within: Duration = timedelta(hours=4)
    look: LookSettings = LookSettings()

    @model_validator(mode="after")
    def _is_private(self) -> Self:
        host, _ = host_and_port(self.listen)
        if self.tls is None and not is_loopback(host):
            raise ValueError("without 'tls' the console listens on this machine only; set 'tls', or 127.0.0.1")
        if host in {"0.0.0.0", "::"} and not self.address:  # noqa: S104 - it is what is refused here
            raise ValueError("it listens on every address of this machine; say in 'address' how browsers reach it")
        if self.address.startswith("http:") and not is_loopback(host_and_port(_with_port(self.address))[0]):
            raise ValueError("'address' begins with http; beyond this machine only https keeps sessions private")
        return self

    @property
    def reached_at(self) -> str:
        """How browsers reach it: scheme, host and port, without a slash at the end."""
        if self.address:
            return self.address
        host, port = host_and_port(self.listen)
        shown = f"[{host}]" if ":" in host else host
        return f"{'https' if self.tls else 'http'}://{'localhost' if shown == '127.0.0.1' else shown}:{port}"

    @property
    def is_secure(self) -> bool:
        """Whether browsers reach it by TLS."""
        return self.reached_at.startswith("https:")


def _with_port(address: str) -> str:
    place = address.partition("://")[2]
    return place if re.search(r":[0-9]+\Z", place) else f"{place}:80"
