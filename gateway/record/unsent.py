"""What officers are told of a passphrase that neither its recipient nor the sender could be told."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from gateway.model.transfer import Delivery, Transfer
from gateway.record.notices import letter
from gateway.record.passphrases import SecondChannel, Way, awaiting, way_of, with_officers


def officers_due(
    transfer: Transfer, *, may_tell: Callable[[Delivery], bool], channel: SecondChannel, help_contact: str
) -> Iterator[tuple[Delivery, str, str]]:
    """Yield each delivery whose passphrase officers must see to, with the subject and the words of their notice."""
    for delivery in awaiting(transfer):
        has_contact = bool(channel.contact_of(delivery.recipient))
        way = way_of(transfer, delivery, may_tell=may_tell(delivery), has_contact=has_contact)
        if way is Way.OFFICER and not with_officers(transfer, delivery):
            yield delivery, f"A passphrase could not be told ({transfer.id})", _letter(transfer, delivery, help_contact)


def _letter(transfer: Transfer, delivery: Delivery, help_contact: str) -> str:
    paragraphs = [
        f"What happened: {delivery.recipient} was sent a sealed form, and could not be sent its passphrase.",
        "Why you are told: the sender may not or cannot be told it, and you are an officer.",
        "\n".join(
            [
                "What you can do:",
                f"  - take it out, once: 'gateway passphrases show {transfer.id} --to {delivery.recipient}'",
                "  - give it to the recipient by telephone or in person, on a number that you know to be theirs",
                "  - mend the second channel, or how the recipient is reached (policies/addresses.yaml)",
            ]
        ),
        "By when: soon. Without it the recipient cannot open what they have.",
    ]
    return letter(paragraphs, transfer, help_contact)
