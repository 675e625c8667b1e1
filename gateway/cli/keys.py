"""`gateway keys`: recipients' keys. A key is judged, and approved by a person before its first use."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path

import click

from gateway.cli import show
from gateway.cli.keys_ledger import enter
from gateway.cli.opening import inside_state, open_store, read_settings, who_am_i
from gateway.config.settings import Settings
from gateway.errors import Damaged, NotFound
from gateway.model.record import Event
from gateway.protect.keys.approvals import Approval
from gateway.protect.keys.checkup import KeyState, check, check_all
from gateway.protect.keys.record import KeyRecord, Kind, normal
from gateway.protect.keys.ring import KeyRing
from gateway.protect.keys.rules import GCM, day
from gateway.system.clock import MachineClock

NOT_YET = "nobody yet: not used"


@click.group()
def keys() -> None:
    """See, check, import, approve and remove recipients' keys; all but seeing and checking is for officers.

    \b
    Example:
      gateway keys import alice.asc
      gateway keys approve 7E6F...C3
      gateway keys check
    """


def key_ring(settings: Settings) -> KeyRing:
    """Open the key ring of this configuration."""
    return settings.keys.ring(settings.paths.state)


@keys.command(name="list")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
@click.pass_obj
def list_keys(config: Path, *, as_json: bool) -> None:
    """List the keys, who approved them, until when they can be used, and what to know of them.

    \b
    Example:
      gateway keys list
    """
    settings = read_settings(config)
    with inside_state(settings):
        ring = key_ring(settings)
        states = list(check_all(ring, MachineClock().now(), settings.keys.warn))
    _say_damaged(ring.damaged())
    if as_json:
        _print_json(states)
        return
    show.table(
        ("address", "kind", "fingerprint", "approved by", "until", "warnings"),
        [
            (
                each.record.address,
                each.record.kind,
                each.record.fingerprint,
                _approved(each.record),
                _until(each.ends) if each.is_usable else "not usable",
                "; ".join([each.reason, *each.warnings] if each.reason else each.warnings),
            )
            for each in states
        ],
    )


@keys.command(name="check")
@click.argument("fingerprints", nargs=-1)
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
@click.pass_context
def check_keys(context: click.Context, fingerprints: tuple[str, ...], *, as_json: bool) -> None:
    """Judge keys anew, all of them where none is named: usable or the reason, until when, key wrap, what is taken.

    Exits 1 when a key that is approved may not be used, or what is known of one cannot be read.

    \b
    Example:
      gateway keys check
    """
    settings = read_settings(context.obj)
    with inside_state(settings):
        ring, now = key_ring(settings), MachineClock().now()
        chosen = [ring.record(each) for each in fingerprints] if fingerprints else ring.list()
        states = [check(ring, record, now, settings.keys.warn) for record in chosen]
        damaged = () if fingerprints else ring.damaged()
    _say_damaged(damaged)
    if as_json:
        _print_json(states)
    else:
        _print_states(states)
    context.exit(1 if damaged or any(each.is_lost for each in states) else 0)


def _say_damaged(damaged: Sequence[Damaged]) -> None:
    for each in damaged:
        click.echo(f"{each}", err=True)


def _approved(record: KeyRecord) -> str:
    """Return who approved a key, and for what where that is not all that it names."""
    only = f" for {_listed(record.approved_for)}" if record.approved_for != record.addresses else ""
    return f"{record.approved_by}{only}" if record.approved_by else NOT_YET


def _print_states(states: Iterable[KeyState]) -> None:
    for each in states:
        record = each.record
        show.say(f"{record.fingerprint}  {record.kind}  {record.address}")
        show.say(f"  approved by {_approved(record)}; from {record.source}")
        if each.reason:
            show.say(f"  refused: {each.reason}")
        else:
            takes = f"; takes {', '.join(each.takes)}" if each.takes else ""
            show.say(f"  usable: {_until(each.ends)}; {each.key_wrap}{takes}")
        for warning in each.warnings:
            show.say(f"  note: {warning}")


def _print_json(states: Sequence[KeyState]) -> None:
    for each in states:
        record = each.record
        show.print_json(
            {
                "address": record.address,
                "kind": record.kind,
                "fingerprint": record.fingerprint,
                "source": record.source,
                "imported_at": record.imported_at.isoformat(),
                "approved_by": record.approved_by,
                "approved_for": list(record.approved_for),
                "usable": each.is_usable,
                "reason": each.reason,
                "until": each.ends.isoformat() if each.ends else None,
                "key_wrap": each.key_wrap,
                "takes": list(each.takes),
                "warnings": list(each.warnings),
            }
        )


def _until(ends: datetime | None) -> str:
    return f"until {day(ends)}" if ends else "for good"


@keys.command(name="import")
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
@click.option("--wkd", multiple=True, metavar="ADDRESS", help="Ask the Web Key Directory of this address's domain.")
@click.option("--ldap", multiple=True, metavar="ADDRESS", help="Ask the configured LDAP directory for this address.")
@click.pass_context
def import_keys(context: click.Context, paths: tuple[Path, ...], wkd: tuple[str, ...], ldap: tuple[str, ...]) -> None:
    """Judge certificates and add them to the key ring, as an officer. None is used before an officer approves it.

    PATHS are files and folders: OpenPGP keys, X.509 certificates with their chain, and mail messages (.eml) that carry
    any. A newer version of a key that is approved stays approved for the same addresses, and for no others. Exits 1
    when one was refused.

    \b
    Example:
      gateway keys import alice.asc
      gateway keys import --wkd alice@partner.example
    """
    from gateway.cli.keys_import import Importing  # noqa: PLC0415 - pulls in what talks to networks

    if not paths and not wkd and not ldap:
        raise click.UsageError("name files or folders, or an address with --wkd or --ldap")
    for path in paths:
        if not path.exists():
            raise NotFound(f"there is nothing at {path}", hint="name files or folders that are there")
    settings = read_settings(context.obj)
    with open_store(settings) as store:
        officer, _ = who_am_i(settings)

        def tell(record: KeyRecord) -> None:
            enter(store, Event.KEY_IMPORTED, record, officer, record.addresses)

        importing = Importing(key_ring(settings), settings, tell)
        importing.take(paths, wkd, ldap)
    context.exit(1 if importing.has_refused else 0)


@keys.command()
@click.argument("fingerprint")
@click.option("--for", "addresses", multiple=True, metavar="ADDRESS", help="An address whose owner you spoke with.")
@click.option("--all-addresses", "every", is_flag=True, help="For every address that the key names.")
@click.option("--instead", is_flag=True, help="Take an address away from the key that it is approved for now.")
@click.option("--takes", type=click.Choice([GCM]), help="What its owner said they can read: gcm is AES-256-GCM.")
@click.pass_obj
def approve(
    config: Path, fingerprint: str, addresses: tuple[str, ...], takes: str | None, *, every: bool, instead: bool
) -> None:
    """Approve a key for use, as an officer: you have compared its fingerprint with the owner of each address.

    Anybody can write any address into a key. Where it names several, say which are meant: mail for these is sealed to
    it from now on, and for no others.

    \b
    Example:
      gateway keys approve 7E6F0C...
      gateway keys approve 7E6F0C... --for alice@partner.example
      gateway keys approve 12AB0C... --takes gcm
    """
    if addresses and every:
        raise click.UsageError("name addresses with --for, or take --all-addresses")
    settings, said = read_settings(config), (takes,) if takes else ()
    with open_store(settings) as store:
        officer, _ = who_am_i(settings)
        ring = key_ring(settings)
        approval = ring.weigh(fingerprint, addresses=addresses, every=every, instead=instead)
        before, meant = approval.record, approval.addresses
        if takes and before.kind is not Kind.X509:
            raise click.UsageError("--takes is for X.509 certificates; what an OpenPGP key takes stands in it")
        if not approval.is_new and set(said) <= set(before.takes):
            show.say(f"already approved by {before.approved_by} for {_listed(meant)}; nothing changed")
            return
        # first: nothing is sealed to a key of whose approval the ledger does not know
        enter(store, Event.KEY_APPROVED, before, officer, meant, approval.withdrawn)
        ring.approve(fingerprint, officer.name, MachineClock().now(), addresses=meant, instead=instead, takes=said)
    _say_approval(approval, officer.name)


def _say_approval(approval: Approval, officer: str) -> None:
    show.say(f"approved by {officer}; from now on this key seals mail for")
    for address in approval.addresses:
        show.say(f"  {address}")
    for other in approval.withdrawn:
        taken = sorted(set(other.approved_for) & set(approval.addresses))
        show.say(f"withdrawn for {_listed(taken)}: {other.fingerprint}, approved by {other.approved_by}")


def _listed(addresses: Iterable[str]) -> str:
    return ", ".join(addresses)


@keys.command()
@click.argument("fingerprint")
@click.pass_obj
def remove(config: Path, fingerprint: str) -> None:
    """Remove a key, as an officer; also one whose record cannot be read.

    \b
    Example:
      gateway keys remove 7E6F0C...
    """
    settings = read_settings(config)
    with open_store(settings) as store:
        officer, _ = who_am_i(settings)
        ring = key_ring(settings)
        record = _record_of(ring, fingerprint)
        enter(store, Event.KEY_REMOVED, record, officer, record.addresses)
        ring.remove(fingerprint)
    click.echo("removed")


def _record_of(ring: KeyRing, fingerprint: str) -> KeyRecord:
    """Return what the ring knows about a key; where that cannot be read, no more than its fingerprint."""
    try:
        return ring.record(fingerprint)
    except Damaged:
        return KeyRecord(fingerprint=normal(fingerprint), addresses=(), imported_at=MachineClock().now())
