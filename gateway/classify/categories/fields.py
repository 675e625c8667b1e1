"""Labelled values and columns: `Religion: Sikh`, `"ethnicity": "W1"`, a sheet with the heading `Diagnosis`.

They beat prose (report on markings and identifiers, section 4): a form says of one person what its label names.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

ROWS: Final = 200
"""Rows of a column that are looked at."""
_DELIMITERS: Final = "\t|;,"
_OPENS: Final = re.compile(r"(?:^|[\n\t|;,.:({<\[\"'*>]|[ ]{2}|(?:^|\n)[ \t]*[-0-9.)]{1,4}) ?[\"']?\Z")
_SEPARATOR: Final = re.compile(
    r"(?: ?\([^()\n]{1,30}\)| ?[/&] ?[A-Za-z ]{3,20}| (?:code|group|category|description|status|details?|of .{3,20}?))?"
    r"[\"']?(?:[ \t]*[:=>|][ \t]*|\t+| {2,}| - |[ \t]*\r?\n[ \t]*)[\"']?"
)
_VALUE: Final = re.compile(r"[^\t\r\n|;\"<>]{1,100}")
_GAP: Final = re.compile(r" {2,}|, (?=[A-Z][a-z ]{2,20}:)")
_NOTHING: Final = re.compile(
    r"(?i)(?:n/?a|none(?: known| recorded)?|nil|unknown|not (?:known|stated|recorded|provided|applicable|given)|refused"
    r"|declined|withheld|yes|no|y|n|tbc|tba|other|prefer not to say|please .*|select .*|see .*|undefined|null|string"
    r"|x+|\W*)\Z"
)
_WITH_PEOPLE: Final = re.compile(
    r"(?i)(?<![a-z])(?:(?:sur|fore|first|last|full|given|family|client|patient|pupil|employee|staff|child)[ _]?names?"
    r"|name|d\.?o\.?b\.?|date[ _]of[ _]birth|birth[ _]?date|nhs|nino|ni|upn|mrn|patient|client|pupil|employee|child"
    r"|(?:client|patient|person|pupil|employee|staff|case|payroll|member|hospital|custody)[ _]?(?:id|no|number|ref)"
    r"|address|postcode)(?![a-z])"
)
_CODES: Final = 3
"""The longest code of a value, in characters."""
_CODE: Final = re.compile(r"[A-Z0-9]{1,4}\Z")


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """A value and how it was labelled: `label` or `column`. `whole` is what the line or cell holds behind the label."""

    start: int
    end: int
    value: str
    kind: str
    with_people: bool = False


def fields_at(text: str, start: int, end: int) -> Iterator[Field]:
    """Yield what stands behind the label at `text[start:end]`, or below it where it is the heading of a column."""
    if not _OPENS.search(text, max(0, start - 8), start):
        return
    column = list(_column(text, start, end))
    if column:
        yield from column
        return
    separator = _SEPARATOR.match(text, end, end + 80)
    found = _VALUE.match(text, separator.end(), separator.end() + 100) if separator else None
    if found is None:
        return
    value = _GAP.split(found.group(), maxsplit=1)[0].strip(" ,.'")
    if is_said(value):
        begin = text.index(value, found.start())
        yield Field(start=begin, end=begin + len(value), value=value, kind="label")


def is_said(value: str) -> bool:
    """Say whether a field's value says anything: not empty, not declined, no instruction to the writer."""
    return not _NOTHING.match(value) and not value.endswith(("?", ":")) and "___" not in value


def _column(text: str, start: int, end: int) -> Iterator[Field]:
    begin = text.rfind("\n", max(0, start - 2_000), start) + 1
    finish = text.find("\n", end, end + 4_000)
    if finish < 0:
        return
    header = text[begin:finish]
    delimiter = next((each for each in _DELIMITERS if each in header), "")
    if not delimiter or ":" in header[: max(1, start - begin)]:
        return
    number = text.count(delimiter, begin, start)
    cells = header.split(delimiter)
    if len(cells[number]) > len(text[start:end]) + 24 or "." in cells[number].strip(" ."):
        return
    with_people = bool(_WITH_PEOPLE.search(header))
    for row in range(ROWS):
        begin, finish = finish + 1, text.find("\n", finish + 1, finish + 8_000)
        finish = len(text) if finish < 0 else finish
        line = text[begin:finish]
        if line.count(delimiter) < len(cells) - 1 - (row > 0) or begin >= len(text):
            return
        before = line.split(delimiter)
        value = before[number].strip(" \"'\r") if number < len(before) else ""
        if value and is_said(value):
            at = text.index(value, begin + sum(len(cell) + 1 for cell in before[:number]))
            yield Field(start=at, end=at + len(value), value=value, kind="column", with_people=with_people)


def is_among(value: str, values: frozenset[str]) -> bool:
    """Say whether `value` is one of a closed list, alone or with its code: `Sikh`, `A1`, `A1 - Pakistani`."""
    plain = " ".join(re.sub(r"[^a-z0-9 ]", " ", value.lower()).split())
    if plain in values:
        return True
    first, _, rest = plain.partition(" ")
    coded = bool(_CODE.match(first.upper())) and bool(rest)
    return (coded and rest in values) or any(
        plain.startswith(f"{each} ") and len(plain) <= len(each) + 24 for each in values if len(each) > _CODES
    )
