"""Reads the pictures of a tree when all its text is read: the most telling first, each once, within the budget."""

from __future__ import annotations

import hashlib

from gateway.extract import Reader, Scan
from gateway.extract.tree import Branch, Tree
from gateway.model.inspection import GapKind, Segment, Where


def read_scans(tree: Tree) -> None:
    """Read what the budget of pages and time allows; every other picture is the gap `image_not_read`.

    A picture that is there twice is read once and counts in both places.
    """
    known: dict[bytes, str] = {}
    for branch, scan in sorted(tree.scans, key=lambda each: each[1].telling):
        part = f"{branch.part}#{scan.name}"
        if part in tree.aids.lost:
            tree.gap(branch.part, tree.aids.lost[part], scan.name)
        elif tree.aids.reader is None or tree.pages_left <= 0 or not tree.aids.may_read():
            why = "no reader" if tree.aids.reader is None else "pages" if tree.pages_left <= 0 else "time"
            tree.gap(branch.part, GapKind.IMAGE_NOT_READ, f"{scan.name}: {why}")
        else:
            tree.aids.opening(part)
            _read(branch, scan, tree, tree.aids.reader, known)
    tree.scans.clear()


def _read(branch: Branch, scan: Scan, tree: Tree, reader: Reader, known: dict[bytes, str]) -> None:
    """Read one picture; whatever is raised is a gap."""
    try:
        raster = scan.render()
        digest = hashlib.sha256(raster.grey).digest()
        if digest not in known:
            tree.pages_left -= 1
            known[digest] = reader.read(raster)
    except (KeyboardInterrupt, SystemExit):
        tree.gap(branch.part, GapKind.CRASHED, "interrupted")
    except BaseException as trouble:  # noqa: BLE001 - as in the walk: native parsers raise what is no Exception
        tree.gap(branch.part, GapKind.IMAGE_NOT_READ, f"{scan.name}: {type(trouble).__name__}")
    else:
        if known[digest].strip():
            tree.take(branch, Segment(where=Where.OCR, text=known[digest], name=scan.name))
