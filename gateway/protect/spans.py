"""Finds findings again in a text that goes, each at its place, and writes something else there.

What is found is the normal form of a text; what is hidden is whatever is written for it.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final, TypeAlias

from gateway.model.inspection import Finding
from gateway.model.normalise import Normalised, normalise
from gateway.protect.sources import Source
from gateway.protect.spellings import form_of, said, spelling, squeezed

Mask: TypeAlias = Callable[[str, str], str]
"""(entity, value in its normal form) -> the value masked, as the finding shows it."""

MOST: Final = 1_000_000_000  # characters times values that are looked for again: half a minute


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """Where something was found in what is read, and its normal form; `within` are the entities of all joined in it."""

    start: int
    end: int
    entity: str
    value: str
    key: str
    within: frozenset[str] = frozenset()


Spans: TypeAlias = Sequence[Span]
Hide: TypeAlias = Callable[[Span], str]
"""What is hidden -> what stands there instead."""


def in_text(source: Source, findings: Sequence[Finding], mask: Mask) -> Spans:
    """Return where the findings stand in what is read as it was extracted; nothing unless all of them do.

    What was found over several cells of a table is a span in each.
    """
    found: list[Span] = []
    for each in findings:
        value = normalise(source.text[each.start : each.end])
        if not 0 <= each.start < each.end <= len(source.text) or mask(each.entity, value) != each.masked:
            return ()
        whole = Span(start=each.start, end=each.end, entity=each.entity, value=value, key=each.key)
        found += _parts(source, whole)
    return found


def on_page(source: Source, findings: Sequence[Finding], mask: Mask) -> Spans:
    """Return where the findings stand on a page; nothing unless all of them are found, and no other values.

    A page is extracted without its blanks, so places do not count: what masks as a finding does must stand at least as
    often as it was found, and be one value where it stands more often.
    """
    groups: dict[tuple[str, str], dict[int, Finding]] = defaultdict(dict)
    for each in findings:
        groups[each.entity, each.masked][each.start] = each
    read = Normalised.of(source.text)
    found: list[Span] = []
    for (entity, masked), own in groups.items():
        form = form_of(masked)
        if form is None or len({each.key for each in own.values()}) > 1:
            return ()
        seen = [match for match in form.finditer(read.text) if mask(entity, match[0]) == masked]
        further = len(seen) - len(own)
        if further < 0 or (further and len({squeezed(match[0]) for match in seen}) > 1):
            return ()
        key = next(iter(own.values())).key
        for match in seen:
            start, end = read.span(*match.span())
            found.append(Span(start=start, end=end, entity=entity, value=match[0], key=key))
    return found


def again(source: Source, spans: Spans) -> Iterator[Span]:
    """Yield where the values of spans stand in what is read, however they are written.

    Nothing where it would take too long: what is left is refused.
    """
    read = Normalised.of(source.text)
    signs = squeezed(read.text)
    known = {said(span.value): span for span in spans}
    left = [span for span in known.values() if (wanted := squeezed(span.value)) and wanted in signs]
    for span in left if len(left) * len(read.text) <= MOST else ():
        for match in spelling(span.value).finditer(read.text):
            start, end = read.span(*match.span())
            yield from _parts(source, replace(span, start=start, end=end, value=match[0]))


def _parts(source: Source, span: Span) -> Iterator[Span]:
    """Yield what of a span is hidden on its own; blanks are not."""
    if not source.apart:
        yield span
        return
    for part in re.finditer(f"[^{source.apart}]+", source.text[span.start : span.end]):
        start, end = (span.start + at for at in part.span())
        if part[0].strip():
            yield replace(span, start=start, end=end, value=normalise(part[0]))


def rewritten(source: Source, spans: Spans, hide: Hide) -> str:
    """Return a source with something else where the spans are; those that overlap are hidden as one, the longest's."""
    done, at = [], 0
    for span in _joined(source, spans):
        instead = source.safe(hide(span))
        for start, end in source.places(span.start, span.end):
            done += [source.written[at:start], instead]
            at, instead = end, ""
    return "".join([*done, source.written[at:]])


def _joined(source: Source, spans: Spans) -> Spans:
    joined: list[Span] = []
    for span in sorted(spans, key=lambda each: (each.start, -each.end)):
        last = joined[-1] if joined else None
        if last is None or span.start >= last.end:
            joined.append(span)
            continue
        longest = max(last, span, key=lambda each: (each.end - each.start, bool(each.key)))
        end = max(last.end, span.end)
        within = last.within | {last.entity, span.entity}
        value = normalise(source.text[last.start : end])
        joined[-1] = replace(longest, start=last.start, end=end, value=value, within=within)
    return joined
