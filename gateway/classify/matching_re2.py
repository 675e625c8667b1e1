"""google-re2 behind the same interface, for machines without hyperscan.

A set says in one pass which patterns occur at all; only those are then walked one by one. Three times slower than
hyperscan on prose, and it gives the same spans.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import re2

from gateway.classify import Found
from gateway.classify.patterns import CANDIDATES, EACH, as_bytes, widths, written

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gateway.classify import Pattern, Span


class Re2Engine:
    """The `Engine` of second choice. `ValueError` when a pattern may not load."""

    def __init__(self, patterns: Sequence[Pattern], *, candidates: int = CANDIDATES, each: int = EACH) -> None:
        widths(patterns)
        self._candidates, self._each = candidates, each
        self._walk = [re2.compile(_expression(pattern).encode("ascii"), _options(pattern)) for pattern in patterns]
        self._set: Any = None
        if patterns:
            self._set = re2.Set.SearchSet(_options(None))
            for pattern in patterns:
                flags = b"(?i)" if pattern.caseless else b""
                self._set.Add(flags + _expression(pattern).encode("ascii"))
            self._set.Compile()

    def find(self, text: str) -> Found:
        """Return every match, with the patterns whose search was cut short."""
        if self._set is None or not text:
            return Found(spans=[], cut=frozenset())
        data = as_bytes(text)
        spans: list[Span] = []
        cut: set[int] = set()
        for number in sorted(self._set.Match(data) or ()):
            for count, found in enumerate(self._walk[number].finditer(data)):
                if count >= self._each or len(spans) >= self._candidates:
                    cut.add(number)
                    break
                spans.append((number, *found.span()))
        return Found(spans=spans, cut=frozenset(cut))


def _options(pattern: Pattern | None) -> Any:  # noqa: ANN401 - re2 has no types
    options = re2.Options()
    options.encoding = re2.Options.Encoding.LATIN1  # bytes, as the other engine reads them
    options.case_sensitive = pattern is None or not pattern.caseless
    options.log_errors = False
    options.max_mem = 64 << 20  # a set that runs out of memory says "nothing found"
    return options


def _expression(pattern: Pattern) -> str:
    if not pattern.term:
        return pattern.expression
    return rf"\b(?:{'|'.join(map(re.escape, written(pattern.expression)))})\b"
