"""StarView metafiles: the previews that LibreOffice keeps of tables, and of embedded objects that are parts themselves.

Actions of a number, a version and a size each: 112 to 115 draw text, 116 to 124 draw pictures.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Final

from gateway.extract import Found, Limits, media
from gateway.model.inspection import Gap, GapKind, Segment, Where

MAGIC: Final = b"VCLMTF"
TEXTS, PICTURES = range(112, 116), range(116, 125)
COMMENT: Final = 512
SMALL: Final = 4_000  # bytes: a hatch, a symbol
STRINGS: Final = re.compile(rb"(?:[\x20-\x7e\xa0-\xff]\0){2,}|[\x20-\x7e]{2,}")


class StarMetafileExtractor:
    """Opens previews that stand in a web page or a flat document; those of a package are read with it."""

    name = "star_metafile"
    media_types = frozenset({media.SVM})

    def open(self, data: bytes, limits: Limits) -> Iterable[Found]:  # noqa: ARG002 - nothing is unpacked here
        """Return the strings that it draws."""
        return metafile("", data)


def is_metafile(data: bytes) -> bool:
    """Say whether data is one."""
    return data.startswith(MAGIC)


def metafile(name: str, data: bytes) -> Iterator[Found]:
    """Yield the strings that a metafile draws, and a gap if it draws pictures or does not end where it should."""
    at = 6 + 6 + int.from_bytes(data[8:12], "little")
    said: dict[str, None] = {}
    while at + 8 <= len(data):
        action, size = int.from_bytes(data[at : at + 2], "little"), int.from_bytes(data[at + 4 : at + 8], "little")
        body = data[at + 8 : at + 8 + size]
        if action in TEXTS or action == COMMENT:
            said |= {run.replace(b"\0", b"").decode("latin-1"): None for run in STRINGS.findall(body)}
        elif action in PICTURES and size > SMALL:
            yield Gap(part=name, kind=GapKind.IMAGE_NOT_READ, detail="picture in a metafile")
        at += 8 + size
    if at != len(data):
        yield Gap(part=name, kind=GapKind.UNSUPPORTED, detail="metafile")
    if said:
        yield Segment(where=Where.HIDDEN, text="\n".join(said), name="preview")
