"""Classifies the parts that extract opened: the one place where engine, detectors and markings meet."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from gateway.classify import Candidate, Pattern
from gateway.classify.markings import Judged, Markings, higher
from gateway.classify.mask import mask
from gateway.classify.normalise import Normalised
from gateway.classify.people import people
from gateway.classify.schemes import parse_schemes
from gateway.model.inspection import (
    COUNTS_FROM,
    Finding,
    Gap,
    GapKind,
    Marking,
    MarkingStatus,
    OpenedPart,
    Segment,
    Where,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from gateway.classify import Detection, Detector, Engine


MOST_FINDINGS: Final = 20_000
"""Findings of one part; more is a gap, and the part is a bulk transfer whatever the rest may be."""
_MARKING: Final = "marking"


@dataclass(frozen=True, slots=True, kw_only=True)
class Classified:
    """What classify has to say. `marking` is the highest that is marked, or else the highest suspected.

    `suspected` is set when something of a higher tier than `marking` is suspected beside it.
    """

    findings: tuple[Finding, ...]
    marking: Marking | None
    marking_status: MarkingStatus
    people: int | None
    gaps: tuple[Gap, ...]
    suspected: Marking | None = None


@dataclass(slots=True)
class _Yield:
    """What has been found so far."""

    findings: list[Finding] = field(default_factory=list)
    gaps: list[Gap] = field(default_factory=list)
    values: set[tuple[str, str]] = field(default_factory=set)
    again: set[Finding] = field(default_factory=set)
    """What was found in names, which are read twice."""


class Classifier:
    """Engine, detectors and marking schemes, compiled. Build it before the fork and use it from one thread."""

    def __init__(self, detectors: Sequence[Detector], markings: Markings) -> None:
        self._detectors = tuple(detectors)
        self._markings = markings
        self._owners: dict[str, tuple[str, str]] = {}
        patterns: list[Pattern] = []
        for owner, pattern in _owned(detectors, markings):
            qualified = f"{owner}/{pattern.name}"
            self._owners[qualified] = (owner, pattern.name)
            patterns.append(replace(pattern, name=qualified))
        self._engine = make_engine(patterns)

    @classmethod
    def build(cls, detectors: Sequence[Detector], schemes_yaml: str) -> Classifier:
        """Compile everything; `Invalid` when the schemes may not load, `ValueError` when a pattern may not."""
        return cls(detectors, Markings(parse_schemes(schemes_yaml)))

    def classify(self, parts: Sequence[OpenedPart]) -> Classified:
        """Return findings, marking, people and gaps of all parts together."""
        found = _Yield()
        marked: Marking | None = None
        suspected: Marking | None = None
        for part in parts:
            judged = self._classify_part(part, found)
            marked, suspected = higher(marked, judged.marked), higher(suspected, judged.suspected)
        status = Judged(marked=marked, suspected=suspected).status
        above = suspected if marked and suspected and suspected.tier > marked.tier else None
        return Classified(
            findings=tuple(found.findings),
            marking=marked or suspected,
            marking_status=status,
            people=people(found.values),
            gaps=tuple(found.gaps),
            suspected=above,
        )

    def _classify_part(self, part: OpenedPart, found: _Yield) -> Judged:
        before, full = len(found.findings), False
        segments: list[Segment] = []
        marking_candidates: dict[int, list[Candidate]] = {}
        for number, segment in enumerate(part.segments):
            normalised = Normalised.of(segment.text)
            plain = segment if normalised.text is segment.text else replace(segment, text=normalised.text)
            segments.append(plain)
            by_owner = self._candidates(part, plain, found)
            if _MARKING in by_owner:
                marking_candidates[number] = by_owner.pop(_MARKING)
            if full:
                continue  # markings are read to the end
            self._detect(part, number, plain, normalised, by_owner, found)
            if plain.where is Where.ATTACHMENT_NAME and "_" in plain.text:
                spaced = replace(plain, text=plain.text.replace("_", " "))  # as people write blanks in file names
                self._detect(part, number, spaced, normalised, self._candidates(part, spaced, found), found)
            full = len(found.findings) - before > MOST_FINDINGS
            if full:
                del found.findings[before + MOST_FINDINGS :]
                found.gaps.append(_gap(part, GapKind.TOO_MANY, "findings"))
        return self._markings.judge(part.part, part.media_type, segments, marking_candidates)

    def _candidates(self, part: OpenedPart, plain: Segment, found: _Yield) -> dict[str, list[Candidate]]:
        candidates, complete = self._engine.find(plain.text)
        if not complete:
            found.gaps.append(_gap(part, GapKind.TOO_MANY, "candidates"))
        return self._by_owner(candidates)

    def _detect(
        self,
        part: OpenedPart,
        number: int,
        plain: Segment,
        normalised: Normalised,
        by_owner: Mapping[str, Sequence[Candidate]],
        found: _Yield,
    ) -> None:
        for detector in self._detectors:
            candidates = by_owner.get(detector.name)
            if not candidates:
                continue
            try:
                detections = sorted(detector.judge(plain, candidates), key=lambda each: (each.start, each.end))
                findings = [_finding(detector.name, part, number, plain, normalised, each) for each in detections]
            except Exception:  # noqa: BLE001 - the room's one catch-all: a detector that raises is a gap, the others go on
                found.gaps.append(_gap(part, GapKind.DETECTOR_FAILED, detector.name))
                continue
            found.findings.extend(each for each in findings if each not in found.again)
            if plain.where is Where.ATTACHMENT_NAME:
                found.again.update(findings)
            found.values.update(
                (each.entity, plain.text[each.start : each.end])
                for each in detections
                if each.confidence >= COUNTS_FROM
            )

    def _by_owner(self, candidates: Sequence[Candidate]) -> dict[str, list[Candidate]]:
        grouped: dict[str, list[Candidate]] = defaultdict(list)
        for candidate in candidates:
            owner, name = self._owners[candidate.pattern]
            grouped[owner].append(Candidate(pattern=name, start=candidate.start, end=candidate.end))
        for group in grouped.values():
            group.sort(key=lambda each: (each.start, each.end))
        return grouped


def make_engine(patterns: Sequence[Pattern]) -> Engine:
    """Return hyperscan's engine, or RE2's where hyperscan is not to be had."""
    try:
        from gateway.classify.matching import HyperscanEngine  # noqa: PLC0415 - absent on some machines
    except ImportError:
        from gateway.classify.matching_re2 import Re2Engine  # noqa: PLC0415 - only needed then

        return Re2Engine(patterns)
    return HyperscanEngine(patterns)


def _owned(detectors: Sequence[Detector], markings: Markings) -> list[tuple[str, Pattern]]:
    names = [detector.name for detector in detectors]
    if _MARKING in names or len(set(names)) < len(names):
        raise ValueError("two detectors have one name")
    owned = [(_MARKING, pattern) for pattern in markings.patterns]
    return owned + [(detector.name, pattern) for detector in detectors for pattern in detector.patterns]


def _finding(
    detector: str, part: OpenedPart, number: int, plain: Segment, normalised: Normalised, detection: Detection
) -> Finding:
    if not 0 <= detection.start < detection.end <= len(plain.text):
        raise ValueError("a detection lies outside its text")
    start, end = normalised.span(detection.start, detection.end)
    return Finding(
        detector=detector,
        entity=detection.entity,
        part=part.part,
        segment=number,
        where=plain.where,
        start=start,
        end=end,
        confidence=detection.confidence,
        why=tuple(detection.why),
        masked=mask(detection.entity, plain.text[detection.start : detection.end]),
    )


def _gap(part: OpenedPart, kind: GapKind, detail: str) -> Gap:
    return Gap(part=part.part, kind=kind, detail=detail)
