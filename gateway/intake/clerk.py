"""Mail to the gateway itself: an answer to a notice, a recall, and the question what would happen.

    answer+…@own.domain    the answer is why it is sent: the transfer is decided again with it
    recall+…@own.domain    what waits to go is stopped
    reply+…@own.domain     it answers what an officer asked its sender
    explain@own.domain     what would happen to this mail; its recipients stand in its first line ('To: a@b.example'),
                           or in To and Cc

Only a sender's own mail counts, and what a machine wrote by itself (RFC 3834) never does. Other recipients of the same
message get it as they would without us, once what it asks of us is filed. What cannot be understood is refused, all of
it, and changes nothing. The same mail once more, whose first reply was lost, has the same reply and changes nothing.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Final, Protocol, TypeAlias

from gateway.errors import NotAccepted, NotFound, NotPermitted, StoreError
from gateway.intake.accept import Accept
from gateway.intake.address import distinct
from gateway.intake.answer import answer, text
from gateway.intake.automatic import is_automatic
from gateway.intake.explanation import checked_reason
from gateway.intake.fields import taken_out
from gateway.intake.header import top
from gateway.intake.message import OUR_FAULT, Message
from gateway.intake.tokens import Given, Tokens
from gateway.intake.trace import shown
from gateway.model.record import Act
from gateway.model.transfer import Transfer
from gateway.system.log import get_log

EXPLAIN: Final = "explain"
POSTMASTER: Final = "postmaster"  # RFC 5321 section 4.5.1: a person, who is reached as everybody else is
MOST: Final = 50  # recipients of a question
FIRST_LINE: Final = re.compile(r"\s*(?:to|at)\s*:(.*)", re.IGNORECASE)
BETWEEN: Final = re.compile(r"[\s,;<>]+")
NOT_ANY_MORE: Final = "this address is not for you, is used up, or is too old"
RECALL_WITHOUT_WORDS: Final = "recalled by mail"

Do: TypeAlias = Callable[[], str]
"""Does what was understood; returns the reply."""


class Files(Protocol):
    """Where answers are filed for the daemon to carry out."""

    def transfer(self, transfer_id: str) -> Transfer:
        """Return a transfer; `NotFound`."""

    def check(self, act: Act, transfer: Transfer, reason: str) -> None:
        """Raise `NotFound` or `NotPermitted` where its sender may not do this now, and did not do it before."""

    def file(self, act: Act, transfer: Transfer, reason: str) -> None:
        """File it, unless the same was filed before."""


class Clerk:
    """Reads mail of `people_of` some domains to its own `domain`, and hands all other mail on.

    Any number of threads may call at once.
    """

    def __init__(
        self,
        accept: Accept,
        *,
        domain: str,
        people_of: frozenset[str],
        tokens: Tokens,
        files: Files,
        now: Callable[[], datetime],
    ) -> None:
        self._accept = accept
        self._domain = domain.lower()
        self._people_of = people_of
        self._tokens = tokens
        self._files = files
        self._now = now

    def __call__(self, message: Message) -> str:
        """Return the reply to one message."""
        places = [self._is_own(each) for each in message.recipients]
        if not any(places):
            return self._accept(message)
        own = [each for each, is_own in zip(message.recipients, places, strict=True) if is_own]
        try:
            ready = [self._understood(message, address.rpartition("@")[0].lower()) for address in dict.fromkeys(own)]
        except (NotAccepted, NotFound, NotPermitted) as refusal:
            return f"550 5.7.1 {refusal.message}"
        except StoreError as error:
            get_log().error("mail:deferred", error=type(error).__name__)
            return OUR_FAULT
        reply = ""
        for do in ready:  # first, because all of it may come again when it fails: twice does nothing here
            reply = do()
            if not reply.startswith("2"):
                return reply
        others = "" if all(places) else self._accept(_without(message, places))
        return reply if others[:1] in {"", "2"} else others

    def _is_own(self, address: str) -> bool:
        local, _, domain = address.rpartition("@")
        return domain.lower() == self._domain and local.lower() != POSTMASTER

    def _understood(self, message: Message, local_part: str) -> Do:
        """Return what is to be done; raises where nothing is, before anything was."""
        if message.sender in {"", "<>"} or is_automatic(top(message.content)):
            raise _refused("automatic", "what a machine wrote by itself is not read here")
        if message.sender.rpartition("@")[2].lower() not in self._people_of:
            raise _refused("stranger", "only people of the organisation are read here")
        if local_part == EXPLAIN:
            return self._question(message)
        try:
            given = Given(local_part)
        except ValueError:
            raise _refused("unknown", "there is no such address here") from None
        return self._act(message, given)

    def _act(self, message: Message, given: Given) -> Do:
        transfer = self._proved(message, given)
        said = answer(message.content)
        reason = checked_reason(said)
        if given.act is Act.RECALL:
            reason = reason or RECALL_WITHOUT_WORDS
        elif not reason:
            what = "answer" if given.act is Act.REPLY else "reason"
            raise _refused("empty", f"there is no {what} in it: write a sentence above what is quoted")
        try:
            self._files.check(given.act, transfer, reason)
        except (NotFound, NotPermitted) as refusal:
            raise _refused("too late", refusal.message) from None

        def do() -> str:
            try:
                self._files.file(given.act, transfer, reason)
            except StoreError as error:
                get_log().error("mail:deferred", error=type(error).__name__)
                return OUR_FAULT
            return f"250 2.0.0 Ok: {given.act} to {transfer.id} filed"

        return do

    def _proved(self, message: Message, given: Given) -> Transfer:
        """Return the transfer that an address is about, once all is true; one answer to whatever is not."""
        try:
            transfer = self._files.transfer(given.transfer_id)
        except NotFound:
            raise _refused("no transfer", NOT_ANY_MORE) from None
        if not self._tokens.is_ours(given, transfer):
            raise _refused("forged", NOT_ANY_MORE)
        if self._now() > given.until:
            raise _refused("too old", NOT_ANY_MORE)
        if message.sender.casefold() != transfer.sender.casefold():
            raise _refused("another sender", NOT_ANY_MORE)
        return transfer

    def _question(self, message: Message) -> Do:
        recipients = self._asked_about(message)
        header: bytes = top(message.content)
        rest = message.content[len(header) :]
        for name in (b"To", b"Cc"):
            header = taken_out(header, name)[0]
        to = b"To: " + ",\r\n ".join(recipients).encode() + b"\r\n"
        asked = replace(
            message, recipients=recipients, content=to + header + rest, preview=True, dsn={}, dsn_recipients=()
        )
        return lambda: self._accept(asked)

    def _asked_about(self, message: Message) -> tuple[str, ...]:
        """Return for whom it is asked: whom the first line names, or else To and Cc, without the gateway itself."""
        found = FIRST_LINE.fullmatch(next(text(message.content), ""))
        named = BETWEEN.split(found[1]) if found else sorted(shown(top(message.content)))
        recipients = distinct(each for each in named if "@" in each and not self._is_own(each))
        if not recipients:
            raise _refused("no recipient", "whom is it for? write 'To: name@domain' into the first line")
        if len(recipients) > MOST:
            raise _refused("too many", f"more than {MOST} recipients: ask for some of them")
        return recipients


def _refused(code: str, sentence: str) -> NotAccepted:
    get_log().warning("answer:refused", code=code)
    return NotAccepted(sentence)


def _without(message: Message, places: list[bool]) -> Message:
    """Return a message for its other recipients."""
    kept = [index for index, is_own in enumerate(places) if not is_own]
    said = message.dsn_recipients
    return replace(
        message,
        recipients=tuple(message.recipients[index] for index in kept),
        dsn_recipients=tuple(said[index] for index in kept) if said else (),
    )
