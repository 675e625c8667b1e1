"""Documents in step with what they describe: diagrams, laws, commands, links."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

import click
import pytest

from gateway.cli.main import cli
from gateway.model.lifecycle import DELIVERY_MOVES, DeliveryState
from tests.architecture.house import ROOT, between, files, name, read
from tests.architecture.lifecycle_diagram import README, draw, draw_all, redrawn

LAWS: Final = range(1, 11)
DOCUMENTS: Final = tuple(path for path in files("README.md", "gateway", "tests", "quarantine") if path.suffix == ".md")


def law_rows() -> dict[int, str]:
    """Return the last cell of each row of the table of laws."""
    table = between(read(README), "laws")
    return {
        int(number): cell for number, cell in re.findall(r"^\| (\d+) \|.*\| ([^|]+) \|$", table, flags=re.MULTILINE)
    }


def code(text: str) -> list[str]:
    """Return what a document sets as code: fenced lines and `words`."""
    fenced = [line for block in re.findall(r"```\w*\n(.*?)```", text, flags=re.DOTALL) for line in block.splitlines()]
    return fenced + re.findall(r"`([^`\n]+)`", re.sub(r"```.*?```", "", text, flags=re.DOTALL))


def test_the_diagrams_are_those_of_the_tables() -> None:
    text = read(README)
    assert between(text, "lifecycle") == draw_all(), "run `make diagram`"
    assert redrawn(text) == text


def test_a_changed_table_changes_the_diagram() -> None:
    changed = DELIVERY_MOVES | {DeliveryState.HELD: {"escaped": DeliveryState.DELIVERED}}
    assert draw("x", changed) != draw("x", DELIVERY_MOVES)
    assert "HELD --> DELIVERED: escaped" in draw("x", changed)


def test_every_law_names_its_tests_or_says_that_it_has_none() -> None:
    rows = law_rows()
    assert sorted(rows) == list(LAWS)
    for number, cell in rows.items():
        assert re.search(r"`tests/[\w/.]+`", cell) or cell.startswith("none yet"), f"law {number}: {cell}"


def test_every_mitigation_names_the_test_that_shows_it() -> None:
    table = between(read(ROOT / "gateway" / "docs" / "threat-model.md"), "mitigations")
    rows = [line for line in table.splitlines() if line.startswith("| ") and not line.startswith("| threat |")]
    assert len(rows) >= 15
    assert [row for row in rows if not re.search(r"`tests/[\w/.]+`", row.rsplit("|", 2)[1])] == []


def test_every_law_test_is_in_the_table() -> None:
    cells = " ".join(law_rows().values())
    tests = [name(path) for path in files("tests") if path.match("tests/laws/test_*.py")]
    assert [test for test in tests if f"`{test}`" not in cells] == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=name)
def test_files_that_a_document_names_are_there(document: Path) -> None:
    text = read(document)
    named = set(re.findall(r"`((?:tests|gateway|policies|config|quarantine|\.ci)/[\w/.\-]+)`", text))
    assert [path for path in sorted(named) if not (ROOT / path).exists()] == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=name)
def test_links_lead_somewhere(document: Path) -> None:
    links = re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", read(document))
    assert [link for link in links if not (document.parent / link).exists()] == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=name)
def test_make_targets_that_a_document_names_are_there(document: Path) -> None:
    targets = set(re.findall(r"^([a-z]+):", read(ROOT / "Makefile"), flags=re.MULTILINE))
    named = {target for line in code(read(document)) for target in re.findall(r"\bmake ([a-z]+)", line)}
    assert named <= targets


@pytest.mark.parametrize("document", DOCUMENTS, ids=name)
def test_commands_that_a_document_names_are_there(document: Path) -> None:
    said = [line for line in code(read(document)) if re.match(r"(\$ )?(\.venv/bin/)?gateway [a-z]", line)]
    assert [line for line in said if not is_command(line.removeprefix("$ ").split()[1:])] == []


def is_command(words: list[str]) -> bool:
    """Follow the words of a command line into the command tree as far as they name commands."""
    here: click.Command = cli
    for word in words:
        if not isinstance(here, click.Group):
            break
        if not re.fullmatch(r"[a-z]+(?:-[a-z]+)*", word):
            return word.startswith("-")
        known = here.get_command(click.Context(here), word)
        if known is None:
            return here.invoke_without_command
        here = known
    return here is not cli


def test_a_command_that_is_not_there_is_seen() -> None:
    assert not is_command(["fly"])
    assert is_command(["run"])
