"""`gateway passphrases`: those agreed with partners, and those that could be told to nobody but an officer."""

from __future__ import annotations

import sys
from datetime import datetime
from pathlib import Path

import click

from gateway.cli import show
from gateway.cli.opening import open_store, read_both, read_settings, who_am_i
from gateway.errors import NotAccepted, NotFound
from gateway.model.document import nearest
from gateway.model.lifecycle import DeliveryState
from gateway.model.record import Entry, Event, Officer
from gateway.model.transfer import Delivery, Transfer
from gateway.protect.agreed import StandingPassphrases, weakness
from gateway.protect.passphrase import draw
from gateway.quarantine.review import refuse_party
from gateway.record.passphrases import by_delivery, with_officers
from gateway.store.embedded import Store
from gateway.system.clock import MachineClock

LARGEST = 4096
STDIN = "-"


@click.group(invoke_without_command=True)
@click.pass_context
def passphrases(context: click.Context) -> None:
    """Agree standing passphrases with partners; without a command, list them. All but listing is for officers.

    \b
    Example:
      gateway passphrases
      gateway passphrases set st-elsewhere
      gateway passphrases remove st-elsewhere
    """
    if context.invoked_subcommand is None:
        context.invoke(list_passphrases)


@passphrases.command(name="list")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
@click.pass_obj
def list_passphrases(config: Path, *, as_json: bool) -> None:
    """List the partners with whom one is agreed, and since when; never what it is.

    \b
    Example:
      gateway passphrases list
    """
    with open_store(read_settings(config)) as store:
        agreed = StandingPassphrases(store.secrets).names()
    if as_json:
        for partner, since in agreed.items():
            show.print_json({"partner": partner, "since": since.isoformat()})
        return
    show.table(("partner", "since"), [(each, since.strftime("%d %b %Y %H:%M")) for each, since in agreed.items()])


@passphrases.command(name="set")
@click.argument("partner")
@click.option(
    "--from-file", "file", type=click.Path(path_type=Path, allow_dash=True),
    help="One agreed elsewhere, in a file of one line; '-' asks for it, or reads it from standard input.",
)  # fmt: skip
@click.pass_obj
def set_passphrase(config: Path, partner: str, file: Path | None) -> None:
    """Agree one with a partner of the policy, as an officer: six words are drawn and shown once, on a terminal.

    Whatever is sealed for that partner's people by a passphrase opens with it from now on; a running gateway takes it
    up at once. The one before is destroyed. Tell the partner in person, by telephone or by letter.

    \b
    Example:
      gateway passphrases set st-elsewhere
      gateway passphrases set st-elsewhere --from-file -
    """
    settings, policy = read_both(config)
    with open_store(settings) as store:
        officer, _ = who_am_i(settings)
        known = policy.directory.partners
        if partner not in known:
            raise NotFound(
                f"there is no partner '{partner}'; {nearest(partner, known)}", hint="see policies/partners.yaml"
            )
        if file is None:
            _require_terminal("the words")
        words = draw() if file is None else _given(file)
        agreed = StandingPassphrases(store.secrets)
        is_new = partner not in agreed.names()
        facts = _by(officer) | {"partner": partner, "drawn": file is None, "replaced": not is_new}
        agreed.set(partner, words, Entry(event=Event.PASSPHRASE_AGREED, at=_now(), transfer_id="", facts=facts))
    click.echo(f"agreed with {partner}; it opens what is sealed for them by a passphrase from now on", err=True)
    if not is_new:
        click.echo("the one before was destroyed; it still opens what was sent before", err=True)
    if file is None:
        click.echo("write it down now, it is not shown again:", err=True)
        click.echo(f"    {words}")


@passphrases.command(name="remove")
@click.argument("partner")
@click.pass_obj
def remove_passphrase(config: Path, partner: str) -> None:
    """Destroy the one agreed with a partner, as an officer; from now on each transfer has its own again.

    \b
    Example:
      gateway passphrases remove st-elsewhere
    """
    settings = read_settings(config)
    with open_store(settings) as store:
        officer, _ = who_am_i(settings)
        agreed = StandingPassphrases(store.secrets)
        known = agreed.names()
        if partner not in known:
            raise NotFound(f"no passphrase is agreed with '{partner}'", hint=nearest(partner, known) if known else "")
        facts = _by(officer) | {"partner": partner}
        agreed.remove(partner, Entry(event=Event.PASSPHRASE_REMOVED, at=_now(), transfer_id="", facts=facts))
    click.echo("destroyed; it still opens what was sent before", err=True)


