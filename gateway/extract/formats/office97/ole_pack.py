"""Writes an OLE compound file ([MS-CFB] version 3) in memory: an embedded storage becomes a file of its own."""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

SECTOR: Final = 512
MINI: Final = 64
CUTOFF: Final = 4096
END, FREE, FAT, NONE = 0xFFFFFFFE, 0xFFFFFFFF, 0xFFFFFFFD, 0xFFFFFFFF
IN_HEADER: Final = 109
LONGEST_NAME: Final = 31
ROOT, STORAGE, STREAM = 5, 1, 2


@dataclass(slots=True)
class _Node:
    """One directory entry."""

    name: str
    kind: int
    content: bytes = b""
    children: dict[str, _Node] = field(default_factory=dict)
    left: int = NONE
    right: int = NONE
    child: int = NONE
    start: int = 0


def packed(streams: Mapping[tuple[str, ...], bytes]) -> bytes:
    """Return a compound file that holds these streams."""
    root = _Node("Root Entry", ROOT)
    for path, content in streams.items():
        node = root
        for name in path[:-1]:
            node = node.children.setdefault(name, _Node(name, STORAGE))
        node.children[path[-1]] = _Node(path[-1], STREAM, content)
    nodes = _numbered(root)
    mini, mini_fat = bytearray(), list[int]()
    for node in nodes:
        if node.kind == STREAM and len(node.content) < CUTOFF:
            node.start = _append(mini, mini_fat, node.content, MINI) if node.content else END
    body, fat = bytearray(), list[int]()
    for node in nodes:
        if node.kind == STREAM and len(node.content) >= CUTOFF:
            node.start = _append(body, fat, node.content, SECTOR)
    root.content = bytes(mini)
    root.start = _append(body, fat, root.content, SECTOR) if mini else END
    mini_fat_start = _append(body, fat, struct.pack(f"<{len(mini_fat)}L", *mini_fat), SECTOR) if mini_fat else END
    directory = _append(body, fat, b"".join(_entry(node) for node in nodes), SECTOR)
    mini_sectors = -(-4 * len(mini_fat) // SECTOR)
    return _file(body, fat, directory, mini_fat_start, mini_sectors)


def _numbered(root: _Node) -> list[_Node]:
    """Number all entries, and link the children of each storage as a balanced tree ([MS-CFB] 2.6.4)."""
    nodes, waiting = [root], [root]
    while waiting:
        node = waiting.pop()
        children = sorted(node.children.values(), key=lambda child: (len(child.name), child.name.upper()))
        first = len(nodes)
        nodes += children
        node.child = _balanced(children, first, 0, len(children))
        waiting += [child for child in children if child.kind == STORAGE]
    return nodes


def _balanced(children: list[_Node], first: int, low: int, high: int) -> int:
    """Link a range of sorted children and return the number of the one in the middle."""
    if low >= high:
        return NONE
    middle = (low + high) // 2
    children[middle].left = _balanced(children, first, low, middle)
    children[middle].right = _balanced(children, first, middle + 1, high)
    return first + middle


def _append(body: bytearray, table: list[int], content: bytes, size: int) -> int:
    """Add a chain of sectors and return the number of its first."""
    start, count = len(table), max(1, -(-len(content) // size))
    body += content.ljust(count * size, b"\0")
    table += [*range(start + 1, start + count), END]
    return start


def _entry(node: _Node) -> bytes:
    """Return a directory entry ([MS-CFB] 2.6.1), black."""
    name = node.name[:LONGEST_NAME].encode("utf-16-le", "surrogatepass")
    return struct.pack(
        "<64sHBB3L16sL8s8sLQ", name, len(name) + 2, node.kind, 1, node.left, node.right, node.child, bytes(16), 0,
        bytes(8), bytes(8), node.start, len(node.content),
    )  # fmt: skip


def _file(body: bytearray, fat: list[int], directory: int, mini_fat: int, mini_sectors: int) -> bytes:
    """Put header, sectors and the tables of sectors together ([MS-CFB] 2.2, 2.3, 2.5)."""
    each = SECTOR // 4
    tables = further = 0
    while (tables * each < len(fat) + tables + further) or (further * (each - 1) < tables - IN_HEADER):
        tables = -(-(len(fat) + tables + further) // each)
        further = -(-max(0, tables - IN_HEADER) // (each - 1))
    first = len(fat)
    fat = [*fat, *[FAT] * tables, *[FAT - 1] * further]
    fat += [FREE] * (tables * each - len(fat))
    numbers = list(range(first, first + tables))
    listed = numbers[:IN_HEADER] + [FREE] * (IN_HEADER - len(numbers[:IN_HEADER]))
    header = struct.pack(
        "<8s16s5H6x7L", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", bytes(16), 0x3E, 3, 0xFFFE, 9, 6, 0, tables, directory, 0,
        CUTOFF, mini_fat, mini_sectors,
    ) + struct.pack("<2L109L", first + tables if further else END, further, *listed)  # fmt: skip
    return header + bytes(body) + struct.pack(f"<{len(fat)}L", *fat) + b"".join(_further(numbers, first + tables))


def _further(numbers: list[int], at: int) -> Iterator[bytes]:
    """Yield the sectors that list the tables which the header has no room for."""
    each = SECTOR // 4 - 1
    rest = numbers[IN_HEADER:]
    for start in range(0, len(rest), each):
        part = rest[start : start + each]
        at += 1
        following = at if start + each < len(rest) else END
        yield struct.pack(f"<{each + 1}L", *part, *[FREE] * (each - len(part)), following)
