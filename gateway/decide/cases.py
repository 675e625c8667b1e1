"""Golden cases: what the people who sign the policy expect of it, in their words. A set that fails them does not load.

A case goes through routing and deciding exactly as a transfer does.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from gateway.decide.evaluate import decide, effective_tier
from gateway.decide.parse import FOLDER
from gateway.decide.policy import KNOWN_GAPS, Policy
from gateway.decide.routing import route_for
from gateway.decide.shapes import CasesFile, CaseShape, Given
from gateway.errors import Complaint, Invalid
from gateway.model.document import Document, Path, nearest, read
from gateway.model.facts import Facts
from gateway.model.inspection import GapKind, MarkingStatus
from gateway.model.subject import asks_for_encryption
from gateway.model.tier import Tier
from gateway.model.validation import validate

CASES: Final = "cases/"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ran:
    """How many cases ran, and what each one that failed says."""

    total: int
    failures: tuple[Complaint, ...]


def run_cases(policy: Policy, files: Mapping[str, str]) -> Ran:
    """Run the cases among the files of a policy set; a case that cannot be read is a failure."""
    total = 0
    failures: list[Complaint] = []
    for name, text in sorted(files.items()):
        if not name.startswith(CASES):
            continue
        try:
            document = read(FOLDER + name, text)
            file = validate(document, CasesFile)
        except Invalid as trouble:
            failures += trouble.complaints
            continue
        for number, case in enumerate(file.cases):
            total += 1
            failures += _failures(policy, document, ("cases", number), case, file.internal_domains)
    return Ran(total=total, failures=tuple(failures))


def _failures(
    policy: Policy, document: Document, path: Path, case: CaseShape, internal: tuple[str, ...]
) -> Iterator[Complaint]:
    unknown = list(_unknown(policy, document, (*path, "given"), case.given))
    if unknown:
        yield from unknown
        return
    facts = facts_of(policy, case.given, internal)
    verdict = decide(policy, facts)
    expected = {
        "tier": (case.expect.tier, effective_tier(policy, facts).label),
        "route": (case.expect.route, verdict.route or "none"),
        "outcome": (str(case.expect.outcome), str(verdict.outcome)),
        "obligations": (_listed(case.expect.obligations), _listed(verdict.obligations)),
        "reasons": (_listed(case.expect.reasons), _listed(reason.rule for reason in verdict.reasons)),
    }
    for name, (wanted, got) in expected.items():
        if wanted != got:
            message = f"the case '{case.id}' fails: {name} is {got or 'none'}, not {wanted or 'none'}"
            yield document.complaint((*path, "expect", name), message)


def _listed(words: object) -> str:
    return ", ".join(sorted(str(word) for word in words)) if hasattr(words, "__iter__") else str(words)


def facts_of(policy: Policy, given: Given, internal: tuple[str, ...]) -> Facts:
    """Return the facts of a case."""
    routed = route_for(policy, given.recipient, given.chosen, internal)
    return Facts(
        sender=given.sender,
        recipient=given.recipient,
        marking=Tier.of(given.marking),
        marking_status=MarkingStatus(given.marking_status),
        entities=tuple(sorted(given.entities.items())),
        people=given.people,
        gaps=frozenset(GapKind(kind) for kind in given.gaps),
        route=routed.route_id,
        network=routed.network,
        domain_status=routed.domain_status,
        can=frozenset(given.can),
        encrypt_requested=asks_for_encryption(given.subject),
        released=given.released,
        size=given.size,
    )


def _unknown(policy: Policy, document: Document, path: Path, given: Given) -> Iterator[Complaint]:
    tiers = {tier.label for tier in Tier}
    if given.marking not in tiers:
        message = f"'{given.marking}' is not allowed; {nearest(given.marking, tiers)}"
        yield document.complaint((*path, "marking"), message)
    for number, kind in enumerate(given.gaps):
        if kind not in KNOWN_GAPS:
            message = f"'{kind}' is not allowed; {nearest(kind, KNOWN_GAPS)}"
            yield document.complaint((*path, "gaps", number), message)
    for entity in given.entities:
        if entity not in policy.entities:
            message = f"'{entity}' is no entity that a detector reports; {nearest(entity, policy.entities)}"
            yield document.complaint((*path, "entities", entity), message, key=True)
