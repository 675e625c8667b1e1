"""The effective tier: what findings raise it to, and never above PROTECT."""

from __future__ import annotations

from functools import lru_cache
from typing import TypeAlias

from gateway.decide.policy import FactName, Policy
from gateway.decide.table import Answers, Table
from gateway.model.tier import Tier

Entities: TypeAlias = tuple[tuple[str, int], ...]


class Raising:
    """The raises of one policy, compiled: what entities and people leave standing, and the tier of what stands."""

    def __init__(self, policy: Policy) -> None:
        table = Table(policy.raises)
        silent = Answers(lambda _: -1)
        columns = [table.columns.get(fact, silent) for fact in (FactName.ENTITIES, FactName.PEOPLE)]
        self.entities, self.people = columns

        def tier_of(bits: int) -> Tier:
            speaking = bits & table.start
            tiers = (each.to for number, each in enumerate(policy.raises) if speaking >> number & 1)
            return max(tiers, default=Tier.UNMARKED)

        self.tiers = Answers(tier_of)

    def tier(self, entities: Entities, people: int) -> Tier:
        """Return what findings and people raise to, UNMARKED where nothing does."""
        found: Tier = self.tiers[self.entities[entities] & self.people[people]]
        return found


@lru_cache(maxsize=32)
def raising(policy: Policy) -> Raising:
    """Return the compiled raises of a policy."""
    return Raising(policy)


def raised(policy: Policy, entities: Entities, people: int) -> Tier:
    """Return the tier that findings and the number of people raise to."""
    return raising(policy).tier(entities, people)
