"""What a RAR archive says of itself, read from its blocks: locked files, volumes, comments, and where it ends.

RAR 4 (technote.txt of unrar 3.9) and RAR 5 ("RAR 5.0 archive format"). The files themselves come from libarchive.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from gateway.extract.decoding import decode

RAR_4: Final = b"Rar!\x1a\x07\x00"
RAR_5: Final = b"Rar!\x1a\x07\x01\x00"
MOST_BLOCKS: Final = 100_000
STORED_4: Final = 0x30
AES_FROM_4: Final = 29  # the version of RAR that brought AES-128; what came before is a cipher of its own
MAIN_4, FILE_4, SERVICE_4, END_4 = 0x73, 0x74, 0x7A, 0x7B
MAIN_5, FILE_5, SERVICE_5, LOCKED_5, END_5 = 1, 2, 3, 4, 5
PLUMBING: Final = frozenset({"RR", "QO", "ACL", "UOW", "AV", "EA2", "UOB", "EABE"})


@dataclass(slots=True, kw_only=True)
class Account:
    """What the blocks say. `locked` has the cipher of each encrypted file; `hidden_by` that of encrypted names."""

    end: int
    is_volume: bool = False
    is_cut: bool = False
    hidden_by: str = ""
    locked: dict[str, str] = field(default_factory=dict)
    comments: list[str] = field(default_factory=list)
    unread: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Block:
    """One block: where what it holds begins and ends. `extra` is RAR 5's area of records."""

    kind: int
    flags: int
    head: bytes
    start: int
    end: int
    extra: bytes = b""


def account_of(data: bytes) -> Account:
    """Return what an archive says of itself."""
    is_new = data.startswith(RAR_5)
    account = Account(end=len(RAR_5) if is_new else len(RAR_4))
    for block in _blocks_5(data) if is_new else _blocks_4(data):
        account.end = block.end
        (_note_5 if is_new else _note_4)(data, block, account)
        if account.hidden_by:
            account.end = len(data)
            break
        if block.kind in ({END_5} if is_new else {END_4}):
            break
    return account


def _blocks_4(data: bytes) -> Iterator[_Block]:
    """Yield the blocks of RAR 4: checksum, kind, flags, size, and for some the size of what follows."""
    at = len(RAR_4)
    for _ in range(MOST_BLOCKS):
        if at + 7 > len(data):
            return
        kind, flags, size = struct.unpack_from("<BHH", data, at + 2)
        if size < 7 or not 0x72 <= kind <= 0x7B:  # noqa: PLR2004 - the least block, and the kinds there are
            return
        follows = 0
        if kind in {FILE_4, SERVICE_4} or flags & 0x8000:
            follows = int.from_bytes(data[at + 7 : at + 11], "little")
            if kind in {FILE_4, SERVICE_4} and flags & 0x100:
                follows |= int.from_bytes(data[at + 32 : at + 36], "little") << 32
        start = at + size
        yield _Block(kind=kind, flags=flags, head=data[at:start], start=start, end=min(len(data), start + follows))
        at = start + follows


def _note_4(data: bytes, block: _Block, account: Account) -> None:
    """Take in a block of RAR 4."""
    if block.kind == MAIN_4:
        account.is_volume |= bool(block.flags & 1)
        account.hidden_by = "AES-128" if block.flags & 0x80 else ""
    if block.kind not in {FILE_4, SERVICE_4} or len(block.head) < 32:  # noqa: PLR2004 - the fields of a file
        return
    version, method, length = struct.unpack_from("<BBH", block.head, 24)
    name_at = 40 if block.flags & 0x100 else 32
    raw = block.head[name_at : name_at + length].partition(b"\0")[0]
    account.is_volume |= bool(block.flags & 3)
    name = decode(raw).replace("\\", "/")
    if block.kind == FILE_4:
        if block.flags & 4:
            account.locked[name] = "AES-128" if version >= AES_FROM_4 else "RAR 2"
    elif name == "CMT" and method == STORED_4 and not block.flags & 4:
        account.comments.append(decode(data[block.start : block.end]))
    elif name not in PLUMBING:
        account.unread.append("comment" if name == "CMT" else "service block")


def _vint(data: bytes, at: int) -> tuple[int, int]:
    """Return a number of RAR 5, seven bits an octet, and where it ends."""
    number = 0
    for shift in range(10):
        octet = data[at + shift] if at + shift < len(data) else 0
        number |= (octet & 0x7F) << 7 * shift
        if not octet & 0x80:
            return number, at + shift + 1
    return number, at + 10


def _blocks_5(data: bytes) -> Iterator[_Block]:
    """Yield the blocks of RAR 5: checksum, size, kind, flags, sizes of the extra area and of what follows."""
    at = len(RAR_5)
    for _ in range(MOST_BLOCKS):
        size, after = _vint(data, at + 4)
        start = after + size
        if not size or start > len(data):
            return
        kind, after = _vint(data, after)
        flags, after = _vint(data, after)
        extra = follows = 0
        if flags & 1:
            extra, after = _vint(data, after)
        if flags & 2:
            follows, after = _vint(data, after)
        yield _Block(
            kind=kind, flags=flags, head=data[after : start - min(extra, start - after)], start=start,
            end=min(len(data), start + follows), extra=data[start - extra : start] if extra else b"",
        )  # fmt: skip
        at = start + follows


def _note_5(data: bytes, block: _Block, account: Account) -> None:
    """Take in a block of RAR 5."""
    if block.kind == LOCKED_5:
        account.hidden_by = "AES-256"
    elif block.kind == MAIN_5:
        account.is_volume |= bool(_vint(block.head, 0)[0] & 1)
    elif block.kind in {FILE_5, SERVICE_5}:
        account.is_volume |= bool(block.flags & 0x18)
        flags, at = _vint(block.head, 0)
        for _ in range(2):  # size and attributes
            _, at = _vint(block.head, at)
        at += 4 * (bool(flags & 2) + bool(flags & 4))  # time and checksum
        method, at = _vint(block.head, at)
        _, at = _vint(block.head, at)  # the system it was made on
        length, at = _vint(block.head, at)
        name = decode(block.head[at : at + length])
        is_locked = 1 in _records(block.extra)
        if block.kind == FILE_5 and is_locked:
            account.locked[name] = "AES-256"
        elif block.kind == SERVICE_5 and name == "CMT" and not is_locked and not method >> 7 & 7:
            account.comments.append(decode(data[block.start : block.end].rstrip(b"\0")))
        elif block.kind == SERVICE_5 and name not in PLUMBING:
            account.unread.append("comment" if name == "CMT" else "service block")


def _records(extra: bytes) -> set[int]:
    """Return the kinds of the records in an extra area."""
    kinds, at = set(), 0
    while at < len(extra):
        size, after = _vint(extra, at)
        kinds.add(_vint(extra, after)[0])
        if not size:
            break
        at = after + size
    return kinds
