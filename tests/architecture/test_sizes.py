"""Modules one can hold in the head: 400 lines, functions of 50, test files of 600."""

from __future__ import annotations

import ast
from typing import Final

from tests.architecture.house import name, read, sources, tree

MODULE: Final = 400
FUNCTION: Final = 50
TEST_FILE: Final = 600


def too_long(top: str, limit: int) -> list[str]:
    """Return the files with more lines than the limit."""
    lengths = {path: len(read(path).splitlines()) for path in sources(top)}
    return [f"{name(path)}: {lines} lines" for path, lines in lengths.items() if lines > limit]


def long_functions(module: ast.Module) -> list[tuple[str, int]]:
    """Return every function that is too long, with its length from `def` to its last line."""
    functions = [node for node in ast.walk(module) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
    lengths = [(function.name, (function.end_lineno or 0) - function.lineno + 1) for function in functions]
    return [(function, lines) for function, lines in lengths if lines > FUNCTION]


def test_modules_are_short() -> None:
    assert too_long("gateway", MODULE) == []


def test_test_files_are_short() -> None:
    assert too_long("tests", TEST_FILE) == []


def test_functions_are_short() -> None:
    found = [
        f"{name(path)}: {function} has {lines} lines"
        for path in sources("gateway")
        for function, lines in long_functions(tree(path))
    ]
    assert found == []


def test_a_long_function_is_seen() -> None:
    body = "    x = 1\n" * FUNCTION
    assert long_functions(ast.parse(f"def long():\n{body}")) == [("long", FUNCTION + 1)]
    assert long_functions(ast.parse(f"class C:\n    async def long(self):\n{body.replace('    ', '        ')}"))
    assert long_functions(ast.parse("def short():\n" + "    x = 1\n" * (FUNCTION - 1))) == []
