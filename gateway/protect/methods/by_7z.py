"""The program 7z as other eyes: it lists an archive, reads it whole, or is shown another passphrase.

The passphrase goes to its standard input. What it reads is compared on its way and never touches a disk.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Final

from gateway.errors import Unsound
from gateway.model.content import Writable
from gateway.protect import Content
from gateway.protect.content import Comparing
from gateway.system import programs
from gateway.system.pipes import patience, pipe
from gateway.system.programs import Ran

PROGRAM: Final = "7z"
ENVIRONMENT: Final = {"LC_ALL": "C.UTF-8"}  # names are printed as they are
FILES: Final = "\n----------\n"
"""In a technical listing, between what is said of the archive and what of its files."""


def is_here() -> bool:
    """Say whether the program is installed."""
    try:
        programs.find(PROGRAM)
    except Unsound:
        return False
    return True


def ask(act: tuple[str, ...], file: Path, words: str = "") -> Ran:
    """Have it do something with an archive that it answers in few words."""
    command = [PROGRAM, *act, "--", str(file)]
    seconds = patience(file.stat().st_size)
    return programs.run(command, stdin=f"{words}\n".encode(), environment=ENVIRONMENT, seconds=seconds)


def reads(file: Path, words: str, contents: Iterable[Content]) -> bool:
    """Say whether it reads just these contents out of an archive, one after the other."""
    comparing = Comparing(contents)
    return pour_out(file, words, comparing) and comparing.same()


def pour_out(file: Path, words: str, target: Writable) -> bool:
    """Write all that an archive holds, one file after the other, into `target`; say whether it went well."""
    command = [PROGRAM, "x", "-so", "--", str(file)]
    seconds = patience(file.stat().st_size)
    ran = pipe(command, feed=lambda stdin: stdin.write(f"{words}\n".encode()), target=target, seconds=seconds)
    return ran.code == 0


def fields(block: str) -> dict[str, str]:
    """Return what a block of a technical listing says, by name."""
    return dict(line.split(" = ", 1) for line in block.splitlines() if " = " in line)


def files(listing: str) -> list[dict[str, str]]:
    """Return what a technical listing says of each file."""
    return [each for each in map(fields, listing.partition(FILES)[2].split("\n\n")) if "Path" in each]
