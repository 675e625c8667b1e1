"""Reads the pictures of a tree when all its text is read: the most telling first, each once, within the budget."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field

from gateway.extract import Raster, Reader, Scan
from gateway.extract.tree import Branch, Tree
from gateway.model.inspection import GapKind, Segment, Where


@dataclass(slots=True)
class _Unread:
    """The pictures that were not read: by part and reason, in the order in which they stand there."""

    names: dict[tuple[str, str], dict[int, str]] = field(default_factory=dict)

    def add(self, branch: Branch, place: int, scan: Scan, why: str) -> None:
        """Note one."""
        self.names.setdefault((branch.part, why), {})[place] = scan.name

    def tell(self, tree: Tree) -> None:
        """Make one gap of all pictures of a part with the same reason: a person has to read it."""
        for (part, why), by_place in self.names.items():
            first = by_place[min(by_place)]
            others = f" and {len(by_place) - 1} more" if len(by_place) > 1 else ""
            tree.gap(part, GapKind.IMAGE_NOT_READ, f"{first}{others}: {why}")


def read_scans(tree: Tree) -> None:
    """Read what the budget of pages and time allows; every other picture is the gap `image_not_read`.

    A picture that is there twice is read once and counts in both places. One of a single colour says nothing.
    """
    known: dict[bytes, str] = {}
    unread = _Unread()
    by_rank = sorted(enumerate(tree.scans), key=lambda each: (each[1][1].telling, -each[1][1].pixels, each[0]))
    for place, (branch, scan) in by_rank:
        part = f"{branch.part}#{scan.name}"
        if part in tree.aids.lost:
            tree.gap(branch.part, tree.aids.lost[part], scan.name)
        elif tree.aids.reader is None or tree.pages_left <= 0 or not tree.aids.may_read():
            why = "no reader" if tree.aids.reader is None else "pages" if tree.pages_left <= 0 else "time"
            unread.add(branch, place, scan, why)
        else:
            tree.aids.opening(part)
            if trouble := _read(branch, scan, tree, tree.aids.reader, known):
                unread.add(branch, place, scan, trouble)
    unread.tell(tree)
    tree.scans.clear()


def _read(branch: Branch, scan: Scan, tree: Tree, reader: Reader, known: dict[bytes, str]) -> str:
    """Read one picture and return why that failed, if it did; whatever is raised is trouble in content."""
    try:
        text = _text(scan.render(), tree, reader, known)
    except TimeoutError:
        return "time"
    except (KeyboardInterrupt, SystemExit):
        tree.gap(branch.part, GapKind.CRASHED, "interrupted")
        return ""
    except BaseException as trouble:  # noqa: BLE001 - as in the walk: native parsers raise what is no Exception
        return type(trouble).__name__
    if text.strip():
        tree.take(branch, Segment(where=Where.OCR, text=text, name=scan.name))
    return ""


def _text(raster: Raster, tree: Tree, reader: Reader, known: dict[bytes, str]) -> str:
    """Return the words of a picture; only one that is new, and more than a plain ground, costs a page."""
    if raster.grey == raster.grey[:1] * len(raster.grey):
        return ""
    digest = hashlib.sha256(f"{raster.width} {raster.height} {raster.dpi} ".encode() + raster.grey).digest()
    if digest not in known:
        tree.pages_left -= 1
        known[digest] = reader.read(raster)
    return known[digest]
