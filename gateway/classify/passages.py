"""Shows the words around findings without showing what was found.

Of a text only windows around findings are shown. In these every finding is masked, also one that counts for nothing,
and so is every other place at which the same value stands; what is invisible or turns the line around is gone.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from gateway.model.inspection import Finding, Inspection, Marking, Segment
from gateway.model.passage import A_PLACE, MARKING, Passage, Run

AROUND: Final = 60  # characters before what was found, and as many after it
LONGEST: Final = 600  # characters of one passage
DOT: Final = "\u2022"  # stands for a character that is not shown
ELLIPSIS: Final = "\u2026"
SHORTEST: Final = 4  # letters and digits of what is hidden wherever it stands: fewer are a part of many words
UNSEEN: Final = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff\ud800-\udfff]"
)
NO_SIGN: Final = re.compile(r"[\W_]+")
BLANK: Final = re.compile(r"[ \t]*\n\s*")


def passages_of(seen: Inspection, segments: Mapping[tuple[str, int], Segment]) -> Iterator[Passage]:
    """Yield the passages around what was found, and one around the marking.

    `segments` are those of the content in which something may be shown, by their part and number, in order. Around the
    first findings of each place only, as they are listed for officers.
    """
    found, listed = by_segment(seen.findings), _listed(seen.findings)
    values = {
        segments[place].text[each.start : each.end] for place in found if place in segments for each in found[place]
    }
    marking = seen.marking
    for (part, number), segment in segments.items():
        own = found.get((part, number), [])
        is_marked = marking is not None and (marking.part, marking.where) == (part, segment.where)
        shown = passages_in(segment.text, own, listed, values=values, marking=marking if is_marked else None)
        for runs in shown:
            if any(run.entity == MARKING for run in runs):
                marking = None  # once
            yield Passage(part=part, where=segment.where, runs=runs)


def by_segment(findings: Iterable[Finding]) -> Mapping[tuple[str, int], list[Finding]]:
    """Return findings by their part and the number of their segment."""
    found = defaultdict(list)
    for each in findings:
        found[each.part, each.segment].append(each)
    return found


def _listed(findings: Iterable[Finding]) -> frozenset[Finding]:
    """Return the first findings of each place."""
    listed, so_far = set(), Counter[tuple[str, str]]()
    for each in sorted(findings, key=lambda finding: (finding.segment, finding.start)):
        so_far[each.part, each.where] += 1
        if so_far[each.part, each.where] <= A_PLACE:
            listed.add(each)
    return frozenset(listed)


@dataclass(frozen=True, slots=True)
class _Cover:
    start: int
    end: int
    run: Run
    is_shown: bool  # whether a passage is wanted around it


def passages_in(
    text: str,
    findings: Sequence[Finding],
    around: Collection[Finding],
    *,
    values: Collection[str] = (),
    marking: Marking | None = None,
) -> Iterator[tuple[Run, ...]]:
    """Yield the words around those findings of a segment that are in `around`, and around its marking, in order.

    `findings` are all of the segment, by their places in `text`; `values` what was found anywhere in the transfer.
    Findings that are near one another share a passage.
    """
    covers = _disjoint(_covers(text, findings, around, marking))
    hidden = sorted({signs for each in values if SHORTEST <= len(signs := _signs(each)) <= LONGEST})
    for start, end in _windows(covers, len(text)):
        within = [each for each in covers if each.start < end and start < each.end]
        yield tuple(_runs(text, start, end, within, hidden))


def _covers(
    text: str, findings: Iterable[Finding], around: Collection[Finding], marking: Marking | None
) -> Iterator[_Cover]:
    wanted = {(each.start, each.end) for each in around}
    for each in findings:
        start, end = max(0, each.start), min(each.end, len(text))
        if start < end:
            run = Run(text=each.masked or DOT, entity=each.entity)
            yield _Cover(start, end, run, (each.start, each.end) in wanted)
    if marking and (words := marking.text.split()):
        standing = re.search(r"\s+".join(map(re.escape, words)), text)
        if standing and not any(each.start < standing.end() and standing.start() < each.end for each in findings):
            yield _Cover(*standing.span(), Run(text=standing[0], entity=MARKING), is_shown=True)


def _disjoint(covers: Iterable[_Cover]) -> list[_Cover]:
    """Return covers in order; of those that overlap one that covers all of them, shown as the widest."""
    apart: list[_Cover] = []
    for each in sorted(covers, key=lambda cover: (cover.start, -cover.end)):
        if apart and each.start < apart[-1].end:
            last = apart.pop()
            widest = max(last, each, key=lambda cover: cover.end - cover.start)
            is_shown = last.is_shown or each.is_shown
            apart.append(_Cover(last.start, max(last.end, each.end), widest.run, is_shown))
        else:
            apart.append(each)
    return apart


def _windows(covers: Sequence[_Cover], size: int) -> list[tuple[int, int]]:
    """Return from where to where words are shown: no two windows overlap, and none begins or ends in a finding."""
    windows: list[tuple[int, int]] = []
    for number, each in enumerate(covers):
        if not each.is_shown:
            continue
        start = max(covers[number - 1].end if number else 0, each.start - AROUND)
        end = min(covers[number + 1].start if number + 1 < len(covers) else size, each.end + AROUND)
        if windows and start <= windows[-1][1] and end - windows[-1][0] <= LONGEST:
            windows[-1] = (windows[-1][0], end)
        else:
            windows.append((max(start, windows[-1][1]) if windows else start, end))
    return windows


def _runs(text: str, start: int, end: int, covers: Sequence[_Cover], hidden: Sequence[str]) -> Iterator[Run]:
    at = start
    for each in covers:
        yield from _words(text, at, each.start, hidden, opens=at == start and start > 0)
        yield each.run
        at = each.end
    yield from _words(text, at, end, hidden, closes=end < len(text))


def _words(
    text: str, start: int, end: int, hidden: Sequence[str], *, opens: bool = False, closes: bool = False
) -> Iterator[Run]:
    """Yield what stands between two places, without a word that is cut by the edge where it `opens` or `closes`."""
    shown = _without(text, start, end, hidden)
    if opens and start and not text[start - 1].isspace():
        shown = _from_a_word(shown)
    if closes and end < len(text) and not text[end].isspace():
        shown = _from_a_word(shown[::-1])[::-1]
    shown = BLANK.sub("\n", UNSEEN.sub("", shown))
    if opens:
        shown = ELLIPSIS + shown.lstrip("\n")
    if closes:
        shown = shown.rstrip("\n") + ELLIPSIS
    if shown:
        yield Run(text=shown)


def _without(text: str, start: int, end: int, hidden: Sequence[str]) -> str:
    """Return what stands between two places, with dots for what was found elsewhere, also where an edge cuts it."""
    if start >= end:
        return ""
    first = max(0, start - LONGEST)
    shown = text[first : end + LONGEST]
    signs = _signs(shown)
    for each in (value for value in hidden if value in signs):
        shown = re.sub(r"[\W_]*".join(each), lambda found: DOT * len(found[0]), shown, flags=re.IGNORECASE)
    return shown[start - first : end - first]


def _signs(text: str) -> str:
    """Return the letters and digits of a text, in lower case: however a value is spaced, it is the same."""
    return NO_SIGN.sub("", text).lower()


def _from_a_word(text: str) -> str:
    """Return a text from its first blank on; all of it where it has none."""
    blank = next((place for place, char in enumerate(text) if char.isspace()), None)
    return text if blank is None else text[blank:]
