"""Plain words for the sender, derived from how a transfer stands and what was told before.

The order is always: what happened, why, what you can do, by when, who can help, reference. Counts, kinds and rule
sentences only; never content, never a subject line. File names are shown to the person who dropped the files.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from gateway.model.inspection import COUNTS_FROM, GapKind
from gateway.model.lifecycle import DeliveryState
from gateway.model.record import RECALLED
from gateway.model.transfer import Delivery, Notice, Origin, Transfer
from gateway.model.verdict import Obligation, Owing, named
from gateway.record.passphrases import TO_SENDER, SecondChannel, Way, by_delivery, dispatched, masked, way_of
from gateway.record.words import RECALL, RECORDED, SAY_WHY, UNLOCK, UNLOCKED, UNREAD, WORDS

D = DeliveryState
APART = "Do not send it to the same mailbox."
NO_CHANNEL = SecondChannel()
NOTHING_MORE = "What you can do: nothing more is needed."
SEND_AGAIN = "What you must do: send it again. The new file has a passphrase of its own."
WITH_AN_OFFICER = (
    "What you can do: an officer was told and gives it to the recipient. If it is urgent, telephone whoever can help."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One notice to be told: what it is about, which deliveries, its subject line and its words.

    `gives` says that it gives a passphrase, `lost` that it tells of one that cannot be read any more.
    """

    about: str
    deliveries: tuple[str, ...]
    subject: str
    text: str
    gives: bool = False
    lost: bool = False


def _to_the_sender(_delivery: Delivery) -> bool:
    return True


def notices_due(
    transfer: Transfer,
    *,
    help_contact: str,
    secret: Callable[[str], str],
    roles: Collection[str] = (),
    may_tell: Callable[[Delivery], bool] = _to_the_sender,
    channel: SecondChannel = NO_CHANNEL,
) -> Sequence[Told]:
    """Return what the sender must be told now. `secret` reads a passphrase by its id; nothing, for one that is lost.

    What became of several recipients in the same way is one notice; a passphrase has one of its own, once the second
    channel has told the recipient or failed to. `roles` are those that somebody has. `may_tell` says whether the sender
    can be told a passphrase.
    """
    untold = [delivery for delivery in transfer.deliveries if delivery.told is not delivery.state]
    told = []
    for (state, is_recalled), ending in ENDINGS.items():
        group = [
            each for each in untold if each.state is state and is_recalled == (state is D.REFUSED and _recalled(each))
        ]
        if group:
            told.append(_not_gone(transfer, group, ending, help_contact, roles))
    told += _waiting(transfer, untold, help_contact)
    about = by_delivery(transfer)
    for delivery in untold:
        if delivery.state is D.DELIVERED:
            notices, contact = about[delivery.id], channel.contact_of(delivery.recipient)
            way = way_of(delivery, notices, may_tell=may_tell(delivery), contact=contact)
            if way is not Way.DUE and (way is not Way.NONE or transfer.origin is not Origin.MAIL):
                sealed, is_kept = delivery.sealed, way in {Way.SENDER, Way.OFFICER}
                words = secret(sealed.secret_object_id) if sealed and is_kept else ""
                said = _passphrase(delivery, way, words, _by_channel(dispatched(notices), channel))
                ready = _delivered(transfer, delivery, help_contact, said)
                told.append(replace(ready, gives=way is Way.SENDER and bool(words), lost=is_kept and not words))
    return told


def _recalled(delivery: Delivery) -> bool:
    return delivery.trouble == RECALLED


def _what(transfer: Transfer) -> str:
    if transfer.origin is Origin.MAIL:
        return "your message"
    first = _printable(transfer.parts[0].name)
    more = len(transfer.parts) - 1
    return f"'{first}'" + (f" and {more} more" if more else "")


def _printable(name: str) -> str:
    return "".join(character if character.isprintable() else "?" for character in name)[:120]


def _listed(deliveries: Sequence[Delivery]) -> str:
    return ", ".join(delivery.recipient for delivery in deliveries)


def _why(deliveries: Sequence[Delivery], also: str = "") -> list[str]:
    lines = []
    for delivery in deliveries:
        if delivery.trouble:
            lines.append(delivery.trouble)
        elif delivery.verdict is not None:
            lines += [f"{reason.says} (rule {reason.rule})" for reason in delivery.verdict.reasons]
    seen = list(dict.fromkeys(lines))
    return [*(f"  - {line}" for line in seen), *([f"  - {also}"] if also else [])]


