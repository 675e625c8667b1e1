"""Classifies the parts that extract opened: the one place where engine, detectors and markings meet."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field, replace
from operator import attrgetter
from typing import TYPE_CHECKING, Final, cast

from gateway.classify import Candidate, Pattern, Sight
from gateway.classify.declared import declared
from gateway.classify.engines import make_engine
from gateway.classify.informed import informed
from gateway.classify.marking.labels.rules import rules_of
from gateway.classify.marking.markings import Judged, Markings, higher
from gateway.classify.marking.schemes import parse_schemes
from gateway.classify.mask import mask
from gateway.classify.people import Crowd
from gateway.classify.readings import Reading, readings
from gateway.classify.search_keys import SearchKeys
from gateway.model.inspection import (
    Finding,
    Gap,
    GapKind,
    Marking,
    MarkingStatus,
    OpenedPart,
    Segment,
)
from gateway.model.tier import Tier

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import TypeGuard

    from gateway.classify import Databases, Detection, Detector, Examiner


MOST_FINDINGS: Final = 20_000
"""Findings of one part; more is a gap, and the part is a bulk transfer whatever the rest may be."""
_MARKING: Final = "marking"


@dataclass(frozen=True, slots=True, kw_only=True)
class Classified:
    """What classify has to say. `marking` is the highest that is marked, or else the highest suspected.

    `suspected` is set when something of a higher tier than `marking` is suspected beside it. `thread` is the highest
    marking in what is quoted. `first` is the tier that the first part bears: of a mail, what its reader sees first.
    """

    findings: tuple[Finding, ...]
    marking: Marking | None
    marking_status: MarkingStatus
    people: int | None
    gaps: tuple[Gap, ...]
    suspected: Marking | None = None
    thread: Marking | None = None
    first: Tier = Tier.UNMARKED


@dataclass(slots=True)
class _Yield:
    """What has been found so far."""

    findings: list[Finding] = field(default_factory=list)
    gaps: list[Gap] = field(default_factory=list)
    crowd: Crowd = field(default_factory=Crowd)


@dataclass(slots=True)
class _Page:
    """One part at work: its text in normal form, and what was found in each segment."""

    part: OpenedPart
    segments: list[Segment] = field(default_factory=list)
    readings: list[Reading] = field(default_factory=list)
    """Of each segment as it stands."""
    shown: dict[int, tuple[Segment, list[Candidate]]] = field(default_factory=dict)
    """Segments that show otherwise than they stand, and candidates of markings in them."""
    candidates: dict[str, dict[int, list[Candidate]]] = field(default_factory=lambda: defaultdict(dict))
    """By owner and segment, of markings and examiners."""
    detections: dict[int, list[Detection]] = field(default_factory=dict)

    def sight(self, owner: str) -> Sight:
        """Return the part as an examiner sees it."""
        return Sight(
            part=self.part.part,
            media_type=self.part.media_type,
            segments=self.segments,
            candidates=self.candidates.get(owner, {}),
            detections=self.detections,
        )


class Classifier:
    """Engine, detectors and marking schemes, compiled. Build it before the fork and use it from one thread.

    `detectors` are `Detector`s and `Examiner`s; examiners see what detectors found, and the examiners before them.
    `patterns` are all that is looked for, by owner and name, and `engine` looks for them.
    """

    def __init__(
        self,
        detectors: Sequence[Detector | Examiner],
        markings: Markings,
        *,
        search_key: bytes = b"",
        databases: Databases | None = None,
    ) -> None:
        self._keys = SearchKeys(search_key)
        self._detectors: dict[str, Detector] = {}
        self._examiners: list[Examiner] = []
        for each in detectors:
            if _is_examiner(each):
                self._examiners.append(each)
            else:
                self._detectors[each.name] = cast("Detector", each)
        self._markings = markings
        owned = _owned(detectors, markings)
        self._owners = [(owner, pattern.name) for owner, pattern in owned]
        self.patterns = tuple(replace(pattern, name=f"{owner}/{pattern.name}") for owner, pattern in owned)
        self.engine = make_engine(self.patterns, databases)

    @classmethod
    def build(
        cls,
        detectors: Sequence[Detector | Examiner],
        policies: Mapping[str, str],
        *,
        search_key: bytes = b"",
        databases: Databases | None = None,
    ) -> Classifier:
        """Compile everything; `Invalid` when a policy file may not load, `ValueError` when a pattern may not.

        `policies` are the texts of the files that classify reads, by name below the policy folder; findings get keys
        where there is a `search_key`; `databases` keeps what was compiled.
        """
        markings = Markings(parse_schemes(policies), rules_of(policies))
        ready = [*informed(detectors, policies), *declared(policies)]
        return cls(ready, markings, search_key=search_key, databases=databases)

    def classify(self, parts: Sequence[OpenedPart]) -> Classified:
        """Return findings, marking, people and gaps of all parts together."""
        found = _Yield()
        marked: Marking | None = None
        suspected: Marking | None = None
        thread: Marking | None = None
        first = Tier.UNMARKED
        for number, part in enumerate(parts):
            judged = self._classify_part(part, found)
            if not number:
                on_it = higher(judged.marked, judged.suspected)
                first = on_it.tier if on_it else Tier.UNMARKED
            marked, suspected = higher(marked, judged.marked), higher(suspected, judged.suspected)
            thread = higher(thread, judged.thread)
        status = Judged(marked=marked, suspected=suspected).status
        above = suspected if marked and suspected and suspected.tier > marked.tier else None
        return Classified(
            findings=tuple(found.findings),
            marking=marked or suspected,
            marking_status=status,
            people=found.crowd.count(),
            gaps=tuple(found.gaps),
            suspected=above,
            thread=thread,
            first=first,
        )

    def _classify_part(self, part: OpenedPart, found: _Yield) -> Judged:
        page, before, full = _Page(part), len(found.findings), False
        for segment in part.segments:
            self._read(page, segment, found, detect=not full)  # markings are read to the end
            full = full or self._is_full(part, found, before)
        for examiner in self._examiners:
            if page.candidates.get(examiner.name) or not examiner.patterns:
                self._examine(page, examiner, found)
        if not full:
            self._is_full(part, found, before)
        found.crowd.see(page.sight(""))
        return self._judge(page)

    def _read(self, page: _Page, segment: Segment, found: _Yield, *, detect: bool) -> None:
        """Read one segment in all the ways there are; what is found again in another is the same."""
        number, begun = len(page.segments), len(found.findings)
        for count, reading in enumerate(readings(segment)):
            plain = segment if reading.text is segment.text else replace(segment, text=reading.text)
            by_owner = self._candidates(page.part, plain, found)
            if not count:
                page.segments.append(plain)
                page.readings.append(reading)
                for owner in by_owner.keys() - self._detectors.keys():
                    page.candidates[owner][number] = by_owner[owner]
            elif reading.shown:
                page.shown[number] = (plain, by_owner.get(_MARKING, []))
            if detect:
                self._detect(page, number, plain, reading, by_owner, found)
            if count:
                found.findings[begun:] = _once(found.findings[begun:])

    def _judge(self, page: _Page) -> Judged:
        """Judge the markings of a part as it stands, and as it shows."""
        part, candidates = page.part, page.candidates.get(_MARKING, {})
        judged = self._markings.judge(part.part, part.media_type, page.segments, candidates)
        if not page.shown:
            return judged
        segments = [page.shown.get(number, (plain,))[0] for number, plain in enumerate(page.segments)]
        turned = candidates | {number: found for number, (_, found) in page.shown.items() if found}
        shown = self._markings.judge(part.part, part.media_type, segments, turned)
        return replace(
            judged,
            marked=higher(judged.marked, shown.marked),
            suspected=higher(judged.suspected, shown.suspected),
            thread=higher(judged.thread, shown.thread),
        )

    def _is_full(self, part: OpenedPart, found: _Yield, before: int) -> bool:
        """Say whether the part has more findings than are kept; if so, cut them and note the gap."""
        if len(found.findings) - before <= MOST_FINDINGS:
            return False
        del found.findings[before + MOST_FINDINGS :]
        found.gaps.append(_gap(part, GapKind.TOO_MANY, "findings"))
        return True

    def _candidates(self, part: OpenedPart, plain: Segment, found: _Yield) -> dict[str, list[Candidate]]:
        spans, cut = self.engine.find(plain.text)
        for owner in sorted({self._owners[number][0] for number in cut}):
            found.gaps.append(_gap(part, GapKind.TOO_MANY, f"candidates of {owner}"))
        owners, grouped = self._owners, defaultdict[str, list[Candidate]](list)
        for number, start, end in spans:
            owner, name = owners[number]
            grouped[owner].append(Candidate(name, start, end))
        for group in grouped.values():
            group.sort(key=_place)
        return grouped

    def _detect(
        self,
        page: _Page,
        number: int,
        plain: Segment,
        reading: Reading,
        by_owner: Mapping[str, Sequence[Candidate]],
        found: _Yield,
    ) -> None:
        for owner, detector in self._detectors.items():  # in this order, whatever the engine comes upon first
            candidates = by_owner.get(owner)
            if not candidates:
                continue
            try:
                detections = sorted(detector.judge(plain, candidates), key=_place)
                findings = [self._finding(owner, page, number, reading, each) for each in detections]
            except Exception:  # noqa: BLE001 - a stranger's code: a detector that raises is a gap, the others go on
                found.gaps.append(_gap(page.part, GapKind.DETECTOR_FAILED, owner))
                continue
            found.findings.extend(findings)
            if detections and reading is page.readings[number]:
                page.detections.setdefault(number, []).extend(detections)

    def _examine(self, page: _Page, examiner: Examiner, found: _Yield) -> None:
        for detections in page.detections.values():
            detections.sort(key=_place)
        try:
            located = sorted(examiner.examine(page.sight(examiner.name)), key=lambda each: (each[0], _place(each[1])))
            findings = [
                self._finding(examiner.name, page, number, page.readings[number], each) for number, each in located
            ]
        except Exception:  # noqa: BLE001 - as above: an examiner that raises is a gap, the others go on
            found.gaps.append(_gap(page.part, GapKind.DETECTOR_FAILED, examiner.name))
            return
        found.findings.extend(findings)
        for number, each in located:
            page.detections.setdefault(number, []).append(each)

    def _finding(self, owner: str, page: _Page, number: int, reading: Reading, detection: Detection) -> Finding:
        text = reading.text
        if not 0 <= detection.start < detection.end <= len(text):
            raise ValueError("a detection lies outside its text")
        start, end = reading.span(detection.start, detection.end)
        value = text[detection.start : detection.end]
        return Finding(
            detector=owner,
            entity=detection.entity,
            part=page.part.part,
            segment=number,
            where=page.segments[number].where,
            start=start,
            end=end,
            confidence=detection.confidence,
            why=tuple(detection.why),
            masked=mask(detection.entity, value),
            key=self._keys.key(detection, value),
        )


_place = attrgetter("start", "end")


def _once(findings: Sequence[Finding]) -> list[Finding]:
    """Return the surest of those that say the same of the same place."""
    kept: dict[tuple[str, str, int, int], Finding] = {}
    for each in findings:
        place = (each.detector, each.entity, each.start, each.end)
        if place not in kept or each.confidence > kept[place].confidence:
            kept[place] = each
    return list(kept.values())


def _is_examiner(each: Detector | Examiner) -> TypeGuard[Examiner]:
    return hasattr(each, "examine")


def _owned(detectors: Sequence[Detector | Examiner], markings: Markings) -> list[tuple[str, Pattern]]:
    names = [detector.name for detector in detectors]
    if _MARKING in names or len(set(names)) < len(names):
        raise ValueError("two detectors have one name")
    owned = [(_MARKING, pattern) for pattern in markings.patterns]
    return owned + [(detector.name, pattern) for detector in detectors for pattern in detector.patterns]


def _gap(part: OpenedPart, kind: GapKind, detail: str) -> Gap:
    return Gap(part=part.part, kind=kind, detail=detail)
