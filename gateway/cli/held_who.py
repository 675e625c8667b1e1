"""Who has what is held, and who else should look at it, from the terminal: by the rules of the console's pages."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import click

from gateway.cli.held_acts import held_of
from gateway.cli.opening import open_store, read_settings, who_am_i
from gateway.config.settings import Settings
from gateway.errors import NotAccepted
from gateway.model.document import nearest
from gateway.model.held import Held
from gateway.model.person import Role, folded
from gateway.model.record import Officer
from gateway.quarantine.party import refuse_own_accounts, refuse_party
from gateway.quarantine.people import officer_of
from gateway.store.embedded import Store
from gateway.system.clock import MachineClock

NOBODY: Final = "nobody"
RECIPIENT = click.option("--recipient", default="", help="Only this recipient's delivery.")


@click.command()
@click.argument("transfer_id")
@RECIPIENT
@click.option("--to", "person", required=True, help="The address of a reviewer or approver; 'nobody' gives it back.")
@click.pass_obj
def reassign(config: Path, transfer_id: str, recipient: str, person: str) -> None:
    """Let somebody of the console have what is held, whoever has it now. It decides nothing.

    \b
    Example:
      gateway held reassign t-6740a1b2 --to jo@exampleshire.example
      gateway held reassign t-6740a1b2 --to nobody
    """
    with _held(read_settings(config), transfer_id, recipient) as (store, officer, found):
        named, whose = _reviewer(store, person)
        for each in found:
            store.held.assign(each, to=named, by=officer.address, now=MachineClock().now())
            click.echo(f"assigned: {each.transfer_id} for {each.recipient} is {whose}", err=True)


@click.command()
@click.argument("transfer_id")
@RECIPIENT
@click.option("--role", required=True, help="Who should look: 'approver', or a role that an officer has; or 'nobody'.")
@click.pass_obj
def escalate(config: Path, transfer_id: str, recipient: str, role: str) -> None:
    """Ask those who hold a role to look at what is held, or with 'nobody' nobody any more. It decides nothing.

    \b
    Example:
      gateway held escalate t-6740a1b2 --role caldicott-guardian
    """
    settings = read_settings(config)
    with _held(settings, transfer_id, recipient) as (store, officer, found):
        known = _roles(settings, store)
        if role not in {NOBODY, *known}:
            hint = "give it in the configuration, or by 'gateway people roles'"
            raise NotAccepted(f"nobody holds the role '{role}'; {nearest(role, known)}", hint=hint)
        for each in found:
            asked = "" if role == NOBODY else role
            store.held.escalate(each, to=asked, by=officer.address, now=MachineClock().now())
            click.echo(f"escalated: {each.transfer_id} for {each.recipient} to {role}", err=True)


@contextmanager
def _held(settings: Settings, transfer_id: str, recipient: str) -> Iterator[tuple[Store, Officer, tuple[Held, ...]]]:
    """Give what is held of a transfer, as it stands in the list, to an officer who is not party to it."""
    officer, account = who_am_i(settings)
    with open_store(settings) as store:
        transfer = store.transfers.get(transfer_id)
        chosen = held_of(transfer, recipient)
        for each in chosen:
            refuse_party(transfer, each, address=officer.address, account=account)
        refuse_own_accounts(transfer, officer.address, [each.officer() for each in settings.officers])
        yield store, officer, tuple(store.held.get(transfer.id, each.id) for each in chosen)


def _reviewer(store: Store, address: str) -> tuple[str, str]:
    """Return the id of somebody who may decide, and whose it is then in words; of nobody none."""
    if address == NOBODY:
        return "", "nobody's"
    known = {each.address: each for each in store.people.all() if officer_of(each)}
    person = known.get(folded(address))
    if person is None:
        hint = "see 'gateway people list' for reviewers and approvers"
        raise NotAccepted(f"{address} is nobody of the console who may decide; {nearest(address, known)}", hint=hint)
    return person.id, f"{person.name}'s"


def _roles(settings: Settings, store: Store) -> tuple[str, ...]:
    """Return the roles that can be asked to look: approvers, and what officers hold besides."""
    people = (officer_of(each) for each in store.people.all())
    officers = (*(each for each in people if each), *(each.officer() for each in settings.officers))
    return (Role.APPROVER, *sorted({role for each in officers for role in each.roles}))