def found(transfer: Transfer) -> str:
    """Return what was found, by kind and count, or nothing where nothing was."""
    inspection = transfer.inspection
    if inspection is None:
        return ""
    sure = [finding for finding in inspection.findings if finding.confidence >= COUNTS_FROM]
    counts = Counter(WORDS.get(finding.entity, finding.entity.lower().replace("_", " ")) for finding in sure)
    words = [f"{count} x {word}" for word, count in sorted(counts.items())]
    if inspection.marking is not None:
        words.insert(0, f"the marking {inspection.marking.tier.label} ({inspection.marking.where})")
    words += [f"something that could not be read ({UNREAD[kind]})" for kind in _unread(transfer)]
    return "what was found: " + ", ".join(words) if words else ""


def _unread(transfer: Transfer) -> Sequence[GapKind]:
    """Return why something was not read, each reason once."""
    return tuple(dict.fromkeys(gap.kind for gap in transfer.inspection.gaps)) if transfer.inspection else ()


def _password(transfer: Transfer) -> list[str]:
    """Say how a password may be given for what the sender has locked."""
    locked = GapKind.ENCRYPTED in _unread(transfer)
    return [f"  - {UNLOCK[transfer.origin]}. {UNLOCKED}"] if locked else []


def _say_why(transfer: Transfer, deliveries: Sequence[Delivery]) -> list[str]:
    """Ask for a reason where a rule wants one and none was given, and say how to give it."""
    is_asked = any(Obligation.ASK_REASON in each.verdict.obligations for each in deliveries if each.verdict)
    return [f"  - {SAY_WHY[transfer.origin]}. {RECORDED}"] if is_asked and not transfer.reason else []


def _nobody(deliveries: Sequence[Delivery], roles: Collection[str]) -> list[str]:
    """Say which roles must be told and are nobody's."""
    owed = {role for each in deliveries if each.verdict for role in named(each.verdict.obligations, Owing.TELL)}
    return [f"  - nobody has the role '{role}', which must be told" for role in sorted(owed - set(roles))]


def _ways_out(deliveries: Sequence[Delivery]) -> list[str]:
    """Say what the sender could change; a release is an officer's act, alone or together with a change."""
    ways = dict.fromkeys(
        way for delivery in deliveries if delivery.verdict is not None for way in delivery.verdict.would_pass_if
    )
    return [f"  - send it again so that {way}" for way in ways if "release" not in way]


def letter(paragraphs: Sequence[str], transfer: Transfer, help_contact: str) -> str:
    """Return paragraphs as the text of a notice: who can help and the reference stand at its end."""
    when = transfer.received_at.strftime("%d %B %Y at %H:%M UTC")
    end = [f"Who can help: {help_contact}", f"Reference: {transfer.id}, received {when}"]
    return "\n\n".join([*(paragraph for paragraph in paragraphs if paragraph), "\n".join(end)]) + "\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Ending:
    """The words for deliveries that did not go: in the subject, for what happened, what to do and by when."""

    about: str
    subject: str
    happened: str
    todo: str
    then: str = ""
    finds: bool = True


ENDINGS = {  # by state, and whether the sender recalled it
    (D.HELD, False): _Ending(
        about="held",
        subject="Not sent, waiting for review",
        happened="has not been sent to {recipients}. It is held, safe and encrypted, until an officer has looked at it",
        todo="  - nothing is needed: a security officer decides",
        then="By when: you need do nothing. You will be told when an officer has decided.",
    ),
    (D.REFUSED, True): _Ending(
        about="recalled",
        subject="Recalled, will not be sent",
        happened="was recalled and will not be sent to {recipients}",
        todo="  - nothing is needed",
        finds=False,
    ),
    (D.REFUSED, False): _Ending(
        about="refused",
        subject="Refused, will not be sent",
        happened="will not be sent to {recipients}",
        todo="  - change what you send, or how, and send it again",
    ),
    (D.UNDELIVERABLE, False): _Ending(
        about="undeliverable",
        subject="Could not be delivered",
        happened="could not be delivered to {recipients}. The gateway has stopped trying",
        todo="  - check the address, ask the recipient whether they can receive it, and send it again",
        finds=False,
    ),
}


def _not_gone(
    transfer: Transfer, deliveries: Sequence[Delivery], ending: _Ending, help_contact: str, roles: Collection[str]
) -> Told:
    ways = _ways_out(deliveries) if ending.finds else []
    more = [*_password(transfer), *_say_why(transfer, deliveries)] if ending.finds else []
    happened = ending.happened.format(recipients=_listed(deliveries))
    paragraphs = [
        f"What happened: {_what(transfer)} {happened}.",
        "\n".join(
            [
                "Why:",
                *_why(deliveries, found(transfer) if ending.finds else ""),
                *(_nobody(deliveries, roles) if ending.about == "held" else []),
            ]
        ),
        "\n".join(["What you can do:", *(ways or [ending.todo]), *more]),
        ending.then,
    ]
    return Told(
        about=ending.about,
        deliveries=tuple(each.id for each in deliveries),
        subject=f"{ending.subject} ({transfer.id})",
        text=letter(paragraphs, transfer, help_contact),
    )


