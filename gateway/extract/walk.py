"""Opens a part, and the parts within it, and within those, under the limits.

Depth first, without recursion. What is opened is decided by structure (`identify`); a polyglot is opened by every
extractor that knows one of its types. The limits hold for the whole tree: each extractor is told what is left of them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace

from gateway.extract import Extraction, Extractor, Inner, Limits, media
from gateway.extract.identify import Sighting, identify
from gateway.extract.names import clean_name, inner_name, name_segments
from gateway.model.inspection import Gap, GapKind, OpenedPart, Segment

DETAIL = 80
MOST_GAPS = 5_000
Namer = Callable[[bytes], str]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Waiting:
    """A part not opened yet."""

    part: str
    data: bytes
    depth: int
    path: str = ""


@dataclass(slots=True, kw_only=True)
class _Tree:
    """What was read so far, and what is left of the limits."""

    limits: Limits
    parts: list[OpenedPart] = field(default_factory=list)
    gaps: list[Gap] = field(default_factory=list)
    waiting: list[_Waiting] = field(default_factory=list)
    bytes_left: int = 0
    text_left: int = 0
    parts_left: int = 0

    def gap(self, part: str, kind: GapKind, detail: str = "") -> None:
        """Note a gap once; beyond `MOST_GAPS` one more says nothing new."""
        gap = Gap(part=part, kind=kind, detail=detail[:DETAIL])
        if gap not in self.gaps[-20:] and len(self.gaps) < MOST_GAPS:
            self.gaps.append(gap)


def extract(
    name: str,
    data: bytes,
    limits: Limits,
    extractors: Sequence[Extractor],
    second_opinion: Namer | None = None,
) -> Extraction:
    """Return all text of a part and of the parts within it, and a gap for whatever was not read. Never raises.

    `name` may be a path: as a whole it is the last segment of the first part, but for one segment for each folder.
    `second_opinion` names the media type of bytes whose structure says nothing, for the gap's detail.
    """
    tree = _Tree(
        limits=limits, bytes_left=limits.total_size, text_left=limits.text_size, parts_left=max(0, limits.parts - 1)
    )
    tree.waiting.append(_Waiting(part=clean_name(name), data=data, depth=0, path=name))
    if len(data) > limits.part_size:
        tree.waiting.clear()
        tree.gap(clean_name(name), GapKind.TOO_LARGE, "part_size")
    while tree.waiting:
        _open(tree.waiting.pop(), tree, extractors, second_opinion)
    return Extraction(parts=tuple(tree.parts), gaps=tuple(tree.gaps))


def _open(waiting: _Waiting, tree: _Tree, extractors: Sequence[Extractor], second_opinion: Namer | None) -> None:
    """Open one part with every extractor that knows what it is."""
    sightings = identify(waiting.data)
    segments: list[Segment] = []
    inners: list[Inner] = []
    if waiting.data:
        for sighting in sightings:
            opened = _openers(sighting, waiting, tree, extractors, second_opinion)
            for extractor in opened:
                _run(extractor, waiting, tree, segments, inners)
    for named in name_segments([waiting.path], "path"):  # the name that the file came with, its folders too
        _take_segment(named, waiting, tree, segments)
    tree.parts.append(
        OpenedPart(
            part=waiting.part,
            media_type=sightings[0].media_type,
            sha256=hashlib.sha256(waiting.data).hexdigest(),
            segments=tuple(segments),
        )
    )
    _enqueue(waiting, inners, tree)


def _openers(
    sighting: Sighting,
    waiting: _Waiting,
    tree: _Tree,
    extractors: Sequence[Extractor],
    second_opinion: Namer | None,
) -> list[Extractor]:
    """Return the extractors for one sighting; where there is none, note why."""
    if sighting.cipher:
        tree.gap(waiting.part, GapKind.ENCRYPTED, sighting.cipher)
        return []
    found = [extractor for extractor in extractors if sighting.media_type in extractor.media_types]
    if not found and sighting.media_type.startswith("image/"):
        tree.gap(waiting.part, GapKind.IMAGE_NOT_READ, sighting.media_type)
    elif not found:
        named = second_opinion(waiting.data) if second_opinion and sighting.media_type == media.UNKNOWN else ""
        tree.gap(waiting.part, GapKind.UNSUPPORTED, named or sighting.media_type)
    return found


def _run(extractor: Extractor, waiting: _Waiting, tree: _Tree, segments: list[Segment], inners: list[Inner]) -> None:
    """Take in what one extractor finds; whatever it raises becomes a gap."""
    left = replace(
        tree.limits, depth=tree.limits.depth - waiting.depth, parts=tree.parts_left, total_size=tree.bytes_left,
        text_size=tree.text_left,
    )  # fmt: skip
    try:
        _take(extractor.open(waiting.data, left), waiting, tree, segments, inners)
    except (MemoryError, RecursionError) as trouble:
        kind = GapKind.TOO_LARGE if isinstance(trouble, MemoryError) else GapKind.TOO_DEEP
        tree.gap(waiting.part, kind, type(trouble).__name__)
    except (KeyboardInterrupt, SystemExit):
        tree.gap(waiting.part, GapKind.CRASHED, "interrupted")
    except BaseException as trouble:  # noqa: BLE001 - the room's one catch-all: native parsers raise what is no Exception
        tree.gap(waiting.part, GapKind.CORRUPT, type(trouble).__name__)


def _take(
    found: Iterable[Segment | Inner | Gap], waiting: _Waiting, tree: _Tree, segments: list[Segment], inners: list[Inner]
) -> None:
    """Sort what comes out of an extractor, within what is left of the limits."""
    for item in found:
        if isinstance(item, Segment):
            _take_segment(item, waiting, tree, segments)
        elif isinstance(item, Gap):
            part = f"{waiting.part}/{clean_name(item.part)}" if item.part else waiting.part
            tree.gap(part, item.kind, item.detail)
        elif _fits(item, waiting, tree):
            inners.append(item)


def _take_segment(segment: Segment, waiting: _Waiting, tree: _Tree, segments: list[Segment]) -> None:
    """Keep a segment, cut where the text of the tree grows too long, with characters that can be encoded only."""
    text = segment.text
    if not text:
        return
    if len(text) > tree.text_left:
        text = text[: tree.text_left]
        tree.gap(waiting.part, GapKind.TOO_LARGE, "text_size")
    tree.text_left -= len(text)
    if not text.isascii():
        text = text.encode("utf-8", "replace").decode("utf-8")  # a lone surrogate becomes a question mark
    if text:
        segments.append(replace(segment, text=text) if text is not segment.text else segment)


def _fits(inner: Inner, waiting: _Waiting, tree: _Tree) -> bool:
    """Say whether an inner part is within the limits; note the limit if not."""
    limits, size = tree.limits, len(inner.data)
    if waiting.depth + 1 > limits.depth:
        tree.gap(waiting.part, GapKind.TOO_DEEP, "depth")
    elif tree.parts_left <= 0:
        tree.gap(waiting.part, GapKind.TOO_MANY, "parts")
    elif size > limits.part_size or size > tree.bytes_left:
        tree.gap(waiting.part, GapKind.TOO_LARGE, "part_size" if size > limits.part_size else "total_size")
    else:
        tree.parts_left -= 1
        tree.bytes_left -= size
        return True
    return False


def _enqueue(waiting: _Waiting, inners: Sequence[Inner], tree: _Tree) -> None:
    """Put the inner parts on the pile so that the first is opened next."""
    numbered = [
        _Waiting(part=inner_name(waiting.part, number, inner.name), data=inner.data, depth=waiting.depth + 1)
        for number, inner in enumerate(inners, 1)
    ]
    tree.waiting.extend(reversed(numbered))
