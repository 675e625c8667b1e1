"""Plain words for the sender, derived from how a transfer stands and what was told before.

The order is always: what happened, why, what you can do, by when, who can help, reference. Counts, kinds and rule
sentences only; never content, never a subject line. File names are shown to the person who dropped the files.

Whoever sent by mail may say of each recipient what is reported (RFC 3461 section 4.1, NOTIFY). That is about the fate
of the mail on its way: of a failure who said NEVER is told nothing, and where another server took the duty on, it tells
of success. What policy did is told all the same. A machine (RFC 3834) is told the end, and asked nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from gateway.model.inspection import GapKind
from gateway.model.lifecycle import DeliveryState
from gateway.model.record import RECALLED, Act
from gateway.model.transfer import Delivery, Origin, Transfer
from gateway.model.verdict import Obligation, Owing, named
from gateway.record.handed import Passphrase, handed_over
from gateway.record.letter import Desk, Told, Words, found, listed, points, printable, unread, what, why
from gateway.record.passphrases import SecondChannel, Way, by_delivery, dispatched, way_of
from gateway.record.preview import previewed
from gateway.record.questions import questions_due
from gateway.record.sentences import Sentences
from gateway.record.words import ENGLISH

D = DeliveryState
NO_CHANNEL: Final = SecondChannel()
HELD: Final = "held"
LATE: Final = "late"
UNDELIVERABLE: Final = "undeliverable"
FAILURE: Final = "FAILURE"
DELAY: Final = "DELAY"
SUCCESS: Final = "SUCCESS"
ENDINGS: Final = {  # by state, and whether the sender recalled it
    (D.HELD, False): HELD,
    (D.REFUSED, True): "recalled",
    (D.REFUSED, False): "refused",
    (D.UNDELIVERABLE, False): UNDELIVERABLE,
}
ABOUT_CONTENT: Final = frozenset({HELD, "refused"})
"""What came of what was found: then it is told, and what would make it pass."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ways:
    """What senders of mail can do by mail, and what is said of time.

    `answers_until` is until when answers to a notice are read, None where none are. `late` gives, of each delivery
    whose delay is to be told now, until when it is tried.
    """

    answers_until: datetime | None = None
    late: Mapping[str, datetime] = field(default_factory=dict)


NO_WAYS: Final = Ways()


def _to_the_sender(_delivery: Delivery) -> bool:
    return True


def notices_due(  # noqa: PLR0913 - what the house knows, each by its name
    transfer: Transfer,
    *,
    help_contact: str,
    secret: Callable[[str], str],
    roles: Collection[str] = (),
    may_tell: Callable[[Delivery], bool] = _to_the_sender,
    channel: SecondChannel = NO_CHANNEL,
    languages: Sequence[Sentences] = (ENGLISH,),
    ways: Ways = NO_WAYS,
    in_words: Callable[[str], str] = str,
    console: str = "",
) -> Sequence[Told]:
    """Return what the sender must be told now. `secret` reads a passphrase by its id; nothing, for one that is lost.

    What became of several recipients in the same way is one notice; a passphrase has one of its own, once the second
    channel has told the recipient or failed to. `roles` are those that somebody has. `may_tell` says whether the sender
    can be told a passphrase. `languages` are those of notices by mail; folders speak English. `in_words` says what an
    obligation is. `console` is its address, where there is one.
    """
    by_mail = transfer.origin is Origin.MAIL
    desk = Desk(transfer=transfer, help_contact=help_contact, languages=languages if by_mail else (ENGLISH,))
    untold = [delivery for delivery in transfer.deliveries if delivery.told is not delivery.state]
    if transfer.preview:
        return previewed(desk, untold, in_words)
    told = []
    for (state, is_recalled), about in ENDINGS.items():
        group = [
            each
            for each in untold
            if each.state is state and is_recalled == (state is D.REFUSED and each.trouble == RECALLED)
            if _is_wanted(transfer, each, about)
        ]
        if group:
            told.append(_not_gone(desk, group, about, roles, ways))
    told += questions_due(desk, ways.answers_until, console)
    if not transfer.automatic:
        told += _waiting(desk, untold, ways)
        told += _late(desk, ways.late)
    about_each = by_delivery(transfer)
    for delivery in untold:
        if delivery.state is D.DELIVERED:
            notices, contact = about_each[delivery.id], channel.contact_of(delivery.recipient)
            way = way_of(delivery, notices, may_tell=may_tell(delivery), contact=contact)
            if way is not Way.DUE and (way is not Way.NONE or not by_mail or _awaits(transfer, delivery)):
                sealed, is_kept = delivery.sealed, way in {Way.SENDER, Way.OFFICER}
                words = secret(sealed.secret_object_id) if sealed and is_kept else ""
                known = Passphrase(way=way, words=words, last=dispatched(notices), channel=channel)
                told.append(handed_over(desk, delivery, known))
    return told


def _is_wanted(transfer: Transfer, delivery: Delivery, about: str) -> bool:
    """Say whether the sender is to be told that it did not go."""
    if about == UNDELIVERABLE:
        return wants(delivery, FAILURE)
    return about != HELD or not transfer.automatic


def wants(delivery: Delivery, event: str) -> bool:
    """Say whether the sender wants an event reported (RFC 3461 section 4.1); who said nothing, failures and delays."""
    return event in delivery.notify if delivery.notify else event in {FAILURE, DELAY}


def _awaits(transfer: Transfer, delivery: Delivery) -> bool:
    """Say whether the sender of mail waits for word that it went.

    They were told that it is held, or want to be told of success and no other server took that on.
    """
    was_held = any(each.about == HELD and delivery.id in each.deliveries for each in transfer.notices)
    relayed = delivery.receipt is not None and delivery.receipt.dsn
    return (was_held and not transfer.automatic) or (wants(delivery, SUCCESS) and not relayed)


