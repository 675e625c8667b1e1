"""Finds findings again in the text that goes, each at its place, and writes something else there."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate
from typing import Final, TypeAlias

from gateway.model.inspection import Finding
from gateway.protect.html_text import plain, shown, texts

Mask: TypeAlias = Callable[[str, str], str]
"""(entity, value) -> the value masked, as the finding shows it."""

SEPARATORS: Final = ",;\t|"
LINE_END: Final = re.compile(r"[\r\n]+")
HIDDEN: Final = "\u2022"
CUT: Final = "\u2026"


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """Where something was found, and its text there; `within` are the entities of all that it was joined of."""

    start: int
    end: int
    entity: str
    value: str
    key: str
    within: frozenset[str] = frozenset()


Spans: TypeAlias = Sequence[Span]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Cell:
    """A cell of a table as it is extracted, where its text begins in the table, and what is extracted after it."""

    text: str
    start: int
    after: str


def in_text(text: str, findings: Sequence[Finding], mask: Mask) -> Spans:
    """Return where the findings stand in a text that was extracted as it is; nothing unless all of them do."""
    found = []
    for each in findings:
        value = text[each.start : each.end]
        if not 0 <= each.start < each.end <= len(text) or mask(each.entity, value) != each.masked:
            return ()
        found.append(Span(start=each.start, end=each.end, entity=each.entity, value=value, key=each.key))
    return found


def on_page(source: str, findings: Sequence[Finding], mask: Mask) -> Spans:
    """Return where the findings stand in the source of a page; nothing unless all of them are found, and no others.

    A page was extracted without its tags, so places do not count: what masks as a finding does must stand as often in
    the source, and in what it shows, as it was found.
    """
    groups: dict[tuple[str, str], dict[int, Finding]] = defaultdict(dict)
    for each in findings:
        groups[each.entity, each.masked][each.start] = each
    runs, visible = list(texts(source)), shown(source)
    found: list[Span] = []
    for (entity, masked), own in groups.items():
        form = form_of(masked)
        if form is None or len({each.key for each in own.values()}) > 1:
            return ()
        seen = [match for start, end in runs for match in form.finditer(source, start, end)]
        seen = [match for match in seen if mask(entity, match[0]) == masked]
        if not len(own) == len(seen) == len(form.findall(visible)):
            return ()
        key = next(iter(own.values())).key
        found += [Span(start=m.start(), end=m.end(), entity=entity, value=m[0], key=key) for m in seen]
    return found


def form_of(masked: str) -> re.Pattern[str] | None:
    """Return what every value looks like that is masked so; None where too much of it is left out."""
    if CUT in masked or HIDDEN not in masked:
        return None
    signs = {HIDDEN: r"[^\W_]", " ": r"\s+"}
    body = "".join(signs.get(sign) or re.escape(sign) for sign in plain(masked))
    return re.compile(rf"(?<![^\W_]){body}(?![^\W_])")


def in_table(text: str, findings: Sequence[Finding], mask: Mask) -> Spans:
    """Return where the findings stand in a table (CSV); nothing unless all of them are there.

    A table was extracted with tabs between its cells and without their quotation marks, so places are counted there and
    led back to the text. What was found over several cells is hidden in each.
    """
    for separator in SEPARATORS:
        cells = _cells(text, separator)
        extracted = "".join(cell.text + cell.after for cell in cells)
        begins = list(accumulate((len(cell.text) + 1 for cell in cells), initial=0))
        found: list[Span] = []
        for span in in_text(extracted, findings, mask):
            at = span.start
            for value in span.value.split("\t"):
                index = bisect_right(begins, at) - 1
                start = cells[index].start + at - begins[index]
                at += len(value) + 1
                if text[start : start + len(value)] != value or "\n" in value:
                    return ()  # a quotation mark or a line end within the cell
                if value.strip():
                    end = start + len(value)
                    found.append(Span(start=start, end=end, entity=span.entity, value=value, key=span.key))
        if found:
            return found
    return ()


def _cells(text: str, separator: str) -> list[_Cell]:
    """Return the cells of a table (RFC 4180) as they are extracted; nothing where it is none."""
    quoted = re.compile(r'"((?:[^"]++|"")*+)"')
    bare = re.compile(rf"[^\r\n{re.escape(separator)}]*+")
    after = re.compile(rf"\r\n|[\r\n{re.escape(separator)}]|\Z")
    cells, at = [], 0
    while at < len(text):
        found = quoted.match(text, at) if text.startswith('"', at) else bare.match(text, at)
        end = after.match(text, found.end()) if found else None
        if not found or not end:
            return []
        is_quoted = found.re is quoted
        value = LINE_END.sub(" ", found[1].replace('""', '"')) if is_quoted else found[0]
        cells.append(_Cell(text=value, start=at + is_quoted, after="\t" if end[0] == separator else "\n"))
        at = end.end()
    return cells


def rewritten(text: str, spans: Spans, hide: Callable[[Span, str], str]) -> str:
    """Return a text with something else where the spans are; those that overlap are hidden as one, the longest's."""
    joined: list[Span] = []
    for span in sorted(spans, key=lambda each: (each.start, -each.end)):
        last = joined[-1] if joined else None
        if last is None or span.start >= last.end:
            joined.append(span)
            continue
        longest = max(last, span, key=lambda each: (each.end - each.start, bool(each.key)))
        end = max(last.end, span.end)
        within = last.within | {last.entity, span.entity}
        value = text[last.start : end]
        joined[-1] = replace(longest, start=last.start, end=end, value=value, within=within)
    for span in reversed(joined):
        text = text[: span.start] + hide(span, text[span.start : span.end]) + text[span.end :]
    return text
