"""google-re2 behind the same interface, for machines without hyperscan.

A set says in one pass which patterns occur at all; only those are then walked one by one. Three times slower than
hyperscan on prose, and it gives the same spans.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import re2

from gateway.classify import Candidate
from gateway.classify.patterns import CANDIDATES, in_characters, term_core, widths

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gateway.classify import Pattern


class Re2Engine:
    """The `Engine` of second choice. `ValueError` when a pattern may not load."""

    def __init__(self, patterns: Sequence[Pattern], *, candidates: int = CANDIDATES) -> None:
        widths(patterns)
        self._candidates = candidates
        self._names = [pattern.name for pattern in patterns]
        self._walk = [re2.compile(_expression(pattern).encode("ascii"), _options(pattern)) for pattern in patterns]
        self._set: Any = None
        if patterns:
            self._set = re2.Set.SearchSet(_options(None))
            for pattern in patterns:
                flags = b"(?i)" if pattern.caseless else b""
                self._set.Add(flags + _expression(pattern).encode("ascii"))
            self._set.Compile()

    def find(self, text: str) -> tuple[list[Candidate], bool]:
        """Return the candidates, and False if the search was cut short."""
        if self._set is None or not text:
            return [], True
        data = text.encode("utf-8", "surrogatepass")
        spans: list[tuple[int, int, int]] = []
        complete = True
        for number in sorted(self._set.Match(data) or ()):
            for found in self._walk[number].finditer(data):
                if len(spans) >= self._candidates:
                    complete = False
                    break
                spans.append((number, *found.span()))
        place = in_characters((mark for span in spans for mark in span[1:]), text, data)
        named = [Candidate(pattern=self._names[n], start=place(start), end=place(end)) for n, start, end in spans]
        return named, complete


def _options(pattern: Pattern | None) -> Any:  # noqa: ANN401 - re2 has no types
    options = re2.Options()
    options.encoding = re2.Options.Encoding.LATIN1  # bytes, as the other engine reads them
    options.case_sensitive = pattern is None or not pattern.caseless
    options.log_errors = False
    options.max_mem = 64 << 20  # a set that runs out of memory says "nothing found"
    return options


def _expression(pattern: Pattern) -> str:
    return rf"\b{term_core(pattern)}\b" if pattern.term else pattern.expression
