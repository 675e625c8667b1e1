r"""Hyperscan finds, `re` confirms: exactly the spans of `re.finditer`, two orders of magnitude sooner.

Hyperscan reports every end of every match of every pattern in one pass. A report becomes a *region*: from the leftmost
start for that end (or, where the start is not known, from as far back as the pattern reaches) to that end. Regions
that overlap are merged, so every match of `re` lies in a region that begins no later than it does. `re` then searches
the regions in order, each from its start or from the end of the match before, which is what `finditer` does, minus the
text in which nothing can match. Patterns are read as ASCII over UTF-8: `\b`, `\d` and case know ASCII only.

A term of a lexicon has one length and nothing to confirm but that it stands alone: two bytes are looked at. It is
compiled without `\\b`, which would make the database twenty times slower to build and five times as large.

Not for threads: one engine holds one scratch space. The child in which it runs has one thread.
"""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Final

import hyperscan

from gateway.classify import Candidate
from gateway.classify.patterns import CANDIDATES, compiled, in_characters, term_core, widths

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from gateway.classify import Pattern

REPORTS: Final = 500_000
"""Reports of hyperscan in one text before the search is cut short."""
WORD: Final = frozenset(b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz")
AHEAD: Final = 8
"""Bytes of text that `re` sees behind a match, so that `\\b` knows what follows."""


class HyperscanEngine:
    """The `Engine` of choice. `ValueError` when a pattern may not load."""

    def __init__(self, patterns: Sequence[Pattern], *, reports: int = REPORTS, candidates: int = CANDIDATES) -> None:
        self._reports = reports
        self._candidates = candidates
        self._names = [pattern.name for pattern in patterns]
        self._reach = widths(patterns)
        self._known = [pattern.start_known for pattern in patterns]
        self._terms = [self._reach[number] if pattern.term else 0 for number, pattern in enumerate(patterns)]
        self._search = [compiled(pattern).search for pattern in patterns]
        self._database = _database(patterns) if patterns else None

    def find(self, text: str) -> tuple[list[Candidate], bool]:
        """Return the candidates, and False if the search was cut short."""
        if self._database is None or not text:
            return [], True
        data = text.encode("utf-8", "surrogatepass")
        regions, spans, complete = self._regions(data)
        for number in sorted(regions):
            for span in self._confirm(number, sorted(regions[number]), data):
                if len(spans) >= self._candidates:
                    return self._named(spans, text, data), False
                spans.append((number, *span))
        return self._named(spans, text, data), complete

    def _regions(self, data: bytes) -> tuple[dict[int, list[list[int]]], list[tuple[int, int, int]], bool]:
        """Return the regions in which patterns match, the terms found, and False if the search was cut short."""
        regions: dict[int, list[list[int]]] = {}
        found: list[tuple[int, int, int]] = []
        seen = 0
        known, reach, most, terms = self._known, self._reach, self._reports, self._terms
        size = len(data)

        def report(number: int, start: int, end: int, _flags: int, _context: object) -> bool | None:
            nonlocal seen
            seen += 1
            length = terms[number]
            if length:
                start = end - length
                if (start and data[start - 1] in WORD) or (end < size and data[end] in WORD):
                    return seen > most
                found.append((number, start, end))
                return seen > most
            if not known[number]:
                start = max(0, end - reach[number])
            runs = regions.setdefault(number, [])
            if runs and runs[-1][0] <= start < runs[-1][1]:
                runs[-1][1] = max(runs[-1][1], end)
            else:
                runs.append([start, end])
            return seen > most  # true stops hyperscan

        with contextlib.suppress(hyperscan.ScanTerminated):  # not swallowed: `seen` says so to the caller
            if self._database is not None:
                self._database.scan(data, match_event_handler=report)
        return regions, found, seen <= most

    def _confirm(self, number: int, runs: list[list[int]], data: bytes) -> Iterable[tuple[int, int]]:
        search, reach = self._search[number], self._reach[number] + AHEAD
        last = 0
        for run_start, run_end in runs:
            start = max(run_start, last)
            # search, not match: a region may begin before the end of the match before it
            while start < run_end:
                found = search(data, start, run_end + reach)
                if found is None or found.start() >= run_end:
                    break
                yield found.span()
                start = last = found.end()

    def _named(self, spans: list[tuple[int, int, int]], text: str, data: bytes) -> list[Candidate]:
        place = in_characters((mark for span in spans for mark in span[1:]), text, data)
        return [Candidate(pattern=self._names[n], start=place(start), end=place(end)) for n, start, end in spans]


def _database(patterns: Sequence[Pattern]) -> hyperscan.Database:
    """Compile; the database brings its own scratch space."""
    database = hyperscan.Database(mode=hyperscan.HS_MODE_BLOCK)
    try:
        database.compile(
            expressions=[_expression(pattern).encode("ascii") for pattern in patterns],
            ids=list(range(len(patterns))),
            elements=len(patterns),
            flags=[
                hyperscan.HS_FLAG_CASELESS * pattern.caseless
                | hyperscan.HS_FLAG_SOM_LEFTMOST * (pattern.start_known and not pattern.term)
                for pattern in patterns
            ],
        )
    except hyperscan.error as trouble:
        raise ValueError(f"hyperscan cannot take these patterns: {trouble}") from trouble
    return database


def _expression(pattern: Pattern) -> str:
    return term_core(pattern) if pattern.term else pattern.scan or pattern.expression
