"""What holds of the number of people whatever is found: bounds, repetition, memory and time."""

from __future__ import annotations

import time
from collections import defaultdict
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.classify import Detection, Sight
from gateway.classify.people import Crowd
from gateway.classify.records import ONE_A_PERSON
from gateway.decide.policy import COUNTED_BY_CLASSIFY
from gateway.model.inspection import Segment, Where

if TYPE_CHECKING:
    from collections.abc import Sequence

KINDS = ("DATE_OF_BIRTH", "NHS_NUMBER", "NINO", "PERSON_NAME")
VALUES = {kind: [f"{kind[0]}{number}" for number in range(4)] for kind in KINDS} | {
    "PERSON_NAME": ["smith john", "smith j", "smith jane", "smith", "doe jane"]
}
found = st.sampled_from(KINDS).flatmap(lambda kind: st.tuples(st.just(kind), st.sampled_from(VALUES[kind])))
Lines = list[list[tuple[str, str]]]
lines = st.lists(st.lists(found, max_size=4), max_size=8)
documents = st.lists(st.tuples(st.booleans(), lines), max_size=4)


def sight_of(rows: Sequence[Sequence[tuple[str, str]]], *, columns: bool, part: str = "part") -> Sight:
    """Return a part with these findings, line by line."""
    text, detections = "", []
    for row in rows:
        for entity, value in row:
            why = ("column",) if columns else ("label",)
            end = len(text) + len(value)
            detections.append(Detection(entity=entity, start=len(text), end=end, confidence=0.9, why=why, value=value))
            text += f"{value}\t"
        text += "\n"
    segment = Segment(where=Where.BODY, text=text)
    return Sight(part=part, media_type="text/csv", segments=(segment,), candidates={}, detections={0: detections})


def count(seen: Sequence[tuple[bool, Lines]], times: int = 1) -> int:
    """Return the number of people of some documents."""
    crowd = Crowd()
    for _ in range(times):
        for number, (columns, rows) in enumerate(seen):
            crowd.see(sight_of(rows, columns=columns, part=f"part{number}"))
    return crowd.count() or 0


@given(documents)
def test_never_fewer_than_different_values_of_one_kind_nor_more_than_there_are_findings(
    seen: list[tuple[bool, Lines]],
) -> None:
    every = [each for _, rows in seen for row in rows for each in row]
    values: dict[str, set[str]] = defaultdict(set)
    for kind, value in every:
        values[kind].add(value)
    forenames = {"smith john", "smith jane", "doe jane"} & values.pop("PERSON_NAME", set())
    assert max([len(forenames), *map(len, values.values())]) <= count(seen) <= len(set(every))


@given(documents)
def test_the_same_again_changes_nothing(seen: list[tuple[bool, Lines]]) -> None:
    assert count(seen, times=3) == count(seen)


@given(documents, found)
def test_one_more_finding_of_its_own_never_makes_fewer(seen: list[tuple[bool, Lines]], more: tuple[str, str]) -> None:
    assert count([*seen, (False, [[more]])]) >= count(seen)


def test_people_who_turn_out_to_be_one_are_counted_as_one_and_no_further() -> None:
    apart: list[tuple[bool, Lines]] = [(True, [[("NHS_NUMBER", "1")], [("NINO", "2")], [("NINO", "3")]])]
    assert count(apart) == 3
    assert count([*apart, (True, [[("NHS_NUMBER", "1"), ("NINO", "2")]])]) == 2


def test_one_record_that_names_everybody_joins_nobody() -> None:
    rows: Lines = [[("NHS_NUMBER", f"{number}")] for number in range(50)]
    everybody: Lines = [[("NHS_NUMBER", f"{number}") for number in range(50)]]
    assert count([(True, rows), (True, everybody)]) == count([(True, rows), (False, everybody)]) == 50


@pytest.mark.parametrize(
    ("entity", "confidence", "why"),
    [
        ("NHS_NUMBER", 0.45, ("checksum",)),
        ("PERSON_NAME", 0.65, ("title",)),
        ("PERSON_NAME", 0.85, ("label", "relative")),
        ("PERSON_NAME", 0.9, ("column", "role")),
        ("EMAIL_ADDRESS", 0.9, ("shape",)),
    ],
)
def test_what_is_weak_or_of_others_counts_nobody(entity: str, confidence: float, why: tuple[str, ...]) -> None:
    detection = Detection(entity=entity, start=0, end=1, confidence=confidence, why=why, value="x")
    crowd = Crowd()
    crowd.see(
        Sight(
            part="part",
            media_type="text/plain",
            segments=(Segment(where=Where.BODY, text="x"),),
            candidates={},
            detections={0: [detection]},
        )
    )
    assert crowd.count() is None


def test_what_classify_counts_and_what_decide_takes_for_counted_are_the_same() -> None:
    assert ONE_A_PERSON == COUNTED_BY_CLASSIFY


def bulk(rows: int, first: int = 0) -> Lines:
    return [
        [
            ("PERSON_NAME", f"smith{number % 90} ann{number % 70}"),
            ("DATE_OF_BIRTH", f"19{number % 90:02}-01-{number % 28:02}"),
            ("NHS_NUMBER", f"{number:010}"),
            ("NINO", f"AB{number:06}"),
            ("UPN", f"A{number:012}"),
        ]
        for number in range(first, first + rows)
    ]


def test_ten_thousand_rows_with_five_identifiers_each_take_well_under_a_second() -> None:
    sight = sight_of(bulk(10_000), columns=True)
    begun = time.process_time()
    crowd = Crowd()
    crowd.see(sight)
    assert crowd.count() == 10_000
    assert time.process_time() - begun < 10.0  # its square would take minutes


def test_hostile_a_crowd_of_namesakes_takes_no_time_that_grows_with_its_square() -> None:
    rows: Lines = [[("PERSON_NAME", "smith john"), ("NHS_NUMBER", f"{number}")] for number in range(20_000)]
    sight = sight_of(rows, columns=True)
    begun = time.process_time()
    crowd = Crowd()
    crowd.see(sight)
    assert crowd.count() == 20_000
    assert time.process_time() - begun < 10.0  # its square would take minutes


def test_hostile_more_values_than_are_remembered_still_count() -> None:
    crowd = Crowd(most_keys=1_000)
    crowd.see(sight_of(bulk(500), columns=True))
    crowd.see(sight_of(bulk(500, first=500), columns=True))
    assert crowd.count() == 1_000
    assert len(crowd._by_key) + len(crowd._alike) < 1_010
    crowd.see(sight_of(bulk(100), columns=True))  # known ones are still known
    assert crowd.count() == 1_000


def test_hostile_very_many_small_tables_are_counted_in_time() -> None:
    crowd, begun = Crowd(), time.process_time()
    for number in range(2_000):
        crowd.see(sight_of([[("NINO" if number % 2 else "UPN", f"{number}")]], columns=True, part=f"part{number}"))
    assert crowd.count() == 2_000
    assert time.process_time() - begun < 10.0  # its square would take minutes
