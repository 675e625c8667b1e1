"""What a release demands is owed besides, never instead; and what a release would do is said before it is filed."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.config.load import load_policies, read_policy_files
from gateway.decide.consequence import Consequence, Fate, consequence
from gateway.decide.demands import DEMANDED, demand, demands_of
from gateway.decide.parse import parse_policy
from gateway.decide.policy import Policy
from gateway.decide.unproved import decide_delivery
from gateway.model.facts import Circumstances
from gateway.model.inspection import GapKind
from gateway.model.lifecycle import DeliveryState
from gateway.model.tier import Tier
from gateway.model.transfer import Delivery, Release
from gateway.model.verdict import METHODS, Obligation, Outcome
from gateway.testing.values import NOON

FOLDER: Final = Path(__file__).parents[3] / "policies"
SHIPPED: Final = load_policies(FOLDER)
FILES: Final = read_policy_files(FOLDER)
TO: Final = "friend@partner.example"
KNOWN: Final = Circumstances(at=NOON, sender="a@council.example", recipient=TO, can=frozenset({"zip", "pgp"}))
UNREAD: Final = replace(KNOWN, gaps=frozenset({GapKind.UNSUPPORTED}))
FIRST: Final = Release(officer="First", address="first@council.example", reason="checked", at=NOON)
SECOND: Final = replace(FIRST, officer="Second", address="second@council.example")


def small(rules: str) -> Policy:
    others = {name: text for name, text in FILES.items() if not name.startswith("rules/")}
    return parse_policy({**others, "rules/small.yaml": f"rules:{rules}"})


def released(known: Circumstances, *releases: Release) -> Delivery:
    return Delivery(
        id="d-1", recipient=known.recipient, state=DeliveryState.UNDECIDED, circumstances=known, releases=releases
    )


def foreseen(policy: Policy, known: Circumstances, *releases: Release, roles: tuple[str, ...] = ()) -> Consequence:
    found = consequence(policy, released(known, *releases), at=NOON, roles=roles)
    assert found is not None
    return found


def test_the_reason_names_the_line_where_it_stands() -> None:
    lines = (Path(__file__).parents[3] / DEMANDED.file).read_text().splitlines()
    assert lines[DEMANDED.line - 1].startswith("DEMANDED: ")


@pytest.mark.parametrize(
    ("method", "owed"),
    [
        ("", set()),
        ("zip", {"seal:aes256"}),
        ("html", {"seal:aes256"}),
        ("pgp", {"seal:aes256", "seal:by-key"}),
        ("smime", {"seal:aes256", "seal:by-key"}),
    ],
)
def test_a_method_demands_a_seal_that_is_as_strong(method: str, owed: set[str]) -> None:
    assert demand(method=method, redact=False) == owed
    assert demand(method=method, redact=True) == owed | {Obligation.REDACT}


def test_what_anybody_demanded_who_released_it_is_owed() -> None:
    assert demands_of([replace(FIRST, method="pgp"), replace(SECOND, redact=True), FIRST]) == {
        "seal:aes256", "seal:by-key", "redact:mask",
    }  # fmt: skip


@given(
    known=st.sampled_from([KNOWN, UNREAD, *(replace(KNOWN, marking=tier) for tier in (Tier.PROTECT, Tier.RESTRICTED))]),
    method=st.sampled_from(["", *METHODS]),
    redact=st.booleans(),
    approvals=st.integers(0, 2),
    to=st.sampled_from([TO, "friend@nhs.net", "colleague@council.example", "x@nowhere.invalid"]),
)
def test_a_demand_adds_duties_to_what_goes_and_changes_nothing_else(
    *, known: Circumstances, method: str, redact: bool, approvals: int, to: str
) -> None:
    before = replace(known, approvals=approvals, recipient=to, internal=to.endswith("@council.example"))
    demands = demand(method=method, redact=redact)
    plain, demanding = (decide_delivery(SHIPPED, each) for each in (before, replace(before, demands=demands)))
    assert (plain.outcome, plain.route, plain.network) == (demanding.outcome, demanding.route, demanding.network)
    assert plain.would_pass_if == demanding.would_pass_if
    more = demands if plain.outcome is Outcome.DELIVER else frozenset()
    assert demanding.obligations == plain.obligations | more
    assert plain.reasons == demanding.reasons[: len(plain.reasons)], "the rule that decided stays the first"


def test_what_would_go_by_verified_tls_goes_sealed_as_well_where_an_officer_wants_it() -> None:
    known = replace(UNREAD, recipient="friend@nhs.net")
    plain = foreseen(SHIPPED, known, FIRST)
    assert (plain.fate, plain.method) == (Fate.DELIVERED, "")
    assert "tls:verified" in plain.verdict.obligations
    sealed = foreseen(SHIPPED, known, replace(FIRST, method="smime"))
    assert (sealed.fate, sealed.method) == (Fate.DELIVERED, "pgp")
    assert {"tls:verified", "seal:aes256", "seal:by-key"} <= sealed.verdict.obligations


def test_a_seal_that_nobody_can_open_is_said_before() -> None:
    found = foreseen(SHIPPED, replace(UNREAD, can=frozenset({"zip"})), replace(FIRST, method="pgp"))
    assert (found.fate, found.method) == (Fate.HELD, "")
    assert "no usable key" in found.trouble


SECOND_PERSON: Final = """
  - id: small/two
    says: Two look.
    source: here
    when: {network: public}
    unless: {approvals: {at_least: 2}}
    then: {outcome: quarantine}
  - id: small/go
    says: It may go.
    source: here
    when: {network: public}
    then: {outcome: deliver, obligations: ["seal:aes256"]}
