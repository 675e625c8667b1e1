"""Plug-ins load by name only; what is missing, doubled or broken stops the start. The distributions are real."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from gateway.errors import GatewayError
from gateway.plugins import Seam, built_in, installed, load_named


def install(folder: Path, distribution: str, name: str, code: str) -> None:
    """Put a module and its metadata where Python finds them, as an installer would."""
    module = distribution.replace("-", "_")
    (folder / f"{module}.py").write_text(code)
    info = folder / f"{module}-1.2.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {distribution}\nVersion: 1.2\n")
    (info / "entry_points.txt").write_text(f"[gateway.detectors]\n{name} = {module}:detector\n")


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.syspath_prepend(str(tmp_path))
    return tmp_path


def test_a_named_plugin_loads_and_says_where_it_came_from(site: Path) -> None:
    install(site, "acme-detectors", "acme_badge", "detector = 'the badge detector'\n")
    (plugin,) = load_named(Seam.DETECTORS, ["acme_badge", "acme_badge"])
    assert (plugin.name, plugin.loaded) == ("acme_badge", "the badge detector")
    assert (plugin.distribution, plugin.version) == ("acme-detectors", "1.2")


def test_what_is_installed_and_not_named_is_not_even_imported(site: Path) -> None:
    install(site, "quiet-detectors", "quiet", "raise RuntimeError\n")
    assert "quiet" in {each.name for each in installed(Seam.DETECTORS)}
    assert load_named(Seam.DETECTORS, []) == ()
    assert "quiet_detectors" not in sys.modules


def test_a_named_plugin_that_is_missing_stops_the_start(site: Path) -> None:
    install(site, "near-detectors", "near_badge", "detector = 1\n")
    with pytest.raises(GatewayError, match=r"'near_badg' .* not installed") as caught:
        load_named(Seam.DETECTORS, ["near_badg"])
    assert "did you mean 'near_badge'?" in caught.value.hint


def test_a_plugin_that_breaks_stops_the_start_and_its_words_are_not_repeated(site: Path) -> None:
    install(site, "broken-detectors", "broken", "raise RuntimeError('the secret word')\n")
    with pytest.raises(GatewayError, match="does not load: RuntimeError") as caught:
        load_named(Seam.DETECTORS, ["broken"])
    assert "secret word" not in str(caught.value)


def test_two_makers_of_one_name_are_refused(site: Path) -> None:
    install(site, "first-maker", "contested", "detector = 1\n")
    install(site, "second-maker", "contested", "detector = 2\n")
    with pytest.raises(GatewayError, match="more than one distribution: first-maker, second-maker"):
        load_named(Seam.DETECTORS, ["contested"])


def test_ours_are_told_from_others(site: Path) -> None:
    install(site, "other-detectors", "other", "detector = 1\n")
    assert "other" not in {plugin.name for plugin in built_in(Seam.CHANNELS)}
    assert {plugin.distribution for plugin in built_in(Seam.CHANNELS)} <= {"secure-transfer-gateway"}
