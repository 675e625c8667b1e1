"""Names from outside, made fit to stand in a part's path."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator

from gateway.model.inspection import Segment, Where

LONGEST = 120
MOST_FOLDERS = 10_000  # more stand in the paths alone
SEPARATORS = re.compile(r"[/\\]")
UNPACKED = {  # what a name ends in once it is unpacked or unsealed: RFC 1952 2.3.1, RFC 8551 3.2.1
    **dict.fromkeys(["gz", "bz2", "xz", "lzma", "zst", "z", "p7m", "p7s", "p7c", "pgp", "gpg", "asc", "sig"], ""),
    **dict.fromkeys(["tgz", "tbz", "tbz2", "txz", "tlz", "tzst", "taz"], ".tar"),
    "svgz": ".svg",
    "emz": ".emf",
    "wmz": ".wmf",
}


def clean_name(untrusted_name: str) -> str:
    """Return the last component of a name without control, format or surrogate characters; never empty."""
    last = next((piece for piece in reversed(SEPARATORS.split(untrusted_name)) if piece.strip(". ")), "")
    kept = "".join("_" if unicodedata.category(char).startswith("C") else char for char in last[: 4 * LONGEST])
    kept = kept.strip()
    if len(kept) > LONGEST:  # the end tells the type, so both ends stay
        kept = kept[: LONGEST - 20] + "~" + kept[-19:]
    return kept or "unnamed"


def inner_name(outer: str, number: int, untrusted_name: str) -> str:
    """Return the path of part `number` (from 1) of the part `outer`: `letter.eml/1/plan.docx`.

    What has no name of its own is called as its outside is, without the ending: `table.csv.gz/1/table.csv`.
    """
    return f"{outer}/{number}/{clean_name(untrusted_name or _unpacked(outer))}"


def _unpacked(outer: str) -> str:
    """Return the name of a packed or sealed file without the ending that says so; empty where none says so."""
    stem, _, ending = outer.rpartition("/")[2].rpartition(".")
    return stem + UNPACKED[ending.lower()] if stem and ending.lower() in UNPACKED else ""


def name_segments(
    untrusted_paths: Iterable[str], name: str = "", *, known: dict[str, None] | None = None
) -> Iterator[Segment]:
    """Yield every path whole, in segments called `name`, and every folder once: it speaks for what is in it.

    Folders in `known` are passed over, and new ones are added to it: for archives that are read name by name.
    """
    known = {} if known is None else known
    new: dict[str, None] = {}
    for path in untrusted_paths:
        if path:
            yield Segment(where=Where.ATTACHMENT_NAME, text=path, name=name)
        if len(known) + len(new) < MOST_FOLDERS:
            new |= dict.fromkeys(piece for piece in SEPARATORS.split(path)[:-1] if piece.strip(". "))
    for folder in new:
        if folder in known:
            continue
        known[folder] = None
        yield Segment(where=Where.ATTACHMENT_NAME, text=folder, name="folder")
