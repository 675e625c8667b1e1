"""Names on the way out: what comes from outside is data, never a path and never a line of a header."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

LONG_AGO: Final = (1980, 1, 1, 0, 0, 0)  # the oldest date a ZIP can hold: the true one is nobody's business
LONGEST: Final = 200  # characters of a line; octets of a file's name, of which most file systems take 255
EXTENSION: Final = re.compile(r"\.([A-Za-z0-9]{1,8})\Z")


def one_line(text: str, *, longest: int = LONGEST) -> str:
    """Return text fit for one header line: no control or format characters, no runs of space."""
    kept = "".join(character if character.isprintable() else " " for character in text)
    return " ".join(kept.split())[:longest].strip()


def file_name(untrusted_name: str) -> str:
    """Return the last step of a name, on one line and at most 200 octets long; `file` when nothing is left of it."""
    last = re.split(r"[/\\]", untrusted_name)[-1]
    name = one_line(last, longest=len(last))
    found = EXTENSION.search(name)
    name = _fitting(name, found[0] if found else "")
    return name if name.strip(". ") else "file"


def _fitting(name: str, ending: str, number: str = "") -> str:
    """Return a name with a number before its ending, and so much of what stands before as fits."""
    stem = name[: len(name) - len(ending)].encode()[: LONGEST - len(number) - len(ending)].decode("utf-8", "ignore")
    return f"{stem}{number}{ending}".rstrip()


def extension(untrusted_name: str) -> str:
    """Return `.docx` and the like, in lower case: at most 8 ASCII letters and digits; empty when there is none."""
    found = EXTENSION.search(untrusted_name)
    return f".{found[1].lower()}" if found else ""


def neutral_name(number: int, untrusted_name: str) -> str:
    """Return `document-1.docx`: what a file may be called where its name must say nothing."""
    return f"document-{number}{extension(untrusted_name)}"


def distinct(untrusted_names: Iterable[str]) -> list[str]:
    """Return file names of which no two are the same, whatever their case: a number tells later ones apart."""
    taken: set[str] = set()
    names: list[str] = []
    for untrusted_name in untrusted_names:
        name = wanted = file_name(untrusted_name)
        count = 1
        while name.casefold() in taken:
            count += 1
            name = _fitting(wanted, extension(wanted), f"-{count}")
        taken.add(name.casefold())
        names.append(name)
    return names
