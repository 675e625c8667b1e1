"""The sections `passphrases` and `protect` of `config/gateway.yaml`: the second channel, and the order of methods."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Final, Literal, TypeAlias
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, model_validator

from gateway.config.sections import SecretSettings, is_loopback
from gateway.config.units import Duration
from gateway.model.validation import Strict, Words
from gateway.model.verdict import METHODS

LONGEST: Final = timedelta(minutes=5)


def _url(given: str) -> str:
    misunderstood = f"'{given}' is not understood; write https://host/path"
    try:
        place = urlsplit(given)
        port = place.port
    except ValueError:
        raise ValueError(misunderstood) from None
    is_plain = given.isascii() and given.isprintable() and " " not in given
    if not is_plain or not place.hostname or port == 0 or place.scheme not in {"http", "https"} or place.fragment:
        raise ValueError(misunderstood)
    if "@" in place.netloc:
        raise ValueError("no name and no password stands in an address; name 'token', or 'user' and 'password'")
    if place.scheme == "http" and not is_loopback(place.hostname):
        raise ValueError(f"'{given}' would send passphrases in clear; write https, http is for this machine only")
    return given


def _patience(given: timedelta) -> timedelta:
    if given > LONGEST:
        raise ValueError("this is longer than 5 min; it is tried again later in any case")
    return given


Url: TypeAlias = Annotated[Words, AfterValidator(_url)]
Patience: TypeAlias = Annotated[Duration, AfterValidator(_patience)]
FieldName: TypeAlias = Annotated[str, Field(min_length=1, max_length=100)]


class CommandChannelSettings(Strict):
    """A program that tells it: what is to be told comes on its standard input. `called` stands in notices."""

    kind: Literal["command"]
    command: tuple[Words, ...] = Field(min_length=1)
    called: Words = "the second channel"
    timeout: Patience = timedelta(seconds=30)


class _WebSettings(Strict):
    """What both kinds over HTTP have: where, how it is proved to be it, and how we prove to be us."""

    url: Url
    token: SecretSettings | None = None
    user: Words | None = None
    password: SecretSettings | None = None
    ca_file: Path | None = None
    timeout: Patience = timedelta(seconds=30)

    @model_validator(mode="after")
    def _one_proof(self) -> _WebSettings:
        if (self.user is None) != (self.password is None):
            raise ValueError("'user' and 'password' go together; name both or neither")
        if self.user is not None and self.token is not None:
            raise ValueError("name 'token', or 'user' and 'password', and not both")
        if self.user is not None and ":" in self.user:
            raise ValueError("a 'user' has no colon in it (RFC 7617)")
        return self


class HttpChannelSettings(_WebSettings):
    """An HTTP hook that takes JSON."""

    kind: Literal["http"]
    called: Words = "the second channel"


class SmsChannelSettings(_WebSettings):
    """An SMS gateway that takes a form. `number` and `text` are what its fields are called, `fields` further ones."""

    kind: Literal["sms"]
    called: Words = "text message"
    number: FieldName = "to"
    text: FieldName = "text"
    fields: Mapping[FieldName, str] = {}

    @model_validator(mode="after")
    def _distinct(self) -> SmsChannelSettings:
        names = [self.number, self.text, *self.fields]
        if len({*names}) != len(names):
            raise ValueError("a field stands here twice; 'number', 'text' and each of 'fields' have names of their own")
        return self


SecondChannelSettings: TypeAlias = Annotated[
    CommandChannelSettings | HttpChannelSettings | SmsChannelSettings, Field(discriminator="kind")
]


class PassphraseSettings(Strict):
    """How recipients are told passphrases; without a channel senders tell them."""

    channel: SecondChannelSettings | None = None


class ProtectSettings(Strict):
    """How content is sealed: the methods that may be used, in the order of preference."""

    methods: tuple[Words, ...] = Field(default=METHODS, min_length=1)
