"""Other eyes on a ZIP container: the program 7z, or our own reader over another cryptography library.

A checker is a function. It returns its name when it has read the container and found every entry sealed with
AES-256, the wrong passphrase refused and every byte in its place; an empty string when it is not installed here; and
it raises `NotSealed` when anything is not as it should be.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final, TypeAlias

from gateway.errors import NotSealed
from gateway.protect import Content
from gateway.protect.content import Comparing
from gateway.protect.methods import ae2, by_7z

Entries: TypeAlias = Sequence[tuple[str, Content]]
Checker: TypeAlias = Callable[[Path, Entries, str, str], str]
"""(file, entries as (name, content), passphrase, another passphrase) -> name of the reader, or empty."""

METHOD: Final = "AES-256 Store"


def seven_zip(file: Path, entries: Entries, words: str, other: str) -> str:
    """Check with 7z: it lists, reads everything, and refuses another passphrase."""
    if not by_7z.is_here():
        return ""
    with ThreadPoolExecutor(2) as pool:
        listing = pool.submit(by_7z.ask, ("l", "-slt"), file)
        refusing = pool.submit(by_7z.ask, ("t",), file, other)
        is_read = by_7z.reads(file, words, (content for _, content in entries))
    listed, refused = listing.result(), refusing.result()
    wanted = [(name, METHOD, "+", str(content.size)) for name, content in entries]
    if listed.code != 0 or _listed(listed.output.decode("utf-8", "replace")) != wanted:
        raise NotSealed("7z does not list every entry as sealed with AES-256")
    if not is_read:
        raise NotSealed("7z does not read what was sealed")
    if refused.code == 0:
        raise NotSealed("7z opens the container with another passphrase")
    return by_7z.PROGRAM


def _listed(listing: str) -> list[tuple[str, ...]]:
    """Return name, method, encryption mark and size of every entry in the technical listing of 7z."""
    names = ("Path", "Method", "Encrypted", "Size")
    return [tuple(each.get(name, "") for name in names) for each in by_7z.files(listing)]


def own_reader(file: Path, entries: Entries, words: str, other: str) -> str:
    """Check with our own reader: for machines without 7z. It shares no code and no library with the writer."""
    comparing = Comparing(content for _, content in entries)
    with file.open("rb") as container:
        try:
            found = ae2.read(container, words, comparing)
        except ValueError as error:
            raise NotSealed(f"the container is not well formed: {error}") from None
        wanted = [(name, content.size) for name, content in entries]
        if [(entry.name, entry.size) for entry in found] != wanted or not comparing.same():
            raise NotSealed("the container does not hold what was sealed")
        try:
            ae2.read(container, other, _Nowhere())
        except ValueError:
            return "own AE-2 reader"
    raise NotSealed("the container opens with another passphrase")


class _Nowhere:
    """A target that keeps nothing."""

    def write(self, content: bytes) -> None:
        """Take it."""
