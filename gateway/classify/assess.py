"""Classifies the parts that extract opened: the one place where engine, detectors and markings meet."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final, cast

from gateway.classify import Candidate, Pattern, Sight
from gateway.classify.marking.markings import Judged, Markings, higher
from gateway.classify.marking.schemes import parse_schemes
from gateway.classify.mask import mask
from gateway.classify.normalise import Normalised
from gateway.classify.people import Crowd
from gateway.model.inspection import (
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
    from typing import TypeGuard

    from gateway.classify import Detection, Detector, Engine, Examiner


MOST_FINDINGS: Final = 20_000
"""Findings of one part; more is a gap, and the part is a bulk transfer whatever the rest may be."""
_MARKING: Final = "marking"


@dataclass(frozen=True, slots=True, kw_only=True)
class Classified:
    """What classify has to say. `marking` is the highest that is marked, or else the highest suspected.

    `suspected` is set when something of a higher tier than `marking` is suspected beside it. `thread` is the highest
    marking in what is quoted.
    """

    findings: tuple[Finding, ...]
    marking: Marking | None
    marking_status: MarkingStatus
    people: int | None
    gaps: tuple[Gap, ...]
    suspected: Marking | None = None
    thread: Marking | None = None


@dataclass(slots=True)
class _Yield:
    """What has been found so far."""

    findings: list[Finding] = field(default_factory=list)
    gaps: list[Gap] = field(default_factory=list)
    crowd: Crowd = field(default_factory=Crowd)
    again: set[Finding] = field(default_factory=set)
    """What was found in names, which are read twice."""


@dataclass(slots=True)
class _Page:
    """One part at work: its text in normal form, and what was found in each segment."""

    part: OpenedPart
    segments: list[Segment] = field(default_factory=list)
    normal: list[Normalised] = field(default_factory=list)
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
    """

    def __init__(self, detectors: Sequence[Detector | Examiner], markings: Markings) -> None:
        self._detectors: dict[str, Detector] = {}
        self._examiners: list[Examiner] = []
        for each in detectors:
            if _is_examiner(each):
                self._examiners.append(each)
            else:
                self._detectors[each.name] = cast("Detector", each)
        self._markings = markings
        self._owners: dict[str, tuple[str, str]] = {}
        patterns: list[Pattern] = []
        for owner, pattern in _owned(detectors, markings):
            qualified = f"{owner}/{pattern.name}"
            self._owners[qualified] = (owner, pattern.name)
            patterns.append(replace(pattern, name=qualified))
        self._engine = make_engine(patterns)

    @classmethod
    def build(cls, detectors: Sequence[Detector | Examiner], policies: Mapping[str, str]) -> Classifier:
        """Compile everything; `Invalid` when a policy file may not load, `ValueError` when a pattern may not.

        `policies` are the texts of the files that classify reads, by name below the policy folder.
        """
        return cls(detectors, Markings(parse_schemes(policies["schemes.yaml"])))

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
            people=found.crowd.count(),
            gaps=tuple(found.gaps),
            suspected=above,
        )

    def _classify_part(self, part: OpenedPart, found: _Yield) -> Judged:
        page, before, full = _Page(part), len(found.findings), False
        for number, segment in enumerate(part.segments):
            normalised = Normalised.of(segment.text)
            plain = segment if normalised.text is segment.text else replace(segment, text=normalised.text)
            page.segments.append(plain)
            page.normal.append(normalised)
            by_owner = self._candidates(part, plain, found)
            for owner in by_owner.keys() - self._detectors.keys():
                page.candidates[owner][number] = by_owner[owner]
            if full:
                continue  # markings are read to the end
            self._detect(page, number, plain, by_owner, found)
            if plain.where is Where.ATTACHMENT_NAME and "_" in plain.text:
                spaced = replace(plain, text=plain.text.replace("_", " "))  # as people write blanks in file names
                self._detect(page, number, spaced, self._candidates(part, spaced, found), found)
            full = self._is_full(part, found, before)
        for examiner in self._examiners:
            if page.candidates.get(examiner.name) or not examiner.patterns:
                self._examine(page, examiner, found)
        if not full:
            self._is_full(part, found, before)
        found.crowd.see(page.sight(""))
        return self._markings.judge(part.part, part.media_type, page.segments, page.candidates.get(_MARKING, {}))

    def _is_full(self, part: OpenedPart, found: _Yield, before: int) -> bool:
        """Say whether the part has more findings than are kept; if so, cut them and note the gap."""
        if len(found.findings) - before <= MOST_FINDINGS:
            return False
        del found.findings[before + MOST_FINDINGS :]
        found.gaps.append(_gap(part, GapKind.TOO_MANY, "findings"))
        return True

    def _candidates(self, part: OpenedPart, plain: Segment, found: _Yield) -> dict[str, list[Candidate]]:
        candidates, complete = self._engine.find(plain.text)
        if not complete:
            found.gaps.append(_gap(part, GapKind.TOO_MANY, "candidates"))
        return self._by_owner(candidates)

    def _detect(
        self, page: _Page, number: int, plain: Segment, by_owner: Mapping[str, Sequence[Candidate]], found: _Yield
    ) -> None:
        for owner, candidates in by_owner.items():
            detector = self._detectors.get(owner)
            if detector is None:
                continue
            try:
                detections = sorted(detector.judge(plain, candidates), key=_place)
                findings = [_finding(owner, page, number, plain.text, each) for each in detections]
            except Exception:  # noqa: BLE001 - a stranger's code: a detector that raises is a gap, the others go on
                found.gaps.append(_gap(page.part, GapKind.DETECTOR_FAILED, owner))
                continue
            found.findings.extend(each for each in findings if each not in found.again)
            if plain.where is Where.ATTACHMENT_NAME:
                found.again.update(findings)
            if detections:
                page.detections.setdefault(number, []).extend(detections)

    def _examine(self, page: _Page, examiner: Examiner, found: _Yield) -> None:
        for detections in page.detections.values():
            detections.sort(key=_place)
        try:
            located = sorted(examiner.examine(page.sight(examiner.name)), key=lambda each: (each[0], _place(each[1])))
            findings = [
                _finding(examiner.name, page, number, page.segments[number].text, each) for number, each in located
            ]
        except Exception:  # noqa: BLE001 - as above: an examiner that raises is a gap, the others go on
            found.gaps.append(_gap(page.part, GapKind.DETECTOR_FAILED, examiner.name))
            return
        found.findings.extend(findings)
        for number, each in located:
            page.detections.setdefault(number, []).append(each)

    def _by_owner(self, candidates: Sequence[Candidate]) -> dict[str, list[Candidate]]:
        grouped: dict[str, list[Candidate]] = defaultdict(list)
        for candidate in candidates:
            owner, name = self._owners[candidate.pattern]
            grouped[owner].append(Candidate(pattern=name, start=candidate.start, end=candidate.end))
        for group in grouped.values():
            group.sort(key=_place)
        return grouped


