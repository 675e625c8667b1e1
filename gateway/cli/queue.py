"""`gateway queue`: what waits to be handed over, by destination, and the acts of those who run the gateway.

It works beside a running daemon: each act is one short transaction, and the daemon looks several times a second.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Final

import click

from gateway.cli import show
from gateway.cli.opening import account, open_store, read_settings
from gateway.config.settings import Settings
from gateway.decide.address import domain_of
from gateway.errors import NotAccepted, NotFound
from gateway.intake.address import normalised
from gateway.model.document import nearest
from gateway.model.lane import TO, channel_of
from gateway.model.lifecycle import DeliveryState
from gateway.model.record import Entry, Event
from gateway.model.transfer import Transfer
from gateway.store.embedded import Store
from gateway.store.lanes import Closed, Waiting
from gateway.system.clock import MachineClock

HEADINGS: Final = ("lane", "waiting", "due", "served", "oldest", "next try", "state", "last trouble")
NOTHING: Final = Closed()


@click.group(invoke_without_command=True)
@click.option("--json", "as_json", is_flag=True, help="One JSON object a lane.")
@click.pass_context
def queue(context: click.Context, *, as_json: bool) -> None:
    """Show what waits, by destination: how many transfers, since when, when it is tried next, what went wrong last.

    Transfers are counted by where they go next: one that waits for several destinations counts for the first of them
    alone. Times are UTC.

    \b
    Example:
      gateway queue
      gateway queue flush nhsmail
      gateway queue hold direct/partner.example --reason "moving their server on Saturday"
      gateway queue resume direct/partner.example
    """
    if context.invoked_subcommand is not None:
        return
    now = MachineClock().now()
    with open_store(read_settings(context.obj)) as store:
        lanes, closed = store.lanes.waiting(now), store.lanes.closed()
        rows = [_about(each, closed, store, now) for each in lanes]
    rows += [_about_empty(lane, closed, now) for lane in sorted(closed.keys() - {each.lane for each in lanes})]
    if as_json:
        for row in rows:
            show.print_json(row)
    elif rows:
        show.table(HEADINGS, [tuple(show.plain(value) for value in _words(row)) for row in rows])
    else:
        click.echo("nothing waits", err=True)


@queue.command()
@click.argument("what", metavar="[DESTINATION|ID]", default="")
@click.pass_obj
def flush(config: Path, what: str) -> None:
    """Try now what waits for its next try: for one destination, of one transfer, or all of it.

    A destination that is held stays held, and a delay that policy wants is kept.

    \b
    Example:
      gateway queue flush
      gateway queue flush nhsmail
      gateway queue flush t-6740a1b2
    """
    settings = read_settings(config)
    now = MachineClock().now()
    with open_store(settings) as store:
        transfer = _transfer(store, what) if what else ""
        lane = f"{TO}{_destination(settings, store, what)}" if what and not transfer else ""
        number = store.lanes.hurry(now, lane=lane, transfer_id=transfer)
    click.echo(f"{number} {'transfer is' if number == 1 else 'transfers are'} tried now", err=True)


@queue.command()
@click.argument("destination")
@click.option("--reason", default="", help="Why; it goes into the ledger and is shown by 'gateway queue'.")
@click.pass_obj
def hold(config: Path, destination: str, reason: str) -> None:
    """Hand nothing over to a destination until it is resumed. What goes elsewhere goes on, and senders are told.

    A channel that is held holds all the domains to which it goes.

    \b
    Example:
      gateway queue hold nhsmail --reason "their certificate is being replaced"
    """
    settings = read_settings(config)
    by = account(settings)
    with open_store(settings) as store:
        name = _destination(settings, store, destination)
        facts = {"destination": name, "by": by, "reason": reason}
        entry = Entry(event=Event.DESTINATION_HELD, at=MachineClock().now(), transfer_id="", facts=facts)
        store.lanes.hold(f"{TO}{name}", by=by, reason=reason, entry=entry)
    click.echo(f"held: nothing goes to {name} until 'gateway queue resume {name}'", err=True)


@queue.command()
@click.argument("destination")
@click.pass_obj
def resume(config: Path, destination: str) -> None:
    """Let go again what was held for a destination.

    \b
    Example:
      gateway queue resume nhsmail
    """
    settings = read_settings(config)
    by = account(settings)
    with open_store(settings) as store:
        name = _destination(settings, store, destination)
        held = _held(f"{TO}{name}", store.lanes.closed())
        if held not in {"", name}:
            raise NotFound(f"{name} is held with its channel alone", hint=f"resume '{held}'")
        facts = {"destination": name, "by": by}
        entry = Entry(event=Event.DESTINATION_RESUMED, at=MachineClock().now(), transfer_id="", facts=facts)
        store.lanes.resume(f"{TO}{name}", entry)
    click.echo(f"resumed: what waits for {name} goes", err=True)


def _destination(settings: Settings, store: Store, given: str) -> str:
    """Return the name of a destination as its lane has it, the domain in lower case and A-labels; `NotFound`.

    It is a channel, a domain to which one goes, or whatever something waits for or is closed.
    """
    channel, slash, domain = given.partition("/")
    plain = _plain(domain)
    name = f"{channel}/{plain}" if plain else given
    known = {each.lane for each in store.lanes.waiting(MachineClock().now())} | set(store.lanes.closed())
    if f"{TO}{name}" in known or (channel in settings.channels and not slash):
        return name
    hint = "name a channel of the configuration, or channel/domain; 'gateway queue' shows what waits"
    if channel not in settings.channels:
        raise NotFound(f"there is no destination '{given}'; {nearest(given, list(settings.channels))}", hint=hint)
    if not _goes_to_domains(settings, channel):
        trouble = f"there is no destination '{given}': {channel} hands everything to one next hop"
        raise NotFound(trouble, hint=f"name it as '{channel}'")
    if not plain:
        raise NotFound(f"there is no destination '{given}': '{domain}' is no domain", hint="write channel/domain")
    return name


def _plain(domain: str) -> str:
    """Return a domain as it is read in a recipient's address, empty where it could be in none."""
    with suppress(NotAccepted):
        return domain_of(normalised(f"somebody@{domain}")) or ""
    return ""


