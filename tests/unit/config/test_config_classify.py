"""What classify reads of the policy folder is looked over when a policy loads: each complaint, with its place."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from gateway.config.load import load_policies, read_classify_files
from gateway.errors import Invalid

POLICIES = Path(__file__).parents[3] / "policies"
OWN = """
detectors:
  - name: {name}
    entity: {entity}
    says: a case number
    pattern: '\\bSC-\\d{{6}}\\b'
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    copy = tmp_path / "policies"
    shutil.copytree(POLICIES, copy)
    return copy


def complaints(folder: Path) -> str:
    with pytest.raises(Invalid) as caught:
        load_policies(folder)
    return str(caught.value)


def test_the_shipped_folder_loads_and_all_of_it_is_read(folder: Path) -> None:
    assert load_policies(folder).rules
    read = read_classify_files(folder)
    assert {"detectors.yaml", "labels.yaml", "schemes/gsc.yaml", "lexicons/religion.txt"} <= read.keys()
    assert not [name for name in read if name.startswith(("rules/", "cases/")) or name.endswith(".md")]


def test_an_entity_that_no_rule_can_name_is_refused_until_the_policy_knows_it(folder: Path) -> None:
    (folder / "detectors.yaml").write_text(OWN.format(name="social_care_case", entity="CASE_NUMBER"))
    assert "policies/detectors.yaml:4:13: no rule can name 'CASE_NUMBER'" in complaints(folder)
    tiers = folder / "tiers.yaml"
    tiers.write_text(tiers.read_text().replace("entities_of_plugins: []", "entities_of_plugins: [CASE_NUMBER]"))
    assert "CASE_NUMBER" in load_policies(folder).entities


def test_the_name_of_a_built_in_detector_is_taken(folder: Path) -> None:
    (folder / "detectors.yaml").write_text(OWN.format(name="nino", entity="NINO"))
    assert "policies/detectors.yaml:3:11: there is a detector 'nino' that is built in" in complaints(folder)


def test_mistakes_in_several_files_are_told_at_once(folder: Path) -> None:
    (folder / "detectors.yaml").write_text(OWN.format(name="own", entity="NINO") + "    patern: x\n")
    (folder / "lexicons" / "religion.txt").unlink()
    profiles = folder / "schemes" / "profiles.yaml"
    profiles.write_text(profiles.read_text().replace("use: uk-2026", "use: uk-2062"))
    said = complaints(folder)
    assert "did you mean 'pattern'?" in said
    assert "religion.txt" in said
    assert "uk-2062" in said


def test_a_table_of_weights_that_cannot_be_read_is_named_by_its_line(folder: Path) -> None:
    (folder / "modulus" / "valacdos.txt").write_text("089000 089999 MOD10 0 0\n")
    assert "policies/modulus/valacdos.txt:1" in complaints(folder)
