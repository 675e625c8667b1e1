"""Small changes to a module, one at a time, each of which some test should notice."""

from __future__ import annotations

import ast
import copy
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

COMPARED: Final[dict[type[ast.cmpop], type[ast.cmpop]]] = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
}
COMBINED: Final[dict[type[ast.operator], type[ast.operator]]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.BitAnd: ast.BitOr,
    ast.BitOr: ast.BitAnd,
    ast.LShift: ast.RShift,
    ast.RShift: ast.LShift,
    ast.Mult: ast.Add,
}
REMOVED: Final = (ast.AugAssign, ast.Break, ast.Continue, ast.Expr, ast.Raise)
UNTOUCHED: Final = frozenset({"annotation", "returns", "decorator_list", "bases", "names"})
"""What says how to read a program, and not what it does."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mutant:
    """One change: which module, where, what."""

    module: str
    number: int
    line: int
    change: str


Place = tuple[ast.AST, ast.AST, str, "int | None"]
"""A node with its parent, the field of the parent, and the place in it."""


def places(tree: ast.Module) -> Iterator[Place]:
    """Yield every node that may be changed, in a fixed order."""
    waiting: list[ast.AST] = [tree]
    while waiting:
        parent = waiting.pop(0)
        for field, value in ast.iter_fields(parent):
            if field in UNTOUCHED or _is_alias(parent):
                continue
            if isinstance(value, ast.AST):
                yield value, parent, field, None
                waiting.append(value)
            elif isinstance(value, list):
                for number, each in enumerate(value):
                    if isinstance(each, ast.AST):
                        yield each, parent, field, number
                        waiting.append(each)


def changed(node: ast.AST, parent: ast.AST) -> Iterator[tuple[str, ast.AST]]:
    """Yield what a node may become, each with words for it."""
    if isinstance(node, ast.Constant):
        yield from _constants(node, parent)
    elif isinstance(node, ast.expr):
        yield from _expressions(node)
    if isinstance(node, ast.Return) and node.value is not None:
        if not (isinstance(node.value, ast.Constant) and node.value.value is None):
            yield "return", ast.Return(value=ast.Constant(value=None))
    elif isinstance(node, ast.If | ast.IfExp | ast.While) and not isinstance(node.test, ast.Compare | ast.UnaryOp):
        other_if = copy.deepcopy(node)
        other_if.test = ast.UnaryOp(op=ast.Not(), operand=node.test)
        yield "condition", other_if
    if isinstance(node, REMOVED) and not _is_words(node):
        yield "removed", ast.Pass()


def _expressions(node: ast.expr) -> Iterator[tuple[str, ast.AST]]:
    if isinstance(node, ast.Compare):
        for number, operator in enumerate(node.ops):
            other = copy.deepcopy(node)
            other.ops[number] = COMPARED[type(operator)]()
            yield "compare", other
    elif isinstance(node, ast.BoolOp):
        other_op = ast.Or() if isinstance(node.op, ast.And) else ast.And()
        yield "and/or", ast.BoolOp(op=other_op, values=node.values)
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        yield "not", node.operand
    elif isinstance(node, ast.BinOp) and type(node.op) in COMBINED:
        yield "operator", ast.BinOp(left=node.left, op=COMBINED[type(node.op)](), right=node.right)


def _constants(node: ast.Constant, parent: ast.AST) -> Iterator[tuple[str, ast.AST]]:
    value = node.value
    if isinstance(value, bool):
        yield "constant", ast.Constant(value=not value)
    elif isinstance(value, int):
        yield "constant", ast.Constant(value=value + 1)
    elif isinstance(value, str) and value and not _is_words(parent):
        yield "constant", ast.Constant(value=value + "X")


def _is_alias(node: ast.AST) -> bool:
    """Say whether a statement only names a type."""
    return isinstance(node, ast.AnnAssign) and ast.unparse(node.annotation) == "TypeAlias"


def _is_words(node: ast.AST) -> bool:
    """Say whether a statement is a docstring."""
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def mutants_of(module: str, source: str) -> Iterator[Mutant]:
    """Yield every mutant of a module."""
    tree = ast.parse(source)
    number = 0
    for node, parent, _, _ in places(tree):
        for change, other in changed(node, parent):
            line = getattr(node, "lineno", 0)
            before, after = (ast.unparse(ast.fix_missing_locations(each)).split("\n")[0] for each in (node, other))
            yield Mutant(module=module, number=number, line=line, change=f"{change}: {before} -> {after}")
            number += 1


def mutate(source: str, wanted: int) -> ast.Module:
    """Return the module with one change made."""
    tree = ast.parse(source)
    number = 0
    for node, parent, field, place in places(tree):
        for _, other in changed(node, parent):
            if number == wanted:
                ast.copy_location(other, node)
                if place is None:
                    setattr(parent, field, other)
                else:
                    getattr(parent, field)[place] = other
                return ast.fix_missing_locations(tree)
            number += 1
    raise ValueError(f"there is no mutant {wanted}")
