"""Draws the lifecycle diagrams of gateway/README.md from the tables of gateway/model/lifecycle.py.

Run it (`make diagram`) to rewrite them; a test keeps them in step.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import StrEnum
from typing import Final, TypeVar

from gateway.model.lifecycle import DELIVERY_MOVES, NOTICE_MOVES, TRANSFER_MOVES
from tests.architecture.house import ROOT

S = TypeVar("S", bound=StrEnum)

README: Final = ROOT / "gateway" / "README.md"


def draw(title: str, moves: Mapping[S, Mapping[str, S]]) -> str:
    """Return one diagram: the first state of the table is where a life begins, states without moves end it."""
    first = next(iter(moves))
    lines = [f"**{title}**", "", "```mermaid", "stateDiagram-v2", f"    [*] --> {first.name}"]
    for before, onward in moves.items():
        lines += [f"    {before.name} --> {after.name}: {move}" for move, after in onward.items()]
        lines += [] if onward else [f"    {before.name} --> [*]"]
    return "\n".join([*lines, "```", ""])


def draw_all() -> str:
    """Return the three diagrams."""
    return "\n".join(
        (
            draw("A transfer", TRANSFER_MOVES),
            draw("Each of its deliveries", DELIVERY_MOVES),
            draw("A notice to the sender", NOTICE_MOVES),
        )
    )


def redrawn(text: str) -> str:
    """Return a document with the diagrams between its marks drawn afresh."""
    fresh = f"<!-- lifecycle -->\n{draw_all()}<!-- /lifecycle -->"
    return re.sub(r"<!-- lifecycle -->\n.*?<!-- /lifecycle -->", fresh, text, count=1, flags=re.DOTALL)


if __name__ == "__main__":
    README.write_text(redrawn(README.read_text(encoding="utf-8")), encoding="utf-8")
