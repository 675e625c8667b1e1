"""Every cell of tier x destination x means of sealing x gap x release, against a table written by hand from the seeds.

What the letters mean stands in `letters.py`.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import pytest

from gateway.decide.evaluate import decide
from gateway.decide.policy import Policy
from gateway.decide.proof.axes import PLAIN
from gateway.model.facts import DomainStatus, Facts, UnderMarked
from gateway.model.inspection import GapKind, MarkingStatus
from gateway.model.tier import Tier
from gateway.model.verdict import Network, Outcome
from tests.decisions.letters import MARKED, letter_of

N, D = Network, DomainStatus
# one letter for each destination, in this order
DESTINATIONS: Final = {
    "internal": (N.INTERNAL, D.INTERNAL),
    "secure": (N.VERIFIED_TLS, D.LIVE),
    "public": (N.PUBLIC, D.UNKNOWN),
    "retired": (N.PUBLIC, D.RETIRED),
    "disputed": (N.PUBLIC, D.DISPUTED),
    "off-internet": (N.OFF_INTERNET, D.LIVE),
    "private": (N.OFF_INTERNET, D.PRIVATE),
}
BY_HAND: Final = """
                     read in full       a gap              a gap, released    read in full, released
                     zip      nothing   zip      nothing   zip      nothing   zip      nothing
UNMARKED             DDDDDDD  DDDDDDD   QQQQQQQ  QQQQQQQ   DTSQQDD  DTQQQDD   DDDDDDD  DDDDDDD
UNCLASSIFIED         DDDDDDD  DDDDDDD   QQQQQQQ  QQQQQQQ   DTSQQDD  DTQQQDD   DDDDDDD  DDDDDDD
OFFICIAL             DDDDDDD  DDDDDDD   QQQQQQQ  QQQQQQQ   DTSQQDD  DTQQQDD   DDDDDDD  DDDDDDD
PROTECT              DVPQQRR  DVQQQRR   QQQQQQQ  QQQQQQQ   DVPQQRR  DVQQQRR   DVPQQRR  DVQQQRR
OFFICIAL-SENSITIVE   DVPQQRR  DVQQQRR   QQQQQQQ  QQQQQQQ   DVPQQRR  DVQQQRR   DVPQQRR  DVQQQRR
RESTRICTED           QQQQQRR  QQQQQRR   QQQQQQQ  QQQQQQQ   QQQQQRR  QQQQQRR   QQQQQRR  QQQQQRR
CONFIDENTIAL         QQQQQQQ  QQQQQQQ   QQQQQQQ  QQQQQQQ   QQQQQQQ  QQQQQQQ   QQQQQQQ  QQQQQQQ
SECRET               QQQQQQQ  QQQQQQQ   QQQQQQQ  QQQQQQQ   QQQQQQQ  QQQQQQQ   QQQQQQQ  QQQQQQQ
TOP SECRET           QQQQQQQ  QQQQQQQ   QQQQQQQ  QQQQQQQ   QQQQQQQ  QQQQQQQ   QQQQQQQ  QQQQQQQ
"""
# what only looks like a marking: until an officer looked as strict as a sure one, then no longer RESTRICTED or above
SUSPECTED: Final = """
                     not released       released
                     zip      nothing   zip      nothing
