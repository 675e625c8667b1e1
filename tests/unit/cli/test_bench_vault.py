"""The measurement of the vault measures: every figure is there and in proportion."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.cli.bench_vault import measure_vault

SHOWN = 0.1
"""MB/s to which speeds are rounded; the ratio is of what was measured. A slow disk gives small ones."""


def test_figures_are_of_both_ways_and_files_do_not_stay(tmp_path: Path) -> None:
    figures = measure_vault(size=3_000_000, rounds=1, folder=tmp_path)
    assert (figures.size, figures.rounds) == (3_000_000, 1)
    for ratio, vault, raw in (
        (figures.write_ratio, figures.vault_write, figures.raw_write),
        (figures.read_ratio, figures.vault_read, figures.raw_read),
    ):
        assert ratio == pytest.approx(vault / raw, rel=SHOWN / vault + SHOWN / raw, abs=0.001)
    assert 0 < figures.peak <= 64
    assert list(tmp_path.iterdir()) == []
