"""Files of every format with bytes changed, cut and repeated: never an exception, always text or a gap.

The small run is part of every test run; the large one, through the real worker, is `make fuzz`.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import islice

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.extract import Extraction
from gateway.model.inspection import GapKind
from gateway.worker import Inspector
from gateway.worker.samples import samples
from gateway.worker.setup import Setup
from tests.hostile.mutants import PACKED, Mutant, mutants
from tests.unit.extract.reading import opened, texts

SEEDS = dict(samples())
SMALL, LARGE = 400, int(os.environ.get("FUZZ_MUTANTS", "100000"))
UNDER_A_CHECKSUM = frozenset({"_flip", "_lie"})
"""Damage that a checksum sees wherever it falls in the content of a ZIP."""


def complaint(mutant: Mutant, extraction: Extraction) -> str:
    """Say what is wrong with the reading of a mutant; empty if nothing is."""
    if not extraction.gaps and not any(part.segments for part in extraction.parts):
        return "neither text nor gap"
    if not all(gap.detail.isprintable() for gap in extraction.gaps):
        return "a gap's detail is not plain"
    if extraction.gaps or mutant.how not in UNDER_A_CHECKSUM or mutant.source.kind not in PACKED:
        return ""
    said = "\n".join(f"{each.text} {each.name}" for part in extraction.parts for each in part.segments)
    lost = [canary.place for canary in mutant.source.missing(said) if "name" not in canary.place]
    return f"silently lost: {lost}" if lost and "picture" not in " ".join(lost) else ""


def test_a_small_herd_of_mutants() -> None:
    for number, mutant in enumerate(mutants(SMALL, seed=20261122)):
        extraction = opened(mutant.data, mutant.name)
        assert GapKind.CRASHED not in {gap.kind for gap in extraction.gaps}, (number, mutant.how)
        assert not complaint(mutant, extraction), (number, mutant.name, mutant.how)


def batches() -> Iterator[list[Mutant]]:
    """Yield the large herd by a hundred at a time, so that it need not be in memory at once."""
    herd = mutants(LARGE, seed=7)
    while batch := list(islice(herd, 100)):
        yield batch


@pytest.mark.slow
def test_a_large_herd_of_mutants_through_the_worker() -> None:
    inspector = Inspector.start(workers=2, deadline=60, setup=Setup())
    lost: Counter[str] = Counter()

    def read(mutant: Mutant) -> str:
        extraction = inspector.extract(mutant.name, mutant.data)
        for gap in extraction.gaps:
            if gap.kind in {GapKind.CRASHED, GapKind.TIMEOUT}:
                lost[f"{mutant.source.kind} {gap.kind} {gap.detail}"] += 1
        why = complaint(mutant, extraction)
        return why and f"{mutant.name} {mutant.how}: {why}"

    try:
        with ThreadPoolExecutor(2) as hands:
            wrong = Counter(why for herd in batches() for why in hands.map(read, herd) if why)
    finally:
        inspector.close()
    assert not wrong
    assert not any("answer" in why for why in lost), "a worker answered nonsense"
    assert sum(lost.values()) * 1000 <= LARGE, lost  # each is a gap, and none should be a habit


@given(st.binary(min_size=1, max_size=2000))
def test_noise_gives_text_or_a_gap(noise: bytes) -> None:
    extraction = opened(noise, "noise")
    assert extraction.gaps or texts(extraction)


@pytest.mark.parametrize("name", sorted(SEEDS))
def test_every_sample_opens(name: str) -> None:
    extraction = opened(SEEDS[name], name)
    assert extraction.gaps or texts(extraction).strip()
