"""What was read of a tree of parts so far, and what is left of its limits."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from gateway.extract import ROOM, Aids, Extraction, Found, Limits, Scan
from gateway.model.inspection import Gap, GapKind, OpenedPart, Remark, RemarkKind, Segment

DETAIL = 80
MOST_GAPS = 5_000
SURROGATE = re.compile("[\ud800-\udfff]")  # half a character: it could not be written to the wire


@dataclass(slots=True, kw_only=True)
class Branch:
    """One part, while it is being opened. `running` are the extractors at work, the last one first."""

    part: str
    media_type: str
    sha256: str
    depth: int
    running: list[Iterator[Found]] = field(default_factory=list)
    segments: list[Segment] = field(default_factory=list)
    inner: int = 0
    pictures: int = 0


@dataclass(slots=True, kw_only=True)
class Tree:
    """All parts, gaps and remarks, and what is left of the limits."""

    limits: Limits
    aids: Aids
    bytes_left: int
    grown_by: str
    text_left: int
    parts_left: int
    pages_left: int
    branches: list[Branch] = field(default_factory=list)
    scans: list[tuple[Branch, Scan]] = field(default_factory=list)
    gaps: dict[Gap, None] = field(default_factory=dict)
    counted: Counter[GapKind] = field(default_factory=Counter)
    remarks: dict[Remark, None] = field(default_factory=dict)

    @classmethod
    def start(cls, limits: Limits, aids: Aids, size: int) -> Tree:
        """Return a tree that has read nothing yet, of a part of `size` bytes."""
        may_grow = max(ROOM, limits.ratio * size)
        return cls(
            limits=limits,
            aids=aids,
            bytes_left=min(limits.total_size, may_grow),
            grown_by="ratio" if may_grow < limits.total_size else "total_size",
            text_left=limits.text_size,
            parts_left=max(0, limits.parts - 1),
            pages_left=limits.pages,
        )

    def left(self, branch: Branch) -> Limits:
        """Return what is left of the limits for the extractor of a part."""
        return replace(
            self.limits, depth=self.limits.depth - branch.depth, parts=self.parts_left, total_size=self.bytes_left,
            text_size=self.text_left, pages=self.pages_left,
        )  # fmt: skip

    def gap(self, part: str, kind: GapKind, detail: str = "") -> None:
        """Note a gap once; beyond `MOST_GAPS` of a kind one more says nothing new. A new kind always counts."""
        if self.counted[kind] < MOST_GAPS:
            named = self.grown_by if detail == "total_size" else detail
            self.gaps[Gap(part=part, kind=kind, detail=named[:DETAIL])] = None
            self.counted[kind] += 1

    def remark(self, part: str, kind: RemarkKind, detail: str) -> None:
        """Note a remark once."""
        if len(self.remarks) < MOST_GAPS:
            self.remarks[Remark(part=part, kind=kind, detail=detail[:DETAIL])] = None

    def take(self, branch: Branch, segment: Segment) -> None:
        """Keep a segment, cut where the text of the tree grows too long, with characters that can be encoded only."""
        text = segment.text
        if not text:
            return
        if len(text) > self.text_left:
            text = text[: self.text_left]
            self.gap(branch.part, GapKind.TOO_LARGE, "text_size")
        self.text_left -= len(text)
        if not text.isascii() and SURROGATE.search(text):
            text = SURROGATE.sub("?", text)
        if text:
            branch.segments.append(replace(segment, text=text) if text is not segment.text else segment)

    def fits(self, branch: Branch, size: int) -> bool:
        """Count a part of `size` bytes within a branch and say whether it is within the limits; if not, note it."""
        if branch.depth + 1 > self.limits.depth:
            self.gap(branch.part, GapKind.TOO_DEEP, "depth")
        elif self.parts_left <= 0:
            self.gap(branch.part, GapKind.TOO_MANY, "parts")
        elif size > self.limits.part_size or size > self.bytes_left:
            self.gap(branch.part, GapKind.TOO_LARGE, "part_size" if size > self.limits.part_size else "total_size")
        else:
            self.parts_left -= 1
            self.bytes_left -= size
            return True
        return False

    def extraction(self) -> Extraction:
        """Return what was read."""
        parts = [
            OpenedPart(part=each.part, media_type=each.media_type, sha256=each.sha256, segments=tuple(each.segments))
            for each in self.branches
        ]
        return Extraction(parts=tuple(parts), gaps=tuple(self.gaps), remarks=tuple(self.remarks))
