"""`gateway ledger`: the tamper-evident record, for people and for auditors with nothing but a copy."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import click

from gateway.cli import show
from gateway.cli.opening import inside_state, open_store, read_settings
from gateway.config.settings import Settings
from gateway.errors import GatewayError, NotFound
from gateway.store.ledger import LOCK, VERIFIER
from gateway.store.verify import Verified, verify_ledger


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
    shown = 0
    with open_store(read_settings(config)) as store:
        for raw in store.ledger.entries():
            entry = json.loads(raw)
            if not str(entry["transfer"]).startswith(transfer_id):
                continue
            shown += 1
            if as_json:
                show.print_json(entry)
            else:
                facts = ", ".join(f"{key}={show.plain(value)}" for key, value in entry["facts"].items())
                show.say(f"{entry['at']}  {entry['event']:22} {entry['transfer']} {facts}")
    if transfer_id and not shown:
        raise NotFound(f"the ledger has no transfer {transfer_id}", hint="see 'gateway transfers list'")


@ledger.command()
@click.option("--copy", type=click.Path(path_type=Path, file_okay=False), help="A copied ledger folder to verify.")
@click.option("--key", default="", help="The verifier key (the line in ledger.vkey), needed with --copy.")
@click.option(
    "--older", type=click.Path(path_type=Path, exists=True, dir_okay=False), help="A checkpoint you kept from earlier."
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
@click.pass_obj
def verify(config: Path, copy: Path | None, key: str, older: Path | None, *, as_json: bool) -> None:
    """Recompute the whole ledger and check its signature; offline, needs no private key.

    \b
    Example:
      gateway ledger verify --copy /media/auditor/ledger --key "$(cat ledger.vkey)" --older last-month.checkpoint
    """
    if copy is None:
        settings = read_settings(config)
        with inside_state(settings):
            verified = _verify(settings.paths.state / "ledger", key or _verifier(settings), older)
    elif key:
        verified = _verify(copy, key, older)
    else:
        raise click.UsageError("--copy needs --key: the line in ledger.vkey, as you were given it apart from the copy")
    if as_json:
        show.print_json({"size": verified.size, "root": verified.root})
    else:
        click.echo(f"verified: {verified.size} entries, root {verified.root}")


def _verify(folder: Path, key: str, older: Path | None) -> Verified:
    if not folder.is_dir():
        raise NotFound(f"no ledger at {folder}", hint="name the folder that holds 'checkpoint' and 'tile'")
    return verify_ledger(folder, key, older_checkpoint=older.read_bytes() if older else None)


def _verifier(settings: Settings) -> str:
    path = settings.paths.state / "keys" / VERIFIER
    if not path.is_file():
        raise NotFound(f"no verifier key at {path}", hint="run 'gateway init': it is made from the signing key")
    return path.read_text().strip()


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
    """Copy the ledger to a new folder, and its verifier key into the same folder as ledger.vkey.

    Whoever could alter the copy could alter that key with it: an auditor compares it with the one they were given.

    \b
    Example:
      gateway ledger export /media/auditor/ledger
    """
    settings = read_settings(config)
    with open_store(settings) as store:
        key = _verifier(settings)
        if target.exists() or target.is_symlink():
            raise GatewayError(f"{target} is there already", hint="name a folder that does not exist yet")
        store.ledger.integrate()
        try:
            shutil.copytree(settings.paths.state / "ledger", target, ignore=shutil.ignore_patterns(LOCK))
            (target / VERIFIER).write_text(f"{key}\n")
        except OSError as error:
            why = error.strerror or "not every file could be copied"
            raise GatewayError(
                f"the ledger was not copied to {target}: {why}", hint="mend that and try again"
            ) from None
    click.echo(f"copied to {target}, with the verifier key in {target / VERIFIER}")
    click.echo("whoever verifies the copy compares that key with the one they were given another way", err=True)
