"""Rules compiled: for each fact, what each of its values leaves standing.

Every speaker (a rule, a law, a raise) has one bit that stays set while its `when` conditions hold, and one for each of
its exceptions: first the bits of all `when`, behind them those of everybody's first exception, and so on. A value of a
fact clears the bits of the conditions it fails, so the bits of all facts are combined with `&`. What a value clears is
worked out once and then looked up.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, Final, TypeAlias

from gateway.decide.policy import Condition, Conditions, FactName, Law, Operator, Raise, Rule
from gateway.decide.terms import keys_of

Speaker: TypeAlias = "Rule | Law | Raise"
Test: TypeAlias = Callable[[Any], bool]
Column: TypeAlias = "Answers | Counts | Steps"
MOST_KEPT: Final = 65_536


class Answers(dict[Any, Any]):
    """Answers by question, worked out when first asked; forgets everything when there are too many."""

    __slots__ = ("_work_out",)

    def __init__(self, work_out: Callable[[Any], Any]) -> None:
        super().__init__()
        self._work_out = work_out

    def __missing__(self, question: Any) -> Any:  # noqa: ANN401 - any fact has values, any answer is an int or a judgement
        """Work the answer out and keep it."""
        if len(self) >= MOST_KEPT:
            self.clear()
        answer = self[question] = self._work_out(question)
        return answer


class Steps:
    """Answers for a whole number, which change only at the constants that conditions name."""

    __slots__ = ("_answers", "_starts")

    def __init__(self, work_out: Callable[[int], int], constants: Iterable[int]) -> None:
        self._starts = sorted({0, *constants, *(each + 1 for each in constants)})
        self._answers = [work_out(each) for each in self._starts]

    def __getitem__(self, number: Any) -> int:  # noqa: ANN401 - as `Answers`
        """Return the answer for a number, 0 or more."""
        return self._answers[bisect_right(self._starts, number) - 1]


class Counts:
    """Bits for counts by name. Hardly two transfers have the same counts, so each name's part is looked up alone.

    Most bits depend on the count of one name. What a name's count changes in them, compared with a count of 0, is
    worked out before, and put together with `^`: no two names change the same ones. Where several names count for one
    bit, each of them has a bit of its own, further down; what these clear is looked up at the end.
    """

    __slots__ = ("_base", "_changes", "_cleared", "_none", "_own", "_shift")

    def __init__(self, tests: Sequence[tuple[int, Condition]]) -> None:
        names: dict[int, set[str]] = {}
        for kept, condition in tests:
            names.setdefault(kept, set()).add(condition.name)
        shared = [kept for kept, condition in tests if len(names[kept]) > 1]
        self._shift = len(shared)
        self._own = (1 << self._shift) - 1
        own = iter(range(self._shift))
        by_name: dict[str, list[tuple[int, Condition, Test]]] = {}
        for kept, condition in tests:
            bit = 1 << next(own) if len(names[kept]) > 1 else ~kept << self._shift
            by_name.setdefault(condition.name, []).append((bit, condition, test_of(condition)))
        self._base = -1
        self._changes: dict[str, tuple[list[int], list[int]]] = {}
        for name, found in by_name.items():
            operands = [condition.operand for _, condition, _ in found if isinstance(condition.operand, int)]
            starts = sorted({0, *operands, *(each + 1 for each in operands)})
            cleared = [_cleared(found, name, start) for start in starts]
            self._base &= ~cleared[0]
            self._changes[name] = starts, [each ^ cleared[0] for each in cleared]

        def left(standing: int) -> int:
            bits = -1
            for number, kept in enumerate(shared):
                if not standing >> number & 1:
                    bits &= kept
            return bits

        self._cleared = Answers(left)
        self._none = self._base >> self._shift & left(self._base)

    def __getitem__(self, counts: Any) -> int:  # noqa: ANN401 - as `Answers`
        """Return the answer for pairs of a name and a count; a name that is missing counts 0."""
        if not counts:
            return self._none
        bits, changes_of = self._base, self._changes.get
        for name, count in dict(counts).items() if len(counts) > 1 else counts:
            change = changes_of(name)
            if change is not None:
                bits ^= change[1][bisect_right(change[0], count) - 1]
        if not self._shift:
            return bits
        cleared: int = self._cleared[bits & self._own]
        return bits >> self._shift & cleared


def _cleared(tests: Iterable[tuple[int, Condition, Test]], name: str, count: int) -> int:
    """Return the bits of the tests that a count fails."""
    bits = 0
    for bit, _, test in tests:
        if not test(((name, count),)):
            bits |= bit
    return bits


class Table:
    """Compiled speakers. `columns` gives the bits that a value of a fact leaves standing; `start` are all bits."""

    def __init__(self, speakers: Sequence[Speaker]) -> None:
        self.size = len(speakers)
        self._all = self.start = (1 << self.size) - 1
        self._behind: list[int] = []
        tests: dict[FactName, list[tuple[int, Condition]]] = {}
        for number, speaker in enumerate(speakers):
            for condition in speaker.when:
                tests.setdefault(condition.fact, []).append((~(1 << number), condition))
            for place, exception in enumerate(exceptions_of(speaker), start=1):
                bit = 1 << (place * self.size + number)
                self.start |= bit
                self._behind = self._behind if place <= len(self._behind) else [*self._behind, place * self.size]
                for condition in exception:
                    tests.setdefault(condition.fact, []).append((~bit, condition))
        self.columns: Mapping[FactName, Column] = {fact: _column(fact, each) for fact, each in tests.items()}

    def speaking(self, rows: int) -> int:
        """Return the bits of those whose conditions hold and none of whose exceptions does."""
        excepted = 0
        for behind in self._behind:
            excepted |= rows >> behind
        return rows & ~excepted & self._all


def numbers(bits: int) -> Iterator[int]:
    """Yield the places of the bits that are set, the lowest first."""
    while bits:
        lowest = bits & -bits
        yield lowest.bit_length() - 1
        bits ^= lowest


def exceptions_of(speaker: Speaker) -> tuple[Conditions, ...]:
    """Return the exceptions of a speaker; a raise has none."""
    return () if isinstance(speaker, Raise) else speaker.unless


def _column(fact: FactName, tests: Sequence[tuple[int, Condition]]) -> Column:
    if fact is FactName.ENTITIES:
        return Counts(tests)
    compiled = [(kept, test_of(condition)) for kept, condition in tests]

    def bits(value: Any) -> int:  # noqa: ANN401 - any fact has values
        standing = -1
        for kept, test in compiled:
            if not test(value):
                standing &= kept
        return standing

    if fact is FactName.SIZE:  # there are too many sizes to keep an answer for each
        return Steps(bits, [each.operand for _, each in tests if isinstance(each.operand, int)])
    return Answers(bits)


def test_of(condition: Condition) -> Test:
    """Return what tests the value of one condition's fact."""
    operand: Any = condition.operand
    if condition.name:
        name = condition.name
        if condition.operator is Operator.AT_LEAST:
            return lambda counts: bool(dict(counts).get(name, 0) >= operand)
        return lambda counts: bool(dict(counts).get(name, 0) <= operand)
    if condition.fact in {FactName.RECIPIENT, FactName.SENDER}:
        return lambda address: not operand.isdisjoint(keys_of(address))
    return TESTS[condition.operator, isinstance(operand, frozenset) and condition.fact in SETS](operand)


SETS: Final = frozenset(
    {
        *(FactName.APPROVED_BY, FactName.CAN, FactName.CAVEATS, FactName.DESCRIPTORS, FactName.GAPS),
        *(FactName.RECIPIENT_IS, FactName.UNDER_MARKED),
    }
)
"""Facts that are sets of words."""
TESTS: Final[Mapping[tuple[Operator, bool], Callable[[Any], Test]]] = {
    (Operator.ANY, True): lambda _: bool,
    (Operator.AT_LEAST, False): lambda operand: lambda value: bool(value >= operand),
    (Operator.AT_MOST, False): lambda operand: lambda value: bool(value <= operand),
    (Operator.IS, False): lambda operand: lambda value: value is operand,
    (Operator.NONE, True): lambda _: lambda value: not value,
    (Operator.ONE_OF, False): lambda operand: lambda value: value in operand,
    (Operator.ONE_OF, True): lambda operand: lambda value: not operand.isdisjoint(value),
    (Operator.ONLY, True): lambda operand: lambda value: bool(operand.issuperset(value)),
}
