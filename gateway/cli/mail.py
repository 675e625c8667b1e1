"""`gateway mail`: accounts that may log in at the mail door."""

from __future__ import annotations

import sys

import click

from gateway.errors import NotAccepted

LARGEST = 4096


@click.group()
def mail() -> None:
    """Look after the mail door.

    \b
    Example:
      gateway mail account ward-printer >> state/keys/mail-accounts
    """


@mail.command(name="account")
@click.argument("name")
def make_account(name: str) -> None:
    """Print the line of an account that may log in at the mail door, for the file that 'mail.accounts' names.

    Asks for the password, or reads it from standard input; only its hash (scrypt) is printed. Replace or remove the
    line to end an account; a running gateway reads the file at each log-in. It belongs to the gateway, mode 0600.

    \b
    Example:
      gateway mail account ward-printer >> state/keys/mail-accounts
    """
    from gateway.intake.smtp_accounts import make_line  # noqa: PLC0415 - pulls in the ciphers

    click.echo(make_line(name, _password()))


def _password() -> str:
    if sys.stdin.isatty():
        return str(click.prompt("password", hide_input=True, confirmation_prompt=True, err=True))
    first, _, rest = sys.stdin.read(LARGEST).partition("\n")
    if rest.strip():
        raise NotAccepted("there is more than one line", hint="write the password alone, on one line")
    return first.rstrip("\r")
