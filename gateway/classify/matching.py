r"""Hyperscan finds, `re` confirms: exactly the spans of `re.finditer`, two orders of magnitude sooner.

Hyperscan reports every end of every match of every pattern in one pass. A report becomes a *region*: from the leftmost
start for that end (or, where the start is not known, from as far back as the pattern reaches) to that end. Regions
that overlap are merged, so every match of `re` begins in a region, no sooner than that does. `re` then searches
the regions in order, each from its start or from the end of the match before, which is what `finditer` does, minus the
text in which nothing can match. Patterns are read as ASCII: `\b`, `\d` and case know nothing else.

What begins with a word boundary and a digit is looked for without the boundary, and its start by the confirmation: so
hyperscan may pass over all that is no digit, which is most of a text, in strides.

A term of a lexicon has nothing to confirm but that it stands alone: two bytes are looked at. It is compiled as plain
text, once for each way in which it may be wrapped, and without `\b`, which would make the database twenty times slower
to build and five times as large.

Not for threads: one engine holds one scratch space. The child in which it runs has one thread.
"""

from __future__ import annotations

import contextlib
import hashlib
import re
from collections import defaultdict
from typing import TYPE_CHECKING, Final, NamedTuple

import hyperscan

from gateway.classify import Found
from gateway.classify.patterns import CANDIDATES, EACH, as_bytes, compiled, widths, written

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gateway.classify import Pattern, Span

