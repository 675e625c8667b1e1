"""From files to a policy that may be put in force: parsed, proved, and true to its golden cases."""

from __future__ import annotations

from collections.abc import Mapping

from gateway.decide.cases import run_cases
from gateway.decide.parse import parse_policy
from gateway.decide.policy import Policy
from gateway.decide.prove import prove
from gateway.errors import Invalid
from gateway.model.document import ordered


def load(files: Mapping[str, str]) -> Policy:
    """Return the policy in these files; raises `Invalid` with every complaint, counterexamples and failures too."""
    policy = parse_policy(files)
    complaints = (*prove(policy).complaints, *run_cases(policy, files).failures)
    if complaints:
        raise Invalid(ordered(complaints))
    return policy
