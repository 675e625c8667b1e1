"""Makes what an officer files, and looks before whether it could be carried out: by the console and the terminal alike.

All of it is checked again when it is carried out (`review`): whoever can write to the database gains nothing.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from gateway.model.record import DECIDING, Act, Instruction, Officer
from gateway.model.transfer import Transfer
from gateway.quarantine.asking import check_ask
from gateway.quarantine.resending import check_resend
from gateway.quarantine.revealing import check_read, check_reveal
from gateway.quarantine.review import check

AT_ONCE = timedelta(0)


def instruction(  # noqa: PLR0913 - what an instruction is, each by its name
    transfer: Transfer,
    delivery_id: str,
    act: Act,
    *,
    instruction_id: str,
    officer: Officer,
    account: str,
    reason: str,
    now: datetime,
    stop_within: timedelta = AT_ONCE,
    method: str = "",
    redact: bool = False,
) -> Instruction:
    """Return an officer's instruction; a release can be stopped for `stop_within` before it is carried out.

    `account` is theirs, empty where it does not tell whose act it is.
    """
    waits = act is Act.RELEASE and stop_within > AT_ONCE
    return Instruction(
        id=instruction_id,
        transfer_id=transfer.id,
        delivery_id=delivery_id,
        act=act,
        officer=officer.name,
        officer_address=officer.address,
        officer_account=account,
        officer_roles=officer.roles,
        reason=reason,
        at=now,
        not_before=now + stop_within if waits else None,
        method=method if act is Act.RELEASE else "",
        redact=redact and act is Act.RELEASE,
    )


def look_before(transfer: Transfer, filed: Instruction, officer: Officer) -> None:
    """Raise what carrying it out would raise as things are now: `NotFound`, `NotPermitted`."""
    if filed.act in DECIDING:
        check(transfer, filed, approves=officer.approves)
    elif filed.act is Act.ASK:
        check_ask(transfer, filed)
    elif filed.act is Act.REVEAL:
        check_reveal(transfer, filed)
    elif filed.act is Act.READ:
        check_read(transfer, filed)
    elif filed.act is Act.RESEND:
        check_resend(transfer, filed)