def _not_gone(desk: Desk, deliveries: Sequence[Delivery], about: str, roles: Collection[str], ways: Ways) -> Told:
    transfer = desk.transfer
    asks = about in ABOUT_CONTENT and _is_asked(transfer, deliveries)
    may_answer = about == HELD and transfer.origin is Origin.MAIL and not transfer.automatic
    until = ways.answers_until if asks and may_answer else None

    def write(say: Sentences) -> Words:
        ending, also = say.endings[about], found(transfer, say) if about in ABOUT_CONTENT else ""
        reasons = [*why(deliveries, say), *([also] if also else [])]
        reasons += _nobody(deliveries, roles, say) if about == HELD else []
        todo = (_ways_out(deliveries, say) if about in ABOUT_CONTENT else []) or [ending.todo]
        todo += [f"{say.unlock[transfer.origin]}. {say.unlocked}"] if _is_locked(transfer, about) else []
        todo += [f"{_how_to_say_why(say, transfer.origin, until)}. {say.recorded}"] if asks else []
        happened = ending.happened.format(what=what(transfer, say), recipients=listed(deliveries))
        return ending.subject, [
            f"{say.happened} {happened}.",
            points([say.why, *reasons]),
            points([say.can_do, *todo]),
            f"{say.by_when} {ending.then}" if ending.then else "",
        ]

    return desk.told(about, deliveries, write, reply=Act.ANSWER if until else "")


def _is_locked(transfer: Transfer, about: str) -> bool:
    return about in ABOUT_CONTENT and GapKind.ENCRYPTED in unread(transfer)


def _is_asked(transfer: Transfer, deliveries: Sequence[Delivery]) -> bool:
    """Say whether a rule wants a reason and none was given."""
    owed = any(Obligation.ASK_REASON in each.verdict.obligations for each in deliveries if each.verdict)
    return owed and not transfer.reason


def _how_to_say_why(say: Sentences, origin: Origin, until: datetime | None) -> str:
    return say.reply_why.format(when=say.at(until)) if until else say.say_why[origin]


def _nobody(deliveries: Sequence[Delivery], roles: Collection[str], say: Sentences) -> list[str]:
    """Say which roles must be told and are nobody's."""
    owed = {role for each in deliveries if each.verdict for role in named(each.verdict.obligations, Owing.TELL)}
    return [say.nobody.format(role=role) for role in sorted(owed - set(roles))]


def _ways_out(deliveries: Sequence[Delivery], say: Sentences) -> list[str]:
    """Say what the sender could change; a release is an officer's act, alone or together with a change."""
    known = dict.fromkeys(
        way for delivery in deliveries if delivery.verdict is not None for way in delivery.verdict.would_pass_if
    )
    return [say.again.format(way=way) for way in known if "release" not in way]


def _waiting(desk: Desk, untold: Sequence[Delivery], ways: Ways) -> list[Told]:
    """Say when what waits will go, and how to stop it. What waits because a channel failed was told of, or will be."""
    delayed = [
        each
        for each in untold
        if each.state is D.SEALED and each.due and not each.attempts
        if each.verdict and named(each.verdict.obligations, Owing.DELAY)
    ]
    times = sorted({each.due for each in delayed if each.due})
    return [_goes(desk, [each for each in delayed if each.due == due], due, ways) for due in times]


def _goes(desk: Desk, delayed: Sequence[Delivery], due: datetime, ways: Ways) -> Told:
    transfer = desk.transfer
    by_reply = ways.answers_until is not None and transfer.origin is Origin.MAIL
    command = f'gateway transfers recall {transfer.id} --reason "..."'

    def write(say: Sentences) -> Words:
        when = say.at(due)
        stop = say.reply_recall if by_reply else say.recall[transfer.origin].format(command=command)
        happened = say.goes.format(what=what(transfer, say), recipients=listed(delayed), when=when)
        return say.goes_subject.format(when=when), [
            f"{say.happened} {happened}",
            points([say.why, *why(delayed, say)]),
            points([say.can_do, say.goes_todo, stop]),
            f"{say.by_when} {say.goes_then.format(when=when)}",
        ]

    return desk.told("waiting", delayed, write, reply=Act.RECALL if by_reply else "")


def _late(desk: Desk, late: Mapping[str, datetime]) -> list[Told]:
    """Say that it is late, and until when it is tried."""
    transfer = desk.transfer
    told = []
    for until in sorted(set(late.values())):
        group = [each for each in transfer.deliveries if late.get(each.id) == until]
        told.append(_is_late(desk, group, until))
    return told


def _is_late(desk: Desk, group: Sequence[Delivery], until: datetime) -> Told:
    def write(say: Sentences) -> Words:
        when = say.at(until)
        happened = say.late.format(what=what(desk.transfer, say), recipients=listed(group), when=when)
        return say.late_subject, [
            f"{say.happened} {happened}",
            points([say.why, *why(group, say)]),
            points([say.can_do, say.late_todo]),
            f"{say.by_when} {say.late_then.format(when=when)}",
        ]

    return desk.told(LATE, group, write)


def not_taken(name: str, why_not: str, *, help_contact: str) -> Told:
    """Return what staff must be told about a file that stays in the outbound folder."""
    shown = printable(name)
    paragraphs = [
        f"What happened: '{shown}' stays in the outbound folder and is not sent.",
        f"Why: it {why_not}.",
        "What you can do: put it into a folder called to/ADDRESS, with the recipient's address, or ask for help.",
        f"Who can help: {help_contact}",
    ]
    return Told(about="not taken", deliveries=(), subject=f"Not taken, {shown}", text="\n\n".join(paragraphs) + "\n")
