"""What was read of parts that documents of one house share: styles, themes, slide masters and layouts.

Programs pack the same part into the same bytes each time. So a part that was read before is known by the digest of its
packed bytes: the same bytes hold the same text, and need neither be unpacked nor be read again.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from typing import Final

from gateway.model.inspection import Segment

SHARED: Final = re.compile(
    r"(word|xl|ppt)/((glossary/)?(theme/[^/]*|styles|stylesWithEffects|numbering|fontTable|webSettings|calcChain|tableStyles"
    r"|presProps|viewProps)|(diagrams|charts)/(colors|layout|quickStyle?|style)[0-9]*"
    r"|(slideMasters|slideLayouts|notesMasters|handoutMasters)/[^/]*)\.xml",
    re.IGNORECASE,
)
MOST, LONGEST = 500, 20_000  # parts, and characters of one: a few megabytes in all

Segments = tuple[Segment, ...]


class Shared:
    """Segments of parts by name and digest. For the life of a worker, and never much."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, bytes], Segments] = {}

    def known(self, name: str, packed: bytes) -> Segments | None:
        """Return what was read of this part before."""
        return self._known.get((name, hashlib.sha256(packed).digest())) if SHARED.fullmatch(name) else None

    def keep(self, name: str, packed: bytes, segments: Iterable[Segment]) -> None:
        """Remember what was read of a part, if it is one that documents share."""
        found = tuple(segments)
        if SHARED.fullmatch(name) and sum(len(segment.text) for segment in found) <= LONGEST:
            while len(self._known) >= MOST:
                del self._known[next(iter(self._known))]  # the oldest
            self._known[name, hashlib.sha256(packed).digest()] = found
