"""Where the values of a label may stand, so that a detector looks near its own words and nowhere else.

A number that means something only with its label (a tax reference, a prison number) has too common a shape to be
looked for in every text: the label is what is looked for, and the value behind it, or in the column below it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from gateway.classify.context import BEFORE

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from gateway.classify import Candidate

_LONGEST_VALUE: Final = 40
_LONGEST_ROW: Final = 8_000
_DELIMITERS: Final = "\t|;,"
_VALUES: Final = re.compile(r"[0-9]{3}|@")
IN_BRACKETS: Final = (
    r"\.? ?\((?:(?:for example|example|e\.?g\.?)[^()\n]{1,40}|[^()0-9\n]{0,20}[0-9]{0,2}[^()0-9\n]{1,30})\)"
)
"""What a label says of its value: `(10 digits)`, `(if known)`. No value stands in these brackets."""
WHOSE: Final = r"(?:,? (?:of|for)| ?/)(?: ?[a-z'-]{1,20}){1,4}(?= ?[:=]| - )"
"""What a label says further before its colon: `of the patient:`, `/ Child reference number:`."""


def with_remark(words: str) -> str:
    """Return the words of a label with all that it may say further."""
    return rf"(?:{words})(?:{IN_BRACKETS})?(?:{WHOSE})?"


def labelled(text: str, cues: Sequence[Candidate], shape: re.Pattern[str]) -> Iterator[re.Match[str]]:
    """Yield what has the shape within reach of a cue; whether it belongs to the label is for the caller to judge.

    `cues` are in order of place. Takes time in proportion to the text within reach, however many cues there are.
    """
    for start, end in stretches(text, cues):
        yield from shape.finditer(text, start, end)


def stretches(text: str, cues: Iterable[Candidate]) -> Iterator[tuple[int, int]]:
    """Yield the stretches within reach of the cues (those behind them), none overlapping another."""
    start = end = 0
    for cue in cues:
        if cue.end > end:
            if end:
                yield start, end
            start = cue.end
        reach = min(len(text), cue.end + BEFORE + _LONGEST_VALUE)
        if reach > end:
            end = max(reach, _end_of_table(text, cue.start))
    if end:
        yield start, end


def _end_of_table(text: str, start: int) -> int:
    """Return where the table ends at whose head `start` stands: where a line without a delimiter follows.

    A head holds no values. Lines longer than those of tables are none, lest one be read again for each of its words.
    """
    begin, size = text.rfind("\n", max(0, start - _LONGEST_ROW), start) + 1, len(text)
    if (not begin and start > _LONGEST_ROW) or _VALUES.search(text, begin, start):
        return 0
    below = text.find("\n", start, start + _LONGEST_ROW)
    if below < 0 or _VALUES.search(text, start, below):
        return 0
    while begin < size:
        end = text.find("\n", begin, begin + _LONGEST_ROW)
        if end < 0:
            end = size if size - begin < _LONGEST_ROW else begin
        if not any(text.find(each, begin, end) >= 0 for each in _DELIMITERS):
            break
        begin = end + 1
    return min(begin, size)
