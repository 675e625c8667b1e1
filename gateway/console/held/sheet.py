"""All that the page of one delivery shows, beside the decision: what it is, what was found, which rules were asked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from gateway.console.held.filing import Case
from gateway.console.held.found import Place, counts, gaps, places, title
from gateway.console.held.inside import inside
from gateway.console.held.noticed import notice_row
from gateway.console.held.rules import Row, rules_of, silent_rules
from gateway.console.held.words import DELIVERIES, NETWORKS, PLACES
from gateway.model.held import why_held
from gateway.model.lifecycle import DeliveryState
from gateway.model.search import Line, TransferQuery
from gateway.model.verdict import Said, Verdict

if TYPE_CHECKING:
    from gateway.console.words.tongue import Tongue
    from gateway.model.inspection import Marking
    from gateway.model.passage import Passage
    from gateway.model.transfer import Delivery, Question

ALIKE: Final = 5
"""Other transfers with the same content that a page names."""

NAMED: Final = 20
"""Other deliveries, notices and files of one transfer that a page lists."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """One delivery, read for a page."""

    case: Case
    tongue: Tongue
    passages: tuple[Passage, ...] = ()

    @property
    def title(self) -> str:
        """What it is called."""
        return title(self.case.transfer, self.tongue)

    @property
    def headline(self) -> str:
        """Where it stands, in a few words."""
        delivery, say = self.case.delivery, self.tongue.say
        if delivery.state is not DeliveryState.HELD:
            return say(DELIVERIES[delivery.state][0])
        why = say(why_held(delivery)[0].words)
        return say("Held: %(why)s", why=f"{why[:1].lower()}{why[1:]}")

    @property
    def colour(self) -> str:
        """The colour of where it stands."""
        state = self.case.delivery.state
        if state is DeliveryState.HELD:
            return "red"
        return DELIVERIES[state][1] or "blue"

    @property
    def because(self) -> tuple[Said, ...]:
        """Why it stands so, a sentence each: a trouble, or what the rules say."""
        delivery = self.case.delivery
        if delivery.trouble:
            return (Said(text=f"{delivery.trouble[:1].upper()}{delivery.trouble[1:]}."),)
        reasons = delivery.verdict.reasons if delivery.verdict else ()
        return tuple(each.words(self.tongue.language) for each in reasons)

    @property
    def has_left(self) -> str:
        """What has left the organisation, and to whom: nothing, as long as it is held and no attempt was cut short."""
        delivery, say = self.case.delivery, self.tongue.say
        if delivery.state is DeliveryState.DELIVERED:
            answer = delivery.receipt.answer if delivery.receipt else ""
            return say("The next hop took it and answered: %(answer)s", answer=answer or say("nothing"))
        if delivery.in_doubt:
            return say("An attempt to hand it over was cut short: the recipient may have it.")
        gone = sum(each.state is DeliveryState.DELIVERED for each in self.case.transfer.deliveries)
        if gone:
            others = self.tongue.several("%(num)s other recipient has it.", "%(num)s other recipients have it.", gone)
            return f"{say('Nothing has left for this recipient.')} {others}"
        return say("Nothing has left the organisation.")

    @property
    def kinds(self) -> str:
        """What was found, by kind."""
        return counts(self.case.transfer.inspection, self.tongue)

    @property
    def places(self) -> tuple[Place, ...]:
        """What was found, by place, with the passages of it."""
        return places(self.case.transfer, self.tongue, self.passages)

    @property
    def has_findings(self) -> bool:
        """Whether anything was found, be it ever so unsure."""
        return bool(self.case.transfer.inspection and self.case.transfer.inspection.findings)

    @property
    def gaps(self) -> tuple[tuple[str, str], ...]:
        """What was not read, and why."""
        return gaps(self.case.transfer.inspection, self.tongue)

    @property
    def inside(self) -> tuple[Sequence[str], str]:
        """What was opened in its files, and how much of that is not listed."""
        return inside(self.case.transfer.inspection, self.tongue)

    @property
    def marking(self) -> Marking | None:
        """Its protective marking."""
        return self.case.transfer.inspection.marking if self.case.transfer.inspection else None

    @property
    def marking_place(self) -> str:
        """Where the marking was found."""
        return self.tongue.say(PLACES[self.marking.where]) if self.marking else ""

    @property
    def route(self) -> str:
        """By which route it would go and over what."""
        verdict = self.case.delivery.verdict
        if verdict is None:
            return ""
        network = self.tongue.say(NETWORKS[verdict.network])
        return f"{verdict.route}: {network}" if verdict.route else network

    @property
    def rules(self) -> list[Row]:
        """The rules that decided, and those that only observed."""
        return rules_of(self.verdict, self.tongue) if self.verdict else []

    @property
    def silent(self) -> list[Row]:
        """The rules that did not decide, where the policy of the verdict is still in force."""
        policy = self.case.desk.policy()
        return silent_rules(policy, self.verdict, self.tongue) if policy and self.verdict else []

    @property
    def is_of_another_policy(self) -> bool:
        """Whether the policy has changed since it was decided."""
        policy, verdict = self.case.desk.policy(), self.case.delivery.verdict
        return bool(policy and verdict and policy.hash != verdict.policy)

    @property
    def verdict(self) -> Verdict | None:
        """What was decided last."""
        return self.case.delivery.verdict

    @property
    def questions(self) -> Sequence[Question]:
        """What the sender was asked about this delivery, with their answers."""
        return [each for each in self.case.transfer.questions if each.delivery_id == self.case.delivery.id]

    @property
    def before(self) -> Sequence[Line]:
        """Other transfers of the last month that hold the same content, and the one that this probably repeats."""
        transfer, store = self.case.transfer, self.case.desk.store
        digest = transfer.sent_sha256 or transfer.parts[0].sha256
        found = store.search.find(TransferQuery(text=digest), now=self.case.desk.clock.now(), limit=ALIKE + 1)
        return [each for each in found.rows if each.id != transfer.id][:ALIKE]

    @property
    def others(self) -> tuple[Sequence[tuple[Delivery, str, str]], int]:
        """The deliveries to other recipients with where they stand, and how many more there are."""
        others = [each for each in self.case.transfer.deliveries if each.id != self.case.delivery.id]
        shown = [(each, *DELIVERIES[each.state]) for each in others[:NAMED]]
        return shown, len(others) - len(shown)

    @property
    def notices(self) -> Sequence[Mapping[str, Any]]:
        """The newest notices."""
        return [notice_row(each, self.tongue) for each in reversed(self.case.transfer.notices[-NAMED:])]
