"""What the architecture tests read: the tree's files, and its source as syntax trees."""

from __future__ import annotations

import ast
import re
import tomllib
from functools import cache
from pathlib import Path
from typing import Any, Final

ROOT: Final = Path(__file__).resolve().parents[2]
TOP: Final = (
    "gateway",
    "policies",
    "config",
    "quarantine",
    "tests",
    "pyproject.toml",
    "README.md",
    "LICENSE",
    "Makefile",
    ".ci",
    ".gitignore",
)
"""The top level of the design, the licence, and dot-files."""

MADE: Final = frozenset({"__pycache__", ".mypy_cache", ".ruff_cache", ".pytest_cache", ".hypothesis", "_shipped"})
"""Folders that tools make; never part of the project."""

TEXT: Final = frozenset({".py", ".md", ".toml", ".yaml", ".yml", ".service", ".mako", ".txt", ".sh", ""})


@cache
def files(*tops: str) -> tuple[Path, ...]:
    """Return the project's own text files under these top-level entries (all of them when none is named)."""
    found: list[Path] = []
    for name in tops or TOP:
        entry = ROOT / name
        found.extend([entry] if entry.is_file() else sorted(path for path in entry.rglob("*") if path.is_file()))
    return tuple(path for path in found if path.suffix in TEXT and not MADE & set(path.relative_to(ROOT).parts))


def sources(*tops: str) -> tuple[Path, ...]:
    """Return the Python files under these top-level entries."""
    return tuple(path for path in files(*tops) if path.suffix == ".py")


@cache
def tree(path: Path) -> ast.Module:
    """Return a Python file's syntax tree."""
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


def read(path: Path) -> str:
    """Return a file's text; what is not UTF-8 in it is replaced."""
    return path.read_text(encoding="utf-8", errors="replace")


def name(path: Path) -> str:
    """Return a file's name from the top of the tree."""
    return str(path.relative_to(ROOT))


def pyproject() -> dict[str, Any]:
    """Return pyproject.toml."""
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def between(text: str, mark: str) -> str:
    """Return what stands between `<!-- mark -->` and `<!-- /mark -->`; ValueError when it is not there once."""
    found = re.findall(rf"<!-- {mark} -->\n(.*?)<!-- /{mark} -->", text, flags=re.DOTALL)
    if len(found) != 1:
        raise ValueError(f"expected one part marked {mark}, found {len(found)}")
    return str(found[0])
