"""Notices by mail and the answers to them: what goes with a notice, and where an answer is filed.

An answer is filed as an instruction of the transfer's sender, and the daemon carries it out as it does an officer's:
who may do what is checked again then (`quarantine.review`).
"""

from __future__ import annotations

import socket
from collections.abc import Callable
from typing import Final

from gateway.config.channels import SmtpSettings
from gateway.config.notices import ENGLISH
from gateway.config.sections import is_loopback
from gateway.config.settings import Settings
from gateway.deliver import Channel
from gateway.deliver.post import MailPost
from gateway.errors import Damaged, NotFound
from gateway.intake.accept import Accept
from gateway.intake.clerk import EXPLAIN, Clerk
from gateway.intake.tokens import Tokens
from gateway.model.record import RECALLED, Act, Instruction
from gateway.model.report import Enclosed
from gateway.model.transfer import Notice, Origin, Transfer
from gateway.protect.notice import notice_composer
from gateway.protect.original import HEAD, safe_fields
from gateway.quarantine.asking import check_reply
from gateway.quarantine.review import check_answer, check_recall
from gateway.record.letter import LANGUAGES
from gateway.record.manner import ANSWERS_FOR, Manner
from gateway.record.reports import report_of
from gateway.store import Transfers, Vault
from gateway.store.answer_key import answer_key
from gateway.system.clock import Clock
from gateway.system.ids import serial

IN_A_FOLDER: Final = "folder"


def build_manner(settings: Settings) -> Manner:
    """Return how senders of mail are told."""
    notices = settings.notices
    spoken = notices.languages if notices.channel != IN_A_FOLDER else (ENGLISH,)
    return Manner(
        languages=tuple(LANGUAGES[each] for each in spoken),
        answers_from=_own_people(settings) if notices.own_domain else frozenset(),
        late_after=settings.retries.tell_after,
    )


def _own_people(settings: Settings) -> frozenset[str]:
    """Return the domains whose people may answer and ask: what policy says is not told to others."""
    return frozenset(settings.organisation.internal_domains)


def build_mail_post(settings: Settings, channel: Channel) -> MailPost:
    """Return what sends notices by a channel, from the address that the settings name."""
    relay = settings.channels.get(settings.notices.channel)
    leaves = not (isinstance(relay, SmtpSettings) and is_loopback(relay.host or ""))
    compose = notice_composer(settings.notices.from_address or "", socket.gethostname(), leaves_machine=leaves)
    return MailPost(channel, compose)


def build_enclosed(settings: Settings, vault: Vault) -> Callable[[Transfer, Notice], Enclosed]:
    """Return what finds the report, the thread and the address for answers that go with a notice to a sender."""
    domain = settings.notices.own_domain
    tokens = Tokens(answer_key(settings.paths.state)) if domain else None

    def enclosed(transfer: Transfer, notice: Notice) -> Enclosed:
        if transfer.origin is not Origin.MAIL or not notice.deliveries:
            return Enclosed()
        message_id, fields = safe_fields(_beginning(vault, transfer))
        reply_to = ""
        if tokens and notice.reply:
            until = (notice.begun or transfer.received_at) + ANSWERS_FOR
            reply_to = f"{tokens.give(Act(notice.reply), transfer, until)}@{domain}"
        return Enclosed(
            report=report_of(transfer, notice, give_up_after=settings.retries.give_up_after),
            reply_to=reply_to,
            message_id=message_id,
            fields=fields,
        )

    return enclosed


def _beginning(vault: Vault, transfer: Transfer) -> bytes:
    """Return the first bytes of a message; nothing of one that is lost: its sender is told all the same."""
    try:
        with vault.open(transfer.parts[0].object_id) as content:
            return content.read(HEAD)
    except (Damaged, NotFound):
        return b""


