"""Deciding again what was decided: the same policy says the same, another one's changes are told by kind."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from hypothesis import given

from gateway.config.load import read_policy_files
from gateway.decide.change.compare import Direction
from gateway.decide.change.replay import Tally, again, by_rule, direction_of, words_of
from gateway.decide.evaluate import decide
from gateway.decide.facts import facts_for
from gateway.decide.parse import parse_policy
from gateway.decide.policy import Policy
from gateway.model.facts import Circumstances
from gateway.model.record import Recorded
from gateway.model.verdict import Outcome
from gateway.testing.recorded import circumstances
from tests.unit.decide.arbitrary import CIRCUMSTANCES

FILES: Final = read_policy_files(Path(__file__).parents[3] / "policies")
POLICY: Final = parse_policy(FILES)
LOOSER: Final = parse_policy(
    {**FILES, "rules/holds.yaml": FILES["rules/holds.yaml"].replace("gaps: any", "gaps: [encrypted]")}
)
STRICTER: Final = parse_policy(
    {
        **FILES,
        "rules/more.yaml": "rules:\n  - {id: more/people, says: No., source: none, when: {people: {at_least: 1}}, "
        "then: {outcome: refuse}}\n  - {id: more/delay, says: Wait., source: none, when: {network: public}, "
        'then: {obligations: ["delay:5m"]}}\n',
    }
)
OTHER_ROUTE: Final = parse_policy({**FILES, "routes.yaml": FILES["routes.yaml"].replace("id: secure-mail", "id: safe")})
GO, HOLD, STOP = Outcome


def recorded(policy: Policy, known: Circumstances, number: int = 0) -> Recorded:
    verdict = decide(policy, facts_for(policy, known))
    return Recorded(
        transfer_id=f"t-{number:08}",
        delivery_id="d-1",
        received_at=datetime(2026, 1, 1, 0, number // 60, number % 60, tzinfo=UTC),
        circumstances=known,
        outcome=verdict.outcome,
        obligations=verdict.obligations,
        route=verdict.route,
        policy=verdict.policy,
        rules=tuple(each.rule for each in verdict.reasons),
    )


MANY: Final = [recorded(POLICY, known, number) for number, known in enumerate(circumstances(3_000))]


def tally_of(policy: Policy, some: list[Recorded], shown: int = 3) -> Tally:
    tally = Tally(shown=shown)
    tally.add(policy, some)
    return tally


@given(CIRCUMSTANCES)
def test_the_same_policy_says_the_same_again(known: Circumstances) -> None:
    found = again(POLICY, recorded(POLICY, known))
    assert not found.is_changed
    assert found.rules_were == found.rules_now


@given(CIRCUMSTANCES)
def test_another_policy_says_what_it_would_have_said(known: Circumstances) -> None:
    found, verdict = again(LOOSER, recorded(POLICY, known)), decide(LOOSER, facts_for(LOOSER, known))
    assert (found.now.outcome, found.now.obligations) == (verdict.outcome, verdict.obligations)
    assert (found.route_now, found.rules_now) == (verdict.route, frozenset(each.rule for each in verdict.reasons))


def test_a_policy_changes_nothing_of_its_own() -> None:
    tally = tally_of(POLICY, MANY)
    assert (tally.decided, tally.changed, tally.reasons, tally.unlike) == (3_000, 0, 0, 0)


def test_a_verdict_that_its_own_policy_does_not_make_is_seen() -> None:
    forged = replace(MANY[0], outcome=STOP)
    assert tally_of(POLICY, [forged]).unlike == 1
    assert tally_of(POLICY, [replace(forged, policy="another")]).unlike == 0


def test_a_looser_policy_is_milder_by_the_rule_that_was_loosened() -> None:
    tally = tally_of(LOOSER, MANY)
    assert tally.directions.keys() == {Direction.MILDER}
    assert {words_of(kind) for kind in tally.kinds} == {"quarantine becomes deliver"}
    assert tally.no_more["hold/not-read"] > 0
    assert by_rule(tally)["hold/not-read"] == (0, tally.no_more["hold/not-read"])
    for received, transfer, delivery in tally.first[HOLD, GO, (), (), False]:
        was = MANY[int(transfer.removeprefix("t-"))]
        assert (was.received_at.isoformat(), was.delivery_id) == (received, delivery)
        assert was.circumstances.gaps


def test_kinds_are_told_apart_by_outcome_duties_and_route() -> None:
    tally = tally_of(STRICTER, MANY)
    words = {words_of(kind): direction_of(kind) for kind in tally.kinds}
    assert words["deliver becomes refuse"] is Direction.STRICTER
    assert words["deliver, now after 5 minutes in which the sender may recall it"] is Direction.STRICTER
    assert set(words.values()) == {Direction.STRICTER}
    back = Tally()
    back.add(POLICY, (recorded(STRICTER, each.circumstances) for each in MANY))
    said = {words_of(kind): direction_of(kind) for kind in back.kinds}
    assert said["deliver, no longer after 5 minutes in which the sender may recall it"] is Direction.MILDER


def test_another_route_alone_is_a_change_too() -> None:
    tally = tally_of(OTHER_ROUTE, MANY)
    assert {words_of(kind) for kind in tally.kinds} == {
        "deliver, by another route", "quarantine, by another route"
    }  # fmt: skip
    assert {(was, now) for was, now, _ in tally.routes} == {("secure-mail", "safe")}
    assert tally.directions.keys() == {Direction.OTHER}


def test_other_reasons_for_the_same_are_no_change() -> None:
    renamed = {**FILES, "rules/holds.yaml": FILES["rules/holds.yaml"].replace("hold/not-read", "hold/unread")}
    tally = tally_of(parse_policy(renamed), MANY)
    assert (tally.changed, tally.reasons) == (0, sum("hold/not-read" in each.rules for each in MANY))
    assert tally.reasons > 0


def test_shares_add_up_to_the_whole_in_any_order() -> None:
    whole, shares = (
        tally_of(STRICTER, MANY, 5),
        [tally_of(STRICTER, MANY[n : n + 700], 5) for n in range(0, 3_000, 700)],
    )
    merged = Tally(shown=5)
    for share in reversed(shares):
        merged.merge(share)
    assert merged == whole
    assert all(len(first) <= 5 for first in merged.first.values())
