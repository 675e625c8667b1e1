"""Deciding again what was decided: the same policy says the same, another one's changes are told by kind."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import pytest
from hypothesis import given

from gateway.config.load import read_policy_files
from gateway.decide.change.compare import Direction
from gateway.decide.change.replay import Kind, Tally, again, by_rule, direction_of, words_of
from gateway.decide.parse import parse_policy
from gateway.decide.policy import Policy
from gateway.decide.unproved import decide_delivery
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
    verdict = decide_delivery(policy, known)
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
    found, verdict = again(LOOSER, recorded(POLICY, known)), decide_delivery(LOOSER, known)
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


ORDINARY: Final = recorded(
    POLICY,
    Circumstances(
        at=datetime(2026, 6, 3, 10, tzinfo=UTC),
        sender="officer@exampleshire.example",
        recipient="desk@b.example",
        can=frozenset({"zip"}),
    ),
)
"""Delivered by `permit/ordinary` and `permit/sealed`, over the internet."""
REFUSED: Final[list[Recorded]] = [
    replace(ORDINARY, transfer_id=f"t-{number}", outcome=STOP, rules=("old/rule", "permit/ordinary"))
    for number in range(5)
]
"""The same, refused for once."""


def counted(times: int, shown: int) -> Tally:
    """Return what so many of `REFUSED` come to."""
    kind = (STOP, GO, (), (), False)
    at = ORDINARY.received_at.isoformat()
    return Tally(
        shown=shown,
        decided=times,
        changed=times,
        unlike=times,
        kinds=Counter({kind: times}),
        first={kind: [(at, f"t-{number}", "d-1") for number in range(min(times, shown))]},
        directions=Counter({Direction.MILDER: times}),
        newly=Counter({"permit/sealed": times}),
        no_more=Counter({"old/rule": times}),
        routes=Counter({("internet", "internet", Direction.MILDER): times}),
    )


def test_every_change_is_counted_once_and_the_first_of_a_kind_are_named() -> None:
    tally = Tally()
    tally.add(POLICY, REFUSED)
    assert tally == counted(5, shown=3), "three of a kind, without more said"
    assert tally_of(POLICY, REFUSED, 4) == counted(5, shown=4)
    assert tally_of(POLICY, REFUSED, 0) == counted(5, shown=0)
    assert list(by_rule(tally).items()) == [("old/rule", (0, 5)), ("permit/sealed", (5, 0))]


def test_what_changes_nothing_counts_as_decided_and_no_more() -> None:
    assert tally_of(POLICY, [ORDINARY]) == Tally(shown=3, decided=1)
    assert tally_of(POLICY, [replace(ORDINARY, rules=ORDINARY.rules[::-1])]) == Tally(shown=3, decided=1)
    assert tally_of(POLICY, [replace(ORDINARY, rules=("old/rule",))]) == Tally(shown=3, decided=1, reasons=1)


def test_shares_of_every_count_add_up() -> None:
    other = replace(ORDINARY, rules=("old/rule",))
    merged = tally_of(POLICY, [*REFUSED[3:], other])
    merged.merge(tally_of(POLICY, [*REFUSED[:3], other, ORDINARY]))
    wanted = counted(5, shown=3)
    wanted.decided, wanted.reasons = 8, 2
    assert merged == wanted


def test_a_delivery_is_changed_by_its_outcome_its_duties_or_its_route() -> None:
    assert not again(POLICY, ORDINARY).is_changed
    for otherwise in (
        replace(ORDINARY, outcome=HOLD),
        replace(ORDINARY, obligations=frozenset({"tls:verified"})),
        replace(ORDINARY, route="secure-mail"),
    ):
        assert again(POLICY, otherwise).is_changed
    assert not again(POLICY, replace(ORDINARY, rules=("old/rule",))).is_changed


ASKING: Final = "asking the sender for a reason"
DELAY: Final = "after 5 minutes in which the sender may recall it"


@pytest.mark.parametrize(
    ("kind", "words", "direction"),
    [
        ((GO, STOP, (), (), False), "deliver becomes refuse", Direction.STRICTER),
        ((STOP, HOLD, (), (), True), "refuse becomes quarantine, by another route", Direction.MILDER),
        ((GO, GO, (), (), True), "deliver, by another route", Direction.OTHER),
        ((GO, GO, (), ("delay:5m",), False), f"deliver, now {DELAY}", Direction.STRICTER),
        ((GO, GO, ("delay:5m",), (), False), f"deliver, no longer {DELAY}", Direction.MILDER),
        ((HOLD, HOLD, ("ask:reason",), (), False), f"quarantine, no longer {ASKING}", Direction.MILDER),
        (
            (GO, GO, ("seal:aes256", "tell:dpo"), ("delay:5m",), True),
            f"deliver, no longer sealed with AES-256 and telling dpo, now {DELAY}, by another route",
            Direction.OTHER,
        ),
    ],
)  # fmt: skip
def test_a_kind_of_change_reads_like_a_sentence(kind: Kind, words: str, direction: Direction) -> None:
    assert (words_of(kind), direction_of(kind)) == (words, direction)
