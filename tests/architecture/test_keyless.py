"""The console and the portal hold no keys: neither reaches a key, a parser or a channel, not even by a detour.

import-linter's contract covers the modules of both packages by wildcard; this covers their `__init__` as well, and
comes to life by itself when either package is built.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Final

import grimp
import pytest

from tests.architecture.house import ROOT, pyproject

SURFACES: Final = ("console", "portal")
FORBIDDEN: Final = next(
    contract["forbidden_modules"]
    for contract in pyproject()["tool"]["importlinter"]["contracts"]
    if contract["id"] == "console-holds-no-keys"
)


def detours(graph: grimp.ImportGraph, package: str) -> list[str]:
    """Return every chain of imports by which a surface reaches what it may not."""
    found: list[str] = []
    for surface in SURFACES:
        source = f"{package}.{surface}"
        for forbidden in FORBIDDEN:
            target = forbidden.replace("gateway", package, 1)
            if {source, target} <= graph.modules:
                chains = graph.find_shortest_chains(importer=source, imported=target, as_packages=True)
                found.extend(" -> ".join(chain) for chain in chains)
    return found


def generated(folder: Path, package: str, modules: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Build a package out of modules and their one line each; return its detours."""
    for module in ("", *(forbidden.partition(".")[2] for forbidden in FORBIDDEN), *modules):
        place = folder / package / module.replace(".", "/")
        place.mkdir(parents=True, exist_ok=True)
        (place / "__init__.py").write_text(modules.get(module, "").replace("gateway", package) + "\n")
    monkeypatch.setattr(sys, "path", [str(folder), *sys.path])
    return detours(grimp.build_graph(package, cache_dir=None), package)


def test_the_house_keeps_it() -> None:
    assert detours(grimp.build_graph("gateway", cache_dir=None), "gateway") == []


def test_surfaces_that_touch_nothing_pass(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    modules = {"console": "", "portal": "", "store": "", "console.assembly": "import gateway.store"}
    assert generated(tmp_path, "house_clean", modules, monkeypatch) == []


@pytest.mark.parametrize("surface", SURFACES)
@pytest.mark.parametrize("forbidden", FORBIDDEN)
def test_a_surface_that_imports_it_is_caught(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, surface: str, forbidden: str
) -> None:
    package = f"house_{surface}_{forbidden.rpartition('.')[2]}"
    assert generated(tmp_path, package, {surface: f"import {forbidden}"}, monkeypatch) == [
        f"{package}.{surface} -> {forbidden.replace('gateway', package)}"
    ]


def test_a_detour_through_the_configuration_is_caught(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    modules = {"console": "", "console.page": "import gateway.config", "config": "import gateway.protect"}
    assert generated(tmp_path, "house_detour", modules, monkeypatch) == [
        "house_detour.console.page -> house_detour.config -> house_detour.protect"
    ]


def test_every_surface_that_is_built_has_a_folder_we_look_at() -> None:
    built = {surface for surface in SURFACES if (ROOT / "gateway" / surface / "__init__.py").exists()}
    graph = grimp.build_graph("gateway", cache_dir=None)
    assert {f"gateway.{surface}" for surface in built} <= graph.modules
