"""What officers are told of a passphrase that neither its recipient nor the sender could be told."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from gateway.model.lifecycle import DeliveryState
from gateway.model.transfer import Delivery, Transfer
from gateway.record.letter import letter
from gateway.record.passphrases import SecondChannel, Way, by_delivery, way_of, with_officers


def officers_due(
    transfer: Transfer,
    *,
    may_tell: Callable[[Delivery], bool],
    channel: SecondChannel,
    secret: Callable[[str], str],
    help_contact: str,
) -> Iterator[tuple[Delivery, str]]:
    """Yield each delivery whose passphrase officers must see to, with the words of their notice.

    `secret` reads a passphrase from the vault by its id, and returns nothing for one that is lost.
    """
    about = by_delivery(transfer)
    for delivery in transfer.deliveries:
        is_handed = delivery.state is DeliveryState.DELIVERED
        object_id = delivery.sealed.secret_object_id if is_handed and delivery.sealed else ""
        notices = about[delivery.id]
        if not object_id or with_officers(notices):
            continue
        contact = channel.contact_of(delivery.recipient)
        if way_of(delivery, notices, may_tell=may_tell(delivery), contact=contact) is Way.OFFICER:
            write = to_give if secret(object_id) else lost
            yield delivery, write(transfer, delivery, help_contact)


def to_give(transfer: Transfer, delivery: Delivery, help_contact: str) -> str:
    """Return what officers are told of a passphrase that they must take out and give to its recipient."""
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


def lost(transfer: Transfer, delivery: Delivery, help_contact: str) -> str:
    """Return what officers are told of a passphrase that the vault does not give back."""
    paragraphs = [
        f"What happened: {delivery.recipient} was sent a sealed form, and its passphrase cannot be read any more.",
        "Why: what the vault keeps of it is damaged or gone ('gateway ledger show' says if an officer took it out).",
        "What you can do: see that the sender sends it again, and look for what else is damaged.",
        "By when: soon. The recipient cannot open what they have.",
    ]
    return letter(paragraphs, transfer, help_contact)
