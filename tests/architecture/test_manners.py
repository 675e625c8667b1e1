"""Manners: every exception to a rule has its reason, no file knows the machine it was written on."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

import pytest

from tests.architecture.house import ROOT, files, name, pyproject, read, sources

CODE: Final = re.compile(r'"[A-Z]{1,4}[0-9]{0,4}"')
NOQA: Final = re.compile(r"#\s*noqa(?P<rest>.*)$", flags=re.IGNORECASE)
GOOD_NOQA: Final = re.compile(r": [A-Z]+\d+(, ?[A-Z]+\d+)* - \S.{3,}")
MACHINE: Final = re.compile(
    "|".join(
        (
            r"(?<![\w.])/" + r"work/",
            r"(?<![\w.])/" + r"root/",
            r"(?<![\w.])/" + r"home/\w",
            r"(?<![\w.])/" + r"opt/pypi",
            r"pypi\.org/" + "simple",
            r"files\.python" + "hosted",
            r"extra-index" + "-url",
            r"registry\." + r"npmjs",
        )
    )
)
MARKS: Final = re.compile(
    r"\b(" + "|".join(("TO" + "DO", "FIX" + "ME", "XX" + "X", "HA" + "CK", "raise NotImplemented" + "Error")) + r")\b"
)


def rule_lines() -> list[str]:
    """Return the lines of pyproject.toml in which a ruff rule is ignored."""
    text = read(ROOT / "pyproject.toml")
    ignores = re.findall(r"^ignore = \[\n(.*?)^\]", text, flags=re.DOTALL | re.MULTILINE)
    ignores += re.findall(r"^\[tool\.ruff\.lint\.per-file-ignores\]\n(.*?)^\[", text, flags=re.DOTALL | re.MULTILINE)
    return [line for block in ignores for line in block.splitlines() if CODE.search(line)]


def test_every_ignored_rule_has_a_reason() -> None:
    lines = rule_lines()
    assert len(lines) > 10
    assert [line for line in lines if not re.search(r"\]?,?\s+# \S.{7,}", line)] == []


def test_every_noqa_has_a_reason() -> None:
    found = [
        f"{name(path)}:{number}: {line.strip()}"
        for path in sources("gateway", "tests")
        if path != Path(__file__)
        for number, line in enumerate(read(path).splitlines(), start=1)
        if (mark := NOQA.search(line)) and not GOOD_NOQA.match(mark["rest"])
    ]
    assert found == []


@pytest.mark.parametrize(
    ("rest", "is_good"), [(": S603 - the place where programs start", True), (": S603", False), ("", False)]
)
def test_a_reason_is_told_from_none(rest: str, *, is_good: bool) -> None:
    assert bool(GOOD_NOQA.match(rest)) is is_good


def test_no_file_knows_the_machine_it_was_written_on() -> None:
    found = [
        f"{name(path)}:{number}: {line.strip()[:100]}"
        for path in files()
        for number, line in enumerate(read(path).splitlines(), start=1)
        if MACHINE.search(line)
    ]
    assert found == []


def test_no_file_bears_a_mark_of_unfinished_work() -> None:
    found = [
        f"{name(path)}:{number}: {line.strip()[:100]}"
        for path in files()
        for number, line in enumerate(read(path).splitlines(), start=1)
        if MARKS.search(line)
    ]
    assert found == []


def test_every_library_has_its_line_of_why() -> None:
    why = read(ROOT / "gateway" / "docs" / "decisions" / "0002-libraries.md")
    project = pyproject()["project"]
    named = [*project["dependencies"], *project["optional-dependencies"]["test"]]
    libraries = [match[0] for line in named if (match := re.match(r"[A-Za-z0-9_.\-]+", line))]
    assert [library for library in libraries if f"| {library} |" not in why] == []


def test_every_library_has_both_bounds() -> None:
    project = pyproject()["project"]
    named = [*project["dependencies"], *project["optional-dependencies"]["test"]]
    assert [line for line in named if ">=" not in line or "<" not in line] == []


def test_continuous_integration_runs_what_a_developer_runs() -> None:
    script = read(ROOT / ".ci" / "run").splitlines()
    acts = [line for line in script if line and not line.startswith(("#", "set ", "cd "))]
    assert acts == ["make test"]
