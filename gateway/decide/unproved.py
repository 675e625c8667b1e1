"""What may become of a delivery whose route promised verified TLS and could not prove it: sealed, or not at all.

Both are asked: what holds on the network that was promised, and what holds on the public internet. The stricter outcome
stands, with the duties of both and a seal: never milder than what was decided before, whatever the policy says.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from gateway.decide.demands import with_demands
from gateway.decide.duties import owed
from gateway.decide.evaluate import Judgement, judge_facts, verdict_of
from gateway.decide.explain import ways_to_pass
from gateway.decide.facts import facts_for
from gateway.decide.policy import Policy, Route
from gateway.model.facts import Circumstances, Facts
from gateway.model.verdict import Network, Obligation, Outcome, Reason, Verdict

UNPROVED: Final = Reason(
    rule="house/unproved",
    file="gateway/decide/unproved.py",
    line=21,
    says="Its route could not prove how safe it is, so it goes sealed, as over the internet, or not.",
    welsh="Ni allai ei lwybr brofi pa mor ddiogel ydyw, felly mae'n mynd dan sêl, fel dros y rhyngrwyd, neu ddim.",
)


def decide_delivery(policy: Policy, known: Circumstances) -> Verdict:
    """Return the verdict on one delivery in its circumstances. Total, as `decide` is."""
    verdict = verdict_of(policy, *judge_delivery(policy, known))
    if not known.unproved or verdict.outcome is Outcome.DELIVER:
        return verdict
    facts = facts_for(policy, known)
    if not _is_unproved(facts, known):
        return verdict
    ways = ways_to_pass(policy, facts, lambda each: _judged(policy, each, known).outcome)
    return replace(verdict, would_pass_if=ways)


def judge_delivery(policy: Policy, known: Circumstances) -> tuple[Facts, Judgement]:
    """Return the facts of a delivery and the judgement on them."""
    facts = facts_for(policy, known)
    seen = replace(facts, network=Network.PUBLIC) if _is_unproved(facts, known) else facts
    return seen, with_demands(_judged(policy, facts, known), known.demands)


def _is_unproved(facts: Facts, known: Circumstances) -> bool:
    return known.unproved and facts.network is Network.VERIFIED_TLS


def _judged(policy: Policy, facts: Facts, known: Circumstances) -> Judgement:
    judgement = judge_facts(policy, facts)
    if not _is_unproved(facts, known):
        return judgement
    return _both(judgement, judge_facts(policy, replace(facts, network=Network.PUBLIC)))


def network_of(route: Route, known: Circumstances | None) -> Network:
    """Return what a route crosses for a delivery: no more than the public internet, once it failed to prove more."""
    if known is not None and known.unproved and route.network is Network.VERIFIED_TLS:
        return Network.PUBLIC
    return route.network


def _both(promised: Judgement, public: Judgement) -> Judgement:
    """Return what two judgements add up to: the stricter outcome, with the duties of both that it can owe.

    What must go by verified TLS even over the internet cannot go: nobody can do that here.
    """
    outcome = max(promised.outcome, public.outcome, key=lambda each: each.strictness)
    both = promised.obligations | public.obligations
    deciding = public if public.outcome is outcome else promised
    if outcome is not Outcome.DELIVER:
        return replace(deciding, obligations=owed(both, outcome), reasons=(*deciding.reasons, UNPROVED))
    if Obligation.TLS_VERIFIED in public.obligations:
        held = owed(both, Outcome.QUARANTINE)
        return replace(deciding, outcome=Outcome.QUARANTINE, obligations=held, reasons=(UNPROVED,))
    sealed = (both - {Obligation.TLS_VERIFIED}) | {Obligation.SEAL_AES256}
    return replace(deciding, obligations=sealed, reasons=(*deciding.reasons, UNPROVED))
