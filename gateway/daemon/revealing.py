"""Shows an officer what was found: one value with a few words around it, or the passages of all of it, masked.

That they ask is in the ledger before anything is opened. The content is opened in a hardened worker, and what is taken
of it is sealed at once for the key that the officer's page drew; it lies in the database for a minute, to be fetched
once. It is in no log, and on no disk in clear.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice, takewhile
from typing import Final

from gateway.classify.known import DOT
from gateway.classify.passages import AROUND, by_segment, known_in, passages_of, stands_in
from gateway.classify.passages import LONGEST as REACH
from gateway.daemon.inspectors import Inspectors
from gateway.errors import GatewayError
from gateway.extract import Extraction
from gateway.extract.names import clean_name
from gateway.model.inspection import Finding, GapKind, Inspection, OpenedPart, Segment
from gateway.model.passage import Unshown
from gateway.model.record import Act, Instruction
from gateway.model.transfer import Part, Transfer
from gateway.quarantine.revealing import check_read, check_reveal
from gateway.store import Vault
from gateway.store.exchange import SHOWN, plain_passages
from gateway.store.exchange import answer as leave_answer
from gateway.store.parcels import SqlParcels
from gateway.system.clock import Clock
from gateway.system.log import get_log

LONGEST: Final = 2_000  # characters of what was found; what is longer is cut
MOST_FILES: Final = 20  # files of a transfer that are opened for passages,
MOST_TEXT: Final = 20_000_000  # characters of them in which something was found, and
FOR: Final = 20.0  # seconds after which nothing more is looked for: who asked waits
MOST: Final = 200  # passages that are shown
UNKNOWN: Final = frozenset({GapKind.TOO_MANY, GapKind.DETECTOR_FAILED})
"""Gaps with which nobody knows what else stands near what was found: no words around it are shown."""
CUT: Final = frozenset({GapKind.CRASHED, GapKind.TIMEOUT, GapKind.TOO_LARGE})
"""Gaps of a part of which more may be read at one time than at another: it is not shown."""
LOST: Final = frozenset({GapKind.CRASHED, GapKind.TIMEOUT})


class Revealer:
    """Carries out what officers ask to see, and leaves the answer where whoever filed the instruction fetches it."""

    def __init__(self, vault: Vault, inspectors: Inspectors, parcels: SqlParcels, clock: Clock) -> None:
        self._vault, self._inspectors, self._parcels, self._clock = vault, inspectors, parcels, clock

    def __call__(self, transfer: Transfer, instruction: Instruction) -> None:
        """Leave what was asked for, or in words why not. Never raises: that somebody asked is recorded already."""
        show = self._passages if instruction.act is Act.READ else self._value
        try:
            answer: Mapping[str, object] = show(transfer, instruction)
        except Exception as error:  # noqa: BLE001 - whatever a page asked for must not hold the transfer up
            get_log().error("reveal:failed", transfer=transfer.id, error=type(error).__name__)
            answer = {"trouble": Unshown.FAULT}
        try:
            leave_answer(self._parcels, SHOWN, instruction.id, instruction.key, answer, self._clock.now())
        except GatewayError as error:
            get_log().error("reveal:failed", transfer=transfer.id, error=type(error).__name__)

    def _value(self, transfer: Transfer, instruction: Instruction) -> Mapping[str, object]:
        finding, why = check_reveal(transfer, instruction), _why_gone(transfer)
        for file in transfer.parts:
            if clean_name(file.name) != _root(finding.part):
                continue
            opened = self._opened(file)
            for each in opened.parts:
                if each.part == finding.part and _stand(each, {finding.segment: [finding]}):
                    text = each.segments[finding.segment].text
                    before, after = _around(text, finding, opened, transfer.inspection)
                    value = text[finding.start : finding.end][:LONGEST]
                    return {"before": before, "value": value, "after": after}
            why = Unshown.FAULT if _is_lost(opened) else why
        return {"trouble": why}

    def _passages(self, transfer: Transfer, instruction: Instruction) -> Mapping[str, object]:
        seen, why, end = check_read(transfer, instruction), _why_gone(transfer), self._clock.monotonic() + FOR
        if _is_unknown(seen):
            return {"trouble": Unshown.NOT_ALL}
        segments: dict[tuple[str, int], Segment] = {}
        for file in islice(_files(transfer, seen), MOST_FILES):
            opened = self._opened(file)
            why = Unshown.FAULT if _is_lost(opened) else why
            segments |= standing(opened, seen)
            is_full = sum(len(each.text) for each in segments.values()) > MOST_TEXT
            if is_full or self._clock.monotonic() >= end:
                break
        in_time = takewhile(lambda _: self._clock.monotonic() < end, passages_of(seen, segments))
        passages = tuple(islice(in_time, MOST))
        return plain_passages(passages) if passages else {"trouble": why}

    def _opened(self, file: Part) -> Extraction:
        with self._inspectors.lend() as inspector:
            return inspector.extract(file.name, self._vault.read(file.object_id))


def standing(opened: Extraction, seen: Inspection) -> Mapping[tuple[str, int], Segment]:
    """Return the segments of a file, by part and number, around whose findings words may be shown.

    What is opened now must be what was inspected: of a part all findings stand at their places, or none of it is shown;
    nor is one of which more may be read now than then. A segment in which nothing was found is shown for the marking
    that it may bear, where there is no gap in the file at all.
    """
    gaps = (*seen.gaps, *opened.gaps)
    found: dict[str, dict[int, list[Finding]]] = defaultdict(dict)
    for (path, number), findings in by_segment(seen.findings).items():
        found[path][number] = findings
    shown = {}
    for part in opened.parts:
        if not _stand(part, found[part.part]) or any(gap.kind in CUT and _is_in(part.part, gap.part) for gap in gaps):
            continue
        is_whole = not any(gap.part.startswith(_root(part.part)) for gap in gaps)
        marked = seen.marking.where if seen.marking and is_whole and seen.marking.part == part.part else None
        for number, segment in enumerate(part.segments):
            if number in found[part.part] or segment.where is marked:
                shown[part.part, number] = segment
    return shown


def _files(transfer: Transfer, seen: Inspection) -> Iterator[Part]:
    """Yield the files in which something was found, but for those whose name another has too: they cannot be told."""
    names = Counter(clean_name(each.name) for each in transfer.parts)
    marking = (seen.marking,) if seen.marking else ()
    roots = {_root(each.part) for each in (*seen.findings, *marking)}
    return (each for each in transfer.parts if (name := clean_name(each.name)) in roots and names[name] == 1)


def _stand(part: OpenedPart, found: Mapping[int, Sequence[Finding]]) -> bool:
    """Say whether all that was found in segments of a part stands at its place."""
    return all(
        number < len(part.segments) and all(stands_in(part.segments[number].text, each) for each in findings)
        for number, findings in found.items()
    )


def _is_lost(opened: Extraction) -> bool:
    return any(gap.kind in LOST for gap in opened.gaps)


def _is_in(part: str, place: str) -> bool:
    """Say whether a part is what a gap is about, or within it, or the gap is a scan on it (`letter.pdf#page 1`)."""
    return part == place or part.startswith(f"{place}/") or place.startswith(f"{part}#")


def _why_gone(transfer: Transfer) -> Unshown:
    return Unshown.LOCKED if transfer.passwords_object_id else Unshown.GONE


def _root(path: str) -> str:
    return path.partition("/")[0]


def _is_unknown(seen: Inspection) -> bool:
    return any(gap.kind in UNKNOWN for gap in seen.gaps)


def _around(text: str, finding: Finding, opened: Extraction, seen: Inspection | None) -> tuple[str, str]:
    """Return the words before and after what was found; what was found there, or is known again, is hidden.

    Nothing where not all was found, or where it does not stand as it did: nobody knows what else stands there.
    """
    segments = {} if seen is None or _is_unknown(seen) else standing(opened, seen)
    if seen is None or (finding.part, finding.segment) not in segments:
        return "", ""
    found = by_segment(seen.findings)
    first = max(0, finding.start - REACH)
    shown = list(known_in(found, segments).without(text[first : finding.end + REACH]))
    for each in found[finding.part, finding.segment]:
        place = slice(max(0, each.start - first), max(0, each.end - first))
        shown[place] = DOT * len(shown[place])
    start, end = finding.start - first, finding.end - first
    return "".join(shown[max(0, start - AROUND) : start]), "".join(shown[end : end + AROUND])
