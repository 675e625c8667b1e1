"""`gateway ledger`: the tamper-evident record, for people and for auditors with nothing but a copy."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import click

from gateway.cli import show
from gateway.cli.opening import open_store, read_settings
from gateway.errors import NotFound
from gateway.store.verify import verify_ledger


@click.group()
def ledger() -> None:
    """Show, verify and export the ledger.

    \b
    Example:
      gateway ledger show --transfer t-6740a1b2
      gateway ledger verify
      gateway ledger verify --copy /media/auditor/ledger --key "$(cat ledger.vkey)"
    """


@ledger.command(name="show")
@click.option("--transfer", "transfer_id", default="", help="Only this transfer.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
@click.pass_obj
def show_ledger(config: Path, transfer_id: str, *, as_json: bool) -> None:
    """Print the entries in order.

    \b
    Example:
      gateway ledger show --transfer t-6740a1b2
    """
    with open_store(read_settings(config)) as store:
        for raw in store.ledger.entries():
            entry = json.loads(raw)
            if not str(entry["transfer"]).startswith(transfer_id):
                continue
            if as_json:
                show.as_json(entry)
            else:
                facts = ", ".join(f"{key}={value}" for key, value in entry["facts"].items())
                click.echo(f"{entry['at']}  {entry['event']:22} {entry['transfer']} {facts}")


@ledger.command()
@click.option("--copy", type=click.Path(path_type=Path, file_okay=False), help="A copied ledger folder to verify.")
@click.option("--key", default="", help="The verifier key (the line in ledger.vkey), needed with --copy.")
@click.option("--older", type=click.Path(path_type=Path, dir_okay=False), help="A checkpoint you kept from earlier.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
@click.pass_obj
def verify(config: Path, copy: Path | None, key: str, older: Path | None, *, as_json: bool) -> None:
    """Recompute the whole ledger and check its signature; offline, needs no private key.

    \b
    Example:
      gateway ledger verify --copy /media/auditor/ledger --key "$(cat ledger.vkey)" --older last-month.checkpoint
    """
    if copy is None:
        state = read_settings(config).paths.state
        copy, key = state / "ledger", key or (state / "keys" / "ledger.vkey").read_text().strip()
    elif not key:
        raise click.UsageError("--copy needs --key: the line in ledger.vkey, kept apart from the copy")
    if not copy.is_dir():
        raise NotFound(f"no ledger at {copy}", hint="name the folder that holds 'checkpoint' and 'tile'")
    verified = verify_ledger(copy, key, older_checkpoint=older.read_bytes() if older else None)
    if as_json:
        show.as_json({"size": verified.size, "root": verified.root})
    else:
        click.echo(f"verified: {verified.size} entries, root {verified.root}")


@ledger.command()
@click.pass_obj
def checkpoint(config: Path) -> None:
    """Print the signed checkpoint; keep a copy elsewhere, it makes rewriting evident.

    \b
    Example:
      gateway ledger checkpoint > checkpoint-november.txt
    """
    settings = read_settings(config)
    with open_store(settings) as store:
        store.ledger.integrate()
    click.echo((settings.paths.state / "ledger" / "checkpoint").read_text(), nl=False)


@ledger.command()
@click.argument("target", type=click.Path(path_type=Path))
@click.pass_obj
def export(config: Path, target: Path) -> None:
    """Copy the ledger to a new folder, with its verifier key beside it.

    \b
    Example:
      gateway ledger export /media/auditor/ledger
    """
    settings = read_settings(config)
    with open_store(settings) as store:
        store.ledger.integrate()
    shutil.copytree(settings.paths.state / "ledger", target, ignore=shutil.ignore_patterns("*.lock"))
    shutil.copy(settings.paths.state / "keys" / "ledger.vkey", target.with_name(target.name + ".vkey"))
    click.echo(f"copied to {target}; the verifier key is in {target.name}.vkey")
