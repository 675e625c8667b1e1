"""What officers do about what is held, from the terminal: each act is filed as an instruction, by the rules of all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import click

from gateway.cli.opening import open_store, read_settings, who_am_i
from gateway.config.settings import Settings
from gateway.errors import NotFound
from gateway.model.lifecycle import DeliveryState, NoticeState
from gateway.model.record import DECIDING, Act, Instruction, Officer
from gateway.model.transfer import Delivery, Transfer
from gateway.model.verdict import METHODS
from gateway.quarantine.filing import AT_ONCE, instruction, look_before
from gateway.quarantine.party import refuse_party
from gateway.record.beside import stopped
from gateway.store.embedded import Store
from gateway.system.clock import MachineClock
from gateway.system.ids import serial

TO = click.option("--to", "recipient", default="", help="Only this recipient's delivery.")


@click.command()
@click.argument("transfer_id")
@TO
@click.option("--reason", required=True, help="Why; it goes into the ledger.")
@click.option(
    "--method",
    type=click.Choice(METHODS),
    default=None,
    help="It goes sealed, as strongly as this method does, even where it would go by verified TLS.",
)
@click.option("--redact", is_flag=True, help="What was found is masked first; only in text, CSV and the text of mail.")
@click.option("--wait", is_flag=True, help="Carry it out after 'console.stop_within'; 'held stop' stops it till then.")
@click.pass_obj
def release(
    config: Path, transfer_id: str, recipient: str, reason: str, method: str | None, *, redact: bool, wait: bool
) -> None:
    """Let a held transfer be decided again, with your release as a fact. Never your own, and each officer once.

    Where the rules want a second person it is held again and keeps your release: another officer releases it too.

    \b
    Example:
      gateway held release t-6740a1b2 --reason "attachment checked by hand, no personal data"
      gateway held release t-6740a1b2 --reason "agreed, reference IG-114" --method pgp
      gateway held release t-6740a1b2 --reason "numbers are not needed" --redact
    """
    settings = read_settings(config)
    how = _How(method=method or "", redact=redact, stop_within=settings.console.stop_within if wait else AT_ONCE)
    _file(settings, transfer_id, recipient, Act.RELEASE, reason, how)


@click.command()
@click.argument("transfer_id")
@TO
@click.option("--reason", required=True, help="Why; the sender is told.")
@click.pass_obj
def refuse(config: Path, transfer_id: str, recipient: str, reason: str) -> None:
    """Refuse a held transfer; the sender is told why.

    \b
    Example:
      gateway held refuse t-6740a1b2 --reason "wrong recipient"
    """
    _file(read_settings(config), transfer_id, recipient, Act.REFUSE, reason)


@click.command()
@click.argument("transfer_id")
@TO
@click.option("--question", required=True, help="What you ask; the sender reads it as it is.")
@click.pass_obj
def ask(config: Path, transfer_id: str, recipient: str, question: str) -> None:
    """Ask the sender of a held transfer something. Their answer stands beside the question in 'held show'.

    It decides nothing. One question at a time: where several deliveries are held, it is asked about the first of them.

    \b
    Example:
      gateway held ask t-6740a1b2 --question "does the partner need the names?"
    """
    _file(read_settings(config), transfer_id, recipient, Act.ASK, question)


@click.command()
@click.argument("transfer_id")
@TO
@click.option("--reason", required=True, help="Why; it goes into the ledger.")
@click.pass_obj
def stop(config: Path, transfer_id: str, recipient: str, reason: str) -> None:
    """Stop a release or refusal that waits to be carried out, your own or another officer's.

    \b
    Example:
      gateway held stop t-6740a1b2 --reason "wrong transfer"
    """
    settings = read_settings(config)
    officer, account = who_am_i(settings)
    with open_store(settings) as store:
        transfer = store.transfers.get(transfer_id)
        shares = {each.id: each for each in transfer.deliveries if recipient in {"", each.recipient}}
        waiting = [
            each
            for each in store.transfers.instructions(transfer.id)
            if each.act in DECIDING and each.delivery_id in shares
        ]
        if not waiting:
            raise NotFound(f"nothing about {transfer.id} waits to be carried out", hint="it was carried out already")
        for each in waiting:
            refuse_party(transfer, shares[each.delivery_id], address=officer.address, account=account)
        for each in waiting:
            now = MachineClock().now()
            entry = stopped(each, officer=officer.name, address=officer.address, reason=reason, now=now)
            store.transfers.withdraw(each.id, entry)
            click.echo(f"stopped: the {each.act} by {each.officer} for {shares[each.delivery_id].recipient}", err=True)


@click.command()
@click.argument("transfer_id")
@click.option("--reason", required=True, help="Why it will work now; it goes into the ledger.")
@click.pass_obj
def resend(config: Path, transfer_id: str, reason: str) -> None:
    """Have notices about a transfer written and told again that could not be told.

    \b
    Example:
      gateway held resend t-6740a1b2 --reason "the mail server is mended"
    """
    settings = read_settings(config)
    officer, account = who_am_i(settings)
    with open_store(settings) as store:
        transfer = store.transfers.get(transfer_id)
        failed = [each for each in transfer.notices if each.state is NoticeState.FAILED]
        if not failed:
            raise NotFound(f"no notice about {transfer.id} failed", hint=f"see 'gateway held show {transfer.id}'")
        filed = [
            replace(
                _instruction(transfer, transfer.deliveries[0], Act.RESEND, (officer, account), reason), notice=each.id
            )
            for each in failed
        ]
        for each in filed:
            look_before(transfer, each, officer)
        for each in filed:
            store.transfers.instruct(each)
    click.echo(f"filed: {len(filed)} to be told again", err=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class _How:
    """How what is released goes, and how long it can be stopped."""

    method: str = ""
    redact: bool = False
    stop_within: timedelta = AT_ONCE


AS_USUAL = _How()


def _file(settings: Settings, transfer_id: str, recipient: str, act: Act, reason: str, how: _How = AS_USUAL) -> None:
    officer, account = who_am_i(settings)
    with open_store(settings) as store:
        transfer = store.transfers.get(transfer_id)
        chosen = held_of(transfer, recipient)
        if act is Act.ASK:
            chosen = chosen[:1]
        filed = [_instruction(transfer, each, act, (officer, account), reason, how) for each in chosen]
        for each in filed:  # all or none: what is filed is carried out at once
            look_before(transfer, each, officer)
        _instruct(store, transfer, chosen, filed)


def _instruct(store: Store, transfer: Transfer, chosen: Sequence[Delivery], filed: Sequence[Instruction]) -> None:
    for delivery, instruction_ in zip(chosen, filed, strict=True):
        store.transfers.instruct(instruction_)
        when = f" at {instruction_.not_before:%H:%M:%S} UTC, unless it is stopped" if instruction_.not_before else ""
        said = f"{instruction_.act} {transfer.id} for {delivery.recipient}"
        click.echo(f"filed: {said}; the gateway carries it out{when}", err=True)


def held_of(transfer: Transfer, recipient: str) -> list[Delivery]:
    """Return the deliveries of a transfer that are held for a recipient, empty for anybody; `NotFound` for none."""
    chosen = [
        delivery
        for delivery in transfer.deliveries
        if delivery.state is DeliveryState.HELD and recipient in {"", delivery.recipient}
    ]
    if not chosen:
        raise NotFound(f"nothing of {transfer.id} is held for {recipient or 'anybody'}", hint="see 'gateway held list'")
    return chosen


def _instruction(
    transfer: Transfer, delivery: Delivery, act: Act, who: tuple[Officer, str], reason: str, how: _How = AS_USUAL
) -> Instruction:
    officer, account = who
    return instruction(
        transfer,
        delivery.id,
        act,
        instruction_id=serial("i"),
        officer=officer,
        account=account,
        reason=reason,
        now=MachineClock().now(),
        stop_within=how.stop_within,
        method=how.method,
        redact=how.redact,
    )
