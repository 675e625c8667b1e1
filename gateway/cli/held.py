"""`gateway held`: quarantine from the terminal, by the same rules as everywhere.

An act here is filed as an *instruction*; the daemon carries it out, and the released delivery is decided again.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice
from pathlib import Path
from typing import Final

import click

from gateway.cli import show
from gateway.cli.opening import open_store, read_settings, who_am_i
from gateway.errors import NotFound
from gateway.model.lifecycle import DeliveryState
from gateway.model.record import Act, Instruction
from gateway.model.transfer import Delivery, Transfer
from gateway.quarantine.review import check
from gateway.system.clock import MachineClock
from gateway.system.ids import serial

ALL: Final = 2**31
"""More than there can be."""


@click.group(invoke_without_command=True)
@click.pass_context
def held(context: click.Context) -> None:
    """Look at what waits for an officer, and decide; without a command, list it.

    \b
    Example:
      gateway held
      gateway held list
      gateway held show t-6740a1b2
      gateway held release t-6740a1b2 --reason "agreed with the data owner, reference IG-114"
    """
    if context.invoked_subcommand is None:
        context.invoke(list_held)


@held.command(name="list")
@click.option("--limit", default=1000, show_default=True, type=click.IntRange(1), help="How many at the most.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
@click.pass_obj
def list_held(config: Path, limit: int, *, as_json: bool) -> None:
    """List what is held, newest first, and say how many more there are.

    \b
    Example:
      gateway held list --limit 5000
    """
    with open_store(read_settings(config)) as store:
        found = iter(store.transfers.find(held=True, limit=ALL))
        waiting = list(islice(found, limit))
        more = sum(1 for _ in found)
    if as_json:
        for transfer in waiting:
            show.print_json(show.transfer(transfer))
    elif waiting:
        _print(waiting)
    else:
        click.echo("nothing is held", err=True)
    if more:
        click.echo(f"{more} more are held; see them with 'gateway held list --limit {limit + more}'", err=True)


def _print(waiting: Sequence[Transfer]) -> None:
    rows = [
        (transfer.id, transfer.received_at.strftime("%d %b %H:%M"), transfer.sender, delivery.recipient, why(delivery))
        for transfer in waiting
        for delivery in transfer.deliveries
        if delivery.state is DeliveryState.HELD
    ]
    show.table(("transfer", "received", "from", "to", "why"), rows)


def why(delivery: Delivery) -> str:
    """Return why a delivery is held, in words."""
    if delivery.trouble:
        return delivery.trouble
    return "; ".join(reason.says for reason in delivery.verdict.reasons) if delivery.verdict else ""


@held.command(name="show")
@click.argument("transfer_id")
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
@click.pass_obj
def show_held(config: Path, transfer_id: str, *, as_json: bool) -> None:
    """Show why a transfer is held: marking, findings (masked), gaps, the rules that decided.

    \b
    Example:
      gateway held show t-6740a1b2
    """
    show.one_transfer(config, transfer_id, as_json=as_json)


@held.command()
@click.argument("transfer_id")
@click.option("--to", "recipient", default="", help="Only this recipient's delivery.")
@click.option("--reason", required=True, help="Why; it goes into the ledger.")
@click.pass_obj
def release(config: Path, transfer_id: str, recipient: str, reason: str) -> None:
    """Let a held transfer be decided again, with your release as a fact. Never your own, and each officer once.

    Where the rules want a second person it is held again and keeps your release: another officer releases it too.

    \b
    Example:
      gateway held release t-6740a1b2 --reason "attachment checked by hand, no personal data"
    """
    _file(config, transfer_id, recipient, Act.RELEASE, reason)


@held.command()
@click.argument("transfer_id")
@click.option("--to", "recipient", default="", help="Only this recipient's delivery.")
@click.option("--reason", required=True, help="Why; the sender is told.")
@click.pass_obj
def refuse(config: Path, transfer_id: str, recipient: str, reason: str) -> None:
    """Refuse a held transfer; the sender is told why.

    \b
    Example:
      gateway held refuse t-6740a1b2 --reason "wrong recipient"
    """
    _file(config, transfer_id, recipient, Act.REFUSE, reason)


def _file(config: Path, transfer_id: str, recipient: str, act: Act, reason: str) -> None:
    settings = read_settings(config)
    officer, account = who_am_i(settings)
    with open_store(settings) as store:
        transfer = store.transfers.get(transfer_id)
        chosen = [
            delivery
            for delivery in transfer.deliveries
            if delivery.state is DeliveryState.HELD and recipient in {"", delivery.recipient}
        ]
        if not chosen:
            raise NotFound(
                f"nothing of {transfer.id} is held for {recipient or 'anybody'}", hint="see 'gateway held list'"
            )
        filed = [
            Instruction(
                id=serial("i"),
                transfer_id=transfer.id,
                delivery_id=delivery.id,
                act=act,
                officer=officer.name,
                officer_address=officer.address,
                officer_account=account,
                officer_roles=officer.roles,
                reason=reason,
                at=MachineClock().now(),
            )
            for delivery in chosen
        ]
        for instruction in filed:  # all or none: what is filed is carried out at once
            check(transfer, instruction)
        for delivery, instruction in zip(chosen, filed, strict=True):
            store.transfers.instruct(instruction)
            click.echo(f"filed: {act} {transfer.id} for {delivery.recipient}; the gateway carries it out", err=True)
