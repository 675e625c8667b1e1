"""What a delivery owes, in words: of its marking what its recipient sees before they open it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Final

from gateway.decide.explain import in_words
from gateway.model.verdict import Obligation

SEALS: Final = frozenset({Obligation.SEAL_AES256, Obligation.SEAL_BY_KEY})
MARKS: Final = frozenset({Obligation.MARK_BODY, Obligation.MARK_HEADER, Obligation.MARK_SUBJECT})


def owed(obligations: Collection[str]) -> Sequence[str]:
    """Return what it owes; of what is sealed not where its marking stands: within the seal, and nowhere outside."""
    within = MARKS if SEALS & set(obligations) else frozenset()
    return [in_words(each) for each in sorted(set(obligations) - within)]
