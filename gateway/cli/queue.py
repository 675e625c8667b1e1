"""`gateway queue`: what waits to be handed over, by destination, and the acts of those who run the gateway.

It works beside a running daemon: each act is one short transaction, and the daemon looks several times a second.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Final

import click

from gateway.cli import show
from gateway.cli.opening import account, open_store, read_settings
from gateway.config.settings import Settings
from gateway.errors import NotFound
from gateway.model.document import nearest
from gateway.model.lane import TO
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

    A transfer that waits for several destinations is listed where it goes next. Times are UTC.

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
        rows = [_about(each, closed.get(each.lane, NOTHING), store, now) for each in lanes]
    known = {each.lane for each in lanes}
    rows += [_about_empty(lane, each, now) for lane, each in sorted(closed.items()) if lane not in known]
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
        if not what or _is_destination(settings, store, what):
            number = store.lanes.hurry(now, lane=what and f"{TO}{what}")
        else:
            number = store.lanes.hurry(now, transfer_id=_transfer(settings, store, what).id)
    click.echo(f"{number} {'transfer is' if number == 1 else 'transfers are'} tried now", err=True)


@queue.command()
@click.argument("destination")
@click.option("--reason", default="", help="Why; it goes into the ledger and is shown by 'gateway queue'.")
@click.pass_obj
def hold(config: Path, destination: str, reason: str) -> None:
    """Hand nothing over to a destination until it is resumed. What goes elsewhere goes on, and senders are told.

    \b
    Example:
      gateway queue hold nhsmail --reason "their certificate is being replaced"
    """
    settings = read_settings(config)
    by = account(settings)
    with open_store(settings) as store:
        _require(settings, store, destination)
        facts = {"destination": destination, "by": by, "reason": reason}
        entry = Entry(event=Event.DESTINATION_HELD, at=MachineClock().now(), transfer_id="", facts=facts)
        store.lanes.hold(f"{TO}{destination}", by=by, reason=reason, entry=entry)
    click.echo(f"held: nothing goes to {destination} until 'gateway queue resume {destination}'", err=True)


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
        facts = {"destination": destination, "by": by}
        entry = Entry(event=Event.DESTINATION_RESUMED, at=MachineClock().now(), transfer_id="", facts=facts)
        store.lanes.resume(f"{TO}{destination}", entry)
    click.echo(f"resumed: what waits for {destination} goes", err=True)


def _is_destination(settings: Settings, store: Store, name: str) -> bool:
    """Say whether it names a channel, a domain of one, or a destination for which something waits or that is closed."""
    channel = name.partition("/")[0]
    known = {each.lane for each in store.lanes.waiting(MachineClock().now())} | set(store.lanes.closed())
    return channel in settings.channels or f"{TO}{name}" in known


def _require(settings: Settings, store: Store, name: str) -> None:
    if not _is_destination(settings, store, name):
        raise NotFound(
            f"there is no destination '{name}'; {nearest(name, list(settings.channels))}",
            hint="name a channel of the configuration, or channel/domain; 'gateway queue' shows what waits",
        )


def _transfer(settings: Settings, store: Store, name: str) -> Transfer:
    try:
        return store.transfers.get(name)
    except NotFound:
        _require(settings, store, name)
        raise


def _about(waiting: Waiting, closed: Closed, store: Store, now: datetime) -> Mapping[str, object]:
    first = store.transfers.get(waiting.first)
    return {
        "lane": waiting.lane.removeprefix(TO),
        "is_destination": waiting.lane.startswith(TO),
        "transfers": waiting.transfers,
        "due": waiting.due,
        "served": waiting.served,
        "deferred": max(0, waiting.transfers - waiting.due - waiting.served),
        "oldest": waiting.oldest.isoformat() if waiting.oldest else None,
        "next_try": max(waiting.next_at, closed.until or waiting.next_at).isoformat(),
        "trouble": _trouble(first),
        **_state(closed, now),
    }


def _about_empty(lane: str, closed: Closed, now: datetime) -> Mapping[str, object]:
    counts = dict.fromkeys(("transfers", "due", "served", "deferred"), 0)
    name = {"lane": lane.removeprefix(TO), "is_destination": lane.startswith(TO)}
    return {**name, **counts, "oldest": None, "next_try": None, "trouble": "", **_state(closed, now)}


def _state(closed: Closed, now: datetime) -> Mapping[str, object]:
    is_away = closed.until is not None and now < closed.until
    return {
        "held_by": closed.held_by,
        "held_at": closed.held_at.isoformat() if closed.held_at else None,
        "reason": closed.reason,
        "closed_until": closed.until.isoformat() if closed.until and is_away else None,
        "failures": closed.failures,
    }


def _trouble(transfer: Transfer) -> str:
    """Return what went wrong last with the transfer whose turn is next."""
    troubles = [each.trouble for each in transfer.deliveries if each.state is DeliveryState.SEALED and each.trouble]
    return troubles[-1] if troubles else ""


def _words(row: Mapping[str, object]) -> Sequence[object]:
    """Return a row for a person."""
    state = "open"
    if row["held_by"]:
        state = f"held by {row['held_by']}" + (f": {row['reason']}" if row["reason"] else "")
    elif row["closed_until"]:
        state = f"away, {row['failures']} failures in a row"
    times = [str(row[name])[:16].replace("T", " ") if row[name] else "" for name in ("oldest", "next_try")]
    return (row["lane"], row["transfers"], row["due"], row["served"], *times, state, row["trouble"])
