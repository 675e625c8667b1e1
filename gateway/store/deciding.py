"""What stands between an officer's decision and its being filed, checked in the transaction that files it.

Two decide on one delivery at the same moment: one is first, and the other is told who. Nobody is the second person to
their own release, nor releases what is their own. The rooms check the same again when it is carried out; here it holds
for whoever files it, by the console, the API or a terminal, and however many at once.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from sqlalchemy import bindparam, func, select

from gateway.errors import Conflict, NotPermitted
from gateway.model.lifecycle import DeliveryState
from gateway.model.one_person import filed_by_one, is_party, released_by
from gateway.model.record import DECIDING, Act, Instruction
from gateway.store import codec, rows, tables
from gateway.store.console_tables import held, people

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from gateway.model.transfer import Delivery

DELIVERY: Final = tables.deliveries.c
INSTRUCTION: Final = tables.instructions.c
OF_DELIVERY: Final = (
    select(INSTRUCTION.value, INSTRUCTION.done)
    .where(
        INSTRUCTION.transfer_id == bindparam("transfer"),
        func.json_extract(INSTRUCTION.value, "$.delivery_id") == bindparam("share"),
        func.json_extract(INSTRUCTION.value, "$.act").in_([act.value for act in sorted(DECIDING)]),
    )
    .order_by(INSTRUCTION.number.desc())
)
ONE: Final = select(tables.deliveries).where(
    DELIVERY.transfer_id == bindparam("transfer"), DELIVERY.id == bindparam("share")
)
WHOSE: Final = select(
    func.json_extract(tables.transfers.c.value, "$.sender"),
    func.coalesce(func.json_extract(tables.transfers.c.value, "$.authors"), "[]"),  # rows from before have none
).where(tables.transfers.c.id == bindparam("transfer"))
SEEN: Final = select(held.c.version, held.c.assigned_to).where(
    held.c.transfer_id == bindparam("transfer"), held.c.delivery_id == bindparam("share")
)
NAME: Final = select(people.c.name).where(people.c.id == bindparam("named"))


def refuse(connection: Connection, instruction: Instruction, seen: int | None) -> None:
    """Refuse a decision that comes second; `Conflict` with who was first, `NotPermitted`.

    `seen` is the version of what the officer saw held, None where they saw none. `NotPermitted` is a release by who is
    party to it, and a second one by one person, whether the first was carried out or waits to be. One after a trouble,
    as when a channel failed, lets it be tried again: that may be anybody's who is not party to it.
    """
    if instruction.act not in DECIDING:
        return
    own = {"transfer": instruction.transfer_id, "share": instruction.delivery_id}
    others = [(codec.loads(Instruction, text), done) for text, done in connection.execute(OF_DELIVERY, own)]
    row = connection.execute(ONE, own).mappings().first()
    if instruction.act is Act.RELEASE and row is not None:
        pending = [other for other, done in others if not done and other.act is Act.RELEASE]
        delivery = rows.DELIVERY.from_row({**row})
        _refuse_party(connection, delivery, instruction)
        _refuse_same_person(delivery, pending, instruction)
    for other, done in others:
        if not done:
            raise Conflict(
                f"{other.officer} filed a {other.act} for it already, which waits to be carried out",
                hint="look again in a moment, or stop it first",
            )
    if seen is not None:
        _refuse_unseen(connection, instruction, seen, others[0][0] if others else None)


def _refuse_party(connection: Connection, delivery: Delivery, instruction: Instruction) -> None:
    sender, authors = connection.execute(WHOSE, {"transfer": instruction.transfer_id}).one()
    if is_party(instruction.officer_address, sender, *json.loads(authors), delivery.recipient):
        raise NotPermitted(
            f"{instruction.officer_address} is party to {instruction.transfer_id}",
            hint="nobody decides on their own transfer: ask another officer",
        )


def _refuse_same_person(delivery: Delivery, pending: list[Instruction], instruction: Instruction) -> None:
    before = delivery.state is DeliveryState.HELD and not delivery.trouble
    past = before and any(released_by(release, instruction) for release in delivery.releases)
    if past or any(filed_by_one(other, instruction) for other in pending):
        raise NotPermitted(
            f"{instruction.officer} released it for {delivery.recipient} before: a second person is needed",
            hint="ask another officer",
        )


def _refuse_unseen(connection: Connection, instruction: Instruction, seen: int, last: Instruction | None) -> None:
    """Raise `Conflict` where what is held is not what the officer saw."""
    own = {"transfer": instruction.transfer_id, "share": instruction.delivery_id}
    row = connection.execute(SEEN, own).first()
    if row is not None and row.version == seen:
        return
    about = f"delivery {instruction.delivery_id} of {instruction.transfer_id}"
    if row is not None and row.assigned_to:
        name = connection.execute(NAME, {"named": row.assigned_to}).scalar() or row.assigned_to
        said = f"{name} was first: {about} is theirs now"
    elif last is not None:
        said = f"{last.officer} was first: a {last.act} of {about} was filed"
    else:
        said = f"{about} changed meanwhile" if row is not None else f"{about} is not held any more"
    raise Conflict(said, hint="read it again")
