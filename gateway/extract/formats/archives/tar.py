"""TAR archives: ustar and pax (IEEE 1003.1-2017, pax), the GNU format (GNU tar manual, "Basic Tar Format"), and v7.

Read from front to back. Names, links, owners and pax records are shown, links and devices are names only. Sparse files
are laid out again. What stands behind the end of the archive, and in the room that a block leaves, is shown as well.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final

from gateway.extract import Inner, Limits, media
from gateway.extract.decoding import decode
from gateway.extract.names import name_segments
from gateway.extract.tar_header import BLOCK, is_header, number
from gateway.model.inspection import Gap, GapKind, Segment, Where

FILES: Final = frozenset(b"\0" + b"07S")  # a file, of old and new, contiguous, or with holes
LONG_NAME, LONG_LINK, PAX, PAX_GLOBAL = b"L", b"K", b"xX", b"g"
NO_CONTENT: Final = frozenset(b"123456")  # links, devices, folders, pipes: nothing follows their header
LONGEST_FIELD: Final = 1 << 20
MOST_HOLES: Final = 100_000
PRINTABLE: Final = re.compile(rb"[\t\x20-\x7e\xa0-\xff]{4,}")
NUMBERS: Final = re.compile(r"(?:[amc]time|size|uid|gid|GNU\.sparse\.(?!name).*|SCHILY\.(?:dev|ino|nlink|fflags))")
RECORD: Final = re.compile(rb"([0-9]{1,7}) ")


@dataclass(slots=True, kw_only=True)
class Member:
    """One header, with what the headers before it say of the same file."""

    kind: int
    names: list[str]
    said: list[str] = field(default_factory=list)
    start: int = 0
    packed: int = 0
    size: int = 0
    holes: list[tuple[int, int]] | None = None

    @property
    def end(self) -> int:
        """Return where the next header stands."""
        return self.start + -(-self.packed // BLOCK) * BLOCK


@dataclass(slots=True, kw_only=True)
class _Ahead:
    """What the headers before a file say of it."""

    names: list[str] = field(default_factory=list)
    said: list[str] = field(default_factory=list)
    records: dict[str, bytes] = field(default_factory=dict)


def _text(raw: bytes) -> str:
    """Return the text of a field that ends at its first zero."""
    field = raw.partition(b"\0")[0]
    return field.decode("ascii") if field.isascii() else decode(field)


class TarExtractor:
    """Opens TAR archives."""

    name = "tar"
    media_types = frozenset({media.TAR})

    def open(self, data: bytes, limits: Limits) -> Iterable[Segment | Inner | Gap]:
        """Return every file, every name and what the headers say; a gap for whatever was not read."""
        folders: dict[str, None] = {}
        owners: dict[str, None] = {}
        at, count, spent = 0, 0, 0
        for member in _members(data):
            if isinstance(member, Gap):
                yield member
                continue
            count += 1
            if count > limits.parts:
                yield Gap(part="", kind=GapKind.TOO_MANY, detail="parts")
                return
            yield from name_segments(dict.fromkeys(member.names), known=folders)
            owners |= dict.fromkeys(member.said)
            for found in _content(data, member, limits, spent):
                spent += member.size if isinstance(found, Inner) else 0
                yield found
            at = member.end
            if slack := PRINTABLE.findall(data[member.start + member.packed : at]):
                yield Segment(where=Where.HIDDEN, text=decode(b"\n".join(slack)), name="padding")
        if owners:
            yield Segment(where=Where.PROPERTY, text="\n".join(owners), name="headers")
        if at and (rest := data[at:].lstrip(b"\0")):
            yield Inner(name="after-end", data=rest)


def _content(data: bytes, member: Member, limits: Limits, spent: int) -> Iterator[Inner | Gap]:
    """Yield the file of a member, or the gap that stands for it."""
    name = member.names[0]
    if member.kind in NO_CONTENT:
        return
    if member.size > limits.part_size or spent + member.size > limits.total_size:
        limit = "part_size" if member.size > limits.part_size else "total_size"
        yield Gap(part=name, kind=GapKind.TOO_LARGE, detail=limit)
        return
    if member.end > len(data):
        yield Gap(part=name, kind=GapKind.CORRUPT, detail="truncated")
    if member.kind not in FILES:
        yield Gap(part=name, kind=GapKind.UNSUPPORTED, detail="kind of entry")
    content = data[member.start : member.start + member.packed]
    if member.holes is not None:
        content = _laid_out(content, member.holes, member.size)
    yield Inner(name=name, data=content)


def _laid_out(packed: bytes, holes: list[tuple[int, int]], size: int) -> bytes:
    """Put the pieces of a file with holes where they belong."""
    out, at = io.BytesIO(), 0
    for offset, length in holes:
        if offset < size:
            out.seek(offset)
            out.write(packed[at : at + length][: size - offset])
        at += length
    out.seek(0, io.SEEK_END)
    if out.tell() < size:
        out.seek(size - 1)
        out.write(b"\0")
    return out.getvalue()


def _members(data: bytes) -> Iterator[Member | Gap]:
    """Yield the members; the headers that only speak of the next one are put into it."""
    at, ahead, general = 0, _Ahead(), dict[str, bytes]()
    while at + BLOCK <= len(data) and any(data[at : at + BLOCK]):
        block = data[at : at + BLOCK]
        size = number(block[124:136])
        if not is_header(block) or size < 0:
            yield Gap(part="", kind=GapKind.CORRUPT, detail="header")
            return
        kind, body = block[156:157], data[at + BLOCK : at + BLOCK + min(size, LONGEST_FIELD)]
        if kind in {LONG_NAME, LONG_LINK} or kind in {b"x", b"X", b"g"}:
            if size > LONGEST_FIELD:
                yield Gap(part="", kind=GapKind.TOO_LARGE, detail="header")
            _speak(kind, body, ahead, general)
            at += BLOCK + -(-size // BLOCK) * BLOCK
            continue
        member = _member(data, at, ahead, general)
        yield member
        at, ahead = member.end, _Ahead()
    if ahead.names or ahead.said:  # headers of a file that does not come
        yield Member(kind=ord("5"), names=ahead.names or [""], said=ahead.said, start=at)
    if ahead.names or ahead.said or (any(data[at:]) and len(data) - at < BLOCK):
        yield Gap(part="", kind=GapKind.CORRUPT, detail="truncated")


def _speak(kind: bytes, body: bytes, ahead: _Ahead, general: dict[str, bytes]) -> None:
    """Take in a header that speaks of the next file, or of all that follow."""
    if kind == LONG_NAME:
        ahead.names.append(_text(body))
    elif kind == LONG_LINK:
        ahead.said.append(_text(body))
    else:
        records = dict(_records(body))
        (general if kind == PAX_GLOBAL else ahead.records).update(records)
        for key, value in records.items():
            if key in {"path", "GNU.sparse.name"}:
                ahead.names.append(decode(value))
            elif not NUMBERS.fullmatch(key):
                ahead.said.append(decode(value))


def _records(body: bytes) -> Iterator[tuple[str, bytes]]:
    """Yield the records of a pax header: `length key=value`. What is no record is one without a key."""
    at = 0
    while (found := RECORD.match(body, at)) and (end := at + int(found[1])) <= len(body) and end > found.end():
        key, _, value = body[found.end() : end - 1].partition(b"=")
        yield decode(key), value
        at = end
    if rest := body[at:].strip(b"\0"):
        yield "", rest


def _member(data: bytes, at: int, ahead: _Ahead, general: dict[str, bytes]) -> Member:
    """Return the member whose header stands at `at`."""
    block, records = data[at : at + BLOCK], general | ahead.records
    is_gnu = block[257:265] == b"ustar  \0"
    prefix = _text(block[345:500]) if block[257:263] == b"ustar\0" else ""
    own = _text(block[:100])
    said = [_text(block[157:257]), _text(block[265:297]), _text(block[297:329]), *ahead.said]
    said += [_text(run) for run in PRINTABLE.findall(b"\0".join((block[:100].partition(b"\0")[2], block[500:])))]
    kind = block[156]
    packed = 0 if kind in NO_CONTENT else _paxnumber(records.get("size"), number(block[124:136]))
    member = Member(
        kind=kind,
        names=[*reversed(ahead.names), f"{prefix}/{own}" if prefix else own],
        said=[each for each in said if each],
        start=at + BLOCK,
        packed=packed,
        size=packed,
    )
    if kind == ord("S") and is_gnu:
        _gnu_holes(data, at, member)
    elif "GNU.sparse.major" in records or "GNU.sparse.map" in records:
        _pax_holes(data, member, records)
    return member


def _paxnumber(said: bytes | None, otherwise: int) -> int:
    """Return a decimal number of a pax record."""
    return int(said) if said and re.fullmatch(rb"[0-9]{1,18}", said) else otherwise


def _gnu_holes(data: bytes, at: int, member: Member) -> None:
    """Read the map of a sparse file in GNU's old form: four pieces in the header, and blocks of 21 more."""
    fields, more, size = data[at + 386 : at + 482], data[at + 482], number(data[at + 483 : at + 495])
    while more and member.start + BLOCK <= len(data) and len(fields) < 24 * MOST_HOLES:
        fields += data[member.start : member.start + 504]
        more = data[member.start + 504]
        member.start += BLOCK
    pairs = [(number(fields[i : i + 12]), number(fields[i + 12 : i + 24])) for i in range(0, len(fields) - 23, 24)]
    member.holes, member.size = [pair for pair in pairs if min(pair) >= 0], max(size, 0)


def _pax_holes(data: bytes, member: Member, records: dict[str, bytes]) -> None:
    """Read the map of a sparse file as pax has it: in a record (0.1), or in front of the content (1.0)."""
    real = _paxnumber(records.get("GNU.sparse.realsize", records.get("GNU.sparse.size")), member.packed)
    if said := records.get("GNU.sparse.map"):
        numbers = [int(each) for each in said.split(b",")[: 2 * MOST_HOLES] if re.fullmatch(rb"[0-9]{1,18}", each)]
    else:
        head = data[member.start : member.start + min(member.packed, LONGEST_FIELD)]
        count, _, rest = head.partition(b"\n")
        most = 2 * min(_paxnumber(count, 0), MOST_HOLES)
        lines = rest.split(b"\n", most)[:most]
        numbers = [_paxnumber(line, 0) for line in lines]
        used = -(-(len(count) + 1 + sum(len(line) + 1 for line in lines)) // BLOCK) * BLOCK
        member.start, member.packed = member.start + used, max(0, member.packed - used)
    member.holes, member.size = list(zip(numbers[::2], numbers[1::2], strict=False)), real
