"""Broken configurations and policies, one a file, each with the sentences that a person is shown.

`# expect: …` is a complaint, place included; there are as many as complaints. One that ends with `…` is its beginning.
A policy file says with `# file: …` which file of the shipped set it is laid over, and with `# cases: kept` that the
shipped cases stay.
"""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from gateway.config.load import load_both, read_policy_files
from gateway.decide.load import load
from gateway.errors import Invalid

HERE = Path(__file__).parent
POLICIES = HERE.parents[1] / "policies"
CONFIGURATIONS = sorted((HERE / "config").glob("*.yaml"))
BROKEN_POLICIES = sorted((HERE / "policies").glob("*.yaml"))


def expected(text: str) -> list[str]:
    return re.findall(r"^# expect: (.+)$", text, re.MULTILINE)


def check(complaints: list[str], wanted: list[str]) -> None:
    assert wanted, "the file says what to expect"
    assert len(complaints) == len(wanted), complaints
    for complaint, sentence in zip(complaints, wanted, strict=True):
        if sentence.endswith("…"):
            assert complaint.startswith(sentence.removesuffix("…"))
        else:
            assert complaint == sentence


def test_there_are_enough_of_them() -> None:
    assert len(CONFIGURATIONS) >= 20
    assert len(BROKEN_POLICIES) >= 90


@pytest.mark.parametrize("path", CONFIGURATIONS, ids=lambda path: path.stem)
def test_a_broken_configuration_is_explained(path: Path, tmp_path: Path) -> None:
    copy = tmp_path / "config" / "gateway.yaml"
    copy.parent.mkdir()
    shutil.copy(path, copy)
    shutil.copytree(POLICIES, tmp_path / "policies")
    with pytest.raises(Invalid) as caught:
        load_both(copy)
    found = [str(each).removeprefix(f"{tmp_path}/") for each in caught.value.complaints]
    check(found, expected(path.read_text()))


@pytest.mark.parametrize("path", BROKEN_POLICIES, ids=lambda path: path.stem)
def test_a_broken_policy_is_explained(path: Path) -> None:
    text = path.read_text()
    name = re.findall(r"^# file: (.+)$", text, re.MULTILINE)[0]
    files = {**read_policy_files(POLICIES), name: text}
    if not name.startswith("cases/") and "# cases: kept" not in text:  # they fail too, which is not the point here
        files = {name: text for name, text in files.items() if not name.startswith("cases/")}
    with pytest.raises(Invalid) as caught:
        load(files)
    check([str(each) for each in caught.value.complaints], expected(text))
