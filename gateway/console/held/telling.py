"""What a decision will do, in sentences, before it counts; and what became of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gateway.console.held.filing import Case, drafted, officers, outlook
from gateway.console.held.offers import Offer
from gateway.console.held.words import NETWORKS, OWED
from gateway.decide.consequence import Consequence, Fate
from gateway.model.lifecycle import DeliveryState
from gateway.model.one_person import mailbox
from gateway.model.record import Act, Officer
from gateway.model.verdict import BY_KEY, Said

if TYPE_CHECKING:
    from gateway.console.words.tongue import Tongue

UNDER_WAY = frozenset({DeliveryState.UNDECIDED, DeliveryState.CLEARED, DeliveryState.SEALED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Foretold:
    """What a decision will do: in a few words, in sentences, and whether it does what its officer wants.

    `because` is what rules say to it, or what went wrong.
    """

    title: str
    sentences: tuple[str, ...]
    colour: str
    because: tuple[Said, ...] = ()


def foretold(case: Case, offer: Offer, reason: str, tongue: Tongue) -> Foretold:
    """Return what will come of a choice; raises as `quarantine.review.carry_out` for what may not be."""
    recipient, say = case.delivery.recipient, tongue.say
    draft = drafted(case, offer.act, reason, method=offer.method, redact=offer.redact)
    would = outlook(case, draft) if offer.act is not Act.ASK else None
    if offer.act is Act.ASK:
        sentences = (
            say("%(sender)s is sent your question as a notice.", sender=case.transfer.sender),
            say("It stays held. The answer will stand in its history."),
        )
        return Foretold(title=say("The sender will be asked"), sentences=sentences, colour="blue")
    if offer.act is Act.REFUSE:
        sentences = (
            say("It will not go to %(recipient)s. This cannot be undone.", recipient=recipient),
            say("%(sender)s is told, with your reason.", sender=case.transfer.sender)
            if case.transfer.sender
            else say("Nobody is told: it has no sender."),
        )
        return Foretold(title=say("It will be refused"), sentences=sentences, colour="red")
    return _released(case, would, tongue)


def _released(case: Case, would: Consequence | None, tongue: Tongue) -> Foretold:
    say, recipient = tongue.say, case.delivery.recipient
    if would is None:
        sentence = say("The rules decide it again with your release. Nobody can say now what they will say.")
        return Foretold(title=say("It will be decided again"), sentences=(sentence, _stop(case, tongue)), colour="blue")
    if would.fate is Fate.DELIVERED:
        title = say("It will be delivered to %(recipient)s", recipient=recipient)
        return Foretold(title=title, sentences=(*_way(would, tongue), _stop(case, tongue)), colour="green")
    because = tuple(each.words(tongue.language) for each in would.verdict.reasons)
    if would.fate is Fate.SECOND_PERSON:
        names = [each.name for each in seconds(case, would)]
        who = (
            say("Who may: %(names)s.", names=tongue.listed(names))
            if names
            else say("Nobody here may. Ask who looks after people and roles.")
        )
        sentences, title = (who, _stop(case, tongue)), say("It will wait for a second person")
        return Foretold(title=title, sentences=sentences, colour="blue", because=because)
    if would.fate is Fate.REFUSED:
        return Foretold(title=say("The rules will refuse it"), sentences=(), colour="red", because=because)
    if would.trouble:
        because = (Said(text=f"{would.trouble[:1].upper()}{would.trouble[1:]}."), *because)
    return Foretold(title=say("It will stay held all the same"), sentences=(), colour="red", because=because)


def _way(would: Consequence, tongue: Tongue) -> Iterator[str]:
    """Yield how it goes: by which route, sealed by what, and what else it owes."""
    verdict, say = would.verdict, tongue.say
    yield say(
        "It goes by the route %(route)s: %(network)s.", route=verdict.route, network=say(NETWORKS[verdict.network])
    )
    if would.method in BY_KEY:
        yield say("It is sealed for a key of the recipient (%(method)s).", method=would.method.upper())
    elif would.method:
        yield say("It is sealed with a passphrase (%(method)s).", method=would.method.upper())
    else:
        yield say("It is not sealed.")
    owed = [say(OWED[each]) for each in sorted(verdict.obligations) if each in OWED]
    if owed:
        yield say("It goes %(how)s.", how=tongue.listed(owed))


def _stop(case: Case, tongue: Tongue) -> str:
    seconds = round(case.desk.settings.stop_within.total_seconds())
    return tongue.several("You have %(num)s second to stop it.", "You have %(num)s seconds to stop it.", seconds)


def seconds(case: Case, would: Consequence) -> list[Officer]:
    """Return who may be the second person after the visitor: approvers of a role that the rules ask for."""
    return [each for each in approvers(case) if not would.second or set(would.second) & set(each.roles)]


def approvers(case: Case) -> list[Officer]:
    """Return who but the visitor may be the second person: no party to it, and nobody who released it before.

    Whoever is an officer of the settings and of the console as well is one person.
    """
    released = [each.address for each in case.delivery.releases]
    parties = (case.transfer.sender, *case.transfer.authors, case.delivery.recipient)
    addresses = (case.visit.me.address, *parties, *released)
    own = {mailbox(each) for each in addresses if each}
    found = {mailbox(each.address): each for each in officers(case.visit) if each.approves}
    return [each for address, each in found.items() if address not in own]


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of a decision so far. It `goes_on` as long as something will still happen by itself."""

    title: str
    sentences: tuple[str, ...]
    colour: str
    goes_on: bool


