"""Other eyes on a ZIP container: the program 7z, or our own reader over another cryptography library.

A checker is a function. It returns its name when it has read the container and found every entry sealed with
AES-256, the wrong passphrase refused and every byte in its place; an empty string when it is not installed here; and
it raises `NotSealed` when anything is not as it should be.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final, TypeAlias

from gateway.errors import NotSealed, Unsound
from gateway.protect import ae2
from gateway.system import programs

Entries: TypeAlias = Sequence[tuple[str, bytes]]
Checker: TypeAlias = Callable[[bytes, Entries, str, str], str]
"""(container, entries as (name, content), passphrase, another passphrase) -> name of the reader, or empty."""

SEVEN_ZIP: Final = "7z"
METHOD: Final = "AES-256 Store"


def seven_zip(container: bytes, entries: Entries, words: str, other: str) -> str:
    """Check with 7z: it lists, reads everything to a pipe, and refuses another passphrase.

    The passphrase goes to its standard input; what it reads is compared in memory and never touches a disk.
    """
    try:
        programs.find(SEVEN_ZIP)
    except Unsound:
        return ""
    with tempfile.TemporaryDirectory(prefix="z") as folder:
        path = Path(folder) / "sealed.zip"
        path.write_bytes(container)
        listed = programs.run([SEVEN_ZIP, "l", "-slt", "--", str(path)])
        opened = programs.run([SEVEN_ZIP, "x", "-so", "--", str(path)], stdin=f"{words}\n".encode(), seconds=600)
        tested = programs.run([SEVEN_ZIP, "t", "--", str(path)], stdin=f"{words}\n".encode(), seconds=600)
        refused = programs.run([SEVEN_ZIP, "t", "--", str(path)], stdin=f"{other}\n".encode(), seconds=600)
    wanted = [(name, METHOD, "+") for name, _ in entries]
    if listed.code != 0 or _listed(listed.output.decode("utf-8", "replace")) != wanted:
        raise NotSealed("7z does not list every entry as sealed with AES-256")
    if tested.code != 0 or opened.code != 0 or opened.output != b"".join(content for _, content in entries):
        raise NotSealed("7z does not read what was sealed")
    if refused.code == 0:
        raise NotSealed("7z opens the container with another passphrase")
    return SEVEN_ZIP


def _listed(listing: str) -> list[tuple[str, str, str]]:
    """Return name, method and encryption mark of every entry in the technical listing of 7z."""
    found: list[tuple[str, str, str]] = []
    for block in listing.partition("\n----------\n")[2].split("\n\n"):
        fields = dict(line.split(" = ", 1) for line in block.splitlines() if " = " in line)
        if "Path" in fields:
            found.append((fields["Path"], fields.get("Method", ""), fields.get("Encrypted", "")))
    return found


def own_reader(container: bytes, entries: Entries, words: str, other: str) -> str:
    """Check with our own reader: for machines without 7z. It shares no code and no library with the writer."""
    try:
        read = ae2.read(container, words)
    except ValueError as error:
        raise NotSealed(f"the container is not well formed: {error}") from None
    if [(name, content) for name, content in read] != [(name, content) for name, content in entries]:
        raise NotSealed("the container does not hold what was sealed")
    try:
        ae2.read(container, other)
    except ValueError:
        return "own AE-2 reader"
    raise NotSealed("the container opens with another passphrase")
