"""The ways in which a segment is read: as it stands, with the blanks of a file name, and as it shows on a screen.

A right-to-left override (U+202E) shows what follows backwards: `9195 674 349` looks like an NHS number and is none as
it stands. Both orders are read. Sources: Unicode Standard Annex 9, section 2.2; CVE-2021-42574.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from gateway.model.inspection import Where
from gateway.model.normalise import Normalised

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gateway.model.inspection import Segment

_OVERRIDE: Final = "\u202e"
_TURNED: Final = re.compile("\u202e([^\u202c\u202e\n\r\u2029]+)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """One way to read a segment: its text in normal form, and the way back to the text as extracted.

    `turned` holds the spans of the original that are read backwards, `shown` whether this is how it shows.
    """

    text: str
    normal: Normalised
    turned: tuple[tuple[int, int], ...] = ()
    shown: bool = False

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Return where the original holds `text[start:end]`; what is read backwards counts as a whole."""
        first, last = self.normal.span(start, end)
        for begin, finish in self.turned:
            if first < finish and last > begin:
                first, last = min(first, begin), max(last, finish)
        return first, last


def readings(segment: Segment) -> Iterator[Reading]:
    """Yield the readings of a segment, the one as it stands first."""
    normal = Normalised.of(segment.text)
    yield Reading(text=normal.text, normal=normal)
    if segment.where is Where.ATTACHMENT_NAME and "_" in normal.text:
        yield Reading(text=normal.text.replace("_", " "), normal=normal)  # as people write blanks in file names
    if _OVERRIDE in segment.text:
        turned = tuple(found.span(1) for found in _TURNED.finditer(segment.text))
        shown = Normalised.of(_TURNED.sub(lambda found: _OVERRIDE + found[1][::-1], segment.text))
        yield Reading(text=shown.text, normal=shown, turned=turned, shown=True)
