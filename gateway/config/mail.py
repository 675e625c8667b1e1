"""The mail door's settings."""

from __future__ import annotations

import ipaddress
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Final, Literal, TypeAlias

from pydantic import AfterValidator, Field, model_validator

from gateway.config.listening import Listen, Network, host_and_port
from gateway.config.privacy import PrivacySettings
from gateway.config.units import Duration, Pause, Size
from gateway.intake.smtp_limits import Limits
from gateway.model.validation import Flag, Strict, Whole

MB: Final = 1_000_000
LONGEST_ANSWER: Final = timedelta(seconds=60)
USUAL: Final = Limits()


def _peer(given: str) -> str:
    try:
        return str(ipaddress.ip_address(given))
    except ValueError:
        raise ValueError(f"'{given}' is no address of a machine; write for example 192.0.2.10") from None


Peer: TypeAlias = Annotated[str, AfterValidator(_peer)]
Count: TypeAlias = Annotated[Whole, Field(ge=1, le=1_000_000)]


class MailTls(Strict):
    """TLS at the mail door: STARTTLS, and with `listen` a second address where TLS comes first.

    `certificate` is in PEM with those between it and an authority after it, `key` belongs to it and is private.
    """

    certificate: Path
    key: Path
    listen: Listen | None = None
    required: Flag = False


class MailLimits(Strict):
    """What the mail door takes at once and from one client. `reserve` stays free on the disks of state and vault."""

    connections: Count = USUAL.connections
    per_client: Count = USUAL.per_client
    messages_a_minute: Annotated[Whole, Field(ge=0, le=1_000_000)] = USUAL.messages_a_minute
    recipients: Annotated[Whole, Field(ge=100, le=10_000)] = USUAL.recipients  # RFC 5321 section 4.5.3.1.8
    in_flight: Size = USUAL.in_flight
    idle: Duration = timedelta(seconds=USUAL.idle)
    longest: Duration = timedelta(seconds=USUAL.longest)
    errors: Count = USUAL.errors
    reserve: Size = 200 * MB

    def limits(self) -> Limits:
        """Return the limits as the door takes them."""
        return Limits(
            connections=self.connections,
            per_client=self.per_client,
            messages_a_minute=self.messages_a_minute,
            recipients=self.recipients,
            in_flight=self.in_flight,
            idle=self.idle.total_seconds(),
            longest=self.longest.total_seconds(),
            errors=self.errors,
        )


class Mail(Strict):
    """The mail door. Peers in `xforward_peers` are believed when they say for whom they relay.

    `clients` may send without logging in, those of `accounts` after it. With `senders: internal` only the
    organisation's own domains send; who logs in always sends as one of those. `privacy` is for what goes out. At
    `milter` a mail server offers its messages. A client waits `answer_refused_within` to hear that policy refuses.
    """

    listen: Listen = "127.0.0.1:2525"
    max_size: Size = 50 * MB
    xforward_peers: tuple[Peer, ...] = ()
    clients: tuple[Network, ...] = ("127.0.0.0/8", "::1/128")
    accounts: Path | None = None
    senders: Literal["any", "internal"] = "any"
    tls: MailTls | None = None
    limits: MailLimits = MailLimits()
    privacy: PrivacySettings = PrivacySettings()
    milter: Listen | None = None
    answer_refused_within: Pause = timedelta(0)

    @model_validator(mode="after")
    def _fits(self) -> Mail:
        if self.limits.in_flight < 2 * self.max_size:
            raise ValueError("'limits.in_flight' is less than twice 'max_size'; one client has half of it at most")
        if self.answer_refused_within > LONGEST_ANSWER:
            raise ValueError("'answer_refused_within' is longer than 60 s; a client does not wait for ever")
        if self.accounts is not None and self.tls is None:
            raise ValueError("'accounts' need 'tls': nobody may log in without it")
        return self

    @property
    def host(self) -> str:
        """The host part of `listen`."""
        return host_and_port(self.listen)[0]

    @property
    def port(self) -> int:
        """The port part of `listen`."""
        return host_and_port(self.listen)[1]
