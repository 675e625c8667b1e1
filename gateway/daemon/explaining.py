"""What would happen to something, without sending or storing it: for `gateway explain`, and for pages that ask.

The same functions decide as in earnest; only what is known of a sender and a recipient so far is asked of the store.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Protocol, TypeVar

from gateway.config.settings import Settings
from gateway.daemon.assembly import build_protector, may_tell
from gateway.daemon.draft import Draft
from gateway.daemon.planned import AgreedNames, Planned, plan
from gateway.daemon.telling import build_second
from gateway.decide.evaluate import effective_tier
from gateway.decide.facts import circumstances_of, common_to_all, facts_of_content
from gateway.decide.policy import Policy
from gateway.intake.thread import is_protected
from gateway.model.facts import Circumstances, Consent
from gateway.model.inspection import Inspection
from gateway.model.subject import asks_for_encryption
from gateway.model.transfer import Delivery, Origin, Transfer
from gateway.model.verdict import Outcome, Verdict
from gateway.moves.inside import judge
from gateway.protect.agreed import StandingPassphrases
from gateway.record.plain import gap, marking
from gateway.store.embedded import Store

T = TypeVar("T")


class Ask(Protocol):
    """Asks the store something; who may not read it gets `nothing` for an answer."""

    def __call__(self, question: Callable[[Store], T], nothing: T) -> T:
        """Return the answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """What was found, and for each recipient what would be decided and how it would be sealed."""

    seen: Inspection
    tier: str
    verdicts: tuple[Verdict, ...]
    plans: tuple[Planned, ...]

    @property
    def severest(self) -> Outcome:
        """The strictest outcome."""
        return max((verdict.outcome for verdict in self.verdicts), key=lambda outcome: outcome.strictness)

    def plain(self) -> dict[str, object]:
        """Return it as contracts 2.3 print it."""
        entities = [finding.entity for finding in self.seen.findings]
        return {
            "effective_tier": self.tier,
            "marking": marking(self.seen.marking),
            "findings_by_entity": {entity: entities.count(entity) for entity in sorted(set(entities))},
            "people": self.seen.people,
            "gaps": [gap(each) for each in self.seen.gaps],
            "recipients": [
                {**verdict_plain(verdict), **planned.plain()}
                for verdict, planned in zip(self.verdicts, self.plans, strict=True)
            ],
        }


def verdict_plain(verdict: Verdict) -> dict[str, object]:
    """Return a verdict as contracts 2.3 print it."""
    return {
        "recipient": verdict.recipient,
        "route": verdict.route,
        "network": str(verdict.network),
        "outcome": str(verdict.outcome),
        "obligations": sorted(verdict.obligations),
        "reasons": [
            {"rule": each.rule, "file": each.file, "line": each.line, "says": each.says} for each in verdict.reasons
        ],
        "would_pass_if": list(verdict.would_pass_if),
        "observed": [
            {"rule": each.reason.rule, "outcome": str(each.outcome), "obligations": sorted(each.obligations)}
            for each in verdict.observed
        ],
        "policy": verdict.policy,
    }


def as_mail(transfer: Transfer, draft: Draft, ask: Ask, *, has_subject: bool) -> Transfer:
    """Return the transfer that the mail door would make of it; what was asked for comes before what its header says."""

    def refers_to_protected(store: Store) -> bool:
        return is_protected(draft.refers_to, store.transfers)

    return replace(
        transfer,
        origin=Origin.MAIL,
        message=True,
        shown=draft.shown,
        protected_thread=ask(refers_to_protected, nothing=False),
        encrypt_requested=transfer.encrypt_requested if has_subject else asks_for_encryption(draft.subject),
        reason=transfer.reason or draft.reason,
        consent=draft.consent if transfer.consent in {"", Consent.NONE} else transfer.consent,
    )


def explained(settings: Settings, policy: Policy, transfer: Transfer, seen: Inspection, ask: Ask) -> Explanation:
    """Return what would be decided for each recipient of something that was inspected, and how it would be sealed."""
    names: tuple[str, ...] = ask(lambda store: tuple(StandingPassphrases(store.secrets).names()), ())
    protector = build_protector(settings, lambda: policy, AgreedNames(names))
    second, may = build_second(settings, lambda: policy), may_tell(settings)
    internal = frozenset(settings.organisation.internal_domains)
    common = common_to_all(transfer, seen, at=transfer.received_at, internal_domains=internal)

    def known(delivery: Delivery) -> Circumstances:
        sender, to = transfer.sender, delivery.recipient
        return circumstances_of(
            common,
            delivery,
            can=protector.can(to, may_tell=may(transfer, delivery)),
            internal_domains=internal,
            is_new=not ask(lambda store: store.transfers.has_corresponded(sender, to), nothing=False),
        )

    verdicts, plans = list[Verdict](), list[Planned]()
    for delivery in transfer.deliveries:
        circumstances = known(delivery)
        verdicts.append(judge(circumstances, policy=policy, observed=None))
        told = may(transfer, delivery)
        plans.append(plan(protector, second, verdicts[-1], may_tell=told, can=circumstances.can))
    tier = effective_tier(policy, facts_of_content(policy, seen)).label
    return Explanation(seen=seen, tier=tier, verdicts=tuple(verdicts), plans=tuple(plans))
