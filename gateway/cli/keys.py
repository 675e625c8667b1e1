"""`gateway keys`: recipients' OpenPGP keys. A key is judged by gpg and approved by a person before its first use."""

from __future__ import annotations

from pathlib import Path

import click

from gateway.cli import show
from gateway.cli.opening import read_settings, who_am_i
from gateway.protect.keyring import KeyRing
from gateway.system.clock import MachineClock


@click.group()
def keys() -> None:
    """See, import, approve and remove recipients' keys.

    \b
    Example:
      gateway keys import alice.asc
      gateway keys approve 7E6F...C3
    """


def key_ring(config: Path) -> KeyRing:
    """Open the key ring of this configuration."""
    return KeyRing(read_settings(config).paths.state / "keys" / "recipients")


@keys.command(name="list")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
@click.pass_obj
def list_keys(config: Path, *, as_json: bool) -> None:
    """List the keys, who approved them, and until when they can be used.

    \b
    Example:
      gateway keys list
    """
    records = key_ring(config).list()
    if as_json:
        for record in records:
            show.as_json(
                {
                    "address": record.address,
                    "fingerprint": record.fingerprint,
                    "imported_at": record.imported_at.isoformat(),
                    "approved_by": record.approved_by,
                }
            )
        return
    show.table(
        ("address", "fingerprint", "approved by"),
        [(each.address, each.fingerprint, each.approved_by or "nobody yet: not used") for each in records],
    )


@keys.command(name="import")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.pass_obj
def import_key(config: Path, file: Path) -> None:
    """Judge a certificate and add it to the key ring. It is not used before an officer approves it.

    \b
    Example:
      gateway keys import alice.asc
    """
    record = key_ring(config).import_key(file.read_bytes(), MachineClock().now())
    click.echo(f"imported {record.fingerprint} of {record.address}; compare the fingerprint with its owner, then")
    click.echo(f"gateway keys approve {record.fingerprint}")


@keys.command()
@click.argument("fingerprint")
@click.pass_obj
def approve(config: Path, fingerprint: str) -> None:
    """Approve a key for use: you have compared its fingerprint with its owner.

    \b
    Example:
      gateway keys approve 7E6F0C...
    """
    officer, _ = who_am_i(read_settings(config))
    key_ring(config).approve(fingerprint, officer.name, MachineClock().now())
    click.echo(f"approved by {officer.name}; mail for this address is sealed to this key from now on")


@keys.command()
@click.argument("fingerprint")
@click.pass_obj
def remove(config: Path, fingerprint: str) -> None:
    """Remove a key.

    \b
    Example:
      gateway keys remove 7E6F0C...
    """
    key_ring(config).remove(fingerprint)
    click.echo("removed")
