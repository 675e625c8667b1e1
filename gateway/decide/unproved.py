"""What may become of a delivery whose route promised verified TLS and could not prove it: sealed, or not at all.

Both are asked: what holds on the network that was promised, and what holds on the public internet. The stricter outcome
stands, with the duties of both and a seal: never milder than what was decided before, whatever the policy says.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from gateway.decide.evaluate import Judgement, judge_facts, verdict_of
from gateway.decide.facts import facts_for
from gateway.decide.policy import Policy, Route
from gateway.model.facts import Circumstances, Facts
from gateway.model.verdict import Network, Obligation, Outcome, Reason, Verdict

UNPROVED_SAYS: Final = "Its route could not prove how safe it is, so it goes sealed, as over the internet, or not."
UNPROVED: Final = Reason(rule="house/unproved", file="gateway/decide/unproved.py", line=19, says=UNPROVED_SAYS)


def decide_delivery(policy: Policy, known: Circumstances) -> Verdict:
    """Return the verdict on one delivery in its circumstances. Total, as `decide` is."""
    return verdict_of(policy, *judge_delivery(policy, known))


def judge_delivery(policy: Policy, known: Circumstances) -> tuple[Facts, Judgement]:
    """Return the facts of a delivery and the judgement on them."""
    facts = facts_for(policy, known)
    judgement = judge_facts(policy, facts)
    if not known.unproved or facts.network is not Network.VERIFIED_TLS:
        return facts, judgement
    facts = replace(facts, network=Network.PUBLIC)
    return facts, _both(judgement, judge_facts(policy, facts))


def network_of(route: Route, known: Circumstances | None) -> Network:
    """Return what a route crosses for a delivery: no more than the public internet, once it failed to prove more."""
    if known is not None and known.unproved and route.network is Network.VERIFIED_TLS:
        return Network.PUBLIC
    return route.network


def _both(promised: Judgement, public: Judgement) -> Judgement:
    """Return what two judgements add up to: the stricter outcome, with the duties of whichever says so.

    What must go by verified TLS even over the internet cannot go: nobody can do that here.
    """
    outcome = max(promised.outcome, public.outcome, key=lambda each: each.strictness)
    duties = frozenset[str]().union(*(each.obligations for each in (promised, public) if each.outcome is outcome))
    deciding = public if public.outcome is outcome else promised
    if outcome is not Outcome.DELIVER:
        return replace(deciding, obligations=duties, reasons=(*deciding.reasons, UNPROVED))
    if Obligation.TLS_VERIFIED in public.obligations:
        return replace(deciding, outcome=Outcome.QUARANTINE, obligations=frozenset(), reasons=(UNPROVED,))
    duties = (duties - {Obligation.TLS_VERIFIED}) | {Obligation.SEAL_AES256}
    return replace(deciding, obligations=duties, reasons=(*deciding.reasons, UNPROVED))
