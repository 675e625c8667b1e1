"""No folder of an installation lies within another, whatever links stand in between."""

from __future__ import annotations

from itertools import permutations
from pathlib import Path
from typing import Final

import pytest

from gateway.config.load import load_settings
from gateway.errors import Invalid

CONFIG: Final = """
organisation: {{name: Us, help: us@us.example, internal_domains: [us.example]}}
folders: {{sender: staff@us.example}}
paths: {{outbound: {outbound}, state: {state}, quarantine: {quarantine}, policies: {policies}, notices: {notices}}}
channels:
  one: {{kind: folder, path: {one}}}
  other: {{kind: folder, path: {other}}}
officers: [{{name: O, address: o@us.example}}]
"""
NAMES: Final = ("outbound", "state", "quarantine", "policies", "notices", "one", "other")
NAMED: Final = {name: f"the {name} folder" for name in NAMES} | {
    name: f"the folder of the channel '{name}'" for name in ("one", "other")
}


def load(tmp_path: Path, **places: str) -> None:
    path = tmp_path / "config" / "gateway.yaml"
    path.parent.mkdir(exist_ok=True)
    path.write_text(CONFIG.format(**{name: name for name in NAMES} | places))
    load_settings(path)


def test_folders_side_by_side_are_good(tmp_path: Path) -> None:
    load(tmp_path)
    load(tmp_path, notices="outbound/told")
    load(tmp_path, state="state", quarantine="state-of-quarantine", policies="sta")


@pytest.mark.parametrize(("inner", "outer"), list(permutations(NAMES, 2)))
@pytest.mark.parametrize("below", ["", "/deep/er"])
def test_no_folder_is_within_another(tmp_path: Path, inner: str, outer: str, below: str) -> None:
    with pytest.raises(Invalid) as caught:
        load(tmp_path, **{inner: f"{outer}{below}"})
    (complaint,) = caught.value.complaints
    assert NAMED[inner] in complaint.message
    assert NAMED[outer] in complaint.message
    if below:
        assert complaint.line == {"one": 6, "other": 7}.get(inner, 4), "it points at the inner one"


@pytest.mark.parametrize(("inner", "outer"), list(permutations(NAMES, 2)))
def test_links_are_followed(tmp_path: Path, inner: str, outer: str) -> None:
    (tmp_path / outer / "deep" / "er").mkdir(parents=True)
    (tmp_path / "elsewhere").symlink_to(tmp_path / outer / "deep")
    with pytest.raises(Invalid, match=r"place of its own|directly below"):
        load(tmp_path, **{inner: "elsewhere/er"})


def test_links_in_a_circle_lie_nowhere_and_raise_nothing(tmp_path: Path) -> None:
    (tmp_path / "state").symlink_to(tmp_path / "quarantine")
    (tmp_path / "quarantine").symlink_to(tmp_path / "state")
    load(tmp_path)
    with pytest.raises(Invalid, match="the folder of the channel 'one' is within"):
        load(tmp_path, one="outbound/one")
