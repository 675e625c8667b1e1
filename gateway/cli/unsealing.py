"""`gateway open`: opens what the gateway sealed, for a help desk or a recipient on this machine."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from gateway.cli import show
from gateway.cli.opening import read_passwords, require_files
from gateway.errors import GatewayError, NotAccepted
from gateway.protect.unseal import BY_KEY, Opened, Secrets, kind_of, unseal

FILE = click.Path(path_type=Path)


@click.command(name="open")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), default=Path(), help="Where to put the files.")
@click.option("--password-file", type=click.Path(path_type=Path), help="A file with the passphrase in its first line.")
@click.option("--key", type=FILE, help="The private key, in a file.")
@click.option(
    "--certificate", type=FILE, help="The key's certificate (S/MIME), where it is not in the key's file: PEM."
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
def open(  # noqa: A001 - the name of the command
    files: tuple[Path, ...],
    out: Path,
    password_file: Path | None,
    key: Path | None,
    certificate: Path | None,
    *,
    as_json: bool,
) -> None:
    """Open sealed files, given the passphrase or the private key. Nothing is overwritten.

    The passphrase is asked for on a terminal; elsewhere it is the first line of --password-file. Where one file does
    not open, the others still do, and the exit code is 1. Where the format cannot show whether something was altered on
    its way, that is said; with --json "verified" is false then.

    \b
    Example:
      gateway open secure-t-1.zip --out opened
      gateway open secure-t-1.pgp --key alice-secret.asc --out opened
      gateway open secure-t-1.p7m --key alice.key --certificate alice.pem --out opened
    """
    require_files((*files, *filter(None, (key, certificate))))
    given = read_passwords(password_file)
    words, failed = given[0] if given else "", False
    for file in files:
        try:
            if not words and kind_of(file) not in BY_KEY:
                words = _asked(file)
            _show(file, unseal(file, out, Secrets(words=words, key=key, certificate=certificate)), as_json=as_json)
        except GatewayError as error:
            click.echo(f"gateway: {error}", err=True)
            failed = True
    if failed:
        raise click.exceptions.Exit(1)


def _asked(file: Path) -> str:
    """Return the passphrase that somebody types; `NotAccepted` where nobody can."""
    if not sys.stdin.isatty():
        raise NotAccepted(f"{file} opens with a passphrase, and none was given", hint="name a file: --password-file")
    return str(click.prompt("passphrase", hide_input=True))


def _show(file: Path, opened: Opened, *, as_json: bool) -> None:
    if opened.shown.remark:
        click.echo(f"gateway: {file}: {opened.shown.remark}", err=True)
    if as_json:
        show.print_json(
            {
                "file": str(file),
                "method": opened.method,
                "verified": opened.shown.verified,
                "opened": [str(path) for path in opened.files],
            }
        )
        return
    click.echo(f"{file}: {opened.method}")
    for path in opened.files:
        click.echo(f"  {path}")
