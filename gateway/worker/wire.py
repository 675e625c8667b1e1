"""What crosses the wire between daemon and child, both ways, as JSON; content goes beside a request as it is.

The child may have been taken over by what it read: an answer is believed only as far as its shape goes. Every field is
checked for its type and length, and whatever does not fit raises `ValueError`.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields
from enum import StrEnum
from functools import lru_cache
from typing import Any, TypeVar

from gateway.extract import Extraction, Limits
from gateway.model.inspection import (
    LONGEST_NAME,
    MOST_NAMES,
    Finding,
    Gap,
    GapKind,
    Inspection,
    Marking,
    MarkingStatus,
    OpenedPart,
    Remark,
    RemarkKind,
    Segment,
    Where,
)
from gateway.model.tier import Tier

SHORT, LONG = 1_000, 100_000
MOST = 200_000  # findings, gaps or parts of one answer
MOST_LISTS, MOST_VALUES = 4 * MOST, 20 * MOST  # more than a true inspection has; nonsense could take much memory
LIMITS = tuple(each.name for each in fields(Limits))
SLICE = 1 << 20  # characters of text that are written down at once
MEDIA_TYPE = re.compile(r"[a-z]+/[A-Za-z0-9.+_-]{1,120}")
Item = TypeVar("Item")


class Mode(StrEnum):
    """What is asked of the child."""

    EXTRACT = "extract"
    INSPECT = "inspect"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What is asked of a child about one part. `seconds` is how long it has, `lost` what to pass over."""

    mode: Mode
    name: str
    limits: Limits
    seconds: float
    lost: Mapping[str, GapKind] = field(default_factory=dict)
    passwords: tuple[str, ...] = field(default=(), repr=False)


def write_request(asked: Asked) -> bytes:
    """Write down what is asked; the content goes beside it."""
    limits = [getattr(asked.limits, name) for name in LIMITS]
    return json.dumps([asked.mode, asked.name, limits, asked.seconds, dict(asked.lost), asked.passwords]).encode()


def parse_request(data: bytes) -> Asked:
    """Read a request; the daemon is trusted."""
    mode, name, limits, seconds, lost, passwords = json.loads(data)
    return Asked(
        mode=Mode(mode),
        name=name,
        limits=_limits(*limits),
        seconds=seconds,
        lost={part: GapKind(kind) for part, kind in lost.items()},
        passwords=tuple(passwords),
    )


@lru_cache(maxsize=8)
def _limits(*values: int) -> Limits:
    return Limits(**dict(zip(LIMITS, values, strict=True)))


def parse_place(said: bytes, top: str) -> str:
    """Return the part within `top` that a child says it is at; `ValueError` for what names none."""
    place = said.decode("utf-8")
    if place != top and not place.startswith((f"{top}/", f"{top}#")):
        raise ValueError(len(place))
    return _printable(place)


def _printable(name: str) -> str:
    """Return a name as it is; `ValueError` if it has control, format or surrogate characters, which no part's has."""
    if not name.isprintable() and any(unicodedata.category(character).startswith("C") for character in name):
        raise ValueError(len(name))
    return name


def extraction_answer(extraction: Extraction) -> Iterator[bytes]:
    """Write down an extraction, in pieces: its text may be large, and is not copied as a whole."""
    yield b'{"parts":['
    for number, part in enumerate(extraction.parts):
        head = json.dumps([part.part, part.media_type, part.sha256])
        yield f"{',' if number else ''}{head[:-1]},[".encode()
        for place, item in enumerate(part.segments):
            yield b"," if place else b""
            yield from _segment_answer(item)
        yield b"]]"
    rest = {"gaps": rows_of(extraction.gaps), "remarks": rows_of(extraction.remarks)}
    yield f"],{json.dumps(rest)[1:]}".encode()


def _segment_answer(item: Segment) -> Iterator[bytes]:
    """Write down one segment, its text a slice at a time."""
    text = item.text
    if len(text) <= SLICE:
        yield json.dumps([item.where, text, item.name]).encode()
        return
    yield f'["{item.where}","'.encode()
    for start in range(0, len(text), SLICE):
        yield json.dumps(text[start : start + SLICE])[1:-1].encode()
    yield f'",{json.dumps(item.name)}]'.encode()


def rows_of(noted: Sequence[Gap | Remark]) -> list[list[str]]:
    """Return gaps or remarks as rows."""
    return [[each.part, each.kind, each.detail] for each in noted]


def inspection_answer(inspection: Inspection) -> bytes:
    """Write down an inspection, but for the time it took, which the daemon keeps."""
    return json.dumps(
        {
            "media_type": inspection.media_type,
            "marking": _marking_row(inspection.marking),
            "thread": _marking_row(inspection.thread),
            "cover": None if inspection.cover is None else int(inspection.cover),
            "marking_status": inspection.marking_status,
            "findings": [
                [
                    *(found.detector, found.entity, found.part, found.segment, found.where),
                    *(found.start, found.end, found.confidence, list(found.why), found.masked, found.key),
                ]
                for found in inspection.findings
            ],
            "people": inspection.people,
            "gaps": rows_of(inspection.gaps),
            "remarks": rows_of(inspection.remarks),
            "pages": inspection.pages,
            "names": inspection.names,
        }
    ).encode()


def parse_extraction(data: bytes) -> Extraction:
    """Read an extraction that a child wrote; `ValueError`."""
    answer = _load(data, {"parts", "gaps", "remarks"})
    return Extraction(
        parts=_rows(answer["parts"], 4, _part),
        gaps=_rows(answer["gaps"], 3, _gap),
        remarks=_rows(answer["remarks"], 3, _remark),
    )


