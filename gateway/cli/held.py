"""`gateway held`: quarantine from the terminal, by the same rules as everywhere.

An act here is filed as an *instruction*; the daemon carries it out, and the released delivery is decided again.
"""

from __future__ import annotations

from pathlib import Path

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


@click.group()
def held() -> None:
    """Look at what waits for an officer, and decide.

    \b
    Example:
      gateway held list
      gateway held show t-6740a1b2
      gateway held release t-6740a1b2 --reason "agreed with the data owner, reference IG-114"
    """


@held.command(name="list")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
@click.pass_obj
def list_held(config: Path, *, as_json: bool) -> None:
    """List what is held, newest first.

    \b
    Example:
      gateway held list
    """
    with open_store(read_settings(config)) as store:
        waiting = list(store.transfers.find(held=True, limit=1000))
    if as_json:
        for transfer in waiting:
            show.as_json(show.transfer(transfer))
        return
    if not waiting:
        click.echo("nothing is held", err=True)
        return
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
    with open_store(read_settings(config)) as store:
        transfer = store.transfers.get(transfer_id)
    if as_json:
        show.as_json(show.transfer(transfer))
        return
    print_transfer(transfer)


def print_transfer(transfer: Transfer) -> None:
    """Print a transfer for a person: what came in, what was found, what became of each recipient."""
    click.echo(f"{transfer.id}  from {transfer.sender}  received {transfer.received_at:%Y-%m-%d %H:%M:%S} UTC")
    show.table(("part", "bytes"), [(part.name, part.size) for part in transfer.parts])
    seen = transfer.inspection
    if seen is not None:
        words = f"{seen.marking.text} in {seen.marking.where} of {seen.marking.part}" if seen.marking else "none"
        click.echo(f"\nmarking: {words} ({seen.marking_status})")
        if seen.findings:
            show.table(
                ("found", "masked", "where", "sure", "because"),
                [
                    (each.entity, each.masked, f"{each.part} {each.where}", each.confidence, ", ".join(each.why))
                    for each in seen.findings[:50]
                ],
            )
        if seen.gaps:
            show.table(("not inspected", "why", "detail"), [(each.part, each.kind, each.detail) for each in seen.gaps])
    for delivery in transfer.deliveries:
        click.echo(f"\nto {delivery.recipient}: {delivery.state}  (delivery {delivery.id})")
        if delivery.trouble:
            click.echo(f"  {delivery.trouble}")
        for reason in delivery.verdict.reasons if delivery.verdict else ():
            click.echo(f"  {reason.says}  [{reason.rule}, {reason.file}:{reason.line}]")
        for way in delivery.verdict.would_pass_if if delivery.verdict else ():
            click.echo(f"  would pass if {way}")


@held.command()
@click.argument("transfer_id")
@click.option("--to", "recipient", default="", help="Only this recipient's delivery.")
@click.option("--reason", required=True, help="Why; it goes into the ledger.")
@click.pass_obj
def release(config: Path, transfer_id: str, recipient: str, reason: str) -> None:
    """Let a held transfer be decided again, with your release as a fact. Never your own.

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
            raise NotFound(f"nothing of {transfer.id} is held for {recipient or 'anybody'}", hint="see 'gateway held'")
        for delivery in chosen:
            instruction = Instruction(
                id=serial("i"),
                transfer_id=transfer.id,
                delivery_id=delivery.id,
                act=act,
                officer=officer.name,
                officer_address=officer.address,
                officer_account=account,
                reason=reason,
                at=MachineClock().now(),
            )
            check(transfer, instruction)
            store.transfers.instruct(instruction)
            click.echo(f"filed: {act} {transfer.id} for {delivery.recipient}; the gateway carries it out", err=True)
