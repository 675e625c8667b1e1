"""Files of every format with bytes changed, cut and repeated: never an exception, always text or a gap."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gateway.model.inspection import GapKind
from gateway.worker.samples import samples
from tests.unit.extract.reading import opened, texts

SEEDS = dict(samples())
PLACES = st.floats(0, 1, exclude_max=True)
CHANGES = st.lists(st.tuples(PLACES, st.binary(max_size=8), st.integers(0, 8)), max_size=12)


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(st.sampled_from(sorted(SEEDS)), CHANGES, PLACES)
def test_a_mutant_gives_text_or_a_gap(name: str, changes: list[tuple[float, bytes, int]], cut: float) -> None:
    data = bytearray(SEEDS[name])
    for place, new, removed in changes:
        at = int(place * len(data))
        data[at : at + removed] = new
    if cut > 0.7:
        del data[int(cut * len(data)) :]
    extraction = opened(bytes(data), name)
    assert extraction.parts[0].part == name
    assert GapKind.CRASHED not in {gap.kind for gap in extraction.gaps}
    for gap in extraction.gaps:
        assert gap.detail.isprintable()


@given(st.binary(min_size=1, max_size=2000))
def test_noise_gives_text_or_a_gap(noise: bytes) -> None:
    extraction = opened(noise, "noise")
    assert extraction.gaps or texts(extraction)


@pytest.mark.parametrize("name", sorted(SEEDS))
def test_every_sample_opens(name: str) -> None:
    extraction = opened(SEEDS[name], name)
    assert extraction.gaps or texts(extraction).strip()
