"""From a label to what it names: the value behind it, those listed behind that one, and the cells of its column.

For data whose label is looked for, because the data alone have too common a shape. It is the other way round than in
`context`, which finds the label of a value, and reads much less of a text.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from gateway.classify.labelled import IN_BRACKETS, WHOSE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from gateway.classify import Candidate

BETWEEN: Final = re.compile(r"(?: ?[,;&/] ?| and | & )(?:and )?")
"""What stands between two values of one list, on one line."""
_PLURAL: Final = re.compile(r"(?i)s$|numbers|dates")
_EDGE: Final = re.compile(r"[^A-Za-z0-9\n]{0,12}")
FILL: Final = re.compile(
    rf"(?i)(?:\(s\)|{IN_BRACKETS}|{WHOSE}"
    r"|[^a-z0-9]{0,12}(?:numbers?|nos?|num|nr|id|is|was|are|of|as|on|at|in|file|ref|given|recorded|value|follows"
    r"|details?|card|day|month|year|dd|mm|yyyy)(?![a-z0-9])){0,6}[^a-z0-9]{0,40}"
)
"""What may stand between a label and its value."""
_DELIMITERS: Final = "\t|;,"
_ALSO_IN_PROSE: Final = ",;"
_VALUES: Final = re.compile(r"[0-9]{3}|@")
_QUOTED: Final = re.compile(r'"[^"]*"')
_LONGEST_HEADER: Final = 48
_FEWEST_HEADERS: Final = 2
"""A name by itself on its line names what follows, not a column."""
_LONGEST_ROW: Final = 8_000
_HEADING: Final = re.compile(
    r"(?i)\b(?:(?:sur|fore|first|last|full)?names?|nhs|address|postcode|sex|gender|age|no|number|d\.?o\.?b)\b"
)
_DIGIT: Final = re.compile(r"[0-9]")
_SENTENCE: Final = re.compile(r"(?<![A-Za-z])[a-z]|[.!?] ")
_LONGEST_LINE: Final = 200
_MOST_BLANK: Final = 2
"""Lines without anything between two rows, as a table of a web page has them."""


def named(
    text: str, cues: Sequence[Candidate], shape: re.Pattern[str], is_value: Callable[[re.Match[str]], bool]
) -> Iterator[tuple[re.Match[str], str]]:
    """Yield what has the shape, is a value and is named by a cue, with the evidence: `label` or `column`.

    `cues` are the candidates that are labels, in order of place. Takes time in proportion to the text it looks at.
    """
    reached = 0
    headers = {header.begin: header for header in _headers(text, cues)}
    for cue in cues:
        if cue.start < reached or not stands_alone(text, cue):
            continue
        header = headers.get(text.rfind("\n", max(0, cue.start - _LONGEST_ROW), cue.start) + 1) if headers else None
        found = shape.match(text, _end(FILL, text, cue.end))
        while found and (header is None or found.end() <= header.end) and is_value(found):
            yield found, "label"
            reached = found.end()
            between = _PLURAL.search(text, cue.start, cue.end) and BETWEEN.match(text, reached)
            found = shape.match(text, between.end()) if between else None
    for start, end in _cells(text, headers):
        found = shape.match(text, _end(_EDGE, text, start), end)
        if found and is_value(found):
            yield found, "column"


def below(
    text: str, cues: Sequence[Candidate], shape: re.Pattern[str], is_value: Callable[[re.Match[str]], bool]
) -> Iterator[re.Match[str]]:
    """Yield the one value of each line below a line of headings, where nothing parts the columns: tables out of PDF."""
    read = 0
    for cue in cues:
        if cue.start < read:
            continue
        begin, end = text.rfind("\n", max(0, cue.start - _LONGEST_LINE), cue.start) + 1, text.find("\n", cue.end)
        if end < 0 or end - begin > _LONGEST_LINE or _DIGIT.search(text, begin, end):
            continue
        others = f"{text[begin : cue.start]} {text[cue.end : end]}"
        read = end
        if not _HEADING.search(others) or _SENTENCE.search(others):
            continue
        while end >= 0:
            begin, end = end + 1, text.find("\n", end + 1)
            stop = min(end if end >= 0 else len(text), begin + _LONGEST_LINE)
            found = [each for each in shape.finditer(text, begin, stop) if is_value(each)]
            if len(found) != 1:
                break
            yield found[0]


def stands_alone(text: str, cue: Candidate) -> bool:
    """Say whether a cue is a word of its own, or one of those joined by capitals: `patientNhsNumber`."""
    first, last = text[cue.start], text[cue.end - 1]
    before, after = text[cue.start - 1 : cue.start] if cue.start else "", text[cue.end : cue.end + 1]
    begins = not before.isalpha() or first == "_" or (before.islower() and first.isupper())
    return begins and (not after.isalpha() or (last.islower() and after.isupper()))


def _end(expression: re.Pattern[str], text: str, start: int) -> int:
    found = expression.match(text, start)
    return found.end() if found else start


@dataclass(slots=True, kw_only=True)
class _Header:
    """A line that names columns, and the numbers of those with a cue."""

    begin: int
    end: int
    delimiter: str
    line: str
    columns: set[int] = field(default_factory=set)


def _headers(text: str, cues: Sequence[Candidate]) -> Iterator[_Header]:
    """Yield the lines that cues make headers of: with a delimiter, without values, and with rows below."""
    header: _Header | None = None
    end = -1
    for cue in cues:
        if cue.start >= end:
            if header and header.columns:
                yield header
            begin = text.rfind("\n", 0, cue.start) + 1
            end = text.find("\n", cue.start)
            end = len(text) if end < 0 else end
            header = _header(text, begin, end)
        if header and stands_alone(text, cue):
            header.columns.add(header.line.count(header.delimiter, 0, cue.start - header.begin))
    if header and header.columns:
        yield header


def _header(text: str, begin: int, end: int) -> _Header | None:
    if end - begin > _LONGEST_ROW or end == len(text):
        return None
    line = text[begin:end]
    delimiter = next((each for each in _DELIMITERS if each in line), "")
    if not delimiter or _VALUES.search(line) or next(_rows(text, end + 1, delimiter), None) is None:
        return None
    line = _unquoted(line, delimiter)
    names = [len(name.strip()) for name in line.split(delimiter)]
    if max(names) > _LONGEST_HEADER or sum(map(bool, names)) < _FEWEST_HEADERS:
        return None
    return _Header(begin=begin, end=end, delimiter=delimiter, line=line)


def _rows(text: str, begin: int, delimiter: str) -> Iterator[tuple[int, int]]:
    """Yield the lines of a table, from `begin` on."""
    blank = 0
    while begin < len(text):
        end = text.find("\n", begin)
        end = len(text) if end < 0 else end
        if text.find(delimiter, begin, end) >= 0:
            blank = 0
            yield begin, end
        elif blank == _MOST_BLANK or text[begin:end].strip():
            return
        else:
            blank += 1
        begin = end + 1


def _cells(text: str, headers: dict[int, _Header]) -> Iterator[tuple[int, int]]:
    """Yield the cells below the headers. A row is read for the last header above it.

    Sentences have commas too: where a comma parts the cells, a row has as many cells as its header.
    """
    for header in headers.values():
        width = header.line.count(header.delimiter) if header.delimiter in _ALSO_IN_PROSE else 0
        for begin, end in _rows(text, header.end + 1, header.delimiter):
            if begin in headers:
                break
            at = begin
            cells = _unquoted(text[begin:end], header.delimiter).split(header.delimiter)
            if width and len(cells) != width + 1:
                continue
            for number, cell in enumerate(cells):
                if number in header.columns:
                    yield at, at + len(cell)
                at += len(cell) + 1


def _unquoted(line: str, delimiter: str) -> str:
    """Return a line of the same length with no delimiter within quotation marks."""
    return _QUOTED.sub(lambda cell: cell.group().replace(delimiter, " "), line) if '"' in line else line
