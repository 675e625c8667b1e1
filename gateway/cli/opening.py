"""What most commands open first: the settings, the store, and who is asking."""

from __future__ import annotations

import os
import pwd
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from gateway.config.load import load_both, load_settings
from gateway.config.settings import Settings
from gateway.decide.policy import Policy
from gateway.errors import NotFound, NotPermitted
from gateway.model.record import Officer
from gateway.store.embedded import Store
from gateway.store.embedded import open_store as open_embedded
from gateway.system.clock import MachineClock

OWNER: Final = "@owner"


def read_settings(config: Path) -> Settings:
    """Return the settings; `NotFound` with the fix when there is no such file."""
    _require(config)
    return load_settings(config)


def read_both(config: Path) -> tuple[Settings, Policy]:
    """Return settings and policy that fit together; every complaint about either at once."""
    _require(config)
    return load_both(config)


@contextmanager
def open_store(settings: Settings) -> Iterator[Store]:
    """Open the store beside a running daemon, or without one."""
    if not (settings.paths.state / "keys").is_dir():
        raise NotFound(f"nothing has been set up in {settings.paths.state}", hint="run 'gateway init' first")
    store = open_embedded(state=settings.paths.state, vault=settings.paths.quarantine, clock=MachineClock())
    try:
        yield store
    finally:
        store.close()


def account() -> str:
    """Return the operating-system account that asks.

    Behind sudo the account that called it counts; that is believed only from root, because anybody may set a variable.
    """
    name = pwd.getpwuid(os.geteuid()).pw_name
    return os.environ.get("SUDO_USER", name) if os.geteuid() == 0 else name


def who_am_i(settings: Settings) -> tuple[Officer, str]:
    """Return the officer behind this account, and the account where it tells whose act it is.

    `@owner` stands for the account that owns the state folder. It runs the gateway itself, so it tells nothing, and
    the second value is empty for it.
    """
    asking = account()
    owner = pwd.getpwuid(settings.paths.state.stat().st_uid).pw_name
    for officer in settings.officers:
        if asking in officer.accounts:
            return officer.officer(), asking
        if OWNER in officer.accounts and asking == owner:
            return officer.officer(), ""
    raise NotPermitted(
        f"the account {asking} is no officer", hint="list it under 'officers' in the configuration, then try again"
    )


def _require(config: Path) -> None:
    if not config.is_file():
        raise NotFound(
            f"no configuration at {config}", hint="name it with --config, or run from the folder that holds config/"
        )
