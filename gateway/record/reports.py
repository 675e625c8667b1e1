"""The report that goes with a notice by mail, for programs: RFC 3461 and 3464. What is held or waits has none.

refused by policy          failed     5.7.1, with the rules
undeliverable              failed     as the server said; 5.1.2 for no such domain, 5.1.10 for one that takes no mail;
                                      else 4.4.7 after many tries (expired), or 5.0.0
late                       delayed    as the server said; else 4.4.1, with until when it is tried
delivered, and wanted so   relayed    2.0.0; delivered, where it was put into a folder
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Final

from gateway.model.lifecycle import DeliveryState
from gateway.model.report import Action, Report, Reported
from gateway.model.transfer import Delivery, Notice, Origin, Reply, Transfer
from gateway.record.notices import LATE, SUCCESS, UNDELIVERABLE, wants
from gateway.record.passphrases import TO_SENDER

REFUSED: Final = "refused"
XTEXT: Final = re.compile(r"\+([0-9A-F]{2})")
LONGEST: Final = 500  # characters of ENVID and ORCPT: RFC 3461 section 4.2 allows them 500 at most
FORBIDDEN: Final = "5.7.1"  # RFC 3463 section 3.8: delivery not authorised, message refused
EXPIRED: Final = "4.4.7"  # section 3.5: delivery time expired
NO_ANSWER: Final = "4.4.1"
UNKNOWN: Final = "5.0.0"
PERMANENT: Final = 500


def report_of(transfer: Transfer, notice: Notice, *, give_up_after: timedelta) -> Report | None:
    """Return the report that belongs to a notice to the sender of mail, None where the words are all."""
    if transfer.origin is not Origin.MAIL or not notice.deliveries:
        return None
    about = [each for each in transfer.deliveries if each.id in notice.deliveries]
    found = [_reported(each, notice, give_up_after) for each in about]
    recipients = tuple(each for each in found if each is not None)
    if not recipients:
        return None
    return Report(arrived=transfer.received_at, recipients=recipients, envelope_id=from_xtext(transfer.envelope_id))


def _reported(delivery: Delivery, notice: Notice, give_up_after: timedelta) -> Reported | None:
    original = from_xtext(delivery.original)
    if notice.about == REFUSED:
        rules = ", ".join(each.rule for each in delivery.verdict.reasons) if delivery.verdict else ""
        said = printable(f"refused by {rules}" if rules else "refused")
        return Reported(
            recipient=delivery.recipient, original=original, action=Action.FAILED, status=FORBIDDEN, diagnosis=said
        )
    if notice.about == UNDELIVERABLE:
        reply = delivery.reply
        status = _status(reply) if reply else delivery.status or (EXPIRED if delivery.attempts > 1 else UNKNOWN)
        return Reported(
            recipient=delivery.recipient, original=original, action=Action.FAILED, status=status, reply=reply
        )
    if notice.about == LATE:
        return _late(delivery, original, give_up_after)
    if notice.about == TO_SENDER and wants(delivery, SUCCESS):
        by_mail = delivery.receipt is not None and bool(delivery.reply)
        action = Action.RELAYED if by_mail else Action.DELIVERED
        return Reported(
            recipient=delivery.recipient, original=original, action=action, status="2.0.0", reply=delivery.reply
        )
    return None


def _late(delivery: Delivery, original: str, give_up_after: timedelta) -> Reported:
    reply = delivery.reply if delivery.state is DeliveryState.SEALED else None
    until: datetime | None = delivery.begun + give_up_after if delivery.begun else None
    status = _status(reply) if reply and reply.code < PERMANENT else NO_ANSWER
    return Reported(
        recipient=delivery.recipient,
        original=original,
        action=Action.DELAYED,
        status=status,
        reply=reply,
        retry_until=until,
    )


def _status(reply: Reply) -> str:
    """Return the code of RFC 3463 that a server gave, or that its three digits stand for."""
    return reply.enhanced or f"{reply.code // 100}.0.0"


def from_xtext(untrusted: str) -> str:
    """Return what a sender wrote as xtext (RFC 3461 section 4), cut to printable ASCII: it goes into a header."""
    return printable(XTEXT.sub(lambda found: chr(int(found[1], 16)), untrusted))


def printable(text: str) -> str:
    """Return text without what could end a line or is not ASCII."""
    return "".join(each for each in text if " " <= each <= "~")[:LONGEST]
