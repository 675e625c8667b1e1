"""Reads one corpus with everybody, and scores them alike: the same documents, the same run, the same rules."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Final

from gateway.classify.assess import Classified, Classifier
from gateway.classify.builtin import builtin as detectors
from gateway.extract import Aids, Extractor, Limits
from gateway.extract.builtin import builtin as extractors
from gateway.extract.walk import extract
from gateway.model.inspection import OpenedPart, Segment
from gateway.testing.accuracy import Case, Corpus, Found, Reading
from gateway.testing.accuracy.names import PRESIDIO_UK
from gateway.testing.accuracy.presidio import COUNTS_FROM as PRESIDIO_COUNTS_FROM
from gateway.testing.accuracy.presidio import Answers, ask
from gateway.testing.accuracy.scoring import Tally, score

OURS: Final = "gateway"
PRESIDIO: Final = "presidio"
PRESIDIO_AND_UK: Final = "presidio + UK"
LIMITS: Final = Limits(pages=5, part_size=50_000_000)
PART: Final = "text"


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """The tallies of one corpus by reader, its size in characters, and characters a second of process time."""

    corpus: Corpus
    characters: int = 0
    tallies: dict[str, Tally] = field(default_factory=dict)
    rates: dict[str, float] = field(default_factory=dict)
    about: str = ""
    missing: str = ""
    failed: int = 0


class Ours:
    """This gateway, in process: extract where there is a file, then classify, everything built in."""

    def __init__(self, classifier: Classifier) -> None:
        self._classifier = classifier
        self._extractors: Sequence[Extractor] = extractors()
        self._aids = Aids()

    def read(self, case: Case) -> tuple[Reading, float]:
        """Return what is in a case, and the process time that classify took."""
        parts, gaps = self._opened(case)
        begun = time.process_time()
        classified = self._classifier.classify(parts)
        seconds = time.process_time() - begun
        return _reading(parts, classified, gaps), seconds

    def _opened(self, case: Case) -> tuple[Sequence[OpenedPart], list[str]]:
        if case.content is None:
            segment = Segment(where=case.where, text=case.text)
            return [OpenedPart(part=PART, media_type="text/plain", sha256="", segments=(segment,))], []
        opened = extract(case.name, case.content, LIMITS, self._extractors, self._aids)
        return opened.parts, [str(gap.kind) for gap in opened.gaps]


def _reading(parts: Sequence[OpenedPart], classified: Classified, gaps: list[str]) -> Reading:
    by_name = {part.part: part for part in parts}
    found = []
    for each in classified.findings:
        value = by_name[each.part].segments[each.segment].text[each.start : each.end]
        found.append(
            Found(entity=each.entity, value=value, start=each.start, end=each.end, score=each.confidence, why=each.why)
        )
    return Reading(
        found=tuple(found),
        text="\n".join(segment.text for part in parts for segment in part.segments),
        marking=str(classified.marking_status),
        tier=classified.marking.tier.label if classified.marking else "",
        gaps=(*gaps, *(str(gap.kind) for gap in classified.gaps)),
    )


@cache
def build() -> Ours:
    """Compile everything built in, with the policy files that ship; once, for it takes seconds."""
    from gateway.testing.policies import SHIPPED  # noqa: PLC0415 - reads files

    return Ours(Classifier.build(detectors(), SHIPPED))


def measure(corpus: Corpus, ours: Ours, *, threshold: float, peer: Path | None = None) -> Measured:
    """Read and score a corpus; `peer` is the interpreter that may have Presidio."""
    tally, texts, seconds = Tally(), [], 0.0
    for case in corpus.cases:
        reading, taken = ours.read(case)
        seconds += taken
        texts.append(reading.text)
        score(case, reading, threshold, tally)
    size = sum(map(len, texts))
    answers = ask(peer, texts) if peer and texts else Answers()
    tallies, rates = {OURS: tally}, {OURS: size / seconds if seconds else 0.0}
    if answers.about:
        tallies |= _presidio(corpus, texts, answers)
        rates[PRESIDIO] = size / answers.seconds if answers.seconds else 0.0
    return Measured(
        corpus=corpus,
        characters=size,
        tallies=tallies,
        rates=rates,
        about=answers.about,
        missing=answers.missing,
        failed=answers.failed,
    )


def _presidio(corpus: Corpus, texts: Sequence[str], answers: Answers) -> dict[str, Tally]:
    """Score Presidio twice: as it comes (without what only its UK detectors find), and with all that it found.

    Its detectors do not know of one another, so that one run shows both.
    """
    default, with_uk = Tally(), Tally()
    for case, text, found in zip(corpus.cases, texts, answers.found, strict=True):
        common = tuple(each for each in found if each.entity not in PRESIDIO_UK)
        score(case, Reading(found=common, text=text), PRESIDIO_COUNTS_FROM, default)
        score(case, Reading(found=found, text=text), PRESIDIO_COUNTS_FROM, with_uk)
    return {PRESIDIO: default, PRESIDIO_AND_UK: with_uk}
