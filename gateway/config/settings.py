"""The shape of `config/gateway.yaml`. Frozen; unknown settings are refused; secrets are never here."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Final, TypeAlias

from pydantic import AfterValidator, Field, model_validator

from gateway.config.channels import ChannelSettings
from gateway.config.console import ConsoleSettings
from gateway.config.keys import KeysSettings
from gateway.config.listening import Listen
from gateway.config.mail import Mail
from gateway.config.names import Address, Domain, Name
from gateway.config.notices import Notices
from gateway.config.scheduler import SchedulerSettings
from gateway.config.second_channel import PassphraseSettings, ProtectSettings
from gateway.config.siem import SiemSettings
from gateway.config.smime import SmimeSettings
from gateway.config.units import Duration, Pause, Size
from gateway.config.vault import VaultSettings
from gateway.extract import Limits
from gateway.model.record import Officer
from gateway.model.schedule import Schedule
from gateway.model.validation import Flag, Strict, Whole, Words

ROLE: Final = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")
GB: Final = 1_000_000_000


def _role(given: str) -> str:
    if not ROLE.fullmatch(given):
        raise ValueError(f"'{given}' is not understood; write small letters, digits and '-', like caldicott-guardian")
    return given


Role: TypeAlias = Annotated[str, AfterValidator(_role)]


class Organisation(Strict):
    """Who runs this gateway. `help` is whom a sender may ask; `internal_domains` are listed in full, each one."""

    name: Words
    help: Words
    internal_domains: tuple[Domain, ...] = Field(min_length=1)


class Paths(Strict):
    """Folders; relative ones are below `home` in the file, and absolute once loaded.

    The set in `observed_policies` decides nothing: what it would say is kept beside each verdict.
    """

    outbound: Path = Path("outbound")
    notices: Path = Path("outbound/notices")
    state: Path = Path("state")
    quarantine: Path = Path("quarantine")
    policies: Path = Path("policies")
    observed_policies: Path | None = None


class Folders(Strict):
    """The outbound folders. `sender` sends what is put there; a file counts as complete after `quiet`."""

    sender: Address
    quiet: Pause = timedelta(seconds=10)
    scan_every: Duration = timedelta(seconds=5)


class OfficerSettings(Strict):
    """A person who reviews. `@owner` is the account that owns the state folder. Rules may ask for `roles`."""

    name: Words
    address: Address
    accounts: tuple[Words, ...] = ()
    roles: tuple[Role, ...] = ()

    def officer(self) -> Officer:
        """Return the officer as the rooms know them."""
        return Officer(name=self.name, address=self.address, accounts=self.accounts, roles=self.roles)


class LimitsSettings(Strict):
    """How far inspection goes; reaching a limit is a gap."""

    depth: Annotated[Whole, Field(ge=1, le=64)] = Limits().depth
    parts: Annotated[Whole, Field(ge=1, le=1_000_000)] = Limits().parts
    part_size: Size = Limits().part_size
    total_size: Size = Limits().total_size
    text_size: Size = Limits().text_size
    ratio: Annotated[Whole, Field(ge=1, le=100_000)] = Limits().ratio
    pages: Annotated[Whole, Field(ge=0, le=100_000)] = Limits().pages

    def limits(self) -> Limits:
        """Return the limits as `extract` takes them."""
        return Limits(
            depth=self.depth,
            parts=self.parts,
            part_size=self.part_size,
            total_size=self.total_size,
            text_size=self.text_size,
            ratio=self.ratio,
            pages=self.pages,
        )


class InspectionSettings(Strict):
    """The hardened children that read content.

    `allow_degraded` lets them, and the console, run where the kernel cannot confine them. A transfer has `deadline`,
    each part of it `part_deadline` and no more than what its transfer has left. A child is replaced after so many
    `documents`. With `names` the optional model looks for names that no rule finds.
    """

    workers: Annotated[Whole, Field(ge=1, le=256)] = 2
    deadline: Duration = timedelta(minutes=5)
    part_deadline: Duration = timedelta(seconds=60)
    documents: Annotated[Whole, Field(ge=1, le=1_000_000)] = 100
    memory: Size = 2 * GB
    allow_degraded: Flag = False
    names: Flag = False
    limits: LimitsSettings = LimitsSettings()

    @model_validator(mode="after")
    def _in_order(self) -> InspectionSettings:
        if "part_deadline" in self.model_fields_set and self.part_deadline > self.deadline:
            raise ValueError("'part_deadline' is longer than 'deadline'; a part is read within its transfer's time")
        return self


class Retries(Strict):
    """When a channel that could not take it is tried again, and when the sender is told that it is late, or failed.

    A route that promised verified TLS and cannot prove it is tried for `prove_within`; then it is decided again.
    """

    first: Duration = timedelta(minutes=5)
    longest: Duration = timedelta(hours=4)
    give_up_after: Duration = timedelta(days=5)
    tell_after: Duration = timedelta(hours=4)
    prove_within: Pause = timedelta(hours=1)

    @model_validator(mode="after")
    def _in_order(self) -> Retries:
        if not self.first <= self.longest <= self.give_up_after:
            raise ValueError("the waits are out of order; 'first' up to 'longest' up to 'give_up_after'")
        return self

    def schedule(self) -> Schedule:
        """Return the schedule as the rooms know it."""
        return Schedule(first=self.first, longest=self.longest, give_up_after=self.give_up_after)


def _none(given: tuple[str, ...]) -> tuple[str, ...]:
    if given:
        raise ValueError("channels of other makers cannot be configured yet; leave the list empty")
    return given


class Monitoring(Strict):
    """Where those who watch the gateway are answered over HTTP, without sign-in; nowhere when it is not set."""

    listen: Listen | None = None


class Plugins(Strict):
    """Entry points of other makers that may load, by group; what is not named does not load."""

    detectors: tuple[Name, ...] = ()
    extractors: tuple[Name, ...] = ()
    encryptors: tuple[Name, ...] = ()
    channels: Annotated[tuple[Name, ...], AfterValidator(_none)] = ()


class Settings(Strict):
    """Everything in `config/gateway.yaml`. `home` is the folder that relative paths are below."""

    home: Path = Path()
    organisation: Organisation
    paths: Paths = Paths()
    folders: Folders
    mail: Mail = Mail()
    channels: Mapping[Name, ChannelSettings] = Field(min_length=1)
    notices: Notices = Notices()
    officers: tuple[OfficerSettings, ...] = Field(min_length=1)
    inspection: InspectionSettings = InspectionSettings()
    retries: Retries = Retries()
    scheduler: SchedulerSettings = SchedulerSettings()
    protect: ProtectSettings = ProtectSettings()
    passphrases: PassphraseSettings = PassphraseSettings()
    keys: KeysSettings = KeysSettings()
    smime: SmimeSettings | None = None
    vault: VaultSettings = VaultSettings()
    console: ConsoleSettings = ConsoleSettings()
    monitoring: Monitoring = Monitoring()
    siem: Mapping[Name, SiemSettings] = {}
    plugins: Plugins = Plugins()