@passphrases.command(name="show")
@click.argument("transfer_id")
@click.option("--to", "recipient", default="", help="Only this recipient's.")
@click.pass_obj
def show_passphrase(config: Path, transfer_id: str, recipient: str) -> None:
    """Take out, once, the passphrase of a transfer that nobody could be told, as an officer. It is then destroyed.

    Only where the gateway told the officers to see to it, and never of one from you, to you, or brought in by you.

    \b
    Example:
      gateway passphrases show t-6740a1b2 --to ward@st-elsewhere.example
    """
    settings = read_settings(config)
    with open_store(settings) as store:
        officer, account = who_am_i(settings)
        transfer = store.transfers.get(transfer_id)
        delivery = _waiting(transfer, recipient)
        refuse_party(transfer, delivery, address=officer.address, account=account)
        _require_terminal("a passphrase")
        words = _take_out(store, delivery, transfer, officer)
    click.echo(f"for {delivery.recipient}, on a number that you know to be theirs; it is not shown again:", err=True)
    click.echo(f"    {words}")


def _waiting(transfer: Transfer, recipient: str) -> Delivery:
    """Return the delivery whose passphrase officers were told to see to; `NotFound`."""
    about = by_delivery(transfer)
    theirs = [each for each in transfer.deliveries if recipient in {"", each.recipient}]
    found = [each for each in theirs if each.state is DeliveryState.DELIVERED and with_officers(about[each.id])]
    if not found:
        raise NotFound(
            f"no passphrase of {transfer.id} waits for an officer", hint="the sender's notice says how it went"
        )
    if len(found) > 1:
        listed = ", ".join(each.recipient for each in found)
        raise NotFound(f"those of {listed} wait; say whose with --to", hint="each is shown once")
    return found[0]


def _by(officer: Officer) -> dict[str, object]:
    return {"officer": officer.name, "address": officer.address}


def _take_out(store: Store, delivery: Delivery, transfer: Transfer, officer: Officer) -> str:
    """Return the passphrase, recorded and destroyed."""
    object_id = delivery.sealed.secret_object_id if delivery.sealed else ""
    facts = _by(officer) | {"recipient": delivery.recipient}
    entry = Entry(
        event=Event.PASSPHRASE_SHOWN, at=_now(), transfer_id=transfer.id, delivery_id=delivery.id, facts=facts
    )
    try:
        return store.secrets.take_out(object_id, entry)
    except NotFound:
        raise NotFound("it was shown to an officer already", hint="'gateway ledger show' says to whom") from None


def _require_terminal(what: str) -> None:
    if not sys.stdout.isatty():
        raise NotAccepted(
            f"{what} would go into a file or another program", hint="run it on a terminal, without a pipe"
        )


def _given(file: Path) -> str:
    """Return one that was agreed elsewhere, if it is words of the list; `NotAccepted`, `NotFound`."""
    words = _typed() if str(file) == STDIN else _in_file(file)
    trouble = weakness(words)
    if trouble:
        raise NotAccepted(f"this passphrase will not do: {trouble}", hint="let 'gateway passphrases set' draw one")
    return words


def _typed() -> str:
    if sys.stdin.isatty():
        return str(click.prompt("passphrase", hide_input=True, confirmation_prompt=True))
    return _one_line(sys.stdin.read(LARGEST))


def _in_file(file: Path) -> str:
    try:
        with file.open("rb") as source:
            return _one_line(source.read(LARGEST).decode())
    except OSError as error:
        raise NotFound(f"{file} cannot be read ({type(error).__name__})", hint="check its name and its mode") from None
    except UnicodeDecodeError:
        raise NotAccepted(f"{file} is not text", hint="write the passphrase on one line, as UTF-8") from None


def _one_line(text: str) -> str:
    first, _, rest = text.partition("\n")
    if rest.strip():
        raise NotAccepted("there is more than one line", hint="write the passphrase alone, on one line")
    return first.rstrip("\r")


def _now() -> datetime:
    return MachineClock().now()