class Filed:
    """Where answers are filed: in the store, for the daemon."""

    def __init__(self, transfers: Transfers, clock: Clock, ring: Callable[[], None]) -> None:
        self._transfers = transfers
        self._clock = clock
        self._ring = ring

    def transfer(self, transfer_id: str) -> Transfer:
        """Return a transfer; `NotFound`."""
        return self._transfers.get(transfer_id)

    def check(self, act: Act, transfer: Transfer, reason: str) -> None:
        """Raise `NotFound` or `NotPermitted` where its sender may not do this now, and did not do it before."""
        self._instructions(act, transfer, reason)

    def file(self, act: Act, transfer: Transfer, reason: str) -> None:
        """File it, unless the same was filed before, and wake who carries it out."""
        for instruction in self._instructions(act, self._transfers.get(transfer.id), reason):
            self._transfers.instruct(instruction)
        self._ring()

    def _instructions(self, act: Act, transfer: Transfer, reason: str) -> list[Instruction]:
        """Return what is to be filed: one answer, or one recall for each delivery that waits to go.

        Nothing, where the same is filed or carried out already: a mail program whose reply was lost sends once more.
        """
        filed_before = [each for each in self._transfers.instructions(transfer.id) if each.act is act]
        pending = {each.delivery_id for each in filed_before}
        again = any(each.reason == reason for each in filed_before)
        if act is Act.REPLY:
            return self._reply(transfer, reason, filed_before)
        if act is Act.ANSWER:
            if again or transfer.reason == reason:
                return []
            first = self._instruction(act, transfer, transfer.deliveries[0].id, reason)
            check_answer(transfer, first)
            if pending:
                raise NotFound(f"{transfer.id} was answered already")
            return [first]
        filed = []
        for delivery in transfer.deliveries:
            instruction = self._instruction(act, transfer, delivery.id, reason)
            if delivery.id in pending:
                continue
            try:
                check_recall(transfer, instruction)
            except NotFound:
                continue
            filed.append(instruction)
        recalled = (each.refusal for each in transfer.deliveries if each.trouble == RECALLED)
        if not (filed or again or any(each and each.reason == reason for each in recalled)):
            raise NotFound(f"nothing of {transfer.id} waits to go: what was handed over cannot be called back")
        return filed

    def _reply(self, transfer: Transfer, reason: str, filed_before: list[Instruction]) -> list[Instruction]:
        """Return the answer to an officer's question that is to be filed; nothing where the same was filed before."""
        last = transfer.questions[-1] if transfer.questions else None
        if any(each.reason == reason for each in filed_before) or (last and last.answer == reason):
            return []
        if filed_before:
            raise NotFound(f"what was asked about {transfer.id} was answered already")
        about = last.delivery_id if last else transfer.deliveries[0].id
        reply = self._instruction(Act.REPLY, transfer, about, reason)
        check_reply(transfer, reply)
        return [reply]

    def _instruction(self, act: Act, transfer: Transfer, delivery_id: str, reason: str) -> Instruction:
        return Instruction(
            id=serial("i"),
            transfer_id=transfer.id,
            delivery_id=delivery_id,
            act=act,
            officer=transfer.sender,
            officer_address=transfer.sender,
            reason=reason,
            at=self._clock.now(),
        )


def with_clerk(
    accept: Accept, settings: Settings, transfers: Transfers, clock: Clock, ring: Callable[[], None]
) -> Accept:
    """Return what takes mail, with a clerk before it where the gateway reads mail to itself."""
    domain = settings.notices.own_domain
    if not domain:
        return accept
    tokens, files = Tokens(answer_key(settings.paths.state)), Filed(transfers, clock, ring)
    return Clerk(accept, domain=domain, people_of=_own_people(settings), tokens=tokens, files=files, now=clock.now)


def preview_address(settings: Settings) -> str:
    """Return where senders may ask what would happen, empty where they cannot."""
    return f"{EXPLAIN}@{settings.notices.own_domain}" if settings.notices.own_domain else ""