"""
A_GUARDIAN: Final = SECOND_PERSON.replace(
    "approvals: {at_least: 2}", "approved_by: [caldicott-guardian], approvals: {at_least: 2}"
)
NEVER: Final = """
  - id: small/never
    says: It stays.
    source: here
    when: {network: public}
    then: {outcome: quarantine}
"""
REFUSED: Final = NEVER.replace("quarantine", "refuse")


def test_a_second_person_is_asked_for_and_who() -> None:
    assert foreseen(small(SECOND_PERSON), KNOWN, FIRST).fate is Fate.SECOND_PERSON
    assert foreseen(small(SECOND_PERSON), KNOWN, FIRST).second == ()
    roles = ("caldicott-guardian", "dpo")
    guarded = foreseen(small(A_GUARDIAN), KNOWN, FIRST, roles=roles)
    assert (guarded.fate, guarded.second) == (Fate.SECOND_PERSON, ("caldicott-guardian",))
    assert foreseen(small(A_GUARDIAN), KNOWN, FIRST).fate is Fate.HELD, "nobody has the role"


def test_two_persons_of_whom_none_approves_are_not_two() -> None:
    reviewers = [replace(each, approves=False) for each in (FIRST, SECOND)]
    assert foreseen(small(SECOND_PERSON), KNOWN, *reviewers).fate is Fate.SECOND_PERSON
    assert foreseen(small(SECOND_PERSON), KNOWN, reviewers[0], SECOND).fate is Fate.DELIVERED
    assert foreseen(small(SECOND_PERSON), KNOWN, FIRST, SECOND).method == "pgp"


def test_what_no_release_lets_go_is_said_to_stay() -> None:
    assert foreseen(small(NEVER), KNOWN, FIRST).fate is Fate.HELD
    assert foreseen(small(REFUSED), KNOWN, FIRST).fate is Fate.REFUSED
    marked = foreseen(SHIPPED, replace(KNOWN, marking=Tier.RESTRICTED), FIRST)
    assert (marked.fate, marked.second) == (Fate.HELD, ())
    assert marked.verdict.reasons, "and by which rule"


def test_of_what_was_never_decided_nobody_can_say() -> None:
    assert consequence(SHIPPED, Delivery(id="d-1", recipient=TO, releases=(FIRST,)), at=NOON) is None
