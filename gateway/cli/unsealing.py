"""`gateway open`: opens what the gateway sealed, for a help desk or a recipient on this machine."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from gateway.cli import show
from gateway.cli.opening import read_passwords, require_files
from gateway.protect.unseal import Secrets, kind_of, unseal

BY_KEY = ("pgp", "smime")


@click.command(name="open")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), default=Path(), help="Where to put the files.")
@click.option("--password-file", type=click.Path(path_type=Path), help="A file with the passphrase in its first line.")
@click.option("--key", type=click.Path(path_type=Path, exists=True, dir_okay=False), help="The private key, in a file.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
def open(  # noqa: A001 - the name of the command
    files: tuple[Path, ...], out: Path, password_file: Path | None, key: Path | None, *, as_json: bool
) -> None:
    """Open sealed files, given the passphrase or the private key. Nothing is overwritten.

    The passphrase is asked for on a terminal; elsewhere it is the first line of --password-file.

    \b
    Example:
      gateway open secure-t-1.zip --out opened
      gateway open secure-t-1.pgp --key alice-secret.asc --out opened
    """
    require_files(files)
    given = read_passwords(password_file)
    words = given[0] if given else ""
    for file in files:
        kind = kind_of(file)
        if not words and kind not in BY_KEY and sys.stdin.isatty():
            words = click.prompt("passphrase", hide_input=True)
        _, found = unseal(file, out, Secrets(words=words, key=key))
        if as_json:
            show.print_json({"file": str(file), "method": kind, "opened": [str(path) for path in found]})
            continue
        click.echo(f"{file}: {kind}")
        for path in found:
            click.echo(f"  {path}")
