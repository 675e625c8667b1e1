"""Golden cases: what the people who sign the policy expect of it, in their words. A set that fails them does not load.

A case goes through routing and deciding exactly as a transfer does.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from gateway.decide.evaluate import decide, effective_tier
from gateway.decide.facts import facts_for
from gateway.decide.parse import FOLDER
from gateway.decide.policy import KNOWN_GAPS, Policy
from gateway.decide.routing import is_internal
from gateway.decide.shapes import CasesFile, CaseShape, Given, Imagined
from gateway.errors import Complaint, Invalid
from gateway.model.document import Document, Path, nearest, read
from gateway.model.facts import Circumstances, Facts, Trait
from gateway.model.inspection import GapKind
from gateway.model.subject import asks_for_encryption
from gateway.model.tier import Tier
from gateway.model.validation import validate

CASES: Final = "cases/"
IMAGINED: Final = "imagined"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ran:
    """How many cases ran, what each one that failed says, and which rules gave a reason in a case that did not."""

    total: int
    failures: tuple[Complaint, ...]
    shown: frozenset[str]


def run_cases(policy: Policy, files: Mapping[str, str]) -> Ran:
    """Run the cases among the files of a policy set; a case that cannot be read is a failure."""
    total = 0
    failures: list[Complaint] = []
    shown: set[str] = set()
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
            wrong = tuple(_failures(policy, document, ("cases", number), case, file.internal_domains))
            failures += wrong
            shown |= set() if wrong else {*case.expect.reasons, *case.expect.observed}
    return Ran(total=total, failures=tuple(failures), shown=frozenset(shown))


def without_case(policy: Policy, ran: Ran) -> Iterator[Complaint]:
    """Yield the rules that no golden case shows at work."""
    for rule in (*policy.rules, *policy.observed):
        if rule.id not in ran.shown:
            where = rule.written
            message = f"no golden case shows the rule '{rule.id}'; add one to policies/cases/ with it among its reasons"
            yield Complaint(file=where.file, line=where.line, column=where.column, message=message)


def _failures(
    policy: Policy, document: Document, path: Path, case: CaseShape, internal: tuple[str, ...]
) -> Iterator[Complaint]:
    unknown = list(_unknown(policy, document, (*path, "given"), case.given))
    if unknown:
        yield from unknown
        return
    facts = facts_of_case(policy, case.given, internal)
    verdict = decide(policy, facts)
    expected = {
        "tier": (case.expect.tier, effective_tier(policy, facts).label),
        "route": (case.expect.route, verdict.route or "none"),
        "outcome": (str(case.expect.outcome), str(verdict.outcome)),
        "obligations": (_listed(case.expect.obligations), _listed(verdict.obligations)),
        "reasons": (_listed(case.expect.reasons), _listed(reason.rule for reason in verdict.reasons)),
        "observed": (_listed(case.expect.observed), _listed(each.reason.rule for each in verdict.observed)),
    }
    for name, (wanted, got) in expected.items():
        if wanted != got:
            message = f"the case '{case.id}' fails: {name} is {got or 'none'}, not {wanted or 'none'}"
            yield document.complaint((*path, "expect", name), message)


def facts_of_case(policy: Policy, given: Given, internal: tuple[str, ...]) -> Facts:
    """Return the facts that a policy sees in a case."""
    return _supposing(facts_for(policy, circumstances(given, internal)), given.imagined)


def _supposing(facts: Facts, imagined: Imagined) -> Facts:
    """Return facts with what a case imagines; a network brings a route of its own."""
    changes: dict[str, Any] = {name: value for name, value in imagined if value and name != "removable_media"}
    if imagined.network:
        changes["route"] = IMAGINED
    if imagined.removable_media:
        changes["recipient_is"] = facts.recipient_is | {Trait.REMOVABLE_MEDIA}
    return replace(facts, **changes)


def _listed(words: Iterable[str]) -> str:
    return ", ".join(sorted(str(word) for word in words))


def circumstances(given: Given, internal: tuple[str, ...]) -> Circumstances:
    """Return the circumstances of a case."""
    return Circumstances(
        at=given.at,
        sender=given.sender,
        recipient=given.recipient,
        route=given.chosen,
        internal=is_internal(given.recipient, internal),
        marking=Tier.of(given.marking),
        marking_status=given.marking_status,
        thread=Tier.of(given.thread),
        thread_is_sure=given.thread_is_sure,
        attachment_above=given.attachment_above,
        descriptors=frozenset(given.descriptors),
        caveats=frozenset(given.caveats),
        entities=tuple(sorted(given.entities.items())),
        people=given.people,
        gaps=frozenset(GapKind(kind) for kind in given.gaps),
        size=given.size,
        recipients=tuple(sorted(given.recipients.items())),
        can=frozenset(given.can),
        is_new=given.new,
        is_protected_thread=given.protected_thread,
        encrypt_requested=asks_for_encryption(given.subject),
        reason_given=given.reason_given,
        consent=given.consent,
        approvals=len(given.released_by),
        approved_by=frozenset(role for role in given.released_by if role),
    )


def _unknown(policy: Policy, document: Document, path: Path, given: Given) -> Iterator[Complaint]:
    tiers = {tier.label for tier in Tier}
    for name, label in (("marking", given.marking), ("thread", given.thread)):
        if label not in tiers:
            yield document.complaint((*path, name), f"'{label}' is not allowed; {nearest(label, tiers)}")
    for number, kind in enumerate(given.gaps):
        if kind not in KNOWN_GAPS:
            message = f"'{kind}' is not allowed; {nearest(kind, KNOWN_GAPS)}"
            yield document.complaint((*path, "gaps", number), message)
    for entity in given.entities:
        if entity not in policy.entities:
            message = f"'{entity}' is no entity that a detector reports; {nearest(entity, policy.entities)}"
            yield document.complaint((*path, "entities", entity), message, key=True)
