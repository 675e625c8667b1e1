"""`gateway policy replay`: what another policy would have said of all that was decided, without any content."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from itertools import takewhile
from multiprocessing import get_context
from pathlib import Path
from typing import Final, TypeAlias

import click

from gateway.cli import show
from gateway.cli.opening import inside_state, open_store, read_settings
from gateway.config.load import BY_COMMAND, read_set, shown_as
from gateway.config.settings import Settings
from gateway.decide.change.compare import Direction
from gateway.decide.change.replay import Kind, Tally, by_rule, direction_of, words_of
from gateway.decide.parse import parse_policy
from gateway.decide.policy import Policy
from gateway.store.embedded import Store
from gateway.store.embedded import open_store as open_embedded
from gateway.system.clock import MachineClock

Span: TypeAlias = tuple[datetime | None, datetime | None]
Files: TypeAlias = tuple[tuple[str, str], ...]
A_SHARE: Final = 20_000
"""Deliveries in one share of the work, about. What is less than a few shares is no work for several processes."""
MOST_SHARES: Final = 400
MOST_PROCESSES: Final = 8
DIRECTIONS: Final = (Direction.MILDER, Direction.STRICTER, Direction.OTHER)
BANNERS: Final = {
    Direction.MILDER: "MILDER",
    Direction.STRICTER: "STRICTER",
    Direction.OTHER: "NEITHER (other duties or another route)",
}


@click.command("replay")
@click.option("--against", required=True, type=click.Path(path_type=Path), help="The folder of the other policy set.")
@click.option("--since", type=click.DateTime(["%Y-%m-%d", "%Y-%m-%dT%H:%M"]), help="Only what came in since (UTC).")
@click.option("--limit", type=click.IntRange(1), help="At most so many deliveries, the first ones received.")
@click.option(
    "--show", "shown", default=3, show_default=True, type=click.IntRange(0, 1000), help="Transfers of a kind."
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
@click.pass_obj
def policy_replay(
    config: Path, *, against: Path, since: datetime | None, limit: int | None, shown: int, as_json: bool
) -> None:
    """Decide what was decided again, under another policy, and say what would change. Changes nothing.

    What is compared is the verdict on record: outcome, obligations and route. Under the policy that made it no verdict
    changes. A draft must be well-formed; it need not be proved, nor pass its cases.

    \b
    Example:
      gateway policy replay --against drafts/policies --since 2026-10-01
      gateway policy replay --against policies --json
    """
    settings = read_settings(config)
    with shown_as(against):
        files = read_set(against, hint=BY_COMMAND)
        policy = files.parsed()
    moment = since.replace(tzinfo=UTC) if since else None
    with open_store(settings) as store:
        replayable, left_out = store.transfers.counted(since=moment)
        total = min(replayable, limit or replayable)
        decide, classify = tuple(files.decide.items()), tuple(files.classify.items())
        work = Work(settings=settings, files=decide, others=classify, shown=shown)
        with click.progressbar(
            length=total, label="deciding again", file=sys.stderr, hidden=not sys.stderr.isatty()
        ) as bar:
            tally = Tally(shown=shown)
            for part in replay(store, policy, work, since=moment, total=total, limit=limit):
                tally.merge(part)
                bar.update(part.decided)
    if as_json:
        show.print_json(as_data(tally, policy, left_out))
    else:
        tell(tally, policy, against, left_out)


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """What another process needs to decide a share again: `files` for the policy, `others` for its hash alone."""

    settings: Settings
    files: Files
    shown: int
    others: Files = ()


def replay(
    store: Store, policy: Policy, work: Work, *, since: datetime | None, total: int, limit: int | None = None
) -> Iterator[Tally]:
    """Yield what shares of the work come to: on all cores where there is much of it and no limit."""
    processes = min(len(os.sched_getaffinity(0)), MOST_PROCESSES)
    if limit is not None or processes == 1 or total < 2 * A_SHARE:
        tally = Tally(shown=work.shown)
        tally.add(policy, store.transfers.recorded(since=since, limit=limit))
        yield tally
        return
    spans = shares(store, since, min(MOST_SHARES, total // A_SHARE))
    with inside_state(work.settings), ProcessPoolExecutor(processes, mp_context=get_context("spawn")) as others:
        yield from others.map(_share, [(work, span) for span in spans])


def shares(store: Store, since: datetime | None, count: int) -> list[Span]:
    """Return spans of time that hold all that came in, each from its first moment up to the next one's."""
    first = next(iter(store.transfers.recorded(since=since, limit=1)), None)
    newest = next(iter(store.transfers.find(limit=1)), None)
    if first is None or newest is None:
        return [(since, None)]
    step = (newest.received_at - first.received_at) / count
    starts = [since, *(first.received_at + number * step for number in range(1, count))]
    return list(zip(starts, [*starts[1:], None], strict=True))


