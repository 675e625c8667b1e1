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

from gateway.errors import NotSealed, Unsound
from gateway.model.content import Writable
from gateway.protect import Content
from gateway.protect.content import Comparing
from gateway.protect.methods import ae2
from gateway.system import programs
from gateway.system.pipes import Feed, patience, pipe

Entries: TypeAlias = Sequence[tuple[str, Content]]
Checker: TypeAlias = Callable[[Path, Entries, str, str], str]
"""(file, entries as (name, content), passphrase, another passphrase) -> name of the reader, or empty."""

SEVEN_ZIP: Final = "7z"
METHOD: Final = "AES-256 Store"


def seven_zip(file: Path, entries: Entries, words: str, other: str) -> str:
    """Check with 7z: it lists, reads everything to a pipe, and refuses another passphrase.

    The passphrase goes to its standard input; what it reads is compared on its way and never touches a disk.
    """
    try:
        programs.find(SEVEN_ZIP)
    except Unsound:
        return ""
    seconds = patience(file.stat().st_size)
    comparing = Comparing(content for _, content in entries)
    typed = f"{other}\n".encode()
    with ThreadPoolExecutor(2) as pool:
        listing = pool.submit(programs.run, [SEVEN_ZIP, "l", "-slt", "--", str(file)])
        refusing = pool.submit(programs.run, [SEVEN_ZIP, "t", "--", str(file)], stdin=typed, seconds=seconds)
        command = [SEVEN_ZIP, "x", "-so", "--", str(file)]
        opened = pipe(command, feed=_typing(words), target=comparing, seconds=seconds)
    listed, refused = listing.result(), refusing.result()
    wanted = [(name, METHOD, "+", str(content.size)) for name, content in entries]
    if listed.code != 0 or _listed(listed.output.decode("utf-8", "replace")) != wanted:
        raise NotSealed("7z does not list every entry as sealed with AES-256")
    if opened.code != 0 or not comparing.same():
        raise NotSealed("7z does not read what was sealed")
    if refused.code == 0:
        raise NotSealed("7z opens the container with another passphrase")
    return SEVEN_ZIP


def _typing(words: str) -> Feed:
    def feed(stdin: Writable) -> None:
        stdin.write(f"{words}\n".encode())

    return feed


def _listed(listing: str) -> list[tuple[str, ...]]:
    """Return name, method, encryption mark and size of every entry in the technical listing of 7z."""
    found: list[tuple[str, ...]] = []
    for block in listing.partition("\n----------\n")[2].split("\n\n"):
        fields = dict(line.split(" = ", 1) for line in block.splitlines() if " = " in line)
        if "Path" in fields:
            found.append(tuple(fields.get(each, "") for each in ("Path", "Method", "Encrypted", "Size")))
    return found


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
