"""The settings of channels: how what was sealed is handed over."""

from __future__ import annotations

import re
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Final, Literal, TypeAlias

from pydantic import AfterValidator, Field, model_validator

from gateway.config.listening import HIGHEST_PORT
from gateway.config.sections import SecretSettings, is_loopback
from gateway.deliver.level import PROVING
from gateway.model.validation import Flag, Strict, Whole, Words

RESOLVER: Final = re.compile(
    r"(?P<v6>\[[0-9a-fA-F:]+\])(?::(?P<p6>[0-9]{1,5}))?|(?P<v4>[0-9.]+)(?::(?P<p4>[0-9]{1,5}))?"
)
PIN: Final = re.compile(r"[0-9a-f]{64}")
DNS_PORT: Final = 53
BY_AUTHORITY: Final = frozenset({"verify", "mta-sts"})


def _resolver(given: str) -> str:
    host, port = split_resolver(given)
    try:
        ip_address(host)
    except ValueError:
        host = ""
    if not host or not 0 < port <= HIGHEST_PORT:
        raise ValueError(f"'{given}' is not understood; write the address of a resolver, for example 127.0.0.1")
    return given


def split_resolver(given: str) -> tuple[str, int]:
    """Return the address of a resolver and its port; an empty address for what is none."""
    found = RESOLVER.fullmatch(given)
    if found is None:
        return "", 0
    return (found["v6"] or found["v4"]).strip("[]"), int(found["p6"] or found["p4"] or DNS_PORT)


def _pin(given: str) -> str:
    pin = given.replace(":", "").lower()
    if not PIN.fullmatch(pin):
        raise ValueError(f"'{given}' is no SHA-256 of a public key; write its 64 hexadecimal digits")
    return pin


Resolver: TypeAlias = Annotated[str, AfterValidator(_resolver)]
Pin: TypeAlias = Annotated[str, AfterValidator(_pin)]


class FolderSettings(Strict):
    """Hands over by writing files into a folder on this machine.

    A folder proves no TLS. `trial` lets it stand for a next hop that would: for trying out, never for real content.
    """

    kind: Literal["folder"]
    path: Path
    trial: Flag = False


class SmtpSettings(Strict):
    """Hands over by SMTP, to `host` or, with `mx`, to the servers that DNS names for each recipient's domain.

    `verify`, `pin`, `mta-sts` and `dane` hand over what demands verified TLS only where the far side proved itself, by
    TLS 1.2 or later. `pins` are the SHA-256 of public keys; `implicit` is TLS from the first byte. `resolver` is asked
    in place of the machine's. `user` and `password` are our account at `host`. `keep_trigger` leaves the word in the
    subject that asks for encryption. `ehlo` is what we call ourselves, the machine's own name where it is empty.
    """

    kind: Literal["smtp"]
    host: Words | None = None
    mx: Flag = False
    port: Annotated[Whole, Field(ge=1, le=HIGHEST_PORT)] = 25
    tls: Literal["none", "may", "encrypt", "verify", "pin", "mta-sts", "dane"]
    implicit: Flag = False
    pins: tuple[Pin, ...] = ()
    ca_file: Path | None = None
    resolver: Resolver | None = None
    user: Words | None = None
    password: SecretSettings | None = None
    keep_trigger: Flag = False
    ehlo: Annotated[str, Field(pattern=r"^[A-Za-z0-9.-]{1,255}$")] | None = None

    @property
    def proves(self) -> bool:
        """True where what demands verified TLS may be tried: it goes only where that is proved."""
        return self.tls in PROVING

    @model_validator(mode="after")
    def _fits(self) -> SmtpSettings:
        wrong = next((says for is_so, says in self._complaints() if is_so), "")
        if wrong:
            raise ValueError(wrong)
        return self

    def _complaints(self) -> tuple[tuple[bool, str], ...]:
        here = is_loopback(self.host or "")
        return (
            (
                (self.host is None) is not self.mx,
                "a mail server is named by 'host', or by DNS with 'mx: true'; set one",
            ),
            (
                self.mx and self.tls == "verify",
                "'mx: true' takes the name to verify from DNS, which may be forged; set 'tls: mta-sts' or a 'host'",
            ),
            (self.tls == "mta-sts" and not self.mx, "'tls: mta-sts' is about the servers of a domain; set 'mx: true'"),
            ((self.tls == "pin") is not bool(self.pins), "'tls: pin' and 'pins' go together; set both or neither"),
            (
                self.implicit and (self.mx or self.tls in {"none", "may", "dane"}),
                "'implicit' goes with a 'host' and with 'tls: encrypt', 'verify' or 'pin'",
            ),
            (
                self.tls == "dane" and not (self.resolver and ip_address(split_resolver(self.resolver)[0]).is_loopback),
                "'tls: dane' needs 'resolver': one that validates DNSSEC on this machine, for example 127.0.0.1",
            ),
            (
                self.tls == "none" and not here,
                "'tls: none' is for a 'host' that is this machine; set 'tls: may' for one that has no TLS",
            ),
            (
                (self.user is None) is not (self.password is None),
                "'user' and 'password' go together; name both or none",
            ),
            (
                self.user is not None and self.mx,
                "'user' is an account at one 'host', and 'mx: true' goes to any; name the 'host'",
            ),
            (
                self.user is not None and not (self.proves or (self.tls == "encrypt" and here)),
                "a password goes to no host that did not prove itself; set 'tls: verify', 'pin' or 'dane'",
            ),
        )


ChannelSettings: TypeAlias = Annotated[FolderSettings | SmtpSettings, Field(discriminator="kind")]
