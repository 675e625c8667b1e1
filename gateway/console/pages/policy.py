"""The policy: what is in force, what each rule says, what is proved, and what would be decided if."""

from __future__ import annotations

from typing import Final

from starlette.responses import Response

from gateway.console.frame.visit import Visit
from gateway.console.held.rules import words_of_rule
from gateway.console.held.words import GAPS, NETWORKS, kind_of
from gateway.console.policy.owed import owed
from gateway.console.policy.sheet import laws_of, proof_of, raises_of, rules_by_file
from gateway.console.policy.supposed import ALSO, ROWS, circumstances, supposed
from gateway.console.roles import Permission
from gateway.console.routes import Page
from gateway.console.words import mark
from gateway.decide.policy import Policy
from gateway.errors import NotFound
from gateway.model.facts import Consent
from gateway.model.tier import Tier
from gateway.model.verdict import METHODS, Outcome

CONSENTS: Final = {
    Consent.NONE: mark("nothing said"),
    Consent.GIVEN: mark("given"),
    Consent.REFUSED: mark("refused"),
    Consent.RESTRICTED: mark("given with limits"),
    Consent.WITHDRAWN: mark("withdrawn"),
    Consent.EXPIRED: mark("expired"),
}
WOULD: Final = {
    Outcome.DELIVER: (mark("It would be sent"), "green"),
    Outcome.QUARANTINE: (mark("It would be held until an officer has looked at it"), "red"),
    Outcome.REFUSE: (mark("It would be refused"), "red"),
}
"""What would happen, and the colour of it."""


def rules(visit: Visit) -> Response:
    """Show every rule, by the file in which it is written."""
    policy, tongue = in_force(visit), visit.tongue
    by_file = rules_by_file(policy, tongue)
    return visit.show("policy/rules.html", policy=policy, files=by_file, raises=raises_of(policy, tongue))


def laws(visit: Visit) -> Response:
    """Show the laws, each with what its proof says."""
    policy, tongue = in_force(visit), visit.tongue
    return visit.show("policy/laws.html", policy=policy, laws=laws_of(policy, tongue), proof=proof_of(policy))


def routes(visit: Visit) -> Response:
    """Show the ways out."""
    policy = in_force(visit)
    return visit.show("policy/routes.html", policy=policy, networks=NETWORKS, routes=sorted(policy.routes.items()))


def what_if(visit: Visit) -> Response:
    """Show what would be decided of a delivery that nobody sent."""
    policy, tongue = in_force(visit), visit.tongue
    errors: dict[str, str] = {}
    asked, result = visit.query, None
    if "to" in asked:
        known = circumstances(asked, visit.desk.clock.now(), errors)
        result = None if errors else supposed(policy, known)
    kinds = sorted((kind_of(each, visit.language), each) for each in policy.entities)
    readable = tongue.say("everything can be read")
    nothing, none = tongue.say("None"), tongue.say("By the recipient's domain")
    return visit.show(
        "policy/what-if.html",
        status=422 if errors else 200,
        errors=errors,
        asked=asked,
        result=result,
        would=WOULD,
        networks=NETWORKS,
        owed=owed,
        words_of_rule=words_of_rule(visit.desk.policy, tongue),
        rows=range(1, ROWS + 1),
        tiers=[(each.label, _shown_as(policy, each)) for each in Tier],
        also=[{"value": name, "text": tongue.say(words)} for name, words in ALSO.items()],
        kinds=[("", nothing), *((entity, words) for words, entity in kinds)],
        gaps=[("", readable), *((str(kind), tongue.say(words)) for kind, words in GAPS.items())],
        consents=[(str(each), tongue.say(words)) for each, words in CONSENTS.items()],
        routes=[("", none), *((route.id, route.id) for route in policy.routes.values() if route.folder)],
        methods=METHODS,
    )


def _shown_as(policy: Policy, tier: Tier) -> str:
    shown = policy.shown.get(tier, tier.label)
    return tier.label if shown == tier.label else f"{tier.label} ({shown})"


def in_force(visit: Visit) -> Policy:
    """Return the policy in force; `NotFound` where the daemon has published none."""
    policy = visit.desk.policy()
    if policy is None:
        raise NotFound("no policy is in force yet", hint="the daemon publishes it when it starts: 'gateway run'")
    return policy


PAGES: Final = (
    Page(method="GET", path="/policy/rules", act=rules, needs=Permission.POLICY_READ),
    Page(method="GET", path="/policy/laws", act=laws, needs=Permission.POLICY_READ),
    Page(method="GET", path="/policy/routes", act=routes, needs=Permission.POLICY_READ),
    Page(method="GET", path="/policy/what-if", act=what_if, needs=Permission.POLICY_READ),
)
