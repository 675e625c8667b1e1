"""The measurements of sealing measure what they say: every method, beside its program, in fresh processes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from gateway.cli.bench_seal_files import Measured, measure_7z, measure_pdf, measure_zip

pytestmark = [pytest.mark.slow, pytest.mark.needs("7z", "qpdf"), pytest.mark.timeout(300)]


@pytest.mark.parametrize("measure", [measure_zip, measure_7z, measure_pdf])
def test_one_megabyte_is_measured(measure: Callable[..., list[Measured]], tmp_path: Path) -> None:
    [measured] = measure((1,), 1, tmp_path)
    assert measured.megabytes == 1
    assert measured.ratio == pytest.approx(measured.ours / measured.program)
    assert 0 < measured.grew < measured.peak < 200
    assert measured.is_met is None or measured.method == "zip"
    assert list(tmp_path.iterdir()) == []
