"""Rules compiled: for each fact, what each of its values leaves standing.

Every speaker (a rule, a law, a raise) has one bit that stays set while its `when` conditions hold, and one for each of
its exceptions: first the bits of all `when`, behind them those of all first exceptions, and so on. A value of a fact
clears the bits of the conditions it fails, so the bits of all facts are combined with `&`. What a value clears is
worked out once and then looked up. No bit is spare and no answer negative, because short numbers are combined sooner.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
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
    """Bits for counts by name. Hardly two transfers have the same counts, so each count of a name is looked up alone.

    What a count changes in the bits, compared with a count of 0, is put together with `|`: no two conditions change the
    same bit. Where several count for one bit, each of them has a bit of its own, further up; what these clear is looked
    up at the end. A name that comes twice counts as the larger of both.
    """

    __slots__ = ("_base", "_changes", "_left", "_none", "_size")

    def __init__(self, tests: Sequence[tuple[int, Condition]], start: int) -> None:
        each_bit = Counter(kept for kept, _ in tests)
        shared = [kept for kept, _ in tests if each_bit[kept] > 1]
        self._size = start.bit_length()
        own = iter(range(self._size, self._size + len(shared)))
        by_name: dict[str, list[tuple[int, Test]]] = {}
        for kept, condition in tests:
            bit = 1 << next(own) if each_bit[kept] > 1 else ~kept
            by_name.setdefault(condition.name, []).append((bit, test_of(condition)))

        def failed(name: str, count: int) -> int:
            return sum(bit for bit, test in by_name.get(name, ()) if not test(((name, count),)))

        def left(standing: int) -> int:
            bits = start
            for number, kept in enumerate(shared):
                if not standing >> number & 1:
                    bits &= kept
            return bits

        self._base = (start | _ones(len(shared)) << self._size) & ~sum(failed(name, 0) for name in by_name)
        self._changes = Answers(lambda pair: failed(*pair) ^ failed(pair[0], 0))
        self._left = Answers(left)
        self._none = self._base & left(self._base >> self._size)

    def __getitem__(self, counts: Any) -> int:  # noqa: ANN401 - as `Answers`
        """Return the answer for pairs of a name and a count; a name that is missing counts 0."""
        if not counts:
            return self._none
        changed, changes = 0, self._changes
        for pair in counts:
            changed |= changes[pair]
        bits = self._base ^ changed
        left: int = self._left[bits >> self._size]
        return bits & left


class Table:
    """Compiled speakers, those with most exceptions first, so that no speaker has bits that it does not need.

    `columns` gives the bits that a value of a fact leaves standing; `start` are all bits.
    """

    def __init__(self, speakers: Iterable[Speaker]) -> None:
        self.speakers = sorted(speakers, key=lambda each: len(exceptions_of(each)), reverse=True)
        clauses = [(each.when, *exceptions_of(each)) for each in self.speakers]
        tests: dict[FactName, list[tuple[int, Condition]]] = {}
        self._blocks: list[tuple[int, int]] = []
        size = 0
        for place in range(max(map(len, clauses), default=1)):
            block = [clause[place] for clause in clauses if len(clause) > place]
            for number, conditions in enumerate(block, start=size):
                for condition in conditions:
                    tests.setdefault(condition.fact, []).append((~(1 << number), condition))
            self._blocks.append((size, _ones(len(block))))
            size += len(block)
        self.start = _ones(size)
        self.columns: Mapping[FactName, Column] = {
            fact: _column(fact, each, self.start) for fact, each in tests.items()
        }

    def speaking(self, rows: int) -> int:
        """Return the bits of those whose conditions hold and none of whose exceptions does."""
        (_, speakers), *behind = self._blocks
        excepted = 0
        for place, ones in behind:
            excepted |= rows >> place & ones
        return rows & ~excepted & speakers


def _ones(count: int) -> int:
    """Return so many bits that are set."""
    return (1 << count) - 1


def numbers(bits: int) -> Iterator[int]:
    """Yield the places of the bits that are set, the lowest first."""
    while bits:
        lowest = bits & -bits
        yield lowest.bit_length() - 1
        bits ^= lowest


def exceptions_of(speaker: Speaker) -> tuple[Conditions, ...]:
    """Return the exceptions of a speaker; a raise has none."""
    return () if isinstance(speaker, Raise) else speaker.unless


def _column(fact: FactName, tests: Sequence[tuple[int, Condition]], start: int) -> Column:
    if fact is FactName.ENTITIES:
        return Counts(tests, start)
    compiled = [(kept, test_of(condition)) for kept, condition in tests]

    def bits(value: Any) -> int:  # noqa: ANN401 - any fact has values
        standing = start
        for kept, test in compiled:
            if not test(value):
                standing &= kept
        return standing

    if fact is FactName.SIZE:  # there are too many sizes to keep an answer for each
        return Steps(bits, [each.operand for _, each in tests if isinstance(each.operand, int)])
    return Answers(bits)


def most(counts: Iterable[tuple[str, int]], name: str) -> int:
    """Return how many there are of a name; 0 where it is missing."""
    return max((count for each, count in counts if each == name), default=0)


def test_of(condition: Condition) -> Test:
    """Return what tests the value of one condition's fact."""
    operand: Any = condition.operand
    if condition.name:
        name = condition.name
        if condition.operator is Operator.AT_LEAST:
            return lambda counts: most(counts, name) >= operand
        return lambda counts: most(counts, name) <= operand
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