def outcome(case: Case, tongue: Tongue) -> Outcome:
    """Return how it stands with a delivery, for whoever decided on it."""
    say, delivery = tongue.say, case.delivery
    waiting = case.waiting
    if waiting is not None:
        title = say("Refused by %(name)s", name=waiting.officer)
        if waiting.act is Act.RELEASE:
            title = say("Released by %(name)s", name=waiting.officer)
        return Outcome(title=title, sentences=(f"“{waiting.reason}”",), colour="blue", goes_on=True)
    if delivery.state in UNDER_WAY:
        trouble = (say("The last try: %(trouble)s", trouble=delivery.trouble),) if delivery.trouble else ()
        sentences = (say("It is on its way. It counts as delivered when the next hop took it."), *trouble)
        return Outcome(title=say("On its way"), sentences=sentences, colour="blue", goes_on=True)
    return _ended(case, tongue)


def _ended(case: Case, tongue: Tongue) -> Outcome:
    say, delivery = tongue.say, case.delivery
    if delivery.state is DeliveryState.DELIVERED:
        answer = delivery.receipt.answer if delivery.receipt else ""
        sentences = (say("The next hop took it and answered: %(answer)s", answer=answer or say("nothing")),)
        return Outcome(title=say("Delivered"), sentences=sentences, colour="green", goes_on=False)
    if delivery.state is DeliveryState.REFUSED:
        who = delivery.refusal.officer if delivery.refusal else ""
        title = say("Refused by %(name)s", name=who) if who else say("Refused")
        return Outcome(title=title, sentences=(say("It will not go."),), colour="red", goes_on=False)
    if delivery.state is DeliveryState.UNDELIVERABLE:
        title = say("Could not be delivered")
        return Outcome(title=title, sentences=(delivery.trouble,), colour="red", goes_on=False)
    return _held(case, tongue)


def _held(case: Case, tongue: Tongue) -> Outcome:
    say, delivery = tongue.say, case.delivery
    if delivery.trouble:
        return Outcome(title=say("Held again"), sentences=(delivery.trouble,), colour="red", goes_on=False)
    if delivery.release is not None:
        title = say("It waits for a second person")
        sentences = (
            say("%(name)s released it, and the rules want another person as well.", name=delivery.release.officer),
        )
        return Outcome(title=title, sentences=sentences, colour="blue", goes_on=False)
    return Outcome(title=say("It is held"), sentences=(say("Nothing is decided."),), colour="blue", goes_on=False)