def _place(each: Candidate | Detection) -> tuple[int, int]:
    return each.start, each.end


def _is_examiner(each: Detector | Examiner) -> TypeGuard[Examiner]:
    return hasattr(each, "examine")


def make_engine(patterns: Sequence[Pattern]) -> Engine:
    """Return hyperscan's engine, or RE2's where hyperscan is not to be had."""
    try:
        from gateway.classify.matching import HyperscanEngine  # noqa: PLC0415 - absent on some machines
    except ImportError:
        from gateway.classify.matching_re2 import Re2Engine  # noqa: PLC0415 - only needed then

        return Re2Engine(patterns)
    return HyperscanEngine(patterns)


def _owned(detectors: Sequence[Detector | Examiner], markings: Markings) -> list[tuple[str, Pattern]]:
    names = [detector.name for detector in detectors]
    if _MARKING in names or len(set(names)) < len(names):
        raise ValueError("two detectors have one name")
    owned = [(_MARKING, pattern) for pattern in markings.patterns]
    return owned + [(detector.name, pattern) for detector in detectors for pattern in detector.patterns]


def _finding(owner: str, page: _Page, number: int, text: str, detection: Detection) -> Finding:
    if not 0 <= detection.start < detection.end <= len(text):
        raise ValueError("a detection lies outside its text")
    start, end = page.normal[number].span(detection.start, detection.end)
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
        masked=mask(detection.entity, text[detection.start : detection.end]),
    )


def _gap(part: OpenedPart, kind: GapKind, detail: str) -> Gap:
    return Gap(part=part.part, kind=kind, detail=detail)
