"""What a delivery status notification says (RFC 3464), and what else goes with a notice by mail."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from gateway.model.transfer import Reply


class Action(StrEnum):
    """What became of a message for one recipient: RFC 3464 section 2.3.3, without `expanded`."""

    DELAYED = "delayed"
    DELIVERED = "delivered"
    FAILED = "failed"
    RELAYED = "relayed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reported:
    """One recipient's share of a report. `status` is a code of RFC 3463, `reply` what a mail server said of it.

    `original` is ORCPT decoded, `diagnosis` our own reason where no server gave one; both are printable ASCII or empty.
    """

    recipient: str
    action: Action
    status: str
    original: str = ""
    reply: Reply | None = None
    diagnosis: str = ""
    retry_until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """A report about one message: when it came, and ENVID decoded, printable ASCII or empty."""

    arrived: datetime
    recipients: tuple[Reported, ...]
    envelope_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Enclosed:
    """What goes with the words of a notice by mail. `reply_to` is who reads an answer, empty for nobody.

    `message_id` is that of the message it is about (`<…>`), `fields` those of its header fields that may be returned.
    """

    report: Report | None = None
    reply_to: str = ""
    message_id: str = ""
    fields: bytes = b""
