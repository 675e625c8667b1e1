"""Shows the words around findings without showing what was found.

Of a text only windows around findings are shown. In these every finding is masked, also one that counts for nothing,
and whatever is known again there (`known`) is hidden: the same letters and digits, however they are spaced or written,
and the words of names. What is invisible or turns the line around is gone.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Final

from gateway.classify.known import DOT, Known
from gateway.classify.mask import mask
from gateway.model.inspection import Finding, Inspection, Marking, Segment
from gateway.model.normalise import INVISIBLE, Normalised, normalise
from gateway.model.passage import A_PLACE, MARKING, Passage, Run

AROUND: Final = 60  # characters before what was found, and as many after it
LONGEST: Final = 600  # characters of one passage
ELLIPSIS: Final = "\u2026"
TRIES: Final = 100  # places at which a marking may stand that are looked at
LINE_END: Final = re.compile(r"\r\n?|[\v\f\x85\u2028\u2029]")
BLANK: Final = re.compile(r"[ \t]*\n\s*")
NOTHING: Final = Known()
TURNS: Final = "\u202e"  # right-to-left override
UNSEEN: Final = frozenset({"Cc", "Cf", "Cn", "Co", "Cs"})


def stands_in(text: str, finding: Finding) -> bool:
    """Say whether a text has at the place of a finding what is masked as it is, read as the detectors read it."""
    value = text[finding.start : finding.end]
    if not value or finding.start < 0:
        return False
    form = normalise(value)  # names of files are read with blanks for `_`, and what is turned around as it shows
    return any(
        mask(finding.entity, each) == finding.masked for each in (value, form, form.replace("_", " "), form[::-1])
    )


def by_segment(findings: Iterable[Finding]) -> Mapping[tuple[str, int], list[Finding]]:
    """Return findings by their part and the number of their segment."""
    found = defaultdict(list)
    for each in findings:
        found[each.part, each.segment].append(each)
    return found


def passages_of(seen: Inspection, segments: Mapping[tuple[str, int], Segment]) -> Iterator[Passage]:
    """Yield the passages around what was found, and one around the marking.

    `segments` are those of the content in which something may be shown, by their part and number, in order: all that
    was found in them stands in them. Around the first findings of each place only, as they are listed for officers.
    """
    found, listed, marking = by_segment(seen.findings), _listed(seen.findings), seen.marking
    known = known_in(found, segments)
    for (part, number), segment in segments.items():
        own = found.get((part, number), [])
        is_marked = marking is not None and (marking.part, marking.where) == (part, segment.where)
        for runs in passages_in(segment.text, own, listed, known=known, marking=marking if is_marked else None):
            if any(run.entity == MARKING for run in runs):
                marking = None  # once
            yield Passage(part=part, where=segment.where, runs=runs)


def known_in(found: Mapping[tuple[str, int], Sequence[Finding]], segments: Mapping[tuple[str, int], Segment]) -> Known:
    """Return by what all that was found in segments is known again, both by part and number."""
    return Known.of(
        (each.entity, value)
        for place in found
        if place in segments
        for each in found[place]
        for value in _orders(segments[place].text, each)
    )


def _orders(text: str, finding: Finding) -> Iterator[str]:
    """Yield what was found as it stands, and as it shows where something turns it around."""
    value = text[finding.start : finding.end]
    yield value
    if TURNS in text:
        yield value[::-1]


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
    known: Known = NOTHING,
    marking: Marking | None = None,
) -> Iterator[tuple[Run, ...]]:
    """Yield the words around those findings of a segment that are in `around`, and around its marking, in order.

    `findings` are all of the segment, by their places in `text`; `known` is by what values are known again.
    Findings that are near one another share a passage.
    """
    covers = _disjoint(_covers(text, findings, around))
    if marking and (cover := _marking(text, marking, covers)):
        covers = sorted([*covers, cover], key=lambda each: each.start)
    for start, end, within in _windows(covers, len(text)):
        yield tuple(_runs(text, start, end, within, known))


def _listed(findings: Iterable[Finding]) -> frozenset[Finding]:
    """Return the first findings of each place."""
    listed, so_far = set(), Counter[tuple[str, str]]()
    for each in sorted(findings, key=lambda finding: (finding.segment, finding.start)):
        so_far[each.part, each.where] += 1
        if so_far[each.part, each.where] <= A_PLACE:
            listed.add(each)
    return frozenset(listed)


def _covers(text: str, findings: Iterable[Finding], around: Collection[Finding]) -> Iterator[_Cover]:
    for each in findings:
        start, end = max(0, each.start), min(each.end, len(text))
        if start < end:
            run = Run(text=_seen(each.masked) or DOT, entity=each.entity)
            yield _Cover(start, end, run, each in around)


def _marking(text: str, marking: Marking, covers: Sequence[_Cover]) -> _Cover | None:
    """Return where a marking stands as words of their own, clear of what was found."""
    words = [re.escape(word) for word in normalise(marking.text).split()]
    if not words:
        return None
    read = Normalised.of(text)
    form = r"\s+".join(words)
    for each in islice(re.finditer(rf"(?<!\w){form}(?!\w)", read.text), TRIES):
        start, end = read.span(*each.span())
        after = bisect_left(covers, end, key=lambda cover: cover.start)
        if not after or covers[after - 1].end <= start:
            return _Cover(start, end, Run(text=_seen(text[start:end]), entity=MARKING), is_shown=True)
    return None


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


def _windows(covers: Sequence[_Cover], size: int) -> list[tuple[int, int, list[_Cover]]]:
    """Return from where to where words are shown, and what is covered there.

    No two windows overlap, and none begins or ends in a cover.
    """
    windows: list[tuple[int, int, list[_Cover]]] = []
    for number, each in enumerate(covers):
        if not each.is_shown:
            continue
        start = max(covers[number - 1].end if number else 0, each.start - AROUND)
        end = min(covers[number + 1].start if number + 1 < len(covers) else size, each.end + AROUND)
        first, last, within = windows[-1] if windows else (0, -1, [])
        if start <= last and end - first <= LONGEST:
            windows[-1] = (first, end, [*within, each])
        else:
            windows.append((max(start, last), end, [each]))
    return windows


def _runs(text: str, start: int, end: int, covers: Sequence[_Cover], known: Known) -> Iterator[Run]:
    """Yield a window as it is shown, without a word that is cut by its edges."""
    first = max(0, start - LONGEST)
    shown = known.without(text[first : end + LONGEST])
    opens = start > 0 and not text[start - 1].isspace()
    closes = end < len(text) and not text[end].isspace()
    at = start
    for number, each in enumerate([*covers, None]):
        words = shown[at - first : (each.start if each else end) - first]
        if opens and not number:
            words = _from_a_word(words)
        if closes and each is None:
            words = _from_a_word(words[::-1])[::-1]
        words = _seen(words)
        if start and not number:
            words = ELLIPSIS + words.lstrip("\n")
        if end < len(text) and each is None:
            words = words.rstrip("\n") + ELLIPSIS
        if words:
            yield Run(text=words)
        if each:
            yield each.run
            at = each.end


def _seen(text: str) -> str:
    """Return a text without what nobody sees, and with few blank lines."""
    text = LINE_END.sub("\n", text)
    if not text.isprintable():
        text = "".join(char for char in text if char in "\t\n" or unicodedata.category(char) not in UNSEEN)
    return BLANK.sub("\n", "".join(char for char in text if char not in INVISIBLE))


def _from_a_word(text: str) -> str:
    """Return a text from its first blank on; all of it where it has none."""
    blank = next((place for place, char in enumerate(text) if char.isspace()), None)
    return text if blank is None else text[blank:]
