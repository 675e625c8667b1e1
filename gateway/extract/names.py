"""Names from outside, made fit to stand in a part's path."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator

from gateway.model.inspection import Segment, Where

LONGEST = 120
SEPARATORS = re.compile(r"[/\\]")


def clean_name(untrusted_name: str) -> str:
    """Return the last component of a name without control, format or surrogate characters; never empty."""
    last = next((piece for piece in reversed(SEPARATORS.split(untrusted_name)) if piece.strip(". ")), "")
    kept = "".join("_" if unicodedata.category(char).startswith("C") else char for char in last[: 4 * LONGEST])
    kept = kept.strip()
    if len(kept) > LONGEST:  # the end tells the type, so both ends stay
        kept = kept[: LONGEST - 20] + "~" + kept[-19:]
    return kept or "unnamed"


def inner_name(outer: str, number: int, untrusted_name: str) -> str:
    """Return the path of part `number` (from 1) of the part `outer`: `letter.eml/1/plan.docx`."""
    return f"{outer}/{number}/{clean_name(untrusted_name)}"


def name_segments(untrusted_paths: Iterable[str], name: str = "") -> Iterator[Segment]:
    """Yield every path whole, in segments called `name`, and every folder once: it speaks for what is in it."""
    folders: dict[str, None] = {}
    for path in untrusted_paths:
        if path:
            yield Segment(where=Where.ATTACHMENT_NAME, text=path, name=name)
        folders |= dict.fromkeys(piece for piece in SEPARATORS.split(path)[:-1] if piece.strip(". "))
    for folder in folders:
        yield Segment(where=Where.ATTACHMENT_NAME, text=folder, name="folder")
