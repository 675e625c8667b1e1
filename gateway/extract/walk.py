"""Opens a part, and the parts within it, and within those, under the limits.

Depth first, without recursion: a part within is opened as soon as its container hands it over, so that only the parts
on the way down are in memory. What is opened is decided by structure (`identify`); a polyglot is opened by every
extractor that knows one of its types. The limits hold for the whole tree: each extractor is told what is left of them.
Pictures wait until all else is read (`reading`).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence

from gateway.extract import Aids, Extraction, Extractor, Found, Limits, Locked, Scan, media
from gateway.extract.beside import and_beside
from gateway.extract.decoding import decode
from gateway.extract.identify import TAKES_IN, Sighting, identify
from gateway.extract.names import clean_name, inner_name, name_segments
from gateway.extract.reading import read_scans
from gateway.extract.tree import Branch, Tree
from gateway.model.inspection import Gap, GapKind, RemarkKind, Segment, Where

MOST_PASSWORDS = 10  # each costs up to a second, by design of the formats


def extract(
    name: str, data: bytes, limits: Limits, extractors: Sequence[Extractor], aids: Aids | None = None
) -> Extraction:
    """Return all text of a part and of the parts within it, and a gap for whatever was not read. Never raises.

    `name` may be a path: as a whole it is the last segment of the first part, but for one segment for each folder.
    """
    tree = Tree.start(limits, aids or Aids(), len(data))
    part = clean_name(name)
    if len(data) > limits.part_size:
        tree.gap(part, GapKind.TOO_LARGE, "part_size")
    else:
        path = [_branch(part, data, 0, tree, extractors)]
        while path:
            _go_on(path, tree, extractors)
        for named in name_segments([name], "path") if tree.branches else ():  # the name it came with, its folders too
            tree.take(tree.branches[0], named)
    read_scans(tree)
    return tree.extraction()


def _branch(part: str, data: bytes, depth: int, tree: Tree, extractors: Sequence[Extractor]) -> Branch:
    """Begin to open one part: with every extractor that knows what it is, one after the other."""
    if part in tree.aids.lost:
        tree.gap(part, tree.aids.lost[part], "worker")
        return Branch(part=part, media_type=media.UNKNOWN, sha256=hashlib.sha256(data).hexdigest(), depth=depth)
    tree.aids.opening(part)
    sightings = identify(data)
    branch = Branch(part=part, media_type=sightings[0].media_type, sha256=hashlib.sha256(data).hexdigest(), depth=depth)
    tree.branches.append(branch)
    _remark(branch, sightings, tree)
    for sighting in sightings if data else ():
        for extractor in _openers(sighting, branch, data, tree, extractors):
            found = _opened(extractor, data, branch, tree)
            branch.running.append(and_beside(data, found) if sighting.media_type in TAKES_IN else found)
    if branch.running and sightings[0].media_type in media.PROSE:
        branch.running.append(_bare(data, branch))
    branch.running.reverse()
    return branch


def _bare(data: bytes, branch: Branch) -> Iterator[Found]:
    """Yield a text as it stands where nothing came out of it: a page of one tag that never ends."""
    if not (branch.segments or branch.inner or branch.pictures):
        yield Segment(where=Where.HIDDEN, text=decode(data), name="raw")


def _remark(branch: Branch, sightings: Sequence[Sighting], tree: Tree) -> None:
    """Note a name that says another type, and a file that is of several."""
    types = [sighting.media_type for sighting in sightings]
    if len(types) > 1 and set(types) != {media.TEXT, media.HTML}:  # words about tags: both readings are of words
        tree.remark(branch.part, RemarkKind.SEVERAL_TYPES, ", ".join(types))
    said = media.said_by_name(branch.part)
    if said and not said.types & set(types) and media.APPLE_FILE not in types:  # it has the name of what it belongs to
        tree.remark(branch.part, RemarkKind.NAMED_OTHERWISE, f".{said.ending}, but is {types[0]}")


def _opened(extractor: Extractor, data: bytes, branch: Branch, tree: Tree) -> Iterator[Found]:
    """Have an extractor open a part when its turn comes, with what is then left of the limits."""
    yield from extractor.open(data, tree.left(branch))


def _go_on(path: list[Branch], tree: Tree, extractors: Sequence[Extractor]) -> None:
    """Take one more thing out of the part at the end of the path, or leave that part."""
    branch = path[-1]
    if not branch.running:
        path.pop()
        if path:
            tree.aids.opening(path[-1].part)  # back in what holds it
        return
    item = _next(branch, tree)
    if isinstance(item, Segment):
        tree.take(branch, item)
    elif isinstance(item, Gap):
        tree.gap(f"{branch.part}/{clean_name(item.part)}" if item.part else branch.part, item.kind, item.detail)
    elif isinstance(item, Scan):
        branch.pictures += 1
        tree.scans.append((branch, item))
    elif isinstance(item, Locked):
        _unlock(item, branch, tree)
    elif item is not None:
        branch.inner += 1
        if tree.fits(branch, len(item.data)):
            part = inner_name(branch.part, branch.inner, item.name)
            path.append(_branch(part, item.data, branch.depth + 1, tree, extractors))


def _next(branch: Branch, tree: Tree) -> Found | None:
    """Return what an extractor finds next; None at its end. Whatever it raises becomes a gap, and ends it."""
    try:
        item: Found | None = next(branch.running[-1], None)
    except (MemoryError, RecursionError) as trouble:
        kind = GapKind.TOO_LARGE if isinstance(trouble, MemoryError) else GapKind.TOO_DEEP
        tree.gap(branch.part, kind, type(trouble).__name__)
        item = None
    except (KeyboardInterrupt, SystemExit):
        tree.gap(branch.part, GapKind.CRASHED, "interrupted")
        item = None
    except BaseException as trouble:  # noqa: BLE001 - the room's one catch-all: native parsers raise what is no Exception
        tree.gap(branch.part, GapKind.CORRUPT, type(trouble).__name__)
        item = None
    if item is None:
        branch.running.pop()
    return item


def _openers(
    sighting: Sighting, branch: Branch, data: bytes, tree: Tree, extractors: Sequence[Extractor]
) -> list[Extractor]:
    """Return the extractors for one sighting; where there is none, note why."""
    found = [extractor for extractor in extractors if sighting.media_type in extractor.media_types]
    if found:
        return found
    opinion = tree.aids.second_opinion
    if sighting.cipher:
        tree.gap(branch.part, GapKind.ENCRYPTED, sighting.cipher)
    elif sighting.media_type.startswith("image/"):
        tree.gap(branch.part, GapKind.IMAGE_NOT_READ, sighting.media_type)
    else:
        named = opinion(data) if opinion and sighting.media_type == media.UNKNOWN else ""
        tree.gap(branch.part, GapKind.UNSUPPORTED, named or sighting.media_type)
    return []


def _unlock(locked: Locked, branch: Branch, tree: Tree) -> None:
    """Try no password, then those that the sender gave. What opens is read on as if it had never been locked."""
    part = f"{branch.part}/{clean_name(locked.name)}" if locked.name else branch.part
    for password in ("", *tree.aids.passwords[:MOST_PASSWORDS]):
        try:
            inside = locked.unlock(password)
        except (KeyboardInterrupt, SystemExit):
            break
        except BaseException as trouble:  # noqa: BLE001 - as in _next: native code
            tree.gap(part, GapKind.CORRUPT, type(trouble).__name__)
            break
        if inside is not None:
            kind = RemarkKind.UNLOCKED if password else RemarkKind.NOT_PROTECTED
            tree.remark(part, kind, locked.cipher)
            branch.running.append(iter(inside))
            return
    tree.gap(part, GapKind.ENCRYPTED, locked.cipher)