def _goes_to_domains(settings: Settings, channel: str) -> bool:
    set_up = settings.channels[channel]
    return set_up.kind == "smtp" and set_up.mx


def _transfer(store: Store, name: str) -> str:
    """Return the id of a transfer, empty where it names none."""
    with suppress(NotFound):
        return store.transfers.get(name).id
    return ""


def _held(lane: str, closed: Mapping[str, Closed]) -> str:
    """Return the name of what is held where nothing goes for that: the destination or its channel; empty for none."""
    held = (each for each in (lane, channel_of(lane)) if closed.get(each, NOTHING).held_by)
    return next(held, "").removeprefix(TO)


def _about(waiting: Waiting, closed: Mapping[str, Closed], store: Store, now: datetime) -> Mapping[str, object]:
    ends = (store.transfers.get(each) for each in (waiting.first, waiting.last))
    until = closed.get(waiting.lane, NOTHING).until or waiting.next_at
    return {
        "lane": waiting.lane.removeprefix(TO),
        "is_destination": waiting.lane.startswith(TO),
        "transfers": waiting.transfers,
        "due": waiting.due,
        "served": waiting.served,
        "deferred": max(0, waiting.transfers - waiting.due - waiting.served),
        "oldest": waiting.oldest.isoformat() if waiting.oldest else None,
        "next_try": max(waiting.next_at, until).isoformat(),
        "trouble": next(filter(None, map(_trouble, ends)), ""),
        **_state(waiting.lane, closed, now),
    }


def _about_empty(lane: str, closed: Mapping[str, Closed], now: datetime) -> Mapping[str, object]:
    counts = dict.fromkeys(("transfers", "due", "served", "deferred"), 0)
    name = {"lane": lane.removeprefix(TO), "is_destination": lane.startswith(TO)}
    return {**name, **counts, "oldest": None, "next_try": None, "trouble": "", **_state(lane, closed, now)}


def _state(lane: str, closed: Mapping[str, Closed], now: datetime) -> Mapping[str, object]:
    held, own = _held(lane, closed), closed.get(lane, NOTHING)
    by = closed.get(f"{TO}{held}", NOTHING)
    return {
        "held": held,
        "held_by": by.held_by,
        "held_at": by.held_at.isoformat() if by.held_at else None,
        "reason": by.reason,
        "closed_until": own.until.isoformat() if own.until and now < own.until else None,
        "failures": own.failures,
    }


def _trouble(transfer: Transfer) -> str:
    """Return what went wrong last with a transfer that waits to go."""
    troubles = [each.trouble for each in transfer.deliveries if each.state is DeliveryState.SEALED and each.trouble]
    return troubles[-1] if troubles else ""


def _words(row: Mapping[str, object]) -> Sequence[object]:
    """Return a row for a person."""
    state = "open"
    if row["held_by"]:
        whose = "" if row["held"] == row["lane"] else f"{row['held']} is "
        state = f"{whose}held by {row['held_by']}" + (f": {row['reason']}" if row["reason"] else "")
    elif row["closed_until"]:
        state = f"away, {row['failures']} failures in a row"
    times = [str(row[name])[:16].replace("T", " ") if row[name] else "" for name in ("oldest", "next_try")]
    return (row["lane"], row["transfers"], row["due"], row["served"], *times, state, row["trouble"])