def parse_inspection(data: bytes, elapsed_ms: float) -> Inspection:
    """Read an inspection that a child wrote; `ValueError`."""
    if data.count(b"[") + data.count(b"{") > MOST_LISTS or data.count(b",") > MOST_VALUES:
        raise ValueError(len(data))
    known = {"media_type", "marking", "thread", "cover", "marking_status"}
    answer = _load(data, known | {"findings", "people", "gaps", "remarks", "pages", "names"})
    return Inspection(
        media_type=_media_type(answer["media_type"]),
        marking=_one_marking(answer["marking"]),
        thread=_one_marking(answer["thread"]),
        cover=None if answer["cover"] is None else Tier(_count(answer["cover"])),
        marking_status=MarkingStatus(_text(answer["marking_status"], SHORT)),
        findings=_rows(answer["findings"], 11, _finding),
        people=None if answer["people"] is None else _count(answer["people"]),
        gaps=_rows(answer["gaps"], 3, _gap),
        remarks=_rows(answer["remarks"], 3, _remark),
        elapsed_ms=elapsed_ms,
        pages=_count(answer["pages"]),
        names=_names(answer["names"]),
    )


def _load(data: bytes, keys: set[str]) -> dict[str, Any]:
    """Parse JSON with exactly these keys. What is written here is ASCII; else it would take four times the memory."""
    if not data.isascii():
        raise ValueError(len(data))
    try:
        answer = json.loads(data)
    except (UnicodeDecodeError, RecursionError) as trouble:
        raise ValueError from trouble
    if not isinstance(answer, dict) or set(answer) != keys:
        raise ValueError(keys)
    return answer


def _rows(rows: object, width: int, read: Callable[[list[Any]], Item]) -> tuple[Item, ...]:
    """Read each row of a list."""
    if not isinstance(rows, list) or len(rows) > MOST:
        raise ValueError(width)
    for row in rows:
        if not isinstance(row, list) or len(row) != width:
            raise ValueError(width)
    return tuple([read(row) for row in rows])


def _text(value: object, longest: int) -> str:
    """Check a text. Half a character (a lone surrogate) could be written to no database and no page."""
    text = _any_text(value, longest)
    if not text.isascii():
        text.encode()
    return text


def _any_text(value: object, longest: int) -> str:
    """Check a text that is shown to whoever asked, and not kept."""
    if not isinstance(value, str) or len(value) > longest:
        raise ValueError(longest)
    return value


def _texts(value: object) -> tuple[str, ...]:
    """Check a list of short texts."""
    if not isinstance(value, list) or len(value) > SHORT:
        raise ValueError(SHORT)
    return tuple([_text(each, SHORT) for each in value])


def _names(value: object) -> tuple[str, ...]:
    """Check the names of parts: they are kept, shown and searched, so a child may not say more or longer ones."""
    if not isinstance(value, list) or len(value) > MOST_NAMES:
        raise ValueError(MOST_NAMES)
    return tuple([_printable(_text(each, LONGEST_NAME)) for each in value])


def _count(value: object) -> int:
    """Check a whole number that cannot be negative."""
    if type(value) is not int or not 0 <= value < 1 << 40:
        raise ValueError(value)
    return value


def _share(value: object) -> float:
    """Check a number from 0 to 1."""
    if not isinstance(value, int | float) or isinstance(value, bool) or not 0 <= value <= 1:
        raise ValueError(value)
    return float(value)


def _media_type(value: object) -> str:
    """Check a media type."""
    if not MEDIA_TYPE.fullmatch(_text(value, SHORT)):
        raise ValueError(value)
    return str(value)


def _gap(row: list[Any]) -> Gap:
    return Gap(part=_text(row[0], LONG), kind=GapKind(_text(row[1], SHORT)), detail=_text(row[2], SHORT))


def _remark(row: list[Any]) -> Remark:
    return Remark(part=_text(row[0], LONG), kind=RemarkKind(_text(row[1], SHORT)), detail=_text(row[2], SHORT))


def _segment(row: list[Any]) -> Segment:
    return Segment(where=Where(_text(row[0], SHORT)), text=_any_text(row[1], 1 << 30), name=_any_text(row[2], SHORT))


def _part(row: list[Any]) -> OpenedPart:
    return OpenedPart(
        part=_text(row[0], LONG),
        media_type=_media_type(row[1]),
        sha256=_text(row[2], 64),
        segments=_rows(row[3], 3, _segment),
    )


def _marking_row(mark: Marking | None) -> list[object] | None:
    """Return a marking as a row."""
    if mark is None:
        return None
    head = [mark.scheme, int(mark.tier), mark.text, mark.where, mark.part, mark.score, mark.shown]
    return [*head, list(mark.descriptors), list(mark.caveats), list(mark.notes)]


def _one_marking(row: object) -> Marking | None:
    """Read a row that may be missing."""
    return None if row is None else _rows([row], 10, _marking)[0]


def _marking(row: list[Any]) -> Marking:
    return Marking(
        scheme=_text(row[0], SHORT),
        tier=Tier(_count(row[1])),
        text=_text(row[2], SHORT),
        where=Where(_text(row[3], SHORT)),
        part=_text(row[4], LONG),
        score=_count(row[5]),
        shown=_text(row[6], SHORT),
        descriptors=_texts(row[7]),
        caveats=_texts(row[8]),
        notes=_texts(row[9]),
    )


def _finding(row: list[Any]) -> Finding:
    return Finding(
        detector=_text(row[0], SHORT),
        entity=_text(row[1], SHORT),
        part=_text(row[2], LONG),
        segment=_count(row[3]),
        where=Where(_text(row[4], SHORT)),
        start=_count(row[5]),
        end=_count(row[6]),
        confidence=_share(row[7]),
        why=_texts(row[8]),
        masked=_text(row[9], SHORT),
        key=_text(row[10], SHORT),
    )
