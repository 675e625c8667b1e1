"""A child of `gateway bench smtp`: the mail door with a real store behind it, and nobody who walks what it accepts."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from gateway.cli.opening import open_store
from gateway.config.load import load_settings
from gateway.daemon.mail_door import build_mail_door
from gateway.daemon.service import LedgerWriter
from gateway.intake.accept import Acceptor
from gateway.intake.door import MainDoor
from gateway.system.clock import MachineClock


def main(config: Path) -> None:
    """Take mail until standard input ends."""
    settings = load_settings(config)
    with open_store(settings) as store:
        door = build_mail_door(settings, Acceptor(MainDoor(store.transfers, store.vault, MachineClock())))
        writer = LedgerWriter(store.ledger, store.database.settle, store.search.catch_up)
        writer.start()
        door.start()
        click.echo(f"listens at port {door.address[1]}")
        sys.stdin.read()
        door.stop()
        writer.stop()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
