"""How people sign in to the console: for how long, and with whose provider of identities besides."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated, Final, Self, TypeAlias

from pydantic import AfterValidator, Field, model_validator

from gateway.config.sections import SecretSettings, is_loopback
from gateway.config.units import Duration
from gateway.model.person import Role
from gateway.model.validation import Flag, Strict, Words

ISSUER: Final = re.compile(r"(?P<scheme>https?)://(?P<host>\[[0-9a-f:]+\]|[a-z0-9.-]+)(:[0-9]{1,5})?(/[^\s?#]*)?")
CLAIM: Final = re.compile(r"[A-Za-z0-9_.:/-]{1,200}")
LONGEST_IDLE: Final = timedelta(hours=2)
LONGEST: Final = timedelta(hours=24)


def _issuer(given: str) -> str:
    found = ISSUER.fullmatch(given)
    if found is None:
        raise ValueError(f"'{given}' is not understood; write the issuer as the provider does, https://…")
    if found["scheme"] == "http" and not is_loopback(found["host"].strip("[]")):
        raise ValueError("an issuer is reached by https, beyond this machine")
    return given


def _claim(given: str) -> str:
    if not CLAIM.fullmatch(given):
        raise ValueError(f"'{given}' is no name of a claim; write for example groups")
    return given


Issuer: TypeAlias = Annotated[str, AfterValidator(_issuer)]
Claim: TypeAlias = Annotated[str, AfterValidator(_claim)]


class ProviderSettings(Strict):
    """An OpenID provider (OpenID Connect Core 1.0): Entra ID, Keycloak and others.

    `roles` says which roles the values of the claim `groups` give; without it roles are given in the console. With
    `new_people` whom a group gives a role gets an account at their first sign-in. `second_factor` says that the
    provider asks everybody for one; otherwise it counts as one when it says so (`amr`, RFC 8176), or ours is asked for.
    """

    name: Words
    issuer: Issuer
    client_id: Words
    client_secret: SecretSettings
    groups: Claim = "groups"
    roles: Mapping[Words, tuple[Role, ...]] = Field(default_factory=dict)
    new_people: Flag = False
    second_factor: Flag = False

    @model_validator(mode="after")
    def _gives_roles(self) -> Self:
        if self.new_people and not self.roles:
            raise ValueError("'new_people' needs 'roles': say which group gives which roles")
        return self


class SignInSettings(Strict):
    """Sessions end after `idle` without use, and `longest` after sign-in. `local` accounts have passwords here."""

    idle: Duration = timedelta(minutes=30)
    longest: Duration = timedelta(hours=10)
    local: Flag = True
    provider: ProviderSettings | None = None

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if not self.idle <= self.longest <= LONGEST or self.idle > LONGEST_IDLE:
            raise ValueError("sessions last too long; 'idle' is 2 h at most, 'longest' at least that and 24 h at most")
        if not self.local and self.provider is None:
            raise ValueError("nobody could sign in; set 'local: true', or a 'provider'")
        return self
