"""The import contracts of pyproject.toml hold, and each of them bites.

Each sin is one line in a small generated house with the same floors. What breaks is the contract it offends.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

from tests.architecture.house import ROOT, pyproject

LINT: Final = Path(sys.executable).parent / "lint-imports"
CONTRACTS: Final = {contract["id"]: contract for contract in pyproject()["tool"]["importlinter"]["contracts"]}
SEALED: Final = CONTRACTS["sealed-rooms"]["source_modules"]

SINS: Final = [
    ("floors", "intake", "import gateway.deliver"),
    ("floors", "protect", "import gateway.pipeline"),
    ("floors", "decide", "import gateway.config"),
    ("floors", "pipeline", "import gateway.worker"),
    ("floors", "moves", "import gateway.pipeline"),
    ("floors", "protect", "import gateway.moves"),
    ("floors", "errors", "import gateway.model"),
    ("floors", "testing", "import gateway.daemon"),
    ("floors", "console", "import gateway.daemon"),
    ("floors", "handy", "x = 1"),
    ("ground-floor", "model", "import gateway.store"),
    ("ground-floor", "system", "import gateway.store"),
    ("ground-floor", "system", "import gateway.model"),
    ("ground-floor", "model", "import gateway.system"),
    ("console-floors", "console.held", "import gateway.console.pages"),
    ("console-floors", "console.ledger", "import gateway.console.entrance"),
    ("console-floors", "console.handy", "x = 1"),
    ("console-holds-no-keys", "console.pages", "import gateway.protect"),
    ("console-holds-no-keys", "portal.page", "import gateway.intake"),
    ("detectors-are-strangers", "classify.detectors.one", "import gateway.classify.detectors.two"),
    ("acyclic", "store.one", "import gateway.store.two"),
    *[
        ("sealed-rooms", room.removeprefix("gateway."), f"import {module}")
        for room, module in zip(
            [room for room in SEALED for _ in range(5)],
            CONTRACTS["sealed-rooms"]["forbidden_modules"],
            strict=False,
        )
    ],
]


def floors(contract: str) -> list[str]:
    """Return every room that has a floor."""
    return [room for floor in CONTRACTS[contract]["layers"] for room in re.findall(r"\w+", floor)]


def build(folder: Path) -> Path:
    """Build a house with every floor, the console's too, two detectors, a page and a store of two rooms."""
    modules = [*floors("floors"), *(f"console.{room}" for room in floors("console-floors"))]
    modules += ["classify.detectors", "classify.detectors.one", "classify.detectors.two"]
    modules += ["portal.page", "store.one", "store.two"]
    for module in ["", *modules]:
        place = folder / "gateway" / module.replace(".", "/")
        place.mkdir(parents=True, exist_ok=True)
        (place / "__init__.py").write_text("")
    write(folder, "store.two", "import gateway.store.one")
    return folder


def write(folder: Path, module: str, line: str) -> None:
    """Write one line into a module of the generated house."""
    place = folder / "gateway" / module.replace(".", "/") / "__init__.py"
    place.parent.mkdir(exist_ok=True)
    place.write_text(line + "\n")


def lint(folder: Path) -> tuple[int, str]:
    """Check the contracts of our pyproject.toml against the house in `folder`."""
    done = subprocess.run(
        [str(LINT), "--no-cache", "--config", str(ROOT / "pyproject.toml")],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(folder), "NO_COLOR": "1", "COLUMNS": "200"},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr


def is_broken(answer: str, contract: str) -> bool:
    """Say whether a report calls this contract broken."""
    return f"{CONTRACTS[contract]['name']} BROKEN" in re.sub(r"\s+", " ", answer)


def test_the_house_keeps_its_contracts() -> None:
    code, answer = lint(ROOT)
    assert code == 0, answer


def test_a_generated_house_keeps_them_before_any_sin(tmp_path: Path) -> None:
    code, answer = lint(build(tmp_path))
    assert code == 0, answer
    assert "0 broken" in answer


@pytest.mark.parametrize(("contract", "module", "line"), SINS, ids=[f"{sin[0]}-{sin[1]}-{sin[2]}" for sin in SINS])
def test_each_contract_bites(tmp_path: Path, contract: str, module: str, line: str) -> None:
    house = build(tmp_path)
    write(house, module, line)
    code, answer = lint(house)
    assert code == 1
    if module.endswith("handy"):
        assert "handy" in answer
    else:
        assert is_broken(answer, contract), answer


def test_every_contract_is_shown_to_bite() -> None:
    assert {contract for contract, _, _ in SINS} == set(CONTRACTS)


def test_every_forbidden_module_is_tried() -> None:
    tried = {line.removeprefix("import ") for contract, _, line in SINS if contract == "sealed-rooms"}
    assert tried == set(CONTRACTS["sealed-rooms"]["forbidden_modules"])
