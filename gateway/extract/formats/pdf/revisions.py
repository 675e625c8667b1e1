"""Earlier states of a PDF that its file still holds (ISO 32000-2, 7.5.6): what they showed and the last one does not.

A file that was changed by appending ends several times. Cut at an earlier end it is the file as it was then.
"""

from __future__ import annotations

import re
from typing import Final

MOST_REVISIONS: Final = 5
END: Final = re.compile(rb"startxref\s+(\d{1,12})\s+%%EOF[ \t]*\r?\n?")
XREF: Final = re.compile(rb"\s*(?:xref\b|\d+\s+\d+\s+obj\b)")


def revisions(data: bytes) -> tuple[list[int], bool]:
    """Return where earlier states of a file end, the latest first, and whether there are more than that.

    An end counts where its cross-reference table is: the first end of a linearised file has none of its own, and a PDF
    inside this one has it elsewhere.
    """
    start = max(0, data.find(b"%PDF-", 0, 2000))
    ends = [found.end() for found in END.finditer(data) if _points_at_table(data, start, found)]
    earlier = [end for end in ends if data[end:].find(b"startxref") >= 0][::-1] if len(ends) > 1 else []
    return earlier[:MOST_REVISIONS], len(earlier) > MOST_REVISIONS


def _points_at_table(data: bytes, start: int, end: re.Match[bytes]) -> bool:
    """Say whether there is a cross-reference table where an end of the file says, and before that end."""
    return any(
        0 < at < end.start() and XREF.match(data, at) is not None for at in {int(end[1]), start + int(end[1])}
    )  # fmt: skip
