"""From files to a policy that may be put in force: parsed, proved, true to its golden cases, every rule in one."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from gateway.decide.cases import run_cases, without_case
from gateway.decide.parse import parse_policy
from gateway.decide.policy import Policy
from gateway.decide.proof.prove import prove
from gateway.errors import Invalid
from gateway.model.document import ordered


def load(files: Mapping[str, str], others: Mapping[str, str] = MappingProxyType({})) -> Policy:
    """Return the policy in these files; raises `Invalid` with every complaint, counterexamples and failures too.

    `others` are in its hash and are read by other rooms.
    """
    policy = parse_policy(files, others)
    ran = run_cases(policy, files)
    complaints = [*prove(policy).complaints, *ran.failures]
    if not complaints:  # a case that fails shows nothing, and says so itself
        complaints += without_case(policy, ran)
    if complaints:
        raise Invalid(ordered(complaints))
    return policy
