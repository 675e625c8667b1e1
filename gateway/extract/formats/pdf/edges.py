"""Lines that repeat at the edges of pages: a PDF has no headers and footers, only text that stands where they do."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from gateway.model.inspection import Segment, Where

EDGE: Final = 3  # lines at the top and the bottom of a page that may be a header or footer
FEWEST_PAGES: Final = 2
NUMBERS: Final = re.compile(r"\d+")


def repeated(texts: list[str]) -> Iterator[Segment]:
    """Yield as header or footer the edge lines that stand on at least two pages and on at least half of them."""
    for where, is_top in ((Where.HEADER, True), (Where.FOOTER, False)):
        spelled: dict[str, dict[str, int]] = {}
        counted: dict[str, int] = {}
        for text in texts:
            lines = _edge(text, is_top=is_top)
            keys = [NUMBERS.sub("#", line) for line in lines]
            for key in set(keys):
                counted[key] = counted.get(key, 0) + 1
            for key, line in zip(keys, lines, strict=True):
                spellings = spelled.setdefault(key, {})
                spellings[line] = spellings.get(line, 0) + 1
        kept = [
            max(spellings, key=spellings.__getitem__)
            for key, spellings in spelled.items()
            if counted[key] >= FEWEST_PAGES and 2 * counted[key] >= len(texts)
        ]
        if kept:
            yield Segment(where=where, text="\n".join(kept), name="repeated")


def _edge(text: str, *, is_top: bool) -> list[str]:
    """Return the first or the last lines of a page, from top to bottom."""
    lines = text.split("\n", 2 * EDGE) if is_top else text.rsplit("\n", 2 * EDGE)  # some are blank
    if len(lines) > 2 * EDGE:
        del lines[-1 if is_top else 0]
    found = [bare for line in lines if (bare := line.strip())]
    if len(found) < EDGE:
        found = [bare for line in text.splitlines() if (bare := line.strip())]
    return found[:EDGE] if is_top else found[-EDGE:]
