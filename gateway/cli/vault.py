"""`gateway vault`: who keeps its master key, another key for all of it, and whether all of it can be read."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import click

from gateway.cli import show
from gateway.cli.opening import open_store, read_settings, who_am_i
from gateway.config.settings import Settings
from gateway.daemon.alone import keepers_of_daemon
from gateway.errors import StoreError
from gateway.model.record import Entry, Event
from gateway.store import examine, rotation
from gateway.store.embedded import KEYS, Store, installation_of
from gateway.store.keepers import try_out
from gateway.store.keepers.file import FileKeys
from gateway.system.clock import MachineClock

WORKS = "works"
TOLD = 5
"""So many objects are named in a message."""


@click.group()
def vault() -> None:
    """See who keeps the vault's master key, rotate it, and verify what is stored.

    \b
    Example:
      gateway vault status
      gateway vault rotate
      gateway vault verify
    """


@vault.command()
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
@click.pass_obj
def status(config: Path, *, as_json: bool) -> None:
    """Say who keeps the master key and whether they answer, how much is stored, and under which key.

    \b
    Example:
      gateway vault status
    """
    settings = read_settings(config)
    with open_store(settings) as store:
        survey = examine.survey(store.database, store.vault)
    keepers = [(told, *try_out(holder)) for told, holder in settings.vault.holders(settings.paths.state)]
    if as_json:
        show.print_json(
            {
                "keepers": [
                    {"kept_by": told, "key": key_id, "in_use": number == 0, "trouble": trouble}
                    for number, (told, key_id, trouble) in enumerate(keepers)
                ],
                "objects_by_key": dict(survey.keys),
                "inline": {"objects": survey.inline, "size": survey.inline_size},
                "files": {"objects": survey.files, "size": survey.files_size},
                "orphans": list(survey.orphans),
            }
        )
        return
    show.table(
        ("master key", "id", "in use", ""),
        [
            (told, key_id, "no" if number else "yes", trouble or WORKS)
            for number, (told, key_id, trouble) in enumerate(keepers)
        ],
    )
    click.echo()
    show.table(("objects under key", "objects"), list(survey.keys.items()))
    click.echo(f"in the database {survey.inline} objects of {survey.inline_size} bytes")
    click.echo(f"in files        {survey.files} objects of {survey.files_size} bytes")
    click.echo(f"orphans         {len(survey.orphans)}   (bodies that no object names: being written, or left behind)")


@vault.command()
@click.option("--all", "again", is_flag=True, help="Wrap anew what is under the key in use, too.")
@click.pass_obj
def rotate(config: Path, *, again: bool) -> None:
    """Put every object under another master key, beside a running gateway; for officers.

    A key in a file is drawn anew. Any other keeper is changed in the configuration first, the one before it named
    under 'former', and the gateway started again. What was cut short goes on at the next call. A transit service has
    versions of its key: --all brings every object to the newest. Exits 1 where a former key has to be kept, and says
    why.

    \b
    Example:
      gateway vault rotate
    """
    settings = read_settings(config)
    officer, account = who_am_i(settings)
    by = {"officer": officer.name, "address": officer.address} | ({"account": account} if account else {})
    keys = _file_keys(settings)
    with open_store(settings) as store, rotation.alone(keys.path.parent if keys else settings.paths.state / KEYS):
        _require_known_to_daemon(settings)
        if keys:
            keys.claim(installation_of(settings.paths.state))
            _draw(store, keys, by)
        with _told("wrapping anew", len(store.vault.ids())) as tell:
            done = rotation.rewrap(store.database, store.vault.ring, again=again, tell=tell)
        retired = rotation.retire(store.database, keys) if keys else ()
        facts = {"key": store.vault.ring.primary().id, "objects": done.count, "damaged": len(done.damaged)}
        _record(store, Event.VAULT_REWRAPPED, {**by, **facts, "retired": retired})
        kept = rotation.kept(store.database, keys) if keys else {}
    click.echo(f"{done.count} objects were wrapped anew" + "".join(f"; key {each} is destroyed" for each in retired))
    _require_end(done.damaged, kept)


def _draw(store: Store, keys: FileKeys, by: Mapping[str, str]) -> None:
    """Put a new key in use where none waits for its end; the ledger names every key that ever was in use."""
    was, *others = (key.id for key in keys())
    former = [each for each in others if each != was]
    if former and was not in (recorded := _drawn_before(store)):  # drawn, and cut short before it was recorded
        before = recorded[-1] if recorded else former[0]
        _record(store, Event.VAULT_ROTATED, {**by, "key": was, "before": before, "recorded_late": True})
    if rotation.draw(store.database, keys):
        now = keys()[0].id
        _record(store, Event.VAULT_ROTATED, {**by, "key": now, "before": was})
        click.echo(f"master key {now} is in use; {was} is kept until no object names it", err=True)


def _drawn_before(store: Store) -> Sequence[str]:
    """Return the keys that rotations have drawn, as the ledger has them, in order."""
    entries = (json.loads(line) for line in store.ledger.entries() if Event.VAULT_ROTATED.encode() in line)
    return [entry["facts"]["key"] for entry in entries if entry["event"] == Event.VAULT_ROTATED]


def _require_end(damaged: Sequence[str], kept: Mapping[str, Sequence[str]]) -> None:
    """Say which objects keep a rotation from its end, and which former keys are kept for them; `StoreError`."""
    told = [f"{len(damaged)} objects cannot be opened: {_some(damaged)}"] if damaged else []
    told += [f"key {key} is kept, {len(objects)} objects name it: {_some(objects)}" for key, objects in kept.items()]
    if told:
        again = "run 'gateway vault rotate' again: something was written under the old key meanwhile"
        raise StoreError("; ".join(told), hint="see 'gateway vault verify'" if damaged else again)


def _some(objects: Sequence[str]) -> str:
    return ", ".join(objects[:TOLD]) + (", and others" if len(objects) > TOLD else "")


@vault.command()
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
@click.pass_context
def verify(context: click.Context, *, as_json: bool) -> None:
    """Decrypt everything and compare it with its size and hash, beside a running gateway. Exits 1 if anything is wrong.

    \b
    Example:
      gateway vault verify
    """
    settings = read_settings(context.obj)
    wrong: list[tuple[str, str]] = []
    count = 0
    with open_store(settings) as store:
        total = len(store.vault.ids())
        with _told("verifying", total) as tell:
            for count, (object_id, trouble) in enumerate(examine.verify(store.vault), start=1):
                if trouble:
                    wrong.append((object_id, trouble))
                tell(count, total)
        orphans = [path.name for path in store.vault.orphans(examine.YOUNG)]
    if as_json:
        told = [{"object": object_id, "trouble": trouble} for object_id, trouble in wrong]
        show.print_json({"objects": count, "wrong": told, "orphans": orphans})
    else:
        _say(count, wrong, orphans)
    context.exit(1 if wrong else 0)


def _say(count: int, wrong: Sequence[tuple[str, str]], orphans: Sequence[str]) -> None:
    for object_id, trouble in wrong:
        show.say(f"wrong    {object_id}: {trouble}")
    for name in orphans:
        show.say(f"orphan   {name}: no object names it; the gateway removes it at its next start")
    click.echo(f"{count - len(wrong)} of {count} objects are what was stored")


def examine_keepers(settings: Settings) -> Iterator[tuple[str, str, str]]:
    """Yield (state, what, fix) about the vault's master key, for `gateway doctor`."""
    for number, (told, holder) in enumerate(settings.vault.holders(settings.paths.state)):
        which = "a former master key" if number else "the vault's master key"
        _, trouble = try_out(holder)
        if trouble:
            yield "wrong", f"{which} cannot be used ({told}): {trouble}", "see 'gateway vault status'"
        else:
            yield "ok", f"{which} is kept by: {told}", ""
    keys = _file_keys(settings)
    if keys and keys.path.is_file() and settings.paths.quarantine.is_dir():
        if keys.path.stat().st_dev == settings.paths.quarantine.stat().st_dev:
            what = "the master key lies on the disk of what it encrypts: a copy of that disk opens it"
            yield "note", what, "a credential, token or transit service, see 'vault' in config/README.md"
        if keys.former():
            yield "note", "a rotation of the master key has not come to its end", "run 'gateway vault rotate' again"


def _file_keys(settings: Settings) -> FileKeys | None:
    """Return the keeper of the key in use when that is a file."""
    path = settings.vault.own_file(settings.paths.state)
    return FileKeys(path) if path else None


def _require_known_to_daemon(settings: Settings) -> None:
    """Refuse to wrap under a key that the running gateway could not open; `StoreError`."""
    if keepers_of_daemon(settings.paths.state) not in {None, settings.vault.hash}:
        raise StoreError(
            "the running gateway was started with other keepers than the configuration names now",
            hint="start it again, so that it knows them, and then rotate",
        )


def _record(store: Store, event: Event, facts: dict[str, object]) -> None:
    store.ledger.append([Entry(event=event, at=MachineClock().now(), transfer_id="", facts=facts)])


@contextmanager
def _told(label: str, total: int) -> Iterator[Callable[[int, int], None]]:
    """Show how far it has come, on a terminal."""
    with click.progressbar(length=total, label=label, file=sys.stderr, hidden=not sys.stderr.isatty()) as bar:

        def tell(done: int, of: int) -> None:
            bar.length = of
            bar.update(done - bar.pos)

        yield tell
