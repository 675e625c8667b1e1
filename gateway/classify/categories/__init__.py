"""The special categories of personal data, health among them, offences, privilege and commercial confidence.

In      the lexicons of `policies/lexicons`, then whole parts
Out     one detection for the prose of a part and one for each label, by category, with why
Laws    a category is a term, a person and nothing general: definitions, policies, news and forms without answers are
        nobody's data; a lexicon that is missing or wrong stops the start
Fails   `Invalid`, when a lexicon may not be read
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gateway.classify.categories.lexicon import Lexicon, read_lexicons

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from gateway.classify import Detection, Examiner, Pattern, Sight


@dataclass(slots=True, kw_only=True)
class Category:
    """An examiner that has to read lexicons first: which ones, their sections, and what makes it of them."""

    name: str
    lexicons: tuple[str, ...]
    sections: frozenset[str]
    make: Callable[[str, Lexicon], Examiner]
    patterns: tuple[Pattern, ...] = ()

    def read(self, policies: Mapping[str, str]) -> Examiner:
        """Return the examiner; `Invalid` with every complaint about its lexicons."""
        return self.make(self.name, read_lexicons(self.lexicons, self.sections, policies))

    def examine(self, sight: Sight) -> Iterable[tuple[int, Detection]]:
        """Raise: without its lexicons it would find nothing, and that is a gap."""
        raise RuntimeError(f"the lexicons of {self.name} were not read before {sight.part}")