REPORTS: Final = 2_000_000
"""Reports of hyperscan in one text before the search is cut short."""
WORD: Final = frozenset(b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz")
_DIGIT_FIRST: Final = re.compile(r"\\b(?:\(\?:)?(?:\\d|\[?[0-9])")
AHEAD: Final = 8
"""Bytes of text that `re` sees behind a match, so that `\\b` knows what follows."""


class HyperscanEngine:
    """The `Engine` of choice. `ValueError` when a pattern may not load.

    `database` is what `saved` gave for the same patterns; one that does not fit is built anew.
    """

    def __init__(
        self,
        patterns: Sequence[Pattern],
        *,
        database: bytes = b"",
        reports: int = REPORTS,
        candidates: int = CANDIDATES,
        each: int = EACH,
    ) -> None:
        self._reports, self._candidates, self._each = reports, candidates, each
        self._reach = widths(patterns)
        known = [pattern.start_known and not _begins_with_digit(pattern) for pattern in patterns]
        self._scanned = _scanned(patterns)
        self._read_as = [
            (number, length, 0 if known[number] else self._reach[number])
            for number, length in zip(self._scanned.numbers, self._scanned.lengths, strict=True)
        ]
        """Of each expression: number of its pattern, length of a term, how far back to look for an unknown start."""
        self._search = [None if pattern.term else compiled(pattern).search for pattern in patterns]
        self._database = (load_database(database) or _database(patterns, self._scanned, known)) if patterns else None

    def saved(self) -> bytes:
        """Return the compiled database, for another engine of the same patterns, library and processor."""
        return bytes(hyperscan.dumpb(self._database)) if self._database else b""

    def find(self, text: str) -> Found:
        """Return every match, with the patterns whose search was cut short."""
        if self._database is None or not text:
            return Found(spans=[], cut=frozenset())
        data = as_bytes(text)
        regions, spans, cut = self._regions(data)
        for number, runs in regions.items():
            self._confirm(number, runs, data, spans)
            if len(spans) > self._candidates:
                cut.update(range(len(self._reach)))
                del spans[self._candidates :]
                break
        return Found(spans=spans, cut=frozenset(cut))

    def _regions(self, data: bytes) -> tuple[dict[int, list[list[int]]], list[Span], set[int]]:
        """Return the regions in which patterns match, the terms found, and the patterns with too many of either."""
        regions: defaultdict[int, list[list[int]]] = defaultdict(list)
        found: list[Span] = []
        cut: set[int] = set()
        seen = 0
        read_as, most, each = self._read_as, self._reports, self._each
        size, counts = len(data), [0] * len(self._reach)

        def report(scanned: int, start: int, end: int, _flags: int, _context: object) -> bool | None:
            nonlocal seen
            seen += 1
            number, length, back = read_as[scanned]
            if length:
                start = end - length
                if not ((start and data[start - 1] in WORD) or (end < size and data[end] in WORD)):
                    counts[number] += 1
                    if counts[number] <= each:
                        found.append((number, start, end))
                    else:
                        cut.add(number)
                return seen > most  # true stops hyperscan
            if back:
                start = max(0, end - back)
            runs = regions[number]
            last = runs[-1] if runs else [0, 0]
            if last[0] <= start < last[1]:
                last[1] = max(last[1], end)
            elif len(runs) < each:
                runs.append([start, end])
            else:
                cut.add(number)
            return seen > most

        with contextlib.suppress(hyperscan.ScanTerminated):  # not swallowed: `seen` says so to the caller
            if self._database is not None:
                self._database.scan(data, match_event_handler=report)
        if seen > most:
            cut.update(range(len(self._reach)))
        return regions, found, cut

    def _confirm(self, number: int, runs: list[list[int]], data: bytes, spans: list[Span]) -> None:
        """Add what `re` finds in the regions of one pattern."""
        search, reach = self._search[number], self._reach[number] + AHEAD
        if search is None:
            return
        last = 0
        runs.sort()
        for run_start, run_end in runs:
            start = max(run_start, last)
            # search, not match: a region may begin before the end of the match before it
            while start < run_end:
                found = search(data, start, run_end + reach)
                if found is None or found.start() >= run_end:
                    break
                start = last = found.end()
                spans.append((number, found.start(), last))


def fingerprint(patterns: Sequence[Pattern]) -> str:
    """Return a name for the database of these patterns: another pattern, order or library gives another one.

    So does another way of looking for them: what an older gateway compiled would number its reports otherwise.
    """
    version = getattr(hyperscan, "__version__", "")
    made_of = "\n".join([version, repr(_scanned(patterns)), *(repr(pattern) for pattern in patterns)])
    return hashlib.sha256(made_of.encode("utf-8", "surrogatepass")).hexdigest()[:32]


class _Scanned(NamedTuple):
    """What hyperscan looks for: several expressions for a term that may be wrapped. Expressions go by their place."""

    expressions: list[bytes]
    numbers: list[int]
    """The number of the pattern."""
    lengths: list[int]
    """The length of a term; 0 for what is none."""


def _scanned(patterns: Sequence[Pattern]) -> _Scanned:
    scanned = _Scanned(expressions=[], numbers=[], lengths=[])
    for number, pattern in enumerate(patterns):
        for each in written(pattern.expression) if pattern.term else _looked_for(pattern):
            scanned.expressions.append((re.escape(each) if pattern.term else each).encode("ascii"))
            scanned.numbers.append(number)
            scanned.lengths.append(len(each) if pattern.term else 0)
    return scanned


def _begins_with_digit(pattern: Pattern) -> bool:
    return not pattern.term and bool(_DIGIT_FIRST.match(pattern.expression))


def _looked_for(pattern: Pattern) -> tuple[str, ...]:
    """Return what hyperscan looks for; within each match of the pattern a match of one of these ends."""
    if pattern.scan:
        return pattern.scan
    return (pattern.expression[len(r"\b") :] if _begins_with_digit(pattern) else pattern.expression,)


def _database(patterns: Sequence[Pattern], scanned: _Scanned, known: Sequence[bool]) -> hyperscan.Database:
    """Compile; the database brings its own scratch space."""
    database = hyperscan.Database(mode=hyperscan.HS_MODE_BLOCK)
    whose = [patterns[number] for number in scanned.numbers]
    try:
        database.compile(
            expressions=scanned.expressions,
            ids=list(range(len(whose))),
            elements=len(whose),
            flags=[
                hyperscan.HS_FLAG_CASELESS * pattern.caseless
                | hyperscan.HS_FLAG_SOM_LEFTMOST * (known[number] and not pattern.term)
                for number, pattern in zip(scanned.numbers, whose, strict=True)
            ],
        )
    except hyperscan.error as trouble:
        raise ValueError(f"hyperscan cannot take these patterns: {trouble}") from trouble
    return database


def load_database(database: bytes) -> hyperscan.Database | None:
    """Return a saved database, or None for one that this library or processor cannot use."""
    if not database:
        return None
    try:
        loaded = hyperscan.loadb(database, hyperscan.HS_MODE_BLOCK)
        loaded.scratch = hyperscan.Scratch(loaded)  # a loaded database comes without
    except (hyperscan.error, TypeError, ValueError):
        return None
    return loaded
