"""What a sender is told of what was handed over: the passphrase too, where they are the one to give it."""

from __future__ import annotations

from dataclasses import dataclass, field

from gateway.model.transfer import Delivery, Notice
from gateway.record.letter import Desk, Told, Words, found, points, what, why
from gateway.record.passphrases import TO_SENDER, SecondChannel, Way, masked
from gateway.record.sentences import Sentences


@dataclass(frozen=True, slots=True, kw_only=True)
class Passphrase:
    """How it stands with one delivery's passphrase, and its words where the sender or an officer has it from us."""

    way: Way
    words: str = field(repr=False)
    last: Notice | None
    channel: SecondChannel

    @property
    def is_lost(self) -> bool:
        """True where somebody is to be told it, and nobody can read it any more."""
        return self.way in {Way.SENDER, Way.OFFICER} and not self.words


def handed_over(desk: Desk, delivery: Delivery, secret: Passphrase) -> Told:
    """Say that it was handed over. Mail that went as it was needs no word; files and passphrases do."""
    sealed, transfer = delivery.sealed, desk.transfer

    def write(say: Sentences) -> Words:
        handed = f"{say.happened} {say.sent.format(what=what(transfer, say), recipient=delivery.recipient)}"
        said = _said(delivery, secret, say)
        if not said:
            how = say.encrypted.format(cipher=sealed.evidence.cipher) if sealed and sealed.method != "none" else ""
            return say.sent_subject, [f"{handed}{how}.", say.nothing_more]
        first, *rest = said
        also = found(transfer, say)
        reasons = points([say.why, *why([delivery], say), *([also] if also else [])])
        return say.sent_subject, [f"{handed}{say.passphrase.as_file}{first}", reasons, *rest]

    gives = secret.way is Way.SENDER and bool(secret.words)
    return desk.told(TO_SENDER, [delivery], write, gives=gives, lost=secret.is_lost)


def _said(delivery: Delivery, secret: Passphrase, say: Sentences) -> list[str]:
    """Return what to say of a passphrase: behind what happened first, then what to do. Nothing where there is none."""
    sealed, words, last = delivery.sealed, say.passphrase, secret.last
    if sealed is None or secret.way in {Way.NONE, Way.DUE}:
        return []
    if secret.way is Way.AGREED:
        return [words.agreed.format(partner=sealed.agreed_with), say.nothing_more]
    called = secret.channel.called or words.channel
    channel = words.to_by.format(contact=masked(last.to), channel=called) if last else ""
    if secret.way is Way.SENT:
        return [words.sent.format(channel=channel), say.nothing_more]
    if secret.is_lost:
        return [words.lost.format(recipient=delivery.recipient), words.send_again]
    failed = words.failed.format(channel=channel or words.other_channel)
    if secret.way is Way.OFFICER:
        return [f"{failed}{words.not_told}", words.with_officer]
    give = words.give.format(recipient=delivery.recipient)
    return [failed if channel else "", give, f"    {secret.words}", words.soon]
