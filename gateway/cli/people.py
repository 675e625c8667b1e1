"""`gateway people`: who may sign in to the console; `gateway admin recover`: the way in when nobody can."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Final

import click

from gateway.cli import show
from gateway.cli.opening import account, open_store, read_settings
from gateway.config.settings import Settings
from gateway.console.sign_in import accounts
from gateway.console.sign_in.provider_id import identity_id
from gateway.errors import GatewayError, NotAccepted, NotFound
from gateway.model.person import Credential, Kind, Person, PersonState, Role, folded
from gateway.model.record import Event, Officer
from gateway.model.transfer import Notice
from gateway.store.embedded import Store
from gateway.system.clock import MachineClock
from gateway.system.ids import serial

ROLES: Final = [role.value for role in Role]
ABOUT: Final = "tell:emergency"
"""Whom the notice is for, where officers are told in a folder."""


@click.group(invoke_without_command=True)
@click.pass_context
def people(context: click.Context) -> None:
    """Look after the people who may sign in to the console; without a command, list them.

    \b
    Example:
      gateway people
      gateway people add "Gwen Parry" gwen.parry@council.example --role reviewer
      gateway people roles gwen.parry@council.example --role reviewer --role approver
    """
    if context.invoked_subcommand is None:
        context.invoke(list_people)


@people.command(name="list")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
@click.pass_obj
def list_people(config: Path, *, as_json: bool) -> None:
    """List everybody with their roles and how they prove who they are.

    \b
    Example:
      gateway people list
    """
    with open_store(read_settings(config)) as store:
        listed = [(each, _ways(store, each)) for each in store.people.all()]
    if as_json:
        for person, ways in listed:
            plain = {"address": person.address, "name": person.name, "roles": _named(person.roles), "ways": ways}
            show.print_json({**plain, "state": person.state.value, "since": person.since.isoformat()})
        return
    rows = [(each.name, each.address, ", ".join(_named(each.roles)), each.state, ", ".join(w)) for each, w in listed]
    show.table(("name", "address", "roles", "state", "proves it by"), rows)


@people.command()
@click.argument("name")
@click.argument("address")
@click.option("--role", "roles", multiple=True, type=click.Choice(ROLES), required=True, help="May be given again.")
@click.option("--holds", multiple=True, help="What they are besides, for rules that ask: caldicott-guardian.")
@click.option("--provider", is_flag=True, help="They sign in with the provider, and get no password here.")
@click.option("--subject", default="", help="Who they are at the provider ('sub'), where it verifies no mail address.")
@click.pass_obj
def add(
    config: Path,
    name: str,
    address: str,
    roles: Sequence[str],
    holds: Sequence[str],
    subject: str,
    *,
    provider: bool,
) -> None:
    """Add somebody; the password for their first sign-in is printed once.

    \b
    Example:
      gateway people add "Gwen Parry" gwen.parry@council.example --role reviewer
      gateway people add "Sam Reid" sam.reid@council.example --role sender --provider
    """
    with _working(config) as (settings, store, by, now):
        chosen = settings.console.sign_in.provider
        if (provider or subject) and chosen is None:
            raise NotAccepted("no provider is set", hint="set 'console.sign_in.provider' in the configuration")
        is_local = not provider and not subject
        wanted = [Role(role) for role in roles]
        added = accounts.add(
            store,
            name=name,
            address=address,
            roles=wanted,
            by=by,
            now=now,
            local=is_local,
            holds=holds,
            officers=_officers(settings),
        )
        if subject and chosen is not None:
            link = Credential(
                id=identity_id(chosen.issuer, subject),
                person_id=added.person.id,
                kind=Kind.PROVIDER,
                since=now,
                label=chosen.name,
            )
            facts = {"by": by, "added": Kind.PROVIDER}
            store.people.put([link], [accounts.about(added.person, Event.PERSON_CHANGED, now, facts)])
    _tell(added)


@people.command()
@click.argument("address")
@click.option("--role", "roles", multiple=True, type=click.Choice(ROLES), required=True, help="May be given again.")
@click.option("--holds", multiple=True, help="What they are besides, for rules that ask: caldicott-guardian.")
@click.pass_obj
def roles(config: Path, address: str, roles: Sequence[str], holds: Sequence[str]) -> None:
    """Give somebody these roles and no others, and what they hold besides; their sessions end.

    \b
    Example:
      gateway people roles gwen.parry@council.example --role reviewer --role approver
    """
    wanted = [Role(role) for role in roles]
    with _working(config) as (settings, store, by, now):
        person, officers = _find(store, address), _officers(settings)
        accounts.change(store, person, by=by, now=now, roles=wanted, holds=holds, officers=officers)
    click.echo(f"{address} holds {', '.join(roles)} from now on", err=True)


@people.command()
@click.argument("address")
@click.option("--resume", is_flag=True, help="Let them sign in again.")
@click.pass_obj
def suspend(config: Path, address: str, *, resume: bool) -> None:
    """Keep somebody from signing in, and end their sessions.

    \b
    Example:
      gateway people suspend gwen.parry@council.example
      gateway people suspend gwen.parry@council.example --resume
    """
    state = PersonState.ACTIVE if resume else PersonState.SUSPENDED
    with _working(config) as (settings, store, by, now):
        accounts.change(store, _find(store, address), by=by, now=now, state=state, officers=_officers(settings))
    click.echo(f"{address} is {state} from now on", err=True)


@people.command()
@click.argument("address")
@click.pass_obj
def reset(config: Path, address: str) -> None:
    """Give somebody a password for one sign-in, in the place of their password, code app and passkeys.

    They and the officers are told.

    \b
    Example:
      gateway people reset gwen.parry@council.example
    """
    with _working(config) as (settings, store, by, now):
        person = _find(store, address)
        password = accounts.reset(store, person, by=by, now=now, officers=_officers(settings))
    _tell(accounts.Added(person=person, password=password))


@click.group()
def admin() -> None:
    """What only whoever runs the host may do.

    \b
    Example:
      gateway admin recover
    """


@admin.command()
@click.pass_obj
def recover(config: Path) -> None:
    """Open the emergency account for one sign-in within 15 minutes, when nobody else can get in.

    It looks after people and does nothing else. The ledger and the officers are told.

    \b
    Example:
      gateway admin recover
    """
    with _working(config) as (settings, store, by, now):
        added = accounts.recover(store, by=by, now=now)
        _tell_officers(settings, by, now)
    _tell(added, lasts="15 minutes")


def add_first(settings: Settings) -> None:
    """Add the first officer of the settings as the console's first account, and print their password once.

    Nobody is added where there is somebody already, or where nobody signs in with a password.
    """
    if not settings.console.sign_in.local:
        return
    officer = settings.officers[0]
    with open_store(settings) as store:
        added = accounts.first_account(
            store, name=officer.name, address=officer.address, now=MachineClock().now(), holds=officer.roles
        )
    if added is not None:
        click.echo(f"console: {settings.console.reached_at}", err=True)
        _tell(added)


@contextmanager
def _working(config: Path) -> Iterator[tuple[Settings, Store, str, datetime]]:
    settings = read_settings(config)
    with open_store(settings) as store:
        yield settings, store, f"account {account(settings)}", MachineClock().now()


def _officers(settings: Settings) -> Sequence[Officer]:
    return [each.officer() for each in settings.officers]


def _find(store: Store, address: str) -> Person:
    person = store.people.by_address(folded(address))
    if person is None:
        raise NotFound(f"nobody has the address {address}", hint="see 'gateway people list'")
    return person


def _named(roles: frozenset[Role]) -> list[str]:
    return [role.value for role in Role if role in roles]


def _ways(store: Store, person: Person) -> list[str]:
    kinds = {each.kind for each in store.people.credentials(person.id)}
    return [kind.value for kind in Kind if kind in kinds and kind is not Kind.RECOVERY_CODE]


def _tell(added: accounts.Added, *, lasts: str = "3 days") -> None:
    """Print the password for one sign-in to standard output, and what it is to standard error."""
    if not added.password:
        click.echo(f"{added.person.address} signs in with the provider", err=True)
        return
    click.echo(f"{added.person.address} signs in once within {lasts} with this password:", err=True)
    click.echo(added.password)


def _tell_officers(settings: Settings, by: str, now: datetime) -> None:
    """Tell every officer that the emergency account was opened; one who cannot be told stops nothing, and is named."""
    from gateway.daemon.answering import IN_A_FOLDER  # noqa: PLC0415 - as above
    from gateway.daemon.assembly import build_channels, build_officers_post  # noqa: PLC0415 - pulls in channels

    text = (
        f"The emergency account of the console was opened by {by}.\n\n"
        "It can be signed in with once within 15 minutes, and looks after people: it can give roles and passwords.\n"
        "If you do not know why, ask now, and look at what it did: gateway ledger, or the console's page 'Ledger'.\n\n"
        f"Questions: {settings.organisation.help}\n"
    )
    subject = "The emergency account was opened"
    to = [""] if settings.notices.channel == IN_A_FOLDER else [each.address for each in settings.officers]
    for officer in to:
        notice = Notice(id=serial("n"), about=ABOUT, to=officer, subject=subject, object_id="")
        try:
            build_officers_post(settings, build_channels(settings)).tell(notice, text, now)
        except GatewayError as error:
            click.echo(f"{officer or 'the officers'} could not be told: {error.message}", err=True)
