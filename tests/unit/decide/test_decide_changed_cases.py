"""Golden cases that two policies decide otherwise: each once, with what each of them makes of it."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from gateway.config.load import read_policy_files
from gateway.decide.change.changed_cases import ChangedCase, changed_cases
from gateway.decide.change.compare import Decision
from gateway.decide.parse import parse_policy
from gateway.decide.policy import Policy
from gateway.model.verdict import Outcome

FILES: Final = dict(read_policy_files(Path(__file__).parents[3] / "policies"))
POLICY: Final = parse_policy(FILES)
HOLDS_SEVEN: Final = parse_policy(
    FILES
    | {
        "rules/more.yaml": "rules:\n  - {id: more/people, says: No., source: none, when: {people: {at_least: 7}}, "
        'then: {outcome: quarantine, obligations: ["tell:dpo"]}}\n'
    }
)
OTHER_ROUTE: Final = parse_policy(FILES | {"routes.yaml": FILES["routes.yaml"].replace("id: internet", "id: open")})
EXPECT: Final = "expect: {tier: UNMARKED, route: internet, outcome: deliver, reasons: [permit/ordinary]}"
"""What a case expects does not matter here."""
SIX: Final = f"  - {{id: six, says: A few., given: {{recipient: a@b.example, people: 6}}, {EXPECT}}}\n"
SEVEN: Final = f"  - {{id: seven, says: More., given: {{recipient: a@b.example, people: 7}}, {EXPECT}}}\n"
NO_GAP: Final = f"  - {{id: no-gap, says: Odd., given: {{recipient: a@b.example, people: 7, gaps: [odd]}}, {EXPECT}}}\n"
TOLD: Final = ChangedCase(
    id="seven",
    says="More.",
    before=Decision(outcome=Outcome.DELIVER, obligations=frozenset()),
    after=Decision(outcome=Outcome.QUARANTINE, obligations=frozenset({"tell:dpo"})),
    route_before="internet",
    route_after="internet",
)


def cases(*each: str, internal: str = "exampleshire.example") -> str:
    return f"internal_domains: [{internal}]\ncases:\n{''.join(each)}"


def told(after: Policy, files: dict[str, str], others: dict[str, str] | None = None) -> list[ChangedCase]:
    return list(changed_cases(POLICY, after, files, others or {}))


def test_only_a_case_that_is_decided_otherwise_is_told() -> None:
    assert told(HOLDS_SEVEN, {"cases/a.yaml": cases(SIX, SEVEN)}) == [TOLD]
    assert told(POLICY, {"cases/a.yaml": cases(SIX, SEVEN)}) == []


def test_a_case_of_either_set_is_told_once() -> None:
    mine, theirs = {"cases/a.yaml": cases(SEVEN)}, {"cases/b.yaml": cases(SIX, SEVEN)}
    assert told(HOLDS_SEVEN, mine) == told(HOLDS_SEVEN, {}, theirs) == told(HOLDS_SEVEN, mine, theirs) == [TOLD]


def test_the_same_given_where_other_domains_are_internal_is_another_case() -> None:
    files = {"cases/a.yaml": cases(SEVEN), "cases/b.yaml": cases(SEVEN, internal="b.example")}
    assert [(each.id, each.route_before) for each in told(HOLDS_SEVEN, files)] == [
        ("seven", "internet"),
        ("seven", "internal"),
    ]


def test_the_same_outcome_by_another_route_is_told() -> None:
    (found,) = told(OTHER_ROUTE, {"cases/a.yaml": cases(SIX)})
    assert (found.before, found.route_before, found.route_after) == (found.after, "internet", "open")


def test_what_cannot_be_read_is_left_out_and_the_rest_is_told() -> None:
    """`gateway policy test` says what is wrong with it."""
    assert told(HOLDS_SEVEN, {"cases/a.yaml": cases(SEVEN, NO_GAP)}) == [TOLD]
    assert told(HOLDS_SEVEN, {"cases/a.yaml": "cases: 1", "cases/b.yaml": cases(SEVEN)}) == [TOLD]


def test_only_files_of_cases_are_read() -> None:
    assert told(HOLDS_SEVEN, {"rules/a.yaml": cases(SEVEN), "more-cases/a.yaml": cases(SEVEN)}) == []
