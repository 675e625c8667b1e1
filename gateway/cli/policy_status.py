"""`gateway policy status`: which policy the daemon has in force, and what it would not take."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import click

from gateway.cli import show
from gateway.cli.opening import inside_state, read_settings
from gateway.config.settings import Settings
from gateway.daemon.standing import Rejected, Standing, read_standing
from gateway.errors import NotFound


@click.command()
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
@click.pass_context
def status(context: click.Context, *, as_json: bool) -> None:
    """Say which policy is in force, since when, and why the files that are there now are not, if they are not.

    Exits 3 when the gateway would not take what is in the policy folder.

    \b
    Example:
      gateway policy status
    """
    settings = read_settings(context.obj)
    with inside_state(settings):
        standing = read_standing(settings.paths.state)
    if standing is None:
        raise NotFound("no gateway has put a policy in force here yet", hint="start it: 'gateway run'")
    if as_json:
        show.print_json(_plain(standing))
    else:
        for line in _lines(settings, standing):
            show.say(line)
    context.exit(3 if standing.last_rejected else 0)


def _lines(settings: Settings, standing: Standing) -> Iterator[str]:
    yield f"in force   {standing.in_force[:12]} since {standing.since:%Y-%m-%d %H:%M:%S} UTC"
    yield from _rejected("rejected", standing.last_rejected)
    if settings.paths.observed_policies is not None:
        yield f"observed   {standing.observed[:12] or 'none'}, decides nothing"
        yield from _rejected("rejected", standing.observed_rejected)


def _rejected(word: str, rejected: Rejected | None) -> Iterator[str]:
    if rejected is None:
        return
    yield f"{word:10} {rejected.hash[:12] or 'unread'} at {rejected.at:%Y-%m-%d %H:%M:%S} UTC"
    yield from (f"           {complaint}" for complaint in rejected.complaints)


def _plain(standing: Standing) -> Mapping[str, object]:
    return {
        "in_force": standing.in_force,
        "since": standing.since.isoformat(),
        "last_rejected": _plain_rejected(standing.last_rejected),
        "observed": standing.observed,
        "observed_rejected": _plain_rejected(standing.observed_rejected),
    }


def _plain_rejected(rejected: Rejected | None) -> Mapping[str, object] | None:
    if rejected is None:
        return None
    return {"at": rejected.at.isoformat(), "hash": rejected.hash, "complaints": list(rejected.complaints)}


def examine_standing(settings: Settings, on_disk: str) -> Iterator[tuple[str, str, str]]:
    """Yield (state, what, fix) for `gateway doctor`; `on_disk` is the hash of the set in the folder, if it is sound."""
    standing = read_standing(settings.paths.state)
    if standing is None:
        return
    in_force = f"policy {standing.in_force[:12]} is in force since {standing.since:%Y-%m-%d %H:%M} UTC"
    if (rejected := standing.last_rejected) is not None:
        what = f"the policy in {settings.paths.policies} was not put in force: {rejected.complaints[0]}"
        yield "wrong", f"{what}; {standing.in_force[:12]} stays in force", "see 'gateway check', and mend it"
    elif on_disk and on_disk != standing.in_force:
        yield "note", f"{in_force}, and not what is in the folder", "a running gateway takes it within seconds"
    else:
        yield "ok", in_force, ""
    if settings.paths.observed_policies is None:
        return
    if (rejected := standing.observed_rejected) is not None:
        folder = settings.paths.observed_policies
        yield "wrong", f"the policy in {folder} is not observed: {rejected.complaints[0]}", "see 'gateway check'"
    elif standing.observed:
        yield "ok", f"policy {standing.observed[:12]} is observed and decides nothing", ""