def _share(asked: tuple[Work, Span]) -> Tally:
    """Decide one span again, in a process of its own."""
    work, (start, end) = asked
    store = _store_of(work.settings.paths.state, work.settings.paths.quarantine)
    recorded = store.transfers.recorded(since=start)
    tally = Tally(shown=work.shown)
    policy = _policy_of(work.files, work.others)
    tally.add(policy, takewhile(lambda each: end is None or each.received_at < end, recorded))
    return tally


@lru_cache(maxsize=1)
def _policy_of(files: Files, others: Files) -> Policy:
    return parse_policy(dict(files), dict(others))


@lru_cache(maxsize=1)
def _store_of(state: Path, vault: Path) -> Store:
    return open_embedded(state=state, vault=vault, clock=MachineClock())


def as_data(tally: Tally, policy: Policy, left_out: int) -> Mapping[str, object]:
    """Return what came of it as programs read it."""
    return {
        "policy": policy.hash,
        "decided": tally.decided,
        "not_replayable": left_out,
        "changed": tally.changed,
        "milder": tally.directions[Direction.MILDER],
        "stricter": tally.directions[Direction.STRICTER],
        "other": tally.directions[Direction.OTHER],
        "same_for_other_reasons": tally.reasons,
        "changed_though_same_policy": tally.unlike,
        "kinds": [
            {
                "direction": str(direction_of(kind)),
                "from": str(kind[0]),
                "to": str(kind[1]),
                "no_longer_owed": list(kind[2]),
                "newly_owed": list(kind[3]),
                "other_route": kind[4],
                "count": count,
                "transfers": [{"transfer": found[1], "delivery": found[2]} for found in tally.first[kind]],
            }
            for kind, count in _ordered(tally)
        ],
        "by_rule": [
            {"rule": rule, "newly_decides": now, "decides_no_more": then}
            for rule, (now, then) in by_rule(tally).items()
        ],
        "by_route": [
            {"route": was, "would_take": now, **{str(each): counts.get(each, 0) for each in DIRECTIONS}}
            for (was, now), counts in _by_route(tally).items()
        ],
    }


def tell(tally: Tally, policy: Policy, against: Path, left_out: int) -> None:
    """Print what came of it for a person."""
    under = f"{against} ({policy.hash[:12]})"
    show.say(f"{tally.decided:,} deliveries decided again under {under}: {tally.changed:,} would change")
    for direction in DIRECTIONS:
        kinds = [(kind, count) for kind, count in _ordered(tally) if direction_of(kind) is direction]
        if kinds:
            click.echo()
            show.say(f"{BANNERS[direction]}  {tally.directions[direction]:,}")
            show.table(
                ("count", "what would change", "transfers"),
                [
                    (f"{count:,}", words_of(kind), ", ".join(found[1] for found in tally.first.get(kind, ())))
                    for kind, count in kinds
                ],
            )
    if tally.changed:
        click.echo()
        rules = [(rule, f"{now:,}", f"{then:,}") for rule, (now, then) in by_rule(tally).items()]
        show.table(("rule", "newly decides", "decides no more"), rules)
        click.echo()
        show.table(("route", "would take", *map(str, DIRECTIONS)), _route_rows(tally))
    if tally.reasons:
        show.say(f"{tally.reasons:,} would be decided alike, for other reasons")
    if left_out:
        click.echo(f"{left_out:,} were decided before circumstances were kept, and cannot be decided again", err=True)
    if tally.unlike:
        click.echo(f"{tally.unlike:,} of these were decided by this very policy: this is a defect, report it", err=True)


def _ordered(tally: Tally) -> Sequence[tuple[Kind, int]]:
    """Return the kinds of change: milder ones first, and of those the most frequent."""
    return sorted(
        tally.kinds.items(), key=lambda each: (DIRECTIONS.index(direction_of(each[0])), -each[1], words_of(each[0]))
    )


def _by_route(tally: Tally) -> Mapping[tuple[str, str], Mapping[Direction, int]]:
    found: dict[tuple[str, str], dict[Direction, int]] = {}
    for (was, now, direction), count in sorted(tally.routes.items()):
        found.setdefault((was, now), {})[direction] = count
    return found


def _route_rows(tally: Tally) -> list[tuple[str, ...]]:
    return [
        (was or "none", now or "none", *(f"{counts.get(each, 0):,}" for each in DIRECTIONS))
        for (was, now), counts in _by_route(tally).items()
    ]
