"""Counts looked up name by name answer as each condition by itself."""

from __future__ import annotations

from typing import Final

from hypothesis import given
from hypothesis import strategies as st

from gateway.decide import table
from gateway.decide.policy import Condition, FactName, Operator
from gateway.decide.table import Counts, Test, numbers

NAMES: Final = ("A", "B", "C")
BITS: Final = 4
ALL: Final = (1 << BITS) - 1
OPERATORS: Final = (Operator.AT_LEAST, Operator.AT_MOST)


@st.composite
def conditions(draw: st.DrawFn) -> tuple[int, Condition]:
    """One condition, and the bits that stand when it fails."""
    name, operator, operand = draw(st.sampled_from(NAMES)), draw(st.sampled_from(OPERATORS)), draw(st.integers(0, 4))
    made = Condition(fact=FactName.ENTITIES, operator=operator, operand=operand, words="", name=name)
    return ~(1 << draw(st.integers(0, BITS - 1))), made


def naive(tests: list[tuple[int, Condition]], counts: tuple[tuple[str, int], ...]) -> int:
    compiled: list[tuple[int, Test]] = [(kept, table.test_of(condition)) for kept, condition in tests]
    bits = ALL
    for kept, test in compiled:
        if not test(counts):
            bits &= kept
    return bits


@given(
    st.lists(conditions(), min_size=1, max_size=8),
    st.lists(st.tuples(st.sampled_from((*NAMES, "OTHER")), st.integers(0, 6)), max_size=6).map(tuple),
)
def test_counts_answer_as_each_condition_does(
    tests: list[tuple[int, Condition]], counts: tuple[tuple[str, int], ...]
) -> None:
    compiled = Counts(tests, ALL)
    assert compiled[counts] == naive(tests, counts)
    assert compiled[()] == naive(tests, ())


@given(st.integers(0, 2**70))
def test_numbers_are_the_places_of_the_bits(bits: int) -> None:
    assert sum(1 << number for number in numbers(bits)) == bits
    assert list(numbers(bits)) == sorted(numbers(bits))