def _waiting(transfer: Transfer, untold: Sequence[Delivery], help_contact: str) -> list[Told]:
    """Say when what waits will go, and how to stop it. What waits because a channel failed was told of, or will be."""
    delayed = [
        each
        for each in untold
        if each.state is D.SEALED and each.due and not each.attempts
        if each.verdict and named(each.verdict.obligations, Owing.DELAY)
    ]
    times = sorted({each.due for each in delayed if each.due})
    return [_goes(transfer, [each for each in delayed if each.due == due], due, help_contact) for due in times]


def _goes(transfer: Transfer, delayed: Sequence[Delivery], due: datetime, help_contact: str) -> Told:
    when = due.strftime("%d %B %Y at %H:%M UTC")
    command = f'gateway transfers recall {transfer.id} --reason "..."'
    paragraphs = [
        f"What happened: {_what(transfer)} is ready for {_listed(delayed)}. It goes on {when}, not before.",
        "\n".join(["Why:", *_why(delayed)]),
        "\n".join(
            [
                "What you can do:",
                "  - nothing is needed to send it",
                f"  - {RECALL[transfer.origin].format(command=command)}",
            ]
        ),
        f"By when: {when}. What was handed over cannot be called back.",
    ]
    return Told(
        about="waiting",
        deliveries=tuple(each.id for each in delayed),
        subject=f"Waiting to be sent, goes on {when} ({transfer.id})",
        text=letter(paragraphs, transfer, help_contact),
    )


def _delivered(transfer: Transfer, delivery: Delivery, help_contact: str, passphrase: Sequence[str]) -> Told:
    """Say that it was handed over. Mail that went as it was needs no word; files and passphrases do."""
    sealed = delivery.sealed
    handed = f"What happened: {_what(transfer)} was handed over for {delivery.recipient}"
    if passphrase:
        first, *rest = passphrase
        why = "\n".join(["Why:", *_why([delivery], found(transfer))])
        paragraphs = [f"{handed}, as an AES-256 encrypted file.{first}", why, *rest]
    else:
        how = f", encrypted with {sealed.evidence.cipher}" if sealed and sealed.method != "none" else ""
        paragraphs = [f"{handed}{how}.", NOTHING_MORE]
    return Told(
        about=TO_SENDER,
        deliveries=(delivery.id,),
        subject=f"Sent ({transfer.id})",
        text=letter(paragraphs, transfer, help_contact),
    )


def _by_channel(notice: Notice | None, channel: SecondChannel) -> str:
    """Return by what the recipient was told, or was to be; empty where nobody tried."""
    return f"to {masked(notice.to)} by {channel.called or 'the second channel'}" if notice else ""


def _passphrase(delivery: Delivery, way: Way, words: str, by_channel: str) -> list[str]:
    """Return what to say of a passphrase: behind what happened first, then what to do. Nothing where there is none."""
    sealed = delivery.sealed
    if sealed is None or way in {Way.NONE, Way.DUE}:
        return []
    if way is Way.AGREED:
        return [f" It opens with the passphrase agreed with {sealed.agreed_with}.", NOTHING_MORE]
    if way is Way.SENT:
        return [f" The passphrase was sent {by_channel}.", NOTHING_MORE]
    if not words:
        return [f" Its passphrase is lost, and {delivery.recipient} cannot open the file.", SEND_AGAIN]
    failed = f" Its passphrase could not be sent {by_channel or 'by another channel'}."
    if way is Way.OFFICER:
        return [f"{failed} You are not told it: it may not go by you.", WITH_AN_OFFICER]
    give = f"What you must do: give {delivery.recipient} this passphrase by telephone, letter or in person. {APART}"
    soon = "By when: soon. Without it the recipient cannot open the file."
    return [failed if by_channel else "", give, f"    {words}", soon]


def not_taken(name: str, why: str, *, help_contact: str) -> Told:
    """Return what staff must be told about a file that stays in the outbound folder."""
    shown = _printable(name)
    paragraphs = [
        f"What happened: '{shown}' stays in the outbound folder and is not sent.",
        f"Why: it {why}.",
        "What you can do: put it into a folder called to/ADDRESS, with the recipient's address, or ask for help.",
        f"Who can help: {help_contact}",
    ]
    return Told(about="not taken", deliveries=(), subject=f"Not taken, {shown}", text="\n\n".join(paragraphs) + "\n")
