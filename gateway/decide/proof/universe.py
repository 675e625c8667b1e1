"""Every input that there can be under one policy, and the question whether one of a kind exists."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from gateway.decide.policy import FactName, Law, Policy, Raise, Rule
from gateway.decide.proof.axes import RAISE, RAISED, Axes, axes_of
from gateway.decide.proof.search import Clause, Limits, Search, clause, limits
from gateway.decide.table import Speaker
from gateway.model.facts import Facts
from gateway.model.tier import Tier

MARKING: Final = (FactName.TIER, "")


class Universe:
    """The inputs under one policy. Findings and the tier they raise to go together, as they do in the evaluator."""

    def __init__(self, policy: Policy) -> None:
        raises = tuple(_telling(policy))
        self.axes: Axes = axes_of(policy, raises)
        number = self.axes.of[MARKING]
        pieces = self.axes.axes[number].pieces

        def raised(tiers: Iterable[Tier]) -> tuple[int, int]:
            wanted = frozenset(tiers)
            return number, sum(1 << place for place, piece in enumerate(pieces) if piece[RAISE] in wanted)

        below = {to: [tier for tier in RAISED if tier < to] for to in RAISED}
        always = [Clause(when=(*limits(self.axes, each.when), raised(below[each.to]))) for each in raises]
        cases: list[Limits] = [(raised([Tier.UNMARKED]),)]
        cases += [(raised([each.to]), *limits(self.axes, each.when)) for each in raises]
        self._search = Search(self.axes, always, cases)

    @property
    def count(self) -> int:
        """How many classes of inputs there are."""
        return self.axes.count

    @property
    def steps(self) -> int:
        """How many steps all searches took."""
        return self._search.steps

    def clause(self, speaker: Speaker) -> Clause:
        """Return a speaker as a clause."""
        return clause(self.axes, speaker)

    def find(self, speaking: Sequence[Clause], silent: Sequence[Clause] = (), within: Limits = ()) -> Facts | None:
        """Return the plainest input for which some speak and others are silent; None where there is none."""
        box = self._search.find(speaking, silent, within)
        return None if box is None else self.axes.facts(self._search.point(box))

    def has(self, speaking: Sequence[Clause], silent: Sequence[Clause] = ()) -> bool:
        """Say whether there is such an input."""
        return self._search.find(speaking, silent, any_will_do=True) is not None


def _telling(policy: Policy) -> Iterator[Raise]:
    """Yield the raises that matter: of those to PROTECT that no rule can tell apart, one stands for all.

    Nothing is above PROTECT, so whichever of them speaks, the tier is the same. What is raised to less may be raised
    higher by another, so those are all kept.
    """
    speakers: list[Rule | Law] = [*policy.rules, *policy.observed, *policy.laws]
    named = {
        condition.name
        for speaker in speakers
        for conditions in (speaker.when, *speaker.unless)
        for condition in conditions
    }
    seen = False
    for each in policy.raises:
        names = {condition.name for condition in each.when}
        # `people` has no name
        is_alike = each.to is Tier.PROTECT and named.isdisjoint(names) and "" not in names
        if not (is_alike and seen):
            yield each
        seen = seen or is_alike
