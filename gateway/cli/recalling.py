"""`gateway transfers recall` and `reply`: who sent it stops what waits to go, and answers what they are asked."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import click

from gateway.cli.opening import account, open_store, read_settings, who_am_i
from gateway.errors import NotFound, NotPermitted
from gateway.model.lifecycle import DeliveryState
from gateway.model.record import Act, Instruction
from gateway.quarantine.asking import check_reply
from gateway.quarantine.review import check_recall
from gateway.system.clock import MachineClock
from gateway.system.ids import serial


@click.command()
@click.argument("transfer_id")
@click.option("--to", "recipient", default="", help="Only this recipient's delivery.")
@click.option("--reason", required=True, help="Why; it goes into the ledger.")
@click.pass_obj
def recall(config: Path, transfer_id: str, recipient: str, reason: str) -> None:
    """Stop what you sent and what waits to go. What was handed over cannot be called back.

    It is yours if your account brought it in, or if the configuration gives your account the sender's address.

    \b
    Example:
      gateway transfers recall t-6740a1b2 --reason "wrong attachment"
    """
    settings = read_settings(config)
    asking, address = account(settings), ""
    with suppress(NotPermitted):  # a sender need not be an officer
        address = who_am_i(settings)[0].address
    with open_store(settings) as store:
        transfer = store.transfers.get(transfer_id)
        chosen = [
            delivery
            for delivery in transfer.deliveries
            if delivery.state is DeliveryState.SEALED
            and not delivery.attempts
            and recipient in {"", delivery.recipient}
        ]
        if not chosen:
            raise NotFound(
                f"nothing of {transfer.id} waits to go to {recipient or 'anybody'}",
                hint=f"see 'gateway transfers show {transfer.id}'",
            )
        filed = [
            Instruction(
                id=serial("i"),
                transfer_id=transfer.id,
                delivery_id=delivery.id,
                act=Act.RECALL,
                officer=asking,
                officer_address=address,
                officer_account=asking,
                reason=reason,
                at=MachineClock().now(),
            )
            for delivery in chosen
        ]
        for instruction in filed:  # all or none: what is filed is carried out at once
            check_recall(transfer, instruction)
        for delivery, instruction in zip(chosen, filed, strict=True):
            store.transfers.instruct(instruction)
            click.echo(f"filed: recall {transfer.id} for {delivery.recipient}; the gateway stops it", err=True)


@click.command()
@click.argument("transfer_id")
@click.option("--answer", required=True, help="What you answer; it goes into the ledger.")
@click.pass_obj
def reply(config: Path, transfer_id: str, answer: str) -> None:
    """Answer what a security officer asked you about something that is held. The officer reads it where they review.

    It is yours if your account brought it in, or if the configuration gives your account the sender's address.

    \b
    Example:
      gateway transfers reply t-6740a1b2 --answer "agreed with the data owner last week"
    """
    settings = read_settings(config)
    asking, address = account(settings), ""
    with suppress(NotPermitted):  # a sender need not be an officer
        address = who_am_i(settings)[0].address
    with open_store(settings) as store:
        transfer = store.transfers.get(transfer_id)
        question = transfer.open_question
        filed = Instruction(
            id=serial("i"),
            transfer_id=transfer.id,
            delivery_id=question.delivery_id if question else "",
            act=Act.REPLY,
            officer=asking,
            officer_address=address,
            officer_account=asking,
            reason=answer,
            at=MachineClock().now(),
        )
        check_reply(transfer, filed)
        store.transfers.instruct(filed)
    click.echo(f"filed: your answer about {transfer.id}; the officer reads it where they review", err=True)
