"""A sender's own transfers: where each stands in plain words, what they may still do about it, and nobody else's."""

from __future__ import annotations

from contextlib import suppress
from typing import Final

from starlette.responses import Response

from gateway.console.frame.visit import Visit
from gateway.console.roles import Permission
from gateway.console.routes import Page
from gateway.console.transfers.sheet import TransferSheet, sheet_of
from gateway.console.words import mark
from gateway.errors import NotFound
from gateway.model.record import Act, Instruction
from gateway.model.transfer import Transfer
from gateway.quarantine.asking import check_reply
from gateway.quarantine.party import LONGEST_REASON
from gateway.quarantine.people import account_of
from gateway.quarantine.review import check_answer, check_recall
from gateway.system.ids import serial

DONE: Final = {
    "recall": mark("It is being recalled. What was handed over meanwhile cannot be called back."),
    "answer": mark("Your reason is recorded. It is decided again with it."),
    "reply": mark("Your answer is sent to the officer."),
}
TOO_LONG: Final = mark("Write 1,000 characters at most")
CHECKS: Final = {Act.RECALL: check_recall, Act.ANSWER: check_answer, Act.REPLY: check_reply}


def one(visit: Visit) -> Response:
    """Show one of the visitor's own transfers."""
    return _shown(visit, _own(visit))


def act(visit: Visit) -> Response:
    """File what the sender wants: to have something back, to say why it is sent, or to answer an officer."""
    transfer = _own(visit)
    wanted = Act(visit.said("act")) if visit.said("act") in {str(each) for each in CHECKS} else None
    if wanted is None:
        raise NotFound("nothing like that can be done here")
    reason = visit.said("reason")
    if not reason or len(reason) > LONGEST_REASON:
        wrong = TOO_LONG if reason else mark("Write a sentence or two")
        return _shown(visit, transfer, status=422, errors={f"reason-{wanted}": wrong})
    instruction = Instruction(
        id=serial("i"),
        transfer_id=transfer.id,
        delivery_id=_about(visit, transfer, wanted),
        act=wanted,
        officer=visit.me.name,
        officer_address=visit.me.address,
        officer_account=account_of(visit.me),
        reason=reason,
        at=visit.desk.clock.now(),
    )
    CHECKS[wanted](transfer, instruction)
    visit.desk.store.transfers.instruct(instruction)
    return visit.go(f"/mine/{transfer.id}?done={wanted}")


def _about(visit: Visit, transfer: Transfer, wanted: Act) -> str:
    """Return the delivery that is meant; an answer is about the one that was asked about."""
    if wanted is Act.RECALL:
        return visit.said("delivery")
    question = transfer.open_question
    return question.delivery_id if wanted is Act.REPLY and question else transfer.deliveries[0].id


def _own(visit: Visit) -> Transfer:
    """Return a transfer of the visitor; somebody else's is as if it were not there."""
    with suppress(NotFound):  # it would say whether others' begin so
        transfer = visit.desk.store.transfers.get(visit.path["transfer"])
        if transfer.id == visit.path["transfer"] and is_own(visit, transfer):
            return transfer
    raise NotFound("there is no such transfer of yours", hint="see your transfers")


def is_own(visit: Visit, transfer: Transfer) -> bool:
    """Say whether the visitor sent it: by their address."""
    return bool(transfer.sender) and transfer.sender.casefold() == visit.me.address


def _shown(visit: Visit, transfer: Transfer, *, status: int = 200, errors: dict[str, str] | None = None) -> Response:
    tongue = visit.tongue
    sheet: TransferSheet = sheet_of(transfer, tongue)
    filed = {each.act: each for each in visit.desk.store.transfers.instructions(transfer.id)}
    done = DONE.get(visit.query.get("done", ""), "")
    return visit.show(
        "transfers/own.html",
        status=status,
        sheet=sheet,
        filed=filed,
        errors=errors or {},
        said=visit.said("reason"),
        notice=tongue.say(done) if done else "",
        question=transfer.open_question,
        help=visit.desk.help,
    )


PAGES: Final = (
    Page(method="GET", path="/mine/{transfer}", act=one, needs=Permission.OWN),
    Page(method="POST", path="/mine/{transfer}", act=act, needs=Permission.OWN),
)
