"""Makes compound files ([MS-CFB]) for documents that no library writes: Outlook messages, embedded objects."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TypeAlias

from gateway.extract.formats.office97.ole_pack import packed

Tree: TypeAlias = Mapping[str, "bytes | Tree"]


def compound(tree: Tree) -> bytes:
    """Return a compound file: streams by name, and storages that hold more of them."""
    return packed(dict(_streams(tree, ())))


def _streams(tree: Tree, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], bytes]]:
    """Yield every stream with its path."""
    for name, content in tree.items():
        if isinstance(content, bytes):
            yield (*path, name), content
        else:
            yield from _streams(content, (*path, name))
