"""`gateway keys`: recipients' OpenPGP keys. A key is judged by gpg and approved by a person before its first use."""

from __future__ import annotations

from pathlib import Path

import click

from gateway.cli import show
from gateway.cli.opening import inside_state, read_settings, who_am_i
from gateway.config.settings import Settings
from gateway.protect.keyring import KeyRecord, KeyRing
from gateway.system.clock import MachineClock


@click.group()
def keys() -> None:
    """See, import, approve and remove recipients' keys; all but seeing is for officers.

    \b
    Example:
      gateway keys import alice.asc
      gateway keys approve 7E6F...C3
    """


def key_ring(settings: Settings) -> KeyRing:
    """Open the key ring of this configuration."""
    return KeyRing(settings.paths.state / "keys" / "recipients")


def record_of(ring: KeyRing, fingerprint: str) -> KeyRecord | None:
    """Return what the ring knows about a key, None when it is not there."""
    wanted = fingerprint.replace(" ", "").upper()
    return next((record for record in ring.list() if record.fingerprint == wanted), None)


@keys.command(name="list")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
@click.pass_obj
def list_keys(config: Path, *, as_json: bool) -> None:
    """List the keys, who approved them, and until when they can be used.

    \b
    Example:
      gateway keys list
    """
    settings = read_settings(config)
    with inside_state(settings):
        records = key_ring(settings).list()
    if as_json:
        for record in records:
            show.print_json(
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
    """Judge a certificate and add it to the key ring, as an officer. It is not used before an officer approves it.

    A newer version of a key that is approved stays approved while its addresses are the same.

    \b
    Example:
      gateway keys import alice.asc
    """
    settings = read_settings(config)
    with inside_state(settings):
        who_am_i(settings)
        record = key_ring(settings).import_key(file.read_bytes(), MachineClock().now())
    if record.approved_by:
        click.echo(f"imported {record.fingerprint} of {record.address}; it stays approved by {record.approved_by}")
        return
    click.echo(f"imported {record.fingerprint} of {record.address}; compare the fingerprint with its owner, then")
    click.echo(f"gateway keys approve {record.fingerprint}")


@keys.command()
@click.argument("fingerprint")
@click.pass_obj
def approve(config: Path, fingerprint: str) -> None:
    """Approve a key for use, as an officer: you have compared its fingerprint with its owner.

    \b
    Example:
      gateway keys approve 7E6F0C...
    """
    settings = read_settings(config)
    with inside_state(settings):
        officer, _ = who_am_i(settings)
        ring = key_ring(settings)
        before = record_of(ring, fingerprint)
        if before is not None and before.approved_by:
            click.echo(f"already approved by {before.approved_by}; nothing changed")
            return
        ring.approve(fingerprint, officer.name, MachineClock().now())
    click.echo(f"approved by {officer.name}; mail for this address is sealed to this key from now on")


@keys.command()
@click.argument("fingerprint")
@click.pass_obj
def remove(config: Path, fingerprint: str) -> None:
    """Remove a key, as an officer.

    \b
    Example:
      gateway keys remove 7E6F0C...
    """
    settings = read_settings(config)
    with inside_state(settings):
        who_am_i(settings)
        key_ring(settings).remove(fingerprint)
    click.echo("removed")
