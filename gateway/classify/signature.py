"""The block with which a writer signs: name, post, organisation, where it is. It says who writes, not whom it is about.

A line that signs off, then short lines up to a place; a sentence in between ends it.
"""

from __future__ import annotations

import re
from typing import Final

SIGNS_OFF: Final = (
    r"yours (?:sincerely|faithfully|truly|ever)|(?:kind|best|warm|with)(?:est)? (?:regards|wishes)|regards|sincerely"
    r"|many thanks|signed by|signed"
)
_LINE: Final = re.compile(rf"(?im)^[ \t>]*(?:{SIGNS_OFF})[ ,.!-]{{0,3}}\r?$")
_REACH: Final = 500
_LONGEST: Final = 80
_MOST_LINES: Final = 14
_SENTENCE: Final = re.compile(r"[a-z][.!?](?:\s|$)")


def is_in_signature(text: str, start: int) -> bool:
    """Say whether what begins at `start` belongs to the block below a line that signs off."""
    begin = max(0, start - _REACH)
    last = None
    for last in _LINE.finditer(text, begin, start):  # noqa: B007 - the last one is wanted
        pass
    if last is None:
        return False
    lines = text[last.end() : start].split("\n")
    return len(lines) <= _MOST_LINES and all(len(each) <= _LONGEST and not _SENTENCE.search(each) for each in lines)
