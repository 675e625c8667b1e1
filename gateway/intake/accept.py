"""What becomes of one message at a mail door: refused, deferred, or ours for good. The reply says which."""

from __future__ import annotations

import hashlib
import socket
from collections.abc import Callable
from typing import Final, TypeAlias

from gateway.errors import NotAccepted, StorageFull, StoreError
from gateway.intake import Arrival, Door, explanation
from gateway.intake.automatic import is_automatic
from gateway.intake.header import top
from gateway.intake.joined import Joined
from gateway.intake.message import OUR_FAULT, Message
from gateway.intake.passwords import take_out
from gateway.intake.thread import own_digest, references
from gateway.intake.trace import authors, is_looping, shown, subject, trace, with_trace
from gateway.intake.urgency import is_urgent
from gateway.model.transfer import Origin
from gateway.system import ids
from gateway.system.clock import Clock, MachineClock
from gateway.system.log import get_log

NAME: Final = "message.eml"

Accept: TypeAlias = Callable[[Message], str]
"""Returns the reply of RFC 5321 to a message; 250 only once it is durable."""


class Acceptor:
    """Makes an arrival of a message and hands it to the door of the house. Any number of threads may call at once."""

    def __init__(self, door: Door, *, hostname: str = "", clock: Clock | None = None) -> None:
        self._door = door
        self._hostname = hostname or socket.gethostname()
        self._clock = clock or MachineClock()

    def __call__(self, message: Message) -> str:
        """Return the reply to one message."""
        try:
            header: bytes = top(message.content)
            rest = memoryview(message.content)[len(header) :]  # large as it may be, it is not copied
            if is_looping(header, self._hostname):
                return "554 5.4.6 too many hops, the message is looping"
            header, passwords = take_out(header)
            header, said = explanation.take_out(header)
        except NotAccepted as trouble:
            return f"554 5.6.0 {trouble.message}"
        now = self._clock.now()
        transfer_id = ids.transfer_id(now)
        field = trace(
            helo=message.helo,
            client=message.client,
            hostname=self._hostname,
            transfer_id=transfer_id,
            at=now,
            protocol=message.protocol,
        )
        arrival = Arrival(
            origin=Origin.MAIL,
            sender=message.sender,
            recipients=message.recipients,
            parts=((NAME, Joined(with_trace(header, field), rest)),),
            subject=subject(header),
            message=True,
            transfer_id=transfer_id,
            passwords=passwords,
            shown=shown(header),
            authors=authors(header),
            refers_to=references(header),
            message_id=own_digest(header),
            sent_sha256=_sha256(header, rest),
            urgent=is_urgent(header),
            returns=message.dsn.get("RET", ""),
            envelope_id=message.dsn.get("ENVID", ""),
            reports=message.dsn_recipients,
            reason=said.reason,
            consent=said.consent,
            automatic=is_automatic(header),
            preview=message.preview,
            account=f"smtp:{message.login}" if message.login else "",
        )
        return self._admitted(arrival)

    def _admitted(self, arrival: Arrival) -> str:
        try:
            transfer = self._door.admit(arrival)
        except NotAccepted:
            return "554 5.6.0 the message cannot be accepted"
        except StorageFull as error:
            get_log().error("mail:deferred", error=type(error).__name__)
            return "452 4.3.1 insufficient storage, try again later"
        except StoreError as error:
            get_log().error("mail:deferred", error=type(error).__name__)
            return OUR_FAULT
        return f"250 2.0.0 Ok: accepted as {transfer.id}"


def _sha256(*pieces: bytes | memoryview) -> str:
    digest = hashlib.sha256()
    for piece in pieces:
        digest.update(piece)
    return digest.hexdigest()
