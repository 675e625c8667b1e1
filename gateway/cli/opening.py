"""What most commands open first: the settings, the store, files, and who is asking."""

from __future__ import annotations

import os
import pwd
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import click

from gateway.config.load import load_both, load_settings
from gateway.config.settings import Settings
from gateway.decide.policy import Policy
from gateway.errors import NotAccepted, NotFound, NotPermitted
from gateway.intake.passwords import read_lines
from gateway.model.document import nearest
from gateway.model.record import OWNER, Officer
from gateway.store.embedded import Store
from gateway.store.embedded import open_store as open_embedded
from gateway.system.clock import MachineClock

PASSWORD_FILE: Final = click.option(
    "--password-file",
    type=click.Path(path_type=Path),
    help="Passwords for looking inside what is locked, one a line. They are used for nothing else and never sent.",
)
ROOT: Final = "root"


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
    """Open the store beside a running daemon, or without one; raises as `inside_state` does."""
    with inside_state(settings):
        state = settings.paths.state
        store = open_embedded(
            state=state, vault=settings.paths.quarantine, clock=MachineClock(), ring=settings.vault.ring(state)
        )
        try:
            yield store
        finally:
            store.close()


@contextmanager
def inside_state(settings: Settings) -> Iterator[None]:
    """Let what follows work in the state folder.

    Raises `NotFound` when nothing was set up there, and as `permitted` does.
    """
    state = settings.paths.state
    with permitted(settings):
        if not (state / "keys").is_dir():
            raise _not_set_up(settings)
        os.scandir(state).close()
        yield


@contextmanager
def permitted(settings: Settings) -> Iterator[None]:
    """Turn a refusal by the operating system into `NotPermitted` with the way in.

    State and quarantine are their owner's alone, and every other account comes through sudo.
    """
    state = settings.paths.state
    try:
        yield
    except PermissionError as error:
        place = Path(os.fsdecode(error.filename)) if isinstance(error.filename, str | bytes) else state
        ours = (state, settings.paths.quarantine)
        where = next((folder for folder in ours if place.is_relative_to(folder)), place)
        raise NotPermitted(f"the account {_login()} may not read {where}", hint=_way_in(state)) from None


def require_files(paths: Sequence[Path]) -> None:
    """Raise `NotFound` for a path that is no file, `NotPermitted` for a file that this account may not read."""
    for path in paths:
        try:
            is_file = path.is_file()
        except PermissionError:  # a folder above it is closed
            is_file = True
        if not is_file:
            raise NotFound(f"no file at {path}", hint="name files; a folder goes through the outbound folder")
        if not os.access(path, os.R_OK, effective_ids=True):
            raise NotPermitted(f"the account {_login()} may not read {path}", hint="mend its mode, or send a copy")


def read_passwords(path: Path | None) -> tuple[str, ...]:
    """Return the passwords in the file of `--password-file`, none where none is given; raises as `require_files`."""
    if path is None:
        return ()
    require_files([path])
    return read_lines(path.read_bytes())


def require_route(policy: Policy, route: str) -> None:
    """Raise `NotAccepted` for a route that nobody may choose by name; an empty one is no choice."""
    open_to_choice = [each.id for each in policy.routes.values() if each.folder]
    if route and route not in open_to_choice:
        raise NotAccepted(
            f"there is no route '{route}' to choose; {nearest(route, open_to_choice)}",
            hint="routes with 'folder: true' in the policy can be chosen, or leave --route out",
        )


def account(settings: Settings) -> str:
    """Return the operating-system account that asks.

    Behind sudo the account that called it counts. Anybody may set that variable, so it is believed only from root and
    from the account that owns the state folder: both can write the database anyway. That sudo was called by root says
    nothing about a person, and then the account itself counts.
    """
    caller = os.environ.get("SUDO_USER", "")
    is_believed = os.geteuid() in {0, _owner(settings)}
    return caller if is_believed and caller not in {"", ROOT} else _login()


def who_am_i(settings: Settings) -> tuple[Officer, str]:
    """Return the officer behind this account, and the account where it tells whose act it is.

    `@owner` stands for the account that owns the state folder. It runs the gateway itself, so it tells nothing, and
    the second value is empty for it.
    """
    asking = account(settings)
    owner = _name(_owner(settings))
    for officer in settings.officers:
        if asking in officer.accounts:
            return officer.officer(), asking
        if OWNER in officer.accounts and asking == owner:
            return officer.officer(), ""
    raise NotPermitted(
        f"the account {asking} is no officer", hint="list it under 'officers' in the configuration, then try again"
    )


def _owner(settings: Settings) -> int:
    try:
        return settings.paths.state.stat().st_uid
    except FileNotFoundError:
        raise _not_set_up(settings) from None


def _not_set_up(settings: Settings) -> NotFound:
    return NotFound(f"nothing has been set up in {settings.paths.state}", hint="run 'gateway init' first")


def _login() -> str:
    return _name(os.geteuid())


def _name(number: int) -> str:
    try:
        return pwd.getpwuid(number).pw_name
    except KeyError:  # an account that this machine does not list, as in a container
        return str(number)


def _way_in(state: Path) -> str:
    try:
        owner = _name(state.stat().st_uid)
    except OSError:
        owner = "ACCOUNT"
    return f"run it as the account of the gateway: 'sudo -u {owner} gateway ...'; sudo tells it who you are"


def _require(config: Path) -> None:
    try:
        is_there = config.is_file()
    except PermissionError:
        raise NotPermitted(
            f"the account {_login()} may not read {config}", hint="open its folder to those who run commands"
        ) from None
    if not is_there:
        raise NotFound(
            f"no configuration at {config}", hint="name it with --config, or run from the folder that holds config/"
        )
