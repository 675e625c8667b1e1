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
from gateway.cli.held_acts import ask, refuse, release, resend, stop
from gateway.cli.held_who import escalate, reassign
from gateway.cli.opening import open_store, read_settings
from gateway.model.lifecycle import DeliveryState
from gateway.model.transfer import Delivery, Transfer
from gateway.record import plain

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
            show.print_json(plain.transfer(transfer))
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


for act in (release, refuse, ask, stop, reassign, escalate, resend):
    held.add_command(act)