OFFICIAL             DDDDDDD  DDDDDDD   DDDDDDD  DDDDDDD
PROTECT              DVPQQRR  DVQQQRR   DVPQQRR  DVQQQRR
RESTRICTED           QQQQQRR  QQQQQRR   DVPQQRR  DVQQQRR
CONFIDENTIAL         QQQQQQQ  QQQQQQQ   DVPQQRR  DVQQQRR
TOP SECRET           QQQQQQQ  QQQQQQQ   DVPQQRR  DVQQQRR
"""
# asked for encryption, or in a thread that was protected: UNMARKED, zip and nothing
ASKED: Final = ("DTSSSDD", "DTQQQDD")
COLUMNS: Final = [
    (gap, released, can)
    for gap, released in ((False, False), (True, False), (True, True), (False, True))
    for can in (frozenset({"zip"}), frozenset[str]())
]
SUSPECTED_COLUMNS: Final = [column for column in COLUMNS if not column[0]]


def facts(tier: Tier, destination: str, can: frozenset[str], *, gap: bool, released: bool) -> Facts:
    network, status = DESTINATIONS[destination]
    return replace(
        PLAIN,
        sender="staff@exampleshire.example",
        recipient="somebody@partner.example",
        marking=tier,
        marking_status=MarkingStatus.NONE if tier is Tier.UNMARKED else MarkingStatus.MARKED,
        gaps=frozenset({GapKind.ENCRYPTED}) if gap else frozenset(),
        route="some-route",
        network=network,
        domain_status=status,
        can=can,
        approvals=1 if released else 0,
        size=1,
    )


def cells(table: str, columns: list[tuple[bool, bool, frozenset[str]]]) -> list[tuple[Facts, str]]:
    found = []
    for row in table.splitlines()[3:]:
        tier = Tier.of(row[:20].strip())
        for (gap, released, can), letters in zip(columns, row[20:].split(), strict=True):
            for destination, letter in zip(DESTINATIONS, letters, strict=True):
                found.append((facts(tier, destination, can, gap=gap, released=released), letter))
    return found


def called(value: object) -> str:
    if not isinstance(value, Facts):
        return str(value)
    where = f"{value.network}-{value.domain_status}"
    return f"{value.marking.label}-{where}-{'+'.join(value.can)}-{'gap' if value.gaps else ''}-{value.approvals}"


TABLE: Final = cells(BY_HAND, COLUMNS)


def test_the_table_has_every_cell() -> None:
    assert len(TABLE) == len({called(each) for each, _ in TABLE}) == len(Tier) * len(DESTINATIONS) * 8


@pytest.mark.parametrize(("given", "letter"), TABLE, ids=called)
def test_every_cell_is_as_written(shipped: Policy, given: Facts, letter: str) -> None:
    verdict = decide(shipped, given)
    assert letter_of(verdict) == letter
    assert verdict.reasons


@pytest.mark.parametrize(("given", "letter"), TABLE, ids=called)
def test_what_says_too_little_is_marked_where_it_is_protected_and_delivered(
    shipped: Policy, given: Facts, letter: str
) -> None:
    marks = "+" if letter in "DVPRSTWE" and given.marking >= Tier.PROTECT else ""
    for ways in ({UnderMarked.CONTENT}, {UnderMarked.ATTACHMENT}, set(UnderMarked)):
        assert letter_of(decide(shipped, replace(given, under_marked=frozenset(ways)))) == letter + marks
    assert MARKED.isdisjoint(decide(shipped, given).obligations)


@pytest.mark.parametrize(("given", "letter"), cells(SUSPECTED, SUSPECTED_COLUMNS), ids=called)
def test_a_suspected_marking_counts_until_an_officer_looked(shipped: Policy, given: Facts, letter: str) -> None:
    assert letter_of(decide(shipped, replace(given, marking_status=MarkingStatus.SUSPECTED))) == letter


@pytest.mark.parametrize("status", MarkingStatus)
def test_a_tier_without_a_status_is_as_good_as_marked(shipped: Policy, status: MarkingStatus) -> None:
    given = replace(
        facts(Tier.RESTRICTED, "public", frozenset({"zip"}), gap=False, released=True), marking_status=status
    )
    assert letter_of(decide(shipped, given)) == ("P" if status is MarkingStatus.SUSPECTED else "Q")


@pytest.mark.parametrize("ask", [{"encrypt_requested": True}, {"protected_thread": True}], ids=["asked", "thread"])
@pytest.mark.parametrize(("destination", "place"), [(name, place) for place, name in enumerate(DESTINATIONS)])
def test_who_asks_for_encryption_or_answers_protected_mail_gets_it(
    shipped: Policy, ask: dict[str, bool], destination: str, place: int
) -> None:
    for can, letters in zip((frozenset({"zip"}), frozenset[str]()), ASKED, strict=True):
        given = facts(Tier.UNMARKED, destination, can, gap=False, released=False)
        assert letter_of(decide(shipped, replace(given, **ask))) == letters[place]  # type: ignore[arg-type]  # both are flags


@pytest.mark.parametrize("tier", Tier)
@pytest.mark.parametrize("approvals", [0, 2])
@pytest.mark.parametrize("status", DomainStatus)
def test_what_has_no_route_is_refused(shipped: Policy, tier: Tier, approvals: int, status: DomainStatus) -> None:
    given = facts(tier, "public", frozenset({"zip"}), gap=False, released=False)
    verdict = decide(shipped, replace(given, route="", domain_status=status, approvals=approvals))
    assert verdict.outcome is Outcome.REFUSE


@pytest.mark.parametrize("tier", [Tier.UNMARKED, Tier.PROTECT])
@pytest.mark.parametrize("status", [status for status in DomainStatus if status is not D.INTERNAL])
def test_nobody_outside_gets_anything_over_the_internal_network(
    shipped: Policy, tier: Tier, status: DomainStatus
) -> None:
    given = replace(facts(tier, "internal", frozenset({"zip"}), gap=False, released=True), domain_status=status)
    assert letter_of(decide(shipped, given)) == ("X" if status is D.NONE else "Q")
