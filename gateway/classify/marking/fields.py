"""Labelled fields whose value is no marking by itself: the handling code of an intelligence report, an impact level.

A value that lists or explains others (`P, C`, `P means`) is a mention. The layout of a report of the scheme in the same
text (`Source evaluation`) speaks for it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from gateway.classify.marking.grammar import Reading
from gateway.classify.marking.phrases import any_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from gateway.classify import Candidate
    from gateway.classify.marking.schemes import Field, Level, Scheme

PREFIX: Final = "field "
"""What the names of the patterns of fields begin with."""
_BETWEEN: Final = r"[ \t*_]{0,8}(?:[:=|-][ \t*_|]{0,8}|[ \t])"
_ANOTHER: Final = r"[ \t]{0,3}(?:[,/&+]|or\b|and\b|to\b)[ \t]{0,3}"
_ENDS: Final = r"(?=[*_ \t]{0,8}(?:[.;,(\[|\r\n\f\v]|-|$))"
_LAYOUT_WEIGHT: Final = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class _Known:
    scheme: str
    expression: re.Pattern[str]
    levels: tuple[Level, ...]
    layout: re.Pattern[str] | None


class Fields:
    """Reads the labelled fields of all schemes."""

    def __init__(self, schemes: Iterable[Scheme]) -> None:
        self._known = [_known(scheme, field) for scheme in schemes for field in scheme.fields]

    def read(self, text: str, labels: Sequence[Candidate]) -> Iterator[tuple[int, Reading]]:
        """Yield what the fields with these labels say, each with its place."""
        layouts: dict[str, bool] = {}
        for label in labels:
            for known in self._known:
                found = known.expression.match(text, label.start)
                if found and found.end(1) == label.end:
                    if known.scheme not in layouts:
                        layouts[known.scheme] = bool(known.layout and known.layout.search(text))
                    yield label.start, _reading(known, found, has_layout=layouts[known.scheme])


def _reading(known: _Known, found: re.Match[str], *, has_layout: bool) -> Reading:
    number = found.lastindex or 2  # the label is the first group
    level = known.levels[number - 2]
    return Reading(
        scheme=known.scheme,
        tier=level.tier,
        weight=level.weight + _LAYOUT_WEIGHT * has_layout,
        text=found.group(),
        level_text=found.group(number),
        multipart=False,
        rest="",
    )


def _known(scheme: Scheme, field: Field) -> _Known:
    values = "|".join(f"({re.escape(level.phrase)})" for level in field.values)
    bare = values.replace("(", "").replace(")", "")
    return _Known(
        scheme=scheme.name,
        expression=re.compile(
            rf"((?i:{any_of(field.labels)})){_BETWEEN}(?:{values})(?![A-Za-z0-9])(?!{_ANOTHER}(?:{bare})\b){_ENDS}"
        ),
        levels=field.values,
        layout=re.compile(rf"(?i)(?<![A-Za-z0-9]){any_of(scheme.layout)}(?![A-Za-z0-9])") if scheme.layout else None,
    )
