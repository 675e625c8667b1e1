"""Golden cases that two policies decide otherwise: unlike `changed`, this goes through routes, domains and partners."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from gateway.decide.cases import CASES, facts_of_case
from gateway.decide.change.compare import Decision
from gateway.decide.evaluate import judge_facts
from gateway.decide.parse import FOLDER
from gateway.decide.policy import Policy
from gateway.decide.shapes import CasesFile, CaseShape
from gateway.errors import Invalid
from gateway.model.document import read
from gateway.model.validation import validate


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangedCase:
    """A golden case with what each of two policies makes of it."""

    id: str
    says: str
    before: Decision
    after: Decision
    route_before: str
    route_after: str


def changed_cases(
    before: Policy, after: Policy, files: Mapping[str, str], others: Mapping[str, str]
) -> Iterator[ChangedCase]:
    """Yield the cases of either policy set that the two decide otherwise, each once."""
    seen: set[str] = set()
    for case, internal in (*_cases(files), *_cases(others)):
        told = repr((case.given, internal))
        if told in seen:
            continue
        seen.add(told)
        try:
            was, now = (facts_of_case(policy, case.given, internal) for policy in (before, after))
        except ValueError:  # a word that no policy knows; `gateway policy test` says which
            continue
        one, other = judge_facts(before, was), judge_facts(after, now)
        found = ChangedCase(
            id=case.id,
            says=case.says,
            before=Decision(outcome=one.outcome, obligations=one.obligations),
            after=Decision(outcome=other.outcome, obligations=other.obligations),
            route_before=was.route,
            route_after=now.route,
        )
        if (found.before, found.route_before) != (found.after, found.route_after):
            yield found


def _cases(files: Mapping[str, str]) -> Iterator[tuple[CaseShape, tuple[str, ...]]]:
    for name, text in sorted(files.items()):
        if name.startswith(CASES):
            try:
                file = validate(read(FOLDER + name, text), CasesFile)
            except Invalid:  # as above
                continue
            yield from ((case, file.internal_domains) for case in file.cases)
