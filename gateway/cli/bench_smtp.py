"""`gateway bench smtp`: how fast mail is taken, walked and handed over, beside Postfix, amavisd-new and rspamd."""

from __future__ import annotations

import os
import platform
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Final

import click

from gateway.cli import show
from gateway.cli.bench_smtp_measure import (
    Row,
    Wanted,
    measure_acceptance,
    measure_latency,
    measure_memory,
    measure_walk,
)
from gateway.cli.opening import read_settings
from gateway.errors import NotInstalled
from gateway.testing.postfix import lacking, where

MEASURES: Final[Mapping[str, Callable[[Wanted], Iterator[Row]]]] = {
    "acceptance": measure_acceptance,
    "walk": measure_walk,
    "latency": measure_latency,
    "memory": measure_memory,
}


@click.command("smtp")
@click.option("--messages", default=1000, show_default=True, type=click.IntRange(20), help="How many of 10 kB a round.")
@click.option("--rounds", default=3, show_default=True, type=click.IntRange(1), help="Rounds; the median is quoted.")
@click.option("--only", type=click.Choice(tuple(MEASURES)), multiple=True, help="One part; may be given several times.")
@click.option("--peers/--no-peers", default=True, show_default=True, help="Measure the other programs too.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
@click.pass_obj
def bench_smtp(config: Path, messages: int, rounds: int, only: tuple[str, ...], *, peers: bool, as_json: bool) -> None:
    """Measure mail through gateways of their own, and through others in the same place, in turns.

    \b
    acceptance  20 sessions of smtp-source into our door with its store (nothing walks what it took), into a whole
                gateway that walks meanwhile, and into a Postfix that discards; 10 kB and 100 kB
    walk        from the first MAIL to the last hand-over to a Postfix: inspected by confined children, decided,
                relayed; plain mails of 10 kB, and a mix of which 30 % carry a document. In the same place
                amavisd-new and rspamd behind a Postfix, with their checks but for those that ask the network
    latency     from acceptance to hand-over while mail comes steadily at half of the rate of the walk
    memory      the daemon's process above idle while one message of 50 MB passes

    Needs the programs of Postfix; Postfix itself starts as root only. Peers that are not installed are left out
    (Debian: amavisd-new with spamassassin, rspamd).

    \b
    Example:
      gateway bench smtp --rounds 3
      gateway bench smtp --only walk --messages 200 --no-peers --json
    """
    if not where("smtp-source"):
        raise NotInstalled("the programs of Postfix are not installed", hint="install the package postfix")
    load = os.getloadavg()[0]
    wanted = Wanted(settings=read_settings(config), messages=messages, rounds=rounds, peers=peers)
    if why := lacking():
        wanted.left_out.append(f"{why}: the next hop is smtp-sink")
    rows = [row for part in only or MEASURES for row in MEASURES[part](wanted)]
    machine = f"{os.cpu_count()} cores, {platform.machine()}, Linux {platform.release()}"
    if as_json:
        told = [asdict(row) | {"ratio": round(row.ratio, 2), "verdict": row.verdict} for row in rows]
        figures = {"machine": machine, "load_before": load, "messages": messages, "rounds": rounds}
        show.print_json(figures | {"rows": told, "left_out": wanted.left_out})
        return
    headings = ("what", "unit", "ours", "beside", "theirs", "ratio", "asked", "")
    show.table(headings, [_cells(row) for row in rows])
    show.say(f"{machine}; load before {load:.1f}; {messages} messages, {rounds} rounds, medians")
    for line in wanted.left_out:
        show.say(f"left out: {line}")


def _cells(row: Row) -> tuple[str, ...]:
    theirs, ratio = (f"{row.theirs:.4g}", f"{row.ratio:.2f}") if row.theirs else ("", "")
    return (row.what, row.unit, f"{row.ours:.4g}", row.peer, theirs, ratio, row.asked, row.verdict)
