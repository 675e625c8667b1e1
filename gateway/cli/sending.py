"""`gateway send` and `gateway transfers`: put a transfer in at the front door; see where each one stands."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path

import click

from gateway.cli import show
from gateway.cli.opening import (
    PASSWORD_FILE,
    account,
    open_store,
    read_passwords,
    read_settings,
    require_files,
    require_route,
)
from gateway.cli.recalling import recall, reply
from gateway.config.load import read_policy_files
from gateway.decide.parse import parse_policy
from gateway.errors import NotAccepted
from gateway.intake import Arrival
from gateway.intake.beside import kind_of
from gateway.intake.door import MainDoor
from gateway.model.facts import Consent
from gateway.model.transfer import Origin
from gateway.record import plain
from gateway.system.clock import MachineClock


@click.command()
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--from", "sender", required=True, help="The sender's address.")
@click.option("--to", "recipients", required=True, multiple=True, help="A recipient's address; may be repeated.")
@click.option("--route", default="", help="A route by name, instead of by the recipient's domain.")
@click.option("--subject", default="", help="Only looked at for 'Encrypt' and '[secure]'; it is not sent.")
@click.option("--reason", default="", help="Why it is sent; it goes into the ledger, so name nobody.")
@click.option("--consent", type=click.Choice([each.value for each in Consent]), help="What the person concerned said.")
@PASSWORD_FILE
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
@click.pass_obj
def send(  # noqa: PLR0913 - each is one option
    config: Path,
    paths: tuple[Path, ...],
    sender: str,
    recipients: tuple[str, ...],
    route: str,
    subject: str,
    password_file: Path | None,
    *,
    reason: str,
    consent: str | None,
    as_json: bool,
) -> None:
    """Put files in at the front door as one transfer. It is accepted when the command returns.

    \b
    Example:
      gateway send report.docx --from me@council.example --to you@partner.example
      gateway send locked.zip --password-file words.txt --from me@council.example --to you@partner.example
      gateway send review.docx --reason "agreed at the panel of 3 May" --from me@council.example --to you@trust.example
    """
    settings = read_settings(config)
    require_files(paths)
    passwords = read_passwords(password_file)
    if any(kind_of(path.name) for path in paths):
        raise NotAccepted("files of passwords and reasons are never sent", hint="give --password-file or --reason")
    if route:
        require_route(parse_policy(read_policy_files(settings.paths.policies)), route)
    with open_store(settings) as store, ExitStack() as files:
        arrival = Arrival(
            origin=Origin.COMMAND,
            sender=sender,
            recipients=recipients,
            parts=[(path.name, files.enter_context(path.open("rb"))) for path in paths],
            route=route,
            subject=subject,
            account=account(settings),
            passwords=passwords,
            reason=reason,
            consent=consent or "",
        )
        transfer = MainDoor(store.transfers, store.vault, MachineClock()).admit(arrival)
    if as_json:
        show.print_json({"id": transfer.id, "state": str(transfer.state)})
    else:
        click.echo(f"accepted as {transfer.id}; follow it with 'gateway transfers show {transfer.id}'")


@click.group(invoke_without_command=True)
@click.pass_context
def transfers(context: click.Context) -> None:
    """See every transfer and where it stands; without a command, list them.

    \b
    Example:
      gateway transfers
      gateway transfers list --limit 20
      gateway transfers show t-6740a1b2
    """
    if context.invoked_subcommand is None:
        context.invoke(list_transfers)


@transfers.command(name="list")
@click.option("--unfinished", is_flag=True, help="Only those that have not ended.")
@click.option("--limit", default=50, show_default=True, type=click.IntRange(1, 100_000), help="How many at the most.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
@click.pass_obj
def list_transfers(config: Path, limit: int, *, unfinished: bool, as_json: bool) -> None:
    """List transfers, newest first.

    \b
    Example:
      gateway transfers list --unfinished
    """
    with open_store(read_settings(config)) as store:
        found = list(store.transfers.find(unfinished=unfinished, limit=limit))
    if as_json:
        for transfer in found:
            show.print_json(plain.transfer(transfer))
        return
    rows = [
        (
            transfer.id,
            transfer.received_at.strftime("%d %b %H:%M"),
            transfer.sender,
            delivery.recipient,
            show.standing(delivery),
        )
        for transfer in found
        for delivery in transfer.deliveries
    ]
    show.table(("transfer", "received", "from", "to", "state"), rows)


@transfers.command(name="show")
@click.argument("transfer_id")
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
@click.pass_obj
def show_transfer(config: Path, transfer_id: str, *, as_json: bool) -> None:
    """Show one transfer: its parts, what was found (masked), what became of each recipient, when it is tried again.

    \b
    Example:
      gateway transfers show t-6740a1b2
    """
    show.one_transfer(config, transfer_id, as_json=as_json)


transfers.add_command(recall)
transfers.add_command(reply)
